"""The CAN frames of one link as columns, with the exact number of bits that each took on the wire.

A column per property and no object per frame: statistics over a long recording cost a few milliseconds. numpy is imported when it is
needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING

from harness.core import Frame, Record
from harness.protocols.canbus.bits import CLASSIC_END_BITS, CRC_STEPS, FIRST_CRC_STEPS, FIRST_STEPS, STEPS, count_bits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["BusColumns", "bus_columns", "classic_bits"]

_CLASSIC_BYTES = 8


@dataclass(frozen=True, slots=True)
class BusColumns:
    """Frames in the order of the trace; all arrays have the same length."""

    number: NDArray[np.int64]
    """Frame numbers, as findings print them."""
    t_ns: NDArray[np.int64]
    """End of the frame."""
    can_id: NDArray[np.uint32]
    extended: NDArray[np.bool_]
    remote: NDArray[np.bool_]
    fd: NDArray[np.bool_]
    length: NDArray[np.uint8]
    """Data bytes."""
    payload: NDArray[np.uint64]
    """The first eight data bytes as one little-endian word; missing bytes are 0."""
    nominal_bits: NDArray[np.int64]
    """Bits at the nominal rate from start to end of frame, stuff bits included."""
    data_bits: NDArray[np.int64]
    """Bits at the data rate, 0 for a classic frame."""

    def __len__(self) -> int:
        return len(self.t_ns)

    def only(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> BusColumns:
        """The frames that *rows* selects."""
        return BusColumns(*(getattr(self, name)[rows] for name in self.__slots__))


def bus_columns(records: Sequence[Record]) -> BusColumns:
    """The CAN frames among *records*; everything else is left out."""
    import numpy as np

    pairs = [(record, pdu) for record in records if isinstance(pdu := record.pdu, Frame)]
    frames = [frame for _, frame in pairs]
    many = len(pairs)
    t_ns = np.fromiter([record.t_ns for record, _ in pairs], np.int64, many)
    number = np.fromiter([record.number for record, _ in pairs], np.int64, many)
    can_id = np.fromiter(map(attrgetter("can_id"), frames), np.uint32, many)
    extended, remote, fd = (np.fromiter(map(attrgetter(name), frames), np.bool_, many) for name in ("extended", "remote", "fd"))
    contents = [frame.data for frame in frames]
    length = np.fromiter(map(len, contents), np.uint8, many)
    words = b"".join([data if len(data) == _CLASSIC_BYTES else data[:_CLASSIC_BYTES].ljust(_CLASSIC_BYTES, b"\0") for data in contents])
    payload = np.frombuffer(words, "<u8").astype(np.uint64)
    nominal, data = np.zeros(many, np.int64), np.zeros(many, np.int64)
    classic = ~fd
    nominal[classic] = classic_bits(can_id[classic], extended[classic], remote[classic], length[classic], payload[classic])
    for row in np.flatnonzero(fd).tolist():
        nominal[row], data[row] = count_bits(frames[row])
    return BusColumns(number, t_ns, can_id, extended, remote, fd, length, payload, nominal, data)


def classic_bits(
    can_id: NDArray[np.uint32],
    extended: NDArray[np.bool_],
    remote: NDArray[np.bool_],
    length: NDArray[np.uint8],
    payload: NDArray[np.uint64],
) -> NDArray[np.int64]:
    """Bits of classic frames from start to end of frame, stuff bits counted from the bits, CRC included: those of ``count_bits``."""
    import numpy as np

    out = np.zeros(len(can_id), np.int64)
    kind = length.astype(np.int64) << 1 | extended
    for value in np.unique(kind).tolist():
        rows = np.flatnonzero(kind == value)
        size, is_extended = value >> 1, bool(value & 1)
        head = _extended_head(can_id[rows], remote[rows], size) if is_extended else _standard_head(can_id[rows], remote[rows], size)
        out[rows] = _bits(head, 39 if is_extended else 19, payload[rows], size)
    return out


def _extended_head(can_id: NDArray[np.uint32], remote: NDArray[np.bool_], size: int) -> NDArray[np.int64]:
    """Start of frame to data length code, 39 bits."""
    import numpy as np

    ident = can_id.astype(np.int64)
    return ((ident >> 18) << 21 | 0b11 << 19 | (ident & 0x3FFFF) << 1 | remote) << 6 | size


def _standard_head(can_id: NDArray[np.uint32], remote: NDArray[np.bool_], size: int) -> NDArray[np.int64]:
    """Start of frame to data length code, 19 bits."""
    import numpy as np

    return (can_id.astype(np.int64) << 2 | remote.astype(np.int64) << 1) << 5 | size


def _bits(head: NDArray[np.int64], head_bits: int, payload: NDArray[np.uint64], size: int) -> NDArray[np.int64]:
    """Length of frames that all have *size* data bytes."""
    import numpy as np

    steps, crc_steps, ends = _tables()
    whole, odd = divmod(head_bits, 8)
    first = head >> 8 * whole
    packed = np.array(FIRST_STEPS[odd], np.int64)[first]
    state, count = packed & 15, packed >> 4
    crc = np.array(CRC_STEPS, np.int64)[first]
    pieces = [head >> 8 * place & 0xFF for place in range(whole - 1, -1, -1)]
    pieces += [(payload >> np.uint64(8 * place)).astype(np.int64) & 0xFF for place in range(size)]
    for byte in pieces:
        packed = steps[state << 8 | byte]
        state, count = packed & 15, count + (packed >> 4)
        crc = (crc << 8 ^ crc_steps[crc >> 7 ^ byte]) & 0x7FFF
    packed = ends[state << 7 | crc >> 8]
    count = count + (packed >> 4) + (steps[(packed & 15) << 8 | crc & 0xFF] >> 4)
    stuffed: NDArray[np.int64] = count + (head_bits + 8 * size + CLASSIC_END_BITS)
    return stuffed


@cache
def _tables() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """State and stuff bits after a byte, the CRC after a byte, state and stuff bits after the first bits of the CRC."""
    import numpy as np

    return np.array(STEPS, np.int64), np.array(CRC_STEPS, np.int64), np.array(FIRST_CRC_STEPS, np.int64)
