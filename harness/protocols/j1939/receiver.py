"""The receiving side of an addressed transfer, steered by a grant policy.

Theory of operation (J1939-21, RTS/CTS)::

    RTS --> DELAYED --> HOLDING --> WAIT_TURN --CTS--> RECEIVING --last granted packet--> DELAYED (next grant)
    RECEIVING --everything arrived--> closed, EndOfMsgAck, COMPLETED
    RECEIVING --T2 before, T1 after the first packet--> closed, Conn_Abort 3
    any --Conn_Abort--> closed

Without a policy DELAYED and HOLDING take no time. While another session of the same peer has packets under
way, WAIT_TURN sends CTS(0) after Tr and then every Th. Missing packets of a grant are requested when its
last packet has come.
"""

from __future__ import annotations

import enum

from harness.protocols.j1939.events import EventKind, Role, TransportMessage
from harness.protocols.j1939.frames import NO_LIMIT, PACKET_BYTES, Abort, AbortReason, Cts, EndOfMsgAck, Rts
from harness.protocols.j1939.grants import GrantPolicy
from harness.protocols.j1939.session import Context, Outgoing, Session, Turn

__all__ = ["Receiver", "ReceiverState"]


class ReceiverState(enum.Enum):
    """Where an incoming addressed transfer stands."""

    DELAYED = "waits before the CTS"
    HOLDING = "holds the originator with CTS(0)"
    WAIT_TURN = "another session of the peer has packets under way"
    RECEIVING = "granted packets are under way"
    CLOSED = "closed"


