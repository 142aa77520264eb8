"""CONTROL frames of class C: they confirm a short message, or steer a long one."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Control", "LongEnd", "LongGrant", "LongRepeat", "Receipt", "parse_control"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """The short message of this group was received."""

    pgi: int


@dataclass(frozen=True, slots=True)
class LongGrant:
    """These parts of the long message may come."""

    start: int
    count: int


@dataclass(frozen=True, slots=True)
class LongRepeat:
    """The long message was not taken."""


@dataclass(frozen=True, slots=True)
class LongEnd:
    """So much of the long message was received in all."""

    frames: int
    length: int


Control = Receipt | LongGrant | LongRepeat | LongEnd


def parse_control(data: bytes) -> Control | None:
    """The meaning of a CONTROL frame, ``None`` if its kind is unknown or it is too short."""
    if len(data) < 4:
        return None
    match data[0]:
        case 0:
            return Receipt(data[2])
        case 1:
            return LongGrant(data[1], data[2])
        case 2:
            return LongRepeat()
        case 3:
            return LongEnd(data[1], int.from_bytes(data[2:4], "little"))
    return None
