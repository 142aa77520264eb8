"""Orders to the truck as the tester of a station: each shows in what the station gets."""

from __future__ import annotations

import pytest

from harness.core import LocalProtocolError, ms, s
from harness.protocols.iso15118.sap import DIN_SPEC_70121, Offer
from harness.protocols.iso15118.vehicle import Phase
from tests.protocols.iso15118.vehicle.pair import Pair, charging

TESTER = {"stays": True, "timeouts": False}


def begun(edition="iso15118-2", *orders):
    """The truck plugs in and begins."""
    pair = Pair(edition, **TESTER)
    pair.order(*(lambda order=order: order(pair.truck) for order in orders), pair.truck.begin)
    return pair


@pytest.mark.parametrize("edition", ["din70121", "iso15118-2", "iso15118-20"])
def test_tester_charges_and_stops(edition):
    pair = begun(edition)
    pair.until("DC_ChargeLoopRes" if edition == "iso15118-20" else "CurrentDemandRes", count=5)
    pair.order(pair.truck.stop).run(5)
    assert pair.requests()[-1] == "SessionStopReq"
    assert pair.failures() == []


def test_withheld_request_never_leaves_and_the_session_stands():
    pair = begun("iso15118-2", lambda truck: truck.withhold("Authorization"))
    pair.run(5)
    assert pair.requests()[-1] == "PaymentServiceSelectionReq"
    assert pair.truck.phase is Phase.TALKING
    pair.order(pair.truck.resume)
    pair.until("CurrentDemandRes")


def test_tester_stays_after_a_refusal():
    pair = begun("iso15118-2", lambda truck: truck.request_instead("Authorization", "ServiceDiscoveryReq"))
    pair.until("ServiceDiscoveryRes", count=2)
    assert pair.messages()[-1].text("ResponseCode") == "FAILED_SequenceError"
    assert pair.closings("truck") == []
    pair.run(6)
    assert pair.closings("charger")


def test_foreign_session_id_is_sent():
    wrong = bytes.fromhex("1122334455667788")
    pair = begun("iso15118-2", lambda truck: truck.session_id("ServiceDiscovery", wrong))
    pair.until("ServiceDiscoveryRes")
    assert pair.last("ServiceDiscoveryReq").session_id == wrong
    assert pair.messages()[-1].text("ResponseCode") == "FAILED_UnknownSession"


def test_other_values_are_sent():
    pair = begun("iso15118-2", lambda truck: truck.change("ChargeParameterDiscovery", {
        "DC_EVChargeParameter.EVMaximumCurrentLimit": 12, "DC_EVChargeParameter.EVMaximumPowerLimit": None,
    }))  # fmt: skip
    request = pair.until("ChargeParameterDiscoveryReq")
    assert request.values["DC_EVChargeParameter.EVMaximumCurrentLimit"] == 12
    assert "DC_EVChargeParameter.EVMaximumPowerLimit" not in request.values


def test_offers_are_sent():
    offers = (Offer("urn:example:none", 1, 0, 7, 1), Offer(DIN_SPEC_70121.namespace, 2, 0, 9, 2))
    pair = begun("iso15118-2", lambda truck: truck.offer(*offers))
    request = pair.until("supportedAppProtocolReq")
    assert request.values["AppProtocol[1].ProtocolNamespace"] == "urn:example:none"
    pair.until("CurrentDemandRes")
    assert pair.truck.edition == "din70121"


def test_held_pilot_stays():
    pair = begun("iso15118-2", lambda truck: truck.hold_cp("B"))
    pair.until("CableCheckReq")
    pair.run(1)
    assert [volts for _, volts in pair.levels("cp_v")] == [12.0, 9.0]
    assert pair.last("CableCheckRes").text("ResponseCode").startswith("FAILED")


def test_silence_sends_nothing_any_more():
    pair = begun()
    pair.until("CurrentDemandRes")
    pair.order(pair.truck.silence)
    since = pair.now
    pair.run(5)
    assert pair.requests(since) == []
    assert [t for t in pair.closings("truck") if t > since] == []


