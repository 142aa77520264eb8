"""Units as printed. Data carry UCUM codes, paper carries symbols."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal

from harness.core import round_up

__all__ = ["DSI", "SYMBOLS", "code", "dsi", "quantity", "readable", "shown_uncertainty", "symbol"]

SYMBOLS = {
    "1": "",
    "ns": "ns",
    "us": "µs",
    "ms": "ms",
    "s": "s",
    "min": "min",
    "h": "h",
    "mV": "mV",
    "V": "V",
    "kV": "kV",
    "mA": "mA",
    "A": "A",
    "A.h": "A·h",
    "W": "W",
    "kW": "kW",
    "W.h": "W·h",
    "kW.h": "kW·h",
    "Ohm": "Ω",
    "kOhm": "kΩ",
    "MOhm": "MΩ",
    "Hz": "Hz",
    "kHz": "kHz",
    "%": "%",
    "dB": "dB",
    "Cel": "°C",
    "bit/s": "bit/s",
    "By": "B",
    "km/h": "km/h",
    "m": "m",
    "mm": "mm",
    "deg": "°",
    "kPa": "kPa",
    "Pa": "Pa",
    "bar": "bar",
    "km": "km",
    "N": "N",
    "L/min": "L/min",
    "ppm": "ppm",
}

DSI = {
    "1": r"\one",
    "ns": r"\nano\second",
    "us": r"\micro\second",
    "ms": r"\milli\second",
    "s": r"\second",
    "min": r"\minute",
    "h": r"\hour",
    "mV": r"\milli\volt",
    "V": r"\volt",
    "kV": r"\kilo\volt",
    "mA": r"\milli\ampere",
    "A": r"\ampere",
    "A.h": r"\ampere\hour",
    "W": r"\watt",
    "kW": r"\kilo\watt",
    "W.h": r"\watt\hour",
    "kW.h": r"\kilo\watt\hour",
    "Ohm": r"\ohm",
    "kOhm": r"\kilo\ohm",
    "MOhm": r"\mega\ohm",
    "Hz": r"\hertz",
    "kHz": r"\kilo\hertz",
    "%": r"\percent",
    "dB": r"\decibel",
    "Cel": r"\degreecelsius",
    "bit/s": r"\bit\second\tothe{-1}",
    "By": r"\byte",
    "km/h": r"\kilo\metre\hour\tothe{-1}",
    "m": r"\metre",
    "mm": r"\milli\metre",
    "deg": r"\degree",
    "kPa": r"\kilo\pascal",
    "Pa": r"\pascal",
    "bar": r"\bar",
    "km": r"\kilo\metre",
    "N": r"\newton",
    "L/min": r"\litre\minute\tothe{-1}",
    "ppm": r"\ppm",
}
"""UCUM code -> unit of the digital system of units (D-SI)."""


def dsi(unit: str) -> str | None:
    """The D-SI form of a UCUM code, ``None`` for one that the table does not know."""
    return DSI.get(unit)


def symbol(unit: str) -> str:
    """The symbol of a UCUM code; an unknown code is printed as it is."""
    return SYMBOLS.get(unit, unit)


_CODES = "|".join(sorted((re.escape(unit) for unit, sign in SYMBOLS.items() if unit not in (sign, "1")), key=len, reverse=True))
_CODED = re.compile(rf"(?<=\d )(?:{_CODES})(?![\w.])")


def readable(words: str) -> str:
    """*words* of a record with symbols for the codes of units that stand behind a number: 8 B for 8 By."""
    return _CODED.sub(lambda match: SYMBOLS[match[0]], words)


def code(printed: str) -> str:
    """The UCUM code of a printed symbol; the inverse of ``symbol``."""
    return next((unit for unit, sign in SYMBOLS.items() if sign == printed), printed)


def quantity(number: str, unit: str, uncertainty: str | None = None) -> str:
    """A number with its unit. Digits finer than those of U (two figures) are rounded away, half-even, once."""
    value = Decimal(number)
    if uncertainty is not None:
        exponent = round_up(Decimal(uncertainty)).adjusted() - 1
        own = value.as_tuple().exponent
        if isinstance(own, int) and own < exponent:
            value = value.quantize(Decimal(1).scaleb(exponent), rounding=ROUND_HALF_EVEN)
    return f"{value:f} {symbol(unit)}".strip()


def shown_uncertainty(uncertainty: str, unit: str) -> str:
    """U with two significant figures, rounded up. Very small ones in scientific form."""
    value = round_up(Decimal(uncertainty))
    plain = f"{value:f}" if value.adjusted() > -6 else f"{value:.1e}".replace("e-", "e−")
    return f"{plain} {symbol(unit)}".strip()
