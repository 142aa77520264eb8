"""The packets of a network interface as records, one for each packet, so that frame numbers are those of other tools."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.analyse.captures.model import Stamped
from harness.analyse.captures.network.ip import LINK_TYPES, Other, Segment, Udp, parse
from harness.analyse.captures.network.streams import chunks_of
from harness.analyse.captures.network.tls import key_log, open_streams
from harness.core import Chunk, Datagram, Handshake, Pdu

__all__ = ["Packet", "is_network", "read_network"]


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet of an interface."""

    t_ns: int
    link_type: int
    data: bytes
    comment: str = ""


def is_network(packets: Iterable[Packet]) -> bool:
    """Whether the interface carries UDP or TCP at all."""
    return any(packet.link_type in LINK_TYPES and not isinstance(parse(packet.link_type, packet.data), Other) for packet in packets)


def read_network(packets: Sequence[Packet], channel: str, secrets: Sequence[bytes] = ()) -> tuple[list[Stamped], list[str]]:
    """A record for every packet of one interface, and remarks in words; *secrets* are the key logs that the file carries."""
    parsed = [parse(packet.link_type, packet.data) for packet in packets]
    streams = chunks_of({place: unit for place, unit in enumerate(parsed) if isinstance(unit, Segment)})
    # Some emulators broadcast the lines of their key log beside the session.
    known = key_log([*secrets, *(unit.data for unit in parsed if isinstance(unit, Udp))])
    said = [_said(packet.comment) for packet in packets]
    chunks, told = open_streams({place: _protected(chunk, said[place]) for place, chunk in streams.chunks.items()}, known)
    stamped = [
        Stamped(packet.t_ns, channel, _pdu(unit, chunks.get(place), said[place]))
        for place, (packet, unit) in enumerate(zip(packets, parsed, strict=True))
    ]
    remarks = []
    if streams.repeated:
        remarks.append(f"{streams.repeated} TCP segments were sent again")
    if streams.disordered:
        remarks.append(f"{streams.disordered} TCP segments came out of order and were put in order")
    if streams.lost:
        remarks.append(f"{streams.lost} bytes of TCP streams are missing in the recording")
    return stamped, [f"{channel}: {remark}" for remark in (*remarks, *told)]


def _said(comment: str) -> dict[str, object]:
    """What the evidence of our own runs says beside a packet: bytes of a protected connection stand in it readable."""
    if not comment.startswith("{"):
        return {}
    try:
        said = json.loads(comment)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _protected(chunk: Chunk, said: Mapping[str, object]) -> Chunk:
    security = said.get("security")
    return replace(chunk, security=security, sealed=said.get("sealed") is True) if isinstance(security, str) else chunk


def _pdu(unit: Udp | Segment | Other, chunk: Chunk | None, said: Mapping[str, object]) -> Pdu:
    if chunk is None:
        return Datagram(unit.data, unit.source, unit.destination)
    if "handshake" in said and not chunk.data:
        words = (str(said.get(key, "")) for key in ("handshake", "cipher", "alert", "subject"))
        return Handshake(chunk.source, chunk.destination, None, *words)
    return chunk
