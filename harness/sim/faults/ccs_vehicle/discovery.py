"""Faults of the vehicle for the rows about discovery."""

from __future__ import annotations

from harness.sim.faults.ccs_vehicle.fault import Fault

__all__ = ["DISCOVERY_FAULTS"]

DISCOVERY_FAULTS: tuple[Fault, ...] = ()
