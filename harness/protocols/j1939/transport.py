"""J1939-21 transport of one node: routes TP.CM and TP.DT to sessions, keeps their turns and timers.

Frames in, frames out; time is an argument. A node has one ``Transport`` for its address. Sessions are told
apart by peer and parameter group, so several may be open at once; their packets never mix (see ``session``).
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter

from harness.core import Frame, LocalProtocolError
from harness.protocols.j1939.broadcast import Broadcaster, BroadcastReceiver
from harness.protocols.j1939.events import EventKind, Role, TransportEvent, TransportMessage
from harness.protocols.j1939.faults import OutgoingTp, TransportFaults
from harness.protocols.j1939.frames import (
    MAX_LENGTH,
    MIN_LENGTH,
    NO_LIMIT,
    TP_CM,
    TP_DT,
    Abort,
    Bam,
    Cts,
    EndOfMsgAck,
    Rts,
    packets_for,
    parse_control,
)
from harness.protocols.j1939.grants import GrantPolicy, Grants
from harness.protocols.j1939.ids import GLOBAL, MAX_PGN, NULL, build_id, split_id
from harness.protocols.j1939.originator import Originator
from harness.protocols.j1939.receiver import Receiver
from harness.protocols.j1939.session import Context, Outgoing, Session, Turn
from harness.protocols.j1939.timing import J1939_21, TransportTiming

__all__ = ["Transport"]


_MAX_INBOUND = 256
"""Addressed transfers to this node at once; more than one from each address. Further ones are refused."""


class Transport:
    """Sends and receives messages of 9..1785 bytes for the node at *address*.

    ``dt_gap_ns`` is the least distance between two TP.DT of addressed transfers; 0 sends all granted packets
    at once. ``grants`` and ``faults`` may be changed at any time.
    """

    def __init__(
        self,
        address: int,
        *,
        timing: TransportTiming = J1939_21,
        grants: GrantPolicy | Grants | None = None,
        faults: TransportFaults | None = None,
        priority: int = 7,
        dt_gap_ns: int = 0,
    ) -> None:
        if not 0 <= address < NULL:
            raise LocalProtocolError(f"address 0x{address:02X} cannot be the source of a transfer")
        self.address = address
        self.priority = priority
        self.grants = grants if isinstance(grants, Grants) else Grants(grants or GrantPolicy())
        self.faults = faults or TransportFaults()
        self._context = Context(timing, self.grants, self.faults, dt_gap_ns)
        self._outbound: dict[tuple[int, int], Originator | Broadcaster] = {}
        self._inbound: dict[tuple[int, int], Receiver] = {}
        self._broadcasts: dict[int, BroadcastReceiver] = {}
        self._send_turns: dict[int, Turn] = {}
        self._receive_turns: dict[int, Turn] = {}

    def send(self, now_ns: int, pgn: int, destination: int, data: bytes, *, max_per_cts: int = NO_LIMIT) -> list[Frame]:
        """Begin a transfer: RTS to *destination*, or BAM if that is ``GLOBAL``. Returns the frames to send now.

        *max_per_cts* goes into byte 5 of the RTS. A broadcast queues behind the one under way.

        Raises:
            LocalProtocolError: length not in 9..1785, unusable destination or PGN, or a transfer of *pgn* to
                *destination* is open (``cancel`` it first).
        """
        self._check(pgn, destination, data, max_per_cts)
        turn = self._send_turns.setdefault(destination, Turn())
        session: Originator | Broadcaster
        if destination == GLOBAL:
            session = Broadcaster(self._context, pgn, data, turn)
        else:
            session = Originator(self._context, destination, pgn, data, turn, max_per_cts)
        self._outbound[destination, pgn] = session
        return self._settle(now_ns, session.start(now_ns))

    def receive(self, now_ns: int, frame: Frame) -> list[Frame]:
        """Take a frame from the bus; whatever is no TP frame to this node or to all is ignored."""
        heard = self.faults.hear(frame)
        if heard is None or not heard.extended or heard.fd or heard.remote:
            return []
        ident = split_id(heard.can_id)
        if ident.source == self.address or ident.destination not in (self.address, GLOBAL):
            return []
        broadcast = ident.destination == GLOBAL
        if ident.pgn == TP_CM:
            return self._settle(now_ns, self._on_control(now_ns, ident.source, broadcast, heard.data))
        if ident.pgn == TP_DT:
            return self._settle(now_ns, self._on_packet(now_ns, ident.source, broadcast, heard.data))
        return []

    def next_deadline_ns(self) -> int | None:
        """The earliest instant at which a session wants ``handle_timers``; ``None`` without open sessions."""
        if not self._has_sessions:  # Asked after every event; there are none most of the time.
            return None
        return min((s.deadline_ns for s in self._sessions() if s.deadline_ns is not None), default=None)

    def handle_timers(self, now_ns: int) -> list[Frame]:
        """Fire what is due."""
        if not self._has_sessions:
            return []
        due = [(s.deadline_ns, s) for s in self._sessions() if s.deadline_ns is not None and s.deadline_ns <= now_ns]
        frames: list[Frame] = []
        for _, session in sorted(due, key=itemgetter(0)):
            # An earlier one of this round may have closed it or moved its deadline.
            if session.deadline_ns is not None and session.deadline_ns <= now_ns:
                frames += self._settle(now_ns, session.on_timer(now_ns))
        return frames

    def cancel(self, now_ns: int, pgn: int, peer: int | None = None, *, reason: int | None = None) -> list[Frame]:
        """End the open sessions of *pgn* in both roles (with *peer* only, if given): without a word, or with Conn_Abort *reason*."""
        out: list[Outgoing] = []
        for session in list(self._sessions()):
            if session.pgn == pgn and peer in (None, session.peer):
                if reason is not None and not isinstance(session, Broadcaster | BroadcastReceiver):
                    out += session.abort(now_ns, reason, "cancelled")
                else:
                    session.close()
        return self._settle(now_ns, out)

    def reset(self) -> None:
        """Forget all sessions without a word, for example when the node loses power."""
        for session in list(self._sessions()):
            session.close()
        for sessions in (self._outbound, self._inbound, self._broadcasts, self._send_turns, self._receive_turns):
            sessions.clear()

    def is_sending(self, pgn: int, destination: int | None = None) -> bool:
        """Whether a transfer of *pgn* that we originate is open."""
        return any(p == pgn and destination in (None, d) for d, p in self._outbound)

    def is_unanswered(self, pgn: int, destination: int) -> bool:
        """Whether our transfer of *pgn* is open and waits for the answer to its RTS or to its last packet."""
        session = self._outbound.get((destination, pgn))
        return isinstance(session, Originator) and session.is_unanswered

    def is_receiving(self, pgn: int, source: int | None = None) -> bool:
        """Whether a transfer of *pgn* to us is open."""
        inbound = [*self._inbound.values(), *self._broadcasts.values()]
        return any(s.pgn == pgn and source in (None, s.peer) for s in inbound)

    def take_received(self) -> list[TransportMessage]:
        """The messages that arrived since the last call."""
        received, self._context.received = self._context.received, []
        return received

    def take_events(self) -> list[TransportEvent]:
        """What happened to the sessions since the last call, in order."""
        events, self._context.events = self._context.events, []
        return events

    def _check(self, pgn: int, destination: int, data: bytes, max_per_cts: int) -> None:
        if not MIN_LENGTH <= len(data) <= MAX_LENGTH:
            raise LocalProtocolError(f"PGN 0x{pgn:05X}: {len(data)} bytes do not go by transport protocol ({MIN_LENGTH}..{MAX_LENGTH})")
        if not 0 <= pgn <= MAX_PGN:
            raise LocalProtocolError(f"PGN 0x{pgn:X} does not fit 18 bits")
        if not 0 <= destination <= GLOBAL or destination in (self.address, NULL):
            raise LocalProtocolError(f"PGN 0x{pgn:05X}: address 0x{destination:02X} cannot be the destination of 0x{self.address:02X}")
        if not 1 <= max_per_cts <= NO_LIMIT:
            raise LocalProtocolError(f"PGN 0x{pgn:05X}: {max_per_cts} packets per CTS are not in 1..255")
        if (destination, pgn) in self._outbound:
            raise LocalProtocolError(f"PGN 0x{pgn:05X}: a transfer to 0x{destination:02X} is open; cancel it first")

    def _on_control(self, now_ns: int, peer: int, broadcast: bool, data: bytes) -> list[Outgoing]:
        message = parse_control(data)
        if broadcast:
            if isinstance(message, Bam):
                return self._on_bam(now_ns, peer, message)
        else:
            match message:
                case Rts():
                    return self._on_rts(now_ns, peer, message)
                case Cts() if originator := self._granted(peer, message.pgn):
                    return originator.on_cts(now_ns, message)
                case EndOfMsgAck() if originator := self._originator(peer, message.pgn):
                    return originator.on_ack(now_ns, message)
                case Abort():
                    # It does not say which side of the session its sender is, so it ends both.
                    for session in (self._originator(peer, message.pgn), self._inbound.get((peer, message.pgn))):
                        if session is not None:
                            session.on_abort(now_ns, message.reason)
                    return []
        self._unexpected(now_ns, peer, f"TP.CM {data.hex(' ').upper()}")
        return []

    def _originator(self, peer: int, pgn: int) -> Originator | None:
        session = self._outbound.get((peer, pgn))
        return session if isinstance(session, Originator) else None

    def _granted(self, peer: int, pgn: int) -> Originator | None:
        """The session that a CTS for *pgn* grants."""
        session = self._originator(peer, pgn)
        if session is None and self.faults.ignore_cts_page:
            session = self._originator(peer, pgn & 0xFFFF)
        if session is None and self.faults.ignore_cts_pgn:
            session = next((s for (to, _), s in self._outbound.items() if to == peer and isinstance(s, Originator)), None)
        return session

    def _on_rts(self, now_ns: int, peer: int, rts: Rts) -> list[Outgoing]:
        if not self._plausible(now_ns, peer, rts):
            return []
        if old := self._inbound.get((peer, rts.pgn)):
            old.end(EventKind.REPLACED, now_ns, local=False)
        turn = self._receive_turns.setdefault(peer, Turn())
        session = Receiver(self._context, peer, self.address, rts, turn, now_ns)
        if len(self._inbound) >= _MAX_INBOUND:
            return session.refuse(now_ns)
        self._inbound[peer, rts.pgn] = session
        return session.start(now_ns)

    def _on_bam(self, now_ns: int, peer: int, bam: Bam) -> list[Outgoing]:
        if not self._plausible(now_ns, peer, bam):
            return []
        if old := self._broadcasts.get(peer):
            old.end(EventKind.REPLACED, now_ns, local=False)
        session = self._broadcasts[peer] = BroadcastReceiver(self._context, peer, bam, now_ns)
        return session.start(now_ns)

    def _on_packet(self, now_ns: int, peer: int, broadcast: bool, data: bytes) -> list[Outgoing]:
        if broadcast:
            if session := self._broadcasts.get(peer):
                session.on_packet(now_ns, data)
            return []
        turn = self._receive_turns.get(peer)
        if turn is not None and isinstance(turn.owner, Receiver):
            return turn.owner.on_packet(now_ns, data)
        self._unexpected(now_ns, peer, f"TP.DT {data.hex(' ').upper()}")
        return []

    def _plausible(self, now_ns: int, peer: int, message: Rts | Bam) -> bool:
        if MIN_LENGTH <= message.length <= MAX_LENGTH and message.packets == packets_for(message.length):
            return True
        text = f"{type(message).__name__.upper()} of {message.length} bytes in {message.packets} packets"
        self._unexpected(now_ns, peer, text, message.pgn)
        return False

    def _unexpected(self, now_ns: int, peer: int, text: str, pgn: int = 0) -> None:
        event = TransportEvent(EventKind.UNEXPECTED, Role.RECEIVER, pgn, peer, now_ns, local=False, text=text)
        self._context.events.append(event)

    @property
    def _has_sessions(self) -> bool:
        return bool(self._outbound or self._inbound or self._broadcasts)

    def _sessions(self) -> Iterable[Session]:
        yield from self._outbound.values()
        yield from self._inbound.values()
        yield from self._broadcasts.values()

    def _settle(self, now_ns: int, out: list[Outgoing]) -> list[Frame]:
        """Pass turns on, drop closed sessions, turn *out* into frames."""
        turns = [*self._send_turns.values(), *self._receive_turns.values()]
        while waiting := [session for turn in turns if (session := turn.next())]:
            for session in waiting:
                out = out + session.on_turn(now_ns)
        self._drop_closed()
        return [frame for item in out for frame in self._wire(item)]

    def _drop_closed(self) -> None:
        if all(session.is_open for session in self._sessions()):
            return
        self._outbound = {key: s for key, s in self._outbound.items() if s.is_open}
        self._inbound = {key: s for key, s in self._inbound.items() if s.is_open}
        self._broadcasts = {key: s for key, s in self._broadcasts.items() if s.is_open}

    def _wire(self, item: Outgoing) -> list[Frame]:
        session = item.session
        pgn = TP_CM if item.packet is None else TP_DT
        frame = Frame(build_id(pgn, self.address, session.peer, self.priority), item.payload)
        if not self.faults.outgoing:
            return [frame]
        others = sum(other is not session and other.peer == session.peer for other in self._outbound.values())
        tp = OutgoingTp(frame, session.pgn, session.length, item.packet, others=others)
        return self.faults.send(session.describe(tp) if isinstance(session, Originator) else tp)
