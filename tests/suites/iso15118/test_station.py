"""The cases for a station: marks of the reference, every fault is used, a dead station passes nothing, an idle tester blames nobody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.protocols.iso15118.vehicle.steering import VehicleSteering
from harness.sim.faults.ccs_station import CCS_STATION_FAULTS

RIG = "virtual-ccs-charger.yaml"
PLACES = [
    "SessionSetup", "ServiceDiscovery", "PaymentServiceSelection", "Authorization", "ChargeParameterDiscovery", "CableCheck", "PreCharge",
    "PowerDelivery", "CurrentDemand", "WeldingDetection", "SessionStop",
]  # fmt: skip
OTHERS = {"SEQTO": "quoted", "PERF": "derived", "SAP2": "quoted", "SAP5": "quoted", "SDP4": "quoted", "CP1": "quoted", "CP2": "quoted"}
ORDERS = {
    "request_instead": [f"{place}-SEQ" for place in PLACES],
    "session_id": [f"{place}-SID" for place in PLACES],
    "offer": ["SAP2", "PRIO"],
    "hold_cp": ["CP1", "CP2"],
    "silence": ["SEQTO"],
    "withhold": ["SAP5", "SDP4"],
    "look": ["SAP5", "SDP4"],
    "knock": ["SAP5"],
    "stop": ["PERF", "CP2", "WeldingDetection-SID", "SessionStop-SEQ"],
    "begin": ["PERF", "SEQTO", "SAP5", "PRIO"],
}
"""Orders to the truck of the tester, with cases that depend on them."""

Play = Callable[..., Any]


@pytest.fixture
def cases(catalogue_of: Callable[[str], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The cases for a station."""
    return [row for row in catalogue_of("iso15118") if row["id"].startswith("HV-SECC-")]


def test_catalogue_has_every_row_of_the_station(cases: list[dict[str, Any]]) -> None:
    expected = {f"HV-SECC-{place}-{family}": "quoted" for place in PLACES for family in ("SEQ", "SID")}
    expected |= {f"HV-SECC-{name}": basis for name, basis in OTHERS.items()} | {"HV-SECC-PRIO": "quoted"}
    assert {row["id"]: row["basis"] for row in cases} == expected
    assert len(expected) == 30


def test_every_fault_of_the_station_is_named_by_a_case(cases: list[dict[str, Any]]) -> None:
    assert {fault.partition("@")[0] for row in cases for fault in row["faults"]} == set(CCS_STATION_FAULTS)


@pytest.mark.slow
@pytest.mark.parametrize("order", ORDERS)
def test_order_that_is_not_carried_out_is_inconclusive(play: Play, monkeypatch: pytest.MonkeyPatch, order: str) -> None:
    assert order in vars(VehicleSteering)
    monkeypatch.setattr(VehicleSteering, order, lambda *_, **__: None)
    names = [f"HV-SECC-{name}" for name in ORDERS[order]]
    verdicts = {(record["id"], record["edition"]): record["verdict"] for record in play(names, RIG, "")}
    assert {name for name, _ in verdicts} == set(names)
    assert set(verdicts.values()) == {"inconc"}, verdicts


@pytest.mark.slow
def test_rig_without_pilot_leaves_open_what_needs_it(run: Callable[..., Any], tmp_path: Path) -> None:
    rigs = Path(__file__).resolve().parents[3] / "rigs"
    text = (rigs / RIG).read_text(encoding="utf-8").replace("pics: pics/", f"pics: {rigs}/pics/")
    text = text.replace("links: [charge, pilot]", "links: [charge]").replace("  pilot: {kind: line, driver: simulated}\n", "")
    text = text.replace("timeouts: false}", "timeouts: false, pilot: false}").replace("{plain_20: true}", "{plain_20: true, pilot: false}")
    (tmp_path / "rig.yaml").write_text(text, encoding="utf-8")
    _, records = run("HV-SECC-*", "--rig", "rig.yaml")
    verdicts = {name: record["verdict"] for name, record in records.items()}
    still_open = {"HV-SECC-CP1", "HV-SECC-CP2", "HV-SECC-PRIO", "HV-SECC-SEQTO"}
    assert verdicts == {name: "inconc" if name in still_open else "pass" for name in verdicts}
    assert {records[name]["reason_code"] for name in still_open} == {"NO_LINE"}
