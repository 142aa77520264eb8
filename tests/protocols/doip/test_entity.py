"""The entity on its own: its course in time, and that nothing that comes makes it stall."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core import Chunk, Datagram, Pdu, ms, s
from harness.protocols.doip.client import DoipClient, DoipClientOptions
from harness.protocols.doip.codec import DoipError, DoipMessage, Splitter, decode, encode, frame
from harness.protocols.doip.entity import Entity, EntityOptions
from harness.protocols.doip.tables import DiagnosticNack, PayloadType

VIN = "LZZTEST01A1234567"
ENTITY = "[fe80::10]:13400"
ACTIVATION = encode(DoipMessage(PayloadType.ACTIVATION_REQ, {"source": 0x0E80}))
READ_VIN = encode(DoipMessage(PayloadType.DIAGNOSTIC, {"source": 0x0E80, "target": 0x1027, "data": bytes.fromhex("22F190")}))


@dataclass(slots=True)
class Units:
    """Takes what is passed on."""

    routed: list[tuple[int, int, bytes]] = field(default_factory=list)

    def route(self, now_ns: int, source: int, target: int, data: bytes) -> DiagnosticNack | None:
        self.routed.append((source, target, data))
        return None if target == 0x1027 else DiagnosticNack.UNKNOWN_TARGET


class Line:
    """An entity and the ends of testers, with the time between them."""

    def __init__(self, options: EntityOptions | None = None) -> None:
        self.units = Units()
        self.entity = Entity(options or EntityOptions(), lambda: VIN, self.units)
        self.out: list[tuple[int, Pdu]] = [(0, pdu) for pdu in self.entity.start(0)]
        self.now_ns = 0

    def run(self, until_ns: int) -> None:
        """Let time pass; every deadline is met, and none is met for ever."""
        for _ in range(10_000):
            due_ns = self.entity.next_deadline_ns()
            if due_ns is None or due_ns > until_ns:
                self.now_ns = until_ns
                return
            self.now_ns = max(self.now_ns, due_ns)
            self.out += [(self.now_ns, pdu) for pdu in self.entity.handle_timers(self.now_ns)]
        raise AssertionError("the entity is busy for ever")

    def give(self, pdu: Pdu) -> None:
        self.out += [(self.now_ns, each) for each in self.entity.receive(self.now_ns, pdu)]

    def send(self, data: bytes, port: int = 50_000, **how: bool) -> None:
        self.give(Chunk(data, source=f"[fe80::1]:{port}", destination=ENTITY, **how))

    def told(self, port: int = 50_000) -> list[DoipMessage]:
        """Messages of the entity on a connection."""
        end = f"[fe80::1]:{port}"
        stream = Splitter()
        pieces = [piece for _, pdu in self.out if isinstance(pdu, Chunk) and pdu.destination == end for piece in stream.feed(pdu.data)]
        return [decode(piece) for piece in pieces if not isinstance(piece, DoipError)]

    def ended(self, port: int = 50_000) -> list[int]:
        """When the entity ended a connection."""
        end = f"[fe80::1]:{port}"
        return [t_ns for t_ns, pdu in self.out if isinstance(pdu, Chunk) and pdu.destination == end and (pdu.end or pdu.reset)]


def test_three_announcements_then_silence() -> None:
    line = Line()
    line.run(s(10))
    times = [t_ns for t_ns, pdu in line.out if isinstance(pdu, Datagram)]
    assert len(times) == 3
    assert times[0] <= ms(500)
    assert [times[1] - times[0], times[2] - times[1]] == [ms(500), ms(500)]


def test_connection_without_activation_ends_after_2s_and_with_it_after_300s() -> None:
    line = Line()
    line.send(b"", begin=True)
    line.send(b"", 50_001, begin=True)
    line.send(ACTIVATION, 50_001)
    line.run(s(400))
    assert line.ended() == [s(2)]
    assert line.ended(50_001) == [s(300)]


def test_diagnostic_message_is_passed_on_and_its_answer_comes_back() -> None:
    line = Line()
    line.send(b"", begin=True)
    line.send(ACTIVATION + READ_VIN)
    line.run(ms(100))
    line.entity.answer(line.now_ns, 0x1027, 0x0E80, bytes.fromhex("62F190"))
    line.run(ms(200))
    assert line.units.routed == [(0x0E80, 0x1027, bytes.fromhex("22F190"))]
    assert [message.name for message in line.told()] == ["RoutingActivationRes", "DiagnosticAck", "DiagnosticMessage"]


def test_answered_alive_check_keeps_the_address_where_it_is() -> None:
    line = Line()
    for port in (50_000, 50_001):
        line.send(b"", port, begin=True)
        line.send(ACTIVATION, port)
    line.send(encode(DoipMessage(PayloadType.ALIVE_RES, {"source": 0x0E80})))
    line.run(s(5))
    assert [message.number("code") for message in line.told(50_001)] == [3]
    assert line.ended() == []
    assert len(line.ended(50_001)) == 1


def test_connections_are_refused_beyond_the_one_for_refusals_and_come_back() -> None:
    line = Line(EntityOptions(max_sockets=1))
    for port in (50_000, 50_001, 50_002):
        line.send(b"", port, begin=True)
    assert line.ended(50_002) == [0]
    line.run(s(3))
    line.send(b"", 50_003, begin=True)
    line.send(ACTIVATION, 50_003)
    assert [message.number("code") for message in line.told(50_003)] == [0x10]


def test_client_answers_alive_checks_until_it_is_told_not_to() -> None:
    client = DoipClient(DoipClientOptions(entity_ip="fe80::10"))
    client.start(0)
    client.connect()
    client.send([ACTIVATION])
    (begin,) = client.handle_timers(0)
    assert isinstance(begin, Chunk)
    back = {"source": ENTITY, "destination": begin.source}
    assert [pdu.data for pdu in client.receive(0, Chunk(b"", begin=True, **back)) if isinstance(pdu, Chunk)] == [ACTIVATION]
    assert len(client.receive(0, Chunk(frame(PayloadType.ALIVE_REQ), **back))) == 1
    client.answer_alive_checks(False)
    assert client.receive(0, Chunk(frame(PayloadType.ALIVE_REQ), **back)) == []


HEADERS = st.one_of(
    st.binary(max_size=40),
    st.builds(
        lambda kind, payload, length: frame(kind, payload, length=length),
        st.sampled_from(PayloadType),
        st.binary(max_size=30),
        st.one_of(st.none(), st.integers(0, 0xFFFFFFFF)),
    ),
    st.just(ACTIVATION),
    st.just(READ_VIN),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans(), HEADERS, st.integers(0, ms(700))), max_size=30))
def test_whatever_comes_the_entity_answers_afterwards(course: list[tuple[int, bool, bytes, int]]) -> None:
    line = Line()
    for number, by_datagram, data, pause_ns in course:
        if by_datagram:
            line.give(Datagram(data, "[fe80::1]:49152", ENTITY))
        else:
            line.send(b"", 50_000 + number, begin=True)
            line.send(data, 50_000 + number)
        line.run(line.now_ns + pause_ns)
        assert line.entity.sockets <= 3
    line.run(line.now_ns + s(310))
    assert line.entity.sockets == 0
    line.out.clear()
    line.give(Datagram(frame(PayloadType.IDENTIFICATION_REQ), "[fe80::1]:49152", ENTITY))
    line.send(b"", 51_000, begin=True)
    line.send(ACTIVATION, 51_000)
    line.run(line.now_ns + s(1))
    assert [message.number("code") for message in line.told(51_000)] == [0x10]
    assert sum(isinstance(pdu, Datagram) for _, pdu in line.out) == 1
