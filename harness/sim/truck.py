"""The simulated heavy truck: BMS on the charging CAN, inlet on the pilot link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from harness.core import Node
from harness.protocols.gbt27930.behaviour import Behaviour
from harness.protocols.gbt27930.class_c import Version
from harness.protocols.gbt27930.class_c.machines import NegotiatingVehicle
from harness.protocols.gbt27930.vehicle import VehicleMachine, VehicleOptions
from harness.sim.battery import Battery, BatteryOptions
from harness.sim.dialects import check_dialect
from harness.sim.faults import VEHICLE_FAULTS, behaviour_of
from harness.sim.inlet import TruckInlet, TruckPilot
from harness.sim.options import OptionReader

__all__ = ["InletOptions", "TruckParts", "changed", "heavy_truck", "read_parts"]

_SILENCE_WITHOUT_PILOT_S = 3.0


@dataclass(frozen=True, slots=True)
class InletOptions:
    """How the truck is wired."""

    pilot: bool = True
    """Sit on the pilot link; without it the truck is plugged and awake from the start."""
    aux_supply: bool = False
    """The BMS wakes with the auxiliary supply of the charger. Heavy trucks have a 24 V net of their own."""
    supply_loss_wakes: bool = False
    """The loss of the auxiliary supply starts the BMS anew instead of putting it to sleep."""
    contactor_s: float = 0.03
    """Operating time of K5 and K6."""
    contactors_welded: bool = False
    heeds_driver: bool = True
    """The driver can end charging: the pilot line ``stop_request`` makes the present state of charge the target."""
    seed: int = 0
    """Of the deviations between the cells."""


def heavy_truck(options: Mapping[str, object]) -> list[Node]:
    """A truck of the 282 kWh class with an LFP pack of 618 V.

    Options: the fields of ``VehicleOptions``, ``BatteryOptions`` and ``InletOptions``, and ``faults``, a list
    of names from ``VEHICLE_FAULTS``. Returns the BMS and, with ``pilot``, the inlet's node.

    Raises:
        ConfigError: unknown option or fault, wrong type, impossible value; all of them at once.
    """
    reader = OptionReader("heavy_truck", options)
    parts = read_parts(reader)
    reader.finish()
    wiring = parts.wiring
    inlet = TruckInlet(
        parts.battery(),
        pilot=wiring.pilot,
        aux_supply=wiring.aux_supply,
        operate_s=wiring.contactor_s,
        welded=wiring.contactors_welded,
        heeds_driver=wiring.heeds_driver,
        supply_loss_wakes=wiring.supply_loss_wakes,
    )
    bms = _machine(parts.vehicle, inlet, parts.behaviour)
    return [bms, TruckPilot(inlet)] if wiring.pilot else [bms]


def _machine(vehicle: VehicleOptions, inlet: TruckInlet, behaviour: Behaviour) -> VehicleMachine:
    if vehicle.class_c:
        return NegotiatingVehicle(Version.parse(vehicle.class_c), vehicle, inlet, behaviour=behaviour)
    return VehicleMachine(vehicle, inlet, behaviour=behaviour)


@dataclass(frozen=True, slots=True)
class TruckParts:
    """What the options of a truck say, its faults applied."""

    vehicle: VehicleOptions
    pack: BatteryOptions
    wiring: InletOptions
    behaviour: Behaviour

    def battery(self) -> Battery:
        """A new pack."""
        vehicle = self.vehicle
        return Battery(self.pack, capacity_ah=vehicle.rated_capacity_ah, max_voltage_v=vehicle.max_voltage_v, seed=self.wiring.seed)


def read_parts(reader: OptionReader) -> TruckParts:
    """The parts that every truck has; problems go to *reader*."""
    vehicle, pack, wiring = reader.read(VehicleOptions), reader.read(BatteryOptions), reader.read(InletOptions)
    behaviour = behaviour_of(reader.names("faults", VEHICLE_FAULTS, "fault"), VEHICLE_FAULTS)
    _check(reader, vehicle, pack)
    vehicle, pack, wiring = (changed(part, behaviour) for part in (vehicle, pack, wiring))
    if not wiring.pilot and not vehicle.restart_after_silence_s:
        vehicle = replace(vehicle, restart_after_silence_s=_SILENCE_WITHOUT_PILOT_S)
    return TruckParts(vehicle, pack, wiring, behaviour)


def changed(part: Any, behaviour: Behaviour) -> Any:
    """The options *part* with the values that faults give them."""
    names = {field.name for field in fields(part)}
    return replace(part, **{name: value for name, value in behaviour.options().items() if name in names})


def _check(reader: OptionReader, vehicle: VehicleOptions, pack: BatteryOptions) -> None:
    reader.require(len(vehicle.vin) == 17 and vehicle.vin.isascii(), f"option 'vin' must have 17 characters, not '{vehicle.vin}'")
    reader.require(len(vehicle.maker) == 4 and vehicle.maker.isascii(), f"option 'maker' must have 4 characters, not '{vehicle.maker}'")
    check_dialect(reader, vehicle.edition, vehicle.class_c)
    reader.require(0 <= pack.soc_pct <= 100, f"option 'soc_pct' must be 0..100, not {pack.soc_pct}")
    reader.require(vehicle.max_current_a >= 0, f"option 'max_current_a' must not be negative, not {vehicle.max_current_a}")
    reader.require(1 <= vehicle.max_per_cts <= 255, f"option 'max_per_cts' must be 1..255, not {vehicle.max_per_cts}")
    for name, value in (
        ("rated_capacity_ah", vehicle.rated_capacity_ah),
        ("max_voltage_v", vehicle.max_voltage_v),
        ("cells_in_series", pack.cells_in_series),
        ("resistance_ohm", pack.resistance_ohm),
        ("temp_points", pack.temp_points),
    ):
        reader.require(value > 0, f"option '{name}' must be positive, not {value}")
