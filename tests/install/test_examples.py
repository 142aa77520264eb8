"""The distributions in ``examples/`` work as CONTRIBUTING says: built, installed beside precert, and run through its command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

Precert = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, build_wheel: Callable[[Path], Path], root: Path) -> Path:
    """A folder with the three examples installed, as an installer would unpack their wheels."""
    folder = tmp_path_factory.mktemp("installed")
    for name in ("truck_model", "port", "suite"):
        with zipfile.ZipFile(build_wheel(root / "examples" / name)) as wheel:
            wheel.extractall(folder)
    return folder


@pytest.fixture
def precert(installed: Path, tmp_path: Path) -> Precert:
    """Run the command in an empty folder, with the examples installed."""

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-c", "from harness.cli import main; main()", *arguments]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    return call


def test_truck_of_another_distribution_passes_the_suite(precert: Precert, root: Path, tmp_path: Path) -> None:
    rig = root / "examples" / "truck_model" / "rigs" / "yard-tractor.yaml"
    done = precert("run", "gbt27930", "--rig", str(rig), "--out", "run")
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((tmp_path / "run" / "results.json").read_text(encoding="utf-8"))
    assert results["counts"]["pass"] >= 85
    assert results["counts"]["planned"] == results["counts"]["pass"] + results["counts"]["na"]


def test_its_own_values_reach_the_checks(precert: Precert, root: Path, tmp_path: Path) -> None:
    rig = root / "examples" / "truck_model" / "rigs" / "yard-tractor.yaml"
    pics = tmp_path / "other.toml"
    declared = (root / "examples" / "truck_model" / "rigs" / "pics" / "yard-tractor.toml").read_text(encoding="utf-8")
    pics.write_text(declared.replace('vin = "0YARDTRAC7EX00001"', 'vin = "0YARDTRAC7EX00002"'), encoding="utf-8")
    assert pics.read_text(encoding="utf-8") != declared
    done = precert("run", "GBT-VP.102", "--rig", str(rig), "--pics", str(pics), "--out", "run")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "0YARDTRAC7EX00001" in done.stdout


def test_suite_of_another_distribution_is_listed_and_proven(precert: Precert, tmp_path: Path) -> None:
    listed = precert("list", "depot", "--json")
    assert [row["id"] for row in json.loads(listed.stdout)] == ["DEPOT-001"]
    done = precert("prove", "depot", "--json", "matrix.json")
    assert done.returncode == 0, done.stdout + done.stderr
    matrix = json.loads((tmp_path / "matrix.json").read_text(encoding="utf-8"))
    assert (matrix["cases"], matrix["survivors"], matrix["healthy_not_passed"], matrix["cases_without_fault"]) == (1, [], [], [])
    assert matrix["killed"] == matrix["faults"] == 2


def test_port_of_another_distribution_is_known_to_rig_files(precert: Precert, root: Path, tmp_path: Path) -> None:
    rig = (root / "rigs" / "bench-dc-example.yaml").read_text(encoding="utf-8")
    (tmp_path / "bench.yaml").write_text(rig.replace("driver: manual", "driver: text_bxo"), encoding="utf-8")
    done = precert("run", "gbt27930", "--rig", "bench.yaml", "--out", "run")
    assert done.returncode == 2
    assert "links.pilot.driver: no driver named 'text_bxo' for kind: line (did you mean 'text_box'?)" in done.stderr
