"""The network in memory: datagrams to everybody, connections by the rules of TCP, latency and pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench.kernel import Kernel
from harness.bench.links import NetworkLink
from harness.core import Chunk, Datagram, Frame, Level, Listen, LocalProtocolError, Trace, ms, s

EV, SECC = "[fe80::a]:49200", "[fe80::b]:50000"


def ev(data: bytes = b"", **flags: bool) -> Chunk:
    return Chunk(data, source=EV, destination=SECC, **flags)


def secc(data: bytes = b"", **flags: bool) -> Chunk:
    return Chunk(data, source=SECC, destination=EV, **flags)


def _run(link: NetworkLink, *nodes: object) -> Trace:
    kernel = Kernel()
    kernel.add_link(link)
    for node in nodes:
        kernel.attach(node, link.name)
    kernel.start()
    kernel.run_until(s(10))
    return kernel.trace


def _sent(trace: Trace) -> list[tuple[int, str, object]]:
    return [(record.t_ns, record.sender, record.pdu) for record in trace]


def test_a_multicast_datagram_arrives_whole_after_the_latency_at_everybody_else(script):
    ask = Datagram(b"\x01\xfe", "[fe80::a]:49200", "[ff02::1]:15118")
    listeners = [script("b"), script("c")]
    sender = script("a", [(ms(3), ask)])
    trace = _run(NetworkLink("charge", ms(2)), sender, *listeners)
    assert [node.heard for node in (*listeners, sender)] == [[(ms(5), ask)], [(ms(5), ask)], []]
    assert _sent(trace) == [(ms(5), "a", ask)]


def test_a_connection_opens_carries_both_ways_and_closes_one_direction_after_the_other(script):
    rows = [
        (ms(1), "truck", ev(begin=True)),
        (ms(2), "charger", secc(begin=True)),
        (ms(3), "truck", ev(b"request")),
        (ms(4), "charger", secc(b"response")),
        (ms(5), "truck", ev(b"last", end=True)),
        (ms(6), "charger", secc(b"still answered")),
        (ms(7), "charger", secc(end=True)),
    ]
    nodes = [script(name, [(t_ns, pdu) for t_ns, sender, pdu in rows if sender == name]) for name in ("truck", "charger")]
    assert _sent(_run(NetworkLink("charge"), *nodes)) == rows


def test_a_refused_connection_can_be_opened_again(script):
    truck = script("truck", [(ms(1), ev(begin=True)), (ms(3), ev(begin=True)), (ms(5), ev(b"hello"))])
    charger = script("charger", [(ms(2), secc(reset=True)), (ms(4), secc(begin=True))])
    trace = _run(NetworkLink("charge"), truck, charger)
    assert [pdu for _, _, pdu in _sent(trace)] == [ev(begin=True), secc(reset=True), ev(begin=True), secc(begin=True), ev(b"hello")]


def test_the_same_ports_connect_anew_after_both_sides_have_ended(script):
    truck = script("truck", [(ms(1), ev(begin=True)), (ms(3), ev(end=True)), (ms(5), ev(begin=True))])
    charger = script("charger", [(ms(2), secc(begin=True)), (ms(4), secc(end=True))])
    assert len(_run(NetworkLink("charge"), truck, charger)) == 5


def test_a_side_that_has_ended_can_still_reset(script):
    truck = script("truck", [(ms(1), ev(begin=True)), (ms(3), ev(end=True)), (ms(4), ev(reset=True))])
    charger = script("charger", [(ms(2), secc(begin=True))])
    assert _sent(_run(NetworkLink("charge"), truck, charger))[-1] == (ms(4), "truck", ev(reset=True))


def test_what_meets_a_reset_on_its_way_is_lost(script):
    """The truck cannot know at 12 ms of the reset that reaches it at 13 ms."""
    truck = script("truck", [(ms(1), ev(begin=True)), (ms(9), ev(b"in time")), (ms(12), ev(b"lost")), (ms(12), ev(reset=True))])
    charger = script("charger", [(ms(4), secc(begin=True)), (ms(11), secc(reset=True))])
    trace = _run(NetworkLink("charge", ms(2)), truck, charger)
    assert [pdu for _, _, pdu in _sent(trace)] == [ev(begin=True), secc(begin=True), ev(b"in time"), secc(reset=True)]


@given(st.binary(min_size=1, max_size=40), st.integers(1, 45), st.booleans(), st.booleans())
def test_a_chunk_arrives_in_pieces_that_make_the_same_bytes(script, data: bytes, segment: int, end: bool, reset: bool):
    receiver = script("charger", [(ms(2), secc(begin=True))])
    truck = script("truck", [(ms(1), ev(begin=True)), (ms(3), ev(data, end=end, reset=reset))])
    _run(NetworkLink("charge", segment=segment), truck, receiver)
    pieces = [pdu for t_ns, pdu in receiver.heard if t_ns == ms(3)]
    assert b"".join(piece.data for piece in pieces) == data
    assert all(len(piece.data) <= segment for piece in pieces)
    for flag, wanted in (("end", end), ("reset", reset)):
        assert [getattr(piece, flag) for piece in pieces] == [False] * (len(pieces) - 1) + [wanted]


@given(st.lists(st.integers(0, 5), max_size=20), st.integers(0, ms(1)))
def test_order_of_sending_is_order_of_arrival(script, times: list[int], latency_ns: int):
    sends = [(ms(2) + t_ns, ev(bytes((n,)))) for n, t_ns in enumerate(sorted(times))]
    truck = script("truck", [(0, ev(begin=True)), *sends])
    charger = script("charger", [(ms(1), secc(begin=True))])
    trace = _run(NetworkLink("charge", latency_ns), truck, charger)
    assert [pdu.data for _, _, pdu in _sent(trace)][2:] == [bytes((n,)) for n in range(len(times))]


@pytest.mark.parametrize(
    ("rows", "objection"),
    [
        ([ev(b"x")], "sent bytes on the connection .* without having opened its direction"),
        ([ev(begin=True), ev(b"x")], "sent bytes on the connection .* before the other side accepted the connection"),
        ([ev(begin=True), ev(begin=True)], "sent a begin on the connection .* but its direction is open already"),
        ([ev(reset=True)], "sent a reset on the connection .* but there is no such connection"),
        ([ev(begin=True), ev(reset=True), ev(b"x")], "sent bytes on the connection .* after the connection was reset"),
        ([ev(begin=True), secc(begin=True), ev(end=True), ev(b"x")], "sent bytes on the connection .* after it had closed its direction"),
        ([ev(begin=True), secc(begin=True), ev(end=True), ev(end=True)], "sent an end on the connection .* after it had closed"),
        ([ev(begin=True), secc(begin=True), secc(reset=True), ev(b"x")], "sent bytes on the connection .* after the connection was reset"),
    ],
)
def test_what_tcp_cannot_do_is_refused_by_role_and_connection(script, rows: list[Chunk], objection: str):
    nodes = [
        script(name, [(ms(n), pdu) for n, pdu in enumerate(rows, 1) if pdu.source == address])
        for name, address in (("truck", EV), ("charger", SECC))
    ]
    with pytest.raises(LocalProtocolError, match=rf"'truck' {objection}"):
        _run(NetworkLink("charge"), *nodes)


@pytest.mark.parametrize(
    ("pdu", "text"),
    [
        (Frame(1), "'truck' sent a Frame to link 'charge', which carries Datagram and Chunk"),
        (Level("plug", 1), "'truck' sent a Level to link 'charge', which carries Datagram and Chunk"),
        (Chunk(b"x"), "'truck' sent a Chunk without source or destination to network 'charge'"),
        (Datagram(b"x", EV), "'truck' sent a Datagram without source or destination to network 'charge'"),
    ],
)
def test_what_it_does_not_carry_is_refused(script, pdu, text: str):
    with pytest.raises(LocalProtocolError, match=text):
        _run(NetworkLink("charge"), script("truck", [(ms(1), pdu)]))


def test_impossible_settings_are_refused():
    with pytest.raises(ValueError, match="link 'x': the latency must not be negative"):
        NetworkLink("x", -1)
    with pytest.raises(ValueError, match="link 'x': a segment has at least one byte"):
        NetworkLink("x", segment=0)


def test_what_a_node_listens_to_is_said_to_the_link_and_is_no_record(script):
    charger = script("charger", [(ms(1), Listen(SECC)), (ms(2), Listen(SECC, active=False))])
    truck = script("truck")
    assert list(_run(NetworkLink("charge"), charger, truck)) == []
    assert truck.heard == []