class Receiver(Session):
    """Takes one message from one node."""

    role = Role.RECEIVER

    def __init__(self, context: Context, peer: int, address: int, rts: Rts, turn: Turn, start_ns: int) -> None:
        super().__init__(context, peer, rts.pgn, rts.length, turn)
        self.state = ReceiverState.DELAYED
        self._address = address
        self._rts = rts
        self._start_ns = start_ns
        self._chunks: dict[int, bytes] = {}
        self._next = 1
        """First packet of the present or next grant."""
        self._last = 0
        """Last packet of the present grant."""
        self._legal_last = 0
        """Where the originator's own limit ends the present grant."""
        self._awaiting: set[int] = set()
        self._hold_end_ns: int | None = None
        self._repeated = False
        self._requests = 0

    @property
    def _policy(self) -> GrantPolicy:
        return self.context.grants.policy(self.pgn)

    def start(self, now_ns: int) -> list[Outgoing]:
        """Answer the RTS."""
        self.report(EventKind.OPENED, now_ns, local=False)
        policy = self._policy
        if policy.abort_reason is not None and policy.abort_after == 0:
            return self.abort(now_ns, policy.abort_reason, "grant policy")
        if not policy.respond:
            self.end(EventKind.IGNORED, now_ns)
            return []
        return self._prepare(now_ns)

    def refuse(self, now_ns: int) -> list[Outgoing]:
        """Answer the RTS with an abort: there is no room for one more."""
        self.report(EventKind.OPENED, now_ns, local=False)
        return self.abort(now_ns, AbortReason.RESOURCES, "too many transfers at once")

    def on_packet(self, now_ns: int, data: bytes) -> list[Outgoing]:
        """A TP.DT of the peer came while this session has the turn."""
        number = data[0] if data else 0
        used = min(PACKET_BYTES, self.length - (number - 1) * PACKET_BYTES)
        if number not in self._awaiting:
            text = f"packet {number} while {self._next}..{self._last} are granted"
            self.report(EventKind.UNEXPECTED, now_ns, local=False, text=text)
            return []
        if len(data) < 1 + used:
            self.report(EventKind.UNEXPECTED, now_ns, local=False, text=f"packet {number} has {len(data)} bytes")
            return []
        self._chunks[number] = data[1 : 1 + used]
        self._awaiting.discard(number)
        self.deadline_ns = now_ns + self.context.timing.t1_ns
        policy = self._policy
        if policy.abort_reason is not None and len(self._chunks) >= policy.abort_after > 0:
            return self.abort(now_ns, policy.abort_reason, "grant policy")
        return self._grant_over(now_ns) if number == self._last or not self._awaiting else []

    def on_turn(self, now_ns: int) -> list[Outgoing]:
        """No other session of the peer has packets under way any more."""
        return self._grant(now_ns)

    def on_timer(self, now_ns: int) -> list[Outgoing]:
        """A pause of the policy is over, or the peer is silent for too long."""
        match self.state:
            case ReceiverState.DELAYED:
                return self._hold_or_grant(now_ns)
            case ReceiverState.HOLDING:
                return self._hold_or_grant(now_ns)
            case ReceiverState.WAIT_TURN:
                self.deadline_ns = now_ns + self.context.timing.th_ns
                return [self._cts(0, self._next)]
        if self._last > self._legal_last and self._legal_last in self._chunks:
            # Granted more than the RTS allows, and the originator rightly stopped at its limit.
            return self._grant_over(now_ns)
        timer = "T1" if self._awaiting != set(range(self._next, self._last + 1)) else "T2"
        self.end(EventKind.TIMED_OUT, now_ns, reason=AbortReason.TIMEOUT, timer=timer)
        return [self.control(Abort(AbortReason.TIMEOUT, self.pgn))]

    def close(self) -> None:
        """End without a word."""
        super().close()
        self.state = ReceiverState.CLOSED

    def _prepare(self, now_ns: int) -> list[Outgoing]:
        self.state = ReceiverState.DELAYED
        if delay_ns := self._policy.delay_ns:
            self.deadline_ns = now_ns + delay_ns
            return []
        return self._hold_or_grant(now_ns)

    def _hold_or_grant(self, now_ns: int) -> list[Outgoing]:
        policy = self._policy
        if self._hold_end_ns is None:
            self._hold_end_ns = now_ns + policy.hold_ns
        if policy.hold_ns and now_ns < self._hold_end_ns:
            self.state = ReceiverState.HOLDING
            every_ns = policy.hold_every_ns or self.context.timing.th_ns
            self.deadline_ns = min(now_ns + every_ns, self._hold_end_ns)
            return [self._cts(0, self._next)]
        if self.turn.request(self):
            return self._grant(now_ns)
        self.state = ReceiverState.WAIT_TURN
        self.deadline_ns = now_ns + self.context.timing.tr_ns
        return []

    def _grant(self, now_ns: int) -> list[Outgoing]:
        policy, rts = self._policy, self._rts
        left = self._run_end() - self._next + 1
        limit = left if rts.max_per_cts == NO_LIMIT else min(left, max(1, rts.max_per_cts))
        count = left if policy.packets is None else max(1, policy.packets)
        if not policy.beyond_limit:
            count = min(count, limit)
        self._last = min(self._next + count - 1, rts.packets)
        self._legal_last = self._next + limit - 1
        self._awaiting = set(range(self._next, self._last + 1))
        self.state = ReceiverState.RECEIVING
        self.deadline_ns = now_ns + self.context.timing.t2_ns
        return [self._cts(min(count, 0xFF), self._next)]

    def _run_end(self) -> int:
        """Last packet that may be asked for together with ``_next``: to the end, or up to what is already here."""
        end = self._rts.packets
        if self._next in self._chunks or not self._chunks or self._next > max(self._chunks):
            return end
        return next((number for number in range(self._next, end) if number + 1 in self._chunks), end)

    def _grant_over(self, now_ns: int) -> list[Outgoing]:
        self.turn.release(self)
        self._awaiting = set()
        missing = [number for number in range(1, self._rts.packets + 1) if number not in self._chunks]
        repeat_from = self._policy.repeat_from
        if repeat_from is not None and not self._repeated and repeat_from in self._chunks:
            self._repeated = True
            self._next = repeat_from
            return self._prepare(now_ns)
        if not missing:
            return self._complete(now_ns)
        if missing[0] < max(self._chunks, default=0):
            self._requests += 1
            if self._requests > self.context.timing.retransmit_limit:
                return self.abort(now_ns, AbortReason.RETRANSMIT_LIMIT, f"packet {missing[0]} never came")
        self._next = missing[0]
        return self._prepare(now_ns)

    def _complete(self, now_ns: int) -> list[Outgoing]:
        data = b"".join(self._chunks[number] for number in range(1, self._rts.packets + 1))
        self.end(EventKind.COMPLETED, now_ns)
        self.context.received.append(TransportMessage(self.pgn, self.peer, self._address, data, self._start_ns, now_ns))
        if not self._policy.acknowledge:
            return []
        return [self.control(EndOfMsgAck(self.length, self._rts.packets, self.pgn))]

    def _cts(self, packets: int, next_packet: int) -> Outgoing:
        pgn = self._policy.cts_pgn
        return self.control(Cts(packets, next_packet, self.pgn if pgn is None else pgn))
