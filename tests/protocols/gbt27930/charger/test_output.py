"""The output stage: ramps, limits, energy, expiry of a demand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core import ms, s
from harness.protocols.gbt27930.charger import ChargerOptions
from harness.protocols.gbt27930.charger.output import OutputMode, OutputStage


@pytest.fixture
def output() -> OutputStage:
    stage = OutputStage(ChargerOptions(ramp_up_a_per_s=100.0, ramp_down_a_per_s=1000.0, ramp_v_per_s=1000.0))
    stage.battery_v = 630.0
    return stage


def _demand(output: OutputStage, until_ns: int, current_a: float = 100.0, voltage_v: float = 700.0, from_ns: int = 0) -> None:
    for now_ns in range(from_ns, until_ns + 1, ms(50)):
        output.follow(now_ns, voltage_v, current_a)


def test_current_rises_with_the_ramp(output) -> None:
    _demand(output, s(0.5))
    assert output.current_a == pytest.approx(50.0)
    _demand(output, s(3), from_ns=s(0.5))
    assert output.current_a == pytest.approx(100.0)


def test_current_falls_faster_than_it_rises(output) -> None:
    _demand(output, s(2))
    output.shut(s(2))
    output.advance(s(2) + ms(50))
    assert output.current_a == pytest.approx(50.0)
    assert output.mode is not OutputMode.OFF
    output.advance(s(2) + ms(100))
    assert output.current_a == 0
    assert output.mode is OutputMode.OFF


def test_voltage_is_that_of_the_battery_under_load(output) -> None:
    _demand(output, s(2))
    assert output.voltage_v == pytest.approx(630.0 + 0.05 * 100.0)


def test_told_battery_voltage_replaces_the_estimate(output) -> None:
    output.vehicle_closed, output.inlet_v = True, 641.5
    _demand(output, s(2))
    assert output.voltage_v == 641.5


def test_voltage_without_load_is_ramped(output) -> None:
    output.test(0, 700.0)
    output.advance(ms(100))
    assert output.voltage_v == pytest.approx(100.0)
    output.advance(s(2))
    assert output.voltage_v == pytest.approx(700.0)
    output.shut(s(2))
    output.advance(s(3))
    assert output.voltage_v == 0


def test_current_stays_below_rating_limit_and_voltage_demand(output) -> None:
    _demand(output, s(5), current_a=399.0)
    assert output.current_a == pytest.approx(250.0)
    output.current_limit_a = 80.0
    _demand(output, s(6), current_a=399.0, from_ns=s(5))
    assert output.current_a == pytest.approx(80.0)
    _demand(output, s(7), current_a=399.0, voltage_v=631.0, from_ns=s(6))
    assert output.current_a == pytest.approx(1.0 / 0.05)


def test_old_demand_is_no_demand(output) -> None:
    _demand(output, s(3))
    output.advance(s(4))
    assert output.current_a == pytest.approx(100.0)
    output.advance(s(4) + 1)
    output.advance(s(4.2))
    assert output.mode is OutputMode.OFF


def test_no_current_into_open_contactors(output) -> None:
    output.vehicle_closed = False
    _demand(output, s(3))
    assert output.current_a == 0


def test_pause_takes_the_current_away_and_keeps_the_stage_live(output) -> None:
    _demand(output, s(2))
    output.paused = True
    _demand(output, s(3), from_ns=s(2))
    assert output.current_a == 0
    assert output.mode is not OutputMode.OFF


def test_energy_is_the_integral_of_the_power(output) -> None:
    _demand(output, s(2))
    before = output.energy_kwh
    _demand(output, s(3602), from_ns=s(2))
    assert output.energy_kwh - before == pytest.approx(635.0 * 100.0 / 1000, rel=1e-6)


@given(st.lists(st.tuples(st.integers(0, s(3)), st.floats(0, 400), st.floats(0, 1500), st.booleans()), max_size=30))
def test_output_stays_within_its_ratings(steps: list[tuple[int, float, float, bool]]) -> None:
    output, now_ns, energy = OutputStage(ChargerOptions()), 0, 0.0
    output.battery_v = 630.0
    for gap_ns, current_a, voltage_v, stop in steps:
        now_ns += gap_ns
        if stop:
            output.shut(now_ns)
        else:
            output.follow(now_ns, voltage_v, current_a)
        output.advance(now_ns)
        assert 0 <= output.current_a <= 250.0
        assert 0 <= output.voltage_v <= 950.0
        assert output.energy_kwh >= energy
        energy = output.energy_kwh


def test_kept_current_follows_no_demand_and_no_shut(output) -> None:
    _demand(output, s(2))
    output.kept_a = 50.0
    output.shut(s(2))
    output.advance(s(4))
    assert output.current_a == 50.0
    output.vehicle_closed = False
    output.advance(s(4) + ms(50))
    assert output.current_a == 0


def test_current_is_kept_within_the_rating(output) -> None:
    _demand(output, s(2))
    output.kept_a = 1000.0
    output.advance(s(20))
    assert output.current_a == ChargerOptions().max_current_a
