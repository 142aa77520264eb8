"""Faults of the vehicle for the rows about slac."""

from __future__ import annotations

from harness.sim.faults.ccs_vehicle.fault import Fault

__all__ = ["SLAC_FAULTS"]

SLAC_FAULTS: tuple[Fault, ...] = ()
