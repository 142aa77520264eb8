"""What a packet carries: an UDP datagram, a TCP segment, or something else that is kept as it is. Never raises, whatever the bytes."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

__all__ = ["LINK_TYPES", "Other", "Segment", "Udp", "parse"]

_ETHERNET, _RAW, _COOKED, _COOKED_2, _IPV4, _IPV6 = 1, 101, 113, 276, 228, 229
LINK_TYPES = (_ETHERNET, _RAW, _COOKED, _COOKED_2, _IPV4, _IPV6)
_TAGS = (0x8100, 0x88A8, 0x9100)
_TYPE_IPV4, _TYPE_IPV6 = 0x0800, 0x86DD
_TCP, _UDP, _FRAGMENT = 6, 17, 44
_EXTENSIONS = (0, 43, 60, 135)
_MOST_EXTENSIONS = 8
_FIN, _SYN, _RST = 1, 2, 4


@dataclass(frozen=True, slots=True)
class Udp:
    """A datagram of UDP; addresses with port, ``[fe80::1]:15118``."""

    source: str
    destination: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment of TCP."""

    source: str
    destination: str
    sequence: int
    begin: bool
    end: bool
    """The sender closes its direction."""
    reset: bool
    """The sender tears the connection down, or refuses it."""
    data: bytes
    """As far as recorded; a segment may have been longer."""


@dataclass(frozen=True, slots=True)
class Other:
    """A packet that is neither."""

    source: str
    destination: str
    data: bytes


def parse(link_type: int, data: bytes) -> Udp | Segment | Other:
    """What a packet of *link_type* carries."""
    kind, place = _network(link_type, data)
    found = None
    if kind == _TYPE_IPV6:
        found = _ipv6(data, place)
    elif kind == _TYPE_IPV4:
        found = _ipv4(data, place)
    if found is not None:
        return found
    if link_type == _ETHERNET and len(data) >= 14:
        return Other(data[6:12].hex(":"), data[:6].hex(":"), data)
    return Other("", "", data)


def _network(link_type: int, data: bytes) -> tuple[int, int]:
    """EtherType of the packet and where its content begins."""
    if link_type == _COOKED:
        return _number(data, 14), 16
    if link_type == _COOKED_2:
        return _number(data, 0), 20
    if link_type == _ETHERNET:
        place = 12
        while _number(data, place) in _TAGS:
            place += 4
        return _number(data, place), place + 2
    version = data[0] >> 4 if data else 0
    return {4: _TYPE_IPV4, 6: _TYPE_IPV6}.get(version, 0), 0


def _number(data: bytes, place: int) -> int:
    return int.from_bytes(data[place : place + 2], "big") if len(data) >= place + 2 else 0


def _ipv6(data: bytes, place: int) -> Udp | Segment | None:
    if len(data) < place + 40:
        return None
    kind, length = data[place + 6], _number(data, place + 4)
    source, destination = (f"[{IPv6Address(data[at : at + 16])}]" for at in (place + 8, place + 24))
    content = data[place + 40 : place + 40 + length] if length else data[place + 40 :]
    for _ in range(_MOST_EXTENSIONS):
        if kind not in _EXTENSIONS or len(content) < 8:
            break
        kind, content = content[0], content[8 * (content[1] + 1) :]
    # The parts of a divided packet are kept as they are: nobody divides the short packets of a charging session.
    return None if kind == _FRAGMENT else _transport(kind, content, source, destination)


def _ipv4(data: bytes, place: int) -> Udp | Segment | None:
    if len(data) < place + 20 or _number(data, place + 6) & 0x3FFF:
        return None
    head, length = (data[place] & 15) * 4, _number(data, place + 2)
    source, destination = (str(IPv4Address(data[at : at + 4])) for at in (place + 12, place + 16))
    content = data[place + head : place + length] if length else data[place + head :]
    return _transport(data[place + 9], content, source, destination)


def _transport(kind: int, content: bytes, source: str, destination: str) -> Udp | Segment | None:
    source, destination = f"{source}:{_number(content, 0)}", f"{destination}:{_number(content, 2)}"
    if kind == _UDP and len(content) >= 8:
        length = _number(content, 4)
        return Udp(source, destination, content[8:length] if length >= 8 else content[8:])
    if kind == _TCP and len(content) >= 20:
        flags = content[13]
        sequence = int.from_bytes(content[4:8], "big")
        return Segment(
            source,
            destination,
            sequence,
            bool(flags & _SYN),
            bool(flags & _FIN),
            bool(flags & _RST),
            content[max(20, (content[12] >> 4) * 4) :],
        )
    return None
