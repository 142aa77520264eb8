"""Every timeout of the vehicle: it fires at its limit and not before, reports its bit, and is stopped by what it waits for."""

from __future__ import annotations

from itertools import pairwise

import pytest

from harness.core import Frame, ms, s
from harness.protocols.gbt27930.messages import CHARGER, VEHICLE
from harness.protocols.gbt27930.vehicle import VehiclePhase
from harness.protocols.j1939 import TP_CM, build_id

RESPONSE = ms(20)


def _first(vehicle, name: str) -> int:
    return vehicle.times(name)[0]


def _first_ready_bro(vehicle) -> int:
    values = vehicle.values("BRO")
    return next(t_ns for t_ns, value in zip(vehicle.times("BRO"), values, strict=True) if value["ready"] == 0xAA)


def _cro00_for_ever(vehicle) -> int:
    vehicle.reach(VehiclePhase.READY)
    armed_ns = _first_ready_bro(vehicle)
    vehicle.every(ms(250), "CRO(00)", armed_ns + s(59))
    vehicle.clear()
    vehicle.say("CRO(00)")
    return armed_ns


def _one_cro00(vehicle) -> int:
    vehicle.reach(VehiclePhase.READY)
    vehicle.run_for(s(3))
    vehicle.say("CRO(00)")
    return vehicle.now_ns


def _reach_and(name: str, phase: VehiclePhase, wait_ns: int = ms(30)):
    def way(vehicle) -> int:
        vehicle.reach(phase)
        vehicle.run_for(wait_ns)
        return _first(vehicle, name)

    return way


def _chm(vehicle) -> int:
    vehicle.run_for(s(2))
    vehicle.say("CHM")
    return s(2)


def _ccs(vehicle) -> int:
    vehicle.reach(VehiclePhase.CHARGING)
    vehicle.every(ms(50), "CCS", vehicle.now_ns + s(2))
    vehicle.say("CCS")
    return vehicle.now_ns


def _cro_aa(vehicle) -> int:
    vehicle.reach(VehiclePhase.CHARGING)
    return vehicle.now_ns


def _bst_then_cst(vehicle) -> int:
    armed_ns = _reach_and("BST", VehiclePhase.STOPPING)(vehicle)
    vehicle.say("CST")
    return armed_ns


TIMEOUTS = [
    ("TB1b", lambda vehicle: 0, s(60), "timeout_crm00"),
    ("TB1", _chm, s(30), "timeout_crm00"),
    ("TB2", _reach_and("BRM", VehiclePhase.RECOGNITION), s(5), "timeout_crmaa"),
    ("TB3", _reach_and("BCP", VehiclePhase.PARAMETERS), s(5), "timeout_cml"),
    ("TB4", lambda vehicle: (vehicle.reach(VehiclePhase.READY), _first_ready_bro(vehicle))[1], s(5), "timeout_cro"),
    ("TB4 again", _one_cro00, s(5), "timeout_cro"),
    ("TB5", _cro00_for_ever, s(60), "timeout_cro"),
    ("TB6a", _cro_aa, s(5), "timeout_cro"),
    ("TB6", _ccs, s(1), "timeout_ccs"),
    ("TB7", _reach_and("BST", VehiclePhase.STOPPING), s(5), "timeout_cst"),
    ("TB8", _bst_then_cst, s(10), "timeout_csd"),
]


@pytest.mark.parametrize(("name", "arm", "limit_ns", "signal"), TIMEOUTS, ids=[row[0] for row in TIMEOUTS])
def test_timeout_is_reported_at_its_limit_and_not_before(vehicle, name, arm, limit_ns, signal) -> None:
    expires_ns = arm(vehicle) + limit_ns
    if name == "TB5":
        while vehicle.now_ns < expires_ns - ms(250):
            vehicle.run_for(ms(200))
            vehicle.say("CRO(00)")
    vehicle.run_until(expires_ns - 1)
    assert vehicle.phase not in (VehiclePhase.ERROR, VehiclePhase.FAILED)
    vehicle.run_until(expires_ns)
    assert vehicle.phase in (VehiclePhase.ERROR, VehiclePhase.FAILED)
    vehicle.run_for(s(1))
    assert vehicle.times("BEM") == [expires_ns + RESPONSE + k * ms(250) for k in range(4)]
    assert {key for key, value in vehicle.values("BEM")[0].items() if value == 1} == {signal}


