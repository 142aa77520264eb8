"""The rules that hold in every trace: F1..F8 of section 7 of the reference, and the timeout reactions of recordings.

Every rule is a pure function from a ``View`` to checks. A rule that saw nothing gives no check; a limit that
the profile does not have is not judged; a limit of low confidence warns instead of failing.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.check import Check
from harness.core.message import Message
from harness.core.standard import JudgeContext
from harness.core.trace import Record
from harness.protocols.gbt27930.judges.course.cells import judge_cell_groups
from harness.protocols.gbt27930.judges.course.consistency import judge_consistency
from harness.protocols.gbt27930.judges.course.errors import judge_error_messages
from harness.protocols.gbt27930.judges.course.periods import judge_periods
from harness.protocols.gbt27930.judges.course.phases import judge_phases
from harness.protocols.gbt27930.judges.course.reactions import judge_reactions
from harness.protocols.gbt27930.judges.course.transport import judge_transport
from harness.protocols.gbt27930.judges.form.additions import judge_additions
from harness.protocols.gbt27930.judges.form.currents import judge_current_encoding
from harness.protocols.gbt27930.judges.form.identifiers import judge_identifiers
from harness.protocols.gbt27930.judges.form.lengths import judge_lengths
from harness.protocols.gbt27930.judges.form.reserved import judge_reserved_bits
from harness.protocols.gbt27930.judges.form.values import judge_values
from harness.protocols.gbt27930.judges.view import view_of

__all__ = ["RULES", "judge_all"]

RULES = {
    "F1": "identifier and kind of frame",
    "F2": "data length",
    "F3": "ranges and states",
    "F4": "reserved bits",
    "F5": "periods",
    "F6": "messages only in their phase",
    "F7": "consistency between messages",
    "F8": "transport protocol",
    "timeout": "reactions",
}
"""What the first word of a check's name stands for."""

_JUDGES = (
    judge_identifiers,
    judge_lengths,
    judge_values,
    judge_current_encoding,
    judge_reserved_bits,
    # Before the periods: what is sent out of its phase upsets them too, and the first failure is the reason of the verdict.
    judge_phases,
    judge_error_messages,
    judge_periods,
    judge_consistency,
    judge_cell_groups,
    judge_additions,
    judge_transport,
)


def judge_all(messages: Sequence[Message], records: Sequence[Record], context: JudgeContext) -> list[Check]:
    """All checks on one link; *messages* are those of the decoder for *records*.

    Timeout reactions are judged only if everybody is (``context.parties`` is empty): that is a recording. In a
    certification case the case provokes the timeout and measures the reaction itself.
    """
    view = view_of(messages, records, context)
    checks = [check for judge in _JUDGES for check in judge(view)]
    if not context.parties:
        checks += judge_reactions(view)
    return checks
