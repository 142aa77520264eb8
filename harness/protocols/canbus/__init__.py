"""What can be counted on any CAN bus, whatever is spoken on it: bits of frames, load over time, cycles of identifiers."""

from __future__ import annotations

from harness.protocols.canbus.bitrate import BitRate, find_bitrate
from harness.protocols.canbus.bits import INTERFRAME_BITS, FrameBits, arbitration_key, count_bits
from harness.protocols.canbus.columns import BusColumns, bus_columns
from harness.protocols.canbus.cycles import CycleRow, cycle_rows
from harness.protocols.canbus.load import BusLoad, LoadWindow, bus_load

__all__ = [
    "INTERFRAME_BITS",
    "BitRate",
    "BusColumns",
    "BusLoad",
    "CycleRow",
    "FrameBits",
    "LoadWindow",
    "arbitration_key",
    "bus_columns",
    "bus_load",
    "count_bits",
    "cycle_rows",
    "find_bitrate",
]
