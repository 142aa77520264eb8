"""Faults of the vehicle for the rows about power."""

from __future__ import annotations

from harness.sim.faults.ccs_vehicle.fault import Fault

__all__ = ["POWER_FAULTS"]

POWER_FAULTS: tuple[Fault, ...] = ()
