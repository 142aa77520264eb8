"""INV-7: a command is acknowledged as done only when the feedback says so.

The feedback is told by a cyclic status, so what is true when the acknowledgement leaves may be told by the next status only. That one
counts beside the last one before, if it comes within its own cycle (and the tolerance of a period); no later one does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.core.check import Check, Finding
from harness.core.message import Message
from harness.core.standard import JudgeContext
from harness.protocols.swap.judges.finding import found, verdict
from harness.protocols.swap.messages import SwapProfile
from harness.protocols.swap.orders import FEEDBACK

__all__ = ["judge_answers"]

_RULE = "INV-7 done only when done"
_NEXT = "rule.next_status"


def judge_answers(messages: Sequence[Message], context: JudgeContext, profile: SwapProfile) -> Iterator[Check]:
    """One check over every acknowledgement of a command that has a feedback."""
    share = context.limits.get(_NEXT)
    if share is None or share.upper is None:
        return
    own = [message for message in messages if message.sender in context.parties]
    findings: list[Finding] = []
    judged = 0
    for index, message in enumerate(own):
        command = message.values.get("AckCmd") if message.name == "ACK" and message.values.get("AckResult") == "done" else None
        feedback = FEEDBACK.get(str(command))
        if feedback is None:
            continue
        cycle_ns = (profile.cycle_ns(feedback[0]) if profile.has(feedback[0]) else None) or 0
        seen = _seen(own, index, feedback, message.t_ns + int(cycle_ns * share.upper / 100))
        if not seen:
            continue
        judged += 1
        if feedback[2] not in seen:
            findings.append(found(_RULE, f"{command!s} done with {feedback[1]} {', '.join(seen)}", message))
    yield from verdict(_RULE, findings, judged, "commands done", "the feedback tells it when a command is done")


def _seen(own: Sequence[Message], index: int, feedback: tuple[str, str, str], until_ns: int) -> list[str]:
    """The values in the last status before and in the next one; none if the feedback was never told, or the profile lacks it."""
    name, signal, _ = feedback
    before = next((own[at] for at in range(index - 1, -1, -1) if own[at].name == name), None)
    after = next((own[at] for at in range(index + 1, len(own)) if own[at].name == name), None)
    told = [each for each in (before, after) if each is not None and (each is before or each.t_ns <= until_ns)]
    return list(dict.fromkeys(str(each.values[signal]) for each in told if signal in each.values))
