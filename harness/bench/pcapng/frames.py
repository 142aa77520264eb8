"""Ethernet frames with IPv6 and UDP or TCP in them: lengths, checksums and addresses as a network card would give them."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address

__all__ = ["ACK", "FIN", "MOST_BYTES", "PSH", "RST", "SYN", "Tcp", "Udp", "address_of", "parse_frame", "tcp_frame", "udp_frame"]

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
MOST_BYTES = 65_535 - 20
"""What fits one packet behind the header of TCP; IPv6 counts 16 bits."""

_IPV6 = 0x86DD
_TCP, _UDP = 6, 17
_HOPS, _HOPS_MULTICAST = 64, 1
_WINDOW = 65_535
_ETHERNET_BYTES, _IPV6_BYTES, _UDP_BYTES, _TCP_BYTES = 14, 40, 8, 20

Address = tuple[IPv6Address, int]


@dataclass(frozen=True, slots=True)
class Udp:
    """A datagram."""

    source: str
    destination: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Tcp:
    """A segment."""

    source: str
    destination: str
    sequence: int
    acknowledged: int
    flags: int
    data: bytes


def address_of(text: str) -> Address | None:
    """Address and port of ``[fe80::a]:49152``, ``None`` if *text* is no such thing, or is spelt otherwise."""
    host, found, port = text.rpartition("]:")
    if not found or not port.isdecimal() or int(port) > 65_535:
        return None
    try:
        address = IPv6Address(host[1:])
    except AddressValueError:
        return None
    return (address, int(port)) if text == _spelt(address.packed, int(port)) else None


def _spelt(packed: bytes, port: int) -> str:
    return f"[{IPv6Address(packed)}]:{port}"


def udp_frame(source: Address, destination: Address, data: bytes) -> bytes:
    """The frame of a datagram."""
    head = struct.pack("!HHHH", source[1], destination[1], _UDP_BYTES + len(data), 0)
    checksum = _checksum(source, destination, _UDP, head + data) or 0xFFFF
    return _frame(source, destination, _UDP, head[:6] + checksum.to_bytes(2, "big") + data)


def tcp_frame(source: Address, destination: Address, sequence: int, acknowledged: int, flags: int, data: bytes) -> bytes:
    """The frame of a segment."""
    head = struct.pack("!HHIIBBHHH", source[1], destination[1], sequence, acknowledged, 5 << 4, flags, _WINDOW, 0, 0)
    checksum = _checksum(source, destination, _TCP, head + data)
    return _frame(source, destination, _TCP, head[:16] + checksum.to_bytes(2, "big") + head[18:] + data)


def _frame(source: Address, destination: Address, kind: int, content: bytes) -> bytes:
    hops = _HOPS_MULTICAST if destination[0].is_multicast else _HOPS
    network = struct.pack("!IHBB", 6 << 28, len(content), kind, hops) + source[0].packed + destination[0].packed
    return _mac(destination[0]) + _mac(source[0]) + _IPV6.to_bytes(2, "big") + network + content


def _mac(address: IPv6Address) -> bytes:
    """The card behind an address: in a link-local one of the usual kind it stands written; others get one of their own."""
    packed = address.packed
    if address.is_multicast:
        return b"\x33\x33" + packed[12:]
    if packed[11:13] == b"\xff\xfe":
        return bytes((packed[8] ^ 2,)) + packed[9:11] + packed[13:]
    return b"\x02\x00" + packed[12:]


def _checksum(source: Address, destination: Address, kind: int, content: bytes) -> int:
    whole = source[0].packed + destination[0].packed + struct.pack("!II", len(content), kind) + content
    # A sum of 16-bit words with end-around carry is the number modulo 0xFFFF; zero and 0xFFFF are the same there.
    rest = int.from_bytes(whole + bytes(len(whole) % 2), "big") % 0xFFFF
    return 0xFFFF - rest if rest else 0


def parse_frame(frame: bytes) -> Udp | Tcp | None:
    """What a frame of this module carries, ``None`` for any other.

    Raises:
        struct.error: it is cut off.
    """
    if frame[12:14] != _IPV6.to_bytes(2, "big"):
        return None
    kind = frame[20]
    packed = frame[22:38], frame[38:54]
    content = frame[_ETHERNET_BYTES + _IPV6_BYTES :]
    ports = struct.unpack_from("!HH", content)
    source, destination = (_spelt(*each) for each in zip(packed, ports, strict=True))
    if kind == _UDP:
        return Udp(source, destination, content[_UDP_BYTES:])
    sequence, acknowledged = struct.unpack_from("!II", content, 4)
    return Tcp(source, destination, sequence, acknowledged, content[13], content[_TCP_BYTES:])
