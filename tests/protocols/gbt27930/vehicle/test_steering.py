"""What a case may order when the tester plays the truck."""

from __future__ import annotations

import pytest

from harness.core import LocalProtocolError, ms, s
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.gbt27930.vehicle import VehiclePhase
from harness.protocols.j1939 import TP_DT, split_id

BCS_FRAME = MESSAGES["BCS"].can_id


def test_withheld_message_is_not_sent_and_its_phase_goes_on(make_vehicle) -> None:
    vehicle = make_vehicle(timeouts=False)
    vehicle.vehicle.withhold("BHM")
    vehicle.reach(VehiclePhase.HANDSHAKE)
    vehicle.run_for(s(2))
    assert vehicle.times("BHM") == []
    vehicle.say("CRM(00)")
    assert vehicle.phase is VehiclePhase.RECOGNITION


def test_withheld_multi_packet_message_is_not_announced(make_vehicle) -> None:
    vehicle = make_vehicle(timeouts=False)
    vehicle.vehicle.withhold("BRM")
    vehicle.reach(VehiclePhase.RECOGNITION)
    vehicle.run_for(s(2))
    assert vehicle.times("BRM") == []


def test_resumed_message_comes_again(make_vehicle) -> None:
    vehicle = make_vehicle(timeouts=False)
    vehicle.vehicle.withhold("BHM")
    vehicle.reach(VehiclePhase.HANDSHAKE)
    vehicle.run_for(s(1))
    vehicle.vehicle.resume()
    vehicle.run_for(s(1))
    assert len(vehicle.times("BHM")) == 4


def test_held_phase_is_not_left(make_vehicle) -> None:
    vehicle = make_vehicle(timeouts=False)
    vehicle.vehicle.hold("handshake")
    vehicle.reach(VehiclePhase.HANDSHAKE)
    vehicle.say("CRM(00)")
    vehicle.run_for(s(40))
    assert vehicle.phase is VehiclePhase.HANDSHAKE
    assert vehicle.times("BHM")[-1] > s(39)


def test_released_phase_is_left_with_the_next_message(make_vehicle) -> None:
    vehicle = make_vehicle(timeouts=False)
    vehicle.vehicle.hold("handshake")
    vehicle.reach(VehiclePhase.HANDSHAKE)
    vehicle.say("CRM(00)")
    vehicle.vehicle.hold(None)
    vehicle.say("CRM(00)")
    assert vehicle.phase is VehiclePhase.RECOGNITION


def test_cem_ends_a_held_phase_and_opens_the_contactors(make_vehicle) -> None:
    vehicle = make_vehicle(timeouts=False)
    vehicle.vehicle.hold("ready")
    vehicle.reach(VehiclePhase.READY)
    vehicle.run_for(s(2))
    assert vehicle.plant.contactors_closed
    vehicle.say("CEM")
    vehicle.run_for(s(1))
    assert vehicle.phase is VehiclePhase.SUSPENDED
    assert not vehicle.plant.contactors_closed


def test_stopping_that_is_held_goes_on_with_bst(make_vehicle) -> None:
    vehicle = make_vehicle(timeouts=False)
    vehicle.vehicle.hold("stopping")
    vehicle.reach(VehiclePhase.STOPPING)
    vehicle.say("CST")
    before = len(vehicle.times("BST"))
    vehicle.run_for(s(2))
    assert len(vehicle.times("BST")) - before == 200
    assert vehicle.times("BSD") == []


def test_truck_without_timeouts_waits_for_ever(make_vehicle) -> None:
    vehicle = make_vehicle(timeouts=False)
    vehicle.reach(VehiclePhase.RECOGNITION)
    vehicle.run_for(s(120))
    assert vehicle.times("BEM") == []


def test_silent_truck_answers_no_transport_frame(make_vehicle) -> None:
    vehicle = make_vehicle(timeouts=False)
    vehicle.vehicle.silence()
    vehicle.reach(VehiclePhase.HANDSHAKE)
    vehicle.say("CRM(00)")
    vehicle.run_for(s(2))
    assert vehicle.sent == []
    vehicle.vehicle.silence(False)
    vehicle.run_for(s(1))
    assert vehicle.names() == ["BRM"]


def test_overridden_signal_is_sent_until_taken_back(make_vehicle) -> None:
    vehicle = make_vehicle(timeouts=False)
    vehicle.vehicle.override("BHM", max_voltage_v=123.4)
    vehicle.reach(VehiclePhase.HANDSHAKE)
    vehicle.run_for(ms(300))
    vehicle.vehicle.override("BHM")
    vehicle.run_for(ms(300))
    assert [values["max_voltage_v"] for values in vehicle.values("BHM")] == [123.4, 123.4, 700.8]


