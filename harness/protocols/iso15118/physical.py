"""Physical values of DIN SPEC 70121 and ISO 15118-2: a 16-bit value, a power of ten from -3 to 3, and a unit."""

from __future__ import annotations

from collections.abc import Mapping

from harness.core.errors import RemoteProtocolError

__all__ = ["optional_quantity", "physical", "quantity_of"]

_LARGEST = 32_767
_MULTIPLIERS = range(-8, 8)
"""Of a reader: bits that the field has, which is more than the schema allows."""


def physical(number: float, unit: str, *, decimals: int = 1) -> dict[str, object]:
    """*number* rounded to *decimals*, with fewer of them where it would not fit.

    Raises:
        ValueError: it does not fit 16 bits with any multiplier.
    """
    for multiplier in range(-decimals, 4):
        value = round(number / 10**multiplier if multiplier >= 0 else number * 10**-multiplier)
        if abs(value) <= _LARGEST:
            return {"Multiplier": multiplier, "Unit": unit, "Value": value}
    raise ValueError(f"{number} {unit} does not fit a physical value")


def quantity_of(content: object) -> float:
    """The number that a physical value of a message stands for.

    Raises:
        RemoteProtocolError: it is none.
    """
    if isinstance(content, Mapping):
        value, multiplier = content.get("Value"), content.get("Multiplier")
        if isinstance(value, int) and isinstance(multiplier, int) and multiplier in _MULTIPLIERS:
            return float(value * 10**multiplier) if multiplier >= 0 else value / 10**-multiplier
    raise RemoteProtocolError(f"{content!r} is no physical value", content)


def optional_quantity(content: object) -> float | None:
    """The same for a value that may be left out."""
    return None if content is None else quantity_of(content)
