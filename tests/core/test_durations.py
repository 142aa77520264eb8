"""Durations are exact integers of nanoseconds, whatever they are written in."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core import format_s, is_time_unit, ms, ns_from, ns_in, s, us


def test_a_float_is_taken_by_its_decimal_spelling():
    assert s(0.2) - s(0.05) == s(0.15) == 150_000_000
    assert ms(0.3) == 300_000
    assert us(1.5) == 1_500


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (250, "ms", 250_000_000),
        (Decimal("1e-9"), "s", 1),
        ("0.000000001", "s", 1),
        (2, "min", 120_000_000_000),
        (1.5, "h", 5_400_000_000_000),
        (7, "ns", 7),
        (-3, "us", -3_000),
    ],
)
def test_every_unit_converts_exactly(value: float | Decimal | str, unit: str, expected: int):
    assert ns_from(value, unit) == expected


def test_half_nanoseconds_go_to_the_even_one():
    assert [ns_from(Decimal(text), "ns") for text in ("0.5", "1.5", "2.5")] == [0, 2, 2]


def test_large_integers_keep_every_digit():
    assert s(10**12 + 1) == (10**12 + 1) * 10**9


@given(st.decimals(min_value=-(10**6), max_value=10**6, places=9, allow_nan=False))
def test_nine_decimals_of_seconds_survive_the_way_to_nanoseconds_and_back(seconds: Decimal):
    duration_ns = ns_from(seconds, "s")
    assert Fraction(duration_ns) == Fraction(seconds) * 10**9
    assert ns_in(duration_ns, "s") == seconds


@pytest.mark.parametrize("unit", ["V", "", "S", "sec"])
def test_what_is_no_unit_of_time_is_named(unit: str):
    assert not is_time_unit(unit)
    with pytest.raises(ValueError, match=rf"'{unit}' is no unit of time \(have: ns, us"):
        ns_from(1, unit)
    with pytest.raises(ValueError, match="no unit of time"):
        ns_in(1, unit)


def test_seconds_are_printed_with_fixed_digits():
    assert format_s(1_250_000_000, 6) == "1.250000"
    assert format_s(5_000_499_999) == "5.000"
    assert format_s(1, 9) == "0.000000001"
    assert format_s(0, 9) == "0.000000000"
    assert format_s(-1_500_000_000, 1) == "-1.5"
