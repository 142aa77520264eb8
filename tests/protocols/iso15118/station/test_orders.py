"""Every order of a case, seen in the bytes on the network or in the levels of the pilot link."""

from __future__ import annotations

import pytest

from harness.core import LocalProtocolError, ms, s
from harness.protocols.iso15118.discovery import read_response
from harness.protocols.iso15118.exi import Append, SetValueBits
from harness.protocols.iso15118.station import Schedule
from harness.protocols.iso15118.v2gtp import BadHeader, HeaderFault, decode_datagram, encode_frame
from tests.protocols.iso15118.station.car import Stand, iso2


def ordered(*orders, edition="iso15118-2", seconds=20, **options):
    """A stand whose station was given *orders* before the session, run."""
    stand = Stand(edition, **options)
    for order in orders:
        stand.order(order)
    return stand.run(seconds)


def last(stand, name):
    return stand.sent(name)[-1]


def bytes_of(stand, name):
    """The frames of the response *name* as the healthy station sends them and as *stand* does."""
    return [message.data for message in stand.sent(name)]


def test_withheld_response_does_not_come_and_the_rest_does():
    stand = ordered(lambda station: station.withhold("ServiceDiscovery"))
    assert stand.car.asked[-1] == "ServiceDiscoveryReq"
    assert not stand.sent("ServiceDiscoveryRes")
    assert (stand.station.exchange, stand.station.requests) == ("ServiceDiscovery", 3)


def test_delayed_response_comes_later():
    stand = ordered(lambda station: station.delay("AuthorizationReq"[:-3], ms(700)))
    times = {message.name: message.t_ns for message in stand.messages()}
    assert times["AuthorizationRes"] - times["AuthorizationReq"] == ms(705)
    assert stand.sent("SessionStopRes")


@pytest.mark.parametrize("code", ["FAILED", "FAILED_SequenceError", "FAILED_UnknownSession"])
def test_other_code_leaves_the_content_and_the_connection_alone(code):
    stand = ordered(lambda station: station.code("CableCheck", code))
    told = stand.sent("CableCheckRes")[0]
    assert told.values["ResponseCode"] == code
    assert told.values["DC_EVSEStatus.EVSEStatusCode"] == "EVSE_IsolationMonitoringActive"
    assert stand.closer() == "truck"


def test_code_of_the_agreement_has_its_own_word():
    stand = ordered(lambda station: station.code("SupportedAppProtocol", "FAILED"))
    assert stand.car.answers[0][1] == {"ResponseCode": "Failed_NoNegotiation"}
    assert stand.closer() == "truck"


def test_changed_leaves_of_the_content():
    stand = ordered(
        lambda station: station.change(
            "ChargeParameterDiscovery",
            {
                "DC_EVSEChargeParameter.EVSEMaximumVoltageLimit": 499.5,
                "DC_EVSEChargeParameter.EVSEPeakCurrentRipple.Value": 77,
                "DC_EVSEChargeParameter.DC_EVSEStatus.EVSEIsolationStatus": None,
                "SAScheduleList.SAScheduleTuple[1].SAScheduleTupleID": 9,
            },
        )
    )
    values = last(stand, "ChargeParameterDiscoveryRes").values
    assert values["DC_EVSEChargeParameter.EVSEMaximumVoltageLimit"] == 499.5
    assert values["DC_EVSEChargeParameter.EVSEPeakCurrentRipple"] == 7.7
    assert "DC_EVSEChargeParameter.DC_EVSEStatus.EVSEIsolationStatus" not in values
    assert values["SAScheduleList.SAScheduleTuple[1].SAScheduleTupleID"] == 9


def test_wrong_paths_are_told():
    stand = Stand().order(lambda station: station.change("ServiceDiscovery", {"ChargeService[3].ServiceID": 1}))
    with pytest.raises(Exception, match=r"'ChargeService' has no elements, there is no \[3\]"):
        stand.run(10)


@pytest.mark.parametrize(("edition", "name"), [("iso15118-2", "PaymentServiceSelectionRes"), ("din70121", "ServicePaymentSelectionRes")])
def test_answer_of_another_type(edition, name):
    stand = ordered(lambda station: station.answer_with("SessionSetup", "PaymentServiceSelectionRes"), edition=edition)
    assert stand.car.answers[1][:2] == (name, {"ResponseCode": "OK"})
    assert not stand.sent("SessionSetupRes")


