"""Whole messages over two transports: flow control, all timers, what a receiver must ignore, and faults on the wire."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from harness.core import Frame, LocalProtocolError, ms, s, us
from harness.protocols.isotp import (
    ISO_15765_2,
    Error,
    Failed,
    FlowPolicy,
    IsoTpFaults,
    Received,
    Sent,
    Started,
    Transport,
    functional_fixed,
    normal,
    normal_fixed,
)
from harness.protocols.isotp.faults import Outgoing
from harness.protocols.isotp.frames import Consecutive

Make = Callable[..., object]
LONG = bytes(range(100))


def failures(events: Sequence[object]) -> list[tuple[Error, bool]]:
    return [(event.error, event.sending) for event in events if isinstance(event, Failed)]


def received(events: Sequence[object]) -> list[bytes]:
    return [event.data for event in events if isinstance(event, Received)]


@pytest.mark.parametrize("frame_bytes", [8, 12, 64])
@pytest.mark.parametrize("length", [1, 6, 7, 8, 10, 11, 62, 63, 100, 4095])
@pytest.mark.parametrize(("block_size", "st_min"), [(0, 0), (1, 0xF1), (5, 1)])
def test_message_of_any_length_arrives_as_it_was_sent(wire: Make, length: int, frame_bytes: int, block_size: int, st_min: int) -> None:
    bus = wire(frame_bytes=frame_bytes, policy=FlowPolicy(block_size, st_min))
    data = bytes(index * 7 & 0xFF for index in range(length))
    bus.put("client", bus.client.send(0, data))
    bus.run(s(10))
    assert received(bus.events["server"]) == [data]
    assert isinstance(bus.events["client"][-1], Sent)
    assert failures(bus.events["client"] + bus.events["server"]) == []


def test_message_longer_than_twelve_bits_tell_takes_the_long_form(wire: Make) -> None:
    bus = wire(longest=10_000)
    bus.put("client", bus.client.send(0, bytes(5000)))
    bus.run(s(10))
    assert bus.frames(0x7E0)[0][1] == bytes.fromhex("1000000013880000")
    assert received(bus.events["server"]) == [bytes(5000)]


def test_sequence_numbers_run_from_1_and_wrap_to_0(wire: Make) -> None:
    bus = wire()
    bus.put("client", bus.client.send(0, bytes(6 + 7 * 20)))
    bus.run(s(1))
    assert [data[0] for _, data in bus.frames(0x7E0)[1:]] == [0x20 | number & 0x0F for number in range(1, 21)]


def test_first_frame_is_told_before_the_message_is_complete(wire: Make) -> None:
    bus = wire()
    bus.put("client", bus.client.send(0, LONG))
    bus.run(s(1))
    started, done = bus.events["server"]
    assert isinstance(started, Started)
    assert isinstance(done, Received)
    assert (started.length, done.first_ns, done.data) == (100, started.t_ns, LONG)


def test_sender_keeps_block_size_and_separation_time(wire: Make) -> None:
    bus = wire(server={"policy": FlowPolicy(block_size=2, st_min=20)})
    bus.put("client", bus.client.send(0, LONG))
    bus.run(s(2))
    times = [t_ns for t_ns, data in bus.frames(0x7E0) if data[0] >> 4 == 2]
    assert len(bus.frames(0x7E8)) == len(times) // 2
    assert all(second - first == ms(20) for first, second in zip(times[::2], times[1::2], strict=True))


def test_wait_holds_the_sender_until_it_gets_leave(wire: Make) -> None:
    bus = wire(server={"policy": FlowPolicy(waits=3, wait_gap_ns=ms(900))})
    bus.put("client", bus.client.send(0, LONG))
    bus.run(s(2.6))
    assert [data[0] for _, data in bus.frames(0x7E8)] == [0x31, 0x31, 0x31]
    assert len(bus.frames(0x7E0)) == 1
    bus.run(s(4))
    assert received(bus.events["server"]) == [LONG]


def test_more_waits_than_the_limit_end_the_transfer(wire: Make) -> None:
    bus = wire(client={"timing": replace(ISO_15765_2, max_waits=2)}, server={"policy": FlowPolicy(waits=9, wait_gap_ns=ms(100))})
    bus.put("client", bus.client.send(0, LONG))
    bus.run(s(3))
    assert failures(bus.events["client"]) == [(Error.WAIT_LIMIT, True)]


@pytest.mark.parametrize(("status", "error"), [(2, Error.OVERFLOW), (3, Error.INVALID_FS), (15, Error.INVALID_FS)])
def test_flow_control_that_gives_no_leave_ends_the_transfer(wire: Make, status: int, error: Error) -> None:
    bus = wire(server={"policy": FlowPolicy(status=status)})
    bus.put("client", bus.client.send(0, LONG))
    bus.run(s(3))
    assert failures(bus.events["client"]) == [(error, True)]
    assert len(bus.frames(0x7E0)) == 1


def test_sender_gives_up_after_n_bs_without_flow_control(wire: Make) -> None:
    bus = wire(server={"policy": FlowPolicy(silent=True)})
    bus.put("client", bus.client.send(0, LONG))
    bus.run(s(1) - 1)
    assert failures(bus.events["client"]) == []
    bus.run(s(1))
    assert failures(bus.events["client"]) == [(Error.TIMEOUT_BS, True)]
    assert len(bus.frames(0x7E0)) == 1


def test_receiver_gives_up_after_n_cr_without_a_frame(wire: Make) -> None:
    bus = wire()
    bus.lose = lambda frame, index: frame.data[0] == 0x23
    bus.put("client", bus.client.send(0, bytes(6 + 3 * 7)))
    bus.run(s(0.99))
    assert failures(bus.events["server"]) == []
    bus.run(s(1.1))
    assert failures(bus.events["server"]) == [(Error.TIMEOUT_CR, False)]


def test_gap_in_the_sequence_ends_the_reception_and_the_next_message_is_served(wire: Make) -> None:
    bus = wire()
    bus.lose = lambda frame, index: frame.data[0] == 0x22
    bus.put("client", bus.client.send(0, LONG))
    bus.run(s(2))
    assert failures(bus.events["server"]) == [(Error.WRONG_SN, False)]
    bus.put("client", bus.client.send(bus.now_ns, b"next"))
    bus.run(s(3))
    assert received(bus.events["server"]) == [b"next"]


@pytest.mark.parametrize("data", [b"short", LONG])
def test_new_message_during_reception_is_served_and_the_old_one_dropped(wire: Make, data: bytes) -> None:
    bus = wire(client={"policy": FlowPolicy(silent=True)}, server={"policy": FlowPolicy(st_min=100)})
    bus.put("client", bus.client.send(0, bytes(200)))
    bus.run(ms(250))
    bus.client.abort()
    bus.put("client", bus.client.send(bus.now_ns, data))
    bus.run(s(5))
    assert failures(bus.events["server"]) == [(Error.UNEXPECTED_PDU, False)]
    assert received(bus.events["server"]) == [data]


def test_frame_that_does_not_get_on_the_bus_ends_the_transfer_after_n_as() -> None:
    sender = Transport(normal(1, 2), confirms=True)
    sender.send(0, b"x")
    assert sender.next_deadline_ns() == s(1)
    sender.handle_timers(s(1))
    assert failures(sender.events()) == [(Error.TIMEOUT_A, True)]
    sender.send(s(1), b"x")
    sender.confirmed(s(1.5))
    assert sender.next_deadline_ns() is None


def test_flow_control_that_does_not_get_on_the_bus_ends_the_reception_after_n_ar() -> None:
    receiver = Transport(normal(2, 1), confirms=True)
    (flow,) = receiver.receive(0, Frame(1, bytes.fromhex("1014000000000000"), extended=False))
    assert flow.data[:1] == b"\x30"
    receiver.handle_timers(s(1))
    assert failures(receiver.events()) == [(Error.TIMEOUT_A, False)]


def test_request_to_everybody_arrives_as_such_and_only_in_one_frame(wire: Make) -> None:
    bus = wire()
    bus.put("client", bus.client.send(0, b"\x3e\x80", functional=True))
    bus.run(ms(10))
    (event,) = bus.events["server"]
    assert isinstance(event, Received)
    assert event.functional
    with pytest.raises(LocalProtocolError, match="must fit one frame"):
        bus.client.send(bus.now_ns, LONG, functional=True)


def test_long_message_to_everybody_is_ignored_unless_a_fault_takes_it(wire: Make) -> None:
    for faults, begun in ((IsoTpFaults(), False), (IsoTpFaults(takes_functional_first=True), True)):
        bus = wire(server={"faults": faults})
        bus.put("client", bus.client.send_anyway(0, LONG))
        bus.run(ms(10))
        assert bool(bus.frames(0x7E8)) == begun


@pytest.mark.parametrize("text", ["1005000000000000", "1007000000000000", "2100000000000000", "3000000000000000", "4000", "0000"])
def test_frame_that_means_nothing_here_is_ignored(wire: Make, text: str) -> None:
    server = wire().server
    assert server.receive(0, Frame(0x7E0, bytes.fromhex(text), extended=False)) == []
    assert server.events() == []
    assert server.next_deadline_ns() is None


def test_frames_of_other_identifiers_and_kinds_are_passed_over(wire: Make) -> None:
    server = wire().server
    assert server.receive(0, Frame(0x7E1, b"\x01\x3e", extended=False)) == []
    assert server.receive(0, Frame(0x7E0, b"\x01\x3e", extended=True)) == []
    assert server.receive(0, Frame(0x7E0, extended=False, remote=True)) == []
    assert server.events() == []


def test_message_longer_than_the_buffer_is_refused_with_an_overflow(wire: Make) -> None:
    bus = wire(server={"longest": 50})
    bus.put("client", bus.client.send(0, LONG))
    bus.run(s(1))
    assert [data[0] for _, data in bus.frames(0x7E8)] == [0x32]
    assert failures(bus.events["client"]) == [(Error.OVERFLOW, True)]


def test_two_messages_at_once_in_one_direction_are_refused(wire: Make) -> None:
    bus = wire()
    bus.client.send(0, LONG)
    with pytest.raises(LocalProtocolError, match="under way"):
        bus.client.send(0, b"x")


def test_both_directions_are_independent(wire: Make) -> None:
    bus = wire()
    bus.put("client", bus.client.send(0, LONG))
    bus.put("server", bus.server.send(0, LONG[::-1]))
    bus.run(s(1))
    assert received(bus.events["server"]) == [LONG]
    assert received(bus.events["client"]) == [LONG[::-1]]


def test_fixed_identifiers_are_made_of_both_addresses() -> None:
    assert normal_fixed(0x10, 0xF1).send_id == 0x18DA10F1
    assert normal_fixed(0x10, 0xF1).receive_id == 0x18DAF110
    assert functional_fixed(0x33, 0xF1) == 0x18DB33F1


def _without_second(frame: Outgoing) -> Sequence[bytes]:
    return () if frame.index == 2 else (frame.data,)


def _twice(frame: Outgoing) -> Sequence[bytes]:
    return (frame.data, frame.data) if isinstance(frame.pdu, Consecutive) else (frame.data,)


@pytest.mark.parametrize("edit", [_without_second, _twice])
def test_edited_frames_break_the_reception(wire: Make, edit: Callable[[Outgoing], Sequence[bytes]]) -> None:
    bus = wire(client={"faults": IsoTpFaults(edit=edit)})
    bus.put("client", bus.client.send(0, LONG))
    bus.run(s(3))
    assert failures(bus.events["server"]) == [(Error.WRONG_SN, False)]


def test_sender_without_manners_sends_all_at_once(wire: Make) -> None:
    policy = FlowPolicy(block_size=2, st_min=20)
    bus = wire(client={"faults": IsoTpFaults(ignores_flow_control=True)}, server={"policy": policy})
    bus.put("client", bus.client.send(0, LONG))
    bus.run(us(1))
    assert len(bus.frames(0x7E0)) == 15
    for faults, gap_ns, flows in ((IsoTpFaults(ignores_st_min=True), 0, 7), (IsoTpFaults(ignores_block_size=True), ms(20), 7)):
        bus = wire(client={"faults": faults}, server={"policy": policy})
        bus.put("client", bus.client.send(0, LONG))
        bus.run(s(3))
        times = [t_ns for t_ns, data in bus.frames(0x7E0) if data[0] >> 4 == 2]
        assert times[1] - times[0] == gap_ns
        assert (times[2] - times[1] == ms(20)) == faults.ignores_block_size
        assert len(bus.frames(0x7E8)) >= flows - 1


def test_sender_that_ignores_the_flow_status_goes_on_after_an_overflow(wire: Make) -> None:
    for faults, complete in ((IsoTpFaults(), False), (IsoTpFaults(ignores_flow_status=True), True)):
        bus = wire(client={"faults": faults}, server={"policy": FlowPolicy(status=2)})
        bus.put("client", bus.client.send(0, LONG))
        bus.run(s(3))
        assert (received(bus.events["server"]) == [LONG]) == complete


def test_first_frame_for_a_short_message_is_taken_by_a_fault_only(wire: Make) -> None:
    for faults, begun in ((IsoTpFaults(), False), (IsoTpFaults(takes_short_first=True), True)):
        bus = wire(server={"faults": faults})
        frames = bus.server.receive(0, Frame(0x7E0, bytes.fromhex("100522F190F18600"), extended=False))
        assert [frame.data[0] for frame in frames] == [0x30] * begun


def test_new_message_goes_unheard_during_a_reception_by_a_fault_only(wire: Make) -> None:
    for faults, heard in ((IsoTpFaults(), True), (IsoTpFaults(ignores_interruption=True), False)):
        bus = wire(server={"faults": faults})
        bus.server.receive(0, Frame(0x7E0, bytes.fromhex("100922F190F188F1"), extended=False))
        bus.server.receive(ms(5), Frame(0x7E0, bytes.fromhex("0322F186"), extended=False))
        assert (received(bus.server.events()) == [bytes.fromhex("22F186")]) == heard


def test_margin_is_added_to_the_distance_that_is_asked_for(wire: Make) -> None:
    timing = replace(ISO_15765_2, margin_ns=ms(3))
    for st_min, gap_ns in ((20, ms(23)), (0, 0)):
        bus = wire(client={"timing": timing}, server={"policy": FlowPolicy(st_min=st_min)})
        bus.put("client", bus.client.send(0, LONG))
        bus.run(s(3))
        times = [t_ns for t_ns, data in bus.frames(0x7E0) if data[0] >> 4 == 2]
        assert times[1] - times[0] == gap_ns
