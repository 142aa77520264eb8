"""The vehicle's state table, driven pair by pair, and the messages that belong to each phase."""

from __future__ import annotations

import pytest

from harness.core import Frame, ms, s
from harness.protocols.gbt27930.codec import codec_2015
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.gbt27930.timers import VEHICLE_TIMERS
from harness.protocols.gbt27930.vehicle.table import (
    ARMED_BY_SENDING,
    PHASES,
    REARMED,
    TRANSITIONS,
    VehicleEvent,
    VehiclePhase,
)

SPOKEN = [event for event in VehicleEvent if event.value.partition("(")[0] in MESSAGES]


@pytest.mark.parametrize("phase", VehiclePhase, ids=lambda phase: phase.name)
@pytest.mark.parametrize("event", SPOKEN, ids=lambda event: event.value)
def test_message_leads_where_the_table_says(vehicle, phase, event) -> None:
    vehicle.reach(phase)
    vehicle.run_for(ms(30))
    vehicle.say(event.value)
    assert vehicle.phase is TRANSITIONS.get((phase, event), phase)


def test_every_phase_can_be_reached() -> None:
    reached, frontier = set(), {VehiclePhase.WAITING}
    while frontier:
        reached |= frontier
        frontier = {target for (phase, _), target in TRANSITIONS.items() if phase in reached} - reached
    assert reached == set(VehiclePhase) - {VehiclePhase.UNPLUGGED}


def test_table_names_known_messages_and_timers_only() -> None:
    own = {"PRECHARGE"}
    armed = {timer for row in PHASES.values() for timer in (*row.arms, *row.carries)}
    armed |= {timer for timers in (*ARMED_BY_SENDING.values(), *REARMED.values()) for timer in timers}
    assert armed - own == set(VEHICLE_TIMERS)
    assert {name for row in PHASES.values() for name, _ in row.sends} <= {name for name, row in MESSAGES.items() if row.sender == "vehicle"}


def test_every_timer_leads_somewhere() -> None:
    assert {event.value for _, event in TRANSITIONS} >= set(VEHICLE_TIMERS)


@pytest.mark.parametrize(
    ("phase", "names"),
    [
        (VehiclePhase.WAITING, set()),
        (VehiclePhase.HANDSHAKE, {"BHM"}),
        (VehiclePhase.RECOGNITION, {"BRM"}),
        (VehiclePhase.PARAMETERS, {"BCP"}),
        (VehiclePhase.READY, {"BRO"}),
        (VehiclePhase.CHARGING, {"BCL", "BCS", "BSM"}),
        (VehiclePhase.STOPPING, {"BST"}),
        (VehiclePhase.STATISTICS, {"BSD"}),
        (VehiclePhase.ENDED, set()),
        (VehiclePhase.ERROR, {"BEM"}),
        (VehiclePhase.SUSPENDED, set()),
        (VehiclePhase.FAILED, {"BEM"}),
        (VehiclePhase.FINISHED, set()),
    ],
    ids=lambda value: value.name if isinstance(value, VehiclePhase) else "",
)
def test_phase_sends_its_messages_and_no_others(vehicle, phase, names) -> None:
    vehicle.reach(phase)
    vehicle.clear()
    vehicle.run_for(ms(900))
    assert set(vehicle.names()) == names
    assert vehicle.phase is phase


def test_bhm_answers_the_first_chm_after_the_response_time(make_vehicle) -> None:
    vehicle = make_vehicle(response_s=0.05)
    vehicle.run_until(s(3))
    vehicle.say("CHM")
    vehicle.run_for(s(1))
    assert vehicle.times("BHM") == [s(3) + ms(50) + k * ms(250) for k in range(4)]


def test_further_chm_does_not_disturb_the_cycle_of_bhm(vehicle) -> None:
    vehicle.every(ms(130), "CHM", s(2))
    gaps = {b - a for a, b in zip(vehicle.times("BHM"), vehicle.times("BHM")[1:], strict=False)}
    assert gaps == {ms(250)}


