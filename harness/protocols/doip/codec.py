"""From bytes to messages and back. What is wrong with bytes is told by the code with which an entity refuses them."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.protocols.doip.tables import ANY_VERSION, LAYOUTS, VERSIONS, HeaderNack, PayloadType

__all__ = ["HEADER_BYTES", "LONGEST", "DoipError", "DoipMessage", "Header", "Splitter", "decode", "encode", "frame"]

HEADER_BYTES = 8
LONGEST = 4_200
"""Longest payload taken by default: a UDS message of 4095 bytes with its addresses, and some room."""
_HEADER = struct.Struct(">BBHI")
_FF = 0xFF


class DoipError(ValueError):
    """Bytes that are no message."""

    def __init__(self, nack: HeaderNack, text: str) -> None:
        super().__init__(text)
        self.nack = nack


@dataclass(frozen=True, slots=True)
class Header:
    """The first eight bytes."""

    version: int
    inverse: int
    kind: int
    """Payload type, known or not."""
    length: int

    @classmethod
    def of(cls, data: bytes) -> Header:
        """The header at the begin of *data*.

        Raises:
            DoipError: there are fewer than eight bytes.
        """
        if len(data) < HEADER_BYTES:
            raise DoipError(HeaderNack.INVALID_LENGTH, f"a header has {HEADER_BYTES} bytes, not {len(data)}")
        return cls(*_HEADER.unpack_from(data))

    def fault(self, longest: int = LONGEST) -> DoipError | None:
        """What is wrong with it, in the order in which ISO 13400-2 looks; ``None`` if nothing is."""
        if self.version ^ self.inverse != _FF:
            text = f"version {self.version:02X} has the inverse {self.inverse:02X}, not {self.version ^ _FF:02X}"
            return DoipError(HeaderNack.INCORRECT_PATTERN, text)
        if self.version not in (*VERSIONS, ANY_VERSION):
            return DoipError(HeaderNack.INCORRECT_PATTERN, f"no version of the protocol is {self.version:02X}")
        layout = LAYOUTS.get(self.kind)  # type: ignore[call-overload]
        if layout is None:
            return DoipError(HeaderNack.UNKNOWN_TYPE, f"no payload type is {self.kind:04X}")
        if self.length > longest:
            return DoipError(HeaderNack.TOO_LARGE, f"{layout.name} of {self.length} bytes; at most {longest} are taken")
        if not layout.fits(self.length):
            return DoipError(HeaderNack.INVALID_LENGTH, f"{layout.name} cannot have {self.length} bytes")
        return None


@dataclass(frozen=True, slots=True)
class DoipMessage:
    """One message."""

    kind: PayloadType
    values: Mapping[str, int | bytes] = field(default_factory=dict)
    version: int = VERSIONS[1]

    @property
    def name(self) -> str:
        """As it is called in a trace, without the name of the protocol."""
        return LAYOUTS[self.kind].name

    def number(self, name: str) -> int:
        """A field that is a number; 0 if it was left out."""
        value = self.values.get(name, 0)
        return value if isinstance(value, int) else 0

    def raw(self, name: str) -> bytes:
        """A field that is bytes; empty if it was left out."""
        value = self.values.get(name, b"")
        return value if isinstance(value, bytes) else b""


def frame(kind: int, payload: bytes = b"", *, version: int = VERSIONS[1], inverse: int | None = None, length: int | None = None) -> bytes:
    """Header and payload as they are given; *inverse* and *length* are right unless they are given."""
    inverse = version ^ _FF if inverse is None else inverse
    return _HEADER.pack(version, inverse, kind, len(payload) if length is None else length) + payload


def encode(message: DoipMessage) -> bytes:
    """The bytes of *message*; fields that are not given are 0, optional ones are left out.

    Raises:
        ValueError: a field is unknown or does not fit, or an optional one is missing before one that is given.
    """
    layout = LAYOUTS[message.kind]
    known = [field.name for field in (*layout.fields, *layout.optional)]
    if unknown := [name for name in message.values if name not in known]:
        raise ValueError(f"{layout.name} has no {', '.join(unknown)} (has: {', '.join(known) or 'nothing'})")
    out, missing = b"", ""
    for row in (*layout.fields, *layout.optional):
        value = message.values.get(row.name)
        if value is None and row in layout.optional:
            missing = row.name
            continue
        if missing:
            raise ValueError(f"{layout.name} cannot have {row.name} without {missing}")
        if row.is_number:
            if not isinstance(value or 0, int) or not 0 <= int(value or 0) < 1 << 8 * row.size:
                raise ValueError(f"{row.name} of {layout.name} must be a number of {row.size} bytes, not {value!r}")
            out += int(value or 0).to_bytes(row.size, "big")
            continue
        content = bytes(row.size) if value is None else value
        if not isinstance(content, bytes) or (row.size and len(content) != row.size):
            raise ValueError(f"{row.name} of {layout.name} must be {row.size or 'some'} bytes, not {value!r}")
        out += content
    if not layout.fits(len(out)):
        raise ValueError(f"{layout.name} cannot have {len(out)} bytes")
    return frame(message.kind, out, version=message.version)


def decode(data: bytes, *, longest: int = LONGEST) -> DoipMessage:
    """The message that *data* is, from its header to its last byte.

    Raises:
        DoipError: it is none.
    """
    header = Header.of(data)
    if fault := header.fault(longest):
        raise fault
    payload = data[HEADER_BYTES:]
    if len(payload) != header.length:
        raise DoipError(HeaderNack.INVALID_LENGTH, f"{header.length} bytes are announced, {len(payload)} follow")
    kind = PayloadType(header.kind)
    layout = LAYOUTS[kind]
    values: dict[str, int | bytes] = {}
    offset = 0
    for row in (*layout.fields, *layout.optional):
        if offset == len(payload) and row in layout.optional:
            break
        end = offset + row.size if row.size else len(payload)
        piece, offset = payload[offset:end], end
        values[row.name] = int.from_bytes(piece, "big") if row.is_number else piece
    return DoipMessage(kind, values, header.version)


@dataclass(slots=True)
class Splitter:
    """Puts a byte stream into messages, however it was cut. Holds no more than one message of the greatest length."""

    longest: int = LONGEST
    announced: int = 0
    """Length in the latest header."""
    is_lost: bool = False
    """The stream had a wrong pattern: where the next message begins is not known any more."""
    _held: bytearray = field(default_factory=bytearray)
    _skip: int = 0

    @property
    def waits(self) -> bool:
        """A message has begun and is not complete."""
        return bool(self._held or self._skip)

    def feed(self, data: bytes) -> list[bytes | DoipError]:
        """Whole messages as bytes, and what is wrong with others; what is refused is passed over."""
        out: list[bytes | DoipError] = []
        self._held += data
        while not self.is_lost:
            skipped = min(self._skip, len(self._held))
            del self._held[:skipped]
            self._skip -= skipped
            if self._skip or len(self._held) < HEADER_BYTES:
                break
            header = Header.of(bytes(self._held[:HEADER_BYTES]))
            self.announced = header.length
            if fault := header.fault(self.longest):
                out.append(fault)
                self.is_lost = fault.nack is HeaderNack.INCORRECT_PATTERN
                self._skip = HEADER_BYTES + header.length
                continue
            end = HEADER_BYTES + header.length
            if len(self._held) < end:
                break
            out.append(bytes(self._held[:end]))
            del self._held[:end]
        if self.is_lost:
            self._held.clear()
        return out
