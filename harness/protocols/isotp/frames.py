"""The four kinds of ISO-TP frames as bytes: single frame, first frame, consecutive frame, flow control.

Source: section 4.3 of the reference (U2, high). Lengths follow from the data length of the CAN frame: a classic frame has up to 8
bytes; a CAN FD frame of more than 8 bytes uses the escape form of the single frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from harness.core import LocalProtocolError, us

__all__ = [
    "CLASSIC",
    "FD_LENGTHS",
    "LONGEST",
    "LONGEST_SHORT",
    "Consecutive",
    "First",
    "FlowControl",
    "FlowStatus",
    "Malformed",
    "NPdu",
    "Single",
    "build",
    "first_capacity",
    "pad",
    "parse",
    "single_capacity",
    "st_min_code",
    "st_min_ns",
]

CLASSIC = 8
"""Bytes of a classic CAN frame."""
FD_LENGTHS = (8, 12, 16, 20, 24, 32, 48, 64)
"""Lengths that a CAN FD frame of more than 8 bytes, or a full one, may have."""
LONGEST_SHORT = 0xFFF
"""Longest message whose length fits the short form of a first frame."""
LONGEST = 0xFFFFFFFF
_SINGLE, _FIRST, _CONSECUTIVE, _FLOW = range(4)
_ST_MIN_US = range(0xF1, 0xFA)
_ST_MIN_LONGEST_MS = 127


class FlowStatus(IntEnum):
    """What a receiver says to the sender."""

    CONTINUE = 0
    WAIT = 1
    OVERFLOW = 2


@dataclass(frozen=True, slots=True)
class Single:
    """A whole message in one frame."""

    data: bytes


@dataclass(frozen=True, slots=True)
class First:
    """The begin of a message of *length* bytes."""

    length: int
    data: bytes
    escaped: bool = False
    """The length stands in its 32-bit form."""


@dataclass(frozen=True, slots=True)
class Consecutive:
    """A further piece; *sequence* runs 1..15, 0, 1.."""

    sequence: int
    data: bytes
    """With padding, where it is the last one."""


@dataclass(frozen=True, slots=True)
class FlowControl:
    """Leave for *block_size* further frames (0: all), at least *st_min* apart, as coded on the wire."""

    status: int
    block_size: int = 0
    st_min: int = 0


@dataclass(frozen=True, slots=True)
class Malformed:
    """Bytes that are no frame of ISO-TP; a receiver ignores them."""

    text: str


NPdu = Single | First | Consecutive | FlowControl


def single_capacity(frame_bytes: int) -> int:
    """Longest message that one frame of *frame_bytes* carries."""
    return frame_bytes - 1 if frame_bytes <= CLASSIC else frame_bytes - 2


def first_capacity(frame_bytes: int, length: int) -> int:
    """How much of a message of *length* bytes the first frame carries."""
    return frame_bytes - (2 if length <= LONGEST_SHORT else 6)


def build(pdu: NPdu) -> bytes:
    """The bytes of a frame, without padding.

    Raises:
        LocalProtocolError: a number does not fit its field.
    """
    match pdu:
        case Single(data) if len(data) < CLASSIC:
            return bytes((_SINGLE << 4 | len(data),)) + data
        case Single(data) if len(data) <= 62:
            return bytes((_SINGLE << 4, len(data))) + data
        case First(length, data, escaped) if 0 <= length <= LONGEST:
            if escaped or length > LONGEST_SHORT:
                return bytes((_FIRST << 4, 0)) + length.to_bytes(4, "big") + data
            return bytes((_FIRST << 4 | length >> 8, length & 0xFF)) + data
        case Consecutive(sequence, data) if 0 <= sequence <= 15:
            return bytes((_CONSECUTIVE << 4 | sequence,)) + data
        case FlowControl(status, block_size, st_min) if 0 <= status <= 15 and 0 <= block_size <= 255 and 0 <= st_min <= 255:
            return bytes((_FLOW << 4 | status, block_size, st_min))
    raise LocalProtocolError(f"{pdu} does not fit its frame")


def pad(data: bytes, padding: int | None) -> bytes:
    """*data* filled up to 8 bytes with *padding* (``None``: not filled), and in any case to a length that CAN FD has."""
    if len(data) <= CLASSIC:
        return data if padding is None else data.ljust(CLASSIC, bytes((padding,)))
    length = next((each for each in FD_LENGTHS if each >= len(data)), None)
    if length is None:
        raise LocalProtocolError(f"no CAN FD frame has {len(data)} bytes")
    return data.ljust(length, bytes((0xCC if padding is None else padding,)))


def parse(data: bytes) -> NPdu | Malformed:
    """The frame in *data*, the data field of a CAN frame."""
    if not data:
        return Malformed("empty frame")
    kind, low = data[0] >> 4, data[0] & 0x0F
    if kind == _SINGLE:
        return _single(data, low)
    if kind == _FIRST:
        return _first(data, low)
    if kind == _CONSECUTIVE:
        return Consecutive(low, data[1:]) if len(data) > 1 else Malformed("consecutive frame without data")
    if kind == _FLOW:
        return FlowControl(low, data[1], data[2]) if len(data) >= 3 else Malformed(f"flow control of {len(data)} bytes")
    return Malformed(f"frame type {kind} is not defined")


def _single(data: bytes, length: int) -> NPdu | Malformed:
    offset = 1
    if length == 0:
        if len(data) <= CLASSIC:
            return Malformed("single frame of length 0")
        length, offset = data[1], 2
        if length < CLASSIC:
            return Malformed(f"single frame in the long form for {length} bytes")
    elif len(data) > CLASSIC:
        return Malformed("single frame in the short form in a frame of more than 8 bytes")
    if len(data) < offset + length:
        return Malformed(f"single frame tells {length} bytes and has {len(data) - offset}")
    return Single(data[offset : offset + length])


def _first(data: bytes, high: int) -> NPdu | Malformed:
    if len(data) < CLASSIC:
        return Malformed(f"first frame of {len(data)} bytes")
    length = high << 8 | data[1]
    if length:
        return First(length, data[2:])
    length = int.from_bytes(data[2:6], "big")
    if length <= LONGEST_SHORT:
        return Malformed(f"first frame in the long form for {length} bytes")
    return First(length, data[6:], escaped=True)


def st_min_ns(code: int) -> int:
    """Separation time of a flow control as coded on the wire; reserved codes mean the longest one."""
    if code in _ST_MIN_US:
        return us(100 * (code - 0xF0))
    return us(1000 * min(code, _ST_MIN_LONGEST_MS))


def st_min_code(duration_ns: int) -> int:
    """The code of the shortest separation time that is at least *duration_ns*.

    Raises:
        LocalProtocolError: there is none.
    """
    codes: list[int] = sorted((*range(_ST_MIN_LONGEST_MS + 1), *_ST_MIN_US), key=st_min_ns)
    for code in codes:
        if st_min_ns(code) >= duration_ns:
            return code
    raise LocalProtocolError(f"no separation time is as long as {duration_ns} ns")
