"""V3: requests and responses alternate, and every request is one that may follow the one before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from harness.core.check import Check, Finding
from harness.core.standard import JudgeContext
from harness.protocols.iso15118.judges.remarks import check_of, concerns, gap_note, remark
from harness.protocols.iso15118.message import CHARGER, UNREADABLE, VEHICLE, V2gMessage
from harness.protocols.iso15118.sequence import AGREEMENT, STOP, successors
from harness.protocols.iso15118.sessions.ending import is_failed
from harness.protocols.iso15118.sessions.talk import Talk

__all__ = ["judge_order"]

_LEAVING = (STOP, "PowerDelivery")
"""Requests by which a vehicle may leave a loop that is not finished."""
_OLD_SESSION = "OK_OldSessionJoined"


def judge_order(talks: Sequence[Talk], context: JudgeContext) -> Iterator[Check]:
    """One check for each party."""
    judged = [talk for talk in talks if talk.known]
    gap = gap_note(judged, context)
    for party, judge, expected in (
        (VEHICLE, _vehicle, "a request after each response, in the sequence of the protocol"),
        (CHARGER, _charger, "one response to each request, of the same kind"),
    ):
        count = sum(message.sender == party for talk in judged for message in talk.known)
        if count and concerns(context, party):
            remarks = [one for talk in judged for run in _runs(talk) for one in judge(talk, run)]
            yield check_of(f"V3 {party} order", f"{count} messages", remarks, expected, gap)


def _runs(talk: Talk) -> Iterator[list[V2gMessage]]:
    """The messages parted at every place that could not be read: across it nothing is known."""
    run: list[V2gMessage] = []
    for message in talk.messages:
        if message.name == UNREADABLE:
            # A hole shows only with the next message of the same side; what the other side sent meanwhile has no known neighbours.
            known = _until(run, message.sender)
            yield run[:known]
            yield from ([one] for one in run[known:])
            run = []
        elif message.is_request or message.is_response:
            run.append(message)
    yield run


def _until(run: Sequence[V2gMessage], sender: str) -> int:
    """How many messages of *run* there are up to the last one of *sender*; without one all but the last."""
    own = [index for index, message in enumerate(run) if message.sender == sender]
    return own[-1] + 1 if own else max(0, len(run) - 1)


def _charger(talk: Talk, run: Sequence[V2gMessage]) -> Iterator[Finding]:
    rule = "V3 charger order"
    for before, message in pairwise(run):
        if message.is_response and before.is_response:
            yield remark(f"{message.name} without a request, after {before.name}", message, rule)
        elif message.is_response and message.base != before.base:
            yield remark(f"{message.name} answers {before.name}", message, rule)


def _vehicle(talk: Talk, run: Sequence[V2gMessage]) -> Iterator[Finding]:
    rule = "V3 vehicle order"
    if run and run[0] is talk.messages[0] and run[0].is_request and talk.edition and run[0].base != AGREEMENT and run[0].edition is None:
        yield remark(f"the connection begins with {run[0].name}, not with {AGREEMENT}Req", run[0], rule)
    for before, message in pairwise(run):
        if message.is_request and before.is_request:
            yield remark(f"{message.name} before the response to {before.name}", message, rule)
    requests = [index for index, message in enumerate(run) if message.is_request]
    for first, second in pairwise(requests):
        text = _step(talk, run[first], run[second], run[second - 1])
        if text:
            yield remark(text, run[second], rule)


def _step(talk: Talk, before: V2gMessage, request: V2gMessage, response: V2gMessage) -> str:
    """What is wrong with *request* after *before*, which was answered by *response*; empty if nothing is."""
    edition = talk.edition
    allowed = successors(edition, before.base) if edition is not None else None
    if allowed is None:
        return ""
    if request.base not in allowed:
        return f"{request.name} after {before.name}; the sequence has {', '.join(sorted(allowed)) or 'nothing'} there"
    if not response.is_response or is_failed(response):
        return ""
    processing = response.text("EVSEProcessing")
    if processing.startswith("Ongoing") and request.base not in (before.base, *_LEAVING):
        return f"{request.name} although {response.name} said EVSEProcessing {processing}"
    if before.base == "PowerDelivery":
        return _after_power_delivery(before, request)
    joined = response.text("ResponseCode") == _OLD_SESSION
    if before.base == "SessionSetup" and request.base.endswith("_ChargeParameterDiscovery") and not joined:
        return f"{request.name} right after SessionSetup, although no old session was joined"
    return ""


def _after_power_delivery(before: V2gMessage, request: V2gMessage) -> str:
    progress = before.text("ChargeProgress")
    ready = before.quantity("ReadyToChargeState")
    starts = progress == "Start" or bool(ready)
    if before.text("EVProcessing") == "Ongoing":
        return ""
    flows = request.base in ("CurrentDemand", "ChargingStatus", "DC_ChargeLoop", "AC_ChargeLoop")
    if flows and (progress == "Stop" or ready == 0):
        return f"{request.name} after PowerDeliveryReq had stopped charging"
    if starts and request.base.endswith("WeldingDetection"):
        return f"{request.name} after PowerDeliveryReq had started charging"
    return ""
