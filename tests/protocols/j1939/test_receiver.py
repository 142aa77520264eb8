"""The receiving side by hand: frames in and out byte by byte (charger 0x56, vehicle 0xF4)."""

from __future__ import annotations

import pytest

from harness.core import Frame, ms
from harness.protocols.j1939 import EventKind, GrantPolicy, Role, Transport, TransportMessage

PGN = 0x0200
BRM = bytes(range(1, 50))
ACK = "1CECF456#13310007FF000200"
ABORT_TIMEOUT = "1CECF456#FF03FFFFFF000200"
T1, T2 = ms(750), ms(1250)


def lines(frames):
    return [str(frame) for frame in frames]


def control(text):
    return Frame(0x1CEC56F4, bytes.fromhex(text))


def rts(limit=0xFF, pgn="00 02 00", size="31 00 07"):
    return control(f"10 {size} {limit:02X} {pgn}")


def packet(number, message=BRM):
    return Frame(0x1CEB56F4, (bytes((number,)) + message[(number - 1) * 7 : number * 7]).ljust(8, b"\xff"))


def cts(count, number, pgn="000200"):
    return f"1CECF456#11{count:02X}{number:02X}FFFF{pgn}"


def charger(policy=None):
    return Transport(0x56, grants=policy)


def feed(transport, t_ns, *numbers):
    """Answers to the packets *numbers*, all at *t_ns*."""
    return [line for number in numbers for line in lines(transport.receive(t_ns, packet(number)))]


def opened(policy=None, limit=0xFF):
    transport = charger(policy)
    answers = lines(transport.receive(0, rts(limit)))
    return transport, answers


def test_rts_is_granted_in_full():
    transport, answers = opened()
    assert answers == [cts(7, 1)]
    assert transport.is_receiving(PGN)
    assert transport.is_receiving(PGN, 0xF4)


def test_complete_message_is_acknowledged_and_delivered():
    transport, _ = opened()
    assert feed(transport, ms(10), 1, 2, 3, 4, 5, 6) == []
    assert feed(transport, ms(20), 7) == [ACK]
    assert transport.take_received() == [TransportMessage(PGN, 0xF4, 0x56, BRM, 0, ms(20))]
    assert transport.take_received() == []
    assert [(e.kind, e.role) for e in transport.take_events()] == [
        (EventKind.OPENED, Role.RECEIVER),
        (EventKind.COMPLETED, Role.RECEIVER),
    ]
    assert transport.next_deadline_ns() is None
    assert not transport.is_receiving(PGN)


def test_limit_of_the_rts_is_kept():
    transport, answers = opened(limit=2)
    assert answers == [cts(2, 1)]
    assert feed(transport, 0, 1, 2) == [cts(2, 3)]
    assert feed(transport, 0, 3, 4) == [cts(2, 5)]
    assert feed(transport, 0, 5, 6) == [cts(1, 7)]
    assert feed(transport, 0, 7) == [ACK]


def test_padding_is_cut_off():
    transport = charger()
    transport.receive(0, rts(size="09 00 02"))
    transport.receive(0, packet(1, BRM[:9]))
    transport.receive(0, packet(2, BRM[:9]))
    assert transport.take_received()[0].data == BRM[:9]


def test_silence_after_cts_ends_at_t2_with_abort():
    transport, _ = opened()
    assert transport.next_deadline_ns() == T2
    assert lines(transport.handle_timers(T2)) == [ABORT_TIMEOUT]
    assert [(e.kind, e.timer, e.reason) for e in transport.take_events()][1:] == [(EventKind.TIMED_OUT, "T2", 3)]


def test_silence_between_packets_ends_at_t1_with_abort():
    transport, _ = opened()
    feed(transport, ms(100), 1)
    feed(transport, ms(200), 2)
    assert transport.next_deadline_ns() == ms(200) + T1
    assert lines(transport.handle_timers(ms(200) + T1)) == [ABORT_TIMEOUT]
    assert transport.take_events()[-1].timer == "T1"


def test_missing_packet_is_requested_when_the_grant_is_over():
    transport, _ = opened()
    assert feed(transport, 0, 1, 2, 4, 5, 6, 7) == [cts(1, 3)]
    assert feed(transport, 0, 3) == [ACK]
    assert transport.take_received()[0].data == BRM


