"""What a case can do with a CAN bus beyond frames: all of it on the simulated bus, what a port tells on hardware, else no verdict."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from harness.bench.bench import Bench
from harness.bench.can_access import Heard
from harness.bench.drive import VirtualDrive
from harness.bench.kernel import Kernel
from harness.bench.links import CanLink, LineLink, PortLink
from harness.core import Direction, Frame, Inconclusive, Reason, ms

FRAME = Frame(0x100, b"\x01")


@pytest.fixture
def bench(cyclic: Any, script: Any) -> Bench:
    """A truck that sends every 10 ms, and a tester."""
    kernel = Kernel()
    kernel.add_link(CanLink("can", 250_000, 1_000_000))
    kernel.attach(cyclic("truck", ms(10), FRAME), "can", direction=Direction.RX)
    kernel.attach(script("t"), "can", role="tester")
    made = Bench(VirtualDrive(kernel), time_base=None, roles={})
    made.start()
    return made


def test_simulated_bus_can_do_everything_and_what_was_read_is_kept(bench: Bench) -> None:
    means = bench.can("can", "tester")
    assert means.bitrates_bps == (250_000, 1_000_000)
    means.destroy(lambda frame: True, ms(10) + 1)
    bench.run_until(ms(15))
    assert means.error_frames() == 1
    assert (means.counters().highest, means.counters().receive) == (1, 0)
    assert means.listen(250_000, 80, ms(100)) == Heard(10, 0)
    assert json.loads(bench.info["readings"]) == [[250_000, 1_000_000], [1], [0, 0, 1, 0], [0, 0, 1, 0], [10, 0]]


def test_unplugged_tester_is_back_in_time(bench: Bench) -> None:
    bench.can("can", "tester").unplug(ms(50))
    bench.run_until(ms(75))
    kernel = bench.kernel
    tester = next(each for each in kernel.on_link("can") if each.role == "tester")
    # Alone, the truck is not acknowledged: its frames wait, and come through at once when somebody is there again.
    assert [t_ns // ms(10) for t_ns, _ in tester.node.heard] == [5, 5, 5, 5, 5, 6, 7]


class _Counting:
    """A port that counts error frames, as that of python-can does."""

    def __init__(self, port: Any, reports: str) -> None:
        self._port = port
        self.info = {"bitrate_bps": "500000", "reports_errors": reports}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    def error_frames(self) -> int:
        return 3


def _behind(port: Any) -> Any:
    kernel = Kernel()
    kernel.add_link(PortLink("can", port))
    return Bench(VirtualDrive(kernel), time_base=None, roles={}).can("can", "tester")


def test_port_that_never_tells_of_error_frames_has_not_seen_none(fake_port: Any) -> None:
    with pytest.raises(Inconclusive, match="no means to count error frames"):
        _behind(_Counting(fake_port(), "no")).error_frames()


def test_port_that_counts_error_frames_is_asked(fake_port: Any) -> None:
    means = _behind(_Counting(fake_port(), "yes"))
    assert means.error_frames() == 3
    assert means.bitrates_bps == (500_000, 500_000)


@pytest.mark.parametrize(
    "ask",
    [
        lambda means: means.error_frames(),
        lambda means: means.counters(),
        lambda means: means.destroy(lambda frame: True, ms(1)),
        lambda means: means.unplug(ms(1)),
        lambda means: means.listen(250_000, 80, ms(1)),
    ],
)
@pytest.mark.parametrize("link", ["port", "pilot"])
def test_what_the_rig_cannot_do_is_no_verdict(fake_port: Any, ask: Callable[[Any], object], link: str) -> None:
    kernel = Kernel()
    kernel.add_link(PortLink("port", fake_port()))
    kernel.add_link(LineLink("pilot"))
    means = Bench(VirtualDrive(kernel), time_base=None, roles={}).can(link, "tester")
    with pytest.raises(Inconclusive, match=f"no means to .* the link '{link}'") as raised:
        ask(means)
    assert raised.value.reason is Reason.NO_LINE
    assert means.bitrates_bps is None
