"""Faults of the vehicle for the rows about pilot."""

from __future__ import annotations

from harness.sim.faults.ccs_vehicle.fault import Fault

__all__ = ["PILOT_FAULTS"]

PILOT_FAULTS: tuple[Fault, ...] = ()
