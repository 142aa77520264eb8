"""A controller application: silence before the claim is stable, cyclic groups, answers and refusals, long groups, habits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.core import Frame, ms, s
from harness.protocols.j1939 import GLOBAL, build_id, split_id
from harness.protocols.j1939.claim import ADDRESS_CLAIMED, ClaimFaults
from harness.protocols.j1939.controller import ACK, Answer, Controller, Cyclic, Habits
from harness.protocols.j1939.name import Name

NAME = Name(identity=7, manufacturer=300, arbitrary_address_capable=True)
SPEED, VIN, SOFTWARE, UNKNOWN = 0xFEF1, 0xFEEC, 0xFEDA, 0xFDA0
VIN_TEXT = b"LZZTEST01A1234567*"
TESTER = 0xF9


def make(habits: Habits | None = None) -> Controller:
    cyclic = [Cyclic(SPEED, ms(100), lambda now_ns: bytes(8)), Cyclic(0xFEC1, s(1), lambda now_ns: None)]
    answers = {
        SPEED: Answer(lambda now_ns: bytes(8)),
        VIN: Answer(lambda now_ns: VIN_TEXT),
        0xFECC: Answer(act=lambda now_ns: ACK),
    }
    return Controller(NAME, [0x21, 0x22], cyclic=cyclic, answers=answers, habits=habits or Habits())


def run(controller: Controller, until_ns: int) -> list[tuple[int, Frame]]:
    """Let time pass up to an instant."""
    sent = []
    while (due_ns := controller.next_deadline_ns()) is not None and due_ns <= until_ns:
        sent += [(due_ns, frame) for frame in controller.handle_timers(due_ns)]
    return sent


def running(habits: Habits | None = None) -> Controller:
    controller = make(habits)
    controller.start(0)
    run(controller, ms(250))
    return controller


def request(pgn: int, to: int = 0x21, data: bytes | None = None) -> Frame:
    return Frame(build_id(0xEA00, TESTER, to), pgn.to_bytes(3, "little") if data is None else data)


def answers(controller: Controller, frame: Frame, now_ns: int = ms(260)) -> list[tuple[int, Frame]]:
    sent = [(now_ns, each) for each in controller.receive(now_ns, frame)]
    sent += run(controller, now_ns + ms(60))
    return [(t_ns - now_ns, each) for t_ns, each in sent if split_id(each.can_id).pgn != SPEED]


def test_nothing_but_the_claim_is_sent_before_it_is_stable() -> None:
    controller = make()
    first = controller.start(0)
    sent = run(controller, ms(549))
    assert [split_id(frame.can_id).pgn for frame in first] == [ADDRESS_CLAIMED]
    assert [(t_ns, split_id(frame.can_id).pgn) for t_ns, frame in sent] == [(ms(at), SPEED) for at in (250, 350, 450)]


def test_request_is_answered_with_the_group() -> None:
    controller = running()
    assert controller.receive(ms(260), request(SPEED)) == []
    assert run(controller, ms(300)) == [(ms(280), Frame(build_id(SPEED, 0x21), bytes(8)))]


def test_long_group_is_sent_to_one_by_request_to_send_and_to_all_as_a_broadcast() -> None:
    ((_, rts),) = answers(running(), request(VIN))
    assert rts == Frame(build_id(0xEC00, 0x21, TESTER, 7), bytes.fromhex("10120003FFECFE00"))
    ((_, bam), *_) = answers(running(), request(VIN, GLOBAL))
    assert bam.data == bytes.fromhex("20120003FFECFE00")
    assert split_id(bam.can_id).destination == GLOBAL


def test_unknown_group_is_refused_to_one_and_not_to_all() -> None:
    ((after_ns, frame),) = answers(running(), request(UNKNOWN))
    assert (after_ns, frame) == (ms(20), Frame(build_id(0xE800, 0x21, GLOBAL), bytes.fromhex("01FFFFFFF9A0FD00")))
    assert answers(running(), request(UNKNOWN, GLOBAL)) == []


def test_command_group_is_acknowledged() -> None:
    ((_, frame),) = answers(running(), request(0xFECC))
    assert frame.data == bytes.fromhex("00FFFFFFF9CCFE00")


@pytest.mark.parametrize("frame", [request(VIN, 0x55), request(VIN, data=b"\xec\xfe"), request(VIN, data=b"")])
def test_request_to_somebody_else_or_too_short_is_not_answered(frame: Frame) -> None:
    assert answers(running(), frame) == []


def test_groups_of_others_are_kept_for_the_owner() -> None:
    controller = running()
    controller.receive(s(1), Frame(build_id(0xFE00, TESTER), b"all"))
    controller.receive(s(1), Frame(build_id(0x0000, TESTER, 0x21), b"me"))
    controller.receive(s(1), Frame(build_id(0x0000, TESTER, 0x22), b"him"))
    assert [data for _, data in controller.received] == [b"all", b"me"]


def test_lost_address_is_left_and_the_new_one_used_after_250_ms() -> None:
    controller = running()
    controller.receive(s(1), Frame(build_id(ADDRESS_CLAIMED, 0x21), replace(NAME, identity=6).data))
    sent = run(controller, s(1.5))
    times = {t_ns for t_ns, frame in sent if split_id(frame.can_id).source == 0x22}
    assert min(times) >= s(1.25)
    assert not any(split_id(frame.can_id).source == 0x21 for _, frame in sent if split_id(frame.can_id).pgn == SPEED)


def test_controller_without_power_is_silent_and_claims_anew() -> None:
    controller = running()
    controller.stop()
    assert controller.receive(s(1), request(VIN)) == []
    assert controller.next_deadline_ns() is None
    assert split_id(controller.start(s(2))[0].can_id).pgn == ADDRESS_CLAIMED
    assert run(controller, s(2.3))[0][0] == s(2.25)


@pytest.mark.parametrize(
    ("habits", "shows"),
    [
        (Habits(silent_on_unknown=True), lambda one: answers(one, request(UNKNOWN)) == []),
        (Habits(refuses_to_all=True), lambda one: len(answers(one, request(UNKNOWN, GLOBAL))) == 1),
        (Habits(refusal=lambda data: data[:5] + b"\0\0\0"), lambda one: answers(one, request(UNKNOWN))[0][1].data[5:] == b"\0\0\0"),
        (Habits(takes_short_requests=True), lambda one: len(answers(one, request(0, data=b"\xec\xfe"))) == 1),
        (Habits(deaf=frozenset((VIN,))), lambda one: answers(one, request(VIN)) == []),
        (Habits(answer_ns=ms(50)), lambda one: answers(one, request(UNKNOWN))[0][0] == ms(50)),
        (Habits(claim=ClaimFaults(deaf_to_requests=True)), lambda one: answers(one, request(ADDRESS_CLAIMED)) == []),
    ],
)
def test_habit_shows_on_the_bus(habits: Habits, shows: Callable[[Controller], bool]) -> None:
    assert shows(running(habits))


def test_talker_sends_before_its_claim() -> None:
    controller = make(Habits(talks_before_claim=True))
    assert [split_id(frame.can_id).pgn for frame in controller.start(0)] == [SPEED, ADDRESS_CLAIMED]
