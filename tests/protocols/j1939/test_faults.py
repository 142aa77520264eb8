"""Deliberate faults change what leaves or what is heard, nothing else."""

from __future__ import annotations

import pytest

from harness.core import Frame, ms
from harness.protocols.j1939 import NO_LIMIT, Control, EventKind, GrantPolicy, Transport, TransportFaults
from harness.protocols.j1939.faults import (
    drop_control,
    only,
    shift_sequence,
    skip_packet,
    wrong_packet_count,
    wrong_padding,
    wrong_pgn,
    wrong_sequence,
    wrong_total_length,
)

PGN = 0x0200
DATA = bytes(range(1, 17))
"""Three packets, two bytes in the last."""
CTS_ALL = Frame(0x1CECF456, bytes.fromhex("11 03 01 FF FF 00 02 00"))
CTS_HOLD = Frame(0x1CECF456, bytes.fromhex("11 00 01 FF FF 00 02 00"))
CTS_ONE = Frame(0x1CECF456, bytes.fromhex("11 01 01 FF FF 00 02 00"))
CTS_OTHER = Frame(0x1CECF456, bytes.fromhex("11 03 01 FF FF 00 06 00"))
CTS_OTHER_PAGE = Frame(0x1CECF456, bytes.fromhex("11 03 01 FF FF 00 02 01"))
PACKETS = ["0101020304050607", "0208090A0B0C0D0E", "030F10FFFFFFFFFF"]


def exchanged(faults, answer=CTS_ALL, max_per_cts=NO_LIMIT):
    """Payloads after RTS and after *answer*."""
    vehicle = Transport(0xF4, faults=faults)
    frames = vehicle.send(0, PGN, 0x56, DATA, max_per_cts=max_per_cts) + vehicle.receive(0, answer)
    return [frame.data.hex().upper() for frame in frames]


RTS = "10100003FF000200"


def test_without_faults_the_exchange_is_this():
    assert exchanged(TransportFaults()) == [RTS, *PACKETS]


@pytest.mark.parametrize(
    ("hook", "expected"),
    [
        (wrong_packet_count(), ["10100004FF000200", *PACKETS]),
        (wrong_packet_count(-1), ["10100002FF000200", *PACKETS]),
        (wrong_total_length(2), ["10120003FF000200", *PACKETS]),
        (skip_packet(2), [RTS, PACKETS[0], PACKETS[2]]),
        (wrong_sequence(2, 9), [RTS, PACKETS[0], "0908090A0B0C0D0E", PACKETS[2]]),
        (shift_sequence(-1), [RTS, "0001020304050607", "0108090A0B0C0D0E", "020F10FFFFFFFFFF"]),
        (wrong_padding(0), [RTS, *PACKETS[:2], "030F100000000000"]),
        (wrong_pgn(0x0600), ["10100003FF000600", *PACKETS]),
        (wrong_pgn(0x0600, Control.ABORT), [RTS, *PACKETS]),
        (drop_control(Control.RTS), PACKETS),
        (only(PGN, skip_packet(1)), [RTS, *PACKETS[1:]]),
        (only(0x0600, skip_packet(1)), [RTS, *PACKETS]),
    ],
)
def test_hook_changes_these_bytes(hook, expected):
    assert exchanged(TransportFaults(outgoing=[hook])) == expected


def test_padding_fault_leaves_a_full_last_packet_alone():
    vehicle = Transport(0xF4, faults=TransportFaults(outgoing=[wrong_padding(0)]))
    vehicle.send(0, PGN, 0x56, DATA[:14])
    frames = vehicle.receive(0, Frame(0x1CECF456, bytes.fromhex("11 02 01 FF FF 00 02 00")))
    assert [frame.data.hex().upper() for frame in frames] == PACKETS[:2]


def test_hooks_apply_in_order():
    assert exchanged(TransportFaults(outgoing=[shift_sequence(1), skip_packet(2)])) == [RTS, "0201020304050607", "040F10FFFFFFFFFF"]


