"""``precert prove``: the matrix of a part of the suite; the whole of it is in ``tests/suites``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Command = Callable[..., Any]


def test_matrix_has_the_promised_members(precert: Command, tmp_path: Path) -> None:
    done = precert("prove", "GBT-VP.101", "--json", "matrix.json")
    assert done.returncode == 0, done.stdout + done.stderr
    matrix = json.loads((tmp_path / "matrix.json").read_text(encoding="utf-8"))
    assert matrix["cases"] == 1
    assert matrix["faults"] == matrix["killed"] > 5
    assert matrix["healthy_not_passed"] == matrix["survivors"] == matrix["cases_without_fault"] == []


def test_workers_give_the_same_matrix(precert: Command, tmp_path: Path) -> None:
    precert("prove", "GBT-VN.101", "GBT-VP.404", "--json", "one.json")
    precert("prove", "GBT-VN.101", "GBT-VP.404", "--json", "two.json", "-n", "2")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_case_is_proven_on_a_rig_on_which_it_applies(precert: Command) -> None:
    done = precert("prove", "GBT-VN.101")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "cases 1, faults 3, killed 3" in done.stdout


def test_no_run_folder_is_written(precert: Command, tmp_path: Path) -> None:
    precert("prove", "GBT-VP.107")
    assert list(tmp_path.iterdir()) == []


def test_cross_table_tells_which_cases_fail_on_faults_that_others_name(precert: Command, tmp_path: Path) -> None:
    done = precert("prove", "GBT-VP.101", "GBT-VP.107", "--cross", "--json", "cross.json")
    assert done.returncode == 0, done.stdout + done.stderr
    matrix = json.loads((tmp_path / "cross.json").read_text(encoding="utf-8"))
    assert "GBT-VP.107" in matrix["unnamed"]["bhm_period_400ms"], "F5 runs in every case that comes past BHM"
    assert "fails too on bhm_period_400ms" in done.stdout
    assert matrix["survivors"] == []


def test_healthy_case_is_proven_wherever_it_applies(precert: Command, tmp_path: Path) -> None:
    precert("prove", "GBT-VP.101", "--json", "matrix.json")
    cells = json.loads((tmp_path / "matrix.json").read_text(encoding="utf-8"))["matrix"]
    healthy = {cell["case"]: cell["verdict"] for cell in cells if not cell["fault"]}
    assert {"GBT-VP.101", "GBT-VP.101@virtual-truck-aux.2015"} <= healthy.keys()
    assert set(healthy.values()) == {"pass"}
