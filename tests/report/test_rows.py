"""Rows of the results table: what a row demanded, in the words of its step and of its deciding check."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.case.run.results import deciding_check
from harness.report.campaign import load_run
from harness.report.pages.sheets import result_view

CASE = "GBT-VP.301"


def _row(path: Path) -> tuple[Any, Any]:
    run = load_run(path)
    return run.results["results"][0], next(case for case in run.plan["cases"] if case["id"] == CASE)


def test_requirement_tells_the_check_and_in_chinese_what_its_step_expects(tmp_path: Path, make_run: Callable[..., Path]) -> None:
    row, case = _row(make_run(tmp_path / "run", ids=(CASE,)))
    check = deciding_check(row)
    assert check is not None
    step = next(step for step in case["steps"] if step["n"] == check["step"])
    view = result_view(1, row, case)
    assert view.requirement.startswith(f"{check['name']}: ")
    assert view.requirement_zh == step["expect"]["zh"]
    # A rule belongs to no step: its name is all that there is.
    for each in row["checks"]:
        each["step"] = None
    view = result_view(1, row, case)
    assert view.requirement_zh == view.requirement


def test_evidence_of_a_row_is_the_recording_with_the_most_frames(tmp_path: Path, make_run: Callable[..., Path]) -> None:
    row, case = _row(make_run(tmp_path / "run", ids=(CASE,)))
    [bus] = [each for each in row["evidence"] if each["format"] == "blf"]
    row["evidence"] = [{**bus, "sha256": "0" * 64, "frames": 2}, bus]
    assert bus["frames"] > 2
    assert result_view(1, row, case).evidence == bus["sha256"][:8]
    row["evidence"] = []
    assert result_view(1, row, case).evidence == "—"
