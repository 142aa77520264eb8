"""Datagrams, streams and lines in memory: order, latency, pieces, and what a closed direction means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench.kernel import Kernel, Link
from harness.bench.links import DatagramLink, LineLink, StreamLink
from harness.core import Chunk, Datagram, Frame, Level, LocalProtocolError, Trace, ms, s


def _run(link: Link, *nodes: object) -> Trace:
    kernel = Kernel()
    kernel.add_link(link)
    for node in nodes:
        kernel.attach(node, link.name)
    kernel.start()
    kernel.run_until(s(10))
    return kernel.trace


def test_a_datagram_arrives_whole_after_the_latency_at_everybody_else(script):
    hello = Datagram(b"hello", "a", "b")
    listeners = [script("b"), script("c")]
    sender = script("a", [(ms(3), hello)])
    trace = _run(DatagramLink("udp", ms(2)), sender, *listeners)
    assert [node.heard for node in (*listeners, sender)] == [[(ms(5), hello)], [(ms(5), hello)], []]
    assert [(record.t_ns, record.sender) for record in trace] == [(ms(5), "a")]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 1)), max_size=20), st.integers(0, ms(1)))
def test_order_of_sending_is_order_of_arrival(script, rows: list[tuple[int, int]], latency_ns: int):
    """Between nodes by time; within a node as sent."""
    plans = [[(t_ns, Level(f"n{n}", k)) for k, (t_ns, node) in enumerate(rows) if node == n] for n in (0, 1)]
    trace = _run(LineLink("pilot", latency_ns), script("n0", plans[0]), script("n1", plans[1]))
    assert [record.t_ns for record in trace] == sorted(t_ns + latency_ns for t_ns, _ in rows)
    for n, plan in enumerate(plans):
        assert [record.pdu for record in trace if record.sender == f"n{n}"] == [pdu for _, pdu in sorted(plan, key=lambda row: row[0])]


def test_a_reaction_on_a_line_without_latency_is_of_the_same_instant(script):
    truck = script("truck", reply=lambda now_ns, pdu: [Level("k5k6", 1)] if pdu.line == "plug" else [])
    trace = _run(LineLink("pilot"), truck, script("charger", [(ms(1), Level("plug", 1))]))
    assert [(record.t_ns, str(record.pdu)) for record in trace] == [(ms(1), "plug=1"), (ms(1), "k5k6=1")]


@given(st.binary(max_size=40), st.integers(1, 45), st.booleans())
def test_a_stream_arrives_in_pieces_that_make_the_same_bytes(script, data: bytes, segment: int, end: bool):
    receiver = script("server")
    _run(StreamLink("tcp", segment=segment), script("client", [(ms(1), Chunk(data, end))]), receiver)
    chunks = [pdu for _, pdu in receiver.heard]
    assert b"".join(chunk.data for chunk in chunks) == data
    assert all(len(chunk.data) <= segment for chunk in chunks)
    assert [chunk.end for chunk in chunks] == [False] * (len(chunks) - 1) + [end]


def test_a_closed_direction_takes_no_more_bytes_but_the_other_one_does(script):
    server = script("server", [(ms(3), Chunk(b"answer"))])
    client = script("client", [(ms(1), Chunk(b"ask", end=True))])
    trace = _run(StreamLink("tcp"), client, server)
    assert [(record.sender, record.pdu) for record in trace] == [("client", Chunk(b"ask", end=True)), ("server", Chunk(b"answer"))]


def test_bytes_after_the_end_are_refused(script):
    client = script("client", [(ms(1), Chunk(b"ask", end=True)), (ms(2), Chunk(b"more"))])
    with pytest.raises(LocalProtocolError, match="'client' sent bytes on stream 'tcp' after it had closed its direction"):
        _run(StreamLink("tcp"), client, script("server"))


@pytest.mark.parametrize("link", [DatagramLink("x"), StreamLink("x"), LineLink("x")])
def test_a_link_names_who_sends_what_it_does_not_carry(script, link: Link):
    with pytest.raises(LocalProtocolError, match=r"'truck' sent a Frame to link 'x', which carries (Datagram|Chunk|Level)"):
        _run(link, script("truck", [(ms(1), Frame(1))]))


def test_impossible_settings_are_refused():
    with pytest.raises(ValueError, match="link 'x': the latency must not be negative"):
        LineLink("x", -1)
    with pytest.raises(ValueError, match="link 'x': a segment has at least one byte"):
        StreamLink("x", segment=0)
