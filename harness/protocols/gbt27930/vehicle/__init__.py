"""The vehicle side of GB/T 27930: a machine with its table of phases, what it needs of the truck, and what a case may order it to do."""

from __future__ import annotations

from harness.protocols.gbt27930.vehicle.machine import VehicleMachine
from harness.protocols.gbt27930.vehicle.options import VehicleOptions
from harness.protocols.gbt27930.vehicle.table import VehicleEvent, VehiclePhase

__all__ = ["VehicleEvent", "VehicleMachine", "VehicleOptions", "VehiclePhase"]
