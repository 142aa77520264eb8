"""Whole sessions of the simulated truck with the tester's station: what is sent, in which order, and when pilot and contactor move."""

from __future__ import annotations

import pytest

from harness.protocols.iso15118.editions import EDITIONS as ALL
from harness.protocols.iso15118.editions import schemas_for
from harness.protocols.iso15118.exi import codec
from harness.protocols.iso15118.message import content_of
from harness.protocols.iso15118.v2gtp import StreamDecoder
from harness.protocols.iso15118.vehicle import Phase
from tests.protocols.iso15118.vehicle.pair import EDITIONS, Pair, charging

ORDER = {
    "din70121": """SessionSetup ServiceDiscovery ServicePaymentSelection ContractAuthentication ChargeParameterDiscovery CableCheck
        PreCharge PowerDelivery CurrentDemand PowerDelivery WeldingDetection SessionStop""",
    "iso15118-2": """SessionSetup ServiceDiscovery PaymentServiceSelection Authorization ChargeParameterDiscovery CableCheck
        PreCharge PowerDelivery CurrentDemand PowerDelivery WeldingDetection SessionStop""",
    "iso15118-20": """SessionSetup AuthorizationSetup Authorization ServiceDiscovery ServiceDetail ServiceSelection
        DC_ChargeParameterDiscovery ScheduleExchange DC_CableCheck DC_PreCharge PowerDelivery DC_ChargeLoop PowerDelivery
        DC_WeldingDetection SessionStop""",
}


def without_repeats(names):
    return [name for index, name in enumerate(names) if not index or names[index - 1] != name]


@pytest.mark.parametrize("edition", EDITIONS)
def test_session_has_the_order_of_its_protocol(edition):
    pair = charging(edition)
    pair.line("user_stop", 1)
    pair.run(6)
    requests = without_repeats(pair.requests())
    expected = ["SECCDiscoveryReq", "supportedAppProtocolReq", *(f"{name}Req" for name in ORDER[edition].split())]
    assert requests == expected
    assert pair.truck.phase is Phase.OVER
    assert pair.failures() == []


@pytest.mark.parametrize("edition", EDITIONS)
def test_what_is_sent_is_regular(edition):
    """Every message of the truck decodes without remarks and encodes to the same bytes."""
    pair = charging(edition)
    pair.line("user_stop", 1)
    pair.run(6)
    stream, count = StreamDecoder(), 0
    for record in pair.kernel.trace:
        if record.sender != "truck" or not getattr(record.pdu, "data", b"") or not hasattr(record.pdu, "begin"):
            continue
        for frame in stream.receive(record.pdu.data):
            schema = "sap" if count == 0 else None
            for name in [schema] if schema else schemas_for(frame.payload_type, ALL[edition]):
                decoded = codec(name).decode(frame.payload)
                assert not decoded.findings
                assert not decoded.trailing
                assert codec(name).encode(decoded.document) == frame.payload
                assert content_of(decoded.document)[0].endswith("Req")
                count += 1
                break
    assert count > 25


@pytest.mark.parametrize("edition", EDITIONS)
def test_pilot_and_contactor_follow_the_session(edition):
    pair = charging(edition)
    pair.line("user_stop", 1)
    pair.run(6)
    dc = "DC_" if edition == "iso15118-20" else ""
    first = {name: next(m.t_ns / 1e9 for m in pair.messages() if m.name == f"{dc}{name}") for name in ("CableCheckReq", "PreChargeRes")}
    stop = [m.t_ns / 1e9 for m in pair.messages() if m.name == "PowerDeliveryRes"][-1]
    welding = next(m.t_ns / 1e9 for m in pair.messages() if m.name == f"{dc}WeldingDetectionReq")
    changes = pair.levels("cp_v")
    assert [volts for _, volts in changes] == [12.0, 9.0, 6.0, 9.0]
    ready, idle = changes[2][0], changes[3][0]
    assert first["CableCheckReq"] - 0.25 <= ready <= first["CableCheckReq"]
    assert stop < idle <= min(stop + 0.25, welding)
    contactor = pair.levels("contactor")
    assert [value for _, value in contactor] == [0, 1, 0]
    assert first["PreChargeRes"] < contactor[1][0]
    assert stop < contactor[2][0] <= welding


@pytest.mark.parametrize("edition", EDITIONS)
def test_truck_charges_and_stops_when_full(edition):
    pair = charging(edition, soc_pct=94.96, target_soc_pct=95.0)
    pair.run(20)
    assert pair.truck.phase is Phase.OVER
    assert pair.truck.reason == "full"
    assert pair.truck.plant.soc_pct >= 95
    assert pair.requests()[-1] == "SessionStopReq"
    assert pair.failures() == []


