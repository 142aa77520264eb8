"""Faults of the vehicle for the rows about loop."""

from __future__ import annotations

from harness.sim.faults.ccs_vehicle.fault import Fault

__all__ = ["LOOP_FAULTS"]

LOOP_FAULTS: tuple[Fault, ...] = ()
