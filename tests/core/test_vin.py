"""VINs: their characters, and the check digit on place 9."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.vin import check_digit, has_check_digit, objection_to_vin

ALPHABET = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"


@pytest.mark.parametrize("vin", ["11111111111111111", "1M8GDM9AXKP042788", "5GZCZ43D13S812715", "LPRECERT900000001"])
def test_known_numbers_have_their_check_digit(vin: str) -> None:
    assert objection_to_vin(vin) is None
    assert has_check_digit(vin)


def test_ten_is_written_as_x() -> None:
    assert check_digit("1M8GDM9AXKP042788") == "X"


@pytest.mark.parametrize(
    ("vin", "words"),
    [
        ("LPRECERT90000001", "17 characters, this one has 16"),
        ("LPRECERT9000000011", "this one has 18"),
        ("lPRECERT900000001", "capital letters only, this one has 'l'"),
        ("LPRECERT9O000000I", "without I, O and Q, this one has 'I', 'O'"),
        ("LPRECERT9 0000001", "this one has ' '"),
        ("京PRECERT900000001"[:17], "this one has '京'"),
    ],
)
def test_wrong_characters_are_named(vin: str, words: str) -> None:
    assert words in str(objection_to_vin(vin))


@given(st.text(ALPHABET, min_size=17, max_size=17), st.integers(0, 16), st.sampled_from("0123456789"))
def test_one_changed_digit_is_noticed(vin: str, place: int, digit: str) -> None:
    vin = vin[:8] + check_digit(vin) + vin[9:]
    changed = vin[:place] + digit + vin[place + 1 :]
    # Digits change the sum by less than eleven times their weight, so only the same digit gives the same sum.
    if vin[place].isdigit() and digit != vin[place]:
        assert not has_check_digit(changed)