def test_answer_of_another_type_before_the_agreement():
    stand = Stand()
    stand.order(lambda station: station.speak("din70121"))
    stand.order(lambda station: station.answer_with("SupportedAppProtocol", "PaymentServiceSelectionRes"))
    stand.run(5)
    assert bytes_on(stand)[-1][:10].hex() == "01fe80010000000e809a"


def bytes_on(stand):
    """What the station sent on TCP, piece by piece."""
    return [
        record.pdu.data
        for record in stand.kernel.trace
        if record.link == "charge" and record.sender == "charger" and getattr(record.pdu, "begin", None) is False and record.pdu.data
    ]


def test_foreign_session_id():
    stand = ordered(lambda station: station.session_id("CableCheck", b"\x55" * 8))
    assert {message.session_id for message in stand.sent("CableCheckRes")} == {b"\x55" * 8}
    assert last(stand, "SessionStopRes").session_id == stand.car.session_id


def test_ongoing_for_a_time():
    stand = ordered(lambda station: station.ongoing("Authorization", s(2)))
    answers = stand.sent("AuthorizationRes")
    assert [answer.values["EVSEProcessing"] for answer in answers[-2:]] == ["Ongoing", "Finished"]
    assert 2.0 <= (answers[-1].t_ns - answers[0].t_ns) / 1e9 < 2.05


def test_ongoing_so_many_times_and_for_ever():
    stand = ordered(lambda station: station.ongoing_times("ChargeParameterDiscovery", 3))
    answers = stand.sent("ChargeParameterDiscoveryRes")
    assert [answer.values["EVSEProcessing"] for answer in answers] == [*["Ongoing"] * 3, "Finished"]
    assert "SAScheduleList.SAScheduleTuple[1].SAScheduleTupleID" not in answers[0].values
    stand = ordered(lambda station: station.ongoing("Authorization"), seconds=40)
    assert {answer.values["EVSEProcessing"] for answer in stand.sent("AuthorizationRes")} == {"Ongoing"}
    assert not stand.sent("ChargeParameterDiscoveryRes")


def test_raw_bytes_and_header():
    stand = Stand().order(lambda station: station.raw("ServiceDiscovery", lambda data: data[:-2] + b"\xaa\xbb\xcc"))
    stand.run(10)
    assert bytes_on(stand)[-1].endswith(b"\xaa\xbb\xcc")
    for field, value, fault in (
        ("payload_type", 0x7777, HeaderFault.PAYLOAD_TYPE),
        ("version", 2, HeaderFault.VERSION),
        ("inverse", 0, HeaderFault.INVERSE),
        ("length", 0, HeaderFault.EMPTY),
    ):
        stand = ordered(lambda station, field=field, value=value: station.header("SessionSetup", **{field: value}), seconds=4)
        [bad] = [frame for _, frame in stand.car.frames if isinstance(frame, BadHeader)][:1]
        assert bad.fault is fault


