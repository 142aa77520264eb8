"""pcap and pcapng files: CAN of link type SocketCAN (227) and in Linux cooked captures (113, 276), and packets of a network."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.analyse.captures import network, socketcan
from harness.analyse.captures.model import Reading, Stamped
from harness.analyse.captures.problems import NotARecording
from harness.analyse.captures.text import wall_clock
from harness.core import ConfigError, Frame, Problem

__all__ = ["FORMAT", "FORMAT_NG", "MAGICS", "MAGIC_NG", "read", "read_ng"]

FORMAT = "pcap"
FORMAT_NG = "pcapng"

MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1_000),
    b"\xa1\xb2\xc3\xd4": (">", 1_000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
"""First bytes of a pcap file, with byte order and nanoseconds per fraction."""
MAGIC_NG = b"\x0a\x0d\x0d\x0a"

_NS = 1_000_000_000
_HEADER_BYTES, _RECORD_BYTES = 24, 16
_LONGEST = 1 << 24
"""A longer packet is no packet but damage."""
_SECTION, _INTERFACE, _SIMPLE, _ENHANCED, _OLD, _SECRETS = 0x0A0D0D0A, 1, 3, 6, 2, 10
_KEY_LOG = 0x544C534B
_END, _COMMENT, _NAME, _RESOLUTION, _OFFSET = 0, 1, 2, 9, 14


@dataclass(frozen=True, slots=True)
class _Interface:
    """What a file says about one of its interfaces."""

    link_type: int
    order: str
    number: int
    name: str = ""
    per_second: int = 1_000_000
    offset_s: int = 0

    @property
    def channel(self) -> str:
        """Name of the channel if it carries CAN."""
        return self.name or f"CAN {self.number + 1}"

    @property
    def network_channel(self) -> str:
        """Name of the channel if it carries packets of a network; Windows names interfaces by a number that tells nobody anything."""
        return f"network {self.number + 1}" if not self.name or self.name.startswith("\\Device\\") else self.name


@dataclass(frozen=True, slots=True)
class _Packet:
    """One packet with its place in the file."""

    interface: _Interface
    t_ns: int
    data: bytes
    offset: int
    comment: str = ""


@dataclass(slots=True)
class _Findings:
    """What there is to remark about a file."""

    cut: str = ""
    others: Counter[int] = field(default_factory=Counter)
    errors: int = 0
    foreign: int = 0
    swapped: bool = False
    more: list[str] = field(default_factory=list)

    def notes(self) -> tuple[str, ...]:
        """The remarks in words."""
        found = [self.cut] if self.cut else []
        for link_type, count in sorted(self.others.items()):
            found.append(f"{count} packets of {socketcan.link_type_name(link_type)} were left out")
        found += [f"{self.errors} error frames were left out"] if self.errors else []
        found += [f"{self.foreign} packets that are no CAN frames were left out"] if self.foreign else []
        found += ["the identifiers stand in the other byte order than their link type asks for"] if self.swapped else []
        return (*found, *self.more)


def read(content: bytes, path: Path) -> Reading:
    """The frames and packets of a pcap file.

    Raises:
        ConfigError: the file is damaged, or carries neither CAN nor IP; says at which byte offset.
    """
    order, unit_ns = MAGICS[content[:4]]
    if len(content) < _HEADER_BYTES:
        raise ConfigError(Problem(f"the pcap file is cut off in its header: {len(content)} of {_HEADER_BYTES} bytes", path))
    link_type = struct.unpack_from(f"{order}I", content, 20)[0] & 0xFFFF
    findings = _Findings()
    packets = list(_packets(content, path, order, unit_ns, link_type, findings))
    return _reading(packets, [_Interface(link_type, order, 0)], unit_ns, findings, path)


def read_ng(content: bytes, path: Path) -> Reading:
    """The frames and packets of a pcapng file.

    Raises:
        ConfigError: the file is damaged, or carries neither CAN nor IP; says at which byte offset.
    """
    findings = _Findings()
    interfaces: list[_Interface] = []
    packets: list[_Packet] = []
    known: list[_Interface] = []
    secrets: list[bytes] = []
    for kind, order, offset, body in _blocks(content, path, findings):
        try:
            if kind == _SECTION:
                interfaces = []
            elif kind == _INTERFACE:
                interfaces.append(_interface(body, order, len(interfaces)))
                known.append(interfaces[-1])
            elif kind in (_ENHANCED, _OLD, _SIMPLE):
                packets.append(_packet(kind, order, offset, body, interfaces))
            elif kind == _SECRETS and struct.unpack_from(f"{order}I", body)[0] == _KEY_LOG:
                secrets.append(body[8:])
        except (struct.error, IndexError) as error:
            text = f"the pcapng file is damaged: the block at byte offset {offset} (type {kind}) contradicts itself; save it again"
            raise ConfigError(Problem(text, path)) from error
    finest = max((interface.per_second for interface in known), default=1_000_000)
    return _reading(packets, known, max(1, _NS // finest), findings, path, secrets)


def _packets(content: bytes, path: Path, order: str, unit_ns: int, link_type: int, findings: _Findings) -> Iterator[_Packet]:
    interface = _Interface(link_type, order, 0)
    offset = _HEADER_BYTES
    while offset < len(content):
        if offset + _RECORD_BYTES > len(content):
            findings.cut = f"the file is cut off at byte offset {offset}; the last packet was left out"
            return
        seconds, fraction, kept, _ = struct.unpack_from(f"{order}IIII", content, offset)
        if kept > _LONGEST:
            text = f"the pcap file is damaged at byte offset {offset}: a packet of {kept} bytes is announced; save it again"
            raise ConfigError(Problem(text, path))
        if offset + _RECORD_BYTES + kept > len(content):
            findings.cut = f"the file is cut off at byte offset {offset}; the last packet was left out"
            return
        start = offset + _RECORD_BYTES
        yield _Packet(interface, seconds * _NS + fraction * unit_ns, content[start : start + kept], offset)
        offset = start + kept


def _blocks(content: bytes, path: Path, findings: _Findings) -> Iterator[tuple[int, str, int, bytes]]:
    """Type, byte order, offset and body of every block."""
    order, offset = "<", 0
    while offset < len(content):
        if content[offset : offset + 4] == MAGIC_NG:
            mark = content[offset + 8 : offset + 12]
            order = "<" if mark == b"\x4d\x3c\x2b\x1a" else ">"
            if mark not in (b"\x4d\x3c\x2b\x1a", b"\x1a\x2b\x3c\x4d") and offset + 12 <= len(content):
                raise ConfigError(Problem(f"the pcapng file is damaged at byte offset {offset}: a section without byte order", path))
        if offset + 12 > len(content):
            findings.cut = f"the file is cut off at byte offset {offset}; the last block was left out"
            return
        kind, length = struct.unpack_from(f"{order}II", content, offset)
        if length < 12 or length % 4 or length > _LONGEST:
            text = f"the pcapng file is damaged at byte offset {offset}: a block of {length} bytes is announced; save it again"
            raise ConfigError(Problem(text, path))
        if offset + length > len(content):
            findings.cut = f"the file is cut off at byte offset {offset}; the last block was left out"
            return
        yield kind, order, offset, content[offset + 8 : offset + length - 4]
        offset += length


def _interface(body: bytes, order: str, number: int) -> _Interface:
    link_type = struct.unpack_from(f"{order}H", body)[0]
    name, per_second, offset_s = "", 1_000_000, 0
    for code, value in _options(body, order, 8):
        if code == _NAME:
            name = value.decode("utf-8", "replace").strip("\x00 ")
        elif code == _RESOLUTION and value:
            per_second = 2 ** min(value[0] & 0x7F, 63) if value[0] & 0x80 else 10 ** min(value[0], 18)
        elif code == _OFFSET and len(value) == 8:
            offset_s = struct.unpack(f"{order}q", value)[0]
    return _Interface(link_type, order, number, name, per_second, offset_s)


def _packet(kind: int, order: str, offset: int, body: bytes, interfaces: Sequence[_Interface]) -> _Packet:
    if kind == _SIMPLE:
        return _Packet(interfaces[0], 0, body[4 : 4 + struct.unpack_from(f"{order}I", body)[0]], offset)
    number, high, low, kept = struct.unpack_from(f"{order}IIII" if kind == _ENHANCED else f"{order}HxxIII", body)
    interface = interfaces[number]
    if 20 + kept > len(body):
        raise IndexError(kept)
    t_ns = interface.offset_s * _NS + ((high << 32 | low) * _NS) // interface.per_second
    comment = b""
    if kind == _ENHANCED:
        comment = next((value for code, value in _options(body, order, 20 + kept + -kept % 4) if code == _COMMENT), b"")
    return _Packet(interface, t_ns, body[20 : 20 + kept], offset, comment.decode("utf-8", "replace"))


def _options(body: bytes, order: str, position: int) -> Iterator[tuple[int, bytes]]:
    """Code and value of the options from *position* on, as far as there are any."""
    while position + 4 <= len(body):
        code, length = struct.unpack_from(f"{order}HH", body, position)
        if code == _END:
            return
        yield code, body[position + 4 : position + 4 + length]
        position += 4 + length + -length % 4


def _reading(
    packets: Sequence[_Packet],
    interfaces: Sequence[_Interface],
    unit_ns: int,
    findings: _Findings,
    path: Path,
    secrets: Sequence[bytes] = (),
) -> Reading:
    """What the interfaces carry: CAN frames, or packets of a network."""
    networks, rest = _networks(packets)
    carrying = [packet for packet in rest if packet.interface.link_type in socketcan.LINK_TYPES]
    findings.others.update(packet.interface.link_type for packet in rest if packet.interface.link_type not in socketcan.LINK_TYPES)
    if not carrying and not networks:
        seen = sorted({interface.link_type for interface in interfaces})
        names = ", ".join(map(socketcan.link_type_name, seen)) or "no interface"
        text = (
            f"a recording of {names} without IP and without CAN traffic; readable are link types SocketCAN (227) and Linux cooked"
            " (113, 276) with CAN, and UDP and TCP on Ethernet (1), Linux cooked and raw IP (101)"
        )
        raise NotARecording(Problem(text, path))
    stamped = [(packet.offset, frame) for packet, frame in _can_frames(carrying, findings, path)]
    for mine in networks.values():
        units = [network.Packet(packet.t_ns, packet.interface.link_type, packet.data, packet.comment) for packet in mine]
        found, remarks = network.read_network(units, mine[0].interface.network_channel, secrets)
        stamped += [(packet.offset, one) for packet, one in zip(mine, found, strict=True)]
        findings.more += remarks
    frames = [frame for _, frame in sorted(stamped, key=lambda item: item[0])]
    return Reading(frames, unit_ns, wall_clock(frames[0].t_ns) if frames else "", findings.notes())


def _networks(packets: Sequence[_Packet]) -> tuple[dict[int, list[_Packet]], list[_Packet]]:
    """The packets of each interface that carries UDP or TCP, and all others; CAN in a cooked capture is always among the others."""
    by_interface: dict[int, list[_Packet]] = {}
    others: list[_Packet] = []
    for packet in packets:
        link_type = packet.interface.link_type
        if link_type not in network.LINK_TYPES or socketcan.unit_of(link_type, packet.data) is not None:
            others.append(packet)
        else:
            by_interface.setdefault(id(packet.interface), []).append(packet)
    found = {}
    for key, mine in by_interface.items():
        if network.is_network(network.Packet(packet.t_ns, packet.interface.link_type, packet.data) for packet in mine):
            found[key] = mine
        else:
            others += mine
    return found, others


def _can_frames(carrying: Sequence[_Packet], findings: _Findings, path: Path) -> Iterator[tuple[_Packet, Stamped]]:
    units = [(packet, socketcan.unit_of(packet.interface.link_type, packet.data)) for packet in carrying]
    # Cooked captures keep the byte order of the machine; libraries disagree, so the identifiers themselves decide.
    orders = socketcan.byte_orders([(packet.interface.link_type, packet.interface.order, unit) for packet, unit in units])
    findings.swapped = any(orders[key] != socketcan.usual_order(*key) for key in orders)
    for packet, unit in units:
        if unit is None:
            findings.foreign += 1
            continue
        frame = socketcan.frame_of_unit(unit, orders[packet.interface.link_type, packet.interface.order])
        if isinstance(frame, Frame):
            channel = packet.interface.channel if unit.interface is None else f"CAN {unit.interface}"
            yield packet, Stamped(packet.t_ns, channel, frame)
        elif frame is None:
            findings.errors += 1
        else:
            raise ConfigError(Problem(f"the packet at byte offset {packet.offset}: {frame}; record it again with full length", path))
