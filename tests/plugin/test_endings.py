"""How cases end, one by one: verdict, exit code, JUnit, and that the next case runs all the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Trial = Callable[..., Any]


def children(case: Any) -> list[str]:
    """The elements of a JUnit case that mirror its verdict."""
    return [child.tag for child in case if child.tag in ("failure", "error", "skipped")]


def test_passed_case_gives_exit_code_0(trial: Trial) -> None:
    run = trial(["TRIAL-PASS"])
    assert run.exit_code == 0, run.output
    assert run.rows["TRIAL-PASS"]["verdict"] == "pass"
    assert children(run.junit["TRIAL-PASS"]) == []


def test_crash_in_a_case_is_an_error_and_the_run_goes_on(trial: Trial) -> None:
    run = trial(["TRIAL-CRASH", "TRIAL-ZZ-LAST"])
    assert run.exit_code == 1
    crashed = run.rows["TRIAL-CRASH"]
    assert (crashed["verdict"], crashed["reason_code"], crashed["execution"]["state"]) == ("error", "EXCEPTION", "infrastructure_error")
    assert "ZeroDivisionError: division by zero" in crashed["reason"]
    assert run.rows["TRIAL-ZZ-LAST"]["verdict"] == "pass"
    assert children(run.junit["TRIAL-CRASH"]) == ["error"]


def test_failed_case_shows_step_values_and_the_frames_up_to_it(trial: Trial) -> None:
    run = trial(["TRIAL-FAIL"])
    assert run.exit_code == 1
    assert "TRIAL-FAIL: FAIL (EXPECTATION) at step 1" in run.output
    assert "expected  <= 100 V" in run.output
    assert "observed  700.8 V" in run.output
    frames = run.output.partition("frames on the link up to it:")[2]
    assert "BHM" in frames
    assert children(run.junit["TRIAL-FAIL"]) == ["failure"]


@pytest.mark.parametrize(("case", "code"), [("TRIAL-INCONC", "PRECONDITION"), ("TRIAL-SILENT", "NO_CHECK")])
def test_inconclusive_case_never_counts_as_passed(trial: Trial, case: str, code: str) -> None:
    run = trial([case])
    assert run.exit_code == 1
    assert (run.rows[case]["verdict"], run.rows[case]["reason_code"]) == ("inconc", code)
    assert run.results["counts"]["pass"] == 0
    assert run.results["counts"]["inconc"] == 1
    assert children(run.junit[case]) == ["skipped"]
    assert run.junit[case].find("skipped").get("type") == "inconclusive"


def test_case_that_does_not_apply_has_a_row_with_its_reason(trial: Trial) -> None:
    run = trial(["TRIAL-PASS", "TRIAL-AUX"])
    assert run.exit_code == 0, run.output
    row = run.rows["TRIAL-AUX"]
    assert row["applicability"]["value"] == "not_applicable"
    assert "V.AUX = false" in row["applicability"]["reason"]
    assert (row["verdict"], row["attempts"]) == ("none", [])
    assert run.results["counts"]["na"] == 1
    assert run.junit["TRIAL-AUX"].find("skipped").get("type") == "not_applicable"


def test_run_in_which_nothing_applies_is_no_success(trial: Trial) -> None:
    run = trial(["TRIAL-AUX"])
    assert run.exit_code == 1
    assert run.results["counts"]["na"] == run.results["counts"]["planned"] == 1


def test_node_that_raises_ends_its_case_with_error_and_the_next_has_a_fresh_bench(trial: Trial) -> None:
    run = trial(["TRIAL-RECOGNITION", "TRIAL-ZZ-LAST"], model="breaking_truck")
    assert run.exit_code == 1
    broken = run.rows["TRIAL-RECOGNITION"]
    assert (broken["verdict"], broken["execution"]["state"]) == ("error", "infrastructure_error")
    assert "'truck'" in broken["reason"]
    assert "no such state" in broken["reason"]
    assert run.rows["TRIAL-ZZ-LAST"]["verdict"] == "pass"


def deviations(folder: Path, case: str) -> Path:
    """A file that expects *case* to fail."""
    path = folder / "deviations.toml"
    expires = dt.date.today() + dt.timedelta(days=30)  # noqa: DTZ011
    path.write_text(
        f'schema = 1\n\n[[deviation]]\ncase = "{case}"\nreason = "announces too much"\nticket = "T-17"\nexpires = {expires}\n',
        encoding="utf-8",
    )
    return path


def test_expected_deviation_stays_a_failure_and_is_shown(trial: Trial, tmp_path: Path) -> None:
    run = trial(["TRIAL-FAIL"], "--deviations", deviations(tmp_path, "TRIAL-FAIL"))
    assert run.exit_code == 1
    row = run.rows["TRIAL-FAIL"]
    assert row["verdict"] == "fail"
    assert [(deviation["ticket"], deviation["reason"]) for deviation in row["deviations"]] == [("T-17", "announces too much")]
    assert "T-17" in run.output


def test_pass_against_an_expected_deviation_is_inconclusive(trial: Trial, tmp_path: Path) -> None:
    run = trial(["TRIAL-PASS"], "--deviations", deviations(tmp_path, "TRIAL-PASS"))
    assert run.exit_code == 1
    row = run.rows["TRIAL-PASS"]
    assert row["verdict"] == "inconc"
    assert row["reason_code"] == "XPASS"
