"""The cases of J1939: basis as the reference has it, an idle tester blames nobody, a silent truck passes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.protocols.doip.client import DoipClient
from harness.protocols.gbt27930.charger import ChargerMachine
from harness.protocols.vehicle.tester import BusTester
from harness.sim.bus_tester import SupplyLines
from harness.sim.charger import ChargerPilot

RIG = "virtual-vehicle.yaml"
BASIS = {
    "quoted": "NET-003 NET-004 NET-005 REQ-010 REQ-011 REQ-012 TP-016 TP-017 TP-018 TP-019 TP-021 TP-022 "
    "DM-031 DM-032 DM-034 DM-035 ID-037 ID-038 APP-045",
    "derived": "NET-001 NET-002 NET-006 NET-007 NET-008 NET-009 REQ-013 REQ-015 TP-020 TP-023 TP-024 TP-025 TP-027 "
    "DM-028 DM-029 DM-030 DM-033 DM-036 ID-040 APP-042 APP-043 APP-044 APP-046",
    "project": "REQ-014 TP-026 ID-039 APP-041 APP-047 APP-048 SEC-049 SEC-050",
}
NAMES = sorted(f"J19-{name}" for names in BASIS.values() for name in names.split())
ORDERS = [
    (BusTester, "request_pgn", "NET-003 REQ-010 REQ-011 REQ-012 REQ-013 REQ-015 TP-016 TP-017 TP-018 TP-019 TP-020 TP-021"),
    (BusTester, "request_pgn", "DM-029 DM-031 DM-032 DM-033 DM-034 DM-035 ID-037 ID-038 ID-039 ID-040 SEC-050"),
    (BusTester, "claim", "NET-004 NET-005"),
    (BusTester, "send", "NET-006 TP-022 TP-023 TP-024 TP-025 TP-026 DM-036 APP-046"),
    (BusTester, "transfer", "NET-008"),
    (BusTester, "flood", "REQ-014 SEC-050"),
    (BusTester, "uds", "ID-037 ID-039"),
    (DoipClient, "connect", "ID-037"),
    (BusTester, "grant", "TP-018 TP-020 TP-021"),
    (SupplyLines, "power", "NET-001 NET-003 NET-007"),
    (SupplyLines, "break_wire", "DM-028 DM-030 DM-031 DM-032 DM-033 DM-034"),
    (SupplyLines, "drive", "DM-033 APP-047"),
    (ChargerPilot, "plug_in", "ID-037 APP-048"),
    (ChargerMachine, "begin", "ID-037 APP-048"),
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
    rig = rig_without("supply", "ethernet", "inlet", "inlet_pilot")
    _, records = run("J19-NET-001", "J19-NET-005", "J19-NET-007", "J19-REQ-011", "J19-DM-030", "J19-ID-037", "J19-APP-048", "--rig", rig)
    found = {name: record["reason_code"] or record["verdict"] for name, record in records.items()}
    no_line = dict.fromkeys(("J19-NET-001", "J19-NET-007", "J19-DM-030", "J19-ID-037", "J19-APP-048"), "NO_LINE")
    assert found == no_line | {"J19-NET-005": "pass", "J19-REQ-011": "pass"}
    told = {row["path"]: (row["value"], row["note"]) for row in records["J19-ID-037"]["identified"] if row["unit"] != "4A"}
    assert told["J1939"][0] == told["UDS"][0] == "0PRECERT6TK000001"
    assert told["DoIP"][0] is None
    assert told["GB/T 27930"] == (None, "the rig has no role 'charger' that the tester plays")


def test_identification_is_recorded_over_every_path(play: Play) -> None:
    (record,) = play(["J19-ID-037"], RIG, "")
    rows = record["identified"]
    assert [(row["path"], row["unit"]) for row in rows] == [
        ("J1939", "27"),
        ("J1939", "4A"),
        ("UDS", "27"),
        ("DoIP", "1027"),
        ("GB/T 27930", ""),
    ]
    assert {row["value"] for row in rows} == {"0PRECERT6TK000001"}
    assert all(row["item"] == "vin" and row["frames"] and len(row["sha256"]) == 64 for row in rows)
