"""The sending side by hand: frames in and out byte by byte (vehicle 0xF4 to charger 0x56)."""

from __future__ import annotations

import pytest

from harness.core import Frame, LocalProtocolError, ms
from harness.protocols.j1939 import GLOBAL, EventKind, Role, Transport

PGN = 0x0200
BRM = bytes(range(1, 50))
RTS = "1CEC56F4#10310007FF000200"
ABORT_TIMEOUT = "1CEC56F4#FF03FFFFFF000200"
T3, T4 = ms(1250), ms(1050)


def lines(frames):
    return [str(frame) for frame in frames]


def from_peer(text):
    return Frame(0x1CECF456, bytes.fromhex(text))


def packet(number):
    return f"1CEB56F4#{(bytes((number,)) + BRM[(number - 1) * 7 : number * 7]).hex().upper()}"


def cts(count, number, pgn="00 02 00"):
    return from_peer(f"11 {count:02X} {number:02X} FF FF {pgn}")


ACK = from_peer("13 31 00 07 FF 00 02 00")


@pytest.fixture
def vehicle():
    return Transport(0xF4)


@pytest.fixture
def sending(vehicle):
    vehicle.send(0, PGN, 0x56, BRM)
    return vehicle


@pytest.fixture
def delivered(sending):
    """Everything sent at 10 ms, nothing acknowledged yet."""
    sending.receive(ms(10), cts(7, 1))
    sending.take_events()
    return sending


def test_send_begins_with_rts(vehicle):
    assert lines(vehicle.send(0, PGN, 0x56, BRM)) == [RTS]
    assert vehicle.is_sending(PGN)
    assert vehicle.is_sending(PGN, 0x56)
    assert not vehicle.is_sending(PGN, 0x57)


def test_limit_of_packets_per_cts_stands_in_the_rts(vehicle):
    assert lines(vehicle.send(0, PGN, 0x56, BRM, max_per_cts=2)) == ["1CEC56F4#1031000702000200"]


def test_priority_of_the_transport_is_used():
    assert lines(Transport(0xF4, priority=6).send(0, PGN, 0x56, BRM)) == ["18EC56F4#10310007FF000200"]


def test_cts_for_all_releases_all_packets(sending):
    assert lines(sending.receive(ms(10), cts(7, 1))) == [packet(n) for n in range(1, 8)]


def test_last_packet_is_padded(vehicle):
    vehicle.send(0, PGN, 0x56, BRM[:9])
    assert lines(vehicle.receive(0, cts(2, 1)))[-1] == "1CEB56F4#020809FFFFFFFFFF"


def test_acknowledgement_completes_the_transfer(delivered):
    assert delivered.receive(ms(20), ACK) == []
    (event,) = delivered.take_events()
    assert (event.kind, event.role, event.pgn, event.peer, event.t_ns) == (EventKind.COMPLETED, Role.ORIGINATOR, PGN, 0x56, ms(20))
    assert not delivered.is_sending(PGN)
    assert delivered.next_deadline_ns() is None


def test_partial_grant_releases_exactly_those_packets(sending):
    assert lines(sending.receive(ms(10), cts(2, 1))) == [packet(1), packet(2)]
    assert sending.next_deadline_ns() == ms(10) + T3
    assert lines(sending.receive(ms(30), cts(3, 3))) == [packet(3), packet(4), packet(5)]


def test_grant_above_the_end_releases_what_is_left(sending):
    assert lines(sending.receive(ms(10), cts(200, 6))) == [packet(6), packet(7)]


def test_grant_above_the_own_limit_releases_no_more_than_the_limit(vehicle):
    vehicle.send(0, PGN, 0x56, BRM, max_per_cts=2)
    assert lines(vehicle.receive(ms(10), cts(7, 1))) == [packet(1), packet(2)]


def test_repeat_request_sends_from_that_packet_again(delivered):
    assert lines(delivered.receive(ms(20), cts(5, 3))) == [packet(n) for n in range(3, 8)]