@pytest.mark.parametrize(
    ("faults", "answer", "limit"),
    [
        (TransportFaults(ignore_hold=True), CTS_HOLD, NO_LIMIT),
        (TransportFaults(ignore_grant=True), CTS_ONE, NO_LIMIT),
        (TransportFaults(ignore_limit=True), CTS_ALL, 1),
        (TransportFaults(ignore_cts_pgn=True), CTS_OTHER, NO_LIMIT),
        (TransportFaults(ignore_cts_page=True), CTS_OTHER_PAGE, NO_LIMIT),
        (TransportFaults(unasked_data=True), CTS_ALL, NO_LIMIT),
    ],
    ids=["hold", "grant", "limit", "pgn", "page", "unasked"],
)
def test_bad_habit_sends_what_a_good_originator_would_not(faults, answer, limit):
    bad, good = exchanged(faults, answer, limit), exchanged(TransportFaults(), answer, limit)
    assert bad[1:4] == PACKETS
    assert faults.unasked_data or good[1:] != PACKETS


def test_unasked_data_needs_no_answer():
    vehicle = Transport(0xF4, faults=TransportFaults(unasked_data=True))
    assert [frame.data.hex().upper() for frame in vehicle.send(0, PGN, 0x56, DATA)] == [RTS, *PACKETS]


def test_unasked_data_completes_with_a_receiver_that_grants(exchange):
    vehicle = Transport(0xF4, faults=TransportFaults(unasked_data=True), dt_gap_ns=ms(10))
    charger = Transport(0x56)
    wire = exchange(vehicle, charger)
    wire.carry(vehicle, vehicle.send(0, PGN, 0x56, DATA))
    wire.run()
    assert vehicle.next_deadline_ns() is None
    assert EventKind.OPENED.name in wire.kinds(0x56)


def test_transport_is_deaf_to_frames_that_a_hook_swallows():
    vehicle = Transport(0xF4, faults=TransportFaults(incoming=[lambda frame: None]))
    vehicle.send(0, PGN, 0x56, DATA)
    assert vehicle.receive(0, CTS_ALL) == []


def test_incoming_hook_changes_what_is_heard():
    vehicle = Transport(0xF4, faults=TransportFaults(incoming=[lambda frame: CTS_ALL]))
    vehicle.send(0, PGN, 0x56, DATA)
    assert len(vehicle.receive(0, CTS_HOLD)) == 3


def test_dropped_abort_still_ends_the_own_session():
    vehicle = Transport(0xF4, faults=TransportFaults(outgoing=[drop_control(Control.ABORT)]))
    vehicle.send(0, PGN, 0x56, DATA)
    assert vehicle.handle_timers(vehicle.next_deadline_ns()) == []
    assert vehicle.next_deadline_ns() is None


@pytest.mark.parametrize(
    "hook",
    [wrong_packet_count(), wrong_total_length(8), skip_packet(1), skip_packet(3), wrong_sequence(2, 7), shift_sequence(-1)],
    ids=["count", "length", "first skipped", "last skipped", "sequence", "from 0"],
)
def test_faulty_sender_delivers_nothing_and_both_sides_come_to_an_end(exchange, hook):
    vehicle, charger = Transport(0xF4, faults=TransportFaults(outgoing=[hook])), Transport(0x56)
    wire = exchange(vehicle, charger)
    wire.carry(vehicle, vehicle.send(0, PGN, 0x56, DATA))
    wire.run()
    assert wire.received[0x56] == []
    assert EventKind.COMPLETED.name not in wire.kinds(0xF4)


def test_faults_work_on_the_receiving_side_too():
    charger = Transport(0x56, faults=TransportFaults(outgoing=[wrong_pgn(0x0600, Control.CTS)]))
    (cts,) = charger.receive(0, Frame(0x1CEC56F4, bytes.fromhex(RTS)))
    assert cts.data == bytes.fromhex("11 03 01 FF FF 00 06 00")


