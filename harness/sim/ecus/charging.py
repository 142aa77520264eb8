"""The charging inlet of the truck on its own network: the charging interface of the BMS, on the pack that the network tells of."""

from __future__ import annotations

from dataclasses import dataclass

from harness.core import Node
from harness.protocols.gbt27930.vehicle import VehicleMachine, VehicleOptions
from harness.sim.battery import Battery, BatteryOptions
from harness.sim.ecus.state import TruckState
from harness.sim.inlet import TruckInlet, TruckPilot

__all__ = ["ChargingSetup", "charging_inlet"]

_OPERATE_S = 0.03
_SOC_PCT = 56.0


@dataclass(frozen=True, slots=True)
class ChargingSetup:
    """How inlet and network are made; the defaults are right."""

    vin: str = ""
    """VIN at the charging interface; empty: that of the truck."""
    volts_pct: float = 100.0
    """Voltage of the pack as the network tells it, of the true one."""
    soc_more_pct: float = 0.0
    """State of charge as the network tells it, beyond the true one."""


class _Pack:
    """What the network knows of the pack; implements ``harness.sim.ecus.state.Pack``."""

    def __init__(self, battery: Battery, setup: ChargingSetup) -> None:
        self._battery, self._setup = battery, setup

    @property
    def voltage_v(self) -> float:
        return self._battery.voltage_v * self._setup.volts_pct / 100

    @property
    def discharge_a(self) -> float:
        return -self._battery.current_a

    @property
    def soc_pct(self) -> float:
        return self._battery.soc_pct + self._setup.soc_more_pct


def charging_inlet(state: TruckState, setup: ChargingSetup, *, seed: int = 0) -> list[Node]:
    """The nodes on the charging CAN and on the pilot link; *state* tells of their pack from now on."""
    vehicle = VehicleOptions(vin=setup.vin or state.vin)
    pack = BatteryOptions(soc_pct=_SOC_PCT)
    battery = Battery(pack, capacity_ah=vehicle.rated_capacity_ah, max_voltage_v=vehicle.max_voltage_v, seed=seed)
    inlet = TruckInlet(battery, pilot=True, aux_supply=False, operate_s=_OPERATE_S, welded=False, heeds_driver=True)
    state.pack = _Pack(battery, setup)
    return [VehicleMachine(vehicle, inlet), TruckPilot(inlet)]
