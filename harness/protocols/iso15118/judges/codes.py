"""V5: what the charger answers, and what the vehicle does after a refusal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.core.check import Check, Finding, Severity
from harness.core.standard import JudgeContext
from harness.protocols.iso15118.editions import ISO_20
from harness.protocols.iso15118.judges.remarks import check_of, concerns, gap_note, remark
from harness.protocols.iso15118.message import CHARGER, VEHICLE
from harness.protocols.iso15118.sequence import STOP
from harness.protocols.iso15118.sessions.ending import is_failed
from harness.protocols.iso15118.sessions.talk import Talk

__all__ = ["judge_codes"]


def judge_codes(talks: Sequence[Talk], context: JudgeContext) -> Iterator[Check]:
    """The codes themselves are told; going on after a refusal is judged."""
    responses = sum(message.is_response for talk in talks for message in talk.known)
    if not responses:
        return
    if concerns(context, CHARGER):
        told = [one for talk in talks for one in _told(talk)]
        yield check_of("V5 charger codes", f"{responses} responses", told, "codes that do not refuse; a refusal warns")
    refused = [talk for talk in talks if any(message.is_response and is_failed(message) for message in talk.known)]
    if refused and concerns(context, VEHICLE):
        remarks = [one for talk in refused for one in _reactions(talk)]
        yield check_of(
            "V5 vehicle leaves",
            f"{len(refused)} refusals",
            remarks,
            "no request but SessionStop after a refusal",
            gap_note(refused, context),
        )


def _told(talk: Talk) -> Iterator[Finding]:
    for message in talk.known:
        code = message.text("ResponseCode")
        if message.is_response and not code.startswith("OK"):
            yield remark(f"{message.name} with ResponseCode {code or 'missing'}", message, "V5 charger codes", Severity.WARNING)


def _reactions(talk: Talk) -> Iterator[Finding]:
    """Requests after a refusal: fatal for both sides in -20; in the older protocols suites expect it, the text does not oblige."""
    refusal = next(message for message in talk.known if message.is_response and is_failed(message))
    severity = Severity.FAILURE if talk.edition is ISO_20 else Severity.WARNING
    following = [message for message in talk.known if message.is_request and message.t_ns >= refusal.t_ns and message.base != STOP]
    later = [message for message in following if talk.known.index(message) > talk.known.index(refusal)]
    if later:
        text = f"{later[0].name} after {refusal.name} with {refusal.text('ResponseCode')}; {len(later)} requests went on"
        yield remark(text, later[0], "V5 vehicle leaves", severity)
