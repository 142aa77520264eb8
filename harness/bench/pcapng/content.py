"""From records to packets and back: every record is one packet, so that frame numbers are those of other tools.

What a packet cannot say stands in its comment, a JSON object: who sent it, when the host saw it if that differs from the stamp, what
protects the connection. Bytes of a protected connection stand in the file as both ends saw them, readable.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator

from harness.bench.pcapng import frames
from harness.bench.pcapng.blocks import BadFile, Packet
from harness.core import Chunk, Datagram, Direction, Handshake, Pdu, Record

__all__ = ["NotPackets", "packets_of", "records_of"]

_ETHERNET_HEADER = 14
_FIRST_SEQUENCE = 100_000_007
"""Distance of the first sequence numbers of two connections: a prime, so that they stay apart."""
_TURN = 1 << 32


class NotPackets(ValueError):
    """A record that no packet can hold: no IP address, or too many bytes."""


class _Sequence:
    """Sequence numbers of both directions of every connection, as two hosts would count them."""

    def __init__(self) -> None:
        self._next: dict[tuple[str, str], int] = {}
        self._connections = 0

    def take(self, source: str, destination: str, *, begin: bool, skip: int, used: int) -> tuple[int, int, bool]:
        """Sequence number of a segment that uses *used* numbers behind *skip* missing ones, what it acknowledges, and whether it does."""
        way, back = (source, destination), (destination, source)
        if begin:
            if way in self._next or back not in self._next:
                self._next.pop(back, None)
                self._connections += 1
            # A connection between the same ports as an earlier one begins elsewhere, or it would pass for a repetition.
            self._next[way] = self._connections * _FIRST_SEQUENCE % _TURN
        sequence = (self._next.setdefault(way, _FIRST_SEQUENCE) + skip) % _TURN
        self._next[way] = (sequence + used) % _TURN
        return sequence, self._next.get(back, 0), back in self._next


def packets_of(records: Iterable[Record]) -> list[Packet]:
    """One packet for every record.

    Raises:
        NotPackets: a record does not fit one.
    """
    sequence = _Sequence()
    return [Packet(record.t_ns, record.direction is Direction.TX, _frame(record.pdu, sequence), _comment(record)) for record in records]


def _frame(pdu: Pdu, sequence: _Sequence) -> bytes:
    if isinstance(pdu, Datagram) and _is_ethernet(pdu):
        return pdu.data
    if not isinstance(pdu, Datagram | Chunk | Handshake):
        raise NotPackets(f"a {type(pdu).__name__} is no packet")
    source, destination = frames.address_of(pdu.source), frames.address_of(pdu.destination)
    data = b"" if isinstance(pdu, Handshake) else pdu.data
    if source is None or destination is None or source[0].version != destination[0].version or len(data) > frames.MOST_BYTES:
        raise NotPackets(f"from '{pdu.source}' to '{pdu.destination}' with {len(data)} bytes")
    if isinstance(pdu, Datagram):
        return frames.udp_frame(source, destination, data)
    begin, end, reset, lost = (pdu.begin, pdu.end, pdu.reset, pdu.lost) if isinstance(pdu, Chunk) else (False, False, False, 0)
    number, acknowledged, answers = sequence.take(pdu.source, pdu.destination, begin=begin, skip=lost, used=len(data) + begin + end)
    flags = begin * frames.SYN | end * frames.FIN | reset * frames.RST | bool(data) * frames.PSH | answers * frames.ACK
    return frames.tcp_frame(source, destination, number, acknowledged, flags, data)


def _is_ethernet(pdu: Datagram) -> bool:
    """Whether the datagram is a whole Ethernet frame between the addresses that it names."""
    named = (pdu.destination.lower(), pdu.source.lower())
    return len(pdu.data) >= _ETHERNET_HEADER and (pdu.data[:6].hex(":"), pdu.data[6:12].hex(":")) == named


def _comment(record: Record) -> str:
    told: dict[str, str | int | bool] = {"sender": record.sender} if record.sender else {}
    if record.host_ns != record.t_ns:
        told["host_ns"] = record.host_ns
    match record.pdu:
        case Datagram(_, source, destination) if _is_ethernet(record.pdu):
            told |= {"source": source, "destination": destination}
        case Chunk():
            told |= {"lost": record.pdu.lost} if record.pdu.lost else {}
            told |= {"security": record.pdu.security} if record.pdu.security else {}
            told |= {"sealed": True} if record.pdu.sealed else {}
        case Handshake(version=version, cipher=cipher, alert=alert, subject=subject):
            told |= {"handshake": version, "cipher": cipher, "alert": alert, "subject": subject}
    return json.dumps(told, ensure_ascii=False) if told else ""


def records_of(packets: Iterable[Packet], link: str) -> Iterator[Record]:
    """The records that were written.

    Raises:
        BadFile: a packet or its comment is damaged.
    """
    for number, packet in enumerate(packets, 1):
        try:
            told = json.loads(packet.comment) if packet.comment else {}
            pdu = _pdu(packet.data, told)
            host_ns = int(told.get("host_ns", packet.t_ns))
            sender = str(told.get("sender", ""))
        except (struct.error, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            raise BadFile(f"packet {number} is damaged: {error}") from error
        direction = Direction.TX if packet.outbound else Direction.RX
        yield Record(number, packet.t_ns, host_ns, link, direction, sender, pdu)


def _pdu(data: bytes, told: dict[str, object]) -> Pdu:
    if "source" in told:
        return Datagram(data, str(told["source"]), str(told["destination"]))
    unit = frames.parse_frame(data)
    match unit:
        case None:
            raise ValueError("no IP")
        case frames.Udp():
            return Datagram(unit.data, unit.source, unit.destination)
        case frames.Tcp() if "handshake" in told:
            words = (str(told[key]) for key in ("handshake", "cipher", "alert", "subject"))
            return Handshake(unit.source, unit.destination, None, *words)
    flags = unit.flags
    return Chunk(
        unit.data,
        bool(flags & frames.FIN),
        unit.source,
        unit.destination,
        bool(flags & frames.SYN),
        int(str(told.get("lost", 0))),
        str(told.get("security", "")),
        bool(told.get("sealed", False)),
        bool(flags & frames.RST),
    )
