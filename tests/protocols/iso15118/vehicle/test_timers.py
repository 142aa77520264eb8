"""The timers of the truck: discovery, set-up, patience with a busy station, cable check, pre-charging."""

from __future__ import annotations

import itertools

import pytest

from harness.core import s
from harness.protocols.iso15118.vehicle import Phase
from tests.protocols.iso15118.vehicle.pair import EDITIONS, Pair, charging
from tests.protocols.iso15118.vehicle.test_leaving import reach

AUTHORIZATION = {"din70121": "ContractAuthentication"}
DC = {"iso15118-20": "DC_"}


def reason_at(pair, limit, since):
    """Why the truck left, and when."""
    while pair.truck.phase is not Phase.LEAVING:
        assert pair.kernel.step()
        assert pair.now < since + limit
    return pair.truck.reason, pair.now - since


def test_discovery_is_repeated_fifty_times():
    pair = Pair(setup_s=60.0)
    pair.order(pair.station.sdp_silent).plug_in()
    pair.run(20)
    times = [message.t_ns for message in pair.messages() if message.name == "SECCDiscoveryReq"]
    assert len(times) == 50
    assert {after - before for before, after in itertools.pairwise(times)} == {s(0.25)}
    assert pair.truck.reason == "no answer to discovery"
    assert pair.level("cp_v") == 9.0


def test_answer_to_the_last_discovery_request_is_taken():
    pair = Pair()
    pair.order(lambda: pair.station.sdp_silent(49)).plug_in()
    pair.until("CurrentDemandRes")
    assert pair.names().count("SECCDiscoveryReq") == 50


@pytest.mark.parametrize(
    "changes",
    [{"address": "2001:db8::1"}, {"port": 1}, {"security": 0x00}, {"transport": 0x10}],
    ids=["address", "port", "security", "transport"],
)
def test_bad_discovery_answers_are_ignored(changes):
    pair = Pair()
    pair.order(lambda: pair.station.sdp_answer(**changes)).plug_in()
    pair.run(3)
    assert set(pair.requests()) == {"SECCDiscoveryReq"}
    assert pair.names().count("SECCDiscoveryReq") > 5
    pair.order(pair.station.revert)
    pair.until("CurrentDemandRes")


@pytest.mark.parametrize(
    "make",
    [
        lambda data: data[:27],
        lambda data: data + b"\0",
        lambda data: data[:8],
        lambda data: b"\xff" + data[1:],
        lambda data: data[:1] + b"\xff" + data[2:],
        lambda data: data[:2] + b"\x70\x00" + data[4:],
        lambda data: data[:2] + b"\x90\x03" + data[4:],
    ],
)
def test_malformed_discovery_answers_are_ignored(make):
    pair = Pair()
    pair.order(lambda: pair.station.sdp_raw(make)).plug_in()
    pair.run(3)
    assert set(pair.requests()) == {"SECCDiscoveryReq"}
    assert pair.names().count("SECCDiscoveryReq") > 5


def test_refused_connection_leads_back_to_discovery():
    pair = Pair()
    pair.order(lambda: pair.station.sdp_answer(port=60_000)).plug_in()
    pair.run(3)
    assert pair.names().count("SECCDiscoveryReq") > 5
    pair.order(pair.station.revert)
    pair.until("CurrentDemandRes")


def test_first_of_two_answers_is_taken():
    pair = Pair()
    pair.order(lambda: pair.station.sdp_second(port=60_001)).plug_in()
    pair.until("CurrentDemandRes")
    opened = {r.pdu.source for r in pair.kernel.trace if getattr(r.pdu, "begin", False) and r.sender == "truck"}
    assert len(opened) == 1


@pytest.mark.parametrize(("delay", "charges"), [(19, True), (21, False)])
def test_late_accept(delay, charges):
    pair = Pair(station={"setup_s": 60.0})
    pair.order(lambda: pair.station.accept_after(s(delay))).plug_in()
    pair.run(30)
    assert ("CurrentDemandReq" in pair.names()) is charges
    if not charges:
        assert pair.truck.reason == "no session in time"
        assert pair.truck.phase is Phase.OVER


def test_set_up_timer():
    pair = Pair()
    pair.order(lambda: pair.station.sdp_silent(60), lambda: None)
    pair.plug_in()
    link_ns = s(0.5) + s(0.02)
    reason, after = reason_at(pair, 25, 0)
    assert reason == "no answer to discovery"
    pair = Pair(sdp_requests=500)
    pair.order(pair.station.sdp_silent).plug_in()
    reason, after = reason_at(pair, 25, 0)
    assert reason == "no session in time"
    assert after == pytest.approx(20 + link_ns / 1e9, abs=0.01)


@pytest.mark.parametrize("edition", EDITIONS)
def test_busy_station_is_left_after_60s(edition):
    exchange = AUTHORIZATION.get(edition, "Authorization")
    pair = reach(edition, exchange, prepare=lambda pair: pair.station.ongoing(exchange))
    first = pair.until(f"{exchange}Res").t_ns / 1e9
    reason, after = reason_at(pair, 65, first)
    assert reason == "the station stays busy"
    assert after == pytest.approx(60, abs=0.01)
    pair.left(first + 60)


