"""The scripts behind the make targets: what they compare, which folder they take, which exit code they give."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CI = Path(__file__).resolve().parents[2] / ".ci"

FAKE_PRECERT = """\
#!/bin/sh
echo "precert $*" >> calls
case $1 in
  run) [ "$STATUS" = 2 ] && exit 2; for out do :; done; mkdir -p "$out"; : > "$out/plan.json"; exit "$STATUS" ;;
esac
"""


def results(verdict: str, ended_at: str) -> str:
    execution = {"started_at": "2025-01-01T00:00:00Z", "ended_at": ended_at}
    return json.dumps({"results": [{"id": "GBT-VP.101", "verdict": verdict, "execution": execution}]})


def compare(tmp_path: Path, first: str, second: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "a.json").write_text(first)
    (tmp_path / "b.json").write_text(second)
    command = [sys.executable, str(CI / "compare_results.py"), str(tmp_path / "a.json"), str(tmp_path / "b.json")]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_runs_that_differ_in_volatile_fields_only_are_equal(tmp_path: Path) -> None:
    done = compare(tmp_path, results("pass", "2025-01-01T00:00:01Z"), results("pass", "2025-01-01T00:00:02Z"))
    assert (done.returncode, done.stdout.splitlines()[-1].startswith("0 differences")) == (0, True)


def test_runs_with_another_verdict_are_not_equal(tmp_path: Path) -> None:
    done = compare(tmp_path, results("pass", "2025-01-01T00:00:01Z"), results("fail", "2025-01-01T00:00:01Z"))
    assert done.returncode == 1
    assert "/results/0/verdict: 'pass' != 'fail'" in done.stdout


def test_runs_without_results_are_not_equal(tmp_path: Path) -> None:
    assert compare(tmp_path, '{"results": []}', '{"results": []}').returncode == 1


def demo(folder: Path, status: int) -> tuple[int, list[str]]:
    fake = folder / "bin" / "precert"
    fake.parent.mkdir(exist_ok=True)
    fake.write_text(FAKE_PRECERT)
    fake.chmod(0o755)
    environment = os.environ | {"PATH": f"{fake.parent}:{os.environ['PATH']}", "STATUS": str(status)}
    done = subprocess.run([str(CI / "demo"), "runs"], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, (folder / "calls").read_text().splitlines()


def test_demo_takes_a_fresh_folder_each_time(tmp_path: Path) -> None:
    assert demo(tmp_path, 0)[0] == 0
    code, calls = demo(tmp_path, 0)
    assert code == 0
    assert [call for call in calls if call.startswith("precert report")] == ["precert report runs/demo-001", "precert report runs/demo-002"]


def test_demo_reports_a_run_with_failed_cases_and_keeps_its_exit_code(tmp_path: Path) -> None:
    code, calls = demo(tmp_path, 1)
    assert code == 1
    assert calls[-1] == "precert report runs/demo-001"


def test_demo_reports_nothing_when_nothing_was_run(tmp_path: Path) -> None:
    code, calls = demo(tmp_path, 2)
    assert code == 2
    assert not any(call.startswith("precert report") for call in calls)


@pytest.mark.parametrize("script", ["run", "packages", "demo", "determinism", "wheel", "vcan"])
def test_script_stops_at_the_first_error(script: str) -> None:
    path = CI / script
    assert "set -euo pipefail" in path.read_text()
    assert os.access(path, os.X_OK)
    assert subprocess.run(["bash", "-n", str(path)], check=False).returncode == 0
