"""The charger side of GB/T 27930: a machine with its table of phases, its output stage, and what a case may order it to do."""

from __future__ import annotations

from harness.protocols.gbt27930.charger.machine import ChargerMachine
from harness.protocols.gbt27930.charger.options import ChargerOptions
from harness.protocols.gbt27930.charger.table import ChargerPhase

__all__ = ["ChargerMachine", "ChargerOptions", "ChargerPhase"]
