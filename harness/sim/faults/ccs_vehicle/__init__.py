"""Faults of the simulated CCS and MCS truck, by name. Those for every exchange have its name behind a dot."""

from __future__ import annotations

from harness.sim.faults.ccs_vehicle.discovery import DISCOVERY_FAULTS
from harness.sim.faults.ccs_vehicle.end import END_FAULTS
from harness.sim.faults.ccs_vehicle.fault import Fault, behaviour_of, slac_behaviour_of
from harness.sim.faults.ccs_vehicle.generic import GENERIC_FAULTS
from harness.sim.faults.ccs_vehicle.handshake import HANDSHAKE_FAULTS
from harness.sim.faults.ccs_vehicle.loop import LOOP_FAULTS
from harness.sim.faults.ccs_vehicle.mcs import MCS_FAULTS
from harness.sim.faults.ccs_vehicle.parameters import PARAMETERS_FAULTS
from harness.sim.faults.ccs_vehicle.pilot import PILOT_FAULTS
from harness.sim.faults.ccs_vehicle.power import POWER_FAULTS
from harness.sim.faults.ccs_vehicle.renegotiation import RENEGOTIATION_FAULTS
from harness.sim.faults.ccs_vehicle.schedule import SCHEDULE_FAULTS
from harness.sim.faults.ccs_vehicle.services import SERVICES_FAULTS
from harness.sim.faults.ccs_vehicle.slac import SLAC_FAULTS
from harness.sim.faults.ccs_vehicle.tls import TLS_FAULTS
from harness.sim.faults.ccs_vehicle.transport import TRANSPORT_FAULTS
from harness.sim.faults.registry import register

__all__ = ["CCS_VEHICLE_FAULTS", "Fault", "behaviour_of", "slac_behaviour_of"]

CCS_VEHICLE_FAULTS = register(
    *GENERIC_FAULTS,
    *DISCOVERY_FAULTS,
    *TRANSPORT_FAULTS,
    *TLS_FAULTS,
    *HANDSHAKE_FAULTS,
    *SERVICES_FAULTS,
    *PARAMETERS_FAULTS,
    *POWER_FAULTS,
    *LOOP_FAULTS,
    *SCHEDULE_FAULTS,
    *END_FAULTS,
    *RENEGOTIATION_FAULTS,
    *MCS_FAULTS,
    *SLAC_FAULTS,
    *PILOT_FAULTS,
)
