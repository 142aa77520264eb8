"""Faults of the swap truck that only many swaps show."""

from __future__ import annotations

from harness.core import s
from harness.protocols.swap.vehicle.behaviour import Delay, Derive
from harness.sim.faults.swap.fault import Fault

__all__ = ["WEAR_FAULTS"]


def _half(count: object) -> int:
    return count // 2 if isinstance(count, int) else 0


WEAR_FAULTS = (
    Fault(
        "slower_after_three_swaps",
        "from the fourth swap on the permit takes 4 s longer",
        (Delay("permit", s(6), lambda now: now.swaps >= 3),),
    ),
    Fault(
        "counts_every_second_cycle",
        "LockCycles counts every second unlocking only",
        (Derive("LOCK_STS", lambda values, moment: {**values, "LockCycles": _half(values["LockCycles"])}),),
    ),
)
