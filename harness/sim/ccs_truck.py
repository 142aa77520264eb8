"""The simulated truck with a CCS or MCS inlet: communication controller on the network, inlet on the pilot link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from ipaddress import AddressValueError, IPv6Address
from typing import Any

from harness.core import Node
from harness.protocols.iso15118.behaviour import Behaviour
from harness.protocols.iso15118.editions import EDITIONS
from harness.protocols.iso15118.pilot import DutyOptions, ProximityOptions, VehiclePilot, VehiclePilotOptions
from harness.protocols.iso15118.slac.options import EvMatchingOptions
from harness.protocols.iso15118.slac.vehicle import EvMatching
from harness.protocols.iso15118.vehicle import VehicleMachine, VehicleOptions
from harness.protocols.iso15118.vehicle.protection import KNOWN, TlsOptions, tls_settings
from harness.sim.battery import Battery, BatteryOptions
from harness.sim.ccs_inlet import CcsInlet, CcsPilot
from harness.sim.faults.ccs_vehicle import CCS_VEHICLE_FAULTS, behaviour_of, slac_behaviour_of
from harness.sim.options import OptionReader

__all__ = ["CcsWiring", "ccs_truck"]

_CELLS = 216
"""Of the 700 V pack, in series."""
_LARGEST = 30_000_000
"""What a physical value of a message can say."""
_POSITIVE = (
    "max_voltage_v",
    "max_current_a",
    "max_power_w",
    "capacity_wh",
    "sdp_interval_s",
    "sdp_requests",
    "setup_s",
    "ongoing_s",
    "patience",
)
_CHOICES = {"inlet": ("ccs2", "mcs"), "security": ("none", "tls")}
_LISTS = {"protocols": tuple(EDITIONS), "control_modes": ("scheduled", "dynamic")}


@dataclass(frozen=True, slots=True)
class CcsWiring:
    """How the truck is wired."""

    pilot: bool = True
    """Sit on the pilot link; without it the truck is plugged in and has its data link from the start."""
    contactor_s: float = 0.03
    """Operating time of the contactor."""
    contactor_welded: bool = False
    plc: bool = False
    """Sit on the power line: the data link is up after the matching only."""


def ccs_truck(options: Mapping[str, object]) -> list[Node]:
    """A heavy truck with a 700 V pack.

    Options: the fields of ``VehicleOptions``, ``BatteryOptions``, ``VehiclePilotOptions``, ``DutyOptions``, ``ProximityOptions``,
    ``EvMatchingOptions``, ``TlsOptions`` and ``CcsWiring``, and ``faults``, a list of names from ``CCS_VEHICLE_FAULTS``. Returns the
    ``VehicleMachine``, with ``pilot`` the node of its inlet, with ``plc`` its ``EvMatching``.

    Raises:
        ConfigError: unknown option or fault, wrong type, impossible value; all of them at once.
    """
    reader = OptionReader("ccs_truck", {"cells_in_series": _CELLS, **options})
    vehicle, pack, wiring = reader.read(VehicleOptions), reader.read(BatteryOptions), reader.read(CcsWiring)
    circuit, duty, proximity = reader.read(VehiclePilotOptions), reader.read(DutyOptions), reader.read(ProximityOptions)
    power_line = reader.read(EvMatchingOptions)
    faults = reader.names("faults", CCS_VEHICLE_FAULTS, "fault")
    tls = reader.read(TlsOptions)
    behaviour = behaviour_of(faults, CCS_VEHICLE_FAULTS)
    _check(reader, vehicle, pack)
    _check_tls(reader, tls)
    reader.require(wiring.pilot or not wiring.plc, "option 'plc' needs the pilot, which tells when the matching begins")
    reader.finish()
    vehicle, pack, wiring, circuit, duty, proximity, power_line, tls = (
        _changed(part, behaviour) for part in (vehicle, pack, wiring, circuit, duty, proximity, power_line, tls)
    )
    pilot = VehiclePilot(circuit, duty, proximity, plugged=not wiring.pilot)
    inlet = CcsInlet(
        Battery(pack, capacity_ah=_capacity_ah(vehicle, pack), max_voltage_v=vehicle.max_voltage_v, seed=vehicle.seed),
        pilot,
        wired=wiring.pilot,
        mcs=vehicle.inlet == "mcs",
        operate_s=wiring.contactor_s,
        welded=wiring.contactor_welded,
        highest_v=vehicle.max_voltage_v * vehicle.over_voltage_share,
    )
    machine = VehicleMachine(vehicle, inlet, behaviour=behaviour)
    machine.tls = tls_settings(vehicle, tls)
    if not wiring.plc:
        return [machine, CcsPilot(inlet)] if wiring.pilot else [machine]
    matching = EvMatching(pilot, power_line, behaviour=slac_behaviour_of(faults, CCS_VEHICLE_FAULTS))
    inlet.power_line = lambda: matching.is_up
    return [machine, CcsPilot(inlet), matching]


def _capacity_ah(vehicle: VehicleOptions, pack: BatteryOptions) -> float:
    """Capacity at the nominal 3.3 V of a cell."""
    return vehicle.capacity_wh / (3.3 * pack.cells_in_series)


def _changed(part: Any, behaviour: Behaviour) -> Any:
    """The options *part* with the values that faults give them."""
    names = {field.name for field in fields(part)}
    return replace(part, **{name: value for name, value in behaviour.options().items() if name in names})


def _check(reader: OptionReader, vehicle: VehicleOptions, pack: BatteryOptions) -> None:
    for name in _POSITIVE:
        value = getattr(vehicle, name)
        reader.require(value != 0, f"option '{name}' must be positive, not {value}")
    for part in (vehicle, pack):
        for field in fields(part):
            value = getattr(part, field.name)
            if isinstance(value, int | float):
                within = 0 <= value <= _LARGEST
                reader.require(within, f"option '{field.name}' must be 0 to {_LARGEST:,}, not {value}")
    reader.require(vehicle.target_soc_pct <= 100, f"option 'target_soc_pct' must be 0..100, not {vehicle.target_soc_pct}")
    for name, choices in _CHOICES.items():
        value = getattr(vehicle, name)
        reader.require(value in choices, f"option '{name}' must be {' or '.join(choices)}, not '{value}'")
    for name, known in _LISTS.items():
        unknown = [str(one) for one in getattr(vehicle, name) if one not in known]
        reader.require(not unknown, f"option '{name}': no {', '.join(unknown)}; known are {', '.join(known)}")
        reader.require(bool(getattr(vehicle, name)), f"option '{name}' must name at least one of {', '.join(known)}")
    reader.require(pack.cells_in_series > 0, f"option 'cells_in_series' must be positive, not {pack.cells_in_series}")
    reader.require(0 <= pack.soc_pct <= 100, f"option 'soc_pct' must be 0..100, not {pack.soc_pct}")
    length = len(vehicle.evcc_id_20)
    reader.require(0 < length <= 255, f"option 'evcc_id_20' must have 1 to 255 characters, not {length}")
    reader.require(_is_mac(vehicle.evcc_id), f"option 'evcc_id' must be 12 hexadecimal digits, not '{vehicle.evcc_id}'")
    try:
        linked = IPv6Address(vehicle.address).is_link_local
    except AddressValueError:
        linked = False
    reader.require(linked, f"option 'address' must be an IPv6 link-local address like fe80::a, not '{vehicle.address}'")


def _check_tls(reader: OptionReader, tls: TlsOptions) -> None:
    for name, known in KNOWN.items():
        unknown = [one for one in getattr(tls, name) if one not in known]
        reader.require(not unknown, f"option '{name}': no {', '.join(unknown)}; known are {', '.join(known)}")


def _is_mac(text: str) -> bool:
    return len(text) == 12 and all(digit in "0123456789abcdefABCDEF" for digit in text)