@pytest.mark.parametrize("edition", EDITIONS)
def test_busy_station_is_asked_again(edition):
    exchange = AUTHORIZATION.get(edition, "Authorization")
    pair = reach(edition, exchange, prepare=lambda pair: pair.station.ongoing_times(exchange, 20))
    pair.run(15)
    assert pair.names().count(f"{exchange}Req") == 21
    assert pair.truck.phase is Phase.TALKING


def test_station_may_wait_for_its_customer():
    pair = Pair()
    pair.order(lambda: pair.station.change("Authorization", {"EVSEProcessing": "Ongoing_WaitingForCustomerInteraction"})).plug_in()
    pair.run(100)
    assert pair.truck.phase is Phase.TALKING
    pair.order(pair.station.revert)
    pair.until("CurrentDemandRes")


@pytest.mark.parametrize("edition", ["din70121", "iso15118-2"])
def test_parameters_for_ever(edition):
    pair = reach(edition, "ChargeParameterDiscovery", prepare=lambda pair: pair.station.ongoing("ChargeParameterDiscovery"))
    first = pair.until("ChargeParameterDiscoveryRes").t_ns / 1e9
    assert reason_at(pair, 65, first) == ("the station stays busy", pytest.approx(60, abs=0.01))
    assert pair.level("cp_v") == 9.0


@pytest.mark.parametrize("edition", EDITIONS)
def test_cable_check_is_left_after_40s(edition):
    exchange = f"{DC.get(edition, '')}CableCheck"
    pair = reach(edition, exchange, prepare=lambda pair: pair.station.ongoing(exchange))
    first = pair.until(f"{exchange}Req").t_ns / 1e9 if f"{exchange}Req" not in pair.names() else pair.last(f"{exchange}Req").t_ns / 1e9
    assert reason_at(pair, 45, first) == ("the station takes too long", pytest.approx(40, abs=0.01))
    pair.left(first + 40)


@pytest.mark.parametrize("edition", EDITIONS)
def test_cable_check_may_take_35s(edition):
    exchange = f"{DC.get(edition, '')}CableCheck"
    pair = Pair(edition)
    pair.order(lambda: pair.station.ongoing(exchange, s(35))).plug_in()
    pair.until("PowerDeliveryRes", within=50)


@pytest.mark.parametrize(("edition", "limit"), [("din70121", 7), ("iso15118-2", 7), ("iso15118-20", 10)])
@pytest.mark.parametrize("lie", [{"voltage": 0.0}, None])
def test_pre_charge_is_left(edition, limit, lie):
    """The station tells 0 V, or tells the target while nothing is at the inlet."""
    exchange = f"{DC.get(edition, '')}PreCharge"
    pair = Pair(edition)
    if lie:
        pair.order(lambda: pair.station.tell(**lie))
    else:
        pair.order(lambda: pair.station.tell(voltage=708.5), lambda: pair.station.supply(volts=0.0))
    pair.plug_in()
    first = pair.until(f"{exchange}Req").t_ns / 1e9
    assert reason_at(pair, limit + 1, first) == ("the station takes too long", pytest.approx(limit, abs=0.01))
    assert [value for _, value in pair.levels("contactor")] == [0]
    pair.left(first + limit)


def test_overshoot_in_pre_charge_keeps_the_contactor_open():
    pair = Pair()
    pair.order(lambda: pair.station.tell(voltage=758.5)).plug_in()
    pair.run(20)
    assert [value for _, value in pair.levels("contactor")] == [0]
    assert "PowerDeliveryReq" not in pair.names()


@pytest.mark.parametrize(("edition", "delay", "stays"), [
    ("din70121", 0.24, True), ("din70121", 0.3, False), ("iso15118-2", 0.24, True), ("iso15118-2", 0.3, False),
    ("iso15118-20", 0.45, True), ("iso15118-20", 0.55, False),
])  # fmt: skip
def test_slow_answers_in_the_energy_loop(edition, delay, stays):
    pair = charging(edition)
    exchange = "DC_ChargeLoop" if edition == "iso15118-20" else "CurrentDemand"
    pair.order(lambda: pair.station.delay(exchange, s(delay)))
    pair.run(5)
    assert (pair.truck.phase is Phase.TALKING) is stays


def test_patience_lengthens_the_limits_for_the_station():
    pair = Pair(patience=4.0)
    pair.order(lambda: pair.station.withhold("Authorization")).plug_in()
    asked = pair.until("AuthorizationReq").t_ns / 1e9
    assert reason_at(pair, 9, asked) == ("no response in time", pytest.approx(8, abs=0.01))


def test_din_is_ready_to_charge_in_150s():
    pair = Pair("din70121", ongoing_s=200.0)
    pair.order(lambda: pair.station.ongoing("ContractAuthentication")).plug_in()
    first = pair.until("SessionSetupRes").t_ns / 1e9
    assert reason_at(pair, 160, first) == ("not ready to charge in time", pytest.approx(150, abs=0.01))