STOPPERS = [
    ("TB1b by CHM", VehiclePhase.WAITING, s(59.9), ("CHM",), s(29)),
    ("TB1b by CRM(00)", VehiclePhase.WAITING, s(59.9), ("CRM(00)",), s(4)),
    ("TB1 by CRM(00)", VehiclePhase.HANDSHAKE, s(29.9), ("CRM(00)",), s(4)),
    ("TB2 by CRM(AA)", VehiclePhase.RECOGNITION, s(4.9), ("CRM(AA)",), s(4)),
    ("TB3 by CML", VehiclePhase.PARAMETERS, s(4.9), ("CML",), s(4)),
    ("TB4 by CRO(00)", VehiclePhase.READY, s(4.5), ("CRO(00)",), s(4.9)),
    ("TB4 and TB5 by CRO(AA)", VehiclePhase.READY, s(4.5), ("CRO(AA)",), s(4.9)),
    ("TB6a by CCS", VehiclePhase.CHARGING, s(4.9), ("CCS",), s(0.9)),
    ("TB7 by CST", VehiclePhase.STOPPING, s(4.8), ("CST",), s(4)),
    ("TB8 by CSD", VehiclePhase.STATISTICS, s(9), ("CSD",), s(30)),
]


@pytest.mark.parametrize(("phase", "wait_ns", "words", "watch_ns"), [row[1:] for row in STOPPERS], ids=[row[0] for row in STOPPERS])
def test_cancelled_timeout_never_fires(vehicle, phase, wait_ns, words, watch_ns) -> None:
    vehicle.reach(phase)
    vehicle.run_for(wait_ns)
    vehicle.say(*words)
    vehicle.run_for(watch_ns)
    assert vehicle.times("BEM") == []


@pytest.mark.parametrize("way", [VehiclePhase.ERROR, VehiclePhase.SUSPENDED, VehiclePhase.FAILED], ids=lambda phase: phase.name)
def test_waiting_for_a_reconnect_ends_after_30_s(vehicle, way) -> None:
    vehicle.reach(way)
    start_ns = vehicle.times("BEM")[0] if vehicle.times("BEM") else vehicle.now_ns
    vehicle.run_until(start_ns + s(30) - 1)
    assert vehicle.phase is way
    vehicle.run_for(1)
    assert vehicle.phase is VehiclePhase.FINISHED
    assert vehicle.machine.next_deadline_ns() is None


def test_three_reconnects_are_followed_and_no_fourth(vehicle) -> None:
    vehicle.reach(VehiclePhase.ERROR)
    for _ in range(3):
        vehicle.say("CRM(00)")
        assert vehicle.phase is VehiclePhase.RECOGNITION
        vehicle.run_for(s(6))
        assert vehicle.phase is VehiclePhase.ERROR
    vehicle.say("CRM(00)")
    assert vehicle.phase is VehiclePhase.ERROR


def test_reconnect_leads_to_a_complete_charge(vehicle) -> None:
    vehicle.reach(VehiclePhase.CHARGING)
    vehicle.say("CCS")
    vehicle.run_for(s(2))
    assert vehicle.phase is VehiclePhase.ERROR
    vehicle.plant.change(vehicle.now_ns, current_a=0.0)
    vehicle.run_for(s(3))
    assert not vehicle.plant.contactors_closed
    vehicle.clear()
    for word in ("CRM(00)", "CRM(AA)", "CML"):
        vehicle.say(word)
        vehicle.run_for(ms(200))
    vehicle.run_for(s(1.5))
    vehicle.say("CRO(AA)")
    assert vehicle.phase is VehiclePhase.CHARGING
    assert vehicle.plant.contactors_closed


def test_timeout_wins_over_a_message_of_the_same_instant(vehicle) -> None:
    vehicle.reach(VehiclePhase.RECOGNITION)
    vehicle.run_for(s(6))
    assert vehicle.times("BRM")[-1] == vehicle.times("BRM")[0] + s(5) - ms(250)


def test_lengths_and_periods_can_be_replaced(make_vehicle) -> None:
    vehicle = make_vehicle(timers_ns={"TB1": s(2)}, periods_ns={"BHM": ms(100)})
    vehicle.say("CHM")
    vehicle.run_until(s(2))
    assert vehicle.phase is VehiclePhase.ERROR
    assert {b - a for a, b in pairwise(vehicle.times("BHM"))} == {ms(100)}


def test_ungranted_transfer_is_announced_again_each_period(vehicle) -> None:
    vehicle.grant = False
    vehicle.reach(VehiclePhase.RECOGNITION)
    vehicle.run_for(s(4))
    assert {b - a for a, b in pairwise(vehicle.times("BRM"))} == {ms(250)}


def test_held_transfer_is_not_announced_again(vehicle) -> None:
    vehicle.grant = False
    vehicle.reach(VehiclePhase.RECOGNITION)
    vehicle.run_for(ms(30))
    hold = Frame(build_id(TP_CM, CHARGER, VEHICLE, 7), bytes.fromhex("1100 01FFFF000200"))
    for _ in range(4):
        vehicle.hear(hold)
        vehicle.run_for(ms(400))
    assert len(vehicle.times("BRM")) == 1
