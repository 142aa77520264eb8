"""A truck that does nothing passes no case, and a fault shows in every case that comes past it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

_MODEL = '''\
"""A truck whose battery management is not there."""


class Nothing:
    def __init__(self, name):
        self.name = name

    def start(self, now_ns):
        return []

    def receive(self, now_ns, pdu):
        return []

    def next_deadline_ns(self):
        return None

    def handle_timers(self, now_ns):
        return []


def dead_truck(options):
    return [Nothing(name) for _ in range(options.get("inlets", 1)) for name in ("bms", "inlet")]
'''


@pytest.fixture
def dead_truck(tmp_path: Path) -> dict[str, str]:
    """Environment in which another distribution brings the model ``dead_truck``."""
    folder = tmp_path / "distribution"
    info = folder / "dead_truck-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "dead_truck.py").write_text(_MODEL, encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: dead-truck\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[precert.models]\ndead_truck = dead_truck:dead_truck\n", encoding="utf-8")
    return {"PYTHONPATH": str(folder)}


@pytest.mark.parametrize("name", ["virtual-truck", "virtual-truck-aux"])
def test_dead_truck_passes_no_case(run: Callable[..., Any], dead_truck: dict[str, str], tmp_path: Path, name: str) -> None:
    rigs = Path(__file__).resolve().parents[3] / "rigs"
    text = (rigs / f"{name}.yaml").read_text(encoding="utf-8")
    text = text.replace("model: heavy_truck", "model: dead_truck").replace("pics: pics/", f"pics: {rigs}/pics/")
    assert "dead_truck" in text
    (tmp_path / "rig.yaml").write_text(text, encoding="utf-8")
    code, records = run("gbt27930", "--rig", "rig.yaml", env=dead_truck)
    assert code == 1
    assert len(records) >= 28
    assert {record["verdict"] for record in records.values()} <= {"fail", "inconc"}
    assert any(record["verdict"] == "fail" for record in records.values())


def test_dead_truck_with_two_inlets_passes_no_case(run: Callable[..., Any], dead_truck: dict[str, str], tmp_path: Path) -> None:
    rigs = Path(__file__).resolve().parents[3] / "rigs"
    text = (rigs / "virtual-truck-dual.yaml").read_text(encoding="utf-8")
    text = text.replace("model: dual_inlet_truck", "model: dead_truck, options: {inlets: 2}").replace("pics: pics/", f"pics: {rigs}/pics/")
    assert "dead_truck" in text
    (tmp_path / "rig.yaml").write_text(text, encoding="utf-8")
    _, records = run("GBT-VX.*", "--rig", "rig.yaml", env=dead_truck)
    assert len(records) >= 7
    assert {record["verdict"] for record in records.values()} <= {"fail", "inconc"}


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
