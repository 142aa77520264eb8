"""V2GTP: the eight-byte header in front of every message, on UDP and TCP alike.

Version 0x01 and its inverse 0xFE, payload type and payload length, big endian. A stream decoder takes bytes in whatever pieces they
come and gives whole frames; a header that must be ignored is given as a :class:`BadHeader`, and the decoder says how it goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum

from harness.core.errors import LocalProtocolError

__all__ = [
    "HEADER_LENGTH",
    "VERSION",
    "BadHeader",
    "Frame",
    "HeaderFault",
    "PayloadType",
    "StreamDecoder",
    "decode_datagram",
    "encode_frame",
]

HEADER_LENGTH = 8
VERSION = 0x01
_INVERSE = 0xFF
_LONGEST = 0xFFFFFFFF


class PayloadType(IntEnum):
    """Payload types of ISO 15118-2, ISO 15118-20 and DIN SPEC 70121; those from 0xA000 are the manufacturers' own."""

    EXI = 0x8001
    """SupportedAppProtocol of every protocol, all messages of DIN SPEC 70121 and ISO 15118-2."""
    EXI_COMMON = 0x8002
    EXI_AC = 0x8003
    EXI_DC = 0x8004
    EXI_ACDP = 0x8005
    EXI_WPT = 0x8006
    SCHEDULE_RENEGOTIATION = 0x8101
    METERING_CONFIRMATION = 0x8102
    ACDP_STATUS = 0x8103
    PARKING_STATUS = 0x8104
    SDP_REQUEST = 0x9000
    SDP_RESPONSE = 0x9001
    SDP_WIRELESS_REQUEST = 0x9002
    SDP_WIRELESS_RESPONSE = 0x9003


_MANUFACTURER = range(0xA000, 0x10000)
_KNOWN = frozenset(PayloadType)


class HeaderFault(Enum):
    """What is wrong with a header."""

    VERSION = "version"
    INVERSE = "inverse version"
    PAYLOAD_TYPE = "payload type"
    EMPTY = "length 0"
    TOO_LONG = "length"
    INCOMPLETE = "incomplete"
    """A datagram is shorter than its header says."""
    SURPLUS = "surplus"
    """A datagram is longer than its header says."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A message with its payload type."""

    payload_type: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class BadHeader:
    """A header that a receiver must ignore, with the bytes that were passed over for it."""

    fault: HeaderFault
    data: bytes
    text: str


def encode_frame(
    payload_type: int, payload: bytes, *, version: int = VERSION, inverse: int | None = None, length: int | None = None
) -> bytes:
    """Header and payload; *version*, *inverse* and *length* make a wrong header.

    Raises:
        LocalProtocolError: a number does not fit its field.
    """
    inverse = VERSION ^ _INVERSE if inverse is None else inverse
    length = len(payload) if length is None else length
    for name, value, highest in (
        ("version", version, 255),
        ("inverse version", inverse, 255),
        ("payload type", payload_type, 65535),
        ("length", length, _LONGEST),
    ):
        if not 0 <= value <= highest:
            raise LocalProtocolError(f"V2GTP {name} {value} does not fit its field (0..{highest})")
    return bytes((version, inverse)) + payload_type.to_bytes(2, "big") + length.to_bytes(4, "big") + payload


def decode_datagram(data: bytes, *, longest: int = 65_535) -> Frame | BadHeader:
    """The frame in a datagram, which holds one and nothing else."""
    if len(data) < HEADER_LENGTH:
        return BadHeader(HeaderFault.INCOMPLETE, data, f"{len(data)} bytes, a header has {HEADER_LENGTH}")
    fault = _fault_of(data, longest)
    if fault is not None:
        return BadHeader(fault[0], data, fault[1])
    length = int.from_bytes(data[4:8], "big")
    found = len(data) - HEADER_LENGTH
    if found != length:
        kind = HeaderFault.INCOMPLETE if found < length else HeaderFault.SURPLUS
        return BadHeader(kind, data, f"payload length {length}, the datagram holds {found}")
    return Frame(int.from_bytes(data[2:4], "big"), data[HEADER_LENGTH:])


class StreamDecoder:
    """Frames out of a TCP stream.

    After a wrong payload type or length 0 the frame is passed over by its length, and the stream goes on behind it. After a wrong
    version nothing is known about what follows: the length field is believed all the same, as it is the only way to find a next
    frame. A length beyond *longest* leaves no way at all: ``broken`` tells it, and all further bytes are dropped.
    """

    def __init__(self, *, longest: int = 65_535) -> None:
        self._longest = longest
        self._waiting = bytearray()
        self.broken: BadHeader | None = None
        """The header after which the stream cannot be followed any more."""

    @property
    def pending(self) -> int:
        """Bytes of a frame that is not complete."""
        return len(self._waiting)

    def receive(self, data: bytes) -> list[Frame | BadHeader]:
        """What *data* completes, in the order of the stream."""
        if self.broken is not None:
            return []
        self._waiting += data
        found: list[Frame | BadHeader] = []
        while self.broken is None and (item := self._next()) is not None:
            found.append(item)
        return found

    def _next(self) -> Frame | BadHeader | None:
        waiting = self._waiting
        if len(waiting) < HEADER_LENGTH:
            return None
        length = int.from_bytes(waiting[4:8], "big")
        fault = _fault_of(waiting, self._longest)
        if fault is not None and length > self._longest:
            self.broken = BadHeader(fault[0], bytes(waiting[:HEADER_LENGTH]), fault[1])
            waiting.clear()
            return self.broken
        end = HEADER_LENGTH + length
        if len(waiting) < end:
            return None
        whole = bytes(waiting[:end])
        del waiting[:end]
        if fault is not None:
            return BadHeader(fault[0], whole, fault[1])
        return Frame(int.from_bytes(whole[2:4], "big"), whole[HEADER_LENGTH:])


def _fault_of(header: bytes | bytearray, longest: int) -> tuple[HeaderFault, str] | None:
    version, inverse = header[0], header[1]
    kind, length = int.from_bytes(header[2:4], "big"), int.from_bytes(header[4:8], "big")
    if version != VERSION:
        return HeaderFault.VERSION, f"version 0x{version:02X}, expected 0x{VERSION:02X}"
    if inverse != VERSION ^ _INVERSE:
        return HeaderFault.INVERSE, f"inverse version 0x{inverse:02X}, expected 0x{VERSION ^ _INVERSE:02X}"
    if kind not in _KNOWN and kind not in _MANUFACTURER:
        return HeaderFault.PAYLOAD_TYPE, f"payload type 0x{kind:04X} is none of ISO 15118"
    if not length:
        return HeaderFault.EMPTY, "payload length 0"
    if length > longest:
        return HeaderFault.TOO_LONG, f"payload length {length}, more than {longest} is not taken"
    return None
