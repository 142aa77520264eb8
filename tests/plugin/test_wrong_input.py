"""Wrong input ends with exit code 2 and a message that says where, before anything runs and without a run folder."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli import app


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run a command that must be refused; gives what it said."""

    def call(*arguments: str | Path) -> str:
        monkeypatch.chdir(tmp_path)
        before = sorted(tmp_path.rglob("*"))
        done = CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200", "TERM": "dumb"})
        assert done.exit_code == 2, done.output
        assert isinstance(done.exception, SystemExit)
        assert "Traceback" not in done.output
        assert sorted(tmp_path.rglob("*")) == before, "something was created"
        return done.output.strip()

    return call


@pytest.fixture
def pics(tmp_path: Path, root: Path) -> Callable[..., Path]:
    """The PICS file of the simulated truck with one text replaced by another."""

    def write(old: str, new: str) -> Path:
        text = (root / "rigs" / "pics" / "heavy-truck.toml").read_text(encoding="utf-8")
        assert old in text
        path = tmp_path / "truck.toml"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return path

    return write


def test_run_without_pics_is_refused(refused: Callable[..., str], rig: Callable[..., Path]) -> None:
    said = refused("run", "GBT-VP.101", "--rig", rig(pics=None), "--out", "run")
    assert said.endswith("names no PICS file and --pics was not given; without declared PICS nothing is run")
    assert "\n" not in said


def test_missing_pics_file(refused: Callable[..., str], rig: Callable[..., Path]) -> None:
    said = refused("run", "GBT-VP.101", "--rig", rig(), "--pics", "nowhere.toml", "--out", "run")
    assert said == "nowhere.toml: no such PICS file"


def test_undeclared_pics_item_names_the_cases_that_ask_for_it(
    refused: Callable[..., str], rig: Callable[..., Path], pics: Callable[..., Path]
) -> None:
    file = pics('"V.AUX" = { value = false', '"V.BUX" = { value = false')
    said = refused("run", "GBT-VN.101", "GBT-VP.101", "--rig", rig(), "--pics", file, "--out", "run").splitlines()
    assert len(said) == 2
    assert "PICS item 'V.AUX' is not declared, but GBT-VN.101 asks for it (did you mean 'V.BUX'?)" in said[0]
    assert re.search(r"truck\.toml:\d+: PICS item 'V\.BUX' belongs to no suite \(did you mean 'V\.AUX'\?\)", said[1])


def test_missing_pixit_value_names_the_case(refused: Callable[..., str], rig: Callable[..., Path], pics: Callable[..., Path]) -> None:
    said = refused("run", "GBT-VP.102", "--rig", rig(), "--pics", pics('vin = "0PRECERT6TK000001"\n', ""), "--out", "run")
    assert "PIXIT value 'vin' is missing, but GBT-VP.102 asks for it" in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("schema = 1", "schema = ", "truck.toml:"),
        ("[pics]", "[pcis]", "the table [pics] is missing"),
        ('"V.DC" = { value = true', '"V.DC" = { value = "yes"', "pics.V.DC: 'value' must be true or false, not 'yes'"),
        ('"V.DC" = { value = true, why = "DC inlet after GB/T 20234.3" }', "V.DC = { value = true }", "an item with dots needs quotes"),
    ],
)
def test_malformed_pics(
    refused: Callable[..., str], rig: Callable[..., Path], pics: Callable[..., Path], old: str, new: str, message: str
) -> None:
    assert message in refused("run", "GBT-VP.101", "--rig", rig(), "--pics", pics(old, new), "--out", "run")


def test_unknown_case_id_gets_a_suggestion(refused: Callable[..., str], rig: Callable[..., Path]) -> None:
    said = refused("run", "GBT-VP.1001", "--rig", rig(), "--out", "run")
    assert re.fullmatch(r"'GBT-VP\.1001' is no suite, folder or case id \(did you mean 'GBT-VP\.10\d'\?\)", said)


@pytest.mark.parametrize("command", [("list",), ("prove",)])
def test_unknown_suite_gets_a_suggestion(refused: Callable[..., str], command: tuple[str, ...]) -> None:
    assert refused(*command, "gbt27931") == "'gbt27931' is no suite, folder or case id (did you mean 'gbt27930'?)"


def test_unknown_fault_gets_a_suggestion(refused: Callable[..., str], rig: Callable[..., Path]) -> None:
    said = refused("run", "GBT-VP.101", "--rig", rig(), "--fault", "bhm_latte", "--out", "run")
    assert said.endswith("no fault is named 'bhm_latte' (did you mean 'bhm_late'?)")
    assert "\n" not in said


def test_unknown_rig_lists_those_there_are(refused: Callable[..., str]) -> None:
    said = refused("run", "GBT-VP.101", "--rig", "virtual-trick.yaml", "--out", "run")
    assert "virtual-trick.yaml" in said
    assert "virtual-truck" in said.replace("virtual-trick", "")


