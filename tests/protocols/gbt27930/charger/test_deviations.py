"""The charger as a system under test: what it does on its own, and deviations from a ``Behaviour``."""

from __future__ import annotations

import pytest

from harness.core import Frame, ms, s
from harness.protocols.gbt27930.behaviour import (
    Behaviour,
    Change,
    Deaf,
    Delay,
    Linger,
    Mistake,
    Payload,
    Period,
    Premature,
    Rearm,
    Refrain,
    Suppress,
    TimerEffect,
    WrongError,
)
from harness.protocols.gbt27930.charger import ChargerPhase
from harness.protocols.gbt27930.charger.half_messages import half_message
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.j1939 import TP_CM, TP_DT, build_id

RTS_BRM = Frame(build_id(TP_CM, 0xF4, 0x56, 7), bytes((0x10, 49, 0, 7, 0xFF, 0x00, 0x02, 0x00)))


@pytest.fixture
def started(make_charger):
    """A charger with timeouts and deviations, at its first CRM(00)."""

    def start(*effects: object, **options: object):
        charger = make_charger(timeouts=True, behaviour=Behaviour(effects), **options)
        charger.charger.begin()
        charger.act()
        charger.say("BHM")
        charger.run_for(s(2))
        return charger

    return start


def test_part_of_a_message_has_a_name() -> None:
    assert half_message(RTS_BRM) == "BRM.RTS"
    assert half_message(Frame(MESSAGES["BCS"].can_id, bytes(8))) == "BCS.frame"


@pytest.mark.parametrize(
    "frame", [Frame(build_id(TP_DT, 0xF4, 0x56, 7), bytes(8)), Frame(MESSAGES["BCL"].can_id, bytes(5)), Frame(0x123, b"")]
)
def test_other_frames_are_no_part_of_a_message(frame) -> None:
    assert half_message(frame) == ""


def test_sound_charger_leaves_an_announcement_alone(started) -> None:
    charger = started()
    charger.hear(RTS_BRM)
    assert charger.charger.phase is ChargerPhase.RECOGNITION


def test_announcement_may_be_taken_for_the_message(started) -> None:
    charger = started(Mistake("BRM.RTS", "BRM"))
    charger.hear(RTS_BRM)
    assert charger.charger.phase is ChargerPhase.IDENTIFIED


def test_message_may_feed_the_timeout_of_another(started) -> None:
    charger = started(Rearm("TC1", "BHM"))
    for _ in range(40):
        charger.say("BHM")
        charger.run_for(ms(250))
    assert charger.times("CEM") == []


def test_timer_and_error_may_be_wrong(started) -> None:
    charger = started(TimerEffect("TC1", s(2)), WrongError("timeout_brm", "timeout_bcp"))
    charger.run_for(s(3))
    assert charger.times("CEM")[0] == s(4)
    assert charger.values("CEM")[0]["timeout_bcp"] == 1


def test_first_cem_may_take_its_time(started) -> None:
    charger = started(reaction_s=0.01)
    charger.run_for(s(6))
    assert charger.times("CEM")[0] == s(7) + ms(10)


def test_messages_may_be_changed_suppressed_delayed_and_paced(started) -> None:
    charger = started(Change("CRM", {"charger_number": 7}), Payload("CHM", lambda data: data + b"\x00"), Period("CRM", ms(100)))
    charger.run_for(s(1))
    assert {values["charger_number"] for values in charger.values("CRM")} == {7}
    assert {len(frame.data) for _, frame in charger.sent if charger.name(frame) == "CHM"} == {4}
    assert len(charger.times("CRM")) == 11


def test_suppressed_message_still_arms_its_timeout(started) -> None:
    charger = started(Suppress("CRM"))
    charger.run_for(s(6))
    assert charger.times("CRM") == []
    assert charger.times("CEM")


def test_message_may_be_late_linger_or_be_premature(started) -> None:
    charger = started(Delay("CRM", s(1)), Linger("CHM", frozenset(("RECOGNITION",))), Premature("CML", "RECOGNITION"))
    charger.run_for(s(2))
    assert charger.times("CRM")[0] == s(3)
    assert charger.times("CHM")[-1] > s(3)
    assert charger.times("CML")[0] == s(2)


def test_deaf_charger_does_not_notice(started) -> None:
    charger = started(Deaf("BRM"))
    charger.tell("BRM")
    assert charger.charger.phase is ChargerPhase.RECOGNITION


def test_charger_that_forgets_to_reset_stays_where_it_is(started) -> None:
    charger = started(Refrain("reset"))
    charger.charger.reset()
    assert charger.charger.phase is ChargerPhase.RECOGNITION


def ready(charger) -> None:
    charger.tell("BRM")
    charger.tell("BCP")
    charger.say("BRO(AA)")


def test_lost_bro_is_reported_while_the_output_gets_ready(started) -> None:
    charger = started(ready_s=20.0)
    ready(charger)
    charger.run_for(s(6))
    assert charger.times("CEM")[0] - charger.times("CRO")[0] == s(5)
    assert charger.values("CEM")[0]["timeout_bro"] == 1


def test_lost_bro_is_of_no_account_once_the_output_is_ready(started) -> None:
    charger = started(ready_s=4.6)
    ready(charger)
    charger.run_for(s(5) + ms(50))
    charger.say("BCL")
    charger.run_for(s(1))
    assert charger.values("CRO")[-1]["ready"] == 0xAA
    assert charger.times("CEM") == []


def test_vehicle_that_takes_its_readiness_back_is_not_started(started) -> None:
    charger = started(ready_s=2.0)
    ready(charger)
    charger.run_for(s(1))
    charger.say("BRO(00)")
    charger.run_for(s(3))
    assert {values["ready"] for values in charger.values("CRO")} == {0x00}


def test_start_is_accepted_only_while_idle(started) -> None:
    charger = started()
    assert not charger.charger.may_begin
    charger.charger.reset()
    assert charger.charger.may_begin
