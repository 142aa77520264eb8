"""The simulated charging station of CCS and MCS: the tester's station, or a station under test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import AddressValueError, IPv6Address

from harness.core import Node
from harness.protocols.iso15118.editions import EDITIONS
from harness.protocols.iso15118.pilot import CpLevels, StationPilot, StationPilotOptions
from harness.protocols.iso15118.slac.options import EvseMatchingOptions
from harness.protocols.iso15118.slac.station import EvseMatching
from harness.protocols.iso15118.station import StationCable, StationMachine, StationOptions
from harness.protocols.iso15118.transport.pki_folder import pki_of
from harness.sim.faults.ccs_station import CCS_STATION_FAULTS, options_of, orders_of
from harness.sim.options import OptionReader

__all__ = ["StationRigOptions", "ccs_station"]

_POSITIVE = ("max_voltage_v", "max_power_w", "ramp_v_per_s", "fall_v_per_s", "ramp_up_a_per_s", "ramp_down_a_per_s", "response_s")
_NOT_NEGATIVE = (
    "min_voltage_v", "max_current_a", "min_current_a", "authorization_s", "parameters_s", "cable_check_s", "source_ohm",
    "demand_valid_s", "hold_s", "cp_wait_s", "duty_after_s", "setup_s", "sequence_s", "loop_s",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StationRigOptions:
    """How the station is wired."""

    plc: bool = False
    """Stand on the power line, too: the data link is there after the matching only."""
    seed: int = 0
    """Of session ids and keys."""


def ccs_station(options: Mapping[str, object]) -> list[Node]:
    """A charging station, as tester or as simulated station under test.

    Options: the fields of ``StationOptions``, ``StationPilotOptions``, ``CpLevels``, ``EvseMatchingOptions`` and ``StationRigOptions``,
    ``protocols``, a list of names of editions (all if it is not given), and ``faults``, a list of names from ``CCS_STATION_FAULTS``.
    Returns the ``StationMachine``, with ``pilot`` its ``StationCable``, with ``plc`` its ``EvseMatching``.

    Raises:
        ConfigError: unknown option or fault, wrong type, impossible value; all of them at once.
    """
    reader = OptionReader("ccs_station", options)
    station, rig, power_line = reader.read(StationOptions), reader.read(StationRigOptions), reader.read(EvseMatchingOptions)
    circuit, levels = reader.read(StationPilotOptions), reader.read(CpLevels)
    for problem in levels.problems():
        reader.complain(problem)
    protocols = reader.names("protocols", EDITIONS, "protocol")
    faults = reader.names("faults", CCS_STATION_FAULTS, "fault")
    _check(reader, station)
    reader.require(station.pilot or not rig.plc, "option 'plc' needs the pilot, which tells when the matching begins")
    reader.finish()
    if station.tls_folder:
        pki_of(station.tls_folder)  # What is wrong with it shows here, not in the middle of a session.
    station = replace(station, **options_of(faults, CCS_STATION_FAULTS))  # type: ignore[arg-type]
    machine = StationMachine(
        station,
        editions=protocols or None,
        seed=rig.seed,
        faults=orders_of(faults, CCS_STATION_FAULTS),
        circuit=StationPilot(circuit, levels),
    )
    if machine.pilot is None:
        return [machine]
    matching = EvseMatching(machine.pilot, power_line) if rig.plc else None
    cable = StationCable(machine, machine.pilot, matching=matching)
    return [machine, cable] if matching is None else [machine, cable, matching]


def _check(reader: OptionReader, station: StationOptions) -> None:
    for name in _POSITIVE:
        value = getattr(station, name)
        reader.require(value > 0, f"option '{name}' must be positive, not {value}")
    for name in _NOT_NEGATIVE:
        value = getattr(station, name)
        reader.require(value >= 0, f"option '{name}' must not be negative, not {value}")
    reader.require(0 < station.duty_percent <= 100, f"option 'duty_percent' must be above 0 and at most 100, not {station.duty_percent}")
    for name in ("port", "tls_port"):
        value = getattr(station, name)
        allowed = 49_152 <= value <= 65_535 or (name == "tls_port" and value == 0)
        reader.require(allowed, f"option '{name}' must be a dynamic port (49152..65535), not {value}")
    try:
        linked = IPv6Address(station.address).is_link_local
    except AddressValueError:
        linked = False
    reader.require(linked, f"option 'address' must be an IPv6 link-local address like fe80::b, not '{station.address}'")
    reader.require(7 <= len(station.evse_id) <= 37, f"option 'evse_id' must have 7 to 37 characters, not '{station.evse_id}'")
