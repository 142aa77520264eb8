"""Diagnostic addresses on a CAN bus, and the identifiers that they stand for (section 4.3 of the reference).

A unit with 29-bit identifiers (normal fixed addressing) has an address of 8 bits. One with 11-bit identifiers is named by the identifier
of its requests, 7E0 to 7E7: its answers stand under that plus 8, and what all units are asked under 7DF.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.core import Frame, LocalProtocolError
from harness.protocols.isotp.addressing import Address, functional_fixed, normal, normal_fixed

__all__ = ["ECU", "ELEVEN_BIT", "TESTER", "TO_ALL", "Way", "from_tester", "from_unit", "is_eleven_bit", "to_all", "way_of"]

TESTER, ECU = "tester", "ecu"
TO_ALL = 0x33
"""Target address of requests to everybody, with 29-bit identifiers."""
ELEVEN_BIT = range(0x7E0, 0x7E8)
"""Addresses of units with 11-bit identifiers."""
_TO_ALL_11, _ANSWER = 0x7DF, 8
_TESTERS = frozenset((0xF1, 0xF9, 0xFA))
"""29-bit addresses of testers: that of diagnostics, and those of the service tools of J1939."""
_PHYSICAL, _FUNCTIONAL = 0x18DA, 0x18DB
_EIGHT_BITS = range(0x100)


@dataclass(frozen=True, slots=True)
class Way:
    """Who speaks to whom under an identifier."""

    source: int
    target: int
    functional: bool
    sender: str
    """``tester`` or ``ecu``."""


def is_eleven_bit(unit: int) -> bool:
    """Whether the address *unit* is one of 11-bit identifiers."""
    return unit in ELEVEN_BIT


def from_tester(unit: int, tester: int) -> Address:
    """The way from the *tester* to the *unit* and back.

    Raises:
        LocalProtocolError: no unit can have this address.
    """
    if is_eleven_bit(unit):
        return normal(unit, unit + _ANSWER)
    if unit not in _EIGHT_BITS:
        raise LocalProtocolError(f"0x{unit:X} is no diagnostic address: 0x00 to 0xFF with 29 bits, 0x7E0 to 0x7E7 with 11")
    return normal_fixed(unit, tester)


def from_unit(unit: int, tester: int) -> Address:
    """The same way as the *unit* sees it.

    Raises:
        LocalProtocolError: see ``from_tester``.
    """
    way = from_tester(unit, tester)
    return Address(way.receive_id, way.send_id, way.extended)


def to_all(unit: int, tester: int) -> int:
    """The identifier of requests of *tester* to all units that have identifiers such as *unit* has."""
    return _TO_ALL_11 if is_eleven_bit(unit) else functional_fixed(TO_ALL, tester)


def way_of(frame: Frame) -> Way | None:
    """The way of a diagnostic frame; ``None`` for a frame of something else."""
    can_id = frame.can_id
    if frame.remote:
        return None
    if frame.extended:
        kind = can_id >> 16
        if kind not in (_PHYSICAL, _FUNCTIONAL):
            return None
        source, target = can_id & 0xFF, can_id >> 8 & 0xFF
        return Way(source, target, kind == _FUNCTIONAL, TESTER if source in _TESTERS else ECU)
    if can_id == _TO_ALL_11:
        return Way(can_id, can_id, True, TESTER)
    if can_id in ELEVEN_BIT:
        return Way(can_id + _ANSWER, can_id, False, TESTER)
    unit = can_id - _ANSWER
    return Way(unit, can_id, False, ECU) if unit in ELEVEN_BIT else None
