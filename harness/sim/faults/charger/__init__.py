"""The registry of all faults of the simulated charger (GB/T 27930)."""

from __future__ import annotations

from harness.sim.faults.charger.battery import BATTERY_FAULTS
from harness.sim.faults.charger.charging import CHARGING_FAULTS
from harness.sim.faults.charger.configuration import CONFIGURATION_FAULTS
from harness.sim.faults.charger.editions import EDITION_FAULTS
from harness.sim.faults.charger.end import END_FAULTS
from harness.sim.faults.charger.handshake import HANDSHAKE_FAULTS
from harness.sim.faults.registry import register

__all__ = ["CHARGER_FAULTS"]

CHARGER_FAULTS = register(*HANDSHAKE_FAULTS, *CONFIGURATION_FAULTS, *CHARGING_FAULTS, *BATTERY_FAULTS, *END_FAULTS, *EDITION_FAULTS)
"""Every fault by its name."""
