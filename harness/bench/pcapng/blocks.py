"""The blocks of a pcapng file with one Ethernet interface: packets with stamps in nanoseconds, direction and comment."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["BadFile", "Packet", "read_packets", "write_packets"]

_SECTION, _INTERFACE, _ENHANCED = 0x0A0D0D0A, 1, 6
_MAGIC = 0x1A2B3C4D
_ETHERNET = 1
_OPTION_END, _OPTION_COMMENT = 0, 1
_SECTION_APPLICATION = 4
_INTERFACE_NAME, _INTERFACE_RESOLUTION, _INTERFACE_OFFSET = 2, 9, 14
_PACKET_FLAGS = 2
_INBOUND, _OUTBOUND = 1, 2
_NANOSECONDS = b"\x09"
_NS = 1_000_000_000


class BadFile(ValueError):
    """The bytes are no file of this kind, or damaged; says at which byte offset."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One Ethernet frame as recorded."""

    t_ns: int
    outbound: bool
    """Sent by the tester."""
    data: bytes
    comment: str = ""


def write_packets(name: str, packets: Sequence[Packet]) -> bytes:
    """The file of one interface *name*. The stamps count from the zero of the run, which readers show as 1970."""
    # Stamps are unsigned: one before the zero of the run is written against an earlier one.
    offset_s = min((packet.t_ns for packet in packets), default=0) // _NS
    offset_s = min(offset_s, 0)
    interface = _options((_INTERFACE_NAME, name.encode()), (_INTERFACE_RESOLUTION, _NANOSECONDS))
    if offset_s:
        interface = _options(
            (_INTERFACE_NAME, name.encode()), (_INTERFACE_RESOLUTION, _NANOSECONDS), (_INTERFACE_OFFSET, struct.pack("<q", offset_s))
        )
    head = struct.pack("<IHHq", _MAGIC, 1, 0, -1) + _options((_SECTION_APPLICATION, b"precert"))
    blocks = [_block(_SECTION, head), _block(_INTERFACE, struct.pack("<HHI", _ETHERNET, 0, 0) + interface)]
    blocks += [_packet(packet, packet.t_ns - offset_s * _NS) for packet in packets]
    return b"".join(blocks)


def _packet(packet: Packet, stamp_ns: int) -> bytes:
    size = len(packet.data)
    head = struct.pack("<IIIII", 0, stamp_ns >> 32, stamp_ns & 0xFFFFFFFF, size, size)
    flags = struct.pack("<I", _OUTBOUND if packet.outbound else _INBOUND)
    comment = [(_OPTION_COMMENT, packet.comment.encode())] if packet.comment else []
    return _block(_ENHANCED, head + _padded(packet.data) + _options(*comment, (_PACKET_FLAGS, flags)))


def _block(kind: int, body: bytes) -> bytes:
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def _options(*options: tuple[int, bytes]) -> bytes:
    return b"".join(struct.pack("<HH", code, len(value)) + _padded(value) for code, value in (*options, (_OPTION_END, b"")))


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def read_packets(content: bytes) -> Iterator[Packet]:
    """The packets of a file that :func:`write_packets` made.

    Raises:
        BadFile: it is another one, or damaged.
    """
    offset_ns = 0
    for at, kind, body in _blocks(content):
        try:
            if kind == _INTERFACE:
                offset_ns = _interface_offset_ns(body)
            elif kind == _ENHANCED:
                yield _read_packet(body, offset_ns)
        except (struct.error, UnicodeDecodeError) as error:
            raise BadFile(f"the block at byte offset {at} is damaged: {error}") from error


def _blocks(content: bytes) -> Iterator[tuple[int, int, bytes]]:
    if content[:4] != struct.pack("<I", _SECTION):
        raise BadFile("no pcapng file")
    at = 0
    while at < len(content):
        length = int.from_bytes(content[at + 4 : at + 8], "little")
        end = at + length
        if length < 12 or length % 4 or end > len(content) or content[end - 4 : end] != content[at + 4 : at + 8]:
            raise BadFile(f"the file is damaged or cut off at byte offset {at}")
        yield at, int.from_bytes(content[at : at + 4], "little"), content[at + 8 : end - 4]
        at = end


def _interface_offset_ns(body: bytes) -> int:
    options = dict(_read_options(body, 8))
    if options.get(_INTERFACE_RESOLUTION) != _NANOSECONDS or struct.unpack_from("<H", body)[0] != _ETHERNET:
        raise BadFile("the interface is no Ethernet with stamps in nanoseconds")
    return int.from_bytes(options.get(_INTERFACE_OFFSET, b""), "little", signed=True) * _NS


def _read_packet(body: bytes, offset_ns: int) -> Packet:
    _, high, low, size, _ = struct.unpack_from("<IIIII", body)
    options = dict(_read_options(body, 20 + size + -size % 4))
    flags = int.from_bytes(options.get(_PACKET_FLAGS, b""), "little")
    comment = options.get(_OPTION_COMMENT, b"").decode()
    return Packet((high << 32 | low) + offset_ns, flags & 3 == _OUTBOUND, body[20 : 20 + size], comment)


def _read_options(body: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at < len(body):
        code, size = struct.unpack_from("<HH", body, at)
        if code == _OPTION_END:
            return
        yield code, body[at + 4 : at + 4 + size]
        at += 4 + size + -size % 4
