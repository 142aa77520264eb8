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


REPORT = "precert report runs/demo-{0:03d} --lab runs/demo-{0:03d}/lab.yaml --demo"


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
    assert [call for call in calls if call.startswith("precert report runs")] == [REPORT.format(1), REPORT.format(2)]


def test_demo_reports_a_run_with_failed_cases_and_keeps_its_exit_code(tmp_path: Path) -> None:
    code, calls = demo(tmp_path, 1)
    assert code == 1
    assert calls[-2:] == ["precert report --init runs/demo-001/lab.yaml", REPORT.format(1)]


def test_demo_reports_nothing_when_nothing_was_run(tmp_path: Path) -> None:
    code, calls = demo(tmp_path, 2)
    assert code == 2
    assert not any(call.startswith("precert report") for call in calls)


FAKE_RUN = """\
#!/bin/sh
echo "$PYTHONHASHSEED" >> calls
for out do :; done
mkdir -p "$out"
[ "$PYTHONHASHSEED" = "$ODD" ] && verdict=fail || verdict=pass
echo "{\\"results\\": [{\\"id\\": \\"GBT-VP.101\\", \\"verdict\\": \\"$verdict\\"}]}" > "$out/results.json"
"""


def repeat(folder: Path, odd: int) -> subprocess.CompletedProcess[str]:
    (folder / "bin").mkdir()
    (folder / "bin/precert").write_text(FAKE_RUN)
    (folder / "bin/precert").chmod(0o755)
    path = f"{folder / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    command = [str(CI / "repeat"), "out", "virtual-truck", "4"]
    return subprocess.run(
        command, cwd=folder, env=os.environ | {"PATH": path, "ODD": str(odd)}, capture_output=True, text=True, check=False
    )


def test_repeated_runs_without_a_difference_leave_the_first_one_alone(tmp_path: Path) -> None:
    done = repeat(tmp_path, 0)
    assert (done.returncode, done.stdout) == (0, "4 runs of virtual-truck: no difference\n")
    assert [path.name for path in (tmp_path / "out").glob("run-*")] == ["run-1"]


def test_repetition_ends_at_the_first_run_that_differs_and_keeps_it(tmp_path: Path) -> None:
    done = repeat(tmp_path, 3)
    assert done.returncode == 1
    assert "run 3 differs from run 1" in done.stderr
    assert "'pass' != 'fail'" in done.stderr
    assert (tmp_path / "calls").read_text().split() == ["1", "2", "3"]
    assert sorted(path.name for path in (tmp_path / "out").glob("run-*")) == ["run-1", "run-3"]


@pytest.mark.parametrize("script", ["run", "packages", "demo", "determinism", "repeat", "wheel", "vcan", "interop"])
def test_script_stops_at_the_first_error(script: str) -> None:
    path = CI / script
    assert "set -euo pipefail" in path.read_text()
    assert os.access(path, os.X_OK)
    assert subprocess.run(["bash", "-n", str(path)], check=False).returncode == 0


def packages(tmp_path: Path, user: int, *names: str) -> subprocess.CompletedProcess[str]:
    """The script on a machine that has no package, whose apt-get can install those named ``good-*``."""
    fakes = {
        "id": f"echo {user}",
        "dpkg-query": "exit 1",
        "apt-get": f'echo "$@" >> {tmp_path}/calls; case "$*" in *bad-*) exit 100 ;; esac',
    }
    (tmp_path / "bin").mkdir()
    for name, text in fakes.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    path = {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
    return subprocess.run([str(CI / "packages"), *names], env=path, capture_output=True, text=True, check=False)


def test_missing_package_is_named_to_a_user_who_may_not_install(tmp_path: Path) -> None:
    done = packages(tmp_path, 1000, "good-a", "--also", "good-b")
    assert done.returncode == 2
    assert "sudo apt-get install good-a good-b" in done.stderr


def test_package_that_only_tests_want_stops_nobody(tmp_path: Path) -> None:
    done = packages(tmp_path, 1000, "--also", "good-b")
    assert done.returncode == 0
    assert "good-b" in done.stderr


def test_package_that_only_tests_want_may_refuse_to_be_installed(tmp_path: Path) -> None:
    done = packages(tmp_path, 0, "good-a", "--also", "bad-b", "good-c")
    assert done.returncode == 0
    assert "bad-b cannot be installed; the tests that need it skip" in done.stderr
    installed = [line.split()[-1] for line in (tmp_path / "calls").read_text().splitlines() if line.startswith("install")]
    assert installed == ["good-a", "bad-b", "good-c"]


def test_needed_package_that_cannot_be_installed_is_an_error(tmp_path: Path) -> None:
    assert packages(tmp_path, 0, "bad-a", "--also", "good-b").returncode != 0


FAKES = {"java": "exit 0", "ip": "exit 0", "unshare": "exit 1", "apt-get": "exit 100", "id": "echo 1000"}


def interop(tmp_path: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The stage on a machine that has Java and no leave to make namespaces."""
    (tmp_path / "bin").mkdir()
    for name, text in FAKES.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    given = {key: value for key, value in os.environ.items() if key != "CI"} | environment
    given["PATH"] = f"{tmp_path}/bin:{os.environ['PATH']}"
    return subprocess.run([str(CI / "interop"), str(tmp_path / "out")], env=given, capture_output=True, text=True, check=False)


def test_interop_stage_says_what_it_misses(tmp_path: Path) -> None:
    done = interop(tmp_path, {})
    assert done.returncode == 0
    assert "interop: missing: leave to make network namespaces" in done.stderr
    assert "java" not in done.stderr.lower()
    assert "SKIPPED" in done.stdout


def test_interop_stage_that_cannot_run_is_an_error_on_ci(tmp_path: Path) -> None:
    done = interop(tmp_path, {"CI": "true"})
    assert done.returncode == 1
    assert "NOT RUN" in done.stderr


RAN, SKIPPED = '<testcase classname="t" name="ran"/>', '<testcase classname="t" name="not"><skipped message="{}"/></testcase>'


@pytest.mark.parametrize(
    ("cases", "code", "said"),
    [
        (RAN + SKIPPED.format("no recordings in ../shared"), 0, ""),
        (RAN + SKIPPED.format("no java"), 1, "t::not did not run: no java"),
        (SKIPPED.format("no recordings in ../shared"), 1, "nothing ran"),
        ("", 1, "nothing ran"),
    ],
)
def test_a_stage_whose_tests_skipped_did_not_run(tmp_path: Path, cases: str, code: int, said: str) -> None:
    (tmp_path / "junit.xml").write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
    command = [sys.executable, str(CI / "all_ran.py"), str(tmp_path / "junit.xml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, said in done.stderr) == (code, True)
