"""A controller application: claims an address, sends its cyclic groups, answers requests, takes part in transfers. Sans-IO.

What it sends and answers comes from its owner as data and functions; what it does wrong on purpose from its ``Habits``.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from harness.core import Frame, ms, s
from harness.protocols.j1939.claim import ADDRESS_CLAIMED, Claimant, ClaimFaults, ClaimTiming
from harness.protocols.j1939.events import TransportMessage
from harness.protocols.j1939.faults import TransportFaults
from harness.protocols.j1939.frames import TP_CM, TP_DT
from harness.protocols.j1939.grants import GrantPolicy, Grants
from harness.protocols.j1939.groups import BY_NAME, BY_PGN
from harness.protocols.j1939.ids import GLOBAL, NULL, J1939Id, build_id, is_pdu1, split_id
from harness.protocols.j1939.name import Name
from harness.protocols.j1939.timing import J1939_21, TransportTiming
from harness.protocols.j1939.transport import Transport

__all__ = ["ACK", "BUSY", "DENIED", "NACK", "Answer", "Content", "Controller", "Cyclic", "Habits", "acknowledgment"]

ACK, NACK, DENIED, BUSY = range(4)
"""Control bytes of an acknowledgment."""
_REQUEST, _ACKNOWLEDGMENT = BY_NAME["Request"].pgn, BY_NAME["Acknowledgment"].pgn
_COMMANDED = BY_NAME["CommandedAddress"].pgn
_SINGLE_FRAME = 8
_USUAL_PRIORITY = 6

Content = Callable[[int], bytes | None]
"""Content of a group at an instant; ``None``: it is not sent now."""


@dataclass(frozen=True, slots=True)
class Cyclic:
    """A group that is sent over and over."""

    pgn: int
    period_ns: int
    content: Content
    priority: int = _USUAL_PRIORITY
    destination: int = GLOBAL
    offset_ns: int = 0
    """From the stable claim to the first one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request brings."""

    content: Content | None = None
    """The group itself."""
    control: int | None = None
    """Or an acknowledgment with this control byte."""
    act: Callable[[int], int | None] | None = None
    """Or something is done at an instant; the control byte of the acknowledgment, ``None`` for no word."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How a controller does things, and what it does wrong; the defaults are right."""

    answer_ns: int = ms(20)
    """From a request to the first frame of the answer."""
    wake_ns: int = 0
    """From power to the claim."""
    claim: ClaimFaults = field(default_factory=ClaimFaults)
    timing: ClaimTiming = field(default_factory=ClaimTiming)
    talks_before_claim: bool = False
    """Sends its cyclic groups as soon as it has power."""
    silent_on_unknown: bool = False
    """Does not refuse a group that it has not."""
    refuses_to_all: bool = False
    """Refuses a group that it has not to a request to everybody too."""
    refusal: Callable[[bytes], bytes] | None = None
    """Changes the content of a refusal."""
    takes_short_requests: bool = False
    """Answers requests of fewer than three bytes."""
    deaf: frozenset[int] = frozenset()
    """Groups whose requests it does not hear."""
    flooded: int = 0
    """Requests within a second that are too many for it; 0: none are."""
    falls: str = "reset"
    """What too many requests bring about: ``reset``, or ``silence`` of its cyclic groups."""


_RIGHT = Habits()


def acknowledgment(control: int, requester: int, pgn: int) -> bytes:
    """The eight bytes of an acknowledgment about *pgn*, towards *requester*."""
    return bytes((control, 0xFF, 0xFF, 0xFF, requester)) + pgn.to_bytes(3, "little")


