"""Ethernet frames with IPv6 or IPv4 and UDP or TCP in them: lengths, checksums and addresses as a network card would give them."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address

__all__ = ["ACK", "FIN", "MOST_BYTES", "PSH", "RST", "SYN", "Tcp", "Udp", "address_of", "parse_frame", "tcp_frame", "udp_frame"]

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
MOST_BYTES = 65_535 - 40
"""What fits one packet behind the headers of IPv4 and TCP, whose sum is counted in 16 bits; with IPv6 a little more would."""

_IPV6, _IPV4 = 0x86DD, 0x0800
_TCP, _UDP = 6, 17
_HOPS, _HOPS_MULTICAST = 64, 1
_WINDOW = 65_535
_ETHERNET_BYTES, _IPV6_BYTES, _IPV4_BYTES, _UDP_BYTES, _TCP_BYTES = 14, 40, 20, 8, 20
_VERSION_AND_LENGTH, _DO_NOT_FRAGMENT = 0x45, 0x4000
_BROADCAST = IPv4Address("255.255.255.255")

Address = tuple[IPv6Address | IPv4Address, int]


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
    """Address and port of ``[fe80::a]:49152`` or ``192.0.2.1:13400``, ``None`` if *text* is no such thing, or is spelt otherwise."""
    host, found, port = text.rpartition(":")
    if not found or not port.isdecimal() or int(port) > 65_535:
        return None
    try:
        address = IPv6Address(host[1:-1]) if host.startswith("[") else IPv4Address(host)
    except AddressValueError:
        return None
    return (address, int(port)) if text == _spelt(address.packed, int(port)) else None


def _spelt(packed: bytes, port: int) -> str:
    return f"{IPv4Address(packed)}:{port}" if len(packed) == 4 else f"[{IPv6Address(packed)}]:{port}"


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
    hops = _HOPS_MULTICAST if destination[0].is_multicast or destination[0] == _BROADCAST else _HOPS
    both = source[0].packed + destination[0].packed
    if source[0].version == 6:
        of_type, network = _IPV6, struct.pack("!IHBB", 6 << 28, len(content), kind, hops) + both
    else:
        length = _IPV4_BYTES + len(content)
        head = struct.pack("!BBHHHBBH", _VERSION_AND_LENGTH, 0, length, 0, _DO_NOT_FRAGMENT, hops, kind, 0)
        of_type, network = _IPV4, head[:10] + _complement(head + both).to_bytes(2, "big") + both
    return _mac(destination[0]) + _mac(source[0]) + of_type.to_bytes(2, "big") + network + content


def _mac(address: IPv6Address | IPv4Address) -> bytes:
    """The card behind an address: in a link-local one of the usual kind it stands written; others get one of their own."""
    packed = address.packed
    if address.version == 4:
        return b"\xff" * 6 if address == _BROADCAST else b"\x02\x00" + packed
    if address.is_multicast:
        return b"\x33\x33" + packed[12:]
    if packed[11:13] == b"\xff\xfe":
        return bytes((packed[8] ^ 2,)) + packed[9:11] + packed[13:]
    return b"\x02\x00" + packed[12:]


def _checksum(source: Address, destination: Address, kind: int, content: bytes) -> int:
    layout = "!II" if source[0].version == 6 else "!HH"
    counts = (len(content), kind) if source[0].version == 6 else (kind, len(content))
    return _complement(source[0].packed + destination[0].packed + struct.pack(layout, *counts) + content)


def _complement(whole: bytes) -> int:
    # A sum of 16-bit words with end-around carry is the number modulo 0xFFFF; zero and 0xFFFF are the same there.
    rest = int.from_bytes(whole + bytes(len(whole) % 2), "big") % 0xFFFF
    return 0xFFFF - rest if rest else 0


def parse_frame(frame: bytes) -> Udp | Tcp | None:
    """What a frame of this module carries, ``None`` for any other.

    Raises:
        struct.error: it is cut off.
    """
    of_type = int.from_bytes(frame[12:14], "big")
    if of_type == _IPV6:
        kind, packed, content = frame[20], (frame[22:38], frame[38:54]), frame[_ETHERNET_BYTES + _IPV6_BYTES :]
    elif of_type == _IPV4:
        kind, packed, content = frame[23], (frame[26:30], frame[30:34]), frame[_ETHERNET_BYTES + _IPV4_BYTES :]
    else:
        return None
    ports = struct.unpack_from("!HH", content)
    source, destination = (_spelt(*each) for each in zip(packed, ports, strict=True))
    if kind == _UDP:
        return Udp(source, destination, content[_UDP_BYTES:])
    sequence, acknowledged = struct.unpack_from("!II", content, 4)
    return Tcp(source, destination, sequence, acknowledged, content[13], content[_TCP_BYTES:])
