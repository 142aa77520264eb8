"""What is found out when a run begins, in the process of pytest: still exit code 2, one message, no run folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


@pytest.fixture
def missing_port(tmp_path: Path, root: Path) -> Path:
    """A rig on an interface that no machine has."""
    path = tmp_path / "bench.yaml"
    text = (root / "rigs" / "vcan.yaml").read_text(encoding="utf-8").replace("channel: vcan0", "channel: vcan97")
    path.write_text(text.replace("pics/heavy-truck.toml", str(root / "rigs" / "pics" / "heavy-truck.toml")), encoding="utf-8")
    return path


def refused(done: Any, folder: Path, message: str) -> None:
    output = done.stdout + done.stderr
    assert done.returncode == 2, output
    assert "Traceback" not in output
    assert output.count(message) == 1, output
    assert not (folder / "run").exists()
    assert not (folder / "runs").exists()


def test_port_that_is_missing(precert: Command, missing_port: Path, tmp_path: Path) -> None:
    refused(precert("run", "GBT-VP.101", "--rig", missing_port, "--out", "run"), tmp_path, "vcan97' cannot be opened")


def test_port_that_is_missing_for_the_truck(precert: Command, missing_port: Path, tmp_path: Path) -> None:
    refused(precert("truck", "--rig", missing_port), tmp_path, "vcan97' cannot be opened")


def test_pytest_says_the_same_as_the_command(bare_pytest: Command, missing_port: Path, root: Path, tmp_path: Path) -> None:
    done = bare_pytest(root / "test_suites", "--rig", missing_port, "--select", "GBT-VP.101", "--out", "run")
    refused(done, tmp_path, "vcan97' cannot be opened")


def test_pytest_refuses_workers_on_a_real_rig(bare_pytest: Command, missing_port: Path, root: Path, tmp_path: Path) -> None:
    refused(bare_pytest(root / "test_suites", "--rig", missing_port, "-n", "2", "--out", "run"), tmp_path, "-n needs a virtual rig")


def test_pytest_refuses_wrong_input(bare_pytest: Command, rig: Callable[..., Path], root: Path, tmp_path: Path) -> None:
    done = bare_pytest(root / "test_suites", "--rig", rig(pics=None), "--out", "run")
    refused(done, tmp_path, "without declared PICS nothing is run")


def test_folder_that_exists_is_left_alone(precert: Command, rig: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    done = precert("run", "GBT-VP.107", "--rig", rig(), "--out", "there")
    assert done.returncode == 2
    assert "there: exists already; a run never overwrites another" in done.stdout + done.stderr
    assert list((tmp_path / "there").iterdir()) == []


def test_selection_that_leaves_no_case(precert: Command, rig: Callable[..., Path], tmp_path: Path) -> None:
    done = precert("run", "GBT-VP.107", "--rig", rig(), "-m", "nightly", "--out", "run")
    refused(done, tmp_path, "no run: no case was left to run")


def test_matrix_that_could_not_be_written(precert: Command, tmp_path: Path) -> None:
    refused(precert("prove", "GBT-VP.107", "--json", "nowhere/matrix.json"), tmp_path, "no such folder")


def test_matrix_is_not_written_over_a_folder(precert: Command, tmp_path: Path) -> None:
    refused(precert("prove", "GBT-VP.107", "--json", tmp_path), tmp_path, "cannot be written: it is a folder; name a file")


def test_folder_of_a_run_below_a_file(precert: Command, rig: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("kept", encoding="utf-8")
    done = precert("run", "GBT-VP.107", "--rig", rig(), "--out", "notes.txt/run")
    refused(done, tmp_path, "notes.txt/run: cannot be created: 'notes.txt' is a file")
    assert "collected" not in done.stdout


def test_more_workers_than_the_machine_carries(precert: Command, rig: Callable[..., Path], tmp_path: Path) -> None:
    done = precert("run", "GBT-VP.107", "--rig", rig(), "--out", "run", "-n", "100000")
    refused(done, tmp_path, "-n 100000 is too many: at most ")


def test_listing_the_cases_makes_no_run_folder(bare_pytest: Command, rig: Callable[..., Path], root: Path, tmp_path: Path) -> None:
    done = bare_pytest(root / "test_suites", "--collect-only", "-q", "--rig", rig(), "--select", "GBT-VP.107")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "GBT-VP.107" in done.stdout
    assert "precert verdicts" not in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["trial.yaml"]


def test_module_of_a_suite_that_cannot_be_imported(precert: Command, trial_suite: Path, rig: Callable[..., Path], tmp_path: Path) -> None:
    broken = tmp_path / "copy"
    broken.mkdir()
    for part in ("precert_trial", "precert_trial-1.0.dist-info", "precert_trial_models.py"):
        source = trial_suite / part
        if source.is_dir():
            (broken / part).mkdir()
            for file in (path for path in source.iterdir() if path.is_file()):
                (broken / part / file.name).write_bytes(file.read_bytes())
        else:
            (broken / part).write_bytes(source.read_bytes())
    module = broken / "precert_trial" / "test_trial.py"
    module.write_text(
        module.read_text(encoding="utf-8").replace("from harness.core import s", "from harness.core import sss"), encoding="utf-8"
    )
    done = precert("run", "TRIAL-PASS", "--rig", rig(), "--out", "run", env={"PYTHONPATH": str(broken)})
    assert done.returncode == 2
    assert "cannot import name 'sss'" in done.stdout
    assert not (tmp_path / "run").exists()
