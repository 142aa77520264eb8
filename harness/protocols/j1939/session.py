"""What all sessions have in common: identity, one timer, the way to report, and the turn at the data packets.

TP.DT names no parameter group. Between one sender and one destination only one session at a time may
therefore have packets under way; the others wait for their turn. A ``Turn`` is that token.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from harness.protocols.j1939.events import EventKind, Role, TransportEvent, TransportMessage
from harness.protocols.j1939.faults import TransportFaults
from harness.protocols.j1939.frames import Abort, ControlMessage
from harness.protocols.j1939.grants import Grants
from harness.protocols.j1939.timing import TransportTiming

__all__ = ["Context", "Outgoing", "Session", "Turn"]


@dataclass(slots=True)
class Context:
    """What a transport shares with its sessions."""

    timing: TransportTiming
    grants: Grants
    faults: TransportFaults
    dt_gap_ns: int
    events: list[TransportEvent] = field(default_factory=list)
    received: list[TransportMessage] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A TP frame to send, without addresses."""

    session: Session
    payload: bytes
    packet: int | None = None
    """Packet number of a TP.DT, ``None`` for TP.CM."""


class Turn:
    """Who may have packets under way between one sender and one destination; first come, first served."""

    def __init__(self) -> None:
        self.owner: Session | None = None
        self.free_at_ns = 0
        """Earliest instant of the next packet, so that the gap also holds from one session to the next."""
        self._waiting: deque[Session] = deque()

    def request(self, session: Session) -> bool:
        """Whether it is the turn of *session* now; if not, it queues."""
        if self.owner is None and (not self._waiting or self._waiting[0] is session):
            self.owner = session
        elif self.owner is not session and session not in self._waiting:
            self._waiting.append(session)
        if self.owner is session and session in self._waiting:
            self._waiting.remove(session)
        return self.owner is session

    def release(self, session: Session) -> None:
        """*session* has no packets under way and waits for none."""
        if self.owner is session:
            self.owner = None
        if session in self._waiting:
            self._waiting.remove(session)

    def next(self) -> Session | None:
        """The session whose turn has just come, ``None`` if there is none."""
        if self.owner is None and self._waiting:
            self.owner = self._waiting.popleft()
            return self.owner
        return None


class Session:
    """One transfer of one message. Closed sessions have no deadline and send nothing."""

    role: Role

    def __init__(self, context: Context, peer: int, pgn: int, length: int, turn: Turn) -> None:
        self.context = context
        self.peer = peer
        self.pgn = pgn
        self.length = length
        """Bytes of the message."""
        self.turn = turn
        self.is_open = True
        self.deadline_ns: int | None = None

    def on_timer(self, now_ns: int) -> list[Outgoing]:
        """The deadline has come."""
        raise NotImplementedError

    def on_turn(self, now_ns: int) -> list[Outgoing]:
        """The turn that was waited for has come."""
        raise NotImplementedError

    def close(self) -> None:
        """End without a word."""
        self.is_open = False
        self.deadline_ns = None
        self.turn.release(self)

    def on_abort(self, now_ns: int, reason: int) -> None:
        """The peer sent Conn_Abort."""
        self.end(EventKind.ABORTED, now_ns, local=False, reason=reason)

    def abort(self, now_ns: int, reason: int, text: str = "") -> list[Outgoing]:
        """Give up with Conn_Abort."""
        self.end(EventKind.ABORTED, now_ns, reason=reason, text=text)
        return [self.control(Abort(reason, self.pgn))]

    def end(self, kind: EventKind, now_ns: int, *, local: bool = True, reason: int | None = None, timer: str = "", text: str = "") -> None:
        """Close and report how."""
        self.close()
        self.report(kind, now_ns, local=local, reason=reason, timer=timer, text=text)

    def report(
        self, kind: EventKind, now_ns: int, *, local: bool = True, reason: int | None = None, timer: str = "", text: str = ""
    ) -> None:
        """Add an entry to the session log."""
        self.context.events.append(TransportEvent(kind, self.role, self.pgn, self.peer, now_ns, local, reason, timer, text))

    def control(self, message: ControlMessage) -> Outgoing:
        """A TP.CM to the peer."""
        return Outgoing(self, message.encode())
