"""The cases about the end, schedules and MCS: marks of the reference, an idle tester blames nobody, a dead vehicle passes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.protocols.iso15118.station import StationMachine

CCS, MCS, BOTH_WAYS = "virtual-ccs.yaml", "virtual-mcs.yaml", "virtual-mcs-both-ways.yaml"
BASES = {
    "derived": "HV-END-01 HV-END-04 HV-END-06 HV-END-11 HV-END-12 HV-MCS-05 HV-MCS-06 HV-SCH-05 HV-SCH-07",
    "quoted": (
        "HV-END-02 HV-END-03 HV-END-05 HV-END-07 HV-END-08 HV-END-09 HV-END-10 HV-MCS-01 HV-MCS-02 HV-MCS-03 HV-MCS-07 HV-SCH-04"
        " HV-SCH-06 HV-PRE-05"
    ),
    "project": "HV-MCS-04",
}
"""As the rows of the reference say."""
ORDERS = [
    ("notify", CCS, "HV-END-02 HV-END-03 HV-END-04 HV-END-05 HV-END-09 HV-END-10 HV-END-11"),
    ("duty", CCS, "HV-END-06 HV-END-07 HV-END-08"),
    ("cp_source", CCS, "HV-END-06"),
    ("user_stop", CCS, "HV-END-01"),
    ("user_pause", CCS, "HV-END-07 HV-END-08"),
    ("tell", CCS, "HV-END-04"),
    ("code", CCS, "HV-END-08"),
    ("code", MCS, "HV-END-12"),
    ("schedules", MCS, "HV-END-12"),
    ("ongoing", CCS, "HV-SCH-06"),
    ("change", CCS, "HV-SCH-04 HV-SCH-05 HV-SCH-07"),
    ("change", MCS, "HV-MCS-04 HV-MCS-05"),
    ("services", MCS, "HV-MCS-02"),
    ("services", BOTH_WAYS, "HV-MCS-07"),
    ("limits", MCS, "HV-MCS-06"),
]
"""Orders to the station of the tester, with cases that depend on them."""

Play = Callable[..., Any]


@pytest.fixture
def cases(catalogue_of: Callable[[str], list[dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """The cases of the suite by their ids."""
    return {row["id"]: row for row in catalogue_of("iso15118")}


def test_catalogue_has_every_row_with_the_basis_of_the_reference(cases: dict[str, dict[str, Any]]) -> None:
    expected = {name: basis for basis, names in BASES.items() for name in names.split()}
    assert {name: cases[name]["basis"] for name in expected} == expected
    assert len(expected) == 24


@pytest.mark.slow
@pytest.mark.parametrize(("order", "rig", "names"), ORDERS)
def test_order_that_is_not_carried_out_is_inconclusive(
    play: Play, monkeypatch: pytest.MonkeyPatch, order: str, rig: str, names: str
) -> None:
    assert callable(getattr(StationMachine, order))
    monkeypatch.setattr(StationMachine, order, lambda *_, **__: None)
    verdicts = {(record["id"], record["edition"]): record["verdict"] for record in play(names.split(), rig, "")}
    assert {name for name, _ in verdicts} == set(names.split())
    assert set(verdicts.values()) == {"inconc"}, verdicts


@pytest.mark.slow
def test_rig_without_pilot_leaves_open_what_needs_it(run: Callable[..., Any], tmp_path: Path) -> None:
    rigs = Path(__file__).resolve().parents[3] / "rigs"
    text = (rigs / CCS).read_text(encoding="utf-8").replace("pics: pics/", f"pics: {rigs}/pics/")
    text = text.replace("links: [charge, pilot]", "links: [charge]").replace("  pilot: {kind: line, driver: simulated}\n", "")
    text = text.replace("options: {setup_s: 0}", "options: {setup_s: 0, pilot: false}").replace(
        "plain_20: true}", "plain_20: true, pilot: false}"
    )
    (tmp_path / "rig.yaml").write_text(text, encoding="utf-8")
    names = [name for names in BASES.values() for name in names.split() if "MCS" not in name and name != "HV-END-12"]
    _, records = run(*names, "--rig", "rig.yaml")
    verdicts = {name: record["verdict"] for name, record in records.items()}
    assert set(verdicts.values()) <= {"pass", "inconc"}, verdicts
    still_open = {name for name, verdict in verdicts.items() if verdict == "inconc"}
    assert {"HV-END-01", "HV-END-02", "HV-END-03", "HV-END-06", "HV-END-07", "HV-END-08"} <= still_open
    assert {records[name]["reason_code"] for name in still_open} == {"NO_LINE"}
