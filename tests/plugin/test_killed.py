"""A run that is killed between two cases leaves a folder that can be read, finished cases included."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.case.run.results import assemble
from harness.case.run.runfolder import RunFolder

pytestmark = [pytest.mark.slow, pytest.mark.realtime]

CASES = ("GBT-VP.101", "GBT-VP.107", "GBT-VN.103", "GBT-VP.402")
GUARD_S = 120.0


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory, clean_environment: Callable[..., dict[str, str]]) -> Path:
    """The folder of a run in real time that SIGKILL ended once its first record was there."""
    base = tmp_path_factory.mktemp("killed")
    command = [str(Path(sys.executable).with_name("precert")), "run", *CASES, "--rig", "virtual-truck.yaml", "--real", "--out", "run"]
    with subprocess.Popen(command, cwd=base, env=clean_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        file, until = base / "run" / "records.jsonl", time.monotonic() + GUARD_S
        while not (file.exists() and b"\n" in file.read_bytes()):
            assert time.monotonic() < until
            assert child.poll() is None, "the run ended by itself"
            time.sleep(0.05)
        child.kill()
    return base / "run"


def test_finished_cases_are_there_and_hold(killed: Path) -> None:
    run = RunFolder.open(killed)
    assert [case["id"] for case in run.read_plan()["cases"]] == list(CASES)
    records = run.read_records().records
    assert 1 <= len(records) < len(CASES)
    assert records[0]["id"] == CASES[0]
    for record in records:
        # Inconclusive where this machine was too busy to judge a period.
        assert record["verdict"] in ("pass", "inconc")
        assert all((killed / file["path"]).is_file() for file in record["evidence"])


def test_journal_tells_that_the_run_did_not_end(killed: Path) -> None:
    events = [line["event"] for line in RunFolder.open(killed).read_journal()]
    assert events[0] == "plan_sealed"
    assert "run_finished" not in events
    assert RunFolder.open(killed).read_results() is None


def test_cases_that_were_not_reached_count_as_not_tested(killed: Path) -> None:
    run = RunFolder.open(killed)
    done = {record["id"] for record in run.read_records().records}
    results = assemble(run.read_plan(), run.read_records().records)
    assert {row["id"] for row in results["results"] if row["verdict"] == "none"} == set(CASES) - done
    assert results["counts"]["none"] == len(CASES) - len(done)
    assert results["suites"][0]["verdict"] == "inconc"


def test_report_says_which_cases_were_not_tested(killed: Path, tmp_path: Path, clean_environment: Callable[..., dict[str, str]]) -> None:
    command = [str(Path(sys.executable).with_name("precert")), "report", str(killed), "--out", str(tmp_path / "report")]
    done = subprocess.run(command, cwd=tmp_path, env=clean_environment(), capture_output=True, text=True, check=False, timeout=GUARD_S)
    assert done.returncode == 1, done.stdout + done.stderr
    said = next(line for line in done.stdout.splitlines() if line.startswith("not tested: "))
    finished = {record["id"] for record in RunFolder.open(killed).read_records().records}
    assert said == f"not tested: {', '.join(case for case in CASES if case not in finished)}"
    assert (tmp_path / "report" / "report.pdf").is_file()
