"""The tester on the bus of a truck, and the lines by which it supplies and drives the truck, as models of a rig."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.core import Level, Node, Pdu
from harness.protocols.doip.client import DoipClient, DoipClientOptions
from harness.protocols.vehicle.tester import BusTester, BusTesterOptions
from harness.sim.options import OptionReader

__all__ = ["SupplyLines", "SupplyOptions", "bus_tester"]


@dataclass(frozen=True, slots=True)
class SupplyOptions:
    """How the tester is wired."""

    supply: bool = True
    """Works the supply link."""
    powered: bool = True
    """The truck has power from the begin of a case."""
    ethernet: bool = False
    """Sits on Ethernet as well; needs the supply link."""


def bus_tester(options: Mapping[str, object]) -> list[Node]:
    """The tester on the bus and, with ``supply``, the node that works the lines ``kl30`` and ``speed_kmh``, and with
    ``ethernet`` the ``DoipClient``.

    Options: the fields of ``BusTesterOptions``, ``DoipClientOptions`` and ``SupplyOptions``.

    Raises:
        ConfigError: unknown option, wrong type, impossible value; all of them at once.
    """
    reader = OptionReader("bus_tester", options)
    own, wiring, client = reader.read(BusTesterOptions), reader.read(SupplyOptions), reader.read(DoipClientOptions)
    reader.require(0 <= own.address < 0xFE, f"option 'address' must be 0..253, not {own.address}")
    reader.require(wiring.supply or not wiring.ethernet, "option 'ethernet' needs the supply link, whose nodes come first")
    reader.finish()
    nodes: list[Node] = [BusTester(own)]
    if wiring.supply:
        nodes.append(SupplyLines(powered=wiring.powered))
    if wiring.ethernet:
        nodes.append(DoipClient(client))
    return nodes


class SupplyLines:
    """Gives the truck its supply and its speed, and works the break-out box."""

    name = "supply"

    def __init__(self, *, powered: bool) -> None:
        self._levels = [Level("kl30", float(powered))]

    def start(self, now_ns: int) -> Sequence[Pdu]:
        """The lines as the case finds them."""
        levels, self._levels = self._levels, []
        return levels

    def receive(self, now_ns: int, pdu: Pdu) -> Sequence[Pdu]:
        """Nobody else works these lines."""
        return []

    def next_deadline_ns(self) -> int | None:
        """At once, if something was ordered."""
        return 0 if self._levels else None

    def handle_timers(self, now_ns: int) -> Sequence[Pdu]:
        """What was ordered."""
        return self.start(now_ns)

    def power(self, on: bool) -> None:
        """Terminal 30."""
        self._levels.append(Level("kl30", float(on)))

    def turn_key(self, on: bool) -> None:
        """Terminal 15."""
        self._levels.append(Level("kl15", float(on)))

    def plug_in(self, charging: bool) -> None:
        """Bring the truck into the state in which it charges, or out of it."""
        self._levels.append(Level("plug", float(charging)))

    def break_wire(self, broken: bool) -> None:
        """Open a wire of the unit under test at the break-out box, or close it."""
        self._levels.append(Level("open_wire", float(broken)))

    def drive(self, speed_kmh: float) -> None:
        """Simulated speed of the truck."""
        self._levels.append(Level("speed_kmh", speed_kmh))
