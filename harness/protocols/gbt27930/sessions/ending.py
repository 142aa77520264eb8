"""Who ended a session, and why."""

from __future__ import annotations

from dataclasses import dataclass

from harness.core.durations import format_s, s
from harness.protocols.gbt27930.sessions.phases import phase_at_end
from harness.protocols.gbt27930.sessions.split import Attempt, Talk
from harness.protocols.gbt27930.sessions.tokens import ERRORS, Event
from harness.protocols.gbt27930.sessions.words import reason_words

__all__ = ["Ending", "ending_of"]

_SILENT_NS = s(1)
"""A party that sends nothing for longer than every cyclic period has fallen silent."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a session ended."""

    by: str
    """``charger``, ``vehicle``, or empty if the recording does not show it."""
    reason: str
    complete: bool


def ending_of(talk: Talk, end_ns: int) -> Ending:
    """The end of *talk*; *end_ns* is the end of the recording or the start of the next session."""
    attempt = talk.attempts[-1]
    by, reason = _cause(talk, attempt, end_ns)
    if talk.begins_midway:
        reason = f"the recording begins in mid-session with {talk.events[0].message.name}; {reason}"
    complete = not talk.begins_midway and "BSD" in attempt.last and "CSD" in attempt.last
    return Ending(by, reason, complete)


def _cause(talk: Talk, attempt: Attempt, end_ns: int) -> tuple[str, str]:
    stop, error = attempt.first("BST", "CST"), attempt.first(*ERRORS)
    if stop is not None and (error is None or stop.t_ns <= error.t_ns):
        return stop.message.sender, _stop_text(attempt, stop) + (f"; then {_told(error)}" if error else "")
    if error is not None:
        before = len(talk.attempts) - 1
        tries = f" after {before} reconnect{'s' if before > 1 else ''}" if before else ""
        return error.message.sender, f"{_told(error)}{tries}" + (f"; then {_told(stop)}" if stop else "")
    return _silence(talk, attempt, end_ns)


def _stop_text(attempt: Attempt, stop: Event) -> str:
    other = attempt.first("CST" if stop.word == "BST" else "BST")
    if other is None:
        answer = f", the {'charger' if stop.word == 'BST' else 'vehicle'} did not answer with {'CST' if stop.word == 'BST' else 'BST'}"
    else:
        answer = f", answered by {_told(other)} {format_s(other.t_ns - stop.t_ns)} s later"
    statistics = [word for word in ("BSD", "CSD") if word in attempt.last]
    after = f"; statistics: {' and '.join(statistics)}" if statistics else "; no statistics (BSD, CSD)"
    return _told(stop) + answer + after


def _told(event: Event) -> str:
    return f"{event.message.name}: {reason_words(event.message)}"


def _silence(talk: Talk, attempt: Attempt, end_ns: int) -> tuple[str, str]:
    phase = phase_at_end(talk)
    last = {party: max((e.t_ns for e in attempt.events if e.message.sender == party), default=None) for party in ("charger", "vehicle")}
    speakers = {party: t_ns for party, t_ns in last.items() if t_ns is not None}
    latest_ns = max(speakers.values(), default=end_ns)
    missing = [party for party in last if party not in speakers]
    if missing and end_ns - latest_ns <= _SILENT_NS:
        return "", f"the recording ends in phase {phase}; the {missing[0]} never sent a message"
    if end_ns - latest_ns <= _SILENT_NS:
        for party, t_ns in speakers.items():
            if latest_ns - t_ns > _SILENT_NS:
                return party, f"the {party} fell silent in phase {phase} at {format_s(t_ns)} s without a stop or error message"
        return "", f"the recording ends in mid-session, in phase {phase}; no stop message"
    if missing:
        return "", f"the {missing[0]} never sent a message; the other side gave up at {format_s(latest_ns)} s in phase {phase}"
    first_silent = min(speakers, key=lambda party: speakers[party])
    if latest_ns - speakers[first_silent] > _SILENT_NS:
        told = f"the {first_silent} fell silent at {format_s(speakers[first_silent])} s, the other side at {format_s(latest_ns)} s"
        return first_silent, f"{told}, in phase {phase}, without a stop or error message"
    return "", f"both sides fell silent at {format_s(latest_ns)} s in phase {phase} without a stop or error message"