def test_two_holes_are_requested_one_after_the_other():
    transport, _ = opened()
    assert feed(transport, 0, 1, 4, 6, 7) == [cts(2, 2)]
    assert feed(transport, 0, 2, 3) == [cts(1, 5)]
    assert feed(transport, 0, 5) == [ACK]
    assert transport.take_received()[0].data == BRM


def test_hole_in_a_partial_grant_is_filled_before_the_next_grant():
    transport, _ = opened(limit=3)
    assert feed(transport, 0, 1, 3) == [cts(1, 2)]
    assert feed(transport, 0, 2) == [cts(3, 4)]


def test_third_hole_is_given_up_with_reason_5():
    transport, _ = opened()
    assert feed(transport, 0, 1, 3, 5, 7) == [cts(1, 2)]
    assert feed(transport, 0, 2) == [cts(1, 4)]
    assert feed(transport, 0, 4) == ["1CECF456#FF05FFFFFF000200"]
    assert transport.take_received() == []
    assert transport.next_deadline_ns() is None


@pytest.mark.parametrize("number", [0, 3, 8, 255])
def test_packet_that_is_not_granted_is_dropped_and_remarked(number):
    transport, _ = opened(limit=2)
    feed(transport, ms(5), 1)
    transport.take_events()
    assert lines(transport.receive(ms(10), Frame(0x1CEB56F4, bytes((number,)) + bytes(7)))) == []
    assert [e.kind for e in transport.take_events()] == [EventKind.UNEXPECTED]
    assert transport.next_deadline_ns() == ms(5) + T1
    assert feed(transport, ms(20), 2) == [cts(2, 3)]


def test_doubled_packet_does_no_harm():
    transport, _ = opened()
    assert feed(transport, 0, 1, 1, 2, 2, 3, 4, 5, 6, 7) == [ACK]
    assert transport.take_received()[0].data == BRM


def test_short_packet_is_dropped_and_requested_again():
    transport, _ = opened()
    feed(transport, 0, 1)
    transport.receive(0, Frame(0x1CEB56F4, b"\x02\x00\x00"))
    assert feed(transport, 0, 3, 4, 5, 6, 7) == [cts(1, 2)]


def test_new_rts_of_the_same_group_replaces_the_old_transfer():
    transport, _ = opened()
    feed(transport, ms(10), 1, 2)
    assert lines(transport.receive(ms(20), rts())) == [cts(7, 1)]
    assert [e.kind for e in transport.take_events()][-2:] == [EventKind.REPLACED, EventKind.OPENED]
    feed(transport, ms(30), 1, 2, 3, 4, 5, 6, 7)
    assert [(m.data, m.start_ns) for m in transport.take_received()] == [(BRM, ms(20))]


def test_abort_of_the_originator_ends_it():
    transport, _ = opened()
    assert transport.receive(ms(10), control("FF 02 FF FF FF 00 02 00")) == []
    event = transport.take_events()[-1]
    assert (event.kind, event.reason, event.local) == (EventKind.ABORTED, 2, False)
    assert transport.next_deadline_ns() is None
    assert transport.receive(ms(20), packet(1)) == []


@pytest.mark.parametrize("size", ["08 00 02", "FA 06 FF", "31 00 06", "31 00 08", "00 00 00"], ids=["8", "1786", "few", "many", "0"])
def test_impossible_rts_is_not_answered_but_remarked(size):
    transport = charger()
    assert transport.receive(0, rts(size=size)) == []
    assert [e.kind for e in transport.take_events()] == [EventKind.UNEXPECTED]
    assert transport.next_deadline_ns() is None


@pytest.mark.parametrize("limit", [0, 1])
def test_rts_that_permits_no_packet_gets_one(limit):
    assert opened(limit=limit)[1] == [cts(1, 1)]


def test_reset_forgets_everything():
    transport, _ = opened()
    transport.reset()
    assert transport.next_deadline_ns() is None
    assert feed(transport, 0, 1) == []


def test_grant_in_chunks():
    transport, answers = opened(GrantPolicy.chunks(3))
    assert answers == [cts(3, 1)]
    assert feed(transport, 0, 1, 2, 3) == [cts(3, 4)]
    assert feed(transport, 0, 4, 5, 6) == [cts(1, 7)]


def test_never_granting_leaves_no_session():
    transport, answers = opened(GrantPolicy.never())
    assert answers == []
    assert transport.next_deadline_ns() is None
    assert [e.kind for e in transport.take_events()] == [EventKind.OPENED, EventKind.IGNORED]


