"""Faults of the diagnostics of a control unit."""

from __future__ import annotations

from harness.sim.faults.network.uds.data import DATA_FAULTS
from harness.sim.faults.network.uds.security import SECURITY_FAULTS
from harness.sim.faults.network.uds.sessions import SESSION_FAULTS
from harness.sim.faults.network.uds.transfers import TRANSFER_FAULTS
from harness.sim.faults.network.uds.troubles import TROUBLE_CODE_FAULTS

__all__ = ["DIAGNOSTIC_FAULTS"]

DIAGNOSTIC_FAULTS = (*SESSION_FAULTS, *TRANSFER_FAULTS, *DATA_FAULTS, *TROUBLE_CODE_FAULTS, *SECURITY_FAULTS)
