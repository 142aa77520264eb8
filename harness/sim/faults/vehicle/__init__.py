"""The registry of all faults of the simulated vehicle (GB/T 27930-2015)."""

from __future__ import annotations

from harness.sim.faults.fault import register
from harness.sim.faults.vehicle.charging import CHARGING_FAULTS
from harness.sim.faults.vehicle.configuration import CONFIGURATION_FAULTS
from harness.sim.faults.vehicle.form import FORM_FAULTS
from harness.sim.faults.vehicle.handshake import HANDSHAKE_FAULTS

__all__ = ["VEHICLE_FAULTS"]

VEHICLE_FAULTS = register(*HANDSHAKE_FAULTS, *CONFIGURATION_FAULTS, *CHARGING_FAULTS, *FORM_FAULTS)
"""Every fault by its name."""