class Controller:
    """One controller application. Every call gives the frames to send."""

    def __init__(
        self,
        name: Name,
        addresses: Sequence[int],
        *,
        cyclic: Sequence[Cyclic] = (),
        answers: Mapping[int, Answer] | None = None,
        habits: Habits = _RIGHT,
        timing: TransportTiming = J1939_21,
        transport_faults: TransportFaults | None = None,
        seed: int = 0,
    ) -> None:
        self.claimant = Claimant(name, addresses, timing=habits.timing, faults=habits.claim, seed=seed)
        self.habits = habits
        self.answers = dict(answers or {})
        self.received: list[tuple[J1939Id, bytes]] = []
        """Groups that others sent to this address or to all, for the owner to take."""
        self._cyclic = list(cyclic)
        self._timing, self._transport_faults = timing, transport_faults
        self._transport: Transport | None = None
        self._grants = Grants(GrantPolicy())
        self._due: list[tuple[int, int, Callable[[int], list[Frame]]]] = []
        self._order = 0
        self._heard: list[int] = []
        self._power = False
        self._talks = False

    @property
    def address(self) -> int:
        """The address that it uses, ``NULL`` without one."""
        return self.claimant.address

    def start(self, now_ns: int) -> list[Frame]:
        """Power comes."""
        self._power = True
        if self.habits.wake_ns:
            self.later(now_ns + self.habits.wake_ns, self._begin)
            return []
        return self._begin(now_ns)

    def _begin(self, now_ns: int) -> list[Frame]:
        frames = self.claimant.start(now_ns)
        if self.habits.talks_before_claim:
            self._talk(now_ns)
            frames = [*self._run(now_ns), *frames]
        return [*frames, *self._settled(now_ns)]

    def stop(self) -> None:
        """Power goes; nothing is remembered."""
        self._power = self._talks = False
        self.claimant.stop()
        self._transport = None
        self._due.clear()

    def receive(self, now_ns: int, frame: Frame) -> list[Frame]:
        """A frame of somebody else on the bus."""
        if not self._power or not frame.extended or frame.remote or frame.fd:
            return []
        ident = split_id(frame.can_id)
        if ident.destination not in (self.address, GLOBAL) and ident.pgn != ADDRESS_CLAIMED:
            return []
        frames = self.claimant.receive(now_ns, ident, frame.data)
        if ident.pgn == _REQUEST:
            self._asked(now_ns, ident, frame.data)
        elif ident.pgn in (TP_CM, TP_DT):
            if self._transport is not None:
                frames += self._transport.receive(now_ns, frame)
                self._transport.take_events()
                for message in self._transport.take_received():
                    frames += self._long(now_ns, message)
        elif ident.pgn != ADDRESS_CLAIMED:
            self.received.append((ident, frame.data))
        return [*frames, *self._settled(now_ns)]

    def send(self, now_ns: int, pgn: int, data: bytes, *, to: int = GLOBAL, priority: int | None = None) -> list[Frame]:
        """Send a group now, by the transport protocol where it is long; nothing without an address."""
        if self.address == NULL:
            return []
        if len(data) <= _SINGLE_FRAME:
            group = BY_PGN.get(pgn)
            usual = group.priority if group else _USUAL_PRIORITY
            destination = to if is_pdu1(pgn) else GLOBAL
            return [Frame(build_id(pgn, self.address, destination, usual if priority is None else priority), data)]
        transport = self._transport
        if transport is None or transport.is_sending(pgn, to):
            return []
        return transport.send(now_ns, pgn, to, data)

    def next_deadline_ns(self) -> int | None:
        """When ``handle_timers`` wants to be called."""
        transport = None if self._transport is None else self._transport.next_deadline_ns()
        deadlines = [self.claimant.next_deadline_ns(), transport, self._due[0][0] if self._due else None]
        return min((each for each in deadlines if each is not None), default=None)

    def handle_timers(self, now_ns: int) -> list[Frame]:
        """Do what is due."""
        frames = self.claimant.handle_timers(now_ns)
        frames += self._settled(now_ns)
        if self._transport is not None:
            frames += self._transport.handle_timers(now_ns)
            self._transport.take_events()
        return [*frames, *self._run(now_ns)]

    def grant(self, policy: GrantPolicy) -> None:
        """Answer requests to send by *policy* from now on."""
        self._grants.default = policy

    def later(self, t_ns: int, action: Callable[[int], list[Frame]]) -> None:
        """Have *action* done at *t_ns*; it gives what is to be sent."""
        self._order += 1
        heapq.heappush(self._due, (t_ns, self._order, action))

    def _run(self, now_ns: int) -> list[Frame]:
        frames: list[Frame] = []
        while self._due and self._due[0][0] <= now_ns:
            _, _, action = heapq.heappop(self._due)
            frames += action(now_ns)
        return frames

    def _settled(self, now_ns: int) -> list[Frame]:
        """What a new or lost address brings about."""
        if self.address == NULL:
            self._transport = None
        elif self._transport is None or self._transport.address != self.address:
            self._transport = Transport(self.address, timing=self._timing, grants=self._grants, faults=self._transport_faults)
        if self.claimant.may_send and not self._talks:
            self._talk(now_ns)
            return self._run(now_ns)
        return []

    def _talk(self, now_ns: int) -> None:
        self._talks = True
        for row in self._cyclic:
            self._schedule(row, now_ns + row.offset_ns)

    def _schedule(self, row: Cyclic, due_ns: int) -> None:
        def once(now_ns: int) -> list[Frame]:
            self._schedule(row, due_ns + row.period_ns)
            return self._cycle(now_ns, row)

        self.later(due_ns, once)

    def _cycle(self, now_ns: int, row: Cyclic) -> list[Frame]:
        if not (self.claimant.may_send or self.habits.talks_before_claim):
            return []
        data = row.content(now_ns)
        return [] if data is None else self.send(now_ns, row.pgn, data, to=row.destination, priority=row.priority)

    def _long(self, now_ns: int, message: TransportMessage) -> list[Frame]:
        ident = J1939Id(_USUAL_PRIORITY, message.pgn, message.source, self.address)
        if message.pgn == _COMMANDED:
            return self.claimant.receive(now_ns, ident, message.data)
        self.received.append((ident, message.data))
        return []

    def _flooded(self, now_ns: int) -> bool:
        """Whether this request is one too many."""
        self._heard = [t_ns for t_ns in self._heard if now_ns - t_ns < s(1)] + [now_ns]
        return len(self._heard) > self.habits.flooded

    def _asked(self, now_ns: int, ident: J1939Id, data: bytes) -> None:
        if self.habits.flooded and self._flooded(now_ns):
            self._heard.clear()
            if self.habits.falls == "silence":
                self._due.clear()
            else:
                self.stop()
                self._power = True
                self.later(now_ns + self.habits.answer_ns, self._begin)
            return
        if len(data) < 3 and not self.habits.takes_short_requests:
            return
        pgn = int.from_bytes(data[:3], "little")
        if pgn == ADDRESS_CLAIMED or pgn in self.habits.deaf:
            return
        self.later(now_ns + self.habits.answer_ns, lambda t_ns: self._answer(t_ns, ident, pgn))

    def _answer(self, now_ns: int, ident: J1939Id, pgn: int) -> list[Frame]:
        answer = self.answers.get(pgn)
        to_all = ident.destination == GLOBAL
        if answer is None:
            if self.habits.silent_on_unknown or (to_all and not self.habits.refuses_to_all):
                return []
            return self._acknowledge(now_ns, NACK, ident.source, pgn)
        if answer.content is not None:
            content = answer.content(now_ns)
            return [] if content is None else self.send(now_ns, pgn, content, to=GLOBAL if to_all else ident.source)
        control = answer.control if answer.act is None else answer.act(now_ns)
        return [] if control is None or to_all else self._acknowledge(now_ns, control, ident.source, pgn)

    def _acknowledge(self, now_ns: int, control: int, requester: int, pgn: int) -> list[Frame]:
        data = acknowledgment(control, requester, pgn)
        if self.habits.refusal is not None and control == NACK:
            data = self.habits.refusal(data)
        return self.send(now_ns, _ACKNOWLEDGMENT, data)
