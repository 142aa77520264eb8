"""Numbers as printed: half-even, once, not finer than the uncertainty; units both ways."""

from __future__ import annotations

import pytest

from harness.report.units import SYMBOLS, code, quantity, shown_uncertainty, symbol


@pytest.mark.parametrize("unit", SYMBOLS)
def test_every_unit_maps_both_ways(unit: str) -> None:
    assert code(symbol(unit)) == unit


@pytest.mark.parametrize(
    ("number", "unit", "uncertainty", "printed"),
    [
        ("48.70", "ms", None, "48.70 ms"),
        ("49.865", "ms", "0.14", "49.86 ms"),
        ("49.8650001", "ms", "0.14", "49.87 ms"),
        ("2.5", "s", "10", "2 s"),
        ("15.4546", "V", "1.2", "15.5 V"),
        ("3", "1", None, "3"),
        ("21.5", "Cel", "0.6", "21.5 °C"),
        ("1234", "furlong", None, "1234 furlong"),
    ],
)
def test_quantity(number: str, unit: str, uncertainty: str | None, printed: str) -> None:
    assert quantity(number, unit, uncertainty) == printed


@pytest.mark.parametrize(
    ("uncertainty", "printed"), [("0.1391", "0.14 ms"), ("0.00000115", "1.2e−6 ms"), ("1.633", "1.7 ms"), ("12", "12 ms")]
)
def test_uncertainty_is_printed_with_two_figures_rounded_up(uncertainty: str, printed: str) -> None:
    assert shown_uncertainty(uncertainty, "ms") == printed
