"""The cases of J1939: basis as the reference has it, an idle tester blames nobody, a silent truck passes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.protocols.vehicle.tester import BusTester
from harness.sim.bus_tester import SupplyLines

RIG = "virtual-vehicle.yaml"
BASIS = {
    "quoted": "NET-003 NET-004 NET-005 REQ-010 REQ-011 REQ-012 TP-016 TP-017 TP-018 TP-019 TP-021 TP-022",
    "derived": "NET-001 NET-002 NET-006 NET-007 NET-008 NET-009 REQ-013 REQ-015 TP-020 TP-023 TP-024 TP-025 TP-027",
    "project": "REQ-014 TP-026",
}
NAMES = sorted(f"J19-{name}" for names in BASIS.values() for name in names.split())
ORDERS = [
    (BusTester, "request_pgn", "NET-003 REQ-010 REQ-011 REQ-012 REQ-013 REQ-015 TP-016 TP-017 TP-018 TP-019 TP-020 TP-021"),
    (BusTester, "claim", "NET-004 NET-005"),
    (BusTester, "send", "NET-006 TP-022 TP-023 TP-024 TP-025 TP-026"),
    (BusTester, "transfer", "NET-008"),
    (BusTester, "flood", "REQ-014"),
    (BusTester, "grant", "TP-018 TP-020 TP-021"),
    (SupplyLines, "power", "NET-001 NET-003 NET-007"),
]
"""Orders to the tester, with cases that depend on them."""

Play = Callable[..., Any]


def verdicts_of(play: Play, names: list[str]) -> dict[str, str]:
    found = {record["id"]: record["verdict"] for record in play(names, RIG, "")}
    assert set(found) == set(names)
    return found


def test_catalogue_has_the_rows_with_their_basis(catalogue_of: Callable[[str], list[dict[str, Any]]]) -> None:
    rows = {row["id"]: row["basis"] for row in catalogue_of("vehicle") if row["id"].startswith("J19-")}
    assert rows == {f"J19-{name}": basis for basis, names in BASIS.items() for name in names.split()}


@pytest.mark.slow
@pytest.mark.parametrize(("owner", "order", "names"), ORDERS)
def test_order_that_is_not_carried_out_is_inconclusive(
    play: Play, monkeypatch: pytest.MonkeyPatch, owner: type, order: str, names: str
) -> None:
    assert callable(getattr(owner, order))
    monkeypatch.setattr(owner, order, lambda *_, **__: None)
    cases = [f"J19-{name}" for name in names.split()]
    assert verdicts_of(play, cases) == dict.fromkeys(cases, "inconc")


@pytest.mark.slow
def test_truck_that_is_silent_passes_no_case(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.sim.networked_truck.UnitsNode.power", lambda *_, **__: None)
    found = verdicts_of(play, NAMES)
    assert set(found.values()) <= {"fail", "inconc"}
    assert found["J19-NET-001"] == "fail"


@pytest.mark.slow
def test_rig_without_supply_leaves_open_what_needs_it(run: Callable[..., Any], rig_without: Callable[..., str]) -> None:
    rig = rig_without("supply", "ethernet", "charge", "pilot")
    _, records = run("J19-NET-001", "J19-NET-005", "J19-NET-007", "J19-REQ-011", "--rig", rig)
    found = {name: record["reason_code"] or record["verdict"] for name, record in records.items()}
    assert found == {"J19-NET-001": "NO_LINE", "J19-NET-005": "pass", "J19-NET-007": "NO_LINE", "J19-REQ-011": "pass"}
