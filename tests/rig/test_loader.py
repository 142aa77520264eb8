"""A rig file becomes a rig, with units converted and defaults in place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.core import ConfigError, DecisionRule, resource
from harness.rig import BenchMode, LinkKind, RoleKind, TimeMode, find_rig, load_rig

Write = Callable[[str], Path]


def test_virtual_rig_has_the_clock_of_virtual_time(write: Write, good: str) -> None:
    rig = load_rig(write(good))
    assert (rig.name, rig.bench_mode, rig.time) == ("bench", BenchMode.SIMULATION, TimeMode.VIRTUAL)
    assert rig.clock is not None
    assert (rig.clock.source, rig.clock.resolution_ns, rig.clock.accuracy_ns) == ("virtual", 1, 0)


def test_links_default_to_classic_can(write: Write, good: str) -> None:
    rig = load_rig(write(good))
    charge, pilot = rig.links["charge"], rig.links["pilot"]
    assert (charge.kind, charge.bitrate_bps, charge.fd, charge.is_simulated) == (LinkKind.CAN, 250_000, False, True)
    assert (pilot.kind, pilot.bitrate_bps) == (LinkKind.LINE, None)


def test_roles_keep_the_order_of_their_links(write: Write, good: str) -> None:
    rig = load_rig(write(good))
    assert rig.sut.name == "truck"
    assert rig.sut.links == ("charge", "pilot")
    assert rig.roles["charger"].kind is RoleKind.SIM


def test_one_link_may_be_written_without_a_list(write: Write, good: str) -> None:
    rig = load_rig(write(good.replace("links: [charge, pilot], model: dc_charger", "link: charge, model: dc_charger")))
    assert rig.roles["charger"].links == ("charge",)


def test_clock_of_a_real_rig_is_converted_to_nanoseconds(write: Write, good: str) -> None:
    clock = "time: real\nclock: {source: interface, resolution_us: 1, accuracy_us: 10, drift_ppm: 50}"
    rig = load_rig(write(good.replace("time: virtual", clock)))
    assert rig.clock is not None
    assert (rig.clock.resolution_ns, rig.clock.accuracy_ns, rig.clock.drift_ppm) == (1000, 10_000, 50)


def test_real_rig_without_clock_claims_nothing_about_time_stamps(write: Write, good: str) -> None:
    assert load_rig(write(good.replace("time: virtual", "time: real"))).clock is None


def test_latency_of_a_simulated_line_becomes_nanoseconds(write: Write, good: str) -> None:
    rig = load_rig(write(good.replace("{kind: line, driver: simulated}", "{kind: line, driver: simulated, latency_us: 1.5}")))
    assert rig.links["pilot"].latency_ns == 1500


def test_pics_file_is_found_beside_the_rig_file(write: Write, good: str, tmp_path: Path) -> None:
    (tmp_path / "truck.toml").write_text("schema = 1\n")
    rig = load_rig(write(good.replace("model: heavy_truck", "model: heavy_truck, pics: truck.toml")))
    assert rig.pics == tmp_path / "truck.toml"


def test_safety_allow_and_decision_rule_are_read(write: Write, good: str) -> None:
    more = """\
safety: {max_voltage_v: 60, max_current_a: 10, safe_state: {k1: open, k2: closed, aux: off, dc_v: 0}}
allow: [writes, energise]
operator: A. Tester
decision_rule: GUARD_U
seed: 7
"""
    rig = load_rig(write(good + more))
    assert rig.safety is not None
    assert (rig.safety.max_voltage_v, rig.safety.safe_state) == (60, {"k1": 0, "k2": 1, "aux": 0, "dc_v": 0})
    assert (rig.allow, rig.operator) == ({"writes", "energise"}, "A. Tester")
    assert (rig.decision_rule, rig.seed) == (DecisionRule.GUARD_U, 7)


def test_port_settings_carry_the_units_and_the_drivers_own_options(write: Write, good: str) -> None:
    rates = "bitrate_bps: 500000, data_bitrate_bps: 2000000, fd: true"
    link = f"{{driver: socketcan, channel: can0, {rates}, options: {{receive_own_messages: true}}}}"
    text = good.replace("{driver: simulated, bitrate_bps: 250000}", link).replace("time: virtual", "time: real")
    text = text.replace("{kind: sut, links: [charge, pilot]", "{kind: sut, links: [charge]")
    assert load_rig(write(text)).links["charge"].settings() == {
        "link": "charge", "kind": "can", "interface": "socketcan", "channel": "can0", "bitrate_bps": 500_000,
        "data_bitrate_bps": 2_000_000, "fd": True, "receive_own_messages": True,
    }  # fmt: skip


def test_simulated_truck_on_simulated_links_is_played_by_the_bench(write: Write, good: str) -> None:
    rig = load_rig(write(good))
    assert rig.is_in_process(rig.sut)


def test_simulated_truck_behind_a_real_driver_is_played_by_another_process() -> None:
    rig = load_rig("vcan")
    assert not rig.is_in_process(rig.sut)
    assert rig.is_in_process(rig.roles["charger"])


@pytest.mark.parametrize("path", sorted(resource("rigs").glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_rig_is_without_problems_and_can_be_sealed_in_a_plan(path: Path) -> None:
    plan = load_rig(path).to_plan()
    assert json.loads(json.dumps(plan)) == plan
    assert str(path.parent) not in json.dumps(plan)


@pytest.mark.parametrize("name", ["virtual-truck", "virtual-truck.yaml", "rigs/virtual-truck.yaml"])
def test_shipped_rig_is_found_by_name_where_there_is_no_checkout(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_rig(name) == resource("rigs", "virtual-truck.yaml")


def test_own_file_goes_before_a_shipped_one_of_the_same_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, good: str) -> None:
    (tmp_path / "virtual-truck.yaml").write_text(good)
    monkeypatch.chdir(tmp_path)
    assert load_rig("virtual-truck.yaml").name == "bench"


def test_unknown_rig_file_gets_a_suggestion() -> None:
    with pytest.raises(ConfigError, match=r"no rig file 'virtual-trcuk' \(did you mean 'virtual-truck'\?\)"):
        load_rig("virtual-trcuk")
