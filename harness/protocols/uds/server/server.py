"""The server: takes requests in the order of checks of the reference, answers in time, keeps the session.

Theory of operation::

    IDLE --request--> WORKING --done--> answer, IDLE
    WORKING --answer takes longer--> 0x78, again and again until it is done;   --further request--> 0x21
    any session but the default one --S3 without a request--> default session

Order of checks: service known, shortest length, session, then what the service itself asks for (access, sub-function or identifier,
conditions).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.protocols.uds.server.context import Context
from harness.protocols.uds.server.control import (
    communication_control,
    dtc_setting,
    ecu_reset,
    security_access,
    session_control,
    tester_present,
)
from harness.protocols.uds.server.data import read_data, routine_control, takes_ns, write_data
from harness.protocols.uds.server.deviations import Deviations, ServerTiming
from harness.protocols.uds.server.model import DEFAULT, EXTENDED, PROGRAMMING, Contents, Refused, Request, Unit
from harness.protocols.uds.server.state import ServerState
from harness.protocols.uds.server.troubles import clear_troubles, read_troubles
from harness.protocols.uds.services import NEGATIVE, POSITIVE_OFFSET, SERVICES, UNTOLD_TO_ALL, Nrc, Sid

__all__ = ["Server"]

_RIGHT_TIMING, _NO_DEVIATIONS = ServerTiming(), Deviations()
_LONGEST = 4095
_SERVICES: Mapping[int, Callable[[Context, Request], bytes]] = {
    Sid.SESSION_CONTROL: session_control,
    Sid.ECU_RESET: ecu_reset,
    Sid.CLEAR_DTC: clear_troubles,
    Sid.READ_DTC: read_troubles,
    Sid.READ_DID: read_data,
    Sid.SECURITY_ACCESS: security_access,
    Sid.COMMUNICATION_CONTROL: communication_control,
    Sid.WRITE_DID: write_data,
    Sid.ROUTINE_CONTROL: routine_control,
    Sid.TESTER_PRESENT: tester_present,
    Sid.CONTROL_DTC_SETTING: dtc_setting,
}
_IN_ANY_SESSION = frozenset((Sid.SESSION_CONTROL, Sid.CLEAR_DTC, Sid.READ_DTC, Sid.READ_DID, Sid.TESTER_PRESENT))
_TRANSFERS = frozenset((Sid.REQUEST_DOWNLOAD, Sid.REQUEST_UPLOAD, Sid.TRANSFER_DATA, Sid.TRANSFER_EXIT))


@dataclass(slots=True)
class _Job:
    """A request that is being served."""

    request: Request
    done_ns: int
    pending_ns: int | None
    """When the next word is due that it takes longer."""
    told: bool = False
    """Such a word was sent."""


class Server:
    """Requests in, answers out. Every call gives the messages to send."""

    def __init__(
        self,
        unit: Unit,
        contents: Contents,
        *,
        timing: ServerTiming = _RIGHT_TIMING,
        deviations: Deviations = _NO_DEVIATIONS,
        seed: int = 0,
        longest: int = _LONGEST,
    ) -> None:
        self.timing, self.deviations = timing, deviations
        self.state = ServerState(timing, deviations, seed)
        rows, routines = {row.did: row for row in contents.rows}, {row.number: row for row in contents.routines}
        self._context = Context(unit, self.state, timing, deviations, rows, routines, longest)
        self._job: _Job | None = None
        self._heard_ns = 0
        """The latest sign of a tester."""
        self._deaf_until_ns = 0

    @property
    def is_working(self) -> bool:
        """A request is being served."""
        return self._job is not None

    def start(self, now_ns: int) -> None:
        """Power comes, or the unit starts anew."""
        self._job = None
        self._heard_ns = self._deaf_until_ns = now_ns
        self.state.power_up(now_ns)

    def heard(self, now_ns: int) -> None:
        """A request begins to arrive, or an answer is still on its way: the session is kept."""
        self._heard_ns = now_ns

    def receive(self, now_ns: int, data: bytes, *, functional: bool = False) -> list[bytes]:
        """A request; its answer comes with the timers, only a busy server speaks at once."""
        deviations = self.deviations
        if not data or now_ns < self._deaf_until_ns:
            return []
        request = Request(data, functional)
        if not (deviations.deaf_to_presence and request.sid == Sid.TESTER_PRESENT):
            self._heard_ns = now_ns
        if deviations.resets_on is not None and deviations.resets_on(data):
            self._context.unit.reset(now_ns)
            return []
        if self._job is not None:
            if deviations.falls_when_asked:
                self._context.unit.reset(now_ns)
                return []
            if not deviations.restarts_when_asked:
                is_presence = request.sid == Sid.TESTER_PRESENT and request.is_suppressed
                return [] if is_presence or functional else [_negative(request, deviations.busy)]
        self._job = self._begun(now_ns, request)
        return []

    def next_deadline_ns(self) -> int | None:
        """When ``handle_timers`` wants to be called."""
        job = self._job
        if job is not None:
            return job.done_ns if job.pending_ns is None else min(job.done_ns, job.pending_ns)
        return None if self.state.session == DEFAULT else self._heard_ns + self.timing.s3_ns

    def handle_timers(self, now_ns: int) -> list[bytes]:
        """Do what is due."""
        job = self._job
        if job is None:
            if self.state.session != DEFAULT and now_ns >= self._heard_ns + self.timing.s3_ns:
                self.state.enter(DEFAULT)
                self._context.unit.settings_changed(now_ns)
            return []
        if now_ns >= job.done_ns:
            return self._done(now_ns, job)
        if job.pending_ns is not None and now_ns >= job.pending_ns:
            job.told = True
            job.pending_ns += self.timing.pending_every_ns
            if self.deviations.silent_after_pending:
                self._job = None
            return [_negative(job.request, Nrc.RESPONSE_PENDING)]
        return []

    def _begun(self, now_ns: int, request: Request) -> _Job:
        own_ns = 0
        if request.sid == Sid.ROUTINE_CONTROL and self._refusal(request) is None:
            own_ns = takes_ns(self._context, request)
        is_long = own_ns > self.timing.p2_ns and not self.deviations.never_pending
        return _Job(request, now_ns + max(self.timing.work_ns, own_ns), now_ns + self.timing.pending_ns if is_long else None)

    def _done(self, now_ns: int, job: _Job) -> list[bytes]:
        self._job = None
        self._deaf_until_ns = now_ns + self.deviations.deaf_ns
        context = self._context
        context.now_ns, context.resets = now_ns, False
        request = job.request
        answer: bytes | None = self._served(request)
        if not (self.deviations.deaf_to_presence and request.sid == Sid.TESTER_PRESENT):
            self._heard_ns = now_ns
        for edit in self.deviations.edits:
            answer = edit(request.data, answer)
        if answer is None or not self._is_told(job, answer):
            answer = None
        if context.resets:
            context.unit.reset(now_ns)
        return [] if answer is None else [answer]

    def _is_told(self, job: _Job, answer: bytes) -> bool:
        request, deviations = job.request, self.deviations
        is_refusal = answer[0] == NEGATIVE
        if request.is_suppressed and not deviations.ignores_suppress:
            if is_refusal:
                if deviations.suppresses_refusals:
                    return False
            elif not job.told or deviations.suppresses_late:
                return False
        untold = request.functional and is_refusal and len(answer) > 2 and answer[2] in UNTOLD_TO_ALL
        return not untold or job.told or deviations.refuses_to_all

    def _served(self, request: Request) -> bytes:
        refusal = self._refusal(request)
        if refusal is not None:
            return _negative(request, refusal)
        try:
            body = _SERVICES[request.sid](self._context, request)
        except Refused as refused:
            return _negative(request, refused.nrc)
        return bytes((request.sid + POSITIVE_OFFSET,)) + body

    def _refusal(self, request: Request) -> Nrc | None:
        """What is wrong with *request* before its service looks at it."""
        sid = request.sid
        if sid in _TRANSFERS:
            in_session = self.state.session == PROGRAMMING
            return Nrc.CONDITIONS_NOT_CORRECT if in_session else Nrc.SERVICE_NOT_IN_SESSION
        if sid not in _SERVICES:
            return Nrc.SERVICE_NOT_SUPPORTED
        if len(request.data) < SERVICES[sid].shortest:
            return Nrc.INCORRECT_LENGTH
        if sid not in _IN_ANY_SESSION and self.state.session != EXTENDED and not self.deviations.open_sessions:
            return Nrc.SERVICE_NOT_IN_SESSION
        return None


def _negative(request: Request, nrc: Nrc) -> bytes:
    return bytes((NEGATIVE, request.sid, nrc))
