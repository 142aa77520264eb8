"""The rules that hold in every trace of a swap: what a vehicle must never break (INV-1 to INV-7), and the timers in recordings.

Every rule is a pure function to checks. A rule that saw nothing gives no check; a limit that the profile of the suite does not have is
not judged. On a bench only what the vehicle's controllers send is judged; what station and packs send is the stimulus. In a recording,
where nobody is under test, everybody is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.core.check import Check
from harness.core.message import Message
from harness.core.standard import JudgeContext
from harness.core.trace import Record
from harness.protocols.swap.judges import recorded
from harness.protocols.swap.judges.answers import judge_answers
from harness.protocols.swap.judges.cyclic import judge_cyclic
from harness.protocols.swap.judges.exclusions import judge_exclusions
from harness.protocols.swap.judges.freshness import judge_freshness
from harness.protocols.swap.judges.lock import judge_lock
from harness.protocols.swap.messages import SwapProfile

__all__ = ["RULES", "judge_all"]

RULES = {
    "INV-1": "lock leaves its place only when it may",
    "INV-2": "contactors closed on a locked, mated pack only",
    "INV-3": "ready to drive on a locked pack only",
    "INV-4": "no permit while charging",
    "INV-5": "counters, checksums, cycles",
    "INV-6": "nothing cached of an earlier pack",
    "INV-7": "done only when it is done",
    **recorded.RULES,
}
"""What the first word of a check's name stands for."""


def judge_all(messages: Sequence[Message], records: Sequence[Record], context: JudgeContext, profile: SwapProfile) -> list[Check]:
    """All checks on one link; *messages* are those of the decoder for *records*. ``context.parties`` is empty in a recording."""
    is_recording = not context.parties
    if is_recording:
        context = replace(context, parties=frozenset(message.sender for message in messages))
    return [
        *judge_lock(messages, context),
        *judge_exclusions(messages, context),
        *judge_cyclic(messages, context, profile),
        *judge_freshness(messages, context, profile),
        *judge_answers(messages, context, profile),
        *(recorded.judge_recorded(messages, context) if is_recording else ()),
    ]
