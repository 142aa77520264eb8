"""The vehicle side of ISO 15118 and DIN SPEC 70121."""

from __future__ import annotations

from harness.protocols.iso15118.vehicle.course import Phase
from harness.protocols.iso15118.vehicle.machine import VehicleMachine
from harness.protocols.iso15118.vehicle.options import VehicleOptions
from harness.protocols.iso15118.vehicle.plant import VehiclePlant

__all__ = ["Phase", "VehicleMachine", "VehicleOptions", "VehiclePlant"]
