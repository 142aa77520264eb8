"""Error frames on the simulated bus: why they come, how long they take, what they cost, how a controller comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench.kernel import Kernel
from harness.bench.links import CanLink
from harness.core import Direction, Frame, Pdu, ms, s
from harness.protocols.canbus.confinement import BusState, Confinement, ControllerTraits
from harness.protocols.canbus.wire import wire_of

BIT_NS = 4_000
FRAME = Frame(0x100, b"\x01", extended=False)


class Units:
    """Several controllers behind one node; each sends its frame every 10 ms."""

    name = "units"

    def __init__(self, frames: Mapping[str, Frame], **traits: ControllerTraits) -> None:
        self.frames = frames
        self.controllers = {name: traits.get(name, ControllerTraits()) for name in frames}
        self.seen: list[tuple[int, str, bool]] = []
        self.heard: list[Frame] = []
        self._due_ns = ms(10)

    def controller_of(self, frame: Frame) -> str:
        return next(name for name, own in self.frames.items() if own == frame)

    def on_bus(self, now_ns: int, controller: str, present: bool) -> None:
        self.seen.append((now_ns, controller, present))

    def start(self, now_ns: int) -> list[Pdu]:
        return []

    def receive(self, now_ns: int, pdu: Pdu) -> list[Pdu]:
        assert isinstance(pdu, Frame)
        self.heard.append(pdu)
        return []

    def next_deadline_ns(self) -> int:
        return self._due_ns

    def handle_timers(self, now_ns: int) -> list[Pdu]:
        self._due_ns += ms(10)
        return list(self.frames.values())


def bus(*nodes: Any, tester: Any = None) -> tuple[Kernel, CanLink]:
    kernel, link = Kernel(), CanLink("can")
    kernel.add_link(link)
    for node in nodes:
        kernel.attach(node, "can", direction=Direction.RX)
    if tester is not None:
        kernel.attach(tester, "can", role="tester")
    kernel.start()
    return kernel, link


def test_destroyed_frame_takes_the_bits_up_to_the_end_of_the_error_frame_and_is_sent_again(script: Any) -> None:
    kernel, link = bus(script("n", [(ms(1), FRAME)]), tester=script("t"))
    link.destroy(lambda frame: True, ms(1) + 1)
    kernel.run_until(ms(20))
    # 00010000000: SOF and three zeros, one, five zeros and a stuff bit, two zeros; RTR, IDE, r0 and a stuff bit behind the five zeros.
    wire = wire_of(FRAME)
    at = wire.recessive_from(wire.control)
    assert (wire.control, at) == (14, 15)
    # The receivers count five dominant bits and the stuff bit that was destroyed, so their six begin one bit behind it.
    bits = at + 1 + 6 + 8
    assert [error.t_ns for error in link.errors] == [ms(1) + bits * BIT_NS]
    assert [record.t_ns for record in kernel.trace] == [ms(1) + (bits + 3) * BIT_NS + link.frame_ns(FRAME)]
    assert str(link.errors[0].cause) == "destroyed by the tester"


def test_error_costs_the_sender_eight_and_each_receiver_one(script: Any) -> None:
    kernel, link = bus(script("n", [(ms(1), FRAME)]), tester=script("t"))
    link.destroy(lambda frame: True, ms(1) + 1)
    kernel.run_until(ms(1) + ms(0.1))
    kernel.run_until(ms(20))
    assert (link.counters_of("n").transmit, link.counters_of("tester").receive) == (7, 0)
    assert (link.counters_of("n").highest, link.counters_of("tester").highest) == (8, 1)


def test_sender_is_off_the_bus_after_thirty_two_errors_and_back_after_128_times_eleven_bits(script: Any) -> None:
    units = Units({"a": Frame(1), "b": Frame(2)}, b=ControllerTraits(recovery_ns=ms(50)))
    kernel, link = bus(units, tester=script("t"))
    link.destroy(lambda frame: frame == Frame(2), ms(40))
    kernel.run_until(ms(200))
    assert len(link.errors) == 32
    off_ns = link.errors[-1].t_ns
    assert units.seen[0] == (off_ns, "b", False)
    back_ns, name, present = units.seen[1]
    assert (name, present) == ("b", True)
    # Eleven recessive bits are found behind each frame as well, so that frames cost the way back their own length only.
    assert off_ns + ms(50) + 1408 * BIT_NS <= back_ns <= off_ns + ms(50) + 1408 * BIT_NS + 2 * link.frame_ns(Frame(1)) + 22 * BIT_NS
    sent = [record.t_ns for record in kernel.trace if record.pdu == Frame(2)]
    assert sent
    assert min(sent) > back_ns
    assert sum(record.pdu == Frame(1) for record in kernel.trace) == 19


def test_idle_bus_brings_a_controller_back_after_exactly_1408_bits(script: Any) -> None:
    units = Units({"b": Frame(2)})
    kernel, link = bus(units, tester=script("t"))
    link.destroy(lambda frame: True, ms(40))
    kernel.run_until(ms(28))
    (off_ns, _, _), (back_ns, _, _) = units.seen
    assert back_ns - off_ns == 1408 * BIT_NS


def test_error_passive_sender_waits_eight_bits_longer(script: Any) -> None:
    kernel, link = bus(script("n", [(ms(1), FRAME)]), tester=script("t"))
    link.destroy(lambda frame: True, ms(5))
    kernel.run_until(ms(4))
    gaps = [after.t_ns - before.t_ns for before, after in zip(link.errors, link.errors[1:], strict=False)]
    bits = {gap // BIT_NS for gap in gaps[:15]}, {gap // BIT_NS for gap in gaps[15:]}
    assert bits[1] == {next(iter(bits[0])) + 8}
    assert len(bits[0]) == 1
    assert link.counters_of("n").state is BusState.PASSIVE


def test_others_use_the_time_in_which_a_sender_is_suspended(script: Any) -> None:
    kernel, link = bus(script("n", [(ms(1), Frame(1))]), script("m", [(ms(1), Frame(0x500))]), tester=script("t"))
    link.destroy(lambda frame: frame == Frame(1), ms(40))
    kernel.run_until(ms(20))
    assert [record.pdu for record in kernel.trace] == [Frame(0x500)]
    assert link.counters_of("n").highest == 256


def test_sender_that_stays_off_the_bus_never_comes_back(script: Any) -> None:
    units = Units({"a": Frame(1), "b": Frame(2)}, b=ControllerTraits(recovery_ns=None))
    kernel, link = bus(units, tester=script("t"))
    link.destroy(lambda frame: frame == Frame(2), ms(40))
    kernel.run_until(s(2))
    assert not any(record.pdu == Frame(2) for record in kernel.trace)
    assert [present for _, _, present in units.seen] == [False]


def test_two_contents_under_one_identifier_destroy_each_other_until_one_is_passive(script: Any) -> None:
    first, second = Frame(0x100, b"\x00"), Frame(0x100, b"\x01")
    kernel, link = bus(script("a", [(ms(1), first)]), script("b", [(ms(1), second)]), tester=script("t"))
    kernel.run_until(ms(50))
    assert {str(error.cause) for error in link.errors} == {"identifier sent by two controllers"}
    assert [record.pdu for record in kernel.trace] == [first, second]
    # Sixteen times both fail; then the one that reads dominant where it sends recessive is passive, and the other gets through.
    assert [error.role for error in link.errors].count("a") == 16
    assert [error.role for error in link.errors].count("b") == 17


def test_equal_contents_under_one_identifier_do_no_harm(script: Any) -> None:
    kernel, link = bus(script("a", [(ms(1), FRAME)]), script("b", [(ms(1), FRAME)]))
    kernel.run_until(ms(50))
    assert not link.errors
    assert len(kernel.trace) == 2


def test_two_controllers_of_one_node_destroy_each_other_too() -> None:
    units = Units({"a": Frame(0x100, b"\x00"), "b": Frame(0x100, b"\x01")})
    kernel, link = bus(units)
    kernel.run_until(ms(11))
    assert {error.controller for error in link.errors} == {"a", "b"}


def test_frames_that_one_controller_sends_under_one_identifier_follow_each_other(script: Any) -> None:
    train = [Frame(0x100, bytes((number,))) for number in range(5)]
    kernel, link = bus(script("a", [(ms(1), frame) for frame in train]), script("b", [(ms(1), Frame(0x101, b"\x00"))]))
    kernel.run_until(ms(50))
    assert not link.errors
    assert [record.pdu for record in kernel.trace] == [*train, Frame(0x101, b"\x00")]


def test_lone_controller_is_not_acknowledged_until_the_tester_is_back(script: Any) -> None:
    kernel, link = bus(script("n", [(ms(1), FRAME)]), tester=script("t", [(ms(10), Frame(3))]))
    link.unplug(ms(100))
    kernel.run_until(ms(99))
    assert len(kernel.trace) == 0
    assert (link.counters_of("n").transmit, link.counters_of("n").state) == (128, BusState.PASSIVE)
    kernel.run_until(ms(150))
    assert [record.pdu for record in kernel.trace] == [FRAME]
    assert kernel.trace[0].t_ns < ms(102)


def test_unplugged_tester_neither_hears_nor_acknowledges(script: Any) -> None:
    tester = script("t")
    kernel, link = bus(script("n", [(ms(1), FRAME), (ms(30), FRAME)]), script("m"), tester=tester)
    link.unplug(ms(20))
    kernel.run_until(ms(50))
    assert not link.errors
    assert len(kernel.trace) == 2
    assert len(tester.heard) == 1


def test_controller_without_fd_destroys_every_fd_frame(script: Any) -> None:
    units = Units({"a": Frame(1), "old": Frame(2)}, old=ControllerTraits(bears_fd=False))
    fd = Frame(0x200, bytes(12), fd=True)
    kernel, link = bus(units, tester=script("t", [(ms(1), fd)]))
    kernel.run_until(ms(9))
    assert {str(error.cause) for error in link.errors} == {"a controller does not bear CAN FD"}
    assert link.counters_of("tester").is_off
    assert units.heard == []


def test_fd_frame_that_everybody_bears_comes_through(script: Any) -> None:
    units, fd = Units({"a": Frame(1)}), Frame(0x200, bytes(12), fd=True)
    kernel, link = bus(units, tester=script("t", [(ms(1), fd)]))
    kernel.run_until(ms(9))
    assert units.heard == [fd]
    assert not link.errors


def test_sender_with_a_wrong_clock_is_refused_by_the_others(script: Any) -> None:
    units = Units({"a": Frame(1), "off": Frame(2)}, off=ControllerTraits(clock_ppm=60_000, recovery_ns=None))
    kernel, link = bus(units, tester=script("t"))
    kernel.run_until(ms(45))
    assert {str(error.cause) for error in link.errors} == {"bits too long or too short"}
    assert {record.pdu for record in kernel.trace} == {Frame(1)}


@pytest.mark.parametrize(
    ("rate", "sample_point", "clock_ppm", "reads"),
    [
        (250_000, 75, 0, True),
        (250_000, 87.5, 0, True),
        (125_000, 80, 0, False),
        (500_000, 80, 0, False),
        (250_000, 75, 20_000, True),
        (250_000, 87.5, 20_000, False),
    ],
)
def test_listener_reads_what_its_rate_and_sample_point_allow(
    script: Any, rate: int, sample_point: float, clock_ppm: int, reads: bool
) -> None:
    units = Units({"a": Frame(0x18FEF127, b"\xff" * 8)}, a=ControllerTraits(clock_ppm=clock_ppm))
    kernel, link = bus(units, tester=script("t"))
    listener = link.listen(rate, sample_point)
    kernel.run_until(ms(105))
    assert (listener.frames, listener.errors) == ((10, 0) if reads else (0, 10))
    link.stop_listening(listener)
    kernel.run_until(ms(205))
    assert listener.frames + listener.errors == 10


@given(
    st.lists(st.sampled_from([Confinement.sent, Confinement.received, Confinement.send_failed, Confinement.receive_failed]), max_size=400)
)
def test_counters_stay_where_the_standard_has_them(events: list[Callable[[Confinement], None]]) -> None:
    counters = Confinement()
    for event in events:
        if counters.is_off:
            break
        before = counters.transmit, counters.receive
        event(counters)
        assert 0 <= counters.transmit <= 263
        assert 0 <= counters.receive <= 255
        assert counters.is_off == (counters.transmit >= 256)
        assert counters.transmit - before[0] in (-1, 0, 8)