def test_third_repeat_request_is_refused(delivered):
    for _ in range(2):
        assert delivered.receive(ms(20), cts(1, 3)) != []
    assert lines(delivered.receive(ms(20), cts(1, 3))) == ["1CEC56F4#FF05FFFFFF000200"]
    assert delivered.next_deadline_ns() is None


def test_packets_keep_the_gap_and_wait_for_the_timer():
    vehicle = Transport(0xF4, dt_gap_ns=ms(10))
    vehicle.send(0, PGN, 0x56, BRM)
    assert lines(vehicle.receive(ms(5), cts(2, 1))) == [packet(1)]
    assert vehicle.next_deadline_ns() == ms(15)
    assert lines(vehicle.handle_timers(ms(15))) == [packet(2)]
    # The gap also holds from the last packet of one grant to the first of the next.
    assert vehicle.receive(ms(16), cts(1, 3)) == []
    assert vehicle.next_deadline_ns() == ms(25)
    assert lines(vehicle.handle_timers(ms(25))) == [packet(3)]


def test_late_timer_sends_one_packet_and_keeps_the_gap_from_then_on():
    vehicle = Transport(0xF4, dt_gap_ns=ms(10))
    vehicle.send(0, PGN, 0x56, BRM)
    vehicle.receive(0, cts(7, 1))
    assert lines(vehicle.handle_timers(ms(47))) == [packet(2)]
    assert vehicle.next_deadline_ns() == ms(57)


def test_silence_after_rts_ends_at_t3_with_abort(sending):
    assert sending.next_deadline_ns() == T3
    assert lines(sending.handle_timers(T3)) == [ABORT_TIMEOUT]
    assert [(e.kind, e.timer, e.reason, e.local) for e in sending.take_events()][1:] == [(EventKind.TIMED_OUT, "T3", 3, True)]
    assert not sending.is_sending(PGN)


def test_silence_after_the_last_packet_ends_at_t3_with_abort(delivered):
    assert delivered.next_deadline_ns() == ms(10) + T3
    assert lines(delivered.handle_timers(ms(10) + T3)) == [ABORT_TIMEOUT]


def test_hold_sends_nothing_and_waits_for_t4(sending):
    assert sending.receive(ms(100), cts(0, 1)) == []
    assert sending.next_deadline_ns() == ms(100) + T4
    assert sending.receive(ms(500), cts(0, 1)) == []
    assert sending.next_deadline_ns() == ms(500) + T4
    assert lines(sending.receive(ms(900), cts(7, 1))) == [packet(n) for n in range(1, 8)]


def test_hold_that_is_never_lifted_ends_at_t4_with_abort(sending):
    sending.receive(ms(100), cts(0, 1))
    assert lines(sending.handle_timers(ms(100) + T4)) == [ABORT_TIMEOUT]
    assert sending.take_events()[-1].timer == "T4"


def test_abort_of_the_peer_ends_it_with_its_reason(sending):
    assert sending.receive(ms(10), from_peer("FF FF FF FF FF 00 02 00")) == []
    event = sending.take_events()[-1]
    assert (event.kind, event.local, event.reason) == (EventKind.ABORTED, False, 0xFF)
    assert sending.next_deadline_ns() is None


def test_cts_while_packets_are_under_way_aborts_with_reason_4():
    vehicle = Transport(0xF4, dt_gap_ns=ms(10))
    vehicle.send(0, PGN, 0x56, BRM)
    vehicle.receive(0, cts(7, 1))
    assert lines(vehicle.receive(ms(5), cts(7, 1))) == ["1CEC56F4#FF04FFFFFF000200"]


