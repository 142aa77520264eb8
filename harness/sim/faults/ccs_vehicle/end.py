"""Faults of the vehicle for the rows about end."""

from __future__ import annotations

from harness.sim.faults.ccs_vehicle.fault import Fault

__all__ = ["END_FAULTS"]

END_FAULTS: tuple[Fault, ...] = ()
