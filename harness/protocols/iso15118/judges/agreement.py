"""V2: the charger chooses something that the vehicle offered, and the discovery comes before with what it promises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.core.check import Check, Finding, Severity
from harness.core.standard import JudgeContext
from harness.protocols.iso15118.editions import DIN, ISO_20
from harness.protocols.iso15118.judges.remarks import check_of, concerns, remark
from harness.protocols.iso15118.message import CHARGER, VEHICLE
from harness.protocols.iso15118.sequence import AGREEMENT
from harness.protocols.iso15118.sessions.talk import Talk

__all__ = ["judge_agreement"]


def judge_agreement(talks: Sequence[Talk], context: JudgeContext) -> Iterator[Check]:
    """The offers of the vehicle, and the choice of the charger."""
    judged = [talk for talk in talks if talk.first(f"{AGREEMENT}Req") is not None]
    if judged and concerns(context, VEHICLE):
        offers = [one for talk in judged for one in _offers(talk)]
        yield check_of("V2 vehicle offers", f"{len(judged)} offers", offers, "no schema id and no priority twice")
    chosen = [talk for talk in judged if talk.first(f"{AGREEMENT}Res") is not None]
    if chosen and concerns(context, CHARGER):
        choices = [one for talk in chosen for one in _choice(talk)]
        yield check_of("V2 charger choice", f"{len(chosen)} answers", choices, "one of the offers, or Failed_NoNegotiation")


def _offers(talk: Talk) -> Iterator[Finding]:
    offer = talk.first(f"{AGREEMENT}Req")
    assert offer is not None
    for field in ("SchemaID", "Priority"):
        values = [value for path, value in offer.values.items() if path.endswith(f".{field}")]
        twice = sorted({str(value) for value in values if values.count(value) > 1})
        if twice:
            yield remark(f"{field} {', '.join(twice)} stands in more than one offer", offer, "V2 vehicle offers")


def _choice(talk: Talk) -> Iterator[Finding]:
    offer, answer = talk.first(f"{AGREEMENT}Req"), talk.first(f"{AGREEMENT}Res")
    assert offer is not None
    assert answer is not None
    name = "V2 charger choice"
    offered = [value for path, value in offer.values.items() if path.endswith(".SchemaID")]
    schema, code = answer.values.get("SchemaID"), answer.text("ResponseCode")
    if code.startswith("OK") and schema not in offered:
        shown = ", ".join(map(str, offered))
        yield remark(f"{code} with SchemaID {answer.shown('SchemaID')}, offered were {shown}", answer, name)
    if answer.edition is ISO_20 and answer.security != "TLS 1.3":
        text = "ISO 15118-20 was chosen without TLS 1.3 (V2G20-1237, V2G20-2356); allowed in a laboratory only"
        yield remark(text, answer, name, Severity.WARNING)
    if answer.edition is DIN and answer.security:
        yield remark(f"DIN SPEC 70121 knows no encryption, the connection uses {answer.security}", answer, name, Severity.WARNING)
