"""The bits of a frame as they stand on the wire, and what a controller makes of them that samples at times of its own."""

from __future__ import annotations

from dataclasses import dataclass

from harness.core import Frame
from harness.protocols.canbus.bits import arbitration_key

__all__ = ["DOMINANT", "RECESSIVE", "Wire", "first_misread", "wire_of"]

DOMINANT, RECESSIVE = 0, 1
_STUFF_AFTER = 5
_CRC_BITS, _CRC_POLYNOMIAL = 15, 0x4599
_TAIL = (RECESSIVE, DOMINANT, *[RECESSIVE] * 8)
"""CRC delimiter, acknowledged slot, its delimiter, end of frame."""


@dataclass(frozen=True, slots=True)
class Wire:
    """Bits from the start of frame on, stuff bits included."""

    bits: tuple[int, ...]
    """To the end of frame; of a CAN FD frame to the bit behind FDF, which is the first that a controller without FD does not know."""
    control: int
    """Place of the first bit behind the arbitration field."""

    def recessive_from(self, place: int) -> int:
        """Place of the first recessive bit at or behind *place*; behind the last bit the bus is recessive."""
        return next((at for at in range(place, len(self.bits)) if self.bits[at] == RECESSIVE), len(self.bits))

    def dominant_before(self, place: int) -> int:
        """How many dominant bits stand right before *place*."""
        run = 0
        while place - run > 0 and self.bits[place - run - 1] == DOMINANT:
            run += 1
        return run


def wire_of(frame: Frame) -> Wire:
    """What the sender of *frame* puts on the bus."""
    arbitration = 33 if frame.extended else 13
    key = arbitration_key(frame)
    head = _digits(key if frame.extended else key >> 20, arbitration)
    if frame.fd:
        # Standard: IDE; then FDF, res.
        stuffed, places = _stuff(head + [DOMINANT] * (not frame.extended) + [RECESSIVE, DOMINANT])
        return Wire(tuple(stuffed), places[arbitration])
    head += _digits(len(frame.data), 6)
    for byte in frame.data:
        head += _digits(byte, 8)
    stuffed, places = _stuff(head + _digits(_crc(head), _CRC_BITS))
    return Wire((*stuffed, *_TAIL), places[arbitration])


def first_misread(wire: Wire, *, ratio: float, sample_point_pct: float) -> int | None:
    """Place of the first bit that a controller reads wrong; ``None`` if it reads all of them.

    *ratio* is its own bit time as a multiple of the sender's. It synchronises on the start of frame, and again on every edge to dominant,
    by no more than the part of its bit behind the sample point.
    """
    share = sample_point_pct / 100
    most = (1 - share) * ratio
    begin, sampled = 0.0, -1.0
    bits, many = wire.bits, len(wire.bits)
    for place in range(many):
        at = begin + share * ratio
        edge = _edge(bits, sampled, at) if place else None
        if edge is not None:
            begin += max(-most, min(most, edge - begin))
            at = begin + share * ratio
        seen = bits[int(at)] if at < many else RECESSIVE
        if seen != bits[place]:
            return place
        begin, sampled = begin + ratio, at
    return None


def _edge(bits: tuple[int, ...], after: float, until: float) -> int | None:
    """The first edge to dominant in a stretch of time, in bit times of the sender."""
    for place in range(int(after) + 1, min(int(until), len(bits) - 1) + 1):
        if bits[place] == DOMINANT and bits[place - 1] == RECESSIVE:
            return place
    return None


def _digits(value: int, many: int) -> list[int]:
    return [value >> place & 1 for place in range(many - 1, -1, -1)]


def _stuff(bits: list[int]) -> tuple[list[int], list[int]]:
    """*bits* with stuff bits, and the place of each of them among these."""
    out: list[int] = []
    places: list[int] = []
    last, run = RECESSIVE, 0
    for bit in bits:
        places.append(len(out))
        out.append(bit)
        run = run + 1 if bit == last else 1
        last = bit
        if run == _STUFF_AFTER:
            last, run = 1 - bit, 1
            out.append(last)
    return out, places


def _crc(bits: list[int]) -> int:
    crc = 0
    for bit in bits:
        feedback = bit ^ crc >> 14
        crc = crc << 1 & 0x7FFF
        if feedback:
            crc ^= _CRC_POLYNOMIAL
    return crc
