"""Rational numbers of ISO 15118-20: a 16-bit value and a power of ten.

The exponent is the one nearest to 0 that keeps what the number says, so that megawatts get a positive one (3750 x 10^3).
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.core.errors import RemoteProtocolError

__all__ = ["Rational", "number_of", "optional_number", "rational"]

Rational = dict[str, int]

_LARGEST = 32_767
_EXPONENTS = range(-128, 128)


def rational(number: float, *, decimals: int = 2, exponent: int | None = None) -> Rational:
    """*number* rounded to *decimals*, with fewer of them where the value would not fit; *exponent* asks for one power of ten.

    Raises:
        ValueError: with *exponent* it does not fit 16 bits.
    """
    if exponent is not None:
        value = round(number / 10**exponent if exponent >= 0 else number * 10**-exponent)
        if abs(value) > _LARGEST or exponent not in _EXPONENTS:
            raise ValueError(f"{number} has no 16-bit value at exponent {exponent}")
        return {"Exponent": exponent, "Value": value}
    power, value = -decimals, round(number * 10**decimals)
    while power < 0 and value % 10 == 0:
        power, value = power + 1, value // 10
    while abs(value) > _LARGEST:
        power += 1
        value = round(number / 10**power if power >= 0 else number * 10**-power)
    return {"Exponent": power, "Value": value}


def number_of(content: object) -> float:
    """The number that a rational of a message stands for.

    Raises:
        RemoteProtocolError: it is none.
    """
    if isinstance(content, Mapping):
        value, power = content.get("Value"), content.get("Exponent")
        if isinstance(value, int) and isinstance(power, int) and power in _EXPONENTS:
            return float(value * 10**power) if power >= 0 else value / 10**-power
    raise RemoteProtocolError(f"{content!r} is no rational number", content)


def optional_number(content: object) -> float | None:
    """The same for a number that may be left out."""
    return None if content is None else number_of(content)