def test_dangling_references_of_a_rig_come_all_at_once(refused: Callable[..., str], rig: Callable[..., Path]) -> None:
    file = rig()
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("links: [charge, pilot], model: dc_charger", "links: [chrge, pilot], model: dc_chrger"), encoding="utf-8")
    said = refused("run", "GBT-VP.101", "--rig", file, "--out", "run").splitlines()
    assert any(re.search(r"trial\.yaml:\d+: .*no link named 'chrge'", line) for line in said)
    assert any("'dc_chrger' (did you mean 'dc_charger'?)" in line for line in said)


def test_all_problems_of_all_files_come_at_once(refused: Callable[..., str], rig: Callable[..., Path], pics: Callable[..., Path]) -> None:
    file = pics('"V.DC" = { value = true', '"V.DC" = { value = 1')
    said = refused(
        "run", "GBT-VP.1001", "--rig", rig(), "--pics", file, "--fault", "nothing", "--deviations", "nowhere.toml", "--out", "run"
    )
    for part in ("GBT-VP.1001", "pics.V.DC", "'nothing'", "nowhere.toml"):
        assert part in said


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('case = "GBT-VP.1001"\nreason = "r"\nticket = "T"\nexpires = 2999-01-01', "'GBT-VP.1001' is no case (did you mean 'GBT-VP."),
        ('case = "GBT-VP.101"\nreason = "r"\nticket = "T"\nexpires = 2020-01-01', "expired on 2020-01-01"),
        ('case = "GBT-VP.101"\nreason = "r"\nexpires = 2999-01-01', "a deviation has exactly case, reason, ticket"),
    ],
)
def test_wrong_deviations(refused: Callable[..., str], rig: Callable[..., Path], tmp_path: Path, entry: str, message: str) -> None:
    file = tmp_path / "deviations.toml"
    file.write_text(f"schema = 1\n\n[[deviation]]\n{entry}\n", encoding="utf-8")
    said = refused("run", "GBT-VP.101", "--rig", rig(), "--deviations", file, "--out", "run")
    assert re.search(r"deviations\.toml:3: ", said)
    assert message in said


def test_wrong_marker_expression(refused: Callable[..., str], rig: Callable[..., Path]) -> None:
    assert "-m 'nightly and (' is no expression" in refused("run", "--rig", rig(), "-m", "nightly and (", "--out", "run")


def test_workers_need_a_virtual_rig(refused: Callable[..., str], rig: Callable[..., Path]) -> None:
    assert refused("run", "--rig", rig(), "--real", "-n", "2", "--out", "run").startswith("-n needs a virtual rig")


def test_truck_needs_a_link_that_others_can_reach(refused: Callable[..., str], rig: Callable[..., Path]) -> None:
    assert "every link of the SUT is simulated" in refused("truck", "--rig", rig())


def test_values_that_the_suite_does_not_accept_are_named_with_their_lines(
    refused: Callable[..., str], rig: Callable[..., Path], pics: Callable[..., Path]
) -> None:
    file = pics('vin = "0PRECERT6TK000001"', 'vin = "解放J6P电动车辆一二三四五六七八"')
    text = file.read_text(encoding="utf-8").replace('stop_reason = "soc_reached"', 'stop_reason = "driver"')
    file.write_text(text.replace("bhm_max_voltage_v = 700.8", 'bhm_max_voltage_v = "many"'), encoding="utf-8")
    said = refused("run", "GBT-VP.101", "--rig", rig(), "--pics", file, "--out", "run").splitlines()
    assert len(said) == 3
    assert all(re.search(r"truck\.toml:\d+: pixit\.", line) for line in said)
    assert "'driver' is not accepted (have: soc_reached, voltage_reached, cell_voltage_reached)" in "\n".join(said)


def test_link_at_another_bit_rate_than_the_standard_asks_for_is_refused(refused: Callable[..., str], rig: Callable[..., Path]) -> None:
    file = rig()
    file.write_text(file.read_text(encoding="utf-8").replace("250000", "500000"), encoding="utf-8")
    said = refused("run", "GBT-VP.101", "--rig", file, "--out", "run")
    assert said == f"{file}: links.charge: gbt27930 is spoken at 250000 bit/s, not at 500000"


@pytest.mark.parametrize("select", ["GBT-VP.101", "gbt27930", "GBT-VP.*"])
def test_suite_that_needs_another_kind_of_link_is_refused(refused: Callable[..., str], rig: Callable[..., Path], select: str) -> None:
    file = rig()
    text = file.read_text(encoding="utf-8").replace("{driver: simulated, bitrate_bps: 250000}", "{kind: datagram, driver: simulated}")
    file.write_text(text, encoding="utf-8")
    said = refused("run", select, "--rig", file, "--out", "run")
    expected = "suite 'gbt27930': its cases need a link 'charge' of kind 'can', but that of this rig is of kind 'datagram'"
    assert expected in said.replace("\n", " ")


def test_suite_whose_link_the_rig_lacks_is_refused(refused: Callable[..., str], rig: Callable[..., Path]) -> None:
    file = rig()
    file.write_text(file.read_text(encoding="utf-8").replace("charge:", "bus:").replace("[charge,", "[bus,"), encoding="utf-8")
    said = refused("run", "gbt27930", "--rig", file, "--out", "run")
    assert "suite 'gbt27930': its cases need the link 'charge', which this rig has not (have: bus, pilot)" in said.replace("\n", " ")
