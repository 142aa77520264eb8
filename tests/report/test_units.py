"""Numbers as printed: half-even, once, not finer than the uncertainty; units both ways."""

from __future__ import annotations

import re

import pytest

from harness.case.suites.profile import UNITS
from harness.core import resource
from harness.report.units import DSI, SYMBOLS, code, quantity, readable, shown_uncertainty, symbol


@pytest.mark.parametrize("unit", SYMBOLS)
def test_every_unit_maps_both_ways(unit: str) -> None:
    assert code(symbol(unit)) == unit


def test_every_unit_of_a_profile_can_be_printed_and_exported() -> None:
    """A check with another unit would keep the report from being published (RPT-UNITS)."""
    assert set(UNITS) <= SYMBOLS.keys()
    assert SYMBOLS.keys() == DSI.keys()


def test_units_of_a_case_are_those_of_the_table() -> None:
    written = {
        (file.name, unit)
        for file in sorted(resource("test_suites").rglob("*.py"))
        for unit in re.findall(r"\bunit=\"([^\"]*)\"", file.read_text(encoding="utf-8"))
        if unit not in SYMBOLS
    }
    assert not written


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        ("BHM length: 8 By, expected <= 3 By", "BHM length: 8 B, expected <= 3 B"),
        ("37.5 Cel after 20 min", "37.5 °C after 20 min"),
        ("12.5 kW.h", "12.5 kW·h"),
        ("5 kOhm/V", "5 kΩ/V"),
        ("3 Bytes, answer By hand, 1 2", "3 Bytes, answer By hand, 1 2"),
        ("8 By.te", "8 By.te"),
    ],
)
def test_texts_of_records_are_printed_with_symbols(words: str, printed: str) -> None:
    assert readable(words) == printed


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
