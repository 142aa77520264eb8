"""The simulated truck on its own network: all control units on one bus, supply and driving as lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.core import Frame, Level, Node, Pdu, did_you_mean
from harness.protocols.canbus.confinement import ControllerTraits
from harness.protocols.doip.entity import EntityOptions
from harness.protocols.uds.addressing import ELEVEN_BIT
from harness.sim.ecus.certificate import entity_tls
from harness.sim.ecus.charging import charging_inlet
from harness.sim.ecus.ethernet import EthernetNode, EthernetSetup
from harness.sim.ecus.fleet import units_of
from harness.sim.ecus.state import TruckState
from harness.sim.ecus.unit import ControlUnit
from harness.sim.faults.network import NETWORK_FAULTS, UnitSetup, setup_of
from harness.sim.options import OptionReader

__all__ = ["NetworkOptions", "networked_truck"]


@dataclass(frozen=True, slots=True)
class NetworkOptions:
    """How the truck is wired, and what it is."""

    vin: str = "0PRECERT6TK000001"
    supply: bool = True
    """Sit on the supply link; without it the truck has power from the start."""
    ethernet: bool = False
    """Sit on Ethernet with the DoIP entity of the gateway; needs the supply link."""
    charging: bool = False
    """Sit on a charging CAN and its pilot link with the inlet, on the pack that the network tells of; needs the supply link."""
    doip_ip: str = EntityOptions().ip
    """Address of the entity; behind a port one of IPv6 or IPv4 that the interface has."""
    doip_tls: bool = False
    """The entity activates routing on protected connections only."""
    unit: str = "vcu"
    """The control unit that has the faults."""
    seed: int = 0


def networked_truck(options: Mapping[str, object]) -> list[Node]:
    """A truck with VCU, BMS, inverter, gateway and T-Box on one J1939 bus.

    Options: the fields of ``NetworkOptions``; ``faults``, a list of names from ``NETWORK_FAULTS``; ``eleven_bit``, the control units with
    11-bit identifiers for diagnostics, from 7E0 on in the order of the list, where the others have 29 bits. Returns the node on the bus
    and, with ``supply``, that of the lines, with ``ethernet`` that on Ethernet, with ``charging`` those on charging CAN and pilot link.

    Raises:
        ConfigError: unknown option or fault, wrong type, impossible value; all of them at once.
    """
    reader = OptionReader("networked_truck", options)
    wiring = reader.read(NetworkOptions)
    reader.require(len(wiring.vin) == 17 and wiring.vin.isascii(), f"option 'vin' must have 17 characters, not '{wiring.vin}'")
    state = TruckState(vin=wiring.vin)
    specs = units_of(state)
    names = [spec.name for spec in specs]
    reader.require(wiring.unit in names, f"option 'unit' knows no '{wiring.unit}'{did_you_mean(wiring.unit, names)}")
    faults = reader.names("faults", NETWORK_FAULTS, "fault")
    eleven_bit = dict(zip(reader.names("eleven_bit", names, "control unit"), ELEVEN_BIT, strict=False))
    reader.require(wiring.supply or not wiring.ethernet, "option 'ethernet' needs the supply link, whose nodes come first")
    reader.require(wiring.supply or not wiring.charging, "option 'charging' needs the supply link, whose nodes come first")
    reader.require(wiring.ethernet or not wiring.doip_tls, "option 'doip_tls' needs 'ethernet'")
    reader.finish()
    entity = EntityOptions(wiring.doip_ip, tls=entity_tls() if wiring.doip_tls else None, serves_plain=not wiring.doip_tls)
    tested = names.index(wiring.unit)
    setups = [
        setup_of(spec, faults if number == tested else (), NETWORK_FAULTS, EthernetSetup(entity)) for number, spec in enumerate(specs)
    ]
    units = [_unit(setup, state, eleven_bit, wiring.seed + number) for number, setup in enumerate(setups)]
    traits = [setup.around.controller for setup in setups]
    bus = UnitsNode(units, state, powered=not wiring.supply, tested=tested, traits=traits)
    if not wiring.supply:
        return [bus]
    ethernet = EthernetNode(units, state, setups[tested].ethernet, seed=wiring.seed) if wiring.ethernet else None
    inlet = charging_inlet(state, setups[tested].charging, seed=wiring.seed) if wiring.charging else []
    nodes = [bus, SupplyNode(bus, state, ethernet), ethernet, *inlet]
    return [node for node in nodes if node is not None]


def _unit(setup: UnitSetup, state: TruckState, eleven_bit: Mapping[str, int], seed: int) -> ControlUnit:
    return ControlUnit(
        setup.spec,
        state,
        habits=setup.habits,
        transport_faults=setup.transport,
        timing=setup.timing,
        diagnostics=replace(setup.diagnostics, address=eleven_bit.get(setup.spec.name)),
        own=setup.own,
        around=setup.around,
        seed=seed,
    )


class UnitsNode:
    """All control units of a truck as one node of the bus; they hear each other over the bus only in as far as they answer requests."""

    name = "units"

    def __init__(
        self,
        units: Sequence[ControlUnit],
        state: TruckState,
        *,
        powered: bool,
        tested: int = 0,
        traits: Sequence[ControllerTraits] | None = None,
    ) -> None:
        """*tested* is the place of the unit under test among *units*; *traits* are those of their CAN controllers."""
        self.units = list(units)
        usual = traits or [ControllerTraits() for _ in units]
        self.controllers: Mapping[str, ControllerTraits] = {unit.spec.name: own for unit, own in zip(units, usual, strict=True)}
        self._tested = self.units[tested]
        self._state = state
        state.is_supplied = powered
        self._out: list[Frame] = []

    def start(self, now_ns: int) -> Sequence[Pdu]:
        """The bench begins; with power the units start."""
        return self._each(lambda unit: unit.start(now_ns)) if self._state.is_supplied else []

    def power(self, now_ns: int, on: bool) -> None:
        """Power comes or goes; what the units send then goes out with the next call of the bus."""
        if on == self._state.is_supplied:
            return
        self._state.is_supplied = on
        if on:
            for unit in self.units:
                unit.stop()
            self._out += self._each(lambda unit: unit.start(now_ns))
            self._due_ns = now_ns
            return
        self._out.clear()
        for unit in self.units:
            if not unit.is_backfed:
                unit.stop()

    def controller_of(self, frame: Frame) -> str:
        """Whose frame it is, by its source address; what has none is sent by the unit under test."""
        source = frame.can_id & 0xFF
        found = next((unit for unit in self.units if frame.extended and source in (unit.controller.address, unit.spec.address)), None)
        return (found or self._tested).spec.name

    def on_bus(self, now_ns: int, controller: str, present: bool) -> None:
        """The CAN controller of a unit is bus-off, or has its place again."""
        next(unit for unit in self.units if unit.spec.name == controller).on_bus(present)

    def turn_key(self, now_ns: int, on: bool) -> None:
        """Terminal 15, for all units."""
        for unit in self.units:
            unit.turn_key(now_ns, on)

    def break_wire(self, now_ns: int, broken: bool) -> None:
        """A wire of the unit under test is open, or whole again."""
        self._tested.trouble(now_ns, broken)

    def receive(self, now_ns: int, pdu: Pdu) -> Sequence[Pdu]:
        """A frame of somebody else."""
        if not isinstance(pdu, Frame):
            return []
        return self._each(lambda unit: unit.receive(now_ns, pdu))

    def next_deadline_ns(self) -> int | None:
        """When ``handle_timers`` wants to be called."""
        if self._out:
            return self._due_ns
        deadlines = [unit.next_deadline_ns() for unit in self._running()]
        return min((each for each in deadlines if each is not None), default=None)

    def handle_timers(self, now_ns: int) -> Sequence[Pdu]:
        """Do what is due."""
        out, self._out = self._out, []
        return [*out, *self._each(lambda unit: unit.handle_timers(now_ns))]

    _due_ns = 0

    def _each(self, act: Callable[[ControlUnit], Iterable[Frame]]) -> list[Frame]:
        return [frame for unit in self._running() for frame in act(unit)]

    def _running(self) -> Sequence[ControlUnit]:
        """The units that have power."""
        return self.units if self._state.is_supplied else [unit for unit in self.units if unit.is_backfed]


class SupplyNode:
    """Lines that the bench works: ``kl30`` (supply), ``kl15`` (key), ``plug`` (charging), ``speed_kmh``, ``open_wire`` (of the unit
    under test)."""

    name = "supply"

    def __init__(self, bus: UnitsNode, state: TruckState, ethernet: EthernetNode | None = None) -> None:
        self._bus, self._state, self._ethernet = bus, state, ethernet

    def start(self, now_ns: int) -> Sequence[Pdu]:
        """Nothing to say."""
        return []

    def receive(self, now_ns: int, pdu: Pdu) -> Sequence[Pdu]:
        """A line has a new level."""
        match pdu:
            case Level("kl30", value):
                self._bus.power(now_ns, value > 0)
                if self._ethernet is not None:
                    self._ethernet.power(now_ns, value > 0)
            case Level("speed_kmh", value):
                self._state.speed_kmh = value
            case Level("kl15", value):
                self._bus.turn_key(now_ns, value > 0)
            case Level("plug", value):
                self._state.is_charging = value > 0
            case Level("open_wire", value):
                self._bus.break_wire(now_ns, value > 0)
        return []

    def next_deadline_ns(self) -> int | None:
        """No time of its own."""
        return None

    def handle_timers(self, now_ns: int) -> Sequence[Pdu]:
        """No time of its own."""
        return []
