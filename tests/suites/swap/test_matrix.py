"""Every case of the battery swap passes on the healthy truck, and fails on its fault twins for the reason that it is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.sim.faults.swap import SWAP_FAULTS

pytestmark = [pytest.mark.slow, pytest.mark.matrix]

REFERENCE = [
    "skips_brake_check",
    "unlocks_at_80v",
    "acks_before_feedback",
    "keeps_old_identity",
    "keeps_old_limits",
    "frozen_counter",
    "wrong_checksum",
    "lock_point_3_stuck",
    "slow_lock",
    "bms_wait_4s",
    "ignores_abort",
    "accepts_command_without_session",
    "accepts_short_frame",
    "ignores_hvil",
    "two_imds",
    "drives_with_lock_intermediate",
]
"""The sixteen that the reference asks for."""


@pytest.fixture
def proof(proof_of: Callable[[str], Any]) -> Any:
    """The fault-twin matrix of the suite."""
    return proof_of("swap")


def test_matrix_is_complete(proof: Any) -> None:
    assert proof.document["healthy_not_passed"] == []
    assert proof.document["survivors"] == []
    assert proof.document["cases_without_fault"] == []
    assert proof.document["cases"] == len({case.partition("@")[0] for case, _ in proof.cells}) == 70
    assert proof.document["faults"] == proof.document["killed"] == len({fault for _, fault in proof.cells if fault})


def test_matrix_is_the_one_that_the_cases_declare(proof: Any, catalogue_of: Callable[[str], list[dict[str, Any]]]) -> None:
    declared = {(row["id"], fault) for row in catalogue_of("swap") for fault in ("", *row["faults"])}
    assert {(case, fault) for case, fault in proof.cells if "@" not in case} == declared


def test_every_fault_of_the_truck_is_named_by_a_case(proof: Any) -> None:
    named = {fault for _, fault in proof.cells if fault}
    assert named == set(SWAP_FAULTS)
    assert named >= set(REFERENCE)


def test_every_fault_is_seen_in_the_step_and_by_the_check_it_is_meant_for(proof: Any, golden: dict[str, Any]) -> None:
    seen: dict[str, dict[str, Any]] = {}
    for (case, fault), cell in proof.cells.items():
        if fault:
            seen.setdefault(case, {})[fault] = {"step": "rules" if cell["step"] is None else cell["step"], "check": cell["check"]}
    assert seen == golden["kills"]
