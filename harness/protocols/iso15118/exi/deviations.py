"""Streams that are wrong on purpose: changes to the bits of a message, named by element or by offset.

Values outside their bounds, words that do not exist and missing children are a matter of the document (``allow_invalid`` of the
codec). What a document cannot say is said here, as data that a case can list::

    layout = codec("iso2").layout(document)
    payload = deviate(layout, [SetValueBits("V2G_Message/Body/PreChargeReq/DC_EVStatus/EVErrorCode", 15), Append(b"\\0")])

Offsets count the bits of the regular stream from its beginning, header included; changes that move bits are applied from the end
of the stream to its beginning, so that each offset means what it means in the layout.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from harness.core.errors import LocalProtocolError
from harness.protocols.iso15118.exi.writer import Layout, Span

__all__ = ["Append", "Cut", "Deviation", "Escape", "FlipBits", "InsertBits", "SetBits", "SetBytes", "SetValueBits", "Truncate", "deviate"]


@dataclass(frozen=True, slots=True)
class SetBits:
    """Other bits at an offset."""

    offset: int
    bits: str
    """Zeros and ones."""


@dataclass(frozen=True, slots=True)
class FlipBits:
    """Inverted bits at an offset."""

    offset: int
    count: int = 1


@dataclass(frozen=True, slots=True)
class InsertBits:
    """Additional bits at an offset."""

    offset: int
    bits: str


@dataclass(frozen=True, slots=True)
class SetBytes:
    """Other bytes at a byte offset."""

    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class SetValueBits:
    """Another number in the bits of the value of an element or attribute."""

    path: str
    number: int


@dataclass(frozen=True, slots=True)
class Cut:
    """An element with its event code and its end taken out, whether the schema allows it or not."""

    path: str


@dataclass(frozen=True, slots=True)
class Escape:
    """A one as the event code of an element: the escape to the second level, where the code is one bit wide."""

    path: str


@dataclass(frozen=True, slots=True)
class Append:
    """Bytes after the message."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    """The message without its last bytes."""

    count: int


Deviation = SetBits | FlipBits | InsertBits | SetBytes | SetValueBits | Cut | Escape | Append | Truncate

_Edit = tuple[int, int, str]
"""First bit, first bit after, what stands there instead."""


def deviate(layout: Layout, deviations: Sequence[Deviation]) -> bytes:
    """The stream of *layout* with all *deviations*.

    Bits are changed first, then the stream is filled up to whole bytes, then bytes are cut off or appended in the order given.

    Raises:
        LocalProtocolError: a deviation names what is not in the stream, or two change the same bits.
    """
    stream = "".join(f"{byte:08b}" for byte in layout.payload)
    edits = sorted(edit for deviation in deviations for edit in _edits(layout, deviation))
    for earlier, later in pairwise(edits):
        if later[0] < earlier[1]:
            raise LocalProtocolError(f"two deviations change bit {later[0]} of the stream")
    moved = any(stop - start != len(bits) for start, stop, bits in edits)
    if moved:
        stream = stream[: layout.bits]
    for start, stop, bits in reversed(edits):
        if stop > len(stream):
            raise LocalProtocolError(f"bit {stop - 1} is beyond the stream of {len(stream)} bits")
        stream = stream[:start] + bits + stream[stop:]
    stream += "0" * (-len(stream) % 8)
    payload = bytes(int(stream[place : place + 8], 2) for place in range(0, len(stream), 8))
    for deviation in deviations:
        payload = _ended(payload, deviation)
    return payload


def _edits(layout: Layout, deviation: Deviation) -> list[_Edit]:
    match deviation:
        case SetBits(offset, bits):
            return [(_place(offset), offset + len(bits), _binary(bits))]
        case InsertBits(offset, bits):
            return [(_place(offset), offset, _binary(bits))]
        case FlipBits(offset, count):
            old = "".join(f"{byte:08b}" for byte in layout.payload)[_place(offset) : offset + count]
            return [(offset, offset + count, old.translate({48: "1", 49: "0"}))]
        case SetBytes(offset, data):
            return [(8 * _place(offset), 8 * (offset + len(data)), "".join(f"{byte:08b}" for byte in data))]
        case SetValueBits(path, number):
            span = _span(layout, path)
            width = span.value_end - span.value
            if not 0 <= number < 1 << width:
                raise LocalProtocolError(f"{path}: {number} does not fit the {width} bits of its value")
            return [(span.value, span.value_end, f"{number:0{width}b}" if width else "")]
        case Cut(path):
            span = _span(layout, path)
            return [(span.start, span.end, "")]
        case Escape(path):
            span = _span(layout, path)
            return [(span.start, span.start + 1, "1")]
    return []


def _ended(payload: bytes, deviation: Deviation) -> bytes:
    if isinstance(deviation, Append):
        return payload + deviation.data
    if isinstance(deviation, Truncate):
        if not 0 < deviation.count <= len(payload):
            raise LocalProtocolError(f"{deviation.count} bytes cannot be cut off a stream of {len(payload)}")
        return payload[: len(payload) - deviation.count]
    return payload


def _span(layout: Layout, path: str) -> Span:
    try:
        return layout.spans[path]
    except KeyError:
        raise LocalProtocolError(f"no element '{path}' in the stream (have: {', '.join(sorted(layout.spans))})") from None


def _place(offset: int) -> int:
    if offset < 0:
        raise LocalProtocolError(f"offset {offset} is before the stream")
    return offset


def _binary(bits: str) -> str:
    if not bits or set(bits) - {"0", "1"}:
        raise LocalProtocolError(f"'{bits}' is no sequence of zeros and ones")
    return bits
