"""The faults that the cases of the battery swap name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.sim.faults.swap import SWAP_FAULTS

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


def test_every_fault_of_the_truck_is_named_by_a_case(catalogue_of: Callable[[str], list[dict[str, Any]]]) -> None:
    named = {fault for row in catalogue_of("swap") for fault in row["faults"]}
    assert named == set(SWAP_FAULTS)
    assert named >= set(REFERENCE)
