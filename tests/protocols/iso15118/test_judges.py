"""Every rule is kept by a regular session, and seen to be broken by the change that breaks it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.case.suites.profile import load_profile
from harness.core import Chunk, Datagram, Direction, JudgeContext, Reason, Record, TimeBase, Verdict
from harness.protocols.iso15118 import STANDARD
from tests.protocols.iso15118.scripted import CHARGER, Line, changed, decoded, demand, exchange, place, records, session

FOLDER = Path(__file__).resolve().parents[3] / "test_suites" / "iso15118"
BASE = TimeBase("test", 1000, 1000.0, 0.0)


def judged(trace, *, base=BASE, edition="iso15118-2", parties=frozenset()):
    context = JudgeContext(load_profile(FOLDER / f"profile-{edition}.toml"), base, parties=parties, edition=edition)
    return {check.name: check for check in STANDARD.judge(decoded(trace), trace, context)}


def failed(checks):
    return {name: check for name, check in checks.items() if check.verdict is Verdict.FAIL}


def test_regular_session_keeps_every_rule():
    checks = judged(records(session()))
    assert {name.split()[0] for name in checks} == set(STANDARD.rules)
    assert {check.verdict for check in checks.values()} == {Verdict.PASS}
    assert not [finding for check in checks.values() for finding in check.findings]


def without(name, nth=0):
    lines = session()
    del lines[place(lines, name, nth)]
    return lines


def with_line(after, *lines, nth=0):
    script = session()
    index = place(script, after, nth) + 1
    return [*script[:index], *lines, *script[index:]]


BROKEN = {
    "V1 frames": (changed("CableCheckReq", payload=b"\x80\xff\xff"), "no readable message"),
    "V2 charger choice": (changed("supportedAppProtocolRes", content={"SchemaID": 9}), "SchemaID 9, offered were 7, 8"),
    "V3 vehicle order": (without("CableCheckReq"), "CableCheckRes|PreChargeReq after ChargeParameterDiscoveryReq"),
    "V3 charger order": (without("CableCheckReq"), "CableCheckRes without a request"),
    "V4 vehicle session id": (changed("PreChargeReq", session_id=b"\x09" * 8), "carries the id 0909090909090909, given was 0102"),
    "V4 charger session id": (changed("PreChargeRes", session_id=b"\x09" * 8), "PreChargeRes carries the id"),
    "V6 charger response.CurrentDemand": (changed("CurrentDemandRes", 1, after_ms=300), "0.3"),
    "V6 vehicle sequence.request": (changed("PowerDeliveryReq", after_ms=60_500), "60.5"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_rule_fails_at_the_frame_that_shows_it(name):
    lines, text = BROKEN[name]
    check = failed(judged(records(lines)))[name]
    assert any(one in check.observed for one in text.split("|"))
    assert check.frames
    assert check.t_ns is not None


def test_cable_check_that_lasts_too_long_fails():
    one = exchange("CableCheck", *[line.content for line in session() if line.name.startswith("CableCheck")])
    waiting = replace(one[1], content={**one[1].content, "EVSEProcessing": "Ongoing"})
    slow = [replace(one[0], after_ms=1500), waiting] * 29
    assert set(failed(judged(records(with_line("ChargeParameterDiscoveryRes", *slow))))) == {"V6 charger loop.CableCheck"}


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (with_line("PowerDeliveryRes", *demand(400, 1), nth=1), "CurrentDemandReq after PowerDeliveryReq had stopped charging"),
        (with_line("SessionStopRes", *demand(400, 1)), "CurrentDemandReq after SessionStopReq; the sequence has nothing there"),
        (with_line("ServiceDiscoveryReq", Line("ServiceDiscoveryReq")), "ServiceDiscoveryReq before the response to ServiceDiscoveryReq"),
    ],
)
def test_requests_out_of_the_sequence_fail(lines, text):
    assert text in failed(judged(records(lines)))["V3 vehicle order"].observed


def test_going_on_while_the_charger_is_busy_fails():
    script = session()
    index = place(script, "AuthorizationReq", 1)
    check = failed(judged(records([*script[:index], *script[index + 2 :]])))["V3 vehicle order"]
    assert check.observed == "ChargeParameterDiscoveryReq although AuthorizationRes said EVSEProcessing Ongoing"


def test_refusal_warns_and_so_does_a_vehicle_that_goes_on():
    lines = session()
    index = place(lines, "PreChargeRes")
    lines[index] = replace(lines[index], content={**lines[index].content, "ResponseCode": "FAILED"})
    checks = judged(records(lines))
    assert [finding.text for finding in checks["V5 charger codes"].findings] == ["PreChargeRes with ResponseCode FAILED"]
    assert "PowerDeliveryReq after PreChargeRes with FAILED" in checks["V5 vehicle leaves"].findings[0].text
    assert not failed(checks)


def test_limit_of_low_confidence_warns():
    checks = judged(records(session(), close_ms=6000))
    assert checks["V6 vehicle end.close"].verdict is Verdict.PASS
    assert "6 s, expected <= 5 s" in checks["V6 vehicle end.close"].findings[0].text


def test_hole_in_the_recording_is_no_fault_of_the_parties():
    trace = records(session())
    index = [i for i, record in enumerate(trace) if isinstance(record.pdu, Chunk) and record.pdu.source == CHARGER and record.pdu.data][2]
    lost = [record for i, record in enumerate(trace) if i != index]
    later = next(i for i, record in enumerate(lost) if i >= index and isinstance(record.pdu, Chunk) and record.pdu.source == CHARGER)
    lost[later] = lost[later]._replace(pdu=replace(lost[later].pdu, lost=40))
    checks = judged(lost)
    assert not failed(checks)
    assert checks["V1 frames"].reason is Reason.LOG_INCOMPLETE
    assert checks["V3 vehicle order"].reason is Reason.LOG_INCOMPLETE
    assert "40 bytes of the TCP stream are missing" in checks["V1 frames"].note


@pytest.mark.parametrize(("party", "verdict"), [("vehicle", Verdict.PASS), ("charger", Verdict.FAIL)])
def test_unreadable_frame_counts_for_the_party_that_sent_it(party, verdict):
    lines = changed("CableCheckRes", payload=b"\x80\xff\xff")
    checks = judged(records(lines), parties=frozenset((party,)))
    assert checks["V1 frames"].verdict is verdict
    order = {"V3 vehicle order": Verdict.PASS} if party == "vehicle" else {"V3 charger order": Verdict.INCONC}
    assert {name: check.verdict for name, check in checks.items() if name.startswith("V3")} == order


@pytest.mark.parametrize(
    ("source", "destination", "sender"),
    [
        ("[fe80::b]:15118", "[fe80::a]:50000", "charger"),
        ("[fe80::a]:50000", "[ff02::1]:15118", "vehicle"),
        ("[fe80::a]:1", "[fe80::b]:2", ""),
    ],
)
def test_unreadable_datagram_is_told_to_the_side_that_sends_it(source, destination, sender):
    record = Record(1, 0, 0, "charge", Direction.RX, "", Datagram(bytes.fromhex("01FE700000000001FF"), source, destination))
    [message] = decoded([record])
    assert (message.name, message.sender) == ("V2GTP", sender)


def test_without_a_time_base_no_time_is_judged():
    checks = judged(records(session()), base=None)
    times = [check for name, check in checks.items() if name.startswith("V6")]
    assert times
    assert {check.reason for check in times} == {Reason.NO_TIMEBASE}


def test_only_the_parties_asked_for_are_judged():
    names = judged(records(session()), parties=frozenset({"vehicle"}))
    assert not [name for name in names if " charger " in f"{name} "]


def test_sealed_connection_is_told_and_not_judged():
    trace = [
        record._replace(pdu=replace(record.pdu, security="TLS 1.3", sealed=bool(record.pdu.data)))
        if isinstance(record.pdu, Chunk)
        else record
        for record in records(session())
    ]
    assert judged(trace) == {}
    (told,) = STANDARD.sessions(decoded(trace), trace)
    assert "the connection was encrypted and there are no usable keys" in "\n".join(told.story["en"]).lower()
    assert told.ended_by == ""


def test_times_of_another_protocol_are_not_judged_by_these_limits():
    checks = judged(records(session()), edition="din70121")
    assert checks["V6 other protocol"].verdict is Verdict.INCONC
    assert not [name for name in checks if "response." in name]


@pytest.mark.parametrize("edition", ["din70121", "iso15118-2", "iso15118-20"])
def test_profiles_can_be_read_and_low_confidence_is_marked(edition):
    limits = load_profile(FOLDER / f"profile-{edition}.toml")
    assert {limit.confidence for key, limit in limits.items() if key.startswith("performance.")} == {"low"}
    assert limits["response.SessionStop"].upper is not None
