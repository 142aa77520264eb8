"""Whole sessions with a healthy vehicle, and what the station does when something is missing or wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.case.suites.profile import load_profile
from harness.core import JudgeContext, TimeBase, Verdict
from harness.protocols.iso15118 import STANDARD, sap
from harness.protocols.iso15118.station import StationOptions
from tests.protocols.iso15118.station.car import EDITIONS, Ask, Stand, din, iso2

FOLDER = Path(__file__).resolve().parents[4] / "test_suites" / "iso15118"


@pytest.mark.parametrize("edition", EDITIONS)
def test_whole_session_keeps_every_rule(edition):
    stand = Stand(edition).run(20)
    records = [record for record in stand.kernel.trace if record.link == "charge"]
    messages = stand.messages()
    context = JudgeContext(load_profile(FOLDER / f"profile-{edition}.toml"), TimeBase("test", 1000, 1000.0, 0.0), edition=edition)
    checks = STANDARD.judge(messages, records, context)
    assert {check.name.split()[0] for check in checks} == set(STANDARD.rules)
    assert {check.name: check.verdict for check in checks if check.verdict is not Verdict.PASS} == {}
    assert not [message.note for message in messages if message.note]
    assert messages[-1].name == "SessionStopRes"
    assert stand.car.place == len(stand.car.script)


@pytest.mark.parametrize("edition", EDITIONS)
def test_output_reaches_what_the_vehicle_asks_for(edition):
    stand = Stand(edition).run(20)
    volts = [value for _, value in stand.levels("dc_v")]
    assert max(volts) == 800, "the insulation test runs at the voltage that the vehicle bears"
    assert 700 in volts
    assert volts[-1] == 0
    told = [message.values["EVSEPresentVoltage"] for message in stand.sent("PreChargeRes")]
    assert told[-1] == 700
    assert stand.sent("CableCheckRes")[0].values["DC_EVSEStatus.EVSEStatusCode"] == "EVSE_IsolationMonitoringActive"
    assert stand.sent("CableCheckRes")[-1].values["DC_EVSEStatus.EVSEIsolationStatus"] == "Valid"


def test_current_flows_with_the_contactor_closed():
    stand = Stand(script=iso2(loops=40))

    def closed(answer):
        stand.station.state.output.contactor = True
        return False

    stand.car.script[7].repeats = closed
    stand.run(20)
    amps = [message.values["EVSEPresentCurrent"] for message in stand.sent("CurrentDemandRes")]
    assert amps[0] < amps[-1] == 100
    assert max(value for _, value in stand.levels("dc_a")) == 100


def test_duty_cycle_begins_with_the_vehicle():
    stand = Stand().run(5)
    assert [value for _, value in stand.levels("cp_duty_percent")] == [100, 5]
    assert stand.levels("plug") == [(0, 1.0)]


def test_unplugging_ends_everything():
    stand = Stand(script=iso2(loops=10_000)).run(5)
    assert stand.station.state.is_charging
    stand.order(lambda station: station.plug(False)).run(1)
    asked = len(stand.car.asked)
    stand.run(5)
    assert len(stand.car.asked) == asked
    assert stand.levels("dc_v")[-1][1] == 0
    assert stand.levels("cp_duty_percent")[-1][1] == 100
    assert stand.station.session == b""


def test_station_chooses_the_best_common_offer():
    offers = [sap.Offer("urn:din:70121:2012:MsgDef", 2, 0, 8, 2), sap.Offer("urn:iso:15118:2:2013:MsgDef", 2, 1, 7, 1)]
    stand = Stand(offers=offers).run(3)
    assert stand.car.answers[0][1] == {"ResponseCode": "OK_SuccessfulNegotiationWithMinorDeviation", "SchemaID": 7}


def test_unknown_protocol_is_refused_and_the_connection_closed():
    stand = Stand(offers=[sap.Offer("urn:nobody:2000:MsgDef", 1, 0, 3, 1)]).run(3)
    assert stand.car.answers[0][1] == {"ResponseCode": "Failed_NoNegotiation"}
    assert stand.car.ended_ns is not None


def wrong(script, name, **changes):
    return [Ask(ask.name, ask.content, ask.repeats, ask.cp, **changes) if ask.name == name else ask for ask in script]


@pytest.mark.parametrize("place", range(1, 12))
def test_wrong_request_is_answered_with_a_sequence_error(place):
    script = iso2()
    script.insert(place, Ask("ServiceDiscoveryReq") if place != 1 else Ask("AuthorizationReq"))
    del script[place + 1 :]
    stand = Stand(script=script).run(10)
    name, content, _ = stand.car.answers[-1]
    assert (name, content["ResponseCode"]) == (script[-1].name.replace("Req", "Res"), "FAILED_SequenceError")
    assert stand.car.ended_ns is not None
    assert stand.station.session == b""


@pytest.mark.parametrize(("edition", "make"), [("iso15118-2", iso2), ("din70121", din)])
def test_foreign_session_id_is_refused(edition, make):
    for name in {ask.name for ask in make()} - {"SessionSetupReq"}:
        stand = Stand(edition, wrong(make(), name, session_id=b"\x77" * 8)).run(10)
        answer, content, _ = stand.car.answers[-1]
        assert (answer, content["ResponseCode"]) == (name.replace("Req", "Res"), "FAILED_UnknownSession")
        assert stand.car.ended_ns is not None


def test_cable_check_needs_the_pilot_in_c():
    script = iso2()
    script[5] = Ask("CableCheckReq", script[5].content, script[5].repeats)
    stand = Stand(script=script).run(10)
    assert stand.sent("CableCheckRes")[0].values["EVSEProcessing"] == "Ongoing"
    assert stand.car.answers[-1][1]["ResponseCode"] == "FAILED"
    assert stand.car.ended_ns is not None


def test_welding_detection_needs_the_pilot_in_b():
    script = iso2()
    script[10] = Ask("WeldingDetectionReq", script[10].content)
    stand = Stand(script=script).run(10)
    assert stand.car.codes()["WeldingDetectionRes"] == "FAILED"
    assert (
        Stand("din70121", [*din()[:10], Ask("WeldingDetectionReq", script[10].content)]).run(10).car.codes()["WeldingDetectionRes"] == "OK"
    )


def test_silent_vehicle_loses_its_connection_after_the_sequence_timeout():
    stand = Stand(script=[*iso2()[:1], Ask("ServiceDiscoveryReq")], options=StationOptions(setup_s=0))
    stand.car.pause_ns = 10**12
    stand.run(3)
    answered_ns = stand.car.frames[-1][0]
    stand.run(100)
    assert stand.car.ended_ns == answered_ns + 60 * 10**9


def test_nobody_is_served_after_the_setup_timeout():
    stand = Stand(begin_s=25.0).run(30)
    assert stand.car.discovered == []
    late = Stand(begin_s=60.0).run(30)
    late.car.due.append((30 * 10**9, lambda: late.car.host.connect("[fe80::b]:61341")))
    late.kernel.poke(late.car)
    late.run(2)
    assert late.car.refused is not None


def test_paused_session_is_joined_again():
    script = iso2()
    script[-1] = Ask("SessionStopReq", {"ChargingSession": "Pause"})
    stand = Stand(script=script).run(10)
    old = stand.car.session_id
    again = stand.car
    again.script, again.place, again.discovered, again.stream = (
        [Ask("SessionSetupReq", {"EVCCID": bytes(6)}, session_id=old)],
        -1,
        [],
        again.stream,
    )
    again.due.append((stand.kernel.now_ns, again.discover))
    stand.kernel.poke(again)
    stand.run(10)
    name, content, session_id = again.answers[-1]
    assert (name, content["ResponseCode"], session_id) == ("SessionSetupRes", "OK_OldSessionJoined", old)


def test_new_session_has_another_id():
    first, second = Stand().run(10), Stand()
    second.station._random.seed(1)
    second.run(10)
    assert any(first.car.session_id)
    assert first.car.session_id != second.car.session_id


def test_insulation_test_takes_its_time():
    stand = Stand(options=StationOptions(cable_check_s=3.0)).run(20)
    asked = stand.sent("CableCheckRes")
    assert 3.0 <= (asked[-1].t_ns - asked[0].t_ns) / 1e9 < 3.1


def test_connection_without_a_session_is_closed_with_the_setup_time():
    stand = Stand(script=[Ask("SessionSetupReq", {"EVCCID": bytes(6)})], pause_ns=10**12).run(25)
    assert stand.car.ended_ns == 20_500_000_000
    stand.car.due.append((stand.kernel.now_ns, lambda: stand.car.host.connect("[fe80::b]:61341")))
    stand.kernel.poke(stand.car)
    stand.run(2)
    assert stand.car.refused is not None
    stand.car.due.append((stand.kernel.now_ns, stand.car.discover))
    stand.kernel.poke(stand.car)
    assert len(stand.run(2).car.discovered) == 1, "the one from before"
