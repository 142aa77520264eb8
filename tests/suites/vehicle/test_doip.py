"""The cases of DoIP: the catalogue, an idle tester blames nobody, a dead entity passes nothing, what is inside of limits passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import harness.sim.networked_truck as model
from harness.core import ms, s
from harness.protocols.doip.client import DoipClient
from harness.protocols.doip.timing import DoipTiming
from harness.sim.bus_tester import SupplyLines
from harness.sim.ecus.ethernet import EthernetSetup
from harness.sim.faults.network import UnitSetup

RIG, TLS_RIG = "virtual-vehicle.yaml", "virtual-vehicle-tls.yaml"
NAMES = [f"DOIP-{number:03}" for number in range(1, 21)]
PLAIN = [name for name in NAMES if name != "DOIP-019"]
UNASKED = ("DOIP-001",)
"""The entity does that without being asked."""
ORDERS = [
    (DoipClient, "ask", "DOIP-002 DOIP-016 DOIP-017"),
    (DoipClient, "connect", " ".join(name for name in PLAIN if name not in (*UNASKED, "DOIP-002", "DOIP-016"))),
    (DoipClient, "say", "DOIP-003 DOIP-005 DOIP-006 DOIP-007 DOIP-008 DOIP-010 DOIP-012 DOIP-013 DOIP-014 DOIP-015 DOIP-017 DOIP-018"),
    (DoipClient, "send", "DOIP-004 DOIP-005 DOIP-006 DOIP-007 DOIP-011 DOIP-012 DOIP-013 DOIP-014 DOIP-015 DOIP-018"),
    (SupplyLines, "power", "DOIP-001"),
]
"""Orders to the tester, with the cases that depend on them."""
_RIGHT = DoipTiming()
INSIDE = {
    "slow_and_patient": replace(
        _RIGHT,
        answer_ns=s(1.9),
        ack_ns=ms(5),
        announce_gap_ns=ms(545),
        announce_wait_ns=ms(495),
        initial_inactivity_ns=s(2.15),
        general_inactivity_ns=s(304),
        alive_ns=ms(590),
    ),
    "quick_and_impatient": replace(
        _RIGHT,
        answer_ns=1,
        ack_ns=1,
        relay_ns=2,
        announce_gap_ns=ms(455),
        announce_wait_ns=1,
        initial_inactivity_ns=s(1.85),
        general_inactivity_ns=s(296),
        alive_ns=ms(410),
    ),
}
"""Entities that are right, each at several edges."""

Play = Callable[..., Any]


def test_catalogue_has_every_row_of_the_reference(catalogue_of: Callable[[str], list[dict[str, Any]]]) -> None:
    assert sorted(row["id"] for row in catalogue_of("vehicle") if row["id"].startswith("DOIP-")) == NAMES


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
def test_entity_that_is_dead_passes_no_case(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.sim.ecus.ethernet.EthernetNode.power", lambda *_, **__: None)
    verdicts = {record["id"]: record["verdict"] for record in play(PLAIN, RIG, "")}
    assert verdicts == {name: "fail" if name in UNASKED else "inconc" for name in PLAIN}


@pytest.mark.slow
@pytest.mark.parametrize("name", INSIDE)
def test_entity_at_the_edge_of_what_is_right_passes(play: Play, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    usual = model.setup_of

    def made(*arguments: Any) -> UnitSetup:
        return replace(usual(*arguments), ethernet=EthernetSetup(timing=INSIDE[name]))

    monkeypatch.setattr(model, "setup_of", made)
    verdicts = {record["id"]: record["verdict"] for record in play(PLAIN, RIG, "")}
    assert verdicts == dict.fromkeys(PLAIN, "pass")


@pytest.mark.slow
def test_every_case_passes_over_protected_connections(play: Play) -> None:
    verdicts = {record["id"]: record["verdict"] for record in play(NAMES, TLS_RIG, "")}
    assert verdicts == dict.fromkeys(NAMES, "pass")


def test_rig_without_ethernet_is_no_fault_of_the_truck(run: Callable[..., Any], rig_without: Callable[..., str]) -> None:
    _, records = run("DOIP-003", "DOIP-016", "--rig", rig_without("ethernet"))
    assert {name: (record["verdict"], record["reason_code"]) for name, record in records.items()} == dict.fromkeys(
        ("DOIP-003", "DOIP-016"), ("inconc", "NO_LINE")
    )
