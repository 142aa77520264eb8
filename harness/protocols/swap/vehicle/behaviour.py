"""Deviations of the swap truck from its process, as data.

The machines ask their ``Behaviour`` at a few fixed points: before a message leaves, when one is heard or the sensors are read, before a
check, before an action. The healthy behaviour changes nothing. A fault is a tuple of effects; the machines know no fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from harness.protocols.swap.vehicle.effects import (
    Bits,
    Cycle,
    Delay,
    Derive,
    Effect,
    Misread,
    Moment,
    OptionEffect,
    Overlook,
    Refrain,
    Sense,
    Suppress,
    TimerEffect,
    Twice,
    Values,
)

__all__ = [
    "Behaviour",
    "Bits",
    "Cycle",
    "Delay",
    "Derive",
    "Effect",
    "Misread",
    "Moment",
    "OptionEffect",
    "Overlook",
    "Refrain",
    "Sense",
    "Suppress",
    "TimerEffect",
    "Twice",
]


@dataclass(frozen=True)
class Behaviour:
    """The effects of all faults of one truck."""

    effects: tuple[Effect, ...] = ()

    def values(self, message: str, values: Values, moment: Moment) -> Values:
        """What an own message says instead of *values*."""
        for effect in self.effects:
            if isinstance(effect, Derive) and effect.message == message:
                values = effect.make(values, moment)
        return values

    def data(self, message: str, data: bytes, moment: Moment, *, sealed: bool) -> bytes:
        """The bytes of an own message instead of *data*, before or behind its counter and checksum."""
        for effect in self.effects:
            if isinstance(effect, Bits) and effect.message == message and effect.sealed is sealed:
                data = effect.make(data, moment)
        return data

    def suppresses(self, message: str, moment: Moment) -> bool:
        """Whether an own message stays away."""
        return any(isinstance(one, Suppress) and one.message == message and one.when(moment) for one in self.effects)

    def doubles(self, message: str, moment: Moment) -> bool:
        """Whether a second sender says it too."""
        return any(isinstance(one, Twice) and one.message == message and one.when(moment) for one in self.effects)

    def heard(self, message: str, values: Values, moment: Moment) -> Values | None:
        """What is read in the message of somebody else; ``None``: nothing."""
        read: Values | None = values
        for effect in self.effects:
            if isinstance(effect, Misread) and effect.message == message and read is not None:
                read = effect.make(read, moment)
        return read

    def sensed(self, readings: Mapping[str, object], moment: Moment) -> Mapping[str, object]:
        """What the sensors are taken to say."""
        for effect in self.effects:
            if isinstance(effect, Sense):
                readings = effect.make(readings, moment)
        return readings

    @cached_property
    def senses(self) -> bool:
        """Whether sensors are read wrong at all."""
        return any(isinstance(effect, Sense) for effect in self.effects)

    def overlooks(self, check: str, moment: Moment) -> bool:
        """Whether *check* is not made."""
        return any(isinstance(one, Overlook) and one.check == check and one.when(moment) for one in self.effects)

    def refrains(self, action: str, moment: Moment, about: str = "") -> bool:
        """Whether *action* is left out."""
        return any(
            isinstance(one, Refrain) and one.action == action and one.about in ("", about) and one.when(moment) for one in self.effects
        )

    def cycle_ns(self, message: str, cycle_ns: int, moment: Moment) -> int:
        """How long to the next *message*."""
        for effect in self.effects:
            if isinstance(effect, Cycle) and effect.message == message:
                cycle_ns = effect.make(cycle_ns, moment)
        return cycle_ns

    def delay_ns(self, about: str, moment: Moment) -> int:
        """How much later *about* happens."""
        return sum(one.by_ns for one in self.effects if isinstance(one, Delay) and one.about == about and one.when(moment))

    def timer_ns(self, name: str, value_ns: int) -> int:
        """How long the timer *name* runs."""
        return next((one.value_ns for one in self.effects if isinstance(one, TimerEffect) and one.name == name), value_ns)

    def options(self) -> Mapping[str, object]:
        """Options that have another value."""
        return {effect.name: effect.value for effect in self.effects if isinstance(effect, OptionEffect)}
