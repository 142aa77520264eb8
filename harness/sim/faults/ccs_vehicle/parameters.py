"""Faults of the vehicle for the rows about parameters."""

from __future__ import annotations

from harness.sim.faults.ccs_vehicle.fault import Fault

__all__ = ["PARAMETERS_FAULTS"]

PARAMETERS_FAULTS: tuple[Fault, ...] = ()