@pytest.mark.parametrize("edition", EDITIONS)
def test_current_follows_the_demand(edition):
    pair = charging(edition)
    pair.run(5)
    amps = pair.levels("dc_a", "charger")
    assert amps[-1][1] == pytest.approx(pair.truck.state.target_a, rel=0.02)
    assert pair.truck.plant.current_a > 200
    assert pair.truck.plant.soc_pct > 40


@pytest.mark.parametrize("edition", EDITIONS)
def test_connection_is_closed_by_the_truck(edition):
    pair = charging(edition)
    pair.line("user_stop", 1)
    pair.run(6)
    stop = pair.last("SessionStopRes").t_ns / 1e9
    assert [stop < t <= stop + 5 for t in pair.closings()] == [True]


def test_stop_before_charging_ends_by_session_stop():
    pair = Pair()
    pair.plug_in()
    pair.until("AuthorizationReq")
    pair.line("user_stop", 1)
    pair.run(3)
    assert pair.requests()[-2:] == ["AuthorizationReq", "SessionStopReq"]
    assert [volts for _, volts in pair.levels("cp_v")] == [12.0, 9.0]


@pytest.mark.parametrize("edition", ["din70121", "iso15118-2"])
def test_stop_in_cable_check_goes_through_power_delivery(edition):
    pair = Pair(edition)
    pair.plug_in()
    pair.until("CableCheckReq")
    pair.line("user_stop", 1)
    pair.run(3)
    assert without_repeats(pair.requests())[-4:] == ["CableCheckReq", "PowerDeliveryReq", "WeldingDetectionReq", "SessionStopReq"]
    assert pair.failures() == []


def test_next_plug_in_is_a_new_session():
    pair = charging()
    pair.unplug()
    pair.run(8)
    assert pair.truck.phase is Phase.UNPLUGGED
    since = pair.now
    pair.plug_in()
    pair.until("CurrentDemandRes", count=3)
    setup = [m for m in pair.messages() if m.name == "SessionSetupReq" and m.t_ns / 1e9 > since]
    assert [m.session_id for m in setup] == [bytes(8)]


@pytest.mark.parametrize(("way", "gap"), [("steady", 2.0), ("fault", 4.5)])
def test_new_session_without_unplugging(way, gap):
    """Communication that is taken off and offered again begins anew after an end."""
    pair = charging()
    pair.line("user_stop", 1)
    pair.run(6)
    assert pair.truck.phase is Phase.OVER
    since = pair.now
    off, on = (("duty", 100.0, 5.0) if way == "steady" else ("cp_source", 0.0, 12.0))[1:]
    order = pair.station.duty if way == "steady" else pair.station.cp_source
    pair.order(lambda: order(off)).run(gap)
    assert pair.requests(since) == []
    pair.order(lambda: order(on))
    if way == "fault":
        pair.order(lambda: pair.station.duty(5.0))
    pair.until("CurrentDemandRes", count=3)


@pytest.mark.parametrize("edition", EDITIONS)
def test_two_runs_are_equal(edition):
    digests = set()
    for _ in range(2):
        pair = charging(edition)
        pair.run(3)
        digests.add(pair.kernel.trace.digest())
    assert len(digests) == 1


def test_details_of_every_service_are_asked_for():
    pair = Pair()
    added = [{"ServiceID": number, "ServiceCategory": "OtherCustom", "FreeService": True} for number in (62002, 62003)]
    pair.order(lambda: pair.station.services(added=added))
    pair.plug_in()
    pair.until("CurrentDemandRes", count=3)
    details = [m for m in pair.messages() if m.name == "ServiceDetailReq"]
    assert [m.values["ServiceID"] for m in details] == [62002, 62003]
    assert pair.failures() == []


@pytest.mark.parametrize("edition", EDITIONS)
def test_welded_contactor_does_not_keep_the_session_from_its_end(edition):
    pair = charging(edition, contactor_welded=True)
    pair.line("user_stop", 1)
    pair.run(12)
    assert without_repeats(pair.requests())[-2:] == [f"{'DC_' if edition == 'iso15118-20' else ''}WeldingDetectionReq", "SessionStopReq"]
    assert pair.truck.phase is Phase.OVER
    assert pair.level("cp_v") == 9.0


def test_contactor_that_does_not_close_ends_the_session():
    pair = Pair(contactor_s=30.0).plug_in()
    pair.run(15)
    assert pair.truck.reason == "the contactor does not close"
    assert "PowerDeliveryReq" not in pair.names()
