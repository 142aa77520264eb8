"""A fault shows in every case that comes past it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("case", "fault", "rule"),
    [
        ("GBT-VP.402", "bcl_mode_undefined", "F3 BCL values"),
        ("GBT-VP.309", "brm_rated_voltage_above_max", "F7 BRM rated voltage"),
        ("GBT-VP.301", "tp_padding_zero", "F8 vehicle transport"),
        ("GBT-VP.204", "bhm_length_3", "F2 BHM length"),
    ],
)
def test_fault_of_another_phase_is_reported_too(play: Callable[..., Any], case: str, fault: str, rule: str) -> None:
    (record,) = play([case], "virtual-truck.yaml", fault)
    assert (record["id"], record["verdict"], record["reason_code"]) == (case, "fail", "RULE")
    assert record["reason"].startswith(rule)
    assert {step["verdict"] for step in record["steps"]} == {"pass"}
