"""A link behind a port: stamps of the interface on the axis of the run, echoes given back to their sender, jitter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench.kernel import Kernel
from harness.bench.links import PortLink
from harness.core import Direction, Frame, ms, s


class Rig:
    """A kernel in the manner of a real drive with one port link and two nodes on it."""

    def __init__(self, port, script, sends=()) -> None:
        self.kernel = Kernel(strict=False)
        self.link = PortLink("can0", port)
        self.kernel.add_link(self.link)
        self.charger, self.second = script("charger", sends), script("second")
        self.kernel.attach(self.charger, "can0")
        self.kernel.attach(self.second, "can0")
        self.kernel.start()

    def arrive(self, pdu, host_ns, interface_ns=None, echo=False) -> None:
        self.kernel.now_ns = self.kernel.due_ns = max(self.kernel.now_ns, host_ns)
        self.link.arrive(pdu, host_ns, interface_ns, echo)

    def rows(self) -> list[tuple]:
        return [(record.t_ns, record.host_ns, record.direction, record.sender, record.pdu) for record in self.kernel.trace]


@given(st.lists(st.tuples(st.integers(0, s(1)), st.integers(0, ms(20))), min_size=1, max_size=20), st.integers(-s(10**9), s(10**9)))
def test_intervals_are_those_of_the_interface_whatever_the_delay_of_the_host(fake_port, script, rows: list, origin_ns: int):
    """*rows*: instant on the bus and delay until the host sees it; the interface counts from its own origin."""
    rig = Rig(fake_port(), script)
    rows.sort()
    for t_ns, delay_ns in rows:
        rig.arrive(Frame(1), t_ns + delay_ns, origin_ns + t_ns)
    stamps = [record.t_ns for record in rig.kernel.trace]
    first_bus_ns, first_delay_ns = rows[0]
    assert [stamp - stamps[0] for stamp in stamps] == [t_ns - first_bus_ns for t_ns, _ in rows]
    assert stamps[0] == first_bus_ns + first_delay_ns
    assert [record.host_ns for record in rig.kernel.trace] == [t_ns + delay_ns for t_ns, delay_ns in rows]


def test_without_stamps_the_host_time_counts(fake_port, script):
    rig = Rig(fake_port(), script)
    rig.arrive(Frame(1), ms(5))
    assert rig.rows() == [(ms(5), ms(5), Direction.RX, "", Frame(1))]


def test_a_foreign_frame_reaches_every_node_and_has_no_sender(fake_port, script):
    rig = Rig(fake_port(), script)
    rig.arrive(Frame(1), ms(5), 0)
    assert rig.charger.heard == rig.second.heard == [(ms(5), Frame(1))]
    assert rig.rows()[0][2:4] == (Direction.RX, "")


def test_without_echo_a_frame_is_on_the_trace_when_it_is_sent(fake_port, script):
    port = fake_port()
    rig = Rig(port, script, [(ms(10), Frame(7))])
    rig.kernel.step(ms(12))
    assert port.sent == [Frame(7)]
    assert rig.rows() == [(ms(12), ms(12), Direction.TX, "charger", Frame(7))]
    assert rig.second.heard == [(ms(12), Frame(7))]
    assert rig.charger.heard == []
    assert rig.link.deviations_ns == [ms(2)]


def test_with_echo_a_frame_is_on_the_trace_once_with_its_bus_time(fake_port, script):
    port = fake_port(echoes=True)
    rig = Rig(port, script, [(ms(10), Frame(7))])
    rig.kernel.step(ms(11))
    assert port.sent == [Frame(7)]
    assert rig.rows() == []
    rig.arrive(Frame(7), ms(14), 1_000_000, echo=True)
    assert rig.rows() == [(ms(14), ms(14), Direction.TX, "charger", Frame(7))]
    assert rig.charger.heard == []
    assert rig.second.heard == [(ms(14), Frame(7))]
    assert rig.link.deviations_ns == [ms(4)]


def test_equal_frames_get_their_echoes_in_order_of_sending(fake_port, script):
    rig = Rig(fake_port(echoes=True), script, [(ms(10), Frame(7)), (ms(20), Frame(8)), (ms(30), Frame(7))])
    for t_ns in (ms(10), ms(20), ms(30)):
        rig.kernel.step(t_ns)
    for t_ns, frame in ((ms(31), Frame(8)), (ms(32), Frame(7)), (ms(33), Frame(7))):
        rig.arrive(frame, t_ns, t_ns, echo=True)
    assert [row[3] for row in rig.rows()] == ["charger"] * 3
    assert rig.link.deviations_ns == [ms(11), ms(22), ms(3)]


def test_an_echo_that_nobody_sent_is_on_the_trace_without_a_sender(fake_port, script):
    rig = Rig(fake_port(echoes=True), script)
    rig.arrive(Frame(9), ms(1), 1, echo=True)
    assert rig.rows() == [(ms(1), ms(1), Direction.RX, "", Frame(9))]
    assert rig.link.deviations_ns == []


def test_an_equal_frame_of_somebody_else_is_no_echo(fake_port, script):
    rig = Rig(fake_port(echoes=True), script, [(ms(10), Frame(7))])
    rig.kernel.step(ms(10))
    rig.arrive(Frame(7), ms(11), 0, echo=False)
    rig.arrive(Frame(7), ms(12), ms(1), echo=True)
    assert [row[3] for row in rig.rows()] == ["", "charger"]


@pytest.mark.parametrize(("lateness", "jitter"), [([3, 3, 3], 0), ([0, 2, 1], 2), ([], 0)])
def test_jitter_is_the_spread_of_the_delays_and_a_constant_delay_is_none(fake_port, script, lateness: list[int], jitter: int):
    rig = Rig(fake_port(), script, [(ms(10 * n), Frame(n)) for n in range(1, len(lateness) + 1)])
    for n, late in enumerate(lateness, 1):
        rig.kernel.step(ms(10 * n + late))
    assert rig.link.jitter_ns() == ms(jitter)