@pytest.mark.parametrize("policy", [GrantPolicy.chunks(1), GrantPolicy.hold(ms(700))], ids=["chunks", "hold"])
def test_wrong_padding_does_not_touch_the_message(exchange, policy):
    vehicle = Transport(0xF4, faults=TransportFaults(outgoing=[wrong_padding(0xAA)]))
    wire = exchange(vehicle, Transport(0x56, grants=policy))
    wire.carry(vehicle, vehicle.send(0, PGN, 0x56, DATA))
    wire.run()
    assert [m.data for m in wire.received[0x56]] == [DATA]


def test_other_page_is_no_other_group():
    assert exchanged(TransportFaults(ignore_cts_page=True), CTS_OTHER) == [RTS]


def test_hold_taken_for_a_refusal_ends_the_session():
    assert exchanged(TransportFaults(abort_on_hold=True), CTS_HOLD) == [RTS, "FF02FFFFFF000200"]


def test_one_too_many_follows_each_grant_but_the_last():
    assert exchanged(TransportFaults(one_too_many=True), CTS_ONE) == [RTS, *PACKETS[:2]]
    assert exchanged(TransportFaults(one_too_many=True)) == [RTS, *PACKETS]


def test_packets_beyond_the_end_are_filler():
    answer = Frame(0x1CECF456, bytes.fromhex("11 05 01 FF FF 00 02 00"))
    assert exchanged(TransportFaults(), answer) == [RTS, *PACKETS]
    assert exchanged(TransportFaults(ignore_total=True), answer) == [RTS, *PACKETS, "04FFFFFFFFFFFFFF", "05FFFFFFFFFFFFFF"]


def test_stall_holds_back_one_packet_of_one_group(exchange):
    vehicle = Transport(0xF4, faults=TransportFaults(stalls_ns={(PGN, 2): ms(300), (0x0600, 3): ms(50)}), dt_gap_ns=ms(10))
    wire = exchange(vehicle, Transport(0x56))
    wire.carry(vehicle, vehicle.send(0, PGN, 0x56, DATA))
    wire.run()
    assert [t // ms(1) for t, frame in wire.log if frame.can_id >> 16 & 0xFF == 0xEB] == [0, 310, 320]


@pytest.mark.parametrize(
    ("policy", "seen"),
    [
        (GrantPolicy(), [(1, 3, 0, 0)] * 3),
        (GrantPolicy.chunks(2), [(1, 2, 0, 0), (1, 2, 0, 0), (3, 1, 0, 0)]),
        (GrantPolicy.hold(ms(600), ms(400)), [(1, 3, 2, 0)] * 3),
        (GrantPolicy.repeat(2), [(1, 3, 0, 0)] * 3 + [(2, 2, 0, 1)] * 2),
    ],
    ids=["all", "chunks", "hold", "repeat"],
)
def test_hook_sees_how_the_packet_was_granted(exchange, policy, seen):
    told = []

    def hook(tp):
        if tp.packet is not None:
            told.append((tp.first, tp.granted, tp.holds, tp.repeats))
        return tp.frame

    vehicle = Transport(0xF4, faults=TransportFaults(outgoing=[hook]))
    wire = exchange(vehicle, Transport(0x56, grants=policy))
    wire.carry(vehicle, vehicle.send(0, PGN, 0x56, DATA))
    wire.run()
    assert told == seen


def test_hook_sees_the_other_sessions_to_the_same_peer():
    told = []
    vehicle = Transport(0xF4, faults=TransportFaults(outgoing=[lambda tp: told.append((tp.pgn, tp.others)) or tp.frame]))
    for pgn, peer in ((PGN, 0x56), (0x0600, 0x57), (0x0600, 0x56)):
        vehicle.send(0, pgn, peer, DATA)
    assert told == [(PGN, 0), (0x0600, 0), (0x0600, 1)]
