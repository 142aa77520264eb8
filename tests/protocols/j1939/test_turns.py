"""Several sessions at once: packets of two messages between the same two nodes never mix."""

from __future__ import annotations

import itertools

import pytest

from harness.core import Frame, ms
from harness.protocols.j1939 import GrantPolicy, Transport

BMV, BCS = 0x1500, 0x1100
CELLS, STATUS = bytes(n & 0xFF for n in range(512)), bytes(range(9))
GAP = ms(10)


@pytest.fixture
def pair(exchange):
    vehicle, charger = Transport(0xF4, dt_gap_ns=GAP), Transport(0x56)
    return exchange(vehicle, charger), vehicle, charger


def test_long_and_short_message_both_arrive(pair):
    wire, vehicle, _ = pair
    wire.carry(vehicle, vehicle.send(0, BMV, 0x56, CELLS, max_per_cts=8))
    wire.carry(vehicle, vehicle.send(0, BCS, 0x56, STATUS))
    wire.run()
    assert {m.pgn: m.data for m in wire.received[0x56]} == {BMV: CELLS, BCS: STATUS}


def test_short_message_gets_through_between_two_grants_of_the_long_one(pair):
    wire, vehicle, _ = pair
    wire.carry(vehicle, vehicle.send(0, BMV, 0x56, CELLS, max_per_cts=8))
    wire.run(until_ns=ms(15))
    wire.carry(vehicle, vehicle.send(ms(15), BCS, 0x56, STATUS))
    wire.run()
    first, second = wire.received[0x56]
    assert (first.pgn, second.pgn) == (BCS, BMV)
    assert first.t_ns <= ms(100)
    assert wire.packets()[:12] == [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 9, 10]


def test_packets_keep_their_gap_across_sessions(pair):
    wire, vehicle, _ = pair
    wire.carry(vehicle, vehicle.send(0, BMV, 0x56, CELLS[:100], max_per_cts=3))
    wire.carry(vehicle, vehicle.send(0, BCS, 0x56, STATUS))
    wire.run()
    times = [t for t, frame in wire.log if frame.can_id == 0x1CEB56F4]
    assert {later - earlier for earlier, later in itertools.pairwise(times)} == {GAP}


def test_second_rts_waits_for_its_turn_and_is_held_after_tr_and_then_every_th():
    charger = Transport(0x56)
    charger.receive(0, Frame(0x1CEC56F4, bytes.fromhex("10 00 02 4A FF 00 15 00")))
    assert charger.receive(ms(10), Frame(0x1CEC56F4, bytes.fromhex("10 09 00 02 FF 00 11 00"))) == []
    assert charger.next_deadline_ns() == ms(210)
    hold = [Frame(0x1CECF456, bytes.fromhex("11 00 01 FF FF 00 11 00"))]
    assert charger.handle_timers(ms(210)) == hold
    assert charger.handle_timers(ms(710)) == hold


def test_waiting_session_is_granted_when_the_first_one_dies():
    charger = Transport(0x56)
    charger.receive(0, Frame(0x1CEC56F4, bytes.fromhex("10 00 02 4A FF 00 15 00")))
    charger.receive(ms(10), Frame(0x1CEC56F4, bytes.fromhex("10 09 00 02 FF 00 11 00")))
    answers = charger.receive(ms(20), Frame(0x1CEC56F4, bytes.fromhex("FF 02 FF FF FF 00 15 00")))
    assert answers == [Frame(0x1CECF456, bytes.fromhex("11 02 01 FF FF 00 11 00"))]


def test_timer_of_a_waiting_session_does_not_fire_when_the_turn_comes_in_the_same_instant():
    charger = Transport(0x56)
    charger.receive(0, Frame(0x1CEC56F4, bytes.fromhex("10 00 02 4A FF 00 15 00")))
    charger.receive(ms(1050), Frame(0x1CEC56F4, bytes.fromhex("10 09 00 02 FF 00 11 00")))
    assert charger.next_deadline_ns() == ms(1250)
    assert charger.handle_timers(ms(1250)) == [
        Frame(0x1CECF456, bytes.fromhex("FF 03 FF FF FF 00 15 00")),
        Frame(0x1CECF456, bytes.fromhex("11 02 01 FF FF 00 11 00")),
    ]
    assert charger.next_deadline_ns() == ms(2500)


def test_originator_with_two_grants_sends_them_one_after_the_other():
    vehicle = Transport(0xF4, dt_gap_ns=GAP)
    vehicle.send(0, BMV, 0x56, CELLS[:14])
    vehicle.send(0, BCS, 0x56, STATUS)
    sent = vehicle.receive(0, Frame(0x1CECF456, bytes.fromhex("11 02 01 FF FF 00 15 00")))
    assert vehicle.receive(ms(1), Frame(0x1CECF456, bytes.fromhex("11 02 01 FF FF 00 11 00"))) == []
    for _ in range(3):
        sent += vehicle.handle_timers(vehicle.next_deadline_ns())
    assert [frame.data[1:] for frame in sent] == [CELLS[:7], CELLS[7:14], STATUS[:7], STATUS[7:] + b"\xff" * 5]


def test_cancelling_the_session_that_sends_lets_the_next_one_send():
    vehicle = Transport(0xF4, dt_gap_ns=GAP)
    vehicle.send(0, BMV, 0x56, CELLS)
    vehicle.send(0, BCS, 0x56, STATUS)
    vehicle.receive(0, Frame(0x1CECF456, bytes.fromhex("11 4A 01 FF FF 00 15 00")))
    vehicle.receive(ms(1), Frame(0x1CECF456, bytes.fromhex("11 02 01 FF FF 00 11 00")))
    assert vehicle.cancel(ms(2), BMV) == []
    assert vehicle.next_deadline_ns() == GAP
    assert vehicle.handle_timers(GAP) == [Frame(0x1CEB56F4, b"\x01" + STATUS[:7])]


def test_transfers_to_different_nodes_run_side_by_side(exchange):
    vehicle = Transport(0xF4, dt_gap_ns=GAP)
    wire = exchange(vehicle, Transport(0x56), Transport(0x57))
    for destination in (0x56, 0x57):
        wire.carry(vehicle, vehicle.send(0, BMV, destination, CELLS[:70]))
    wire.run()
    assert [m.data for m in wire.received[0x56] + wire.received[0x57]] == [CELLS[:70]] * 2
    assert wire.received[0x56][0].t_ns == wire.received[0x57][0].t_ns == 9 * GAP


def test_both_nodes_may_originate_at_once(exchange):
    one, other = Transport(0xF4), Transport(0x56, grants=GrantPolicy.chunks(2))
    wire = exchange(one, other)
    wire.carry(one, one.send(0, BMV, 0x56, CELLS))
    wire.carry(other, other.send(0, BMV, 0xF4, CELLS[::-1]))
    wire.run()
    assert wire.received[0x56][0].data == CELLS
    assert wire.received[0xF4][0].data == CELLS[::-1]
