"""Faults of the vehicle for the rows about mcs."""

from __future__ import annotations

from harness.sim.faults.ccs_vehicle.fault import Fault

__all__ = ["MCS_FAULTS"]

MCS_FAULTS: tuple[Fault, ...] = ()
