"""A charger that falls silent with a message of the vehicle leaves no gap in which it could still speak."""

from __future__ import annotations

import pytest

from harness.core import Frame, s
from harness.protocols.gbt27930.messages import MESSAGES


@pytest.fixture
def bem() -> Frame:
    return Frame(MESSAGES["BEM"].can_id, bytes.fromhex("F0F3FFFC"))


def test_charger_falls_silent_with_the_message(charger, bem) -> None:  # type: ignore[no-untyped-def]
    charger.walk_to_charging()
    charger.charger.silence_after("BEM")
    charger.clear()
    charger.run_for(s(0.5))
    assert charger.times("CCS")
    charger.clear()
    charger.hear(bem)
    charger.run_for(s(2))
    assert charger.sent == []


def test_speaking_again_takes_the_order_back(charger, bem) -> None:  # type: ignore[no-untyped-def]
    charger.walk_to_charging()
    charger.charger.silence_after("BEM")
    charger.charger.silence(False)
    charger.hear(bem)
    charger.clear()
    charger.run_for(s(0.5))
    assert charger.sent
