"""Every problem of a rig file is told at once, with line and suggestion."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.core import ConfigError
from harness.rig import load_rig

Problems = Callable[[str], list[str]]

STAMPS = "resolution_us: 1, accuracy_us: 1, drift_ppm: 1"


def test_misspelt_key_and_dangling_link_are_reported_together(problems: Problems, good: str) -> None:
    text = good.replace("{driver: simulated, b", "{driver: simulated, chanel: can0, b").replace(
        "links: [charge, pilot], model: dc", "link: chrge, model: dc"
    )
    assert problems(text) == [
        "rig.yaml:6: links.charge: unknown key 'chanel' (did you mean 'channel'?)",
        "rig.yaml:9: roles.charger.link: no link named 'chrge' (did you mean 'charge'?)",
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("bench_mode: simulation", "bench_mode: simulaton", "3: bench_mode: 'simulaton' is not known here (did you mean 'simulation'?)"),
        ("bench_mode: simulation", "bench_mode: hil", "3: bench_mode: 'hil' contradicts the model of the system under test: simulation"),
        ("time: virtual", "time: virtual\nsede: 1", "5: unknown key 'sede' (did you mean 'seed'?)"),
        ("time: virtual", "time: virtual\nseed: -1", "5: seed: expected at least 0, have -1"),
        ("time: virtual", "time: virtual\nseed: true", "5: seed: expected a whole number, have true"),
        ("time: virtual", "time: virtual\nallow: [writes]", "5: allow: 'writes' needs the name of the operator in charge (key 'operator')"),
        ("time: virtual", "time: virtual\nallow: [writs]", "5: allow.0: 'writs' is not known here (did you mean 'writes'?)"),
        ("time: virtual", "time: virtual\noperator: no", "5: operator: expected text, have false"),
        ("rig: bench\n", "", "1: key 'rig' is missing"),
        ("rig: bench\n", "rig: ../../bench\n", "2: rig: expected 1 to 60 letters, digits, '.', '-' and '_', have '../../bench'"),
        ("rig: bench\n", 'rig: "bench\\n"\n', "2: rig: expected 1 to 60 letters, digits, '.', '-' and '_', have 'bench"),
        ("rig: bench\n", "rig: 卡车\n", "2: rig: expected 1 to 60 letters, digits, '.', '-' and '_', have '卡车'"),
        ("rig: bench\n", f"rig: {'b' * 61}\n", "2: rig: expected 1 to 60 letters, digits, '.', '-' and '_', have 'b"),
        (
            "model: heavy_truck",
            "model: heavy_truck, options: {soc_pct: .inf}",
            "10: roles.truck.options.soc_pct: expected a finite number, have inf",
        ),
        (
            "bitrate_bps: 250000",
            "bitrate_bps: 250000, options: {points: [1, .nan]}",
            "6: links.charge.options.points.1: expected a finite number, have nan",
        ),
        (
            "bitrate_bps: 250000",
            "bitrate: 250000",
            "6: links.charge: unknown key 'bitrate': a quantity carries its unit, write 'bitrate_bps'",
        ),
        ("bitrate_bps: 250000", "bitrate_bps: 250k", "6: links.charge.bitrate_bps: expected a whole number, have '250k'"),
        ("bitrate_bps: 250000", "bitrate_bps: 250", "6: links.charge.bitrate_bps: expected at least 5000, have 250"),
        ("bitrate_bps: 250000", "bitrate_bps: 2000000", "6: links.charge.bitrate_bps: expected at most 1000000, have 2000000"),
        (", bitrate_bps: 250000", "", "6: links.charge: key 'bitrate_bps' is missing"),
        ("bitrate_bps: 250000", "bitrate_bps: 250000, fd: true", "6: links.charge.fd: fd: true needs 'data_bitrate_bps'"),
        ("bitrate_bps: 250000", "bitrate_bps: 250000, data_bitrate_bps: 2000000", "6: links.charge.data_bitrate_bps: needs fd: true"),
        (
            "bitrate_bps: 250000",
            "bitrate_bps: 250000, latency_us: 5",
            "6: links.charge.latency_us: only simulated stream, datagram, network and line links have a set latency",
        ),
        ("bitrate_bps: 250000", "bitrate_bps: 250000, dbc: [nope/x.dbc]", "6: links.charge.dbc.0: no file 'nope/x.dbc' in the folder dbc"),
        ("{kind: line, driver: simulated}", "{kind: line, driver: simulated, fd: true}", "7: links.pilot.fd: does not go with kind: line"),
        (
            "{kind: line, driver: simulated}",
            "{kind: lines, driver: simulated}",
            "7: links.pilot.kind: 'lines' is not known here (did you mean 'line'?)",
        ),
        (
            "{kind: line, driver: simulated}",
            "{kind: line, driver: simulted}",
            "7: links.pilot.driver: no driver named 'simulted' for kind: line (did you mean 'simulated'?)",
        ),
        ("{kind: line, driver: simulated}", "[line]", "7: links.pilot: expected 'key: value' lines, have a list"),
        ("model: dc_charger", "model: dc_chargr", "9: roles.charger.model: no model named 'dc_chargr' (did you mean 'dc_charger'?)"),
        ("model: dc_charger", "model: dc_charger, pics: x.toml", "9: roles.charger: only the role"),
        ("model: heavy_truck", "model: heavy_truck, pics: x.toml", "10: roles.truck.pics: no file 'x.toml' beside the rig file"),
        (
            "links: [charge, pilot], model: heavy",
            "links: [charge, charge], model: heavy",
            "10: roles.truck.links.1: link 'charge' is named twice",
        ),
        ("links: [charge, pilot], model: heavy", "model: heavy", "10: roles.truck: name either 'link' or 'links'"),
        (
            "links: [charge, pilot], model: heavy",
            "link: pilot, links: [charge], model: heavy",
            "10: roles.truck: name either 'link' or 'links', not both",
        ),
        ("kind: sut", "kind: sim", "8: roles: no role of kind: sut, so there is nothing to test"),
        (
            "time: virtual",
            f"time: virtual\nclock: {{source: interface, {STAMPS}}}",
            "5: clock.source: time: virtual has no other clock than source: virtual",
        ),
        ("time: virtual", f"time: real\nclock: {{source: virtual, {STAMPS}}}", "5: clock.source: time: real has no virtual clock"),
        (
            "time: virtual",
            "time: virtual\nclock: {source: virtual, resolution_us: 1, accuracy_us: 1}",
            "5: clock: key 'drift_ppm' is missing",
        ),
        (
            "time: virtual",
            "time: virtual\nclock: {source: virtual, resolution_us: 0, accuracy_us: 1, drift_ppm: 1}",
            "5: clock.resolution_us: expected more than 0",
        ),
        (
            "time: virtual",
            "time: virtual\ninstruments: {meter: {driver: scpi_meter}}",
            "5: instruments.meter.driver: no instrument driver named 'scpi_meter'",
        ),
        ("  pilot:", "  2nd: {kind: line, driver: simulated}\n  pilot:", "7: links.2nd: a name begins with a letter"),
    ],
)
def test_one_mistake_gives_one_message(problems: Problems, good: str, old: str, new: str, expected: str) -> None:
    assert old in good
    found = problems(good.replace(old, new, 1))
    if "only the role" in expected:  # the file is missing too, which is a second mistake
        assert any("only the role of the system under test" in problem for problem in found)
        return
    assert len(found) == 1, found
    assert found[0].startswith(f"rig.yaml:{expected}")


def test_simulated_links_without_a_model_leave_nobody_to_test(problems: Problems, good: str) -> None:
    found = problems(good.replace(", model: heavy_truck", ""))
    assert "rig.yaml:10: roles.truck: all its links are simulated, so it needs a 'model'" in found
    assert "rig.yaml:3: bench_mode: 'simulation', but no role of kind: sut names a model" in found


def test_system_under_test_is_not_half_simulated(problems: Problems, good: str) -> None:
    text = good.replace("{driver: simulated, b", "{driver: socketcan, channel: can0, b").replace("time: virtual", "time: real")
    assert problems(text) == ["rig.yaml:10: roles.truck: its links must all be simulated, or none of them"]


def test_hardware_is_no_part_of_virtual_time(problems: Problems, good: str) -> None:
    found = problems(good.replace("{driver: simulated, b", "{driver: socketcan, channel: can0, b"))
    assert "rig.yaml:6: links.charge.driver: time: virtual needs driver: simulated on every link" in found


def test_hardware_driver_needs_a_channel(problems: Problems, good: str) -> None:
    found = problems(good.replace("{driver: simulated, b", "{driver: socketcan, b"))
    assert "rig.yaml:6: links.charge: key 'channel' is missing: which one of driver socketcan" in found


def test_misspelt_interface_of_python_can_gets_a_suggestion(problems: Problems, good: str) -> None:
    found = problems(good.replace("{driver: simulated, b", "{driver: sockecan, channel: can0, b"))
    assert "rig.yaml:6: links.charge.driver: no driver named 'sockecan' for kind: can (did you mean 'socketcan'?)" in found


@pytest.mark.parametrize(
    ("change", "why"),
    [("bench_mode: vehicle", "bench_mode: vehicle"), ("bench_mode: hil\nallow: [energise]\noperator: A. Tester", "allow: energise")],
)
def test_power_needs_a_safety_block(problems: Problems, good: str, change: str, why: str) -> None:
    found = problems(good.replace("bench_mode: simulation", change))
    assert f"rig.yaml:1: key 'safety' is missing: {why} needs bounds and a safe state" in found


def test_level_of_the_safe_state_is_a_number_or_a_word_for_a_switch(problems: Problems, good: str) -> None:
    found = problems(good + "safety: {max_voltage_v: 60, max_current_a: 10, safe_state: {k1: opne}}\n")
    assert found == ["rig.yaml:11: safety.safe_state.k1: 'opne' is not known here (did you mean 'open'?)"]


def test_inlets_of_one_truck_share_one_declaration(problems: Problems, good: str, tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text("schema = 1\n")
    second = "  rear: {kind: sut, link: charge, model: heavy_truck, pics: b.toml}\n"
    found = problems(good.replace("model: heavy_truck", "model: heavy_truck, pics: a.toml") + second)
    assert found == ["rig.yaml:8: roles: the roles of the system under test name different PICS files: a.toml, b.toml"]


def test_problems_come_in_the_order_of_the_file(problems: Problems, good: str) -> None:
    found = problems(good.replace("dc_charger", "dc_chargr").replace("rig: bench", "rug: bench").replace("kind: line", "kind: lin"))
    lines = [int(problem.split(":")[1]) for problem in found]
    assert len(found) == 4
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "rig.yaml: the file is empty"),
        ("- a\n- b\n", "rig.yaml:1: expected 'key: value' lines at top level"),
        ("rig: x\n", "rig.yaml:1: schema: key 'schema' is missing (this precert reads schema: 1)"),
        ("rig: x\nschema: 2\n", "rig.yaml:2: schema: version 2 is not known (this precert reads schema: 1)"),
        ("schema: 1\nlinks: [\n", "rig.yaml:3: no readable YAML: "),
        ("schema: 1\nrig: 2020-13-45\n", "rig.yaml:2: no readable YAML: '2020-13-45': month must be in 1..12"),
        ("schema: 1\nrig: !!python/object:os.system x\n", "rig.yaml:2: no readable YAML: could not determine a constructor"),
        ("schema: 1\nrig: &x a\nsite: *x\n", "rig.yaml:3: no readable YAML: aliases are not allowed here, write the value out"),
        ("schema: 1\n---\nrig: x\n", "rig.yaml:2: no readable YAML: expected a single document"),
        ("schema: 1\nrig: \x07\n", "rig.yaml: no readable YAML: "),
        ("a: " + "[" * 5000, "rig.yaml: no readable YAML: nested too deeply"),
    ],
)
def test_text_that_is_no_rig_file_gives_one_message(problems: Problems, text: str, expected: str) -> None:
    found = problems(text)
    assert len(found) == 1
    assert found[0].startswith(expected)


def test_every_line_indented_by_a_tab_is_named(problems: Problems) -> None:
    found = problems("schema: 1\nlinks:\n\tcharge: {}\n \tpilot: {}\n")
    assert found == ["rig.yaml:3: tab in the indentation; use blanks", "rig.yaml:4: tab in the indentation; use blanks"]


def test_duplicate_keys_are_named_with_both_lines(problems: Problems, good: str) -> None:
    assert problems(good + "rig: other\n") == ["rig.yaml:11: key 'rig' is already set on line 2"]


def test_key_that_is_a_number_is_told_to_be_quoted(problems: Problems, good: str) -> None:
    assert problems(good + "7: x\n") == ["rig.yaml:11: key '7' is no text; put it in quotes"]


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    path = tmp_path / "rig.yaml"
    path.write_bytes(b"schema: 1\nrig: \xff\xfe\n")
    with pytest.raises(ConfigError, match=r"rig\.yaml:2: no UTF-8 text \(byte 15 is 0xFF\)"):
        load_rig(path)


def test_folder_is_no_rig_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_rig(tmp_path)