def test_charger_of_2011_is_accepted(vehicle) -> None:
    vehicle.say("CRM(00)")
    vehicle.run_for(ms(100))
    assert vehicle.names() == ["BRM"]


def test_crm_aa_counts_only_after_a_granted_brm(vehicle) -> None:
    vehicle.grant = False
    vehicle.reach(VehiclePhase.RECOGNITION)
    vehicle.run_for(ms(300))
    vehicle.say("CRM(AA)")
    assert vehicle.phase is VehiclePhase.RECOGNITION


def test_cts_alone_does_not_end_bcp(vehicle) -> None:
    vehicle.reach(VehiclePhase.PARAMETERS)
    vehicle.say("CTS")
    vehicle.run_for(s(1))
    assert len(vehicle.times("BCP")) == 2


def test_bro_becomes_aa_only_with_closed_contactors(vehicle) -> None:
    vehicle.reach(VehiclePhase.PARAMETERS)
    vehicle.run_for(ms(100))
    vehicle.say("CML")
    vehicle.run_for(ms(1150))
    assert {value["ready"] for value in vehicle.values("BRO")} == {0x00}
    vehicle.run_for(ms(400))
    assert vehicle.values("BRO")[-1]["ready"] == 0xAA
    assert vehicle.plant.contactors_closed


def test_cro_aa_before_bro_aa_does_not_start_charging(vehicle) -> None:
    vehicle.reach(VehiclePhase.PARAMETERS)
    vehicle.run_for(ms(100))
    vehicle.say("CML", "CRO(AA)")
    vehicle.run_for(ms(500))
    assert vehicle.phase is VehiclePhase.READY


def test_demand_stays_within_what_the_charger_offers(make_vehicle) -> None:
    vehicle = make_vehicle(max_current_a=400.0)
    vehicle.reach(VehiclePhase.CHARGING)
    vehicle.run_for(ms(200))
    assert {value["current_a"] for value in vehicle.values("BCL")} == {-250.0}


def test_demand_turns_to_constant_voltage_near_the_highest_voltage(vehicle) -> None:
    vehicle.reach(VehiclePhase.CHARGING)
    vehicle.plant.headroom_a = 33.37
    vehicle.run_for(ms(60))
    assert (vehicle.values("BCL")[-1]["current_a"], vehicle.values("BCL")[-1]["mode"]) == (-33.3, 1)


@pytest.mark.parametrize(
    ("cause", "signal"),
    [
        (lambda v: v.say("CST"), "charger_stopped"),
        (lambda v: v.plant.change(v.now_ns, soc_pct=96.0), "soc_reached"),
        (lambda v: v.plant.change(v.now_ns, driver_target_pct=10.0), "soc_reached"),
        (lambda v: v.hear(_ccs(voltage_v=760.0)), "voltage_error"),
    ],
    ids=["CST", "target", "driver", "over-voltage"],
)
def test_bst_names_the_reason(vehicle, cause, signal) -> None:
    vehicle.reach(VehiclePhase.CHARGING)
    vehicle.run_for(ms(120))
    cause(vehicle)
    vehicle.run_for(ms(200))
    reasons = {name for name, value in vehicle.values("BST")[0].items() if value == 1}
    assert reasons == {signal}


def test_lasting_over_current_ends_charging(vehicle) -> None:
    vehicle.reach(VehiclePhase.CHARGING)
    for _ in range(45):
        vehicle.run_for(ms(50))
        vehicle.hear(_ccs(current_a=-300.0))
    vehicle.run_for(ms(100))
    assert vehicle.values("BST")[0]["over_current_error"] == 1


def test_bst_goes_on_until_cst_and_low_current(vehicle) -> None:
    vehicle.reach(VehiclePhase.CHARGING)
    vehicle.run_for(ms(120))
    vehicle.say("CCS", "CST")
    vehicle.run_for(s(2))
    assert vehicle.phase is VehiclePhase.STOPPING
    assert vehicle.plant.contactors_closed
    assert len(vehicle.times("BST")) == 199
    vehicle.plant.change(vehicle.now_ns, current_a=4.9)
    vehicle.run_for(ms(10))
    assert vehicle.phase is VehiclePhase.STATISTICS
    assert not vehicle.plant.contactors_closed


