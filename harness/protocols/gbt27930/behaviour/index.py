"""All effects of one machine, found by what the machine asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from harness.core import Frame, Value
from harness.protocols.gbt27930.behaviour.effects import (
    Broadcast,
    Change,
    Close,
    Deaf,
    Delay,
    Derive,
    Effect,
    Hinder,
    Leads,
    Lenient,
    Linger,
    Mishear,
    Misread,
    Mistake,
    OptionEffect,
    Payload,
    Period,
    Premature,
    Rearm,
    Refrain,
    Rewrite,
    Suppress,
    TimerEffect,
    TransportEffect,
    TransportHabit,
    TransportStall,
    TransportTime,
    WrongError,
)
from harness.protocols.gbt27930.behaviour.moment import Moment, Values
from harness.protocols.j1939 import J1939_21, TransportFaults, TransportTiming

__all__ = ["Behaviour"]

_E = TypeVar("_E")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The effects of all faults of one machine, in the order of their names."""

    effects: tuple[Effect, ...] = ()
    _by_message: Mapping[str, tuple[Effect, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        index: dict[str, tuple[Effect, ...]] = {}
        for effect in self.effects:
            name = getattr(effect, "message", "")
            index[name] = (*index.get(name, ()), effect)
        object.__setattr__(self, "_by_message", index)

    def concerns(self, message: str) -> bool:
        """Whether any effect is about *message*; if not, nothing else need be asked."""
        return message in self._by_message

    def suppresses(self, message: str, moment: Moment) -> bool:
        """Whether this sending of *message* does not take place."""
        return any(effect.when(moment) for effect in self._of(message, Suppress))

    def values(self, message: str, values: Values, moment: Moment) -> Values:
        """What the signals of *message* are set to instead of *values*."""
        for effect in self._by_message.get(message, ()):
            if isinstance(effect, Change) and effect.when(moment):
                values = {**values, **effect.signals}
            elif isinstance(effect, Derive):
                values = effect.make(values, moment)
        return values

    def data(self, message: str, data: bytes) -> bytes:
        """What is sent as payload of *message* instead of *data*."""
        for effect in self._of(message, Payload):
            data = effect.make(data)
        return data

    def frame(self, message: str, frame: Frame) -> Frame:
        """The frame that leaves instead of *frame*."""
        for effect in self._of(message, Rewrite):
            frame = effect.make(frame)
        return frame

    def period_ns(self, message: str, period_ns: int, moment: Moment) -> int:
        """The period of *message* instead of *period_ns*."""
        return next((effect.period_ns for effect in self._of(message, Period) if effect.when(moment)), period_ns)

    def delay_ns(self, message: str, moment: Moment) -> int:
        """How much later *message* starts."""
        return sum(effect.delay_ns for effect in self._of(message, Delay) if effect.when(moment))

    def hindered(self) -> Mapping[str, int]:
        """By how much a foreign frame puts each message off."""
        return {effect.message: effect.by_ns for effect in self.effects if isinstance(effect, Hinder)}

    def lingers(self, message: str, phase: str, moment: Moment) -> bool:
        """Whether *message* goes on in *phase*, which is being entered."""
        return any(phase in effect.phases and effect.when(moment) for effect in self._of(message, Linger))

    def premature(self, phase: str) -> tuple[str, ...]:
        """Messages that begin in *phase* without right."""
        return tuple(effect.message for effect in self.effects if isinstance(effect, Premature) and effect.phase == phase)

    def is_deaf(self, message: str, values: Values, moment: Moment) -> bool:
        """Whether *message* of the peer goes unnoticed."""
        return any(effect.when(values, moment) for effect in self._of(message, Deaf))

    def mistaken_for(self, message: str, values: Values, moment: Moment) -> str | None:
        """The event that *message* of the peer is taken for, ``None`` for the right one."""
        return next((effect.event for effect in self._of(message, Mistake) if effect.when(values, moment)), None)

    def heard(self, frame: Frame) -> Frame:
        """The frame that *frame* on the bus is taken for."""
        for effect in self.effects:
            if isinstance(effect, Mishear):
                frame = effect.make(frame)
        return frame

    def misread(self, message: str, values: Values, moment: Moment) -> Values:
        """What is read in *message* of the peer instead of *values*."""
        for effect in self._of(message, Misread):
            values = effect.make(values, moment)
        return values

    def lenient(self) -> frozenset[str]:
        """Messages of the peer that are taken in any length."""
        return frozenset(effect.message for effect in self.effects if isinstance(effect, Lenient))

    def target(self, phase: str, event: str, target: str | None, moment: Moment) -> str | None:
        """The phase that follows instead of *target*; ``None``: *event* leads nowhere."""
        for effect in self.effects:
            if isinstance(effect, Leads) and (effect.phase, effect.event) == (phase, event) and effect.when(moment):
                return effect.target
        return target

    def timer_ns(self, name: str, value_ns: int, moment: Moment) -> int | None:
        """Length of the timer *name* instead of *value_ns*; ``None``: it is not armed."""
        for effect in self.effects:
            if isinstance(effect, TimerEffect) and effect.name == name and effect.when(moment):
                return effect.value_ns
        return value_ns

    def rearms(self, message: str, moment: Moment) -> tuple[str, ...]:
        """Timers that *message* arms again without right."""
        return tuple(effect.name for effect in self._of(message, Rearm) if effect.when(moment))

    def closes_in(self, phase: str, moment: Moment) -> bool:
        """Whether the contactors close as *phase* is entered."""
        return any(isinstance(e, Close) and e.phase == phase and e.when(moment) for e in self.effects)

    def error(self, signal: str) -> str:
        """The error that is reported instead of *signal*."""
        return next((e.reported for e in self.effects if isinstance(e, WrongError) and e.meant == signal), signal)

    def refrains(self, action: str, moment: Moment) -> bool:
        """Whether *action* is left out."""
        return any(isinstance(e, Refrain) and e.action == action and e.when(moment) for e in self.effects)

    def options(self) -> Mapping[str, Value | bool]:
        """Options that have another value."""
        return {effect.name: effect.value for effect in self.effects if isinstance(effect, OptionEffect)}

    def transport_faults(self) -> TransportFaults:
        """A fresh set of faults for the machine's transport."""
        faults = TransportFaults(outgoing=[effect.hook for effect in self.effects if isinstance(effect, TransportEffect)])
        for effect in self.effects:
            if isinstance(effect, TransportHabit):
                setattr(faults, effect.name, True)
            elif isinstance(effect, TransportStall):
                faults.stalls_ns[effect.pgn, effect.packet] = effect.wait_ns
        return faults

    def transport_timing(self) -> TransportTiming:
        """Times of the machine's transport."""
        times = {effect.name: effect.value_ns for effect in self.effects if isinstance(effect, TransportTime)}
        return replace(J1939_21, **times)

    def broadcasts(self, message: str, moment: Moment) -> bool:
        """Whether *message* is announced to all."""
        return any(effect.when(moment) for effect in self._of(message, Broadcast))

    def _of(self, message: str, kind: type[_E]) -> Iterable[_E]:
        return (effect for effect in self._by_message.get(message, ()) if isinstance(effect, kind))
