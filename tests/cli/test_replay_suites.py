"""Whole campaigns are reproduced from their recordings: no case of a shipped suite needs anything that is in none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("rig", ["virtual-truck.yaml", "virtual-charger.yaml"])
def test_every_case_is_judged_again_from_its_recording(precert: Callable[..., Any], tmp_path: Path, rig: str) -> None:
    ran = precert("run", "--rig", rig, "--out", "run")
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr
    done = precert("replay", "run", "--json", "outcome.json")
    outcome = json.loads((tmp_path / "outcome.json").read_bytes())
    assert (done.returncode, outcome["from_record"], outcome["differences"]) == (0, {}, [])
    assert len(outcome["reproduced"]) == outcome["attempts"] > 40


@pytest.mark.parametrize(
    ("rig", "cases"),
    [
        ("virtual-ccs.yaml", ["HV-SDP-02", "HV-SDP-08", "HV-TCP-01"]),
        ("virtual-ccs-tls.yaml", ["HV-TLS-*", "HV-SDP-01"]),
        ("virtual-ccs-slac.yaml", ["HV-SLC-01", "HV-SLC-07"]),
    ],
)
def test_recordings_of_networks_are_enough_to_judge_again(precert: Callable[..., Any], tmp_path: Path, rig: str, cases: list[str]) -> None:
    ran = precert("run", *cases, "--rig", rig, "--out", "run")
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr
    assert list((tmp_path / "run").glob("evidence/*/*/*.pcapng"))
    done = precert("replay", "run", "--json", "outcome.json")
    outcome = json.loads((tmp_path / "outcome.json").read_bytes())
    assert (done.returncode, outcome["from_record"], outcome["differences"]) == (0, {}, [])
    assert len(outcome["reproduced"]) == outcome["attempts"] >= 2
