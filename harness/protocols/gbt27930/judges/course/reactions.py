"""Timeout reactions in a recording: an error message at the right time, and none missing (section 4.3 of the reference).

Only recordings are judged by this rule. In a certification case the case provokes the timeout and measures the
reaction itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from harness.core.check import Check, Finding, judge_number, judge_quality
from harness.core.durations import ns_in
from harness.core.limit import Limit
from harness.core.message import Message
from harness.protocols.gbt27930.judges.view import View, place, severity_of
from harness.protocols.gbt27930.sessions.split import Attempt
from harness.protocols.gbt27930.sessions.tokens import ERRORS, PHASE_OF, Event, set_bits

__all__ = ["judge_reactions"]


@dataclass(frozen=True, slots=True)
class _Timer:
    name: str
    bit: str
    armed_by: tuple[str, ...]
    cleared_by: tuple[str, ...]
    each: bool = False
    """Armed again by every occurrence, not only by the first."""

    @property
    def party(self) -> str:
        """Who keeps it."""
        return "vehicle" if self.name.startswith("TB") else "charger"


_CRO = ("CRO(00)", "CRO(AA)", "CRO(?)")
_BRO = ("BRO(00)", "BRO(AA)", "BRO(?)")

_TIMERS = (
    _Timer("TB1", "timeout_crm00", ("CHM",), ("CRM(00)", "CRM(AA)")),
    _Timer("TB2", "timeout_crmaa", ("BRM.RTS",), ("CRM(AA)",)),
    _Timer("TB3", "timeout_cml", ("BCP.RTS",), ("CML",)),
    _Timer("TB4", "timeout_cro", ("BRO(AA)", *_CRO), ("CRO(AA)",), each=True),
    _Timer("TB5", "timeout_cro", ("BRO(AA)",), ("CRO(AA)",)),
    _Timer("TB6", "timeout_ccs", ("CCS",), (), each=True),
    _Timer("TB7", "timeout_cst", ("BST",), ("CST",)),
    _Timer("TB8", "timeout_csd", ("BST",), ("CSD",)),
    _Timer("TC1", "timeout_brm", ("CRM(00)",), ("BRM",)),
    _Timer("TC2", "timeout_bcp", ("CRM(AA)",), ("BCP",)),
    _Timer("TC3", "timeout_bro", ("CML",), _BRO),
    _Timer("TC4", "timeout_bro", ("CML",), ("BRO(AA)",)),
    _Timer("TC5", "timeout_bro", ("BRO(AA)",), ("CRO(AA)",), each=True),
    _Timer("TC6", "timeout_bcl", ("CRO(AA)",), ("BCL",)),
    _Timer("TC7", "timeout_bcs", ("CRO(AA)",), ("BCS",)),
    _Timer("TC8", "timeout_bcl", ("BCL",), (), each=True),
    _Timer("TC9", "timeout_bcs", ("BCS",), (), each=True),
    _Timer("TC11", "timeout_bst", ("CST",), ("BST",)),
    _Timer("TC12", "timeout_bsd", ("CST",), ("BSD",)),
)
_END_PHASE = frozenset(("TB7", "TB8", "TC11", "TC12"))
"""Timers of the end; a stop message ends all others."""
_STOPS = ("BST", "CST")


@cache
def _concerned(word: str) -> tuple[_Timer, ...]:
    """The timers that an event arms or ends."""
    return tuple(
        timer
        for timer in _TIMERS
        if word in timer.armed_by or word in timer.cleared_by or (word in _STOPS and timer.name not in _END_PHASE)
    )


@dataclass(frozen=True, slots=True)
class _Wait:
    timer: _Timer
    armed_ns: int
    ended_ns: int
    report: Event | None
    """The error message that ended it, ``None`` if something else did."""


def judge_reactions(view: View) -> Iterator[Check]:
    """One check per timer that ran out or was reported, and one for reports of timers that were not running."""
    found: dict[str, list[Check]] = {}
    for attempt in view.attempts():
        for check in _judge_attempt(view, attempt):
            found.setdefault(check.name, []).append(check)
    for checks in found.values():
        yield max(checks, key=lambda check: check.verdict)


def _judge_attempt(view: View, attempt: Attempt) -> Iterator[Check]:
    follower = _Follower(view, attempt)
    follower.run()
    rows = {timer.name: view.limit(f"timeout.{timer.name}") for timer in _TIMERS if view.judges(timer.party)}
    limits = {name: (limit, limit.upper_ns) for name, limit in rows.items() if limit is not None}
    for wait in follower.waits:
        if wait.timer.name not in limits:
            continue
        limit, upper_ns = limits[wait.timer.name]
        if wait.report is not None:
            yield _reported(view, wait, wait.report, limit)
        elif wait.ended_ns - wait.armed_ns > upper_ns and _goes_on(attempt, wait, upper_ns):
            yield _missing(view, wait, limit)
    for event in follower.unexplained:
        if view.judges(event.message.sender):
            yield _no_reason(event)


def _reported(view: View, wait: _Wait, report: Event, limit: Limit) -> Check:
    elapsed_ns = report.t_ns - wait.armed_ns
    check = judge_number(
        f"timeout {wait.timer.name}",
        ns_in(elapsed_ns, limit.unit),
        limit.criterion(),
        uncertainty=view.uncertainty(elapsed_ns, limit.unit),
        rule=view.context.rule,
        severity=severity_of(limit),
        note=f"{report.message.name} {wait.timer.bit}; {limit.text}",
        frames=place(report.message)[1],
        t_ns=report.t_ns,
    )
    return view.timed(check)


def _missing(view: View, wait: _Wait, limit: Limit) -> Check:
    name = f"timeout {wait.timer.name}"
    error = "BEM" if wait.timer.party == "vehicle" else "CEM"
    waited = f"{ns_in(wait.ended_ns - wait.armed_ns, 's').quantize(Decimal('0.001'))} s"
    text = f"no {error} ({wait.timer.bit}) although nothing came for {waited}"
    check = judge_quality(
        name,
        False,
        observed=text,
        expected=f"{error} within {limit.criterion()}: {limit.text}",
        severity=severity_of(limit),
        t_ns=wait.armed_ns,
        findings=(Finding(text, wait.armed_ns, None, severity_of(limit), name),),
        occurrences=1,
    )
    return view.timed(check)


def _no_reason(event: Event) -> Check:
    message: Message = event.message
    bits = ", ".join(set_bits(message))
    return judge_quality(
        f"timeout {message.name} reason",
        False,
        observed=f"{message.name} reports {bits}, which was not awaited",
        expected="a timeout that was running",
        frames=place(message)[1],
        t_ns=message.t_ns,
        occurrences=1,
    )


def _goes_on(attempt: Attempt, wait: _Wait, upper_ns: int) -> bool:
    """Whether the party itself still talked after its time was up, so that its silence is no explanation."""
    from_ns = wait.armed_ns + upper_ns
    return any(from_ns < event.t_ns <= wait.ended_ns and event.message.sender == wait.timer.party for event in attempt.events)


class _Follower:
    """Runs the timers of both sides over one attempt."""

    def __init__(self, view: View, attempt: Attempt) -> None:
        self._view = view
        self.waits: list[_Wait] = []
        self.unexplained: list[Event] = []
        """First error message of each party that no running timer explains."""
        self._attempt = attempt
        self._running: dict[str, int] = {}
        self._spent: set[str] = set()
        """Timers that were cleared for good."""
        self._reported: set[str] = set()
        # What a recording that begins in mid-session does not show cannot have armed a timer at a known instant.
        self._hidden = PHASE_OF.get(attempt.events[0].word, -1) if attempt.begins_midway else -1

    def run(self) -> None:
        """Follow every event to the end of the attempt."""
        for event in self._attempt.events:
            if event.word in ERRORS:
                self._error(event)
            else:
                for timer in _concerned(event.word):
                    self._step(timer, event)
        for timer in _TIMERS:
            self._end(timer, self._attempt.end_ns)

    def _step(self, timer: _Timer, event: Event) -> None:
        word = event.word
        stops = word in _STOPS and timer.name not in _END_PHASE
        if stops or word in timer.cleared_by:
            self._end(timer, event.t_ns)
            self._spent.add(timer.name)
        elif word in timer.armed_by and timer.name not in self._spent:
            if not timer.each and PHASE_OF.get(word, 0) <= self._hidden:
                self._spent.add(timer.name)
            elif timer.each and self._may_arm(timer, word):
                self._end(timer, event.t_ns)
                self._running[timer.name] = event.t_ns
            elif not timer.each:
                self._running.setdefault(timer.name, event.t_ns)

    def _may_arm(self, timer: _Timer, word: str) -> bool:
        if timer.name != "TB4":
            return True
        # BRO(AA) arms it once; from then on it is every CRO that does.
        return timer.name in self._running if word in _CRO else timer.name not in self._running

    def _error(self, event: Event) -> None:
        party, now_ns = event.message.sender, event.t_ns
        if party not in self._reported:
            self._reported.add(party)
            bits = set_bits(event.message)
            due = [timer for timer in _TIMERS if timer.party == party and timer.bit in bits and timer.name in self._running]
            if due:
                # Two timers share a bit: the report is taken for the one whose nominal time fits best.
                best = min(due, key=lambda timer: abs(now_ns - self._running[timer.name] - self._nominal_ns(timer)))
                self._end(best, now_ns, event)
            elif not self._attempt.begins_midway and not self._is_explained_elsewhere(bits):
                self.unexplained.append(event)
        for timer in _TIMERS:
            self._end(timer, now_ns)
            self._spent.add(timer.name)

    def _is_explained_elsewhere(self, bits: Sequence[str]) -> bool:
        """No CHM was seen (the wake-up is not in the recording), CCS never began (start rule unclear), or the peer failed first."""
        awake = "timeout_crm00" in bits and "CHM" not in self._attempt.last
        first_ccs = bool({"timeout_ccs", "timeout_cro"} & set(bits)) and "CRO(AA)" in self._attempt.last and "CCS" not in self._attempt.last
        return awake or first_ccs or len(self._reported) > 1

    def _nominal_ns(self, timer: _Timer) -> int:
        limit = self._view.limit(f"timeout.{timer.name}")
        return limit.nominal_ns if limit is not None else 0

    def _end(self, timer: _Timer, now_ns: int, report: Event | None = None) -> None:
        if timer.name in self._running:
            self.waits.append(_Wait(timer, self._running.pop(timer.name), now_ns, report))
