"""All effects of one machine, found by what the machine asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from harness.protocols.iso15118.behaviour.effects import (
    Act,
    Bytes,
    Change,
    Delay,
    Derive,
    Effect,
    Instead,
    Leads,
    Misread,
    OptionEffect,
    Overlook,
    Refrain,
    SessionId,
    Suppress,
    TimerEffect,
    Twice,
)
from harness.protocols.iso15118.behaviour.moment import Content, Moment
from harness.protocols.iso15118.behaviour.paths import changed

__all__ = ["Behaviour"]

_E = TypeVar("_E", bound=Effect)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The effects of all faults of one machine, in the order of their names."""

    effects: tuple[Effect, ...] = ()
    _by_kind: Mapping[type, tuple[Effect, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        kinds = {type(effect) for effect in self.effects}
        index = {kind: tuple(effect for effect in self.effects if type(effect) is kind) for kind in kinds}
        object.__setattr__(self, "_by_kind", index)

    def content(self, exchange: str, content: Content, moment: Moment) -> Content:
        """What the own message of *exchange* says instead of *content*."""
        for effect in self.effects:
            if isinstance(effect, Change) and effect.exchange == exchange and effect.when(moment):
                content = changed(content, effect.values)
            elif isinstance(effect, Derive) and effect.exchange == exchange:
                content = effect.make(content, moment)
        return content

    def data(self, exchange: str, data: bytes, moment: Moment) -> bytes:
        """The frame that leaves instead of *data*; empty if none does."""
        if any(effect.when(moment) for effect in self._of(Suppress) if effect.exchange == exchange):
            return b""
        for effect in self._of(Bytes):
            if effect.exchange == exchange and effect.when(moment):
                data = effect.make(data)
        twice = any(effect.when(moment) for effect in self._of(Twice) if effect.exchange == exchange)
        return data + data if twice else data

    def session_id(self, exchange: str, session_id: bytes, moment: Moment) -> bytes:
        """The session id of the own message instead of *session_id*."""
        found = (effect.value for effect in self._of(SessionId) if effect.exchange == exchange and effect.when(moment))
        return next(found, session_id)

    def instead(self, exchange: str, moment: Moment) -> str:
        """The exchange whose message is sent at a turn of *exchange*."""
        return next((one.other for one in self._of(Instead) if one.exchange == exchange and one.when(moment)), exchange)

    def delay_ns(self, exchange: str, moment: Moment) -> int:
        """How much later the own message of *exchange* leaves."""
        return sum(effect.by_ns for effect in self._of(Delay) if effect.exchange == exchange and effect.when(moment))

    def misread(self, exchange: str, content: Content, moment: Moment) -> Content:
        """What is read in the peer's message instead of *content*."""
        for effect in self._of(Misread):
            if effect.exchange == exchange:
                content = effect.make(content, moment)
        return content

    def overlooks(self, check: str, exchange: str, moment: Moment) -> bool:
        """Whether *check* is not made in *exchange*."""
        return any(one.check == check and one.exchange in ("", exchange) and one.when(moment) for one in self._of(Overlook))

    def target(self, exchange: str, moment: Moment) -> str:
        """Where a good response of *exchange* leads without right; empty: where it should."""
        return next((effect.target for effect in self._of(Leads) if effect.exchange == exchange and effect.when(moment)), "")

    def timer_ns(self, name: str, value_ns: int, moment: Moment) -> int | None:
        """Length of the timer *name* instead of *value_ns*; ``None``: it is not armed."""
        for effect in self._of(TimerEffect):
            if effect.name == name and effect.when(moment):
                return effect.value_ns
        return value_ns

    def refrains(self, action: str, moment: Moment) -> bool:
        """Whether *action* is left out."""
        return any(one.action == action and one.exchange in ("", moment.exchange) and one.when(moment) for one in self._of(Refrain))

    def actions(self, exchange: str, moment: Moment) -> tuple[str, ...]:
        """What is done without right as *exchange* becomes due."""
        return tuple(effect.action for effect in self._of(Act) if effect.exchange == exchange and effect.when(moment))

    def options(self) -> Mapping[str, object]:
        """Options that have another value."""
        return {effect.name: effect.value for effect in self._of(OptionEffect)}

    def _of(self, kind: type[_E]) -> Iterator[_E]:
        return iter(self._by_kind.get(kind, ()))  # type: ignore[arg-type]
