"""The cases of a family run as cases of their own, whichever way they are asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

CASES = """\
from harness.case import case

@case("TRIAL-{name}-F", title="Trial {name}", purpose="Answer by {name}.", refs=["TRIAL-1:1/ends"], basis="project", confidence="high",
      pics="{pics}", faults=["bhm_never_sent"], rows="rows.toml", where="asked")
def test_family(bench, truck, row, step, check):
    with step(1, "Ask {name}", expect="{expected}"):
        bench.control("charger").hold("handshake")
        bench.control("charger", 1).plug_in()
        bench.control("charger").begin("handshake")
        bench.expect("BHM", within=truck.limit(row["limit"]))
        check("number", row["number"], equals=1)
"""
ROW = """\
[[rows]]
name = "{name}"
pics = "{pics}"
limit = "trial.answer"
expected = "BHM {number}"
number = {number}
asked = true
"""
ROWS = (
    "schema = 1\n"
    + ROW.format(name="ONE", pics="V.DC", number=1)
    + ROW.format(name="TWO", pics="V.DC", number=2)
    + ROW.format(name="AUX", pics="NOT V.DC", number=1)
)


@pytest.fixture
def family(trial_suite: Path) -> Iterator[Path]:
    """The suite of trials with one family instead of its cases."""
    package = trial_suite / "precert_trial"
    kept = {path: path.read_text(encoding="utf-8") for path in (package / "test_trial.py", package / "texts.zh.toml")}
    (package / "test_trial.py").write_text(CASES, encoding="utf-8")
    (package / "rows.toml").write_text(ROWS, encoding="utf-8")
    texts = 'schema = 1\n[cases."TRIAL-{name}-F"]\ntitle = "试{name}"\npurpose = "试{name}"\nsteps = [["问{name}", "{expected}"]]\n'
    (package / "texts.zh.toml").write_text(texts, encoding="utf-8")
    yield trial_suite
    for path, text in kept.items():
        path.write_text(text, encoding="utf-8")
    (package / "rows.toml").unlink()


@pytest.fixture
def run(precert: Command, family: Path, rig: Callable[..., Path], tmp_path: Path) -> Callable[..., dict[str, dict[str, Any]]]:
    def call(*select: str) -> dict[str, dict[str, Any]]:
        done = precert("run", *select, "--rig", rig(), "--out", "run", env={"PYTHONPATH": str(family)})
        assert (tmp_path / "run" / "results.json").exists(), done.stdout + done.stderr
        document = json.loads((tmp_path / "run" / "results.json").read_text(encoding="utf-8"))
        return {found["id"]: found for found in document["results"]}

    return call


def test_every_row_is_a_case_with_its_own_columns(run: Command) -> None:
    rows = run("trial")
    verdicts = {case_id: found["verdict"] for case_id, found in rows.items()}
    assert verdicts == {"TRIAL-ONE-F": "pass", "TRIAL-TWO-F": "fail", "TRIAL-AUX-F": "none"}
    assert rows["TRIAL-ONE-F"]["title"] == {"en": "Trial ONE", "zh": "试ONE"}
    assert rows["TRIAL-AUX-F"]["applicability"]["value"] == "not_applicable"


def test_one_case_of_a_family_runs_alone(run: Command) -> None:
    assert set(run("TRIAL-TWO-F")) == {"TRIAL-TWO-F"}


def test_proof_kills_the_fault_of_every_case(precert: Command, family: Path) -> None:
    done = precert("prove", "TRIAL-ONE-F", "--json", "matrix.json", env={"PYTHONPATH": str(family)})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "TRIAL-ONE-F    healthy: pass" in done.stdout
