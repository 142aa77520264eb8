"""One check for all occurrences of a rule, made of the remarks on single messages."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.check import Check, Finding, Severity, judge_quality
from harness.core.standard import JudgeContext
from harness.core.verdict import Reason
from harness.protocols.iso15118.message import V2gMessage
from harness.protocols.iso15118.sessions.talk import Talk

__all__ = ["check_of", "concerns", "gap_note", "remark", "unreadable_in"]

_SHOWN = 50


def concerns(context: JudgeContext, party: str) -> bool:
    """Whether the messages of *party* are judged."""
    return not context.parties or party in context.parties


def remark(text: str, message: V2gMessage, rule: str, severity: Severity = Severity.FAILURE) -> Finding:
    """A finding at the place of *message*."""
    return Finding(text, message.t_ns, message.frame or None, severity, rule)


def unreadable_in(talks: Sequence[Talk], context: JudgeContext) -> list[V2gMessage]:
    """What could not be read of the parties that are judged, and of whoever sent it where that is not known.

    A tester sends unreadable frames on purpose; they are no gap in what is known of the other side.
    """
    places = [message for talk in talks for message in talk.unreadable]
    return [message for message in places if not message.sender or concerns(context, message.sender)]


def gap_note(talks: Sequence[Talk], context: JudgeContext) -> str:
    """Why a rule cannot be found kept: the first place that could not be read; empty without any."""
    places = unreadable_in(talks, context)
    return f"{len(places)} places could not be read, the first at frame {places[0].frame}: {places[0].note}" if places else ""


def check_of(name: str, seen: str, remarks: Sequence[Finding], expected: str, gap: str = "") -> Check:
    """The check *name*; *gap* tells why the rule cannot be found kept although nothing speaks against it."""
    failures = [one for one in remarks if one.severity is Severity.FAILURE]
    first = failures[0] if failures else None
    check = judge_quality(
        name,
        not failures,
        observed=first.text if first else seen,
        expected=expected,
        frames=(first.frame,) if first and first.frame else (),
        t_ns=first.at_ns if first else None,
        findings=tuple([*failures, *(one for one in remarks if one.severity is not Severity.FAILURE)][:_SHOWN]),
        occurrences=len(failures),
    )
    return check.inconclusive(Reason.LOG_INCOMPLETE, gap) if gap and not failures else check
