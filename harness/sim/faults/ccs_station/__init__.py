"""Faults of the simulated charging station, by name. Those for every exchange have its name behind a dot."""

from __future__ import annotations

from harness.sim.faults.ccs_station.fault import StationFault, options_of, orders_of
from harness.sim.faults.ccs_station.handshake import HANDSHAKE_FAULTS
from harness.sim.faults.ccs_station.sequence import SEQUENCE_FAULTS
from harness.sim.faults.ccs_station.times import TIME_FAULTS
from harness.sim.faults.registry import register

__all__ = ["CCS_STATION_FAULTS", "StationFault", "options_of", "orders_of"]

CCS_STATION_FAULTS = register(*HANDSHAKE_FAULTS, *SEQUENCE_FAULTS, *TIME_FAULTS)
