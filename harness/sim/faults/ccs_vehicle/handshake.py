"""Faults of the vehicle for the rows about handshake."""

from __future__ import annotations

from harness.sim.faults.ccs_vehicle.fault import Fault

__all__ = ["HANDSHAKE_FAULTS"]

HANDSHAKE_FAULTS: tuple[Fault, ...] = ()
