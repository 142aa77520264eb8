"""Faults of the swap truck, by name."""

from __future__ import annotations

from harness.sim.faults.registry import register
from harness.sim.faults.swap.fault import Fault, behaviour_of
from harness.sim.faults.swap.lock import LOCK_FAULTS
from harness.sim.faults.swap.messages import MESSAGE_FAULTS
from harness.sim.faults.swap.packs import PACK_FAULTS
from harness.sim.faults.swap.power import POWER_FAULTS
from harness.sim.faults.swap.session import SESSION_FAULTS
from harness.sim.faults.swap.wear import WEAR_FAULTS

__all__ = ["SWAP_FAULTS", "Fault", "behaviour_of"]

SWAP_FAULTS = register(*MESSAGE_FAULTS, *SESSION_FAULTS, *POWER_FAULTS, *LOCK_FAULTS, *PACK_FAULTS, *WEAR_FAULTS)
