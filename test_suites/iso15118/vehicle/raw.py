"""What the vehicle sends, byte by byte: nothing here comes from the decoder of messages."""

from __future__ import annotations

from dataclasses import dataclass

from harness.case import CaseBench
from harness.core import Chunk, Datagram, Direction, Message, Record

HEADER_BYTES = 8
_SDP_PORT = ":15118"
_SDP_REQUEST = b"\x90\x00"


@dataclass(frozen=True, slots=True)
class RawFrame:
    """One V2GTP frame as the vehicle sent it on TCP."""

    t_ns: int
    number: int
    """Of the record that completed it."""
    header: bytes
    payload: bytes

    @property
    def payload_type(self) -> str:
        """Four hexadecimal digits."""
        return self.header[2:4].hex().upper()


def is_discovery(record: Record) -> bool:
    """A datagram of the vehicle that is, or is meant to be, a discovery request."""
    pdu = record.pdu
    return (
        isinstance(pdu, Datagram)
        and record.direction is Direction.RX
        and (pdu.destination.endswith(_SDP_PORT) or pdu.data[2:4] == _SDP_REQUEST)
    )


def is_opening(record: Record) -> bool:
    """The vehicle opens a TCP connection."""
    return isinstance(record.pdu, Chunk) and record.direction is Direction.RX and record.pdu.begin


def frames_of_vehicle(bench: CaseBench, *, since: Message | int = 0) -> list[RawFrame]:
    """The V2GTP frames of all TCP connections after *since*, by their length fields; what follows an unusable one is left out."""
    streams: dict[str, bytes] = {}
    found = []
    for record in bench.records(since=since):
        pdu = record.pdu
        if not isinstance(pdu, Chunk) or record.direction is not Direction.RX or pdu.sealed:
            continue
        data = (b"" if pdu.begin else streams.get(pdu.source, b"")) + pdu.data
        while len(data) >= HEADER_BYTES and len(data) >= (end := HEADER_BYTES + int.from_bytes(data[4:8], "big")):
            found.append(RawFrame(record.t_ns, record.number, data[:HEADER_BYTES], data[HEADER_BYTES:end]))
            data = data[end:]
        streams[pdu.source] = data
    return found
