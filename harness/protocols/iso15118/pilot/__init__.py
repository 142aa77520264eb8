"""Control pilot and proximity of IEC 61851-1 for both sides, without I/O: who drives which level, and what it tells the other."""

from harness.protocols.iso15118.pilot.duty import DutyOptions, Reading
from harness.protocols.iso15118.pilot.levels import CpLevels, CpState
from harness.protocols.iso15118.pilot.proximity import ProximityOptions
from harness.protocols.iso15118.pilot.station import StationPilot, StationPilotOptions
from harness.protocols.iso15118.pilot.vehicle import VehiclePilot, VehiclePilotOptions

__all__ = [
    "CpLevels",
    "CpState",
    "DutyOptions",
    "ProximityOptions",
    "Reading",
    "StationPilot",
    "StationPilotOptions",
    "VehiclePilot",
    "VehiclePilotOptions",
]
