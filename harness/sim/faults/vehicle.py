"""Faults of the simulated vehicle (GB/T 27930-2015)."""

from __future__ import annotations

from harness.protocols.gbt27930.behaviour import Suppress
from harness.sim.faults.fault import Fault, register

__all__ = ["VEHICLE_FAULTS"]

VEHICLE_FAULTS = register(
    Fault("bhm_never_sent", "BHM is never sent", (Suppress("BHM"),)),
)
