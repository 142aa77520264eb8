"""Every case passes on the healthy truck, and fails, for the right step, on its fault twins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from harness.sim.faults.network import NETWORK_FAULTS

COUNTS = {"J19": 50, "UDS": 60, "DOIP": 20, "CAN": 26}
"""Cases of each part, as the reference catalogue has them."""

Rows = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def proof(proof_of: Callable[[str], Any]) -> Any:
    """The fault-twin matrix of the suite."""
    return proof_of("vehicle")


def test_catalogue_has_the_cases_of_the_reference(catalogue_of: Rows) -> None:
    assert Counter(row["id"].partition("-")[0] for row in catalogue_of("vehicle")) == COUNTS


def test_every_fault_of_the_truck_is_named_by_a_case(catalogue_of: Rows) -> None:
    assert {fault for row in catalogue_of("vehicle") for fault in row["faults"]} == set(NETWORK_FAULTS)


@pytest.mark.slow
@pytest.mark.matrix
def test_matrix_is_complete(proof: Any) -> None:
    assert proof.document["healthy_not_passed"] == []
    assert proof.document["survivors"] == []
    assert proof.document["cases_without_fault"] == []
    assert proof.document["cases"] == sum(COUNTS.values())


@pytest.mark.slow
@pytest.mark.matrix
def test_matrix_is_the_one_that_the_cases_declare(proof: Any, catalogue_of: Rows) -> None:
    declared = {(row["id"], fault) for row in catalogue_of("vehicle") for fault in ("", *row["faults"])}
    assert {(case, fault) for case, fault in proof.cells if "@" not in case} == declared


@pytest.mark.slow
@pytest.mark.matrix
def test_every_fault_is_seen_in_the_step_and_by_the_check_it_is_meant_for(proof: Any, golden: dict[str, Any]) -> None:
    seen: dict[str, dict[str, Any]] = {}
    for (case, fault), cell in proof.cells.items():
        if fault:
            seen.setdefault(case, {})[fault] = {"step": "rules" if cell["step"] is None else cell["step"], "check": cell["check"]}
    assert seen == golden["kills"]
