"""The registry of all faults of the simulated vehicle (GB/T 27930-2015)."""

from __future__ import annotations

from harness.sim.faults.registry import register
from harness.sim.faults.vehicle.charging import CHARGING_FAULTS
from harness.sim.faults.vehicle.configuration import CONFIGURATION_FAULTS
from harness.sim.faults.vehicle.disturbances import DISTURBANCE_FAULTS
from harness.sim.faults.vehicle.dual import DUAL_FAULTS
from harness.sim.faults.vehicle.editions import EDITION_FAULTS
from harness.sim.faults.vehicle.end import END_FAULTS
from harness.sim.faults.vehicle.form import FORM_FAULTS
from harness.sim.faults.vehicle.handshake import HANDSHAKE_FAULTS
from harness.sim.faults.vehicle.heavy import HEAVY_FAULTS
from harness.sim.faults.vehicle.inside import INSIDE_FAULTS
from harness.sim.faults.vehicle.particular import PARTICULAR_FAULTS
from harness.sim.faults.vehicle.pauses import PAUSE_FAULTS
from harness.sim.faults.vehicle.recognition import RECOGNITION_FAULTS
from harness.sim.faults.vehicle.transport import TRANSPORT_FAULTS

__all__ = ["VEHICLE_FAULTS"]

VEHICLE_FAULTS = register(
    *HANDSHAKE_FAULTS,
    *RECOGNITION_FAULTS,
    *CONFIGURATION_FAULTS,
    *CHARGING_FAULTS,
    *PAUSE_FAULTS,
    *DISTURBANCE_FAULTS,
    *PARTICULAR_FAULTS,
    *END_FAULTS,
    *TRANSPORT_FAULTS,
    *FORM_FAULTS,
    *DUAL_FAULTS,
    *HEAVY_FAULTS,
    *INSIDE_FAULTS,
    *EDITION_FAULTS,
)
"""Every fault by its name."""
