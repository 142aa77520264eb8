"""The 29-bit identifier of J1939: priority, parameter group number, source and destination address."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

__all__ = ["GLOBAL", "MAX_PGN", "NULL", "J1939Id", "build_id", "is_pdu1", "split_id"]

GLOBAL = 0xFF
"""Destination that reaches every node."""
NULL = 0xFE
"""Source address of a node that could not claim one."""
MAX_PGN = 0x3FFFF

_FIRST_PDU2_FORMAT = 0xF0


@dataclass(frozen=True, slots=True)
class J1939Id:
    """A 29-bit identifier taken apart."""

    priority: int
    """0 (wins arbitration) .. 7."""
    pgn: int
    """Parameter group number, 18 bits with extended data page and data page; low byte 0 for PDU1."""
    source: int
    destination: int
    """``GLOBAL`` for a PDU2 group, which has no destination on the wire."""

    @property
    def can_id(self) -> int:
        """The identifier as a CAN controller sends it."""
        return build_id(self.pgn, self.source, self.destination, self.priority)


def is_pdu1(pgn: int) -> bool:
    """Whether messages of *pgn* carry a destination address (PDU format below 240)."""
    return (pgn >> 8) & 0xFF < _FIRST_PDU2_FORMAT


def build_id(pgn: int, source: int, destination: int = GLOBAL, priority: int = 6) -> int:
    """The 29-bit identifier of a message of *pgn*.

    Raises:
        ValueError: a part does not fit its field, a PDU1 group has a low byte, or a PDU2 group has a destination.
    """
    _check("priority", priority, 7)
    _check("PGN", pgn, MAX_PGN)
    _check("source address", source, 0xFF)
    _check("destination address", destination, 0xFF)
    if not is_pdu1(pgn):
        if destination != GLOBAL:
            raise ValueError(f"PGN 0x{pgn:05X} is PDU2 and has no destination, not even 0x{destination:02X}")
        return priority << 26 | pgn << 8 | source
    if pgn & 0xFF:
        raise ValueError(f"PGN 0x{pgn:05X} is PDU1, its low byte must be 0")
    return priority << 26 | (pgn | destination) << 8 | source


@lru_cache(maxsize=4096)
def split_id(can_id: int) -> J1939Id:
    """Take a 29-bit identifier apart.

    Raises:
        ValueError: *can_id* has more than 29 bits.
    """
    _check("identifier", can_id, (1 << 29) - 1)
    priority, source = can_id >> 26, can_id & 0xFF
    pgn = (can_id >> 8) & MAX_PGN
    if is_pdu1(pgn):
        return J1939Id(priority, pgn & ~0xFF, source, pgn & 0xFF)
    return J1939Id(priority, pgn, source, GLOBAL)


def _check(name: str, value: int, highest: int) -> None:
    if not 0 <= value <= highest:
        raise ValueError(f"{name} {value:#x} is not in 0..{highest:#x}")
