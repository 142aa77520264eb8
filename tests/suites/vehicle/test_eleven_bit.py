"""The same cases of diagnostics on a unit with 11-bit identifiers: a right one passes, faults are seen there too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

RIG = "virtual-vehicle-11bit.yaml"
CASES = ("UDS-SES-001", "UDS-SES-009", "UDS-TP-015", "UDS-TP-017", "UDS-TP-024", "UDS-DID-026", "UDS-DTC-039", "UDS-COM-051", "UDS-FUZ-057")
"""Those in which identifiers matter: physical and functional requests, raw frames, both roles of transfers, groups of J1939 beside them."""
FAULTS = {
    "refusals_to_all": "UDS-SES-009",
    "functional_first_frame_taken": "UDS-TP-024",
    "answers_other_targets": "UDS-FUZ-057",
    "vin_differs_from_j1939": "UDS-DID-026",
    "test_failed_stays": "UDS-DTC-039",
}

Play = Callable[..., list[dict[str, Any]]]


def test_cases_pass_with_11_bit_identifiers(play: Play) -> None:
    assert {record["id"]: record["verdict"] for record in play(CASES, RIG, "", select=CASES)} == dict.fromkeys(CASES, "pass")


@pytest.mark.parametrize(("fault", "case"), FAULTS.items())
def test_faults_are_seen_with_11_bit_identifiers(play: Play, fault: str, case: str) -> None:
    (record,) = play([case], RIG, fault, select=CASES)
    assert record["verdict"] == "fail"