def test_segments_and_two_copies():
    stand = ordered(lambda station: station.segments("SessionSetup", 5, ms(30)))
    frame = encode_frame(0x8001, stand.sent("SessionSetupRes")[0].data)
    pieces = [data for data in bytes_on(stand) if data != frame]
    assert b"".join(pieces[1 : 1 + -(-len(frame) // 5)]) == frame
    assert len(pieces[1]) == 5
    assert stand.sent("SessionStopRes")
    stand = ordered(lambda station: station.twice("SessionStop"))
    assert [message.name for message in stand.messages()][-2:] == ["SessionStopRes"] * 2


def test_two_orders_work_together():
    stand = ordered(
        lambda station: station.delay("SessionSetup", ms(300)),
        lambda station: station.code("SessionSetup", "FAILED"),
        lambda station: station.answer_with("SessionSetup", "ServiceDiscoveryRes"),
        lambda station: station.session_id("SessionSetup", b"\x01" * 8),
    )
    name, content, session_id = stand.car.answers[-1]
    assert (name, content["ResponseCode"], session_id) == ("ServiceDiscoveryRes", "FAILED", b"\x01" * 8)
    times = [message.t_ns for message in stand.messages()]
    assert times[-1] - times[-2] == ms(305)


def test_deviations_of_the_stream():
    order = Append(b"\x00")
    stand = ordered(lambda station: station.exi("SessionSetup", order))
    assert stand.sent("SessionSetupRes")[0].data.endswith(b"\x00")
    stand = Stand()
    stand.order(lambda station: station.exi("PreCharge", SetValueBits("V2G_Message/Body/PreChargeRes/ResponseCode", 31)))
    stand.run(10)
    assert "ResponseCode" in stand.sent("PreChargeRes")[0].note


def test_what_is_told_may_differ_from_what_is_put_out():
    stand = ordered(lambda station: station.tell(voltage=333.3), lambda station: station.supply(500.0), seconds=3.3)
    assert {message.values["EVSEPresentVoltage"] for message in stand.sent("PreChargeRes")} == {333.3}
    assert stand.levels("dc_v")[-1][1] == 500
    assert 700 in [value for _, value in stand.order(lambda station: station.revert()).run(0.3).levels("dc_v")]


def test_forced_current_flows_while_there_is_a_path():
    stand = ordered(lambda station: station.supply(amps=42.0))
    stand.station.state.output.contactor = True
    stand.kernel.poke(stand.station)
    stand.run(1)
    assert stand.levels("dc_a")[-1][1] == 42


def test_notification_and_status():
    stand = ordered(lambda station: station.notify("StopCharging", max_delay_s=7), lambda station: station.status("EVSE_EmergencyShutdown"))
    values = last(stand, "CurrentDemandRes").values
    assert values["DC_EVSEStatus.EVSENotification"] == "StopCharging"
    assert values["DC_EVSEStatus.NotificationMaxDelay"] == 7
    assert values["DC_EVSEStatus.EVSEStatusCode"] == "EVSE_EmergencyShutdown"


def test_limits_are_told_and_kept():
    stand = Stand(script=iso2(loops=50)).order(
        lambda station: station.limits(max_current_a=60.0, max_voltage_v=600.0, max_power_w=30_000.0)
    )
    stand.run(3.3)
    stand.station.state.output.contactor = True
    stand.run(20)
    values = last(stand, "ChargeParameterDiscoveryRes").values
    assert [values[f"DC_EVSEChargeParameter.EVSEMaximum{what}Limit"] for what in ("Current", "Voltage", "Power")] == [60, 600, 30_000]
    demanded = last(stand, "CurrentDemandRes").values
    assert demanded["EVSEMaximumCurrentLimit"] == demanded["EVSEPresentCurrent"] == 60
    assert demanded["EVSECurrentLimitAchieved"] == 1


def test_services_and_schedules():
    internet = {"ServiceID": 3, "ServiceCategory": "Internet", "FreeService": True}
    stand = ordered(
        lambda station: station.services(modes=["AC_three_phase_core"], payment=["Contract", "ExternalPayment"], added=[internet]),
        lambda station: station.schedules(Schedule(4, ((0, 50_000.0), (600, 0.0))), Schedule(5, ((0, 10_000.0),), 3600)),
    )
    values = last(stand, "ServiceDiscoveryRes").values
    assert values["ChargeService.SupportedEnergyTransferMode.EnergyTransferMode[1]"] == "AC_three_phase_core"
    assert values["PaymentOptionList.PaymentOption[1]"] == "Contract"
    assert values["ServiceList.Service[1].ServiceID"] == 3
    values = last(stand, "ChargeParameterDiscoveryRes").values
    entry = "SAScheduleList.SAScheduleTuple[1].PMaxSchedule.PMaxScheduleEntry"
    assert [values[f"{entry}[1].PMax"], values[f"{entry}[2].PMax"], values[f"{entry}[2].RelativeTimeInterval.start"]] == [50_000, 0, 600]
    assert values["SAScheduleList.SAScheduleTuple[2].PMaxSchedule.PMaxScheduleEntry[1].RelativeTimeInterval.duration"] == 3600


def test_only_the_ordered_protocol_is_chosen():
    stand = ordered(lambda station: station.speak("din70121"))
    assert stand.car.answers[0][1] == {"ResponseCode": "Failed_NoNegotiation"}
    with pytest.raises(LocalProtocolError, match="did you mean 'iso15118-2'"):
        stand.station.speak("iso15118-3")
    with pytest.raises(LocalProtocolError, match="did you mean 'CableCheck'"):
        stand.station.withhold("CabelCheck")


def test_tcp_is_reset_closed_or_accepted_late():
    stand = Stand(script=iso2(loops=10_000)).run(4)
    stand.order(lambda station: station.reset_tcp()).run(1)
    assert stand.car.broken == s(4)
    stand = Stand(script=iso2(loops=10_000)).run(4)
    stand.order(lambda station: station.close_tcp()).run(1)
    assert stand.car.ended_ns == s(4)
    stand = ordered(lambda station: station.accept_after(s(3)))
    [begun] = [r.t_ns for r in stand.kernel.trace if r.sender == "charger" and getattr(r.pdu, "begin", False)]
    assert begun == s(5) + ms(5)
    assert stand.sent("SessionStopRes")


def test_silence_is_silence():
    stand = Stand(script=iso2(loops=10_000)).run(4)
    stand.order(lambda station: station.silence())
    before = len(bytes_on(stand))
    stand.run(10)
    assert len(bytes_on(stand)) == before
    assert not ordered(lambda station: station.silence(), seconds=5).car.discovered


def datagrams(*orders):
    return ordered(*orders, seconds=4).car.discovered


def test_answers_of_the_discovery():
    assert datagrams(lambda station: station.sdp_silent()) == []
    assert datagrams(lambda station: station.sdp_silent(1)) == []
    assert len(datagrams(lambda station: station.sdp_silent(0))) == 1
    [usual] = datagrams()
    assert usual.hex() == "01fe900100000014fe80000000000000000000000000000bef9d1000"
    [changed] = datagrams(lambda station: station.sdp_answer(port=50_001, security=0, address="fe80::99"))
    told = read_response(decode_datagram(changed).payload)
    assert (told.address, told.port, told.security) == ("fe80::99", 50_001, 0)
    [headed] = datagrams(lambda station: station.sdp_header(payload_type=0x9000, inverse=1)) or [b""]
    assert headed[:4].hex() == "01019000"
    [raw] = datagrams(lambda station: station.sdp_raw(lambda data: data[:-1]))
    assert raw == usual[:-1]


def test_second_and_late_answer_of_the_discovery():
    stand = ordered(lambda station: station.sdp_second(ms(50), port=50_002), lambda station: station.sdp_delay(ms(100)))
    first, second = stand.car.discovered
    assert [read_response(decode_datagram(one).payload).port for one in (first, second)] == [61_341, 50_002]
    times = [r.t_ns for r in stand.kernel.trace if r.sender == "charger" and not hasattr(r.pdu, "begin") and r.link == "charge"]
    assert times == [s(2) + ms(105), s(2) + ms(155)]


def test_pilot_and_proximity():
    stand = Stand().run(4)
    stand.order(lambda station: station.duty(53.0)).order(lambda station: station.cp_source(-12.0))
    stand.order(lambda station: station.frequency(1030.0)).order(lambda station: station.pp(480.0)).run(1)
    lines = ("cp_duty_percent", "cp_source_v", "cp_frequency_hz", "pp_ohm")
    assert [stand.levels(line)[-1][1] for line in lines] == [53, -12, 1030, 480]
    stand.order(lambda station: station.revert()).run(1)
    assert [stand.levels(line)[-1][1] for line in lines] == [5, 12, 1000, 1500]


def test_means_of_the_driver():
    stand = Stand().run(1).order(lambda station: station.user_stop()).order(lambda station: station.user_pause(False)).run(1)
    assert stand.levels("user_stop") == [(s(1), 1.0)]
    assert stand.levels("user_pause") == [(s(1), 0.0)]


def test_reverted_orders_leave_no_trace():
    stand = Stand()
    for order in (
        lambda station: station.withhold("SessionSetup"),
        lambda station: station.sdp_silent(),
        lambda station: station.code("", "FAILED"),
        lambda station: station.accept_after(s(5)),
        lambda station: station.silence(),
        lambda station: station.tell(voltage=1.0),
        lambda station: station.revert(),
    ):
        stand.order(order)
    usual, reverted = Stand().run(20), stand.run(20)
    assert [message.data for message in reverted.messages()] == [message.data for message in usual.messages()]
