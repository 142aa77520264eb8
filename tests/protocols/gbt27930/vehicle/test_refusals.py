"""What the vehicle does not let itself in for in configuration, and what it bears."""

from __future__ import annotations

from datetime import datetime

import pytest

from harness.core import Frame, Value, ms, s
from harness.protocols.gbt27930.behaviour import Behaviour, Effect, Leads, Lenient, Misread, TimerEffect
from harness.protocols.gbt27930.clock import EPOCH, time_of
from harness.protocols.gbt27930.codec import codec_2015
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.gbt27930.vehicle import VehiclePhase

FITTING = {"max_voltage_v": 950.0, "min_voltage_v": 200.0, "max_current_a": -250.0, "min_current_a": 0.0}


def offer(vehicle, **changes: Value) -> None:
    """CML with other values, right after BCP."""
    vehicle.reach(VehiclePhase.PARAMETERS)
    vehicle.run_for(ms(100))
    vehicle.hear(cml(**changes))


def cml(**changes: Value) -> Frame:
    return Frame(MESSAGES["CML"].can_id, codec_2015().encode("CML", {**FITTING, **changes}, strict=False))


def cts(data: str) -> Frame:
    return Frame(MESSAGES["CTS"].can_id, bytes.fromhex(data))


def answers(vehicle) -> set[Value]:
    return {value["ready"] for value in vehicle.values("BRO")}


@pytest.mark.parametrize(
    "changes",
    [{"max_voltage_v": 629.9}, {"min_voltage_v": 630.1}, {"max_current_a": 0.0}, {"max_current_a": 0.1}],
    ids=["highest voltage below the pack's", "lowest voltage above it", "no current", "discharge current"],
)
def test_vehicle_does_not_get_ready_for_a_charger_that_does_not_fit(vehicle, changes) -> None:
    offer(vehicle, **changes)
    vehicle.run_for(s(4))
    vehicle.say("CRO(AA)")
    vehicle.run_for(s(1))
    assert answers(vehicle) == {0x00}
    assert vehicle.phase is VehiclePhase.READY
    assert not vehicle.plant.contactors_closed


def test_vehicle_gets_ready_when_a_later_cml_fits(vehicle) -> None:
    offer(vehicle, max_current_a=0.0)
    vehicle.run_for(s(2))
    vehicle.hear(cml())
    vehicle.run_for(s(3))
    assert vehicle.values("BRO")[-1]["ready"] == 0xAA


@pytest.mark.parametrize("changes", [{"max_voltage_v": 630.0}, {"min_voltage_v": 630.0}, {"max_current_a": -0.1}])
def test_charger_that_just_fits_is_accepted(vehicle, changes) -> None:
    offer(vehicle, **changes)
    vehicle.run_for(s(2))
    assert 0xAA in answers(vehicle)


def test_demand_keeps_to_the_charger_with_exchanged_currents(vehicle) -> None:
    offer(vehicle, max_current_a=-20.0, min_current_a=-100.0)
    vehicle.run_for(s(2))
    vehicle.say("CRO(AA)")
    vehicle.run_for(ms(200))
    assert {value["current_a"] for value in vehicle.values("BCL")} == {-20.0}


def test_demand_does_not_exceed_the_voltage_of_the_charger(vehicle) -> None:
    offer(vehicle, max_voltage_v=650.0)
    vehicle.run_for(s(2))
    vehicle.say("CRO(AA)")
    vehicle.run_for(ms(200))
    assert {value["voltage_v"] for value in vehicle.values("BCL")} == {650.0}


def test_cml_while_charging_does_not_change_the_demand(vehicle) -> None:
    vehicle.reach(VehiclePhase.CHARGING)
    vehicle.hear(cml(max_current_a=-10.0))
    vehicle.run_for(ms(200))
    assert {value["current_a"] for value in vehicle.values("BCL")} == {-250.0}


