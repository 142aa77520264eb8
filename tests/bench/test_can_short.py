"""A shorted bus: what is sent meanwhile is lost, before and after it everything is as ever."""

from __future__ import annotations

import pytest

from harness.bench.bench import Bench
from harness.bench.drive import VirtualDrive
from harness.bench.kernel import Kernel
from harness.bench.links import CanLink, LineLink
from harness.core import Frame, Inconclusive, Reason, ms, s

FRAME = Frame(0x100, b"\x01")
PERIOD_NS = ms(10)


@pytest.fixture
def shorted(cyclic):
    """A node that sends every 10 ms, shorted from 50.1 ms to 80.1 ms, inside of the frame that began at 50 ms."""
    kernel = Kernel()
    link = CanLink("can")
    kernel.add_link(link)
    kernel.attach(cyclic("n", PERIOD_NS, FRAME), "can")
    kernel.start()
    kernel.run_until(ms(50) + 100_000)
    assert link.short(ms(30)) == (50_100_000, 80_100_000)
    kernel.run_until(ms(125))
    return kernel, link


def test_nothing_gets_through_a_short_not_even_the_frame_that_it_meets(shorted) -> None:
    kernel, link = shorted
    assert [record.t_ns - link.frame_ns(FRAME) for record in kernel.trace] == [ms(t) for t in (10, 20, 30, 40, 90, 100, 110, 120)]


def test_short_is_told(shorted) -> None:
    assert shorted[1].outages == ((50_100_000, 80_100_000),)


def test_frames_that_wait_for_the_bus_are_lost_too(cyclic) -> None:
    kernel = Kernel()
    link = CanLink("can")
    kernel.add_link(link)
    for number in range(5):
        kernel.attach(cyclic(f"n{number}", s(1), Frame(0x100 + number, b""), ms(10)), "can")
    kernel.start()
    kernel.run_until(ms(10) + link.frame_ns(Frame(0x100, b"")) + 1)
    link.short(ms(1))
    kernel.run_until(ms(500))
    assert [record.pdu.can_id for record in kernel.trace] == [0x100]


def test_second_short_waits_for_the_end_of_the_first(shorted) -> None:
    kernel, link = shorted
    link.short(ms(5))
    with pytest.raises(ValueError, match="one follows the other"):
        link.short(ms(5))
    kernel.run_until(ms(131))
    assert link.short(ms(1)) == (ms(131), ms(132))


def test_bench_without_a_simulated_bus_cannot_short_it() -> None:
    kernel = Kernel()
    kernel.add_link(LineLink("pilot"))
    bench = Bench(VirtualDrive(kernel), time_base=None, roles={})
    with pytest.raises(Inconclusive, match="no means to short the link 'pilot'") as raised:
        bench.short("pilot", ms(1))
    assert raised.value.reason is Reason.NO_LINE
    assert bench.outages("pilot") == ()
