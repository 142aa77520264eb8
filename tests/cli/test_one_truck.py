"""One truck on the rigs of two suites, from the runs to the verified package of one report."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from harness.cli import app
from harness.rig import find_rig

RIGS = find_rig("virtual-truck").parent


def _call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture
def runs(precert: Callable[..., Any], tmp_path: Path) -> list[Path]:
    """Of charging, by the declaration of its rig, and of a swap, by a file that declares the truck for both suites."""
    whole = tmp_path / "truck.toml"
    charging, swap = (
        (RIGS / "pics" / name).read_text(encoding="utf-8").split("[pixit]") for name in ("heavy-truck.toml", "swap-truck.toml")
    )
    vin = next(line for line in swap[1].splitlines(keepends=True) if line.startswith("vin ="))
    assert vin in charging[1]
    items = swap[0].partition("[pics]")[2]
    whole.write_text(f"{charging[0]}{items}[pixit]{charging[1]}{swap[1].replace(vin, '')}", encoding="utf-8")
    for arguments in (
        ("GBT-VP.101", "--rig", "virtual-truck", "--out", "charging"),
        ("SWP-SES-013", "--rig", "virtual-swap", "--pics", whole, "--out", "swap"),
    ):
        done = precert("run", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
    return [tmp_path / "charging", tmp_path / "swap"]


def test_runs_of_two_suites_are_one_report_that_is_sealed_and_verified(
    runs: list[Path], precert: Callable[..., Any], tmp_path: Path
) -> None:
    made = _call("report", *runs, "--market", "eu", "--out", tmp_path / "report")
    assert made.exit_code == 0, made.output
    results = json.loads((tmp_path / "report" / "results.json").read_bytes())
    assert {row["suite"]: row["verdict"] for row in results["results"]} == {"gbt27930": "pass", "swap": "pass"}
    assert results["item"] == {
        "role": "truck", "model": "heavy_truck, swap_truck", "pics_file": "heavy-truck.toml, truck.toml", "vin": "0PRECERT6TK000001"
    }  # fmt: skip
    swap = next(need for need in results["markets"][0]["needs"] if need["id"] == "eu-swap")
    assert (swap["passed"], swap["codes"]) == (1, ["PARTIAL", "NOT_ON_VEHICLE"])
    named = [part for run in runs for part in ("--run", run)]
    sealed = _call("seal", tmp_path / "report", *named, "--out", tmp_path / "out")
    assert sealed.exit_code == 0, sealed.output
    package = tmp_path / "out" / results["report"]["number"]
    checked = _call("verify", package, "--trust", f"{package}.test-root.pem", "--recompute")
    assert checked.exit_code == 0, checked.output
    again = precert("replay", "swap")
    assert again.returncode == 0, again.stdout + again.stderr