def test_overridden_bytes_are_sent_as_they_are(make_vehicle) -> None:
    vehicle = make_vehicle(timeouts=False)
    vehicle.vehicle.override_data("BHM", b"\x01")
    vehicle.reach(VehiclePhase.HANDSHAKE)
    vehicle.run_for(ms(100))
    assert [frame.data for _, frame in vehicle.sent] == [b"\x01"]


def test_another_message_takes_the_turns_of_bcl(make_vehicle) -> None:
    vehicle = make_vehicle(timeouts=False)
    vehicle.vehicle.send_instead("BCL", "BRO")
    vehicle.reach(VehiclePhase.CHARGING)
    vehicle.clear()
    vehicle.run_for(s(1))
    assert len(vehicle.times("BRO")) == 20
    assert vehicle.times("BCL") == []


def test_broken_message_is_announced_but_never_complete(make_vehicle) -> None:
    vehicle = make_vehicle(timeouts=False)
    vehicle.vehicle.carry("BRM", "broken")
    vehicle.reach(VehiclePhase.RECOGNITION)
    vehicle.run_for(s(1))
    packets = [frame.data[0] for _, frame in vehicle.sent if split_id(frame.can_id).pgn == TP_DT]
    assert vehicle.times("BRM")
    assert 1 in packets
    assert 2 not in packets


def test_single_frame_takes_the_place_of_a_transfer(make_vehicle) -> None:
    vehicle = make_vehicle(timeouts=False)
    vehicle.vehicle.carry("BCS", "single")
    vehicle.reach(VehiclePhase.CHARGING)
    vehicle.clear()
    vehicle.run_for(s(1))
    frames = [frame for _, frame in vehicle.sent if frame.can_id == BCS_FRAME]
    assert len(frames) == 4
    assert {len(frame.data) for frame in frames} == {8}
    assert all(split_id(frame.can_id).pgn != TP_DT for _, frame in vehicle.sent)


def test_truck_that_is_not_to_be_ready_says_so_and_does_not_start(make_vehicle) -> None:
    vehicle = make_vehicle(timeouts=False)
    vehicle.vehicle.set_ready(False)
    vehicle.reach(VehiclePhase.READY)
    vehicle.run_for(s(10))
    vehicle.say("CRO(AA)")
    assert {values["ready"] for values in vehicle.values("BRO")} == {0x00}
    assert not vehicle.plant.contactors_closed
    assert vehicle.phase is VehiclePhase.READY


def test_truck_gets_ready_as_soon_as_it_may(make_vehicle) -> None:
    vehicle = make_vehicle(timeouts=False)
    vehicle.vehicle.set_ready(False)
    vehicle.reach(VehiclePhase.READY)
    vehicle.run_for(s(5))
    vehicle.vehicle.set_ready(None)
    vehicle.run_for(s(2))
    assert vehicle.values("BRO")[-1]["ready"] == 0xAA


def test_readiness_taken_back_opens_the_contactors(make_vehicle) -> None:
    vehicle = make_vehicle(timeouts=False)
    vehicle.reach(VehiclePhase.READY)
    vehicle.vehicle.set_ready(False)
    vehicle.run_for(s(1))
    assert not vehicle.plant.contactors_closed
    assert vehicle.values("BRO")[-1]["ready"] == 0x00


def test_stop_is_carried_out_at_once(make_vehicle) -> None:
    vehicle = make_vehicle(timeouts=False)
    vehicle.reach(VehiclePhase.CHARGING)
    vehicle.vehicle.stop()
    assert vehicle.machine.next_deadline_ns() <= vehicle.now_ns
    vehicle.run_for(ms(50))
    assert vehicle.phase is VehiclePhase.STOPPING
    assert vehicle.values("BST")[0]["soc_reached"] == 1


def test_optional_message_is_announced_once(make_vehicle) -> None:
    vehicle = make_vehicle(timeouts=False)
    vehicle.reach(VehiclePhase.CHARGING)
    vehicle.vehicle.send_once("BMT")
    vehicle.run_for(s(15))
    assert len(vehicle.times("BMT")) == 1


@pytest.mark.parametrize(
    "order",
    [
        lambda v: v.withhold("CHM"),
        lambda v: v.override("CCS", voltage_v=1),
        lambda v: v.send_instead("BCL", "CML"),
        lambda v: v.send_once("CST"),
        lambda v: v.hold("dreaming"),
        lambda v: v.carry("BHM", "broken"),
        lambda v: v.carry("BRM", "late"),
    ],
)
def test_impossible_order_is_refused(vehicle, order) -> None:
    with pytest.raises(LocalProtocolError):
        order(vehicle.vehicle)
