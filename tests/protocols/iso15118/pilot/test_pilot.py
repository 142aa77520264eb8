"""Control pilot and proximity: what a vehicle reads and shows, what a station drives and tells apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core import Level, ms, s
from harness.protocols.iso15118.pilot import (
    CpLevels,
    CpState,
    DutyOptions,
    ProximityOptions,
    Reading,
    StationPilot,
    VehiclePilot,
    VehiclePilotOptions,
)

NAMES = {Reading.COMMUNICATION: "HLC", Reading.FORBIDDEN: "no", Reading.BASIC: "AC", Reading.STEADY: "steady"}


def plugged(**options) -> VehiclePilot:
    pilot = VehiclePilot(VehiclePilotOptions(**options))
    pilot.hear(0, Level("plug", 1))
    pilot.advance(s(1))
    return pilot


def exchange(now_ns: int, station: StationPilot, vehicle: VehiclePilot) -> None:
    """Hand over what both sides have to tell until nothing is left."""
    while True:
        station.advance(now_ns)
        vehicle.advance(now_ns)
        told, shown = station.take(), vehicle.take()
        for level in told:
            vehicle.hear(now_ns, level)
        for level in shown:
            station.hear(now_ns, level)
        if not told and not shown:
            return


@pytest.mark.parametrize(
    ("volts", "state"),
    [
        (12, "A"),
        (11, "A"),
        (13, "A"),
        (9, "B"),
        (8, "B"),
        (10, "B"),
        (6, "C"),
        (3, "D"),
        (0, "E"),
        (-1, "E"),
        (-12, "F"),
        (10.5, None),
        (-5, None),
    ],
)
def test_state_of_a_level(volts, state):
    assert CpLevels().state_of(volts) == state


def test_ranges_that_overlap_are_told():
    assert CpLevels().problems() == []
    assert CpLevels(cp_b_to_v=11.5).problems() == ["the ranges of the pilot states B and A overlap"]
    assert any("cp_c_from_v" in text for text in CpLevels(cp_c_from_v=8.0).problems())


@pytest.mark.parametrize(
    ("percent", "meaning", "amperes"),
    [
        (2, "no", 0), (3, "HLC", 0), (5, "HLC", 0), (7, "HLC", 0), (7.5, "no", 0), (8, "AC", 6), (9.9, "AC", 6), (10, "AC", 6),
        (53, "AC", 31.8),
                (85, "AC", 51), (90, "AC", 65), (96, "AC", 80), (96.5, "AC", 80), (97, "AC", 80), (98, "no", 0), (100, "steady", 0),
    ],
)  # fmt: skip
def test_duty_table(percent, meaning, amperes):
    duty = DutyOptions()
    assert NAMES[duty.read(percent, 1000)] == meaning
    assert duty.current_a(percent) == pytest.approx(amperes)


@pytest.mark.parametrize(("hertz", "meaning"), [(970, "no"), (980, "HLC"), (1000, "HLC"), (1020, "HLC"), (1030, "no")])
def test_frequency(hertz, meaning):
    assert NAMES[DutyOptions().read(5, hertz)] == meaning


@pytest.mark.parametrize(("ohm", "amperes", "dc", "released"), [
    (1500, 13, True, False), (680, 20, False, False), (220, 32, False, False), (100, 63, False, False), (150, 0, True, False),
    (480, 0, False, True), (1e9, 0, False, True),
])  # fmt: skip
def test_proximity(ohm, amperes, dc, released):
    table = ProximityOptions()
    assert (table.current_a(ohm), table.permits_dc(ohm), table.is_released(ohm)) == (amperes, dc, released)


def test_vehicle_shows_the_level_of_its_state_and_keeps_the_negative_half():
    pilot = plugged()
    assert [(level.line, level.value) for level in pilot.take()] == [("cp_v", 9.0), ("cp_low_v", 9.0), ("pp_a", 0.0)]
    pilot.hear(s(1), Level("cp_duty_percent", 5))
    pilot.hear(s(1), Level("pp_ohm", 1500))
    assert [(level.line, level.value) for level in pilot.take()] == [("cp_low_v", -12.0), ("pp_a", 13.0)]
    for state, volts in (("C", 6.0), ("D", 3.0), ("B", 9.0)):
        pilot.present(state)
        assert (pilot.cp_v, pilot.cp_low_v) == (volts, -12.0)
    with pytest.raises(ValueError, match="B, C or D"):
        pilot.present("A")


def test_without_diode_the_negative_half_is_loaded():
    pilot = plugged(diode=False)
    pilot.hear(s(1), Level("cp_duty_percent", 5))
    assert pilot.cp_low_v == -9.0


def test_signal_is_read_once_it_stands_still():
    pilot = plugged(cp_settle_s=0.02)
    pilot.hear(s(1), Level("cp_duty_percent", 5))
    assert pilot.reading is Reading.STEADY
    assert pilot.next_deadline_ns() == s(1) + ms(20)
    pilot.advance(s(1) + ms(19))
    assert pilot.reading is Reading.STEADY
    pilot.hear(s(1) + ms(19), Level("cp_duty_percent", 6))
    pilot.advance(s(1) + ms(38))
    assert pilot.reading is Reading.STEADY
    pilot.advance(s(1) + ms(39))
    assert pilot.reading is Reading.COMMUNICATION
    assert pilot.next_deadline_ns() is None


@pytest.mark.parametrize(("volts", "reading"), [(0, Reading.FAULT), (-12, Reading.UNAVAILABLE), (12, Reading.COMMUNICATION)])
def test_source_lost(volts, reading):
    pilot = plugged()
    pilot.hear(s(1), Level("cp_duty_percent", 5))
    pilot.hear(s(1), Level("cp_source_v", volts))
    pilot.advance(s(2))
    assert pilot.reading is reading
    assert pilot.cp_v == (volts if volts <= 0 else 9.0)


def test_unplugging_is_noticed_at_once():
    pilot = plugged()
    pilot.present("C")
    pilot.hear(s(1), Level("plug", 0))
    assert pilot.reading is Reading.UNPLUGGED
    assert pilot.cp_v == 12.0
    assert not pilot.permits_dc
    pilot.hear(s(2), Level("plug", 1))
    assert pilot.cp_v == 9.0


def test_toggle_holds_each_state_and_is_counted_by_the_station():
    station, vehicle = StationPilot(), VehiclePilot()
    station.plug(True)
    station.duty(5)
    exchange(0, station, vehicle)
    assert station.state is CpState.B
    station.count_toggles()
    vehicle.toggle(s(1), 3, ms(350))
    changes, now_ns = [], s(1)
    while True:
        exchange(now_ns, station, vehicle)
        if not changes or changes[-1][1] != vehicle.cp_v:
            changes.append((now_ns, vehicle.cp_v))
        due_ns = vehicle.next_deadline_ns()
        if due_ns is None:
            break
        now_ns = due_ns
    assert changes == [(s(1) + ms(350) * n, 6.0 if n % 2 == 0 else 9.0) for n in range(6)]
    assert station.toggles == 3
    assert not vehicle.is_toggling


@pytest.mark.parametrize("volts", [0.0, -12.0])
def test_pulse_ends_by_itself_and_is_read_by_the_vehicle(volts):
    station, vehicle = StationPilot(), VehiclePilot()
    station.plug(True)
    station.duty(5)
    exchange(0, station, vehicle)
    exchange(s(1), station, vehicle)
    assert vehicle.reading is Reading.COMMUNICATION
    station.pulse(s(1), volts, s(4))
    exchange(s(1), station, vehicle)
    exchange(s(2), station, vehicle)
    assert station.state is (CpState.E if volts == 0 else CpState.F)
    assert vehicle.reading is (Reading.FAULT if volts == 0 else Reading.UNAVAILABLE)
    assert station.next_deadline_ns() == s(5)
    assert station.is_pulsing
    exchange(s(5), station, vehicle)
    exchange(s(6), station, vehicle)
    assert vehicle.reading is Reading.COMMUNICATION
    assert station.state is CpState.B


def test_station_restores_a_healthy_pilot():
    station = StationPilot()
    station.plug(True)
    station.duty(5)
    station.source(-12)
    station.frequency(970)
    station.proximity(480)
    station.take()
    station.restore()
    assert {level.line: level.value for level in station.take()} == {"cp_source_v": 12.0, "cp_frequency_hz": 1000.0, "pp_ohm": 1500.0}
    for wrong in (-1, 101):
        with pytest.raises(ValueError, match="duty cycle"):
            station.duty(wrong)


@given(st.lists(st.sampled_from([12.0, 10.5, 9.0, 7.5, 6.0, 3.0, 0.0, -12.0]), max_size=40))
def test_toggles_are_the_changes_between_b_and_c_and_b(levels):
    station = StationPilot()
    for index, volts in enumerate(levels):
        station.hear(index, Level("cp_v", volts))
    states = [CpState.A]
    for volts in levels:
        state = CpLevels().state_of(volts)
        if state is not None and state != states[-1]:
            states.append(state)
    expected = sum(triple == ("B", "C", "B") for triple in zip(states, states[1:], states[2:], strict=False))
    assert station.toggles == expected


def test_interrupted_pilot_is_a_fault_to_the_vehicle_and_nobody_to_the_station():
    station, vehicle = StationPilot(), VehiclePilot()
    station.plug(True)
    station.duty(5)
    exchange(0, station, vehicle)
    exchange(s(1), station, vehicle)
    station.interrupt(True)
    exchange(s(1), station, vehicle)
    exchange(s(2), station, vehicle)
    assert station.state is CpState.A
    assert vehicle.reading is Reading.FAULT
    assert vehicle.is_plugged
    station.restore()
    exchange(s(2), station, vehicle)
    exchange(s(3), station, vehicle)
    assert station.state is CpState.B
    assert vehicle.reading is Reading.COMMUNICATION


@pytest.mark.parametrize(("sleep_s", "wakes"), [(0.0, True), (60.0, False), (7200.0, True)])
def test_long_steady_pilot_may_put_a_vehicle_to_sleep_until_the_next_plug(sleep_s, wakes):
    pilot = plugged(cp_sleep_s=sleep_s)
    pilot.hear(s(3600), Level("cp_duty_percent", 5))
    pilot.advance(s(3601))
    assert (pilot.reading is Reading.COMMUNICATION) is wakes
    pilot.hear(s(3602), Level("plug", 0))
    pilot.hear(s(3603), Level("plug", 1))
    pilot.advance(s(3604))
    assert pilot.reading is Reading.COMMUNICATION


def test_release_of_the_plug_is_heeded_unless_the_circuit_lacks_it():
    for heeds in (True, False):
        pilot = plugged(pp_release=heeds)
        pilot.hear(s(1), Level("pp_ohm", 480))
        assert pilot.is_released is heeds
