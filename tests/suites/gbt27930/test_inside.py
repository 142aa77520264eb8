"""What stays inside of the limits, or is only recorded, fails no case. Rows: ``inside.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.sim.faults.vehicle.inside import INSIDE_FAULTS

pytestmark = pytest.mark.slow

ROWS: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("inside.toml").read_text(encoding="utf-8"))["inside"]


@pytest.mark.parametrize("fault", ROWS)
def test_deviation_inside_of_the_limits_fails_no_case(play: Callable[..., list[dict[str, Any]]], fault: str) -> None:
    row = ROWS[fault]
    records = play(row["cases"], row.get("rig", "virtual-truck.yaml"), fault)
    assert {(record["id"], record["verdict"], record["reason"]) for record in records} == {(case, "pass", "") for case in row["cases"]}
    warned = {finding["rule"] for record in records for finding in record["findings"]}
    assert warned == ({row["finding"]} if "finding" in row else set())


def test_every_deviation_inside_of_the_limits_is_tried() -> None:
    assert set(ROWS) == {fault.name for fault in INSIDE_FAULTS}
