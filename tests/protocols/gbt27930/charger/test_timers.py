"""Every timeout of the charger side, and what follows it; a tester keeps none of them."""

from __future__ import annotations

import pytest

from harness.core import Frame, ms, s
from harness.protocols.gbt27930.charger import ChargerPhase
from harness.protocols.gbt27930.messages import MESSAGES


def _recognition(charger) -> int:
    charger.charger.begin("recognition")
    charger.act()
    return charger.now_ns


def _identified(charger) -> int:
    _recognition(charger)
    charger.run_for(s(1))
    charger.tell("BRM")
    return charger.now_ns


def _configuration(charger) -> int:
    _identified(charger)
    charger.run_for(s(1))
    charger.tell("BCP")
    return charger.now_ns


def _configuration_with_bro(charger) -> int:
    start_ns = _configuration(charger)
    charger.run_for(s(1))
    charger.say("BRO(00)")
    return start_ns


def _ready_not_ready(charger) -> int:
    charger.charger.set_ready(False)
    _configuration(charger)
    charger.say("BRO(AA)")
    charger.run_for(s(2))
    charger.say("BRO(AA)")
    return charger.now_ns


def _cro_aa(charger) -> int:
    charger.charger.set_ready(True)
    _configuration(charger)
    charger.say("BRO(AA)")
    return charger.now_ns


def _cro_aa_with_bcl(charger) -> int:
    start_ns = _cro_aa(charger)
    charger.run_for(ms(500))
    charger.say("BCL", "BRO(AA)")
    return start_ns


def _charging(charger) -> int:
    charger.walk_to_charging()
    return charger.now_ns


def _charging_with_bcl(charger) -> int:
    start_ns = _charging(charger)
    while charger.now_ns < start_ns + s(4.9):
        charger.run_for(ms(50))
        charger.say("BCL")
    return start_ns


def _stopping(charger) -> int:
    charger.walk_to_charging()
    charger.charger.stop()
    charger.act()
    return charger.now_ns


def _stopping_with_bst(charger) -> int:
    start_ns = _stopping(charger)
    charger.run_for(s(1))
    charger.hear(Frame(MESSAGES["BST"].can_id, b"\x40\x00\x00\xf0"))
    return start_ns


TIMEOUTS = [
    ("TC1", _recognition, s(5), "timeout_brm"),
    ("TC2", _identified, s(5), "timeout_bcp"),
    ("TC3", _configuration, s(5), "timeout_bro"),
    ("TC4", _configuration_with_bro, s(60), "timeout_bro"),
    ("TC5", _ready_not_ready, s(5), "timeout_bro"),
    ("TC6", _cro_aa, s(1), "timeout_bcl"),
    ("TC7", _cro_aa_with_bcl, s(5), "timeout_bcs"),
    ("TC8", _charging, s(1), "timeout_bcl"),
    ("TC9", _charging_with_bcl, s(5), "timeout_bcs"),
    ("TC11", _stopping, s(5), "timeout_bst"),
    ("TC12", _stopping_with_bst, s(10), "timeout_bsd"),
]


@pytest.mark.parametrize(("arm", "limit_ns", "signal"), [row[1:] for row in TIMEOUTS], ids=[row[0] for row in TIMEOUTS])
def test_timeout_is_reported_at_its_limit_and_not_before(make_charger, arm, limit_ns, signal) -> None:
    charger = make_charger(timeouts=True)
    expires_ns = arm(charger) + limit_ns
    charger.run_until(expires_ns - 1)
    assert charger.times("CEM") == []
    charger.run_until(expires_ns)
    assert charger.times("CEM") == [expires_ns]
    assert {key for key, value in charger.values("CEM")[0].items() if value == 1} == {signal}
    charger.run_for(s(1))
    assert charger.times("CEM") == [expires_ns + k * ms(250) for k in range(5)]


@pytest.mark.parametrize("arm", [row[1] for row in TIMEOUTS], ids=[row[0] for row in TIMEOUTS])
def test_tester_keeps_no_timeouts(charger, arm) -> None:
    arm(charger)
    phase = charger.charger.phase
    charger.run_for(s(100))
    assert charger.times("CEM") == []
    assert charger.charger.phase is phase


def test_recognition_is_repeated_three_times_and_no_more(make_charger) -> None:
    charger = make_charger(timeouts=True)
    _recognition(charger)
    for expected in (*[ChargerPhase.RECOGNITION] * 3, ChargerPhase.ENDED):
        charger.run_for(s(10))
        assert charger.charger.phase is expected
    assert charger.machine.next_deadline_ns() is None


@pytest.mark.parametrize("arm", [_stopping, _stopping_with_bst])
def test_end_phase_timeout_is_not_followed_by_a_reconnect(make_charger, arm) -> None:
    charger = make_charger(timeouts=True)
    arm(charger)
    charger.run_for(s(20))
    assert charger.charger.phase is ChargerPhase.ENDED


def test_bem_leads_to_a_reconnect_without_cem(make_charger) -> None:
    charger = make_charger(timeouts=True)
    _charging(charger)
    charger.hear(Frame(MESSAGES["BEM"].can_id, b"\xf0\xf0\xf1\xfc"))
    assert charger.charger.phase is ChargerPhase.ERROR
    charger.run_for(s(5))
    assert charger.charger.phase is ChargerPhase.RECOGNITION
    assert charger.times("CEM") == []


def test_bem_takes_the_output_of_a_tester_down(charger) -> None:
    _charging(charger)
    for _ in range(10):
        charger.run_for(ms(50))
        charger.say("BCL")
    assert charger.charger.output.current_a > 0
    charger.hear(Frame(MESSAGES["BEM"].can_id, b"\xf0\xf0\xf1\xfc"))
    charger.run_for(ms(500))
    assert charger.charger.output.current_a == 0
    assert charger.charger.phase is ChargerPhase.CHARGING


def test_long_pause_ends_charging(make_charger) -> None:
    charger = make_charger(timeouts=True, timers_ns={"TC8": s(10_000), "TC9": s(10_000)})
    start_ns = _charging(charger)
    charger.charger.pause()
    charger.act()
    charger.run_until(start_ns + s(600) - 1)
    assert charger.charger.phase is ChargerPhase.CHARGING
    charger.run_for(1)
    assert charger.charger.phase is ChargerPhase.STOPPING
