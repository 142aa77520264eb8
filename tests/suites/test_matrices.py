"""Every case passes on what is healthy, and fails on its fault twins for the reason that it is about: the same for every suite."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.matrix]

COUNTS = {"gbt27930": 145, "iso15118": 399, "swap": 70, "vehicle": 156}
"""Cases of each suite."""


@pytest.fixture(params=COUNTS)
def suite(request: pytest.FixtureRequest) -> str:
    """One suite after the other."""
    name: str = request.param
    return name


@pytest.fixture
def proof(suite: str, proof_of: Callable[[str], Any]) -> Any:
    """Its fault-twin matrix."""
    return proof_of(suite)


def test_every_suite_is_asked_for() -> None:
    suites = Path(__file__).resolve().parents[2] / "test_suites"
    assert {file.parent.name for file in suites.glob("*/suite.toml")} == set(COUNTS)


def test_matrix_is_complete(proof: Any) -> None:
    assert proof.document["healthy_not_passed"] == []
    assert proof.document["survivors"] == []
    assert proof.document["cases_without_fault"] == []


def test_matrix_counts_are_numbers_that_fit_its_cells(suite: str, proof: Any) -> None:
    assert proof.document["cases"] == len({case.partition("@")[0] for case, _ in proof.cells}) == COUNTS[suite]
    assert proof.document["faults"] == proof.document["killed"] == len({fault for _, fault in proof.cells if fault})


def test_matrix_is_the_one_that_the_cases_declare(suite: str, proof: Any, catalogue_of: Callable[[str], list[dict[str, Any]]]) -> None:
    declared = {(row["id"], fault) for row in catalogue_of(suite) for fault in ("", *row["faults"])}
    assert {(case, fault) for case, fault in proof.cells if "@" not in case} == declared


def test_every_fault_is_seen_in_the_step_and_by_the_check_it_is_meant_for(suite: str, proof: Any) -> None:
    golden = tomllib.loads((Path(__file__).with_name(suite) / "kills.toml").read_text(encoding="utf-8"))
    seen: dict[str, dict[str, Any]] = {}
    for (case, fault), cell in proof.cells.items():
        if fault:
            seen.setdefault(case, {})[fault] = {"step": "rules" if cell["step"] is None else cell["step"], "check": cell["check"]}
    assert seen == golden["kills"]
