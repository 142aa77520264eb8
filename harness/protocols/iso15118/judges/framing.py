"""V1: every V2GTP frame can be read, and its EXI stream is a regular message of what was agreed on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.core.check import Check, Severity
from harness.core.standard import JudgeContext
from harness.core.verdict import Reason
from harness.protocols.iso15118.judges.remarks import check_of, concerns, remark, unreadable_in
from harness.protocols.iso15118.message import CHARGER, VEHICLE
from harness.protocols.iso15118.sessions.talk import Talk

__all__ = ["judge_framing"]

_MISSING = "missing in the recording"
_NOT_READ = "not read by this version"


def judge_framing(talks: Sequence[Talk], context: JudgeContext) -> Iterator[Check]:
    """One check on what could not be read, and one for each party on the encoding of what could."""
    readable = [talk for talk in talks if not talk.is_sealed]
    if not readable:
        return
    broken = unreadable_in(readable, context)
    wrong = [remark(message.note, message, "V1 frames") for message in broken if not message.note.endswith((_MISSING, _NOT_READ))]
    left_out = [message for message in broken if message.note.endswith((_MISSING, _NOT_READ))]
    count = sum(len(talk.known) for talk in readable)
    check = check_of("V1 frames", f"{count} messages", wrong, "every frame holds a readable message")
    if left_out and not wrong:
        first = left_out[0]
        check = check.inconclusive(Reason.LOG_INCOMPLETE, f"frame {first.frame}: {first.note}; {len(left_out)} such places")
    yield check
    for party in (VEHICLE, CHARGER):
        sent = [message for talk in readable for message in talk.known if message.sender == party]
        if sent and concerns(context, party):
            name = f"V1 {party} encoding"
            told = [remark(f"{message.name}: {message.note}", message, name, Severity.WARNING) for message in sent if message.note]
            yield check_of(name, f"{len(sent)} messages", told, "values within their types, nothing behind the message")
