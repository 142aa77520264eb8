"""Uncertainty budgets of lab_report.md section 6.1 and the rounding of uncertainties."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core import COVERAGE_FACTOR, TimeBase, ms, round_up, s, us

HARDWARE = TimeBase("interface", us(1), us(10), 50)
SOFTWARE = TimeBase("driver", us(1), ms(1), 50)


@pytest.mark.parametrize(
    ("base", "interval_ns", "components_us", "combined_us", "expanded_us"),
    [
        pytest.param(HARDWARE, ms(50), (0.408, 8.165, 1.443), 8.302, 16.6, id="B1"),
        pytest.param(SOFTWARE, ms(50), (0.408, 816.5, 1.443), 816.5, 1633, id="B2"),
        pytest.param(HARDWARE, s(60), (0.408, 8.165, 1732.1), 1732, 3464, id="B3"),
    ],
)
def test_worked_budgets(base: TimeBase, interval_ns: int, components_us: tuple, combined_us: float, expanded_us: float):
    parts = [part / 1e3 for part in base.components_ns(interval_ns).values()]
    assert parts == pytest.approx(components_us, rel=5e-4, abs=1e-3)
    expanded = base.interval_uncertainty_ns(interval_ns) / 1e3
    assert expanded / COVERAGE_FACTOR == pytest.approx(combined_us, rel=5e-4)
    assert expanded == pytest.approx(expanded_us, rel=5e-3)


def test_virtual_time_has_the_uncertainty_of_its_resolution_alone():
    virtual = TimeBase("virtual", 1, 0, 0)
    assert 0 < virtual.interval_uncertainty_ns(s(3600)) < 1


@given(st.integers(0, s(3600)))
def test_the_sign_of_an_interval_does_not_matter(interval_ns: int):
    assert HARDWARE.interval_uncertainty_ns(-interval_ns) == HARDWARE.interval_uncertainty_ns(interval_ns)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (16.604, "17"),
        (0.0166, "0.017"),
        (0.597, "0.60"),
        (0.1001, "0.11"),
        (99.1, "1E+2"),
        (1, "1"),
        (Decimal("0.00120"), "0.0012"),
        (0.0, "0"),
    ],
)
def test_an_uncertainty_is_rounded_up_to_two_figures(value: float | Decimal, expected: str):
    assert round_up(value if isinstance(value, Decimal) else float(value)) == Decimal(expected)


@given(st.floats(min_value=1e-12, max_value=1e12))
def test_rounding_never_makes_an_uncertainty_smaller_nor_a_tenth_larger(value: float):
    rounded = round_up(value)
    assert Decimal(repr(value)) <= rounded <= Decimal(repr(value)) * Decimal("1.1")
    assert len(rounded.as_tuple().digits) <= 2
