"""The sending side of an addressed transfer.

Theory of operation (J1939-21, RTS/CTS)::

    WAIT_CTS --CTS(n)--> WAIT_TURN --turn--> SENDING --last granted packet--> WAIT_CTS
    WAIT_CTS --CTS(0)--> HELD --CTS(n)--> WAIT_TURN
    WAIT_CTS --EndOfMsgAck after the last packet--> closed, COMPLETED
    WAIT_CTS --T3--> closed, Conn_Abort 3;   HELD --T4--> closed, Conn_Abort 3
    SENDING  --CTS--> closed, Conn_Abort 4
    any      --Conn_Abort--> closed

A CTS may name any packet: one already sent is a request to repeat, and so many of them are granted.
"""

from __future__ import annotations

import enum
from dataclasses import replace

from harness.protocols.j1939.events import EventKind, Role
from harness.protocols.j1939.faults import OutgoingTp
from harness.protocols.j1939.frames import NO_LIMIT, Abort, AbortReason, Cts, EndOfMsgAck, Rts, build_packet, packets_for
from harness.protocols.j1939.session import Context, Outgoing, Session, Turn

__all__ = ["Originator", "OriginatorState"]


class OriginatorState(enum.Enum):
    """Where an addressed transfer stands."""

    WAIT_CTS = "waits for CTS or EndOfMsgAck"
    HELD = "held by CTS(0)"
    WAIT_TURN = "granted, another session sends"
    SENDING = "sends packets"
    CLOSED = "closed"


class Originator(Session):
    """Sends one message to one node."""

    role = Role.ORIGINATOR

    def __init__(self, context: Context, peer: int, pgn: int, data: bytes, turn: Turn, max_per_cts: int) -> None:
        super().__init__(context, peer, pgn, len(data), turn)
        self.state = OriginatorState.WAIT_CTS
        self._data = data
        self._packets = packets_for(len(data))
        self._max_per_cts = max_per_cts
        self._next = 1
        self._last = 0
        self._sent = 0
        self._first = 1
        self._granted = 0
        self._holds = 0
        self._repeats = 0

    @property
    def is_unanswered(self) -> bool:
        """The peer owes the next word: to the RTS, or to the last packet. Nothing is lost if the transfer starts anew."""
        return self.state is OriginatorState.WAIT_CTS and self._sent in (0, self._packets)

    def describe(self, tp: OutgoingTp) -> OutgoingTp:
        """*tp* with what the session knows of its grants."""
        return replace(tp, first=self._first, granted=self._granted, holds=self._holds, repeats=self._repeats)

    def start(self, now_ns: int) -> list[Outgoing]:
        """Send the RTS."""
        self.report(EventKind.OPENED, now_ns)
        self._wait(OriginatorState.WAIT_CTS, now_ns + self.context.timing.t3_ns)
        rts = self.control(Rts(self.length, self._packets, self._max_per_cts, self.pgn))
        if self.context.faults.unasked_data:
            return [rts, *self._grant(now_ns, 1, self._packets)]
        return [rts]

    def on_cts(self, now_ns: int, cts: Cts) -> list[Outgoing]:
        """The peer grants, repeats or holds."""
        faults = self.context.faults
        if self.state is OriginatorState.SENDING:
            if faults.unasked_data:
                return []
            return self.abort(now_ns, AbortReason.CTS_WHILE_SENDING, "CTS while packets are under way")
        self._holds += cts.packets == 0
        if cts.packets == 0 and faults.abort_on_hold:
            return self.abort(now_ns, AbortReason.RESOURCES, "held")
        if cts.packets == 0 and not faults.ignore_hold:
            self.turn.release(self)
            self._wait(OriginatorState.HELD, now_ns + self.context.timing.t4_ns)
            return []
        first = max(1, cts.next_packet) if cts.packets == 0 else cts.next_packet
        if not 1 <= first <= self._packets:
            self.report(EventKind.UNEXPECTED, now_ns, local=False, text=f"CTS for packet {first} of {self._packets}")
            return []
        if first <= self._sent:
            self._repeats += 1
            if self._repeats > self.context.timing.retransmit_limit:
                return self.abort(now_ns, AbortReason.RETRANSMIT_LIMIT, f"packet {first} requested too often")
        everything = faults.ignore_grant or cts.packets == 0
        return self._grant(now_ns, first, self._packets if everything else cts.packets)

    def on_ack(self, now_ns: int, ack: EndOfMsgAck) -> list[Outgoing]:
        """The peer has the message, or says so."""
        if self._sent < self._packets:
            self.end(EventKind.BROKEN, now_ns, local=False, text=f"EndOfMsgAck after packet {self._sent} of {self._packets}")
        elif (ack.length, ack.packets) != (self.length, self._packets):
            text = f"EndOfMsgAck for {ack.length} bytes in {ack.packets} packets instead of {self.length} in {self._packets}"
            self.report(EventKind.UNEXPECTED, now_ns, local=False, text=text)
        else:
            self.end(EventKind.COMPLETED, now_ns, local=False)
        return []

    def on_turn(self, now_ns: int) -> list[Outgoing]:
        """No other session to this destination sends any more."""
        self.state = OriginatorState.SENDING
        return self._send_due(now_ns)

    def on_timer(self, now_ns: int) -> list[Outgoing]:
        """The next packet is due, or the peer is silent for too long."""
        if self.state is OriginatorState.SENDING:
            return self._send_due(now_ns)
        timer = "T4" if self.state is OriginatorState.HELD else "T3"
        self.end(EventKind.TIMED_OUT, now_ns, reason=AbortReason.TIMEOUT, timer=timer)
        return [self.control(Abort(AbortReason.TIMEOUT, self.pgn))]

    def close(self) -> None:
        """End without a word."""
        super().close()
        self.state = OriginatorState.CLOSED

    def _wait(self, state: OriginatorState, deadline_ns: int | None) -> None:
        self.state = state
        self.deadline_ns = deadline_ns

    def _grant(self, now_ns: int, first: int, count: int) -> list[Outgoing]:
        if self._max_per_cts != NO_LIMIT and not self.context.faults.ignore_limit:
            count = min(count, self._max_per_cts)
        self._next = self._first = first
        self._granted = count
        count += self.context.faults.one_too_many
        self._last = first + count - 1 if self.context.faults.ignore_total else min(first + count - 1, self._packets)
        if self.turn.request(self):
            return self.on_turn(now_ns)
        # No timer: the session that has the turn ends by its own timers, and then the turn comes here.
        self._wait(OriginatorState.WAIT_TURN, None)
        return []

    def _send_due(self, now_ns: int) -> list[Outgoing]:
        out: list[Outgoing] = []
        while self._next <= self._last and now_ns >= self.turn.free_at_ns:
            out.append(Outgoing(self, build_packet(self._data, self._next), self._next))
            self._sent = min(max(self._sent, self._next), self._packets)
            self._next += 1
            # The gap is a least distance, so it counts from the sending and not from the deadline.
            self.turn.free_at_ns = now_ns + self._gap_ns()
        if self._next <= self._last:
            self.deadline_ns = self.turn.free_at_ns
        else:
            self.turn.release(self)
            self._wait(OriginatorState.WAIT_CTS, now_ns + self.context.timing.t3_ns)
        return out

    def _gap_ns(self) -> int:
        return self.context.dt_gap_ns + self.context.faults.stalls_ns.get((self.pgn, self._next), 0)
