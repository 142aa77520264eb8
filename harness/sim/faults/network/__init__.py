"""Faults of the control units of the simulated truck, by name."""

from __future__ import annotations

from harness.sim.faults.network.addresses import ADDRESS_FAULTS
from harness.sim.faults.network.can import CAN_FAULTS
from harness.sim.faults.network.doip import DOIP_FAULTS
from harness.sim.faults.network.fault import Fault, UnitSetup, setup_of
from harness.sim.faults.network.groups import GROUP_FAULTS
from harness.sim.faults.network.identities import IDENTITY_FAULTS
from harness.sim.faults.network.requests import REQUEST_FAULTS
from harness.sim.faults.network.transfers import TRANSFER_FAULTS
from harness.sim.faults.network.troubles import TROUBLE_FAULTS
from harness.sim.faults.network.uds import DIAGNOSTIC_FAULTS
from harness.sim.faults.registry import register

__all__ = ["NETWORK_FAULTS", "Fault", "UnitSetup", "setup_of"]

NETWORK_FAULTS = register(
    *ADDRESS_FAULTS,
    *REQUEST_FAULTS,
    *TRANSFER_FAULTS,
    *TROUBLE_FAULTS,
    *IDENTITY_FAULTS,
    *GROUP_FAULTS,
    *DIAGNOSTIC_FAULTS,
    *DOIP_FAULTS,
    *CAN_FAULTS,
)
