"""Conditions and values that several faults of the charger share."""

from __future__ import annotations

from collections.abc import Callable

from harness.core import ms
from harness.protocols.gbt27930.behaviour import Moment, Payload, Values

__all__ = ["bits_reversed", "bytes_reversed", "heard_in", "in_phase", "lately", "long_in_phase"]


def in_phase(*phases: str) -> Callable[[Moment], bool]:
    """The charger stands in one of *phases*."""
    return lambda moment: moment.phase in phases


def long_in_phase(phase: str, longer_than_ns: int) -> Callable[[Moment], bool]:
    """The charger has stood in *phase* for longer."""
    return lambda moment: moment.phase == phase and moment.now_ns - moment.phase_since_ns > longer_than_ns


def lately(message: str, within_ns: int = ms(300)) -> Callable[[Moment], bool]:
    """*message* of the vehicle was heard lately."""
    return lambda moment: message in moment.heard and moment.age_ns(message) < within_ns


def heard_in(phase: str) -> Callable[[Values, Moment], bool]:
    """A message of the vehicle is heard in *phase*."""
    return lambda values, moment: moment.phase == phase


def bytes_reversed(message: str, *fields: tuple[int, int]) -> Payload:
    """Fields of *message*, each from the first byte (from 0) up to before the second, have their high byte first."""

    def make(data: bytes) -> bytes:
        changed = bytearray(data)
        for first, end in fields:
            changed[first:end] = data[first:end][::-1]
        return bytes(changed)

    return Payload(message, make)


def bits_reversed(message: str) -> Payload:
    """Every byte of *message* has its first bit at the other end."""
    return Payload(message, lambda data: bytes(int(f"{byte:08b}"[::-1], 2) for byte in data))
