"""The registry of all faults of the simulated charger (GB/T 27930)."""

from __future__ import annotations

from harness.sim.faults.fault import register

__all__ = ["CHARGER_FAULTS"]

CHARGER_FAULTS = register()
"""Every fault by its name."""