def test_short_cml_is_not_received(vehicle) -> None:
    vehicle.reach(VehiclePhase.PARAMETERS)
    vehicle.run_for(ms(100))
    vehicle.hear(Frame(MESSAGES["CML"].can_id, cml().data[:6]))
    assert vehicle.phase is VehiclePhase.PARAMETERS


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("45300801062520", "2025-06-01T08:30:45"),
        ("2D1E080106E907", None),
        ("00001231022520", None),
        ("00001201060000", None),
        ("00001201069919", None),
        ("FFFFFFFFFFFFFF", None),
        ("00002401062520", None),
    ],
    ids=["BCD", "binary", "31 February", "year 0", "before the epoch", "not supplied", "24 h"],
)
def test_only_a_time_of_the_calendar_sets_the_clock(vehicle, data, told) -> None:
    vehicle.reach(VehiclePhase.PARAMETERS)
    vehicle.hear(cts(data))
    vehicle.run_for(ms(100))
    vehicle.say("CML")
    assert vehicle.phase is VehiclePhase.READY
    wanted = [] if told is None else [round((datetime.fromisoformat(f"{told}+00:00") - EPOCH).total_seconds())]
    assert vehicle.plant.times_s == wanted


def test_time_of_a_short_cts_is_none() -> None:
    assert time_of(codec_2015().decode("CTS", bytes.fromhex("453008"))) is None


def deviating(make_vehicle, *effects: Effect):
    return make_vehicle(behaviour=Behaviour(effects))


def test_misread_message_is_remembered_as_it_was_read(make_vehicle) -> None:
    vehicle = deviating(make_vehicle, Misread("CML", lambda values, moment: {**values, "max_current_a": -50.0}))
    offer(vehicle)
    vehicle.run_for(s(2))
    vehicle.say("CRO(AA)")
    vehicle.run_for(ms(200))
    assert {value["current_a"] for value in vehicle.values("BCL")} == {-50.0}


def test_lenient_vehicle_takes_a_short_message(make_vehicle) -> None:
    vehicle = deviating(make_vehicle, Lenient("CML"))
    vehicle.reach(VehiclePhase.PARAMETERS)
    vehicle.run_for(ms(100))
    vehicle.hear(Frame(MESSAGES["CML"].can_id, cml().data[:6]))
    vehicle.run_for(s(2))
    assert 0xAA in answers(vehicle)


def test_event_leads_elsewhere_only_while_the_condition_holds(make_vehicle) -> None:
    effect = Leads("PARAMETERS", "CRO(AA)", "CHARGING", lambda moment: moment.sent.get("BCP", 0) > 1)
    vehicle = deviating(make_vehicle, effect)
    vehicle.reach(VehiclePhase.PARAMETERS)
    vehicle.say("CRO(AA)")
    assert vehicle.phase is VehiclePhase.PARAMETERS
    vehicle.run_for(ms(700))
    vehicle.say("CRO(AA)")
    assert vehicle.phase is VehiclePhase.CHARGING


def test_event_that_leads_nowhere_is_ignored(make_vehicle) -> None:
    vehicle = deviating(make_vehicle, Leads("HANDSHAKE", "CRM(00)", None))
    vehicle.reach(VehiclePhase.HANDSHAKE)
    vehicle.say("CRM(00)")
    assert vehicle.phase is VehiclePhase.HANDSHAKE


def test_timer_that_is_not_armed_again_keeps_its_first_deadline(make_vehicle) -> None:
    vehicle = deviating(make_vehicle, TimerEffect("TB4", None, lambda moment: "CRO" in moment.heard))
    vehicle.reach(VehiclePhase.READY)
    ready_ns = vehicle.times("BRO")[-1]
    vehicle.every(ms(250), "CRO(00)", ready_ns + s(6))
    assert vehicle.phase is VehiclePhase.ERROR
    assert ready_ns + s(4) < vehicle.times("BEM")[0] < ready_ns + s(6)
