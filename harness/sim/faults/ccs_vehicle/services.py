"""Faults of the vehicle for the rows about services."""

from __future__ import annotations

from harness.sim.faults.ccs_vehicle.fault import Fault

__all__ = ["SERVICES_FAULTS"]

SERVICES_FAULTS: tuple[Fault, ...] = ()
