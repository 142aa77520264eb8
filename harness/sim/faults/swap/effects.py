"""Short hands for the entries of the fault tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.core import Value
from harness.protocols.swap.vehicle.behaviour import Derive, Misread, Moment, Overlook, Refrain

__all__ = ["hears", "keeps_first", "overlooks", "says", "while_doing"]


def overlooks(*checks: str) -> tuple[Overlook, ...]:
    """None of *checks* is made."""
    return tuple(Overlook(check) for check in checks)


def says(message: str, when: Callable[[Moment], bool] = lambda moment: True, **told: Value) -> Derive:
    """These signals of an own message have these values while *when* holds."""
    return Derive(message, lambda values, moment: {**values, **told} if when(moment) else values)


def hears(message: str, **taken: Value) -> Misread:
    """These signals of somebody else's message are taken for these values."""
    return Misread(message, lambda values, moment: {**values, **taken})


def keeps_first(message: str, *signals: str) -> Misread:
    """The values of *signals* in the first *message* ever are taken for those of every later one."""

    def make(values: Mapping[str, Value], moment: Moment) -> Mapping[str, Value]:
        first = moment.marks.setdefault(f"first {message}", {name: values.get(name) for name in signals})
        assert isinstance(first, dict)
        return {**values, **first}

    return Misread(message, make)


def while_doing(action: str, about: str) -> Refrain:
    """*action* is not taken for the command or trouble *about*."""
    return Refrain(action, about)
