"""Short hands for the entries of the fault tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from harness.core import Value
from harness.protocols.swap.vehicle.behaviour import Derive, Misread, Moment, Overlook, Refrain

__all__ = ["after_a_swap", "hears", "hears_late", "keeps_first", "overlooks", "says", "while_doing"]


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


def hears_late(message: str, signal: str, word: str, by_ns: int) -> Misread:
    """A signal of somebody else's message that takes the value *word* keeps its old one for so long."""

    def make(values: Mapping[str, Value], moment: Moment) -> Mapping[str, Value]:
        before, since_ns = f"{signal} before", f"{signal} since"
        if values.get(signal) != word:
            moment.marks.pop(since_ns, None)
            moment.marks[before] = values.get(signal)
            return values
        begun_ns = moment.marks.setdefault(since_ns, moment.now_ns)
        assert isinstance(begun_ns, int)
        is_late = before in moment.marks and moment.now_ns - begun_ns < by_ns
        return {**values, signal: cast("Value", moment.marks[before])} if is_late else values

    return Misread(message, make)


def after_a_swap(moment: Moment) -> bool:
    """A new pack was fitted."""
    return moment.swaps > 0


def while_doing(action: str, about: str) -> Refrain:
    """*action* is not taken for the command or trouble *about*."""
    return Refrain(action, about)
