"""A truck or a station that is there and does nothing passes no case of any suite."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.slow

RIGS = Path(__file__).resolve().parents[2] / "rigs"
_DEAD = '''\
"""A system under test that is there and does nothing."""


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


def dead(options):
    return [Nothing(f"nothing on {link}") for link in options["links"]]
'''


@pytest.mark.parametrize(
    ("rig", "select", "at_least", "blamed"),
    [
        ("virtual-truck", "gbt27930", 85, "GBT-VP.101"),
        ("virtual-truck-aux", "gbt27930", 85, "GBT-VP.101"),
        ("virtual-truck-dual", "GBT-VX.*", 7, None),
        ("virtual-charger", "GBT-D*", 43, "GBT-DP.1001"),
        ("virtual-mcs-both-ways", "HV-END-* HV-MCS-*", 19, None),
        ("virtual-ccs-charger", "HV-SECC-*", 30, None),
        ("virtual-swap", "swap", 69, None),
        ("virtual-swap-stream", "SWP-COM-*", 9, None),
        ("virtual-vehicle", "vehicle", 140, "J19-NET-001"),
    ],
)
def test_dead_system_passes_no_case(
    run: Callable[..., Any], tmp_path: Path, rig: str, select: str, at_least: int, blamed: str | None
) -> None:
    folder = tmp_path / "distribution"
    info = folder / "dead-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "dead.py").write_text(_DEAD, encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: dead\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[precert.models]\ndead = dead:dead\n", encoding="utf-8")
    document = yaml.safe_load((RIGS / f"{rig}.yaml").read_text(encoding="utf-8"))
    [sut] = [role for role in document["roles"].values() if role["kind"] == "sut"]
    sut |= {"model": "dead", "options": {"links": list(sut["links"])}, "pics": str(RIGS / sut["pics"])}
    (tmp_path / "rig.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    code, records = run(*select.split(), "--rig", "rig.yaml", env={"PYTHONPATH": str(folder)})
    assert code == 1
    verdicts = {name: record["verdict"] for name, record in records.items() if record["verdict"] != "none"}
    assert len(verdicts) >= at_least
    assert {name: verdict for name, verdict in verdicts.items() if verdict not in ("fail", "inconc")} == {}
    # Where nothing else has to be there first, doing nothing is the fault itself.
    assert blamed is None or verdicts[blamed] == "fail"
