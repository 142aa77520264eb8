"""A case runs once for each edition that is declared, and only on a rig whose system under test it tests."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

EDITIONS = """
[[editions]]
name = "old"
profile = "profile.toml"
pics = { truck = "V.OLD" }

[[editions]]
name = "new"
profile = "profile-new.toml"
pics = { truck = "V.NEW" }
"""
STRICT = """\
schema = 1
name = "trial-new"
title = "Trials of the new edition"
base = "profile.toml"

[limits]
"trial.answer" = {upper = 0.001, unit = "s", source = "own", ref = "TRIAL-1:1/ends", confidence = "high", text = "first BHM"}
"""
PICS = """\
schema = 1
[pics]
"V.DC" = {{ value = true, why = "trial" }}
"V.OLD" = {{ value = {old}, why = "trial" }}
"V.NEW" = {{ value = {new}, why = "trial" }}
"""
CASE = """\
from harness.case import case

@case("TRIAL-ED", title="Trial", purpose="Answer in time.", refs=["TRIAL-1:1/ends"], basis="project", confidence="high",
      pics="V.DC", faults=["bhm_never_sent"], editions=["old", "new"])
def test_edition(bench, truck, step, check):
    with step(1, "Begin", expect="BHM in time"):
        bench.control("charger").hold("handshake")
        bench.control("charger", 1).plug_in()
        bench.control("charger").begin("handshake")
        check("edition", truck.edition, equals=truck.edition)
        bench.expect("BHM", within=truck.limit("trial.answer"))
"""
OTHER = (
    CASE.replace("TRIAL-ED", "TRIAL-STATION")
    .replace("test_edition", "test_station")
    .replace('editions=["old", "new"]', 'editions=["old"], sut="charger"')
)


@pytest.fixture
def editions(trial_suite: Path) -> Iterator[Path]:
    """The suite of trials with two editions, with a case for the truck and one for the charger."""
    package = trial_suite / "precert_trial"
    kept = {path: path.read_text(encoding="utf-8") for path in package.glob("*.*") if path.is_file()}
    suite = kept[package / "suite.toml"].replace('suts = {truck = ["vehicle"]}', 'suts = {truck = ["vehicle"], charger = ["charger"]}')
    both = EDITIONS.replace('{ truck = "V.OLD" }', '{ truck = "V.OLD", charger = "V.OLD" }')
    (package / "suite.toml").write_text(suite + both, encoding="utf-8")
    (package / "profile-new.toml").write_text(STRICT, encoding="utf-8")
    pics = "schema = 1\n[pics]\n" + "".join(f'"{item}" = {{ en = "?", zh = "?" }}\n' for item in ("V.DC", "V.OLD", "V.NEW")) + "[pixit]\n"
    (package / "pics.toml").write_text(pics, encoding="utf-8")
    (package / "test_trial.py").write_text(CASE + OTHER.partition("\n\n")[2], encoding="utf-8")
    texts = "".join(f'[cases."{name}"]\ntitle = "试"\npurpose = "试"\nsteps = [["试", "试"]]\n' for name in ("TRIAL-ED", "TRIAL-STATION"))
    (package / "texts.zh.toml").write_text("schema = 1\n" + texts, encoding="utf-8")
    yield trial_suite
    for path, text in kept.items():
        path.write_text(text, encoding="utf-8")
    (package / "profile-new.toml").unlink()


@pytest.fixture
def run(precert: Command, editions: Path, rig: Callable[..., Path], tmp_path: Path) -> Callable[..., Any]:
    def call(*select: str, old: str = "true", new: str = "true") -> Any:
        pics = tmp_path / "pics.toml"
        pics.write_text(PICS.format(old=old, new=new), encoding="utf-8")
        return precert("run", *select, "--rig", rig(pics=pics), "--out", "run", env={"PYTHONPATH": str(editions)})

    return call


def row(tmp_path: Path) -> dict[str, Any]:
    document = json.loads((tmp_path / "run" / "results.json").read_text(encoding="utf-8"))
    (found,) = document["results"]
    return found


def test_worst_of_the_declared_editions_counts_and_each_has_its_limits(run: Command, tmp_path: Path) -> None:
    done = run("trial")
    assert done.returncode == 1, done.stdout + done.stderr
    found = row(tmp_path)
    assert [(attempt["edition"], attempt["verdict"]) for attempt in found["attempts"]] == [("old", "pass"), ("new", "fail")]
    assert (found["verdict"], found["execution"]["attempt"]) == ("fail", 2)


@pytest.mark.parametrize(("old", "new", "edition", "verdict"), [("true", "false", "old", "pass"), ("false", "true", "new", "fail")])
def test_only_a_declared_edition_is_run(run: Command, tmp_path: Path, old: str, new: str, edition: str, verdict: str) -> None:
    run("trial", old=old, new=new)
    assert [(attempt["edition"], attempt["verdict"]) for attempt in row(tmp_path)["attempts"]] == [(edition, verdict)]


def test_declaration_without_an_edition_is_refused(run: Command, tmp_path: Path) -> None:
    done = run("trial", old="false", new="false")
    assert done.returncode == 2
    assert "V.OLD" in done.stderr
    assert "V.NEW" in done.stderr
    assert str(tmp_path / "pics.toml") in done.stderr
    assert not (tmp_path / "run").exists()


def test_case_of_another_role_is_left_out_unless_it_is_named(run: Command, tmp_path: Path) -> None:
    done = run("TRIAL-STATION")
    assert done.returncode == 2
    assert "TRIAL-STATION tests the role 'charger', but the system under test of this rig is 'truck'" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert not (tmp_path / "run").exists()


def prove(precert: Command, editions: Path, rig: Callable[..., Path], tmp_path: Path, fault: str) -> Any:
    """The case with *fault* as its only one, proven on a rig whose truck declares both editions."""
    package, pics = editions / "precert_trial", tmp_path / "pics.toml"
    pics.write_text(PICS.format(old="true", new="true"), encoding="utf-8")
    suite = (package / "suite.toml").read_text(encoding="utf-8")
    (package / "suite.toml").write_text(re.sub(r"(?m)^prove = .*$", f'prove = ["{rig(pics=pics)}"]', suite), encoding="utf-8")
    case = CASE.replace("bhm_never_sent", fault)
    (package / "test_trial.py").write_text(case + OTHER.partition("\n\n")[2], encoding="utf-8")
    return precert("prove", "TRIAL-ED", "--json", "matrix.json", env={"PYTHONPATH": str(editions)})


def test_fault_of_an_edition_is_injected_there(precert: Command, editions: Path, rig: Callable[..., Path], tmp_path: Path) -> None:
    relaxed = STRICT.replace("upper = 0.001", "upper = 5")
    (editions / "precert_trial" / "profile-new.toml").write_text(relaxed, encoding="utf-8")
    done = prove(precert, editions, rig, tmp_path, "bhm_never_sent@new")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "bhm_never_sent@new" in done.stdout
    matrix = json.loads((tmp_path / "matrix.json").read_text(encoding="utf-8"))
    assert (matrix["faults"], matrix["killed"]) == (1, 1)


def test_fault_of_an_edition_in_which_the_case_is_not_run_is_refused(
    precert: Command, editions: Path, rig: Callable[..., Path], tmp_path: Path
) -> None:
    done = prove(precert, editions, rig, tmp_path, "bhm_never_sent@nwe")
    assert done.returncode == 2
    assert "fault 'bhm_never_sent@nwe': the case is not run in edition 'nwe' (did you mean 'new'?)" in done.stderr
