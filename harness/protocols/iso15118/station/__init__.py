"""The station side of DIN SPEC 70121 and ISO 15118: a machine over state tables, its cable, and what a case may order it to do."""

from __future__ import annotations

from harness.protocols.iso15118.station.cable import StationCable
from harness.protocols.iso15118.station.machine import StationMachine
from harness.protocols.iso15118.station.options import StationOptions
from harness.protocols.iso15118.station.state import Schedule

__all__ = ["Schedule", "StationCable", "StationMachine", "StationOptions"]
