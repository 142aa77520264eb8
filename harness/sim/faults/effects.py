"""Short hands for the entries of the fault tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from harness.core import Frame, Value
from harness.protocols.gbt27930.behaviour import Derive, Linger, Misread, Moment, Payload, Suppress, Values
from harness.protocols.gbt27930.messages import MESSAGES

__all__ = [
    "after_first",
    "as_standard_frame",
    "bytes_at",
    "linger",
    "longer",
    "number",
    "pgn_of",
    "reads",
    "scaled",
    "shorter",
    "swapped",
    "with_priority",
]


def after_first(message: str, count: int = 1) -> Suppress:
    """*message* is sent *count* times and then no more."""
    return Suppress(message, lambda moment: moment.sent.get(message, 0) >= count)


def linger(message: str, *phases: str, when: Callable[[Moment], bool] = lambda moment: True) -> Linger:
    """*message* goes on in *phases*."""
    return Linger(message, frozenset(phases), when)


def shorter(message: str, length: int) -> Payload:
    """Only the first *length* bytes."""
    return Payload(message, lambda data: data[:length])


def longer(message: str, length: int) -> Payload:
    """Filled up with FF to *length* bytes."""
    return Payload(message, lambda data: data.ljust(length, b"\xff"))


def bytes_at(message: str, position: int, *values: int) -> Payload:
    """*values* from byte *position* (from 0) on."""
    return Payload(message, lambda data: data[:position] + bytes(values) + data[position + len(values) :])


def swapped(message: str, *pairs: tuple[str, str]) -> Derive:
    """The values of two signals of *message* change places."""
    exchange = {first: second for pair in pairs for first, second in (pair, pair[::-1])}
    return Derive(message, lambda values, moment: {**values, **{name: values[other] for name, other in exchange.items()}})


def scaled(message: str, signal: str, factor: float) -> Derive:
    """*signal* of *message* is multiplied by *factor*."""
    return Derive(message, lambda values, moment: {**values, signal: number(values[signal]) * factor})


def reads(message: str, signal: str, value: Value, when: tuple[float, float]) -> Misread:
    """*signal* of the peer's *message* is read as *value* if it lies in the closed interval *when*."""

    def make(values: Values, moment: Moment) -> Values:
        told = values[signal]
        return {**values, signal: value} if told is not None and when[0] <= number(told) <= when[1] else values

    return Misread(message, make)


def number(value: Value) -> float:
    """A value that is a number.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a number")
    return value


def pgn_of(message: str) -> int:
    """PGN of *message*."""
    return MESSAGES[message].pgn


def with_priority(priority: int) -> Callable[[Frame], Frame]:
    """The frame with another priority in its identifier."""
    return lambda frame: replace(frame, can_id=frame.can_id & 0x03FFFFFF | priority << 26)


def as_standard_frame(can_id: int) -> Callable[[Frame], Frame]:
    """The same data as an 11-bit frame."""
    return lambda frame: replace(frame, can_id=can_id, extended=False)
