"""The cases of diagnostics: the catalogue, an idle tester blames nobody, a dead truck passes nothing, what is inside of limits passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import harness.sim.networked_truck as model
from harness.core import ms, s
from harness.protocols.isotp import ISO_15765_2
from harness.protocols.uds.server import ServerTiming
from harness.protocols.vehicle.tester import BusTester
from harness.sim.bus_tester import SupplyLines
from harness.sim.ecus.diagnostics import DiagnosticSetup
from harness.sim.faults.network import UnitSetup

RIG = "virtual-vehicle.yaml"
SLOW = ("UDS-FUZ-056", "UDS-FUZ-057", "UDS-DID-034", "UDS-DID-031")
"""Cases that would need most of the time; what these tests are about does not depend on them."""
GROUPS = {
    "SES": range(1, 11),
    "TIM": range(11, 15),
    "TP": range(15, 26),
    "DID": range(26, 35),
    "DTC": range(35, 43),
    "SEC": range(43, 49),
    "RTE": range(49, 51),
    "COM": range(51, 53),
    "SUP": range(53, 55),
    "RST": range(55, 56),
    "FUZ": range(56, 58),
    "SW": range(58, 60),
    "LOG": range(60, 61),
}
ORDERS = [
    (BusTester, "send_frame", "UDS-TP-015 UDS-TP-021 UDS-TP-022 UDS-TP-023 UDS-TP-024 UDS-TP-025"),
    (BusTester, "flow", "UDS-TP-017 UDS-TP-018 UDS-TP-019 UDS-TP-020"),
    (BusTester, "tester_present", "UDS-SES-005"),
    (BusTester, "request_pgn", "UDS-DID-026 UDS-SW-058"),
    (SupplyLines, "break_wire", "UDS-DTC-036 UDS-DTC-037 UDS-DTC-038 UDS-DTC-039 UDS-DTC-040 UDS-DTC-042 UDS-COM-052"),
    (SupplyLines, "drive", "UDS-DTC-041"),
    (SupplyLines, "power", "UDS-DID-031 UDS-SEC-046"),
]
"""Orders to the tester, with the cases that depend on them."""
_RIGHT = ServerTiming()
INSIDE = {
    "answers_after_45ms": DiagnosticSetup(timing=replace(_RIGHT, work_ns=ms(45)), padding=0),
    "pending_after_45ms": DiagnosticSetup(timing=replace(_RIGHT, pending_ns=ms(45), pending_every_ns=s(4.4), attempts=2, delay_ns=s(9))),
    "times_short": DiagnosticSetup(
        timing=replace(_RIGHT, s3_ns=s(4.7)), isotp_timing=replace(ISO_15765_2, n_bs_ns=ms(910), n_cr_ns=ms(910), margin_ns=ms(3))
    ),
    "times_long": DiagnosticSetup(
        timing=replace(_RIGHT, s3_ns=s(5.3)),
        isotp_timing=replace(ISO_15765_2, n_bs_ns=ms(1090), n_cr_ns=ms(1090), margin_ns=ms(3)),
        reset_ns=s(1.5),
    ),
    "frames_apart": DiagnosticSetup(isotp_timing=replace(ISO_15765_2, cs_ns=ms(40), br_ns=ms(30))),
}
"""Units that are right, each at one edge or several."""

Play = Callable[..., Any]


def names_of_all() -> list[str]:
    """Every case of section 5 of the reference."""
    return [f"UDS-{group}-{number:03}" for group, numbers in GROUPS.items() for number in numbers]


def test_catalogue_has_every_row_of_the_reference(catalogue_of: Callable[[str], list[dict[str, Any]]]) -> None:
    found = sorted(row["id"] for row in catalogue_of("vehicle") if row["id"].startswith("UDS-"))
    assert found == sorted(names_of_all())
    assert len(found) == 60


@pytest.mark.slow
@pytest.mark.parametrize(("owner", "order", "names"), ORDERS)
def test_order_that_is_not_carried_out_is_inconclusive(
    play: Play, monkeypatch: pytest.MonkeyPatch, owner: type, order: str, names: str
) -> None:
    assert callable(getattr(owner, order))
    monkeypatch.setattr(owner, order, lambda *_, **__: None)
    verdicts = {record["id"]: record["verdict"] for record in play(names.split(), RIG, "")}
    assert set(verdicts) == set(names.split())
    assert set(verdicts.values()) == {"inconc"}, verdicts


@pytest.mark.slow
def test_tester_that_asks_nothing_blames_nobody(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BusTester, "uds", lambda *_, **__: None)
    verdicts = {record["id"]: record["verdict"] for record in play(names_of_all(), RIG, "")}
    assert len(verdicts) == 60
    assert set(verdicts.values()) == {"inconc"}, verdicts


@pytest.mark.slow
def test_unit_that_never_answers_passes_no_case(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.sim.ecus.diagnostics.Diagnostics.receive", lambda *_, **__: [])
    verdicts = {record["id"]: record["verdict"] for record in play(names_of_all(), RIG, "")}
    assert len(verdicts) == 60
    assert set(verdicts.values()) <= {"fail", "inconc"}, verdicts


@pytest.mark.slow
@pytest.mark.parametrize("name", INSIDE)
def test_unit_at_the_edge_of_what_is_right_passes(play: Play, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    usual = model.setup_of

    def made(*arguments: Any) -> UnitSetup:
        return replace(usual(*arguments), diagnostics=INSIDE[name])

    monkeypatch.setattr(model, "setup_of", made)
    cases = [case for case in names_of_all() if case not in SLOW]
    verdicts = {record["id"]: record["verdict"] for record in play(cases, RIG, "")}
    assert len(verdicts) == len(cases)
    assert {case for case, verdict in verdicts.items() if verdict != "pass"} == set()


@pytest.mark.slow
def test_rig_without_supply_leaves_open_what_needs_it(run: Callable[..., Any], rig_without: Callable[..., str]) -> None:
    rig = rig_without("supply", "ethernet", "inlet", "inlet_pilot")
    names = [name for name in names_of_all() if not name.startswith("UDS-FUZ")]
    _, records = run(*names, "--rig", rig)
    verdicts = {name: record["verdict"] for name, record in records.items()}
    assert set(verdicts.values()) <= {"pass", "inconc"}, verdicts
    still_open = {name for name, verdict in verdicts.items() if verdict == "inconc"}
    assert still_open == {name for _, order, listed in ORDERS if order in ("break_wire", "drive", "power") for name in listed.split()}
    assert {records[name]["reason_code"] for name in still_open} == {"NO_LINE"}
