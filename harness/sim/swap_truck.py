"""The simulated truck of a battery swap: VCU and swap controller, lock, DC link, driver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from harness.core import Node
from harness.protocols.swap.profile import default_profile, load_profile
from harness.protocols.swap.vehicle import Behaviour, SwapVehicle, VehicleOptions
from harness.sim.ecus.state import TruckState
from harness.sim.faults.swap import SWAP_FAULTS, behaviour_of
from harness.sim.options import OptionReader, speaks
from harness.sim.swap.reports import DisplayDids, Reports
from harness.sim.swap.truck_nodes import TruckBus, TruckLines, TruckNetwork, TruckNetworkOptions
from harness.sim.swap.truck_plant import PlantOptions, TruckPlant

__all__ = ["SwapTruckOptions", "swap_truck"]

_LINKS = ("can", "stream")
_MOST_POINTS = 8
_MOST_DID = 0xFFFF


@dataclass(frozen=True, slots=True)
class SwapTruckOptions:
    """How the truck is wired."""

    station_link: str = "can"
    """What carries the station link: ``can`` or ``stream``; the latter needs a network as third link."""
    profile: str = ""
    """Folder of the message profile; empty: the one that travels with the harness."""
    seed: int = 0
    """Of the rig; nothing that the truck does is left to chance."""


@speaks("swap")
def swap_truck(options: Mapping[str, object]) -> list[Node]:
    """A truck with a carrier for one pack.

    Options: the fields of ``SwapTruckOptions``, ``VehicleOptions``, ``PlantOptions``, ``DisplayDids`` and ``TruckNetworkOptions``, and
    ``faults``, a list of names from ``SWAP_FAULTS``. Returns the node on the bus, that of the lines, and with ``station_link``
    ``stream`` that on the network.

    Raises:
        ConfigError: unknown option or fault, wrong type, impossible value; all of them at once.
    """
    reader = OptionReader("swap_truck", options)
    own, vehicle, plant = reader.read(SwapTruckOptions), reader.read(VehicleOptions), reader.read(PlantOptions)
    dids, network = reader.read(DisplayDids), reader.read(TruckNetworkOptions)
    faults = reader.names("faults", SWAP_FAULTS, "fault")
    _check(reader, own, vehicle, plant, dids)
    reader.finish()
    behaviour = behaviour_of(faults, SWAP_FAULTS)
    vehicle, plant = _changed(vehicle, behaviour), _changed(plant, behaviour)
    profile = load_profile(Path(own.profile)) if own.profile else default_profile()
    state = TruckState(vin=vehicle.vin)
    machines: list[SwapVehicle] = []
    reports = Reports(lambda: machines[0], state, profile.address("vcu"), profile.address("tester"), dids, plant.occurrences)
    around = TruckPlant(plant, vehicle.lock_points, state, reports.trouble)
    machines.append(SwapVehicle(profile, vehicle, behaviour, around))
    streamed = own.station_link == "stream"
    bus = TruckBus(machines[0], around, reports, streamed=streamed)
    nodes: list[Node] = [bus, TruckLines(bus)]
    if streamed:
        nodes.append(TruckNetwork(bus, network, vehicle.vin))
    return nodes


def _check(reader: OptionReader, own: SwapTruckOptions, vehicle: VehicleOptions, plant: PlantOptions, dids: DisplayDids) -> None:
    reader.require(own.station_link in _LINKS, f"option 'station_link' must be can or stream, not '{own.station_link}'")
    reader.require(len(vehicle.vin) == 17 and vehicle.vin.isascii(), f"option 'vin' must have 17 characters, not '{vehicle.vin}'")
    points = vehicle.lock_points
    reader.require(1 <= points <= _MOST_POINTS, f"option 'lock_points' must be 1 to {_MOST_POINTS}, not {points}")
    reader.require(0 <= plant.stuck_point <= points, f"option 'stuck_point' must be 0 to {points}, not {plant.stuck_point}")
    for part in (vehicle, plant):
        for field in fields(part):
            value = getattr(part, field.name)
            if isinstance(value, int | float):
                reader.require(value >= 0, f"option '{field.name}' must not be negative, not {value}")
    for field in fields(dids):
        value = getattr(dids, field.name)
        reader.require(0 <= value <= _MOST_DID, f"option '{field.name}' must be 0 to {_MOST_DID}, not {value}")


def _changed(part: Any, behaviour: Behaviour) -> Any:
    """The options *part* with the values that faults give them."""
    names = {field.name for field in fields(part)}
    return replace(part, **{name: value for name, value in behaviour.options().items() if name in names})
