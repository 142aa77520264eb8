"""INV-7: a command is acknowledged as done only when the feedback says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from harness.core.check import Check, Finding
from harness.core.message import Message
from harness.core.standard import JudgeContext
from harness.protocols.swap.judges.finding import found, verdict

__all__ = ["judge_answers"]

_RULE = "INV-7 done only when done"
_SETTLE = "rule.settle"
_FEEDBACK: Mapping[str, tuple[str, str, str]] = {
    "unlock": ("LOCK_STS", "LockState", "unlocked"),
    "lock": ("LOCK_STS", "LockState", "locked"),
    "prepare_swap": ("VEH_STS", "SwapPermit", "permitted"),
    "pack_removing": ("LOCK_STS", "PackPresent", "no"),
    "pack_installing": ("LOCK_STS", "PackSeated", "yes"),
    "pack_placed": ("LOCK_STS", "ElecConn", "mated"),
    "success": ("VEH_STS", "HvBusState", "energised"),
}
"""Message, signal and value that must have been told when the command is done."""


def judge_answers(messages: Sequence[Message], context: JudgeContext) -> Iterator[Check]:
    """One check over every acknowledgement of a command that has a feedback.

    The status may follow the acknowledgement within the time that messages may lag.
    """
    settle = context.limits.get(_SETTLE)
    if settle is None:
        return
    own = [message for message in messages if message.sender in context.parties]
    findings: list[Finding] = []
    judged = 0
    for index, message in enumerate(own):
        command = message.values.get("AckCmd") if message.name == "ACK" and message.values.get("AckResult") == "done" else None
        feedback = _FEEDBACK.get(str(command))
        if feedback is None:
            continue
        seen = _seen(own, index, feedback, message.t_ns + settle.upper_ns)
        if seen is None:
            continue
        judged += 1
        if feedback[2] not in seen:
            findings.append(found(_RULE, f"{command!s} done with {feedback[1]} {', '.join(seen)}", message))
    yield from verdict(_RULE, findings, judged, "commands done", "the feedback tells it when a command is done")


def _seen(own: Sequence[Message], index: int, feedback: tuple[str, str, str], until_ns: int) -> list[str] | None:
    """The last value before and those soon after; ``None`` if the feedback was never told, or the profile lacks it."""
    name, signal, _ = feedback
    before = next((own[at] for at in range(index - 1, -1, -1) if own[at].name == name), None)
    after = takewhile(lambda each: each.t_ns <= until_ns, (own[at] for at in range(index + 1, len(own))))
    told = [*((before,) if before else ()), *(each for each in after if each.name == name)]
    values = [str(each.values[signal]) for each in told if signal in each.values]
    return list(dict.fromkeys(values)) or None
