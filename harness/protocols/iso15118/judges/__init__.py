"""The rules that hold in every session: V1 to V6, for the vehicle and for the charger apart.

Every rule is a pure function from the sessions to checks. A rule that saw nothing gives no check, a limit that the profile does not have
is not judged, and a limit of low confidence warns instead of failing. What an encrypted connection hides is not judged.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.check import Check
from harness.core.message import Message
from harness.core.standard import JudgeContext
from harness.core.trace import Record
from harness.protocols.iso15118.judges.agreement import judge_agreement
from harness.protocols.iso15118.judges.codes import judge_codes
from harness.protocols.iso15118.judges.framing import judge_framing
from harness.protocols.iso15118.judges.identity import judge_identity
from harness.protocols.iso15118.judges.order import judge_order
from harness.protocols.iso15118.judges.timing import judge_timing
from harness.protocols.iso15118.sessions.talk import talks_of

__all__ = ["RULES", "judge_all"]

RULES = {
    "V1": "frames and encoding",
    "V2": "agreement on a protocol",
    "V3": "order of messages",
    "V4": "session id",
    "V5": "response codes",
    "V6": "times",
}
"""What the first word of a check's name stands for."""

_JUDGES = (judge_framing, judge_agreement, judge_order, judge_identity, judge_codes, judge_timing)


def judge_all(messages: Sequence[Message], records: Sequence[Record], context: JudgeContext) -> list[Check]:
    """All checks on one link; *messages* are those of the decoder for *records*."""
    talks = talks_of(messages, records)
    return [check for judge in _JUDGES for check in judge(talks, context)]
