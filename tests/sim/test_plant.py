"""Battery, contactor and inlet of the simulated truck."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core import Level, ms, s
from harness.sim.battery import Battery, BatteryOptions
from harness.sim.contactor import Contactor
from harness.sim.inlet import TruckInlet, TruckPilot


def _battery(**options: float) -> Battery:
    return Battery(BatteryOptions(**options), capacity_ah=456.1, max_voltage_v=700.8)  # type: ignore[arg-type]


def _inlet(**options: bool) -> TruckInlet:
    settings = {"pilot": True, "aux_supply": False, "welded": False, "heeds_driver": True, **options}
    return TruckInlet(_battery(), operate_s=0.03, **settings)  # type: ignore[arg-type]


def test_pack_is_of_the_282_kwh_class_at_rest() -> None:
    battery = _battery(soc_pct=40.0)
    assert battery.voltage_v == pytest.approx(192 * 3.28)
    assert battery.voltage_v * 456.1 / 1000 == pytest.approx(282, rel=0.03)


def test_charging_raises_voltage_and_state_of_charge() -> None:
    battery = _battery(soc_pct=40.0)
    rest = battery.voltage_v
    battery.advance(0, 200.0)
    assert battery.voltage_v == pytest.approx(rest + 200.0 * 0.06)
    battery.advance(s(3600), 0.0)
    assert battery.soc_pct == pytest.approx(40.0 + 100 * 200.0 / 456.1)


@given(st.floats(0, 100))
def test_voltage_stays_in_the_window_of_the_pack(soc_pct: float) -> None:
    battery = _battery(soc_pct=soc_pct)
    assert 192 * 2.8 <= battery.rest_v <= 192 * 3.45
    battery.advance(0, battery.headroom_a)
    assert battery.voltage_v == pytest.approx(700.8)


def test_state_of_charge_ends_at_100() -> None:
    battery = _battery(soc_pct=99.9)
    battery.advance(0, 250.0)
    battery.advance(s(3600), 0.0)
    assert battery.soc_pct == 100.0


def test_extremes_are_those_of_the_cells() -> None:
    battery = _battery()
    voltages = battery.cell_voltages_v()
    assert (battery.max_cell_voltage_v, battery.min_cell_voltage_v) == (max(voltages), min(voltages))
    assert voltages[battery.max_cell - 1] == max(voltages)
    temps = battery.temps_degc()
    assert temps[battery.max_temp_point - 1] == battery.max_temp_degc >= battery.min_temp_degc


def test_cells_follow_the_seed() -> None:
    def cells(seed: int) -> list[float]:
        return list(Battery(BatteryOptions(), capacity_ah=456.1, max_voltage_v=700.8, seed=seed).cell_voltages_v())

    assert cells(1) == cells(1) != cells(2)


def test_contactor_feedback_follows_after_the_operating_time() -> None:
    contactor = Contactor(ms(30))
    contactor.command(s(1), True)
    assert contactor.change_ns == s(1) + ms(30)
    assert not contactor.settle(s(1) + ms(30) - 1)
    assert contactor.settle(s(1) + ms(30))
    assert contactor.change_ns is None


def test_later_command_replaces_an_earlier_one() -> None:
    contactor = Contactor(ms(30))
    contactor.command(0, True)
    contactor.command(ms(10), False)
    assert not contactor.settle(s(1))


def test_welded_contactor_does_not_open_again() -> None:
    contactor = Contactor(ms(30), welded=True)
    contactor.command(0, True)
    contactor.command(s(1), False)
    contactor.drop()
    assert contactor.settle(s(2))


def test_plug_wakes_the_truck_and_pulling_it_resets_it() -> None:
    inlet = _inlet()
    assert not inlet.is_awake
    inlet.level(s(1), "plug", 1.0)
    assert (inlet.is_awake, inlet.wakes) == (True, 1)
    inlet.close_contactors(s(1))
    inlet.advance(s(2))
    inlet.level(s(2), "dc_a", 200.0)
    inlet.level(s(3602), "plug", 0.0)
    assert not inlet.is_awake
    assert not inlet.contactors_closed
    assert inlet.soc_pct == 40.0


def test_auxiliary_supply_wakes_where_it_is_needed() -> None:
    inlet = _inlet(aux_supply=True)
    inlet.level(0, "plug", 1.0)
    assert not inlet.is_awake
    inlet.level(1, "aux_v", 12.0)
    assert inlet.is_awake
    inlet.level(2, "aux_v", 0.0)
    assert not inlet.is_awake


def test_current_is_measured_only_with_closed_contactors() -> None:
    inlet = _inlet()
    inlet.level(0, "plug", 1.0)
    inlet.level(0, "dc_a", 50.0)
    assert inlet.current_a == 0
    inlet.close_contactors(0)
    inlet.advance(s(1))
    assert inlet.current_a == 50.0


def test_without_pilot_the_current_fades_after_the_last_ccs() -> None:
    inlet = _inlet(pilot=False)
    inlet.close_contactors(0)
    inlet.advance(s(1))
    inlet.charger_reports(s(1), 640.0, 120.0)
    assert (inlet.is_awake, inlet.current_a, inlet.voltage_v) == (True, 120.0, 640.0)
    inlet.charger_silent(s(2))
    inlet.advance(s(2) + ms(199))
    assert inlet.current_a == 120.0
    inlet.advance(s(2) + ms(200))
    assert inlet.current_a == 0


def test_last_ccs_that_crossed_the_stop_does_not_bring_the_current_back() -> None:
    inlet = _inlet(pilot=False)
    inlet.close_contactors(0)
    inlet.advance(s(1))
    inlet.charger_reports(s(1), 640.0, 120.0)
    inlet.charger_silent(s(2))
    inlet.charger_reports(s(2) + ms(20), 640.0, 120.0)
    inlet.advance(s(2) + ms(219))
    assert inlet.current_a == 120.0
    inlet.advance(s(2) + ms(220))
    assert inlet.current_a == 0


def test_pilot_tells_the_edges_of_the_contactors() -> None:
    inlet = _inlet()
    pilot = TruckPilot(inlet)
    assert pilot.start(0) == [Level("k5k6", 0.0)]
    pilot.receive(s(1), Level("plug", 1.0))
    inlet.close_contactors(s(1))
    assert pilot.next_deadline_ns() == s(1) + ms(30)
    assert Level("k5k6", 1.0) in pilot.handle_timers(s(1) + ms(30))
    inlet.open_contactors(s(2))
    assert Level("k5k6", 0.0) in pilot.handle_timers(s(2) + ms(30))


def test_unknown_line_changes_nothing() -> None:
    inlet = _inlet()
    before = inlet.revision
    inlet.level(s(1), "hvil", 1.0)
    assert inlet.revision == before
