"""``precert run``: what it selects, prints and returns."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


def planned(folder: Path) -> list[str]:
    """Ids of the sealed plan."""
    return [case["id"] for case in json.loads((folder / "plan.json").read_text(encoding="utf-8"))["cases"]]


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        (["GBT-VP.107"], ["GBT-VP.107"]),
        (["GBT-VP.40[2]"], ["GBT-VP.402"]),
        (["GBT-VP.107", "GBT-VP.107", "GBT-VP.402"], ["GBT-VP.107", "GBT-VP.402"]),
    ],
)
def test_selection_becomes_the_plan(precert: Command, tmp_path: Path, select: list[str], expected: list[str]) -> None:
    done = precert("run", *select, "--rig", "virtual-truck.yaml", "--out", "run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert planned(tmp_path / "run") == expected


def test_default_folder_is_below_runs_and_printed(precert: Command, tmp_path: Path) -> None:
    done = precert("run", "GBT-VP.107", "--rig", "virtual-truck")
    (folder,) = (tmp_path / "runs").iterdir()
    assert folder.name.startswith("virtual-truck-")
    assert f"run folder: runs/{folder.name}" in done.stdout
    files = {path.name for path in folder.iterdir()}
    assert files == {"plan.json", "records.jsonl", "journal.jsonl", "results.json", "junit.xml", "evidence"}


def test_marker_leaves_the_long_cases_out(precert: Command, tmp_path: Path) -> None:
    done = precert("run", "GBT-VP.105", "GBT-VP.107", "--rig", "virtual-truck.yaml", "-m", "not nightly", "--out", "run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert planned(tmp_path / "run") == ["GBT-VP.107"]


def test_injected_fault_fails_the_case_and_is_in_the_plan(precert: Command, tmp_path: Path) -> None:
    done = precert("run", "GBT-VP.101", "--rig", "virtual-truck.yaml", "--fault", "bhm_never_sent", "--out", "run")
    assert done.returncode == 1
    assert "GBT-VP.101: FAIL (EXPECTATION) at step 1" in done.stdout
    assert "nothing at all was received from the SUT" in done.stdout
    plan = json.loads((tmp_path / "run" / "plan.json").read_text(encoding="utf-8"))
    assert plan["item"]["injected_faults"] == "bhm_never_sent"


def test_verdict_table_counts_the_suite(precert: Command) -> None:
    done = precert("run", "GBT-VP.107", "GBT-VN.101", "--rig", "virtual-truck.yaml", "--out", "run")
    table = done.stdout.partition("precert verdicts")[2].splitlines()
    row = next(line for line in table if line.startswith("gbt27930"))
    assert row.split() == ["gbt27930", "2", "1", "0", "0", "0", "1", "0"]


@pytest.mark.parametrize("command", ["run", "list", "prove", "truck", "analyse", "report"])
def test_help_names_the_options(precert: Command, command: str) -> None:
    done = precert(command, "--help")
    assert done.returncode == 0
    assert "Usage: precert" in done.stdout
    assert "--help" in done.stdout
