"""Faults of the vehicle for the rows about transport."""

from __future__ import annotations

from harness.sim.faults.ccs_vehicle.fault import Fault

__all__ = ["TRANSPORT_FAULTS"]

TRANSPORT_FAULTS: tuple[Fault, ...] = ()
