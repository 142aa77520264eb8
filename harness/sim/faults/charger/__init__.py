"""The registry of all faults of the simulated charger (GB/T 27930)."""

from __future__ import annotations

from harness.sim.faults.charger.handshake import HANDSHAKE_FAULTS
from harness.sim.faults.fault import register

__all__ = ["CHARGER_FAULTS"]

CHARGER_FAULTS = register(*HANDSHAKE_FAULTS)
"""Every fault by its name."""
