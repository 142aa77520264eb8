"""Both sides of a broadcast transfer (BAM): announced once, sent at a fixed spacing, never acknowledged."""

from __future__ import annotations

from harness.protocols.j1939.events import EventKind, Role, TransportMessage
from harness.protocols.j1939.frames import PACKET_BYTES, Bam, build_packet, packets_for
from harness.protocols.j1939.ids import GLOBAL
from harness.protocols.j1939.session import Context, Outgoing, Session, Turn

__all__ = ["BroadcastReceiver", "Broadcaster"]


class Broadcaster(Session):
    """Sends one message to all nodes: BAM, then a packet every ``bam_gap_ns``."""

    role = Role.ORIGINATOR

    def __init__(self, context: Context, pgn: int, data: bytes, turn: Turn) -> None:
        super().__init__(context, GLOBAL, pgn, len(data), turn)
        self._data = data
        self._next = 0
        """Next packet; 0 until it is announced."""

    def start(self, now_ns: int) -> list[Outgoing]:
        """Announce it, or queue behind the broadcast under way: a node sends only one at a time."""
        return self.on_turn(now_ns) if self.turn.request(self) else []

    def on_turn(self, now_ns: int) -> list[Outgoing]:
        """The previous broadcast is out."""
        if now_ns < self.turn.free_at_ns:
            self.deadline_ns = self.turn.free_at_ns
            return []
        self.report(EventKind.OPENED, now_ns)
        self._next = 1
        self.deadline_ns = now_ns + self.context.timing.bam_gap_ns
        return [self.control(Bam(self.length, packets_for(self.length), self.pgn))]

    def on_timer(self, now_ns: int) -> list[Outgoing]:
        """The next packet is due."""
        if self._next == 0:
            return self.on_turn(now_ns)
        packet = Outgoing(self, build_packet(self._data, self._next), self._next)
        self._next += 1
        # A least distance: counted from the sending, not from the deadline.
        self.deadline_ns = self.turn.free_at_ns = now_ns + self.context.timing.bam_gap_ns
        if self._next > packets_for(self.length):
            self.end(EventKind.COMPLETED, now_ns)
        return [packet]


class BroadcastReceiver(Session):
    """Takes one broadcast of one node; a lost packet ends it because nobody can ask for it."""

    role = Role.RECEIVER

    def __init__(self, context: Context, peer: int, bam: Bam, start_ns: int) -> None:
        super().__init__(context, peer, bam.pgn, bam.length, Turn())
        self._packets = bam.packets
        self._start_ns = start_ns
        self._received = b""
        self._next = 1

    def start(self, now_ns: int) -> list[Outgoing]:
        """Wait for the first packet."""
        self.report(EventKind.OPENED, now_ns, local=False)
        self.deadline_ns = now_ns + self.context.timing.t1_ns
        return []

    def on_packet(self, now_ns: int, data: bytes) -> None:
        """A broadcast TP.DT of the peer."""
        number = data[0] if data else 0
        used = min(PACKET_BYTES, self.length - len(self._received))
        if number != self._next or len(data) < 1 + used:
            text = f"packet {number} with {len(data)} bytes instead of packet {self._next}"
            self.end(EventKind.BROKEN, now_ns, local=False, text=text)
            return
        self._received += data[1 : 1 + used]
        self._next += 1
        self.deadline_ns = now_ns + self.context.timing.t1_ns
        if number == self._packets:
            self.end(EventKind.COMPLETED, now_ns, local=False)
            message = TransportMessage(self.pgn, self.peer, GLOBAL, self._received, self._start_ns, now_ns)
            self.context.received.append(message)

    def on_timer(self, now_ns: int) -> list[Outgoing]:
        """The peer fell silent."""
        self.end(EventKind.TIMED_OUT, now_ns, timer="T1")
        return []

    def on_turn(self, now_ns: int) -> list[Outgoing]:
        """Never waited for."""
        return []
