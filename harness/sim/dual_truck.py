"""The simulated truck with two DC inlets: one pack, and at each inlet a BMS interface on a charging CAN of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.core import Node
from harness.protocols.gbt27930.behaviour import Moment
from harness.protocols.gbt27930.vehicle import VehicleMachine
from harness.sim.inlet import TruckPilot
from harness.sim.options import OptionReader
from harness.sim.shared_pack import PackLimits, SharedInlet, SharedPack
from harness.sim.truck import TruckParts, changed, read_parts

__all__ = ["INLETS", "dual_inlet_truck"]

INLETS = ("bms a", "bms b")
"""Names of the two machines."""


def dual_inlet_truck(options: Mapping[str, object]) -> list[Node]:
    """A truck of the 282 kWh class that charges from two connectors at once.

    Options: those of ``heavy_truck``, which hold for each inlet, and the fields of ``PackLimits`` for both
    together. Returns BMS and inlet of the first connector, then those of the second; without ``pilot`` the two BMS.

    Raises:
        ConfigError: unknown option or fault, wrong type, impossible value; all of them at once.
    """
    reader = OptionReader("dual_inlet_truck", options)
    parts, limits = read_parts(reader), reader.read(PackLimits)
    for name in ("pack_max_current_a", "pack_max_power_kw"):
        value = getattr(limits, name)
        reader.require(value > 0, f"option '{name}' must be positive, not {value}")
    reader.finish()
    pack = SharedPack(parts.battery(), changed(limits, parts.behaviour), parts.vehicle.max_voltage_v)
    machines: dict[str, VehicleMachine] = {}
    nodes: list[Node] = []
    for name, other in (INLETS, INLETS[::-1]):
        inlet = _inlet(pack, parts)
        machines[name] = VehicleMachine(parts.vehicle, inlet, name=name, behaviour=parts.behaviour, beside=_situation(machines, other))
        nodes.append(machines[name])
        if parts.wiring.pilot:
            nodes.append(TruckPilot(inlet, name=f"{name} inlet"))
    return nodes


def _inlet(pack: SharedPack, parts: TruckParts) -> SharedInlet:
    wiring = parts.wiring
    return SharedInlet(
        pack,
        pilot=wiring.pilot,
        aux_supply=wiring.aux_supply,
        operate_s=wiring.contactor_s,
        welded=wiring.contactors_welded,
        heeds_driver=wiring.heeds_driver,
        supply_loss_wakes=wiring.supply_loss_wakes,
    )


def _situation(machines: Mapping[str, VehicleMachine], name: str) -> Callable[[], Moment | None]:
    return lambda: machines[name].situation() if name in machines else None