def test_hold_repeats_cts_0_and_then_grants():
    transport, answers = opened(GrantPolicy.hold(ms(1000), every_ns=ms(400)))
    seen = [(0, answers)]
    for _ in range(3):
        now_ns = transport.next_deadline_ns()
        seen.append((now_ns // ms(1), lines(transport.handle_timers(now_ns))))
    assert seen == [(0, [cts(0, 1)]), (400, [cts(0, 1)]), (800, [cts(0, 1)]), (1000, [cts(7, 1)])]


def test_hold_without_interval_repeats_at_th():
    transport, _ = opened(GrantPolicy.hold(ms(1200)))
    assert transport.next_deadline_ns() == ms(500)


def test_repeat_asks_once_more_and_then_acknowledges():
    transport, _ = opened(GrantPolicy.repeat(3))
    assert feed(transport, 0, 1, 2, 3, 4, 5, 6, 7) == [cts(5, 3)]
    assert feed(transport, 0, 3, 4, 5, 6, 7) == [ACK]
    assert transport.take_received()[0].data == BRM


def test_repeat_in_chunks_repeats_the_chunk_once():
    transport, _ = opened(GrantPolicy(packets=3, repeat_from=3))
    assert feed(transport, 0, 1, 2, 3) == [cts(3, 3)]
    assert feed(transport, 0, 3, 4, 5) == [cts(2, 6)]
    assert feed(transport, 0, 6, 7) == [ACK]


def test_missing_acknowledgement_delivers_all_the_same():
    transport, _ = opened(GrantPolicy.unacknowledged())
    assert feed(transport, 0, 1, 2, 3, 4, 5, 6, 7) == []
    assert transport.take_received()[0].data == BRM


def test_refusal_answers_the_rts_with_abort():
    transport, answers = opened(GrantPolicy.refuse(1))
    assert answers == ["1CECF456#FF01FFFFFF000200"]
    assert transport.next_deadline_ns() is None


def test_refusal_after_packets_aborts_then():
    transport, answers = opened(GrantPolicy.refuse(2, after=3))
    assert answers == [cts(7, 1)]
    assert feed(transport, 0, 1, 2) == []
    assert feed(transport, 0, 3) == ["1CECF456#FF02FFFFFF000200"]


def test_wrong_pgn_stands_in_the_cts():
    assert opened(GrantPolicy.wrong_pgn(0x0600))[1] == [cts(7, 1, "000600")]


def test_grant_above_the_limit_is_sent_as_ordered():
    assert opened(GrantPolicy.above_limit(20), limit=2)[1] == [cts(20, 1)]


def test_grant_above_the_limit_goes_on_if_the_peer_stops_at_its_limit():
    transport, _ = opened(GrantPolicy.above_limit(5), limit=2)
    assert feed(transport, 0, 1, 2) == []
    assert transport.next_deadline_ns() == T1
    assert lines(transport.handle_timers(T1)) == [cts(5, 3)]


def test_grant_above_the_limit_takes_what_a_careless_peer_sends():
    transport, _ = opened(GrantPolicy.above_limit(5), limit=2)
    assert feed(transport, 0, 1, 2, 3, 4, 5) == [cts(5, 6)]


def test_delay_postpones_every_cts():
    transport, answers = opened(GrantPolicy(packets=4, delay_ns=ms(50)))
    assert answers == []
    assert transport.next_deadline_ns() == ms(50)
    assert lines(transport.handle_timers(ms(50))) == [cts(4, 1)]
    assert feed(transport, ms(60), 1, 2, 3, 4) == []
    assert lines(transport.handle_timers(ms(110))) == [cts(3, 5)]


def test_policies_are_per_group_and_changeable():
    transport = charger()
    transport.grants.set(PGN, GrantPolicy.never())
    assert transport.receive(0, rts()) == []
    assert lines(transport.receive(0, rts(pgn="00 06 00"))) == [cts(7, 1, "000600")]
    transport.reset()
    transport.grants.clear(PGN)
    assert lines(transport.receive(0, rts())) == [cts(7, 1)]


def test_running_transfer_follows_a_changed_policy_from_the_next_grant():
    transport, _ = opened(GrantPolicy.chunks(2))
    transport.grants.set(PGN, GrantPolicy.chunks(4))
    assert feed(transport, 0, 1, 2) == [cts(4, 3)]