IGNORED = {
    "cts for another PGN": cts(7, 1, "00 06 00"),
    "cts for packet 0": cts(7, 0),
    "cts beyond the end": cts(1, 8),
    "acknowledgement of another PGN": from_peer("13 31 00 07 FF 00 06 00"),
    "abort of another PGN": from_peer("FF 01 FF FF FF 00 06 00"),
    "cts from another node": Frame(0x1CECF457, bytes.fromhex("11 07 01 FF FF 00 02 00")),
    "cts to another node": Frame(0x1CECF556, bytes.fromhex("11 07 01 FF FF 00 02 00")),
    "cts to all": Frame(0x1CECFF56, bytes.fromhex("11 07 01 FF FF 00 02 00")),
    "short cts": Frame(0x1CECF456, bytes.fromhex("11 07 01 FF FF 00 02")),
    "11-bit frame": Frame(0x456, bytes.fromhex("11 07 01 FF FF 00 02 00"), extended=False),
    "CAN FD frame": Frame(0x1CECF456, bytes.fromhex("11 07 01 FF FF 00 02 00"), fd=True),
    "remote frame": Frame(0x1CECF456, remote=True),
    "other group": Frame(0x1801F456, bytes.fromhex("11 07 01 FF FF 00 02 00")),
    "own echo": Frame(0x1CECF4F4, bytes.fromhex("11 07 01 FF FF 00 02 00")),
}


@pytest.mark.parametrize("frame", IGNORED.values(), ids=IGNORED)
def test_frame_that_does_not_concern_the_transfer_changes_nothing(sending, frame):
    assert sending.receive(ms(10), frame) == []
    assert sending.next_deadline_ns() == T3
    assert lines(sending.receive(ms(20), cts(1, 1))) == [packet(1)]


def test_acknowledgement_before_the_last_packet_breaks_the_transfer(sending):
    sending.receive(ms(10), cts(2, 1))
    assert sending.receive(ms(20), ACK) == []
    assert sending.take_events()[-1].kind is EventKind.BROKEN
    assert not sending.is_sending(PGN)


def test_acknowledgement_with_another_length_is_remarked_and_not_accepted(delivered):
    delivered.receive(ms(20), from_peer("13 29 00 06 FF 00 02 00"))
    assert delivered.take_events()[-1].kind is EventKind.UNEXPECTED
    assert delivered.is_sending(PGN)


def test_cancel_is_silent_and_leaves_no_deadline(sending):
    assert sending.cancel(ms(10), PGN) == []
    assert sending.next_deadline_ns() is None
    assert sending.receive(ms(20), cts(7, 1)) == []
    assert lines(sending.send(ms(30), PGN, 0x56, BRM)) == [RTS]


def test_cancel_with_a_reason_aborts(sending):
    assert lines(sending.cancel(ms(10), PGN, reason=2)) == ["1CEC56F4#FF02FFFFFF000200"]
    assert sending.take_events()[-1].kind is EventKind.ABORTED


def test_cancel_of_another_group_or_peer_touches_nothing(sending):
    sending.cancel(ms(10), 0x0600)
    sending.cancel(ms(10), PGN, 0x57)
    assert sending.is_sending(PGN)


@pytest.mark.parametrize("length", [0, 8, 1786])
def test_length_that_transport_cannot_carry_is_refused(vehicle, length):
    with pytest.raises(LocalProtocolError, match=f"{length} bytes"):
        vehicle.send(0, PGN, 0x56, bytes(length))


@pytest.mark.parametrize(
    ("pgn", "destination", "limit", "text"),
    [(PGN, 0xF4, 255, "destination"), (PGN, 0xFE, 255, "destination"), (1 << 18, 0x56, 255, "18 bits"), (PGN, 0x56, 0, "per CTS")],
)
def test_impossible_transfers_are_refused(vehicle, pgn, destination, limit, text):
    with pytest.raises(LocalProtocolError, match=text):
        vehicle.send(0, pgn, destination, BRM, max_per_cts=limit)


def test_second_transfer_of_the_same_group_is_refused_until_cancelled(sending):
    with pytest.raises(LocalProtocolError, match="open"):
        sending.send(ms(10), PGN, 0x56, BRM)


@pytest.mark.parametrize("address", [0xFE, GLOBAL, -1])
def test_address_without_an_owner_cannot_have_a_transport(address):
    with pytest.raises(LocalProtocolError):
        Transport(address)
