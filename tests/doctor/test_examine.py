"""What is told of a machine and of a rig: what is there, what is missing, and which cases run in the words of the run."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.case.run.plan import applicability
from harness.case.suites.catalogue import load_catalogue
from harness.core import ConfigError, resource
from harness.doctor import CaseState, Examination, Finding, State, examine
from harness.doctor.machine import examine_installation
from harness.doctor.output import lines_of
from harness.plugin.settings import LabFiles, resolve_run


def named(seen: Examination | Iterator[Finding], name: str) -> Finding:
    findings = seen.findings if isinstance(seen, Examination) else seen
    return next(each for each in findings if each.name == name)


def test_a_package_that_is_not_there_is_missing_with_the_command_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.metadata.version

    def version(name: str) -> str:
        if name == "rich":
            raise importlib.metadata.PackageNotFoundError(name)
        return "1.0" if name == "numpy" else real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    seen = list(examine_installation())
    missing = {each.name: each for each in seen if each.state is State.MISSING}
    assert set(missing) == {"rich", "numpy"}
    assert missing["rich"].remedy == {"en": 'pip install "rich>=13"', "zh": '执行 pip install "rich>=13"。'}
    assert "1.0" in missing["numpy"].text["en"], "an old version is not told"


def test_a_machine_alone_needs_no_bench() -> None:
    seen = examine(None, None, ())
    assert seen.is_complete
    assert {"python", "packages", "font", "socketcan", "python-can", "scheduler", "lateness", "clock"} <= {
        each.name for each in seen.findings
    }
    assert not seen.suites


def test_cases_of_a_simulation_are_those_that_a_run_would_run(tmp_path: Path) -> None:
    seen = examine("virtual-vehicle", None, ["vehicle"])
    (suite,) = seen.suites
    plan = resolve_run(
        rig_file=resource("rigs", "virtual-vehicle.yaml"), pics_file=None, out=tmp_path / "run", select=["vehicle"], real=False, faults=(),
        files=LabFiles(),
    )  # fmt: skip
    applies = {each.source.meta.id: applicability(each.source, each.declaration) for each in plan.variants}
    assert {case.id for case in suite.cases if case.state is CaseState.RUNS} == {
        case for case, told in applies.items() if told["value"] == "applicable"
    }
    assert {case.id: case.reason for case in suite.cases if case.state is CaseState.NOT_APPLICABLE} == {
        case: told["reason"] for case, told in applies.items() if told["value"] == "not_applicable"
    }
    assert seen.is_complete


def test_what_is_asked_for_and_not_to_be_had_is_missing() -> None:
    seen = examine("virtual-vehicle", None, ["gbt27930"])
    assert "need the link 'charge'" in seen.suites[0].obstacle
    assert named(seen, "gbt27930").state is State.MISSING
    assert named(seen, "cases").state is State.MISSING


def test_a_bench_tells_its_ports_and_the_cases_for_which_it_gives_no_leave(write_bench: Callable[..., Path]) -> None:
    seen = examine(str(write_bench()), None, ["gbt27930"])
    charge, pilot = named(seen, "charge"), named(seen, "pilot")
    assert (charge.state, charge.facts["fd"], charge.facts["reports_errors"]) == (State.OK, "no", "no")
    assert pilot.facts["stamps"] == "none, time of reading"
    (suite,) = seen.suites
    refused = [case for case in suite.cases if case.state is CaseState.NOT_ALLOWED]
    assert refused
    assert all("the rig does not allow: " in case.reason and "yard.yaml" in case.reason for case in refused)
    assert {case.id for case in suite.cases if case.state is CaseState.RUNS}
    assert named(seen, "gbt27930").state is State.MISSING
    lines = list(lines_of(seen))
    assert any("not allowed 未获许可" in line for line in lines)
    assert lines[-1].startswith("missing of what is needed: 1.")


def test_a_port_in_use_and_a_clock_untold_are_missing(write_bench: Callable[..., Path]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        seen = examine(str(write_bench(clock="", address=f"127.0.0.1:{taken.getsockname()[1]}")), None, ["GBT-VP.101"])
    assert "already in use" in named(seen, "pilot").text["en"]
    assert named(seen, "pilot").state is named(seen, "time base").state is State.MISSING


def test_limits_below_the_clock_are_told(write_bench: Callable[..., Path]) -> None:
    coarse = "clock: {source: driver, resolution_us: 1, accuracy_us: 900000, drift_ppm: 50}"
    (suite,) = examine(str(write_bench(clock=coarse)), None, ["GBT-VP.*"]).suites
    assert suite.too_fine
    (fine,) = examine(str(write_bench()), None, ["GBT-VP.*"]).suites
    assert len(fine.too_fine) < len(suite.too_fine)


def test_an_item_that_is_not_declared_is_missing(write_bench: Callable[..., Path], tmp_path: Path) -> None:
    whole = resource("rigs", "pics", "heavy-truck.toml").read_text(encoding="utf-8")
    (tmp_path / "less.toml").write_text("\n".join(line for line in whole.splitlines() if not line.startswith('"V.BMV"')), encoding="utf-8")
    seen = examine(str(write_bench(pics=tmp_path / "less.toml")), None, ["gbt27930"])
    assert "PICS item 'V.BMV' is not declared" in named(seen, "PICS").text["en"]
    assert {case.state for case in seen.suites[0].cases if case.id == "GBT-VN.313"} == {CaseState.UNDECLARED}


def test_a_wrong_model_option_is_wrong_input(write_bench: Callable[..., Path]) -> None:
    rig = write_bench()
    rig.write_text(rig.read_text().replace("model: dc_charger}", "model: dc_charger, options: {colour: red}}"))
    with pytest.raises(ConfigError, match="colour"):
        examine(str(rig), None, ["GBT-VP.101"])


def test_a_message_profile_that_lacks_something_names_the_cases_that_it_cannot_evaluate(tmp_path: Path) -> None:
    folder = shutil.copytree(resource("dbc", "htswap-0.1"), tmp_path / "own")
    text = (folder / "profile.toml").read_text(encoding="utf-8").replace("missing = []", 'missing = ["PACK_THM"]')
    (folder / "profile.toml").write_text(re.sub(r"\[messages\.PACK_THM\]\n.*?\n\n", "", text, flags=re.S), encoding="utf-8")
    rig = resource("rigs", "virtual-swap.yaml").read_text(encoding="utf-8").replace("pics/", f"{resource('rigs', 'pics')}/")
    (tmp_path / "rig.yaml").write_text(f"{rig}profiles: {{swap: own}}\n", encoding="utf-8")
    seen = examine(str(tmp_path / "rig.yaml"), None, ["swap"])
    (suite,) = seen.suites
    beyond = {case.id: case.reason for case in suite.cases if case.state is CaseState.NOT_SPOKEN}
    need = {each.meta.id for each in load_catalogue(select=["swap"]).cases if any("PACK_THM" in name for name in each.meta.messages)}
    assert need
    assert set(beyond) == need
    assert all("has no PACK_THM" in reason for reason in beyond.values())
    assert named(seen, "swap profile").state is State.NOTE
    assert any("beyond the message profile 配置无法评价" in line for line in lines_of(seen))
    assert seen.is_complete, "a run is complete without them, as without those that do not apply"
