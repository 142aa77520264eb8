"""The truck in a battery swap: VCU and swap controller (BSC), sans-IO, on a plant that the simulator gives."""

from __future__ import annotations

from harness.protocols.swap.vehicle.behaviour import Behaviour
from harness.protocols.swap.vehicle.machine import SwapVehicle
from harness.protocols.swap.vehicle.options import TROUBLES, VehicleOptions
from harness.protocols.swap.vehicle.plant import Sensors, VehiclePlant

__all__ = ["TROUBLES", "Behaviour", "Sensors", "SwapVehicle", "VehicleOptions", "VehiclePlant"]
