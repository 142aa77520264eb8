"""BAM, both roles."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core import Frame, LocalProtocolError, ms
from harness.protocols.j1939 import GLOBAL, J1939_21, EventKind, Transport, TransportMessage

DM1 = 0xFECA
DATA = bytes(range(1, 16))
GAP = J1939_21.bam_gap_ns
BAM = Frame(0x1CECFF21, bytes.fromhex("20 0F 00 03 FF CA FE 00"))


def lines(frames):
    return [str(frame) for frame in frames]


def packet(number, source=0x21):
    return Frame(0x1CEBFF00 | source, (bytes((number,)) + DATA[(number - 1) * 7 : number * 7]).ljust(8, b"\xff"))


def fire(transport):
    now_ns = transport.next_deadline_ns()
    return now_ns, lines(transport.handle_timers(now_ns))


def test_broadcast_is_announced_and_sent_at_its_spacing():
    transport = Transport(0x21)
    assert lines(transport.send(0, DM1, GLOBAL, DATA)) == ["1CECFF21#200F0003FFCAFE00"]
    assert [fire(transport) for _ in range(3)] == [
        (GAP, ["1CEBFF21#0101020304050607"]),
        (2 * GAP, ["1CEBFF21#0208090A0B0C0D0E"]),
        (3 * GAP, ["1CEBFF21#030FFFFFFFFFFFFF"]),
    ]
    assert [e.kind for e in transport.take_events()] == [EventKind.OPENED, EventKind.COMPLETED]
    assert transport.next_deadline_ns() is None


def test_late_timer_does_not_shorten_the_next_spacing():
    transport = Transport(0x21)
    transport.send(0, DM1, GLOBAL, DATA)
    transport.handle_timers(GAP + ms(30))
    assert transport.next_deadline_ns() == 2 * GAP + ms(30)


def test_spacing_is_data():
    transport = Transport(0x21, timing=replace(J1939_21, bam_gap_ns=ms(20)))
    transport.send(0, DM1, GLOBAL, DATA)
    assert transport.next_deadline_ns() == ms(20)


def test_second_broadcast_waits_until_the_first_is_out():
    transport = Transport(0x21)
    transport.send(0, DM1, GLOBAL, DATA)
    assert transport.send(0, 0xFEEC, GLOBAL, DATA) == []
    sent = [fire(transport) for _ in range(7)]
    assert sent[2] == (3 * GAP, ["1CEBFF21#030FFFFFFFFFFFFF"])
    assert sent[3] == (4 * GAP, ["1CECFF21#200F0003FFECFE00"])
    assert sent[6] == (7 * GAP, ["1CEBFF21#030FFFFFFFFFFFFF"])
    assert transport.next_deadline_ns() is None


def test_broadcast_of_the_same_group_is_refused_while_one_is_open():
    transport = Transport(0x21)
    transport.send(0, DM1, GLOBAL, DATA)
    with pytest.raises(LocalProtocolError, match="open"):
        transport.send(0, DM1, GLOBAL, DATA)


def test_broadcast_cancelled_in_the_middle_lets_the_next_one_go():
    transport = Transport(0x21)
    transport.send(0, DM1, GLOBAL, DATA)
    transport.send(0, 0xFEEC, GLOBAL, DATA)
    assert lines(transport.cancel(ms(10), DM1)) == ["1CECFF21#200F0003FFECFE00"]


def test_broadcast_is_received_without_any_answer():
    transport = Transport(0x00)
    answers = [transport.receive(t, frame) for t, frame in ((0, BAM), (GAP, packet(1)), (2 * GAP, packet(2)), (3 * GAP, packet(3)))]
    assert answers == [[], [], [], []]
    assert transport.take_received() == [TransportMessage(DM1, 0x21, GLOBAL, DATA, 0, 3 * GAP)]
    assert transport.next_deadline_ns() is None


def test_silent_broadcaster_ends_at_t1_without_abort():
    transport = Transport(0x00)
    transport.receive(0, BAM)
    transport.receive(ms(60), packet(1))
    assert transport.next_deadline_ns() == ms(60) + J1939_21.t1_ns
    assert transport.handle_timers(ms(60) + J1939_21.t1_ns) == []
    assert [(e.kind, e.timer) for e in transport.take_events()][1:] == [(EventKind.TIMED_OUT, "T1")]


@pytest.mark.parametrize("number", [0, 1, 3])
def test_lost_or_doubled_packet_breaks_the_broadcast(number):
    transport = Transport(0x00)
    transport.receive(0, BAM)
    transport.receive(GAP, packet(1))
    transport.receive(2 * GAP, Frame(0x1CEBFF21, bytes((number,)) + bytes(7)))
    transport.receive(3 * GAP, packet(2))
    assert [e.kind for e in transport.take_events()] == [EventKind.OPENED, EventKind.BROKEN]
    assert transport.take_received() == []


def test_interleaved_broadcasts_of_two_nodes_are_both_received():
    transport = Transport(0x00)
    transport.receive(0, BAM)
    transport.receive(0, Frame(0x1CECFF22, BAM.data))
    for number in (1, 2, 3):
        for source in (0x21, 0x22):
            transport.receive(number * GAP, packet(number, source))
    assert [(m.source, m.data) for m in transport.take_received()] == [(0x21, DATA), (0x22, DATA)]


def test_new_bam_of_the_same_node_replaces_the_old_one():
    transport = Transport(0x00)
    transport.receive(0, BAM)
    transport.receive(GAP, packet(1))
    transport.receive(2 * GAP, BAM)
    for number in (1, 2, 3):
        transport.receive((2 + number) * GAP, packet(number))
    assert [(m.data, m.start_ns) for m in transport.take_received()] == [(DATA, 2 * GAP)]
    assert [e.kind for e in transport.take_events()] == [EventKind.OPENED, EventKind.REPLACED, EventKind.OPENED, EventKind.COMPLETED]


def test_bam_to_one_node_and_rts_to_all_are_ignored():
    transport = Transport(0x00)
    assert transport.receive(0, Frame(0x1CEC0021, BAM.data)) == []
    assert transport.receive(0, Frame(0x1CECFF21, bytes.fromhex("10 0F 00 03 FF CA FE 00"))) == []
    assert transport.next_deadline_ns() is None


def test_broadcast_and_addressed_transfer_of_one_peer_do_not_mix():
    transport = Transport(0x00)
    transport.receive(0, BAM)
    transport.receive(0, Frame(0x1CEC0021, bytes.fromhex("10 0F 00 03 FF 00 02 00")))
    for number in (1, 2, 3):
        transport.receive(number * GAP, packet(number))
        transport.receive(number * GAP, Frame(0x1CEB0021, bytes((number,)) + bytes(7)))
    assert {m.destination: m.data for m in transport.take_received()} == {GLOBAL: DATA, 0x00: bytes(15)}
