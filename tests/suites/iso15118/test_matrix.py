"""What the matrix of ISO 15118 shows of families and protocols."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.matrix]

PROTOCOLS = {"din70121", "iso15118-2", "iso15118-20"}


@pytest.fixture
def proof(proof_of: Callable[[str], Any]) -> Any:
    """The fault-twin matrix of the suite."""
    return proof_of("iso15118")


def test_fault_of_a_family_is_seen_in_a_step(proof: Any) -> None:
    """The rules of the standard alone would see some of them for another reason than the case is about."""
    killed = [(case, fault) for (case, fault), cell in proof.cells.items() if fault and "-EVCC-" in case and cell["step"] is None]
    assert killed == []


def test_every_case_has_a_healthy_run_in_each_of_its_protocols(proof: Any, catalogue_of: Callable[[str], list[dict[str, Any]]]) -> None:
    """The name of a case alone stands for the first of them."""
    runs: dict[str, set[str]] = {}
    for case, fault in proof.cells:
        if not fault:
            name, _, way = case.partition("@")
            runs.setdefault(name, set()).add(way.rpartition(".")[2])
    declared = {row["id"]: set(row["editions"]) for row in catalogue_of("iso15118")}
    assert set().union(*declared.values()) == PROTOCOLS
    assert [name for name, editions in declared.items() if len(editions & runs[name]) < len(editions) - 1] == []
