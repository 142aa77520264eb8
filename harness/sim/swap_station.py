"""The swap station of the tester as a model of a rig: its control, two packs, and the yard with the robot and the driver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.core import Node
from harness.protocols.swap.pack import PackBms, PackFacts
from harness.protocols.swap.profile import default_profile, load_profile
from harness.protocols.swap.station import StationBus, StationControl, StationNetwork, StationNetworkOptions
from harness.sim.options import OptionReader, speaks
from harness.sim.swap.pack import SwapPack
from harness.sim.swap.yard import SwapYard

__all__ = ["SwapStationOptions", "swap_station"]

LINKS = ("can", "stream")


@dataclass(frozen=True, slots=True)
class SwapStationOptions:
    """How the station is wired, and which packs it has."""

    station_link: str = "can"
    """What carries the station link: ``can`` or ``stream``; the latter needs a network as third link."""
    profile: str = ""
    """Folder of the message profile; empty: the one that travels with the harness."""
    powered: bool = True
    """The truck has power from the begin of a case."""
    old_code: str = "TSTPB01ABCDEF1A1B0000001"
    old_soc_percent: float = 18.0
    new_code: str = "TSTPB02GHJKLM2B2C0000002"
    new_soc_percent: float = 96.0
    pack_voltage_v: float = 618.2
    seed: int = 0
    """Of the rig; nothing that the station does is left to chance."""


@speaks("swap")
def swap_station(options: Mapping[str, object]) -> list[Node]:
    """The node on the bus, that of the lines, and with ``station_link`` ``stream`` that on the network.

    Options: the fields of ``SwapStationOptions`` and ``StationNetworkOptions``.

    Raises:
        ConfigError: unknown option, wrong type, impossible value; all of them at once.
    """
    reader = OptionReader("swap_station", options)
    own, network = reader.read(SwapStationOptions), reader.read(StationNetworkOptions)
    reader.require(own.station_link in LINKS, f"option 'station_link' must be can or stream, not '{own.station_link}'")
    reader.require(own.pack_voltage_v > 0, f"option 'pack_voltage_v' must be positive, not {own.pack_voltage_v}")
    for name, code in (("old_code", own.old_code), ("new_code", own.new_code)):
        reader.require(len(code) == 24 and code.isascii(), f"option '{name}' must have 24 characters, not '{code}'")
    for name, percent in (("old_soc_percent", own.old_soc_percent), ("new_soc_percent", own.new_soc_percent)):
        reader.require(0 <= percent <= 100, f"option '{name}' must be between 0 and 100, not {percent:g}")
    reader.finish()
    profile = load_profile(Path(own.profile)) if own.profile else default_profile()
    packs = {name: SwapPack(own.pack_voltage_v) for name in ("old", "new")}
    facts = {
        "old": PackFacts(own.old_code, own.old_soc_percent, own.pack_voltage_v),
        "new": PackFacts(own.new_code, own.new_soc_percent, own.pack_voltage_v),
    }
    systems = {name: PackBms(profile, facts[name], pack) for name, pack in packs.items()}
    control = StationControl(profile)
    streamed = own.station_link == "stream"
    nodes: list[Node] = [StationBus(profile, control, systems, streamed=streamed), SwapYard(packs, systems, powered=own.powered)]
    if streamed:
        nodes.append(StationNetwork(profile, control, network))
    return nodes
