"""The simulated truck on Ethernet: who is reached behind its entity, and that bus and Ethernet are one truck."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from harness.core import Chunk, ConfigError, Frame, Level, Node, Pdu, ms, s
from harness.protocols.doip.codec import DoipError, DoipMessage, Splitter, decode, encode
from harness.protocols.doip.tables import PayloadType
from harness.sim.bus_tester import bus_tester
from harness.sim.networked_truck import networked_truck

TESTER, ENTITY = "[fe80::1]:50000", "[fe80::10]:13400"
VCU = 0x1027


class Truck:
    """All nodes of a truck with the time between them, and one connection of a tester."""

    def __init__(self, **options: Any) -> None:
        self.nodes: Sequence[Node] = networked_truck({"ethernet": True, **options})
        self.now_ns = 0
        self.seen: list[tuple[int, Pdu]] = []
        self._stream = Splitter()
        for node in self.nodes:
            self._add(node.start(0))

    def _add(self, pdus: Sequence[Pdu]) -> None:
        self.seen += [(self.now_ns, pdu) for pdu in pdus]

    def power(self, on: bool) -> None:
        self._add(self.nodes[1].receive(self.now_ns, Level("kl30", float(on))))

    def run(self, for_ns: int) -> None:
        until_ns = self.now_ns + for_ns
        while True:
            due = [(deadline, node) for node in self.nodes if (deadline := node.next_deadline_ns()) is not None and deadline <= until_ns]
            if not due:
                break
            deadline_ns, node = min(due, key=lambda row: row[0])
            self.now_ns = max(self.now_ns, deadline_ns)
            self._add(node.handle_timers(self.now_ns))
        self.now_ns = until_ns

    def connect(self) -> None:
        self._put(b"", begin=True)
        self._put(encode(DoipMessage(PayloadType.ACTIVATION_REQ, {"source": 0x0E80})))

    def ask(self, data: str, target: int = VCU) -> list[DoipMessage]:
        """What a request brings within half a second."""
        first = len(self.seen)
        values: dict[str, int | bytes] = {"source": 0x0E80, "target": target, "data": bytes.fromhex(data)}
        self._put(encode(DoipMessage(PayloadType.DIAGNOSTIC, values)))
        self.run(ms(500))
        chunks = [pdu.data for _, pdu in self.seen[first:] if isinstance(pdu, Chunk)]
        pieces = [piece for data in chunks for piece in self._stream.feed(data)]
        return [decode(piece) for piece in pieces if not isinstance(piece, DoipError)]

    def answer(self, data: str) -> str:
        """The answer of the VCU to a request."""
        return "".join(message.raw("data").hex() for message in self.ask(data) if message.kind is PayloadType.DIAGNOSTIC)

    def _put(self, data: bytes, **how: bool) -> None:
        self._add(self.nodes[2].receive(self.now_ns, Chunk(data, source=TESTER, destination=ENTITY, **how)))


@pytest.fixture
def truck() -> Truck:
    """A truck that is up, with an activated connection."""
    made = Truck()
    made.power(True)
    made.run(s(2))
    made.connect()
    return made


def test_every_unit_is_reached_by_its_address_on_the_bus(truck: Truck) -> None:
    for address in (0x25, 0x27, 0x4A, 0xEF, 0xF3):
        assert [message.name for message in truck.ask("22F190", 0x1000 + address)][-2:] == ["DiagnosticAck", "DiagnosticMessage"]
    (refusal,) = truck.ask("22F190", 0x13FF)
    assert (refusal.name, refusal.number("code")) == ("DiagnosticNack", 3)


def test_unit_that_is_not_up_is_unreachable() -> None:
    made = Truck()
    made.power(True)
    made.connect()
    values: dict[str, int | bytes] = {"source": 0x0E80, "target": VCU, "data": b"\x3e\x00"}
    made._put(encode(DoipMessage(PayloadType.DIAGNOSTIC, values)))
    made.run(ms(20))
    chunks = [pdu.data for _, pdu in made.seen if isinstance(pdu, Chunk) and pdu.data]
    assert decode(chunks[-1]).number("code") == 6


def test_session_over_ip_is_its_own_and_what_it_switches_holds_on_the_bus(truck: Truck) -> None:
    assert truck.answer("1003").startswith("5003")
    assert truck.answer("22F186") == "62f18603"
    assert truck.answer("280301") == "6803"
    first = len(truck.seen)
    truck.answer("3E00")
    names = {pdu.can_id >> 8 & 0xFFFF for _, pdu in truck.seen[first:] if isinstance(pdu, Frame) and pdu.can_id & 0xFF == 0x27}
    assert 0xFEF1 not in names
    truck.run(s(6))
    assert truck.answer("22F186") == "62f18601"


def test_power_off_ends_everything_without_a_word(truck: Truck) -> None:
    truck.power(False)
    first = len(truck.seen)
    assert truck.ask("22F190") == []
    assert truck.seen[first:] == []


@pytest.mark.parametrize(
    ("model", "options", "text"),
    [
        (networked_truck, {"ethernet": True, "supply": False}, "option 'ethernet' needs the supply link"),
        (networked_truck, {"doip_tls": True}, "option 'doip_tls' needs 'ethernet'"),
        (bus_tester, {"ethernet": True, "supply": False}, "option 'ethernet' needs the supply link"),
    ],
)
def test_wrong_wiring_is_refused(model: Any, options: dict[str, object], text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        model(options)
