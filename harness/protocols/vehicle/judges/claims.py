"""N1: a controller that comes on the bus says nothing but its claim until nobody can object any more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.core.check import Check, Finding, Severity, judge_quality
from harness.core.durations import format_s
from harness.core.message import Message
from harness.core.standard import JudgeContext

__all__ = ["judge_claims"]

_NAME = "N1 silence after the claim"
_LIMIT = "claim.stable"
_SELF_CONFIGURED = range(128, 248)
"""Addresses that have never been anybody's preferred one."""


def judge_claims(messages: Sequence[Message], context: JudgeContext) -> Iterator[Check]:
    """One check over every address whose first message in the trace is a claim.

    Of a recording nobody knows which edition its controllers follow; older ones let those with a preferred address begin at once. There,
    only others can fail.
    """
    limit = context.limits.get(_LIMIT)
    if limit is None or context.time_base is None:
        return
    claimed: dict[object, int] = {}
    known: set[object] = set()
    early: list[Finding] = []
    judged = 0
    for message in messages:
        source = message.values.get("source")
        if message.name == "AddressClaimed":
            if source not in known:
                claimed[source] = message.t_ns
                judged += 1
        elif (since_ns := claimed.get(source)) is not None and message.start_ns - since_ns < limit.nominal_ns:
            text = f"{message.name} of address {_hex(source)} {format_s(message.start_ns - since_ns, 3)} s after its claim"
            excused = not context.parties and source not in _SELF_CONFIGURED
            severity = Severity.WARNING if excused else Severity.FAILURE
            early.append(Finding(text, message.t_ns, message.frames[0] if message.frames else None, severity, _NAME))
        known.add(source)
    if not judged:
        return
    first = next((finding for finding in early if finding.severity is Severity.FAILURE), None)
    yield judge_quality(
        _NAME,
        first is None,
        observed=first.text if first else f"{judged} addresses claimed, {len(early) or 'no'} messages too early",
        expected=f"no other message within {limit.criterion()} of the claim",
        frames=(first.frame,) if first and first.frame else (),
        t_ns=first.at_ns if first else None,
        findings=tuple(early),
        occurrences=sum(finding.severity is Severity.FAILURE for finding in early),
    )


def _hex(source: object) -> str:
    return f"{source:02X}" if isinstance(source, int) else "?"