def test_request_is_delayed():
    pair = begun("iso15118-2", lambda truck: truck.delay("Authorization", s(3)))
    answer = pair.until("PaymentServiceSelectionRes")
    request = pair.until("AuthorizationReq")
    assert request.t_ns - answer.t_ns == pytest.approx(s(3.05), abs=ms(1))


def test_pause_keeps_the_session():
    pair = begun()
    first = pair.until("CurrentDemandRes")
    pair.order(pair.truck.pause)
    pair.until("SessionStopReq")
    assert pair.messages()[-1].text("ChargingSession") == "Pause"
    pair.run(2)
    assert pair.truck.phase is Phase.PAUSED
    assert pair.truck.state.session_id == first.session_id


def test_revert_takes_all_back():
    pair = begun("iso15118-2", lambda truck: truck.withhold("SessionSetup"), lambda truck: truck.hold_cp("B"))
    pair.run(2)
    pair.order(pair.truck.revert, pair.truck.resume)
    pair.until("CurrentDemandRes")


@pytest.mark.parametrize("order", [
    lambda truck: truck.withhold("Authorisation"), lambda truck: truck.session_id("Setup", b""),
    lambda truck: truck.request_instead("Authorization", "AuthReq"), lambda truck: truck.hold_cp("A"),
])  # fmt: skip
def test_wrong_orders_are_refused(order):
    with pytest.raises(LocalProtocolError):
        order(Pair().truck)


def test_user_pauses_and_goes_on():
    pair = charging()
    first = pair.last("CurrentDemandRes")
    pair.line("user_pause", 1)
    pair.run(4)
    assert pair.truck.phase is Phase.PAUSED
    assert pair.level("cp_v") == 9.0
    pair.line("user_pause", 0)
    pair.until("CurrentDemandRes")
    setup = pair.last("SessionSetupReq")
    assert setup.session_id == first.session_id
    assert pair.last("SessionSetupRes").text("ResponseCode") == "OK_OldSessionJoined"
    assert pair.failures() == []


def test_paused_vehicle_wakes_up_by_the_oscillation():
    pair = charging("iso15118-20")
    first = pair.last("DC_ChargeLoopRes")
    pair.line("user_pause", 1)
    pair.run(4)
    pair.line("user_pause", 0)
    pair.order(lambda: pair.station.duty(100.0)).run(3)
    pair.order(lambda: pair.station.duty(5.0))
    pair.until("DC_ChargeLoopRes")
    assert pair.last("SessionSetupReq").session_id == first.session_id
    requests = pair.requests()
    start = len(requests) - requests[::-1].index("SessionSetupReq")
    assert requests[start] == "DC_ChargeParameterDiscoveryReq"


def test_refused_pause_is_no_pause():
    pair = charging()
    pair.order(lambda: pair.station.code("SessionStop", "FAILED"))
    pair.line("user_pause", 1)
    pair.until("SessionStopRes")
    pair.left(pair.now)
    pair.order(pair.station.revert)
    pair.unplug()
    pair.run(1)
    pair.line("user_pause", 0)
    pair.plug_in()
    assert pair.until("SessionSetupReq").session_id == bytes(8)


def test_renegotiation_of_the_station():
    pair = charging()
    pair.order(lambda: pair.station.notify("ReNegotiation"))
    pair.until("PowerDeliveryReq")
    assert pair.messages()[-1].text("ChargeProgress") == "Renegotiate"
    pair.order(pair.station.revert)
    pair.until("CurrentDemandRes")
    requests = pair.requests()
    after = len(requests) - requests[::-1].index("PowerDeliveryReq") - 2
    assert "ChargeParameterDiscoveryReq" in requests[after - 20 :]
    assert pair.failures() == []


@pytest.mark.parametrize(("edition", "word"), [("din70121", "StopCharging"), ("iso15118-2", "StopCharging"), ("iso15118-20", "Terminate")])
def test_notification_to_stop(edition, word):
    pair = charging(edition).run(3)
    pair.order(lambda: pair.station.notify("StopCharging"))
    at = pair.now
    pair.until("PowerDeliveryReq", within=3)
    assert pair.now - at <= 2
    assert pair.truck.state.why == word
    assert pair.truck.plant.current_a < 5
    pair.run(4)
    assert pair.requests()[-1] == "SessionStopReq"
    assert pair.failures() == []
