"""A simulated charger and truck on one bench in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from harness.bench.kernel import Kernel
from harness.bench.links import CanLink, LineLink
from harness.core import Direction, Frame, Level, Message, Node, Record, Trace, s
from harness.protocols.gbt27930.charger import ChargerMachine
from harness.protocols.gbt27930.decoder import GbtDecoder
from harness.protocols.gbt27930.vehicle import VehicleMachine
from harness.sim.charger import ChargerPilot, dc_charger
from harness.sim.truck import heavy_truck


@dataclass
class Pair:
    """Charger and truck, connected."""

    kernel: Kernel
    nodes: Mapping[str, list[Node]]
    decoder: GbtDecoder = field(default_factory=GbtDecoder)
    decoded: int = 0
    seen: list[Message] = field(default_factory=list)

    @property
    def charger(self) -> ChargerMachine:
        machine = self.nodes["charger"][0]
        assert isinstance(machine, ChargerMachine)
        return machine

    @property
    def cable(self) -> ChargerPilot:
        pilot = self.nodes["charger"][1]
        assert isinstance(pilot, ChargerPilot)
        return pilot

    @property
    def bms(self) -> VehicleMachine:
        machine = self.nodes["truck"][0]
        assert isinstance(machine, VehicleMachine)
        return machine

    def order(self, *orders: Callable[[], None]) -> None:
        """Steer nodes of the charger between two events."""
        for order in orders:
            order()
        for node in self.nodes["charger"]:
            self.kernel.poke(node)

    def run_for(self, duration_ns: int) -> None:
        self.kernel.run_until(self.kernel.now_ns + duration_ns)

    def plug_in(self) -> None:
        self.order(self.cable.plug_in)
        self.run_for(s(0.1))

    def begin(self, phase: str = "handshake") -> None:
        self.order(lambda: self.charger.begin(phase))

    def messages(self, *names: str) -> list[Message]:
        """Messages so far, of all names if none is given."""
        records = list(self.kernel.trace)[self.decoded :]
        self.decoded += len(records)
        for record in records:
            if isinstance(record.pdu, Frame):
                self.seen += self.decoder.feed(record)
        return [message for message in self.seen if not names or message.name in names]

    def order_of_messages(self) -> list[str]:
        """Names of the GB/T messages in the order of their first appearance."""
        return list(dict.fromkeys(message.name for message in self.messages() if "." not in message.name))

    def levels(self, line: str) -> list[tuple[int, float]]:
        """Instant and value of each level of a pilot line."""
        return [
            (record.t_ns, record.pdu.value) for record in self.kernel.trace if isinstance(record.pdu, Level) and record.pdu.line == line
        ]

    def charge(self, seconds: float = 3.0) -> None:
        """From unplugged to *seconds* of charging."""
        if len(self.nodes["charger"]) == 2:
            self.plug_in()
        self.begin()
        self.run_for(s(4))
        self.run_for(s(seconds))


@pytest.fixture
def make_pair() -> Callable[..., Pair]:
    """A started pair; ``truck`` and ``charger`` are the options of the two models."""
    return _make_pair


def _make_pair(truck: Mapping[str, object] | None = None, charger: Mapping[str, object] | None = None) -> Pair:
    kernel = Kernel()
    kernel.add_link(CanLink("charge"))
    kernel.add_link(LineLink("pilot"))
    nodes = {"charger": dc_charger(charger or {}), "truck": heavy_truck(truck or {})}
    for role, members in nodes.items():
        direction = Direction.RX if role == "truck" else Direction.TX
        for node, link in zip(members, ("charge", "pilot"), strict=False):
            kernel.attach(node, link, role=role, direction=direction)
    kernel.start()
    return Pair(kernel, nodes)


@pytest.fixture
def pair(make_pair: Callable[..., Pair]) -> Pair:
    """A healthy pair, unplugged."""
    return make_pair()


class _Differs(Exception):
    """The faulty truck did not do what the healthy one did."""


@pytest.fixture(scope="session")
def shows() -> Callable[..., bool]:
    """Whether faults change what can be observed in a scenario; ``truck`` and ``charger`` are options that it needs.

    The healthy truck plays a scenario once, the faulty one up to the first difference.
    """
    known: dict[Callable[[Pair], None], list[Record]] = {}

    def differs(
        scenario: Callable[[Pair], None],
        *faults: str,
        truck: Mapping[str, object] | None = None,
        charger: Mapping[str, object] | None = None,
    ) -> bool:
        if scenario not in known:
            pair = _make_pair(truck, charger)
            scenario(pair)
            known[scenario] = list(pair.kernel.trace)
        healthy = known[scenario]
        pair = _make_pair({**(truck or {}), "faults": [*faults]}, charger)
        try:
            _compare(pair.kernel.trace, healthy)
            scenario(pair)
        except _Differs:
            return True
        return len(pair.kernel.trace) != len(healthy)

    return differs


def _compare(trace: Trace, healthy: Sequence[Record]) -> None:
    """Raise at the first record of *trace*, also a future one, that is not the one at its place in *healthy*."""
    expected = iter(healthy)

    def compare(record: Record) -> None:
        if record != next(expected, None):
            raise _Differs

    for record in trace:
        compare(record)
    trace.observe(compare)
