"""One check out of everything that a rule found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.core.check import Check, Finding, Severity, judge_quality
from harness.core.message import Message

__all__ = ["found", "verdict"]


def found(rule: str, text: str, message: Message) -> Finding:
    """*message* breaks *rule*; *text* says how."""
    return Finding(text, message.t_ns, message.frames[0] if message.frames else None, Severity.FAILURE, rule)


def verdict(rule: str, findings: Sequence[Finding], judged: int, what: str, expected: str) -> Iterator[Check]:
    """One check over *judged* occasions, called *what*; none if there was no occasion."""
    if not judged:
        return
    first = findings[0] if findings else None
    yield judge_quality(
        rule,
        first is None,
        observed=first.text if first else f"{judged} {what}",
        expected=expected,
        frames=(first.frame,) if first and first.frame else (),
        t_ns=first.at_ns if first else None,
        findings=tuple(findings),
        occurrences=len(findings),
    )
