"""What the matrix of GB/T 27930 shows of editions, rules and findings."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.sim.faults import VEHICLE_FAULTS
from harness.sim.faults.vehicle.inside import INSIDE_FAULTS

pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).with_name("kills.toml")
RULES = ("F1", "F2", "F3", "F5", "F6", "F7", "F8")
"""The rules that can fail a case; F4 warns."""


@pytest.mark.matrix
def test_matrix_is_printed(proof: Any) -> None:
    text = proof.output.partition("fault-twin matrix")[2]
    for case, fault in proof.cells:
        assert (fault or case) in text
    assert "complete" in text.splitlines()[-2]


@pytest.mark.matrix
def test_every_edition_has_healthy_runs_of_both_sides(proof: Any) -> None:
    runs = Counter((case[4], case.rpartition(".")[2]) for case, fault in proof.cells if not fault and "@" in case)
    assert {side: {edition for at, edition in runs if at == side} for side in "VD"} == {side: {"2011", "2015", "2023A"} for side in "VD"}


def killed_in(golden: dict[str, Any], side: str) -> set[str]:
    return {fault.partition("@")[0] for case, faults in golden["kills"].items() if case[4] == side for fault in faults}


def test_every_fault_of_the_truck_is_killed_gives_a_finding_or_is_harmless(golden: dict[str, Any]) -> None:
    killed = killed_in(golden, "V")
    harmless = {fault.name for fault in INSIDE_FAULTS}
    assert killed | golden["findings"].keys() | harmless == set(VEHICLE_FAULTS)
    assert not killed & (golden["findings"].keys() | harmless)


@pytest.mark.matrix
@pytest.mark.parametrize("rule", RULES)
def test_every_rule_fails_a_case_with_a_fault(proof: Any, rule: str) -> None:
    failed = {name for (_, fault), cell in proof.cells.items() if fault for name in cell["failed"]}
    assert any(name.startswith(f"{rule} ") for name in failed)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule != "F5"])
def test_every_rule_decides_a_case_in_which_all_steps_pass(golden: dict[str, Any], rule: str) -> None:
    deciding = {kill["check"] for faults in golden["kills"].values() for kill in faults.values() if kill["step"] == "rules"}
    assert any(check.startswith(f"{rule} ") for check in deciding)


def test_period_alone_fails_a_case_that_is_about_something_else(run: Callable[..., Any]) -> None:
    code, records = run("GBT-VP.107", "--rig", "virtual-truck.yaml", "--fault", "bhm_period_400ms")
    assert code == 1
    record = records["GBT-VP.107"]
    assert [step["verdict"] for step in record["steps"]] == ["pass", "pass", "pass"]
    assert (record["verdict"], record["reason_code"]) == ("fail", "RULE")
    assert record["reason"].startswith("F5 BHM period")


@pytest.mark.parametrize("fault", sorted(tomllib.loads(GOLDEN.read_text(encoding="utf-8"))["findings"]))
def test_breach_of_a_recommendation_is_a_finding_and_no_failure(play: Callable[..., Any], golden: dict[str, Any], fault: str) -> None:
    row = golden["findings"][fault]
    (record,) = play([row["case"]], "virtual-truck.yaml", fault)
    assert (record["id"], record["verdict"]) == (row["case"], "pass")
    assert {(finding["rule"], finding["severity"]) for finding in record["findings"]} == {(row["rule"], "warning")}
