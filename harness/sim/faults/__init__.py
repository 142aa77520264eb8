"""Named, injectable faults of the simulators: each is one entry of effects, never a condition in a machine."""

from harness.sim.faults.charger import CHARGER_FAULTS
from harness.sim.faults.fault import Fault, behaviour_of
from harness.sim.faults.registry import register
from harness.sim.faults.vehicle import VEHICLE_FAULTS

__all__ = ["CHARGER_FAULTS", "VEHICLE_FAULTS", "Fault", "behaviour_of", "register"]