def test_contactors_open_under_load_at_the_limit(make_vehicle) -> None:
    vehicle = make_vehicle(open_limit_s=3.0)
    vehicle.reach(VehiclePhase.CHARGING)
    vehicle.say("CCS", "CST")
    vehicle.run_for(s(3) - 1)
    assert vehicle.plant.contactors_closed
    vehicle.run_for(1)
    assert not vehicle.plant.contactors_closed


def test_new_wake_up_forgets_everything(vehicle) -> None:
    vehicle.reach(VehiclePhase.FINISHED)
    vehicle.plant.change(vehicle.now_ns, is_awake=False)
    vehicle.act()
    assert vehicle.machine.next_deadline_ns() is None
    vehicle.plant.change(vehicle.now_ns, is_awake=True, wakes=2)
    vehicle.act()
    vehicle.say("CHM")
    assert vehicle.phase is VehiclePhase.HANDSHAKE


def test_sleeping_vehicle_hears_nothing(vehicle) -> None:
    vehicle.reach(VehiclePhase.UNPLUGGED)
    vehicle.say("CHM", "CRM(00)")
    assert vehicle.phase is VehiclePhase.UNPLUGGED
    assert vehicle.sent == []


def test_chm_after_silence_is_a_new_visit_where_the_plug_is_unseen(make_vehicle) -> None:
    vehicle = make_vehicle(restart_after_silence_s=3.0)
    vehicle.reach(VehiclePhase.ENDED)
    vehicle.say("CHM")
    assert vehicle.phase is VehiclePhase.ENDED
    vehicle.run_for(s(3))
    vehicle.say("CHM")
    assert vehicle.phase is VehiclePhase.HANDSHAKE


@pytest.mark.parametrize(
    "frame",
    [
        Frame(MESSAGES["CHM"].can_id, b"\x01\x01"),
        Frame(MESSAGES["CHM"].can_id, b"\x01\x01\x00\x00"),
        Frame(MESSAGES["CHM"].can_id ^ 0x04000000, b"\x01\x01\x00"),
        Frame((MESSAGES["CHM"].can_id & ~0xFF) | 0x57, b"\x01\x01\x00"),
        Frame(0x626, b"\x01\x01\x00", extended=False),
        Frame(MESSAGES["CHM"].can_id, remote=True),
    ],
    ids=["short", "long", "priority", "source", "11 bit", "remote"],
)
def test_frame_of_wrong_form_is_not_understood(vehicle, frame) -> None:
    vehicle.hear(frame)
    assert vehicle.phase is VehiclePhase.WAITING


@pytest.mark.parametrize("data", ["55" + "00" * 7, "01" + "00" * 7])
def test_crm_with_undefined_value_is_ignored(vehicle, data) -> None:
    vehicle.reach(VehiclePhase.HANDSHAKE)
    vehicle.hear(Frame(MESSAGES["CRM"].can_id, bytes.fromhex(data)))
    assert vehicle.phase is VehiclePhase.HANDSHAKE


@pytest.mark.parametrize("length", [7, 8])
def test_ccs_of_either_length_keeps_charging_alive(vehicle, length) -> None:
    vehicle.reach(VehiclePhase.CHARGING)
    for _ in range(60):
        vehicle.hear(Frame(MESSAGES["CCS"].can_id, _ccs().data[:length]))
        vehicle.run_for(ms(50))
    assert vehicle.phase is VehiclePhase.CHARGING


def _ccs(**changes: float) -> Frame:
    values = {"voltage_v": 630.0, "current_a": -100.0, "elapsed_min": 0, "permitted": 1, **changes}
    return Frame(MESSAGES["CCS"].can_id, codec_2015().encode("CCS", values))
