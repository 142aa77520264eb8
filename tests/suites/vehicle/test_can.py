"""The CAN bench cases: an idle tester blames nobody, a silent truck passes nothing, what needs a line or a means is left open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import harness.sim.networked_truck as model
from harness.bench.can_access import CanAccess
from harness.bench.links import CanLink
from harness.case import Sut
from harness.core import Inconclusive, Limit, Reason, s
from harness.protocols.vehicle.tester import BusTester
from harness.sim.bus_tester import SupplyLines
from harness.sim.faults.network import UnitSetup

RIG, FD_RIG = "virtual-vehicle.yaml", "virtual-vehicle-fd.yaml"
GROUPS = {
    "RATE": (1, 2),
    "LOAD": (3, 4),
    "ERR": (5, 6),
    "CYC": (7, 8, 9, 10),
    "DLC": (11, 12, 13),
    "ID": (14, 15),
    "SIG": (16, 17, 18, 19, 20, 21),
    "FUZ": (22, 23, 24),
    "FD": (25,),
    "REP": (26,),
}
PROJECT = {3, 4, 7, 8, 15, 18, 22, 23, 24, 26}
"""Rows that the reference calls our own; all others are derived."""
NAMES = [f"CAN-{group}-{number:03}" for group, numbers in GROUPS.items() for number in numbers]
CLASSIC = [name for name in NAMES if name != "CAN-FD-025"]
WATCHED = (
    "CAN-LOAD-003 CAN-ERR-005 CAN-CYC-007 CAN-DLC-011 CAN-DLC-012 CAN-DLC-013 CAN-ID-014 CAN-ID-015 CAN-SIG-016 CAN-SIG-017 CAN-SIG-019"
)
ORDERS = [
    (SupplyLines, "drive", RIG, f"{WATCHED} CAN-SIG-018"),
    (SupplyLines, "plug_in", RIG, f"{WATCHED} CAN-SIG-018 CAN-LOAD-004"),
    (SupplyLines, "turn_key", RIG, "CAN-CYC-009 CAN-CYC-010"),
    (SupplyLines, "power", RIG, "CAN-CYC-008 CAN-REP-026"),
    (BusTester, "repeat", RIG, "CAN-SIG-020 CAN-SIG-021 CAN-FUZ-023"),
    (BusTester, "flood", RIG, "CAN-FUZ-022 CAN-FUZ-024"),
    (BusTester, "play", RIG, "CAN-REP-026"),
    (BusTester, "send", RIG, "CAN-CYC-010"),
    (BusTester, "send_frame", FD_RIG, "CAN-FD-025"),
    (CanLink, "destroy", RIG, "CAN-ERR-006"),
    (CanLink, "unplug", RIG, "CAN-ERR-006"),
]
"""Orders, with the cases that depend on them."""
MEANS = [("listen", "CAN-RATE-001 CAN-RATE-002"), ("counters", "CAN-ERR-005"), ("destroy", "CAN-ERR-006"), ("unplug", "CAN-ERR-006")]
"""What a port on hardware cannot do."""

Play = Callable[..., Any]


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Watch for seconds instead of minutes, and send less: what these tests are about does not depend on it."""
    short = {"can.watch": 5, "can.silence": 5, "can.rate_watch": 2, "can.fuzz_frames": 500, "can.flips": 20, "can.flood_length": 2}
    usual = Sut.limit

    def limit(sut: Sut, key: str) -> Limit:
        found = usual(sut, key)
        return replace(found, value=found.value * 0 + short[key]) if key in short and found.value is not None else found

    monkeypatch.setattr(Sut, "limit", limit)


def verdicts(play: Play, names: list[str], rig: str = RIG, fault: str = "") -> dict[str, str]:
    return {record["id"]: record["verdict"] for record in play(names, rig, fault)}


def test_catalogue_has_every_row_of_the_reference(catalogue_of: Callable[[str], list[dict[str, Any]]]) -> None:
    rows = {row["id"]: row for row in catalogue_of("vehicle") if row["id"].startswith("CAN-")}
    assert sorted(rows) == sorted(NAMES)
    assert {name: row["basis"] for name, row in rows.items()} == {
        name: "project" if int(name[-3:]) in PROJECT else "derived" for name in NAMES
    }


def test_what_plugs_the_truck_in_needs_leave_to_energise(catalogue_of: Callable[[str], list[dict[str, Any]]]) -> None:
    plugging = {name for _, order, _, names in ORDERS if order == "plug_in" for name in names.split()}
    assert {row["id"] for row in catalogue_of("vehicle") if "energise" in row["needs"]} == plugging | {"J19-APP-048"}


@pytest.mark.slow
@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(("owner", "order", "rig", "names"), ORDERS)
def test_order_that_is_not_carried_out_is_inconclusive(
    play: Play, monkeypatch: pytest.MonkeyPatch, owner: type, order: str, rig: str, names: str
) -> None:
    assert callable(getattr(owner, order))
    monkeypatch.setattr(owner, order, lambda *_, **__: None)
    assert verdicts(play, names.split(), rig) == dict.fromkeys(names.split(), "inconc")


@pytest.mark.slow
@pytest.mark.usefixtures("hasty")
def test_truck_that_sends_nothing_passes_no_case(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.sim.ecus.unit.ControlUnit.start", lambda *_, **__: [])
    found = verdicts(play, CLASSIC)
    assert set(found) == set(CLASSIC)
    assert set(found.values()) <= {"fail", "inconc"}, found


@pytest.mark.slow
@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(("means", "names"), MEANS)
def test_what_a_port_cannot_do_is_left_open(play: Play, monkeypatch: pytest.MonkeyPatch, means: str, names: str) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise Inconclusive(Reason.NO_LINE, "the rig has no means for this")

    monkeypatch.setattr(CanAccess, means, refuse)
    records = play(names.split(), RIG, "")
    assert {record["id"]: (record["verdict"], record["reason_code"]) for record in records} == dict.fromkeys(
        names.split(), ("inconc", "NO_LINE")
    )


@pytest.mark.slow
@pytest.mark.usefixtures("hasty")
def test_tester_that_listens_at_one_rate_only_blames_nobody(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = CanAccess.listen
    monkeypatch.setattr(CanAccess, "listen", lambda access, rate, point, for_ns: usual(access, 250_000, point, for_ns))
    record = play(["CAN-RATE-001"], RIG, "")[0]
    assert (record["verdict"], record["reason_code"]) == ("inconc", "PRECONDITION")


@pytest.mark.slow
@pytest.mark.usefixtures("hasty")
def test_case_of_fd_does_not_apply_to_a_classic_bus_and_passes_on_the_other(play: Play) -> None:
    assert verdicts(play, ["CAN-FD-025"], FD_RIG) == {"CAN-FD-025": "pass"}
    assert verdicts(play, ["CAN-FD-025"]).get("CAN-FD-025") != "pass"


@pytest.mark.slow
def test_unit_that_needs_almost_all_of_its_time_passes(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = model.setup_of

    def made(*arguments: Any) -> UnitSetup:
        setup = usual(*arguments)
        traits = replace(setup.around.controller, recovery_ns=s(1.8), clock_ppm=5_000)
        return replace(setup, around=replace(setup.around, controller=traits))

    monkeypatch.setattr(model, "setup_of", made)
    names = ["CAN-ERR-006", "CAN-RATE-002"]
    assert verdicts(play, names) == dict.fromkeys(names, "pass")
