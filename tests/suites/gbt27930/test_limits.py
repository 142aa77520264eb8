"""What a laboratory may change is a row of the profile: the same vehicle, other limits, another verdict."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

HEAD = 'schema = 1\nname = "laboratory"\ntitle = "Corrected limits"\n[limits]\n'
ROWS = {
    "plausible.battery_voltage": '{lower = 50, upper = 100, unit = "%", confidence = "high", %s}',
    "tolerance.BCL_kept": '{upper = 0.1, unit = "%%", confidence = "medium", %s}',
}
ORIGIN = 'source = "own copy", ref = "GBT27930-2015:?/periods", text = "corrected"'


@pytest.mark.parametrize(
    ("row", "case", "fault", "decides"),
    [
        ("plausible.battery_voltage", "GBT-VP.201", "bcp_voltage_zero", "BCP.voltage against the highest"),
        ("tolerance.BCL_kept", "GBT-VN.311", "demand_1_percent_lower_after_bus_off", "BCL.current_a as before"),
    ],
)
def test_corrected_row_decides(run: Callable[..., Any], tmp_path: Path, row: str, case: str, fault: str, decides: str) -> None:
    (tmp_path / "limits.toml").write_text(f'{HEAD}"{row}" = {ROWS[row].replace("%s", ORIGIN).replace("%%", "%")}\n', encoding="utf-8")
    code, records = run(case, "--rig", "virtual-truck.yaml", "--fault", fault, "--limits", "limits.toml")
    assert (code, records[case]["verdict"]) == (1, "fail")
    assert records[case]["reason"].startswith(decides)
