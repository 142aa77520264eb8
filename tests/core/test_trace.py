"""The trace numbers the records of each link and has a digest that tells different traces apart."""

from collections.abc import Sequence

import pytest

from harness.core import Chunk, Datagram, Direction, Frame, Level, Pdu, Record, Trace


def _trace(rows: Sequence[tuple[int, str, str, Pdu]], host_delay_ns: int = 0) -> Trace:
    trace = Trace()
    for t_ns, link, sender, pdu in rows:
        trace.append(t_ns, t_ns + host_delay_ns, link, Direction.TX, sender, pdu)
    return trace


def test_records_are_numbered_from_one_on_each_link():
    trace = _trace([(1, "a", "n", Frame(1)), (2, "b", "n", Frame(1)), (3, "a", "n", Frame(2))])
    assert [(record.link, record.number) for record in trace] == [("a", 1), ("b", 1), ("a", 2)]
    assert trace.links() == ("a", "b")
    assert [record.t_ns for record in trace.on("a")] == [1, 3]
    assert [record.t_ns for record in trace.since(1)] == [2, 3]
    assert len(trace) == 3
    assert trace[1].link == "b"


def test_observers_hear_every_record_from_then_on():
    trace = _trace([(1, "a", "n", Frame(1))])
    heard: list[Record] = []
    trace.observe(heard.append)
    record = trace.append(2, 2, "a", Direction.RX, "m", Frame(2))
    assert heard == [record]


BASE = [(1_000, "can", "charger", Frame(0x1826F456, b"\x01\x01\x00"))]


@pytest.mark.parametrize(
    "other",
    [
        [(1_001, "can", "charger", Frame(0x1826F456, b"\x01\x01\x00"))],
        [(1_000, "can2", "charger", Frame(0x1826F456, b"\x01\x01\x00"))],
        [(1_000, "can", "vehicle", Frame(0x1826F456, b"\x01\x01\x00"))],
        [(1_000, "can", "charger", Frame(0x1826F457, b"\x01\x01\x00"))],
        [(1_000, "can", "charger", Frame(0x1826F456, b"\x01\x01"))],
        [(1_000, "can", "charger", Frame(0x1826F456, b"\x01\x01\x00", fd=True))],
        [(1_000, "can", "charger", Chunk(b"\x01\x01\x00"))],
        BASE * 2,
        [],
    ],
)
def test_any_difference_in_content_changes_the_digest(other: list):
    assert _trace(other).digest() != _trace(BASE).digest()


def test_host_times_do_not_enter_the_digest():
    assert _trace(BASE, host_delay_ns=12_345).digest() == _trace(BASE).digest()


def test_the_direction_enters_the_digest():
    sent, received = Trace(), Trace()
    sent.append(1, 1, "a", Direction.TX, "n", Frame(1))
    received.append(1, 1, "a", Direction.RX, "n", Frame(1))
    assert sent.digest() != received.digest()


def test_data_that_spells_a_record_does_not_hide_one():
    """Two records must not digest like one record whose data contains the second."""
    two = _trace([(1, "a", "n", Chunk(b"x")), (2, "a", "n", Chunk(b"y"))])
    one = _trace([(1, "a", "n", Chunk(b"x\n2 a tx n chunk0  y"))])
    assert two.digest() != one.digest()


def test_addresses_of_a_datagram_do_not_run_into_each_other():
    first = _trace([(1, "a", "n", Datagram(b"", "x>y", "z"))])
    second = _trace([(1, "a", "n", Datagram(b"", "x", "y>z"))])
    assert first.digest() != second.digest()


def test_levels_digest_by_line_and_value():
    digests = {_trace([(1, "pilot", "n", level)]).digest() for level in (Level("plug", 0), Level("plug", 1), Level("aux_v", 1))}
    assert len(digests) == 3
    assert _trace([(1, "pilot", "n", Level("plug", 1))]).digest() == _trace([(1, "pilot", "n", Level("plug", 1.0))]).digest()
