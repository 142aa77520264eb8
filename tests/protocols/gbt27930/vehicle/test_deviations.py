"""Deviations in recognition: frames taken for others, timers that begin anew, contactors closed too early, a slow wake-up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core import Frame, ms, s
from harness.protocols.gbt27930.behaviour import Behaviour, Close, Leads, Mishear, Mistake, Rearm
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.gbt27930.vehicle import VehiclePhase
from harness.protocols.j1939.frames import Abort, Cts

CRM, TP_CM = MESSAGES["CRM"].can_id, 0x1CECF456
BRM_PGN = MESSAGES["BRM"].pgn
OTHER_STATION = 0x1801F457


def crm_aa(can_id: int = CRM) -> Frame:
    return Frame(can_id, bytes((0xAA, 1, 0, 0, 0, 0x30, 0x30, 0x30)))


def taken_for_crm(frame: Frame) -> Frame:
    return replace(frame, can_id=CRM) if frame.can_id == OTHER_STATION else frame


def test_frame_of_another_station_counts_only_if_it_is_misheard(make_vehicle) -> None:
    for behaviour, phase in ((Behaviour(), VehiclePhase.RECOGNITION), (Behaviour((Mishear(taken_for_crm),)), VehiclePhase.PARAMETERS)):
        vehicle = make_vehicle(behaviour=behaviour)
        vehicle.reach(VehiclePhase.RECOGNITION)
        vehicle.run_for(ms(200))
        vehicle.hear(crm_aa(OTHER_STATION))
        assert vehicle.phase is phase


def test_timer_begins_anew_with_each_message_of_the_effect(make_vehicle) -> None:
    vehicle = make_vehicle(behaviour=Behaviour((Rearm("TB2", "BRM"),)))
    vehicle.reach(VehiclePhase.RECOGNITION)
    vehicle.run_for(s(20))
    assert vehicle.phase is VehiclePhase.RECOGNITION


def test_refusal_of_a_transfer_is_heard(make_vehicle) -> None:
    vehicle = make_vehicle(behaviour=Behaviour((Rearm("TB2", "TP.ABORT"),)))
    vehicle.grant = False
    vehicle.reach(VehiclePhase.RECOGNITION)
    vehicle.run_for(s(4))
    vehicle.hear(Frame(TP_CM, Abort(1, BRM_PGN).encode()))
    vehicle.run_for(s(4))
    assert vehicle.phase is VehiclePhase.RECOGNITION
    vehicle.run_for(s(2))
    assert vehicle.phase is VehiclePhase.ERROR


def test_timer_that_does_not_run_is_not_armed_by_the_effect(make_vehicle) -> None:
    vehicle = make_vehicle(behaviour=Behaviour((Rearm("TB9", "CHM"),)))
    vehicle.reach(VehiclePhase.HANDSHAKE)
    vehicle.say("CHM")
    vehicle.run_for(s(29))
    assert vehicle.phase is VehiclePhase.HANDSHAKE


def test_contactors_close_early_only_under_the_condition_of_the_effect(make_vehicle) -> None:
    for met in (True, False):
        vehicle = make_vehicle(behaviour=Behaviour((Close("HANDSHAKE", lambda moment, met=met: met),)))
        vehicle.reach(VehiclePhase.HANDSHAKE)
        assert vehicle.plant.contactors_closed is met


def test_condition_sees_how_long_ago_a_message_was_heard(make_vehicle) -> None:
    late = Mistake("CHM", "TB1", lambda values, moment: moment.age_ns("CHM") > ms(260))
    vehicle = make_vehicle(behaviour=Behaviour((late,)))
    vehicle.reach(VehiclePhase.HANDSHAKE)
    vehicle.run_for(ms(250))
    vehicle.say("CHM")
    assert vehicle.phase is VehiclePhase.HANDSHAKE
    vehicle.run_for(ms(270))
    vehicle.say("CHM")
    assert vehicle.phase is VehiclePhase.ERROR


@pytest.mark.parametrize(("believes", "phase"), [(False, VehiclePhase.RECOGNITION), (True, VehiclePhase.PARAMETERS)])
def test_crm_aa_before_a_grant_counts_for_a_vehicle_that_believes_it(make_vehicle, believes, phase) -> None:
    vehicle = make_vehicle(believes_unasked=believes)
    vehicle.grant = False
    vehicle.reach(VehiclePhase.RECOGNITION)
    vehicle.run_for(ms(100))
    vehicle.hear(crm_aa())
    assert vehicle.phase is phase


def test_crm_aa_after_a_grant_counts(vehicle) -> None:
    vehicle.grant = False
    vehicle.reach(VehiclePhase.RECOGNITION)
    vehicle.run_for(ms(100))
    vehicle.hear(Frame(TP_CM, Cts(7, 1, BRM_PGN).encode()))
    vehicle.hear(crm_aa())
    assert vehicle.phase is VehiclePhase.PARAMETERS


def test_slow_wake_up_hears_nothing_and_starts_its_timeout_afterwards(make_vehicle) -> None:
    vehicle = make_vehicle(wakeup_s=3.0)
    vehicle.every(ms(250), "CHM", s(2))
    assert vehicle.phase is VehiclePhase.UNPLUGGED
    assert vehicle.names() == []
    vehicle.run_until(s(3))
    assert vehicle.phase is VehiclePhase.WAITING
    vehicle.run_until(s(62))
    assert vehicle.phase is VehiclePhase.WAITING
    vehicle.run_until(s(63))
    assert vehicle.phase is VehiclePhase.ERROR


def test_slow_wake_up_is_broken_off_when_the_plug_goes(make_vehicle) -> None:
    vehicle = make_vehicle(wakeup_s=3.0)
    vehicle.run_for(s(1))
    vehicle.plant.change(vehicle.now_ns, is_awake=False)
    vehicle.act()
    vehicle.run_for(s(10))
    assert vehicle.phase is VehiclePhase.UNPLUGGED


def test_event_leads_where_the_effect_says(make_vehicle) -> None:
    vehicle = make_vehicle(behaviour=Behaviour((Leads("ERROR", "CRM(00)", None),)))
    vehicle.reach(VehiclePhase.ERROR)
    vehicle.say("CRM(00)")
    assert vehicle.phase is VehiclePhase.ERROR
