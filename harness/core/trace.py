"""The trace: every PDU of a run with its times, link, direction and sender."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from harness.core.pdu import Chunk, Datagram, Frame, Handshake, Level, Listen, Pdu

__all__ = ["Direction", "Record", "Trace"]


class Direction(enum.StrEnum):
    """Seen from the tester."""

    TX = "tx"
    """Sent by a node of the tester."""
    RX = "rx"
    """Sent by the SUT or by something else on the wire."""


class Record(NamedTuple):
    """One PDU on one link. A tuple, because a bench and a recording make one for every frame."""

    number: int
    """Position in the trace of its link, from 1: the frame number that reports and findings print."""
    t_ns: int
    """Time on the interface's own time base: end of the frame, nanoseconds since the start of the run."""
    host_ns: int
    """When the harness saw it, on the host's monotonic time base; equal to ``t_ns`` in virtual time."""
    link: str
    direction: Direction
    sender: str
    """Role that sent it; empty if unknown (a recording, a foreign node)."""
    pdu: Pdu


_new = tuple.__new__
"""Makes a record in half the time: the constructor of a named tuple is a function in Python around this."""


class Trace:
    """Append-only list of records, over all links of a bench, in the order of their completion."""

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._numbers: dict[str, int] = {}
        self._observers: list[Callable[[Record], None]] = []
        self.dropped = 0
        """PDUs that a port reported as lost (overrun of an interface or of a queue)."""

    def append(self, t_ns: int, host_ns: int, link: str, direction: Direction, sender: str, pdu: Pdu) -> Record:
        """Add one PDU, tell the observers, return its record."""
        numbers = self._numbers
        numbers[link] = number = numbers.get(link, 0) + 1
        record = _new(Record, (number, t_ns, host_ns, link, direction, sender, pdu))
        self._records.append(record)
        for observer in self._observers:
            observer(record)
        return record

    def observe(self, observer: Callable[[Record], None]) -> None:
        """Call *observer* with every record from now on."""
        self._observers.append(observer)

    def on(self, link: str) -> list[Record]:
        """The records of one link."""
        return [record for record in self._records if record.link == link]

    def links(self) -> tuple[str, ...]:
        """Names of the links that carried anything, in order of first appearance."""
        return tuple(self._numbers)

    def counts(self) -> dict[str, int]:
        """How many records each link carried so far."""
        return dict(self._numbers)

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records)

    def __getitem__(self, index: int) -> Record:
        return self._records[index]

    def since(self, index: int) -> list[Record]:
        """Records from position *index* (as counted by ``len``) on."""
        return self._records[index:]

    def digest(self) -> str:
        """SHA-256 over times, links, senders and contents; host times are left out."""
        digest = hashlib.sha256()
        for record in self._records:
            kind, flags, ident, data = _canonical(record.pdu)
            head = (str(record.t_ns), record.link, record.direction, record.sender, kind, flags, ident)
            # With its length before each part, different traces never spell the same bytes.
            for part in (*(text.encode() for text in head), data):
                digest.update(b"%d:" % len(part))
                digest.update(part)
        return digest.hexdigest()


def _canonical(pdu: Pdu) -> tuple[str, str, str, bytes]:
    match pdu:
        case Frame():
            flags = f"{int(pdu.extended)}{int(pdu.fd)}{int(pdu.remote)}"
            return "can", flags, f"{pdu.can_id:x}", pdu.data
        case Datagram():
            return "dgram", f"{len(pdu.source)}", f"{pdu.source}>{pdu.destination}", pdu.data
        case Chunk():
            way = f"{pdu.source}>{pdu.destination}" if pdu.source or pdu.destination else ""
            state = f"{pdu.begin:d} {pdu.lost} {pdu.security} {pdu.sealed:d}{' reset' if pdu.reset else ''}" if way else ""
            return "chunk", f"{pdu.end:d}{state}", way, pdu.data
        case Handshake():
            outcome = f"{pdu.version}|{pdu.cipher}|{pdu.alert}|{pdu.subject}"
            return "handshake", "", f"{pdu.source}>{pdu.destination}", outcome.encode()
        case Level():
            return "level", "", pdu.line, repr(float(pdu.value)).encode()
        case Listen():
            return "listen", f"{pdu.datagrams:d}{pdu.active:d}", pdu.address, b""
