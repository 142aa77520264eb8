"""The rules that hold in every trace of a swap: what a vehicle must never break (INV-1 to INV-7).

Every rule is a pure function to checks. A rule that saw nothing gives no check; a limit that the profile of the suite does not have is
not judged. Only what the vehicle's controllers send is judged; what station and packs send is the stimulus.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.check import Check
from harness.core.message import Message
from harness.core.standard import JudgeContext
from harness.core.trace import Record
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
}
"""What the first word of a check's name stands for."""


def judge_all(messages: Sequence[Message], records: Sequence[Record], context: JudgeContext, profile: SwapProfile) -> list[Check]:
    """All checks on one link; *messages* are those of the decoder for *records*."""
    return [
        *judge_lock(messages, context),
        *judge_exclusions(messages, context),
        *judge_cyclic(messages, context, profile),
        *judge_freshness(messages, context, profile),
        *judge_answers(messages, context, profile),
    ]
