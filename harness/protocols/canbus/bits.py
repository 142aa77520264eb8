"""Exact length of CAN and CAN FD frames in bits, from the bits themselves.

Fields as in ISO 11898-1: the bits from start of frame to the end of the CRC sequence are stuffed, the stuff
bits are counted from the real bits, CRC included. CAN FD frames have fixed stuff bits in their CRC field
instead, and switch the bit rate between the BRS bit and the CRC delimiter.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from harness.core import Frame

__all__ = [
    "CLASSIC_END_BITS",
    "CRC_STEPS",
    "FIRST_CRC_STEPS",
    "FIRST_STEPS",
    "INTERFRAME_BITS",
    "STEPS",
    "FrameBits",
    "arbitration_key",
    "count_bits",
]

INTERFRAME_BITS = 3
"""Intermission between two frames."""

_CRC_BITS = 15
_TAIL_BITS = 9
"""Acknowledge slot, its delimiter, end of frame."""
CLASSIC_END_BITS = _CRC_BITS + 1 + _TAIL_BITS
"""CRC sequence, its delimiter and what follows, without stuff bits."""
_CRC15_POLYNOMIAL = 0x4599
_LONGEST_CLASSIC = 160
"""Bits that no classic frame exceeds, stuff bits included."""
_KNOWN_HEADS = 4096
_FD_DLC = {length: code for code, length in enumerate((0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64))}


class FrameBits(NamedTuple):
    """Length of a frame without intermission."""

    nominal: int
    """Bits at the nominal (arbitration) rate."""
    data: int
    """Bits at the data rate, 0 for a classic frame."""


def arbitration_key(frame: Frame) -> int:
    """Arbitration field as a number: the frame with the smaller one wins the bus.

    Identifier base, then SRR or RTR, IDE, identifier extension, RTR, as they follow each other on the wire.
    """
    if frame.extended:
        return _extended_field(frame.can_id, frame.remote)
    return frame.can_id << 21 | frame.remote << 20


def count_bits(frame: Frame) -> FrameBits:
    """Bits of *frame* on the wire, stuff bits included, from start of frame to end of frame."""
    return _count_fd(frame) if frame.fd else _count_classic(frame)


def _count_classic(frame: Frame) -> FrameBits:
    data = frame.data
    size = len(data)
    state, count, crc = _classic_head(frame.can_id, frame.extended, frame.remote, size)
    # The CRC is linear, so that each byte adds what it makes at its place.
    for crc_of, byte in zip(_CRC_PLACES[size], data, strict=True):
        crc ^= crc_of[byte]
        state, stuffed, _ = _STUFF_TABLE[state][byte]
        count += stuffed
    state, stuffed = _CRC_HEAD_TABLE[state][crc >> 8]
    return _CLASSIC_BITS[count + stuffed + _STUFF_TABLE[state][crc & 0xFF][1]]


@lru_cache(maxsize=_KNOWN_HEADS)
def _classic_head(can_id: int, extended: bool, remote: bool, size: int) -> tuple[int, int, int]:
    """What precedes the data of a classic frame of *size* bytes: state behind it, length of the frame but for later stuff bits, CRC."""
    head, bits = _identifier(can_id, extended, remote_bit=remote)
    # Extended: r1, r0. Standard: r0 (IDE is part of the identifier field here).
    head, bits = (head << 2, bits + 2) if extended else (head << 1, bits + 1)
    head, bits = head << 4 | size, bits + 4
    whole, odd = divmod(bits, 8)
    first = head >> 8 * whole
    state, count, _ = _FIRST_TABLE[odd][first]
    # Leading zeros do not change this CRC, so the first bits count as a whole byte.
    crc = _CRC_TABLE[first]
    for byte in (head & (1 << 8 * whole) - 1).to_bytes(whole, "big"):
        crc = _crc_after(crc, byte)
        state, stuffed, _ = _STUFF_TABLE[state][byte]
        count += stuffed
    for _ in range(size):
        crc = _crc_after(crc, 0)
    return state, bits + count + 8 * size + CLASSIC_END_BITS, crc


def _count_fd(frame: Frame) -> FrameBits:
    head, bits = _identifier(frame.can_id, frame.extended, remote_bit=False)
    head, bits = head << 3 | 0b101, bits + 3  # FDF, res, BRS
    nominal, _ = _stuff_bits(head, bits)
    size = len(frame.data)
    word = (head << 5 | _FD_DLC[size]) << 8 * size | int.from_bytes(frame.data, "big")  # ESI, DLC, data
    total_bits = bits + 5 + 8 * size
    stuffed, ends_on_run = _stuff_bits(word, total_bits)
    # The fixed stuff bit that opens the CRC field takes the place of a stuff bit due after the last data bit.
    dynamic = stuffed - ends_on_run
    crc = 17 if size <= 16 else 21
    fixed = 6 if size <= 16 else 7
    data = total_bits - bits + dynamic - nominal + 4 + crc + fixed + 1
    return FrameBits(bits + nominal + _TAIL_BITS, data)


def _identifier(can_id: int, extended: bool, *, remote_bit: bool) -> tuple[int, int]:
    """Start of frame up to IDE (standard) or RTR (extended): value and number of bits."""
    if extended:
        return _extended_field(can_id, remote_bit), 33
    return can_id << 2 | remote_bit << 1, 14


def _extended_field(can_id: int, remote: bool) -> int:
    return (can_id >> 18) << 21 | 0b11 << 19 | (can_id & 0x3FFFF) << 1 | remote


def _crc_after(crc: int, byte: int) -> int:
    return (crc << 8 ^ _CRC_TABLE[crc >> 7 ^ byte]) & 0x7FFF


def _make_crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte << 7
        for _ in range(8):
            crc = (crc << 1) ^ (_CRC15_POLYNOMIAL if crc & 0x4000 else 0)
        table.append(crc & 0x7FFF)
    return tuple(table)


def _make_stuff_table() -> tuple[tuple[tuple[int, int, bool], ...], ...]:
    """For each state (last bit, run of 1..5 equal bits) and next byte: new state, stuff bits, stuffed at the end."""
    return tuple(tuple(_walk(state, byte, 8) for byte in range(256)) for state in range(12))


def _walk(state: int, value: int, bits: int) -> tuple[int, int, bool]:
    last, run, stuffed, at_end = state & 1, state >> 1, 0, False
    for position in range(bits - 1, -1, -1):
        bit = value >> position & 1
        run = run + 1 if bit == last else 1
        last, at_end = bit, False
        if run == 5:
            stuffed, last, run, at_end = stuffed + 1, 1 - bit, 1, True
    return run << 1 | last, stuffed, at_end


def _make_crc_places() -> tuple[tuple[tuple[int, ...], ...], ...]:
    """For each number of data bytes, for each of their places: what a byte there makes in the CRC."""
    places = [_CRC_TABLE]
    for _ in range(7):
        places.insert(0, tuple(_crc_after(crc, 0) for crc in places[0]))
    return tuple(tuple(places[8 - size :]) for size in range(9))


_CRC_TABLE = _make_crc_table()
_CRC_PLACES = _make_crc_places()
_CLASSIC_BITS = tuple(FrameBits(bits, 0) for bits in range(_LONGEST_CLASSIC + 1))
_STUFF_TABLE = _make_stuff_table()
_START = 0 << 1 | 1
"""State before the start of frame: a recessive bus, no run."""


_FIRST_TABLE = tuple(tuple(_walk(_START, value, bits) for value in range(1 << bits)) for bits in range(8))
"""State and stuff bits after the first 0..7 bits of a frame, by number and value."""
_CRC_HEAD_TABLE = tuple(tuple(_walk(state, value, 7)[:2] for value in range(128)) for state in range(12))
"""State and stuff bits after the first seven bits of the CRC."""

CRC_STEPS = _CRC_TABLE
"""The CRC after a byte, by the byte and the eight highest bits of the CRC before it."""
STEPS = tuple(stuffed << 4 | state for row in _STUFF_TABLE for state, stuffed, _ in row)
"""State (low four bits) and stuff bits of a byte, by state before it times 256 plus the byte: the tables for whole columns."""
FIRST_STEPS = tuple(tuple(stuffed << 4 | state for state, stuffed, _ in row) for row in _FIRST_TABLE)
"""The same after the first 0..7 bits of a frame, by their number and value."""
FIRST_CRC_STEPS = tuple(stuffed << 4 | state for row in _CRC_HEAD_TABLE for state, stuffed in row)
"""The same after the first seven bits of the CRC, by state times 128 plus their value."""


def _stuff_bits(word: int, bits: int) -> tuple[int, bool]:
    """Stuff bits that *bits* bits of *word* need, and whether the last one follows the last bit."""
    whole, odd = divmod(bits, 8)
    state, count, at_end = _FIRST_TABLE[odd][word >> 8 * whole]
    for byte in (word & (1 << 8 * whole) - 1).to_bytes(whole, "big"):
        state, stuffed, at_end = _STUFF_TABLE[state][byte]
        count += stuffed
    return count, at_end
