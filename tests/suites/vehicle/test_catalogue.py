"""The catalogue of the suite, and the faults that its cases name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from harness.sim.faults.network import NETWORK_FAULTS

COUNTS = {"J19": 50, "UDS": 60, "DOIP": 20, "CAN": 26}
"""Cases of each part, as the reference catalogue has them."""

Rows = Callable[[str], list[dict[str, Any]]]


def test_catalogue_has_the_cases_of_the_reference(catalogue_of: Rows) -> None:
    assert Counter(row["id"].partition("-")[0] for row in catalogue_of("vehicle")) == COUNTS


def test_every_fault_of_the_truck_is_named_by_a_case(catalogue_of: Rows) -> None:
    assert {fault for row in catalogue_of("vehicle") for fault in row["faults"]} == set(NETWORK_FAULTS)
