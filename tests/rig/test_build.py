"""What a bench refuses before anything is opened: a tester that could leave the bounds of its rig."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.bench.links import NetworkLink
from harness.core import ConfigError
from harness.rig import load_rig
from harness.rig.build import build_bench

Write = Callable[[str], Path]

SAFETY = "safety: {max_voltage_v: 600, max_current_a: 100, safe_state: {plug: 0}}\n"


def charger(good: str, options: str) -> str:
    return good.replace("model: dc_charger", f"model: dc_charger, options: {{{options}}}")


def test_ratings_above_the_bounds_are_all_refused_by_name_value_and_bound(write: Write, good: str) -> None:
    path = write(charger(good, "max_current_a: 100.5") + SAFETY)
    with pytest.raises(ConfigError) as raised:
        build_bench(load_rig(path))
    assert [(problem.file, problem.text) for problem in raised.value.problems] == [
        (path, "roles.charger.options.max_voltage_v: 950 (the default of the model) is above safety.max_voltage_v: 600"),
        (path, "roles.charger.options.max_current_a: 100.5 is above safety.max_current_a: 100"),
    ]


def test_ratings_at_the_bounds_are_built(write: Write, good: str) -> None:
    bench = build_bench(load_rig(write(charger(good, "max_voltage_v: 600, max_current_a: 100") + SAFETY)))
    assert bench.nodes("charger")


def test_a_wrong_option_is_named_with_its_line(write: Write, good: str) -> None:
    path = write(charger(good, "timeout: false"))
    with pytest.raises(ConfigError) as raised:
        build_bench(load_rig(path))
    number = next(number for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if "timeout:" in line)
    text = "roles.charger: model 'dc_charger': unknown option 'timeout' (did you mean 'timeouts'?)"
    assert [str(problem) for problem in raised.value.problems] == [f"{path}:{number}: {text}"]


def test_a_wrong_fault_of_the_command_line_is_blamed_on_no_line(write: Write, good: str) -> None:
    path = write(good)
    with pytest.raises(ConfigError) as raised:
        build_bench(load_rig(path), faults=("bhm_latte",))
    assert [problem.line for problem in raised.value.problems] == [None]


def test_without_bounds_the_ratings_are_free(write: Write, good: str) -> None:
    assert build_bench(load_rig(write(good))).nodes("charger")


def test_simulated_charger_as_system_under_test_is_not_bound(write: Write, good: str) -> None:
    text = good.replace("kind: sim", "kind: x").replace("kind: sut", "kind: sim").replace("kind: x", "kind: sut")
    assert build_bench(load_rig(write(text + SAFETY))).nodes("charger")


def test_shipped_rigs_keep_their_own_bounds() -> None:
    rigs = sorted((Path(__file__).resolve().parents[2] / "rigs").glob("*.yaml"))
    assert any(load_rig(path).safety for path in rigs)
    for path in rigs:
        build_bench(load_rig(path))


def test_lines_belong_to_the_bus_on_which_their_station_stands(write: Write, good: str) -> None:
    line = "{kind: line, driver: simulated}"
    links = f"  charge_b: {{driver: simulated, bitrate_bps: 250000}}\n  pilot_b: {line}\n  spare: {line}\nroles:\n"
    station = "  charger_b: {kind: sim, links: [charge_b, pilot_b], model: dc_charger}\n"
    truck = "truck: {kind: sut, links: [charge, pilot, charge_b, pilot_b], model: dual_inlet_truck}"
    text = good.replace("roles:\n", links + station).replace("truck: {kind: sut, links: [charge, pilot], model: heavy_truck}", truck)
    bench = build_bench(load_rig(write(text)))
    assert bench.lines_of("charge") == ["pilot", "spare"]
    assert bench.lines_of("charge_b") == ["pilot_b", "spare"]


def test_a_network_is_built_with_its_latency(write: Write, good: str) -> None:
    path = write(good.replace("{kind: line, driver: simulated}", "{kind: network, driver: simulated, latency_us: 250}"))
    link = build_bench(load_rig(path)).kernel.links["pilot"]
    assert isinstance(link, NetworkLink)
    assert link.latency_ns == 250_000
