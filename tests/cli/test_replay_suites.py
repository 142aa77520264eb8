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
