"""A charger that falls silent with a message of the vehicle leaves no gap in which it could still speak."""

from __future__ import annotations

from harness.core import s


def test_charger_falls_silent_with_the_message(charger) -> None:  # type: ignore[no-untyped-def]
    charger.walk_to_charging()
    charger.charger.silence_after("BEM")
    charger.run_for(s(0.5))
    assert charger.times("CCS")
    charger.clear()
    charger.say("BEM")
    charger.run_for(s(2))
    assert charger.sent == []


def test_speaking_again_takes_the_order_back(charger) -> None:  # type: ignore[no-untyped-def]
    charger.walk_to_charging()
    charger.charger.silence_after("BSM")
    charger.charger.silence(False)
    charger.say("BSM")
    charger.clear()
    charger.run_for(s(0.5))
    assert charger.times("CCS")
