"""The rules that hold in every trace of the truck's own network: N1, N2 and N3 on its CAN buses, N4 on Ethernet; R1 to R3 in recordings.

Every rule is a pure function to checks. A rule that saw nothing gives no check. What the tester sends is not judged: it breaks rules
on purpose.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.check import Check
from harness.core.message import Message
from harness.core.standard import JudgeContext
from harness.core.trace import Direction, Record
from harness.protocols.vehicle.judges import recorded
from harness.protocols.vehicle.judges.claims import judge_claims
from harness.protocols.vehicle.judges.diagnostics import judge_diagnostics
from harness.protocols.vehicle.judges.over_ip import judge_over_ip
from harness.protocols.vehicle.judges.transport import judge_transport

__all__ = ["RULES", "judge_all"]

RULES = {
    "N1": "address claim before other messages",
    "N2": "transfers of long messages",
    "N3": "answers of diagnostics",
    "N4": "form of DoIP messages",
    **recorded.RULES,
}
"""What the first word of a check's name stands for."""


def judge_all(messages: Sequence[Message], records: Sequence[Record], context: JudgeContext) -> list[Check]:
    """All checks on one link; *messages* are those of the decoder for *records*."""
    ours = {record.number for record in records if record.direction is Direction.TX}
    theirs = [message for message in messages if not ours.intersection(message.frames)]
    end_ns = records[-1].t_ns if records else 0
    return [
        *judge_claims(theirs, context),
        *judge_transport(theirs, context),
        *judge_diagnostics(messages, ours, context, end_ns),
        *judge_over_ip(theirs),
        *recorded.judge_recorded(messages, records, context),
    ]
