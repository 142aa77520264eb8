"""How the content of a message becomes a document of its schema set, and how quantities stand in messages of DIN and ISO 15118-2.

The counterpart is ``message.content_of``. DIN SPEC 70121 and ISO 15118-2 have one root element with header and body, ISO 15118-20 has
the header inside each message, SupportedAppProtocol has none.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.core.errors import RemoteProtocolError

__all__ = ["Content", "document_of", "optional_quantity", "physical", "quantity_of"]

Content = dict[str, object]
"""Children of a message by name."""

_LARGEST = 32_767
_MULTIPLIERS = range(-3, 4)
_EPOCH_S = 1_748_764_800
"""Time of day at the start of a bench, which has no calendar: 2025-06-01T08:00:00Z."""


def document_of(schema: str, name: str, content: Mapping[str, object], session_id: bytes, now_ns: int) -> dict[str, object]:
    """The document of message *name* in the schema set *schema*."""
    if schema == "sap":
        return {name: dict(content)}
    if schema.startswith("iso20"):
        return {name: {"Header": {"SessionID": session_id, "TimeStamp": _EPOCH_S + now_ns // 1_000_000_000}, **content}}
    return {"V2G_Message": {"Header": {"SessionID": session_id}, "Body": {name: dict(content)}}}


def physical(number: float, unit: str, *, decimals: int = 1) -> Content:
    """*number* as a physical value, rounded to *decimals*, with fewer of them where it would not fit 16 bits."""
    for power in range(-decimals, _MULTIPLIERS.stop):
        value = round(number / 10**power if power >= 0 else number * 10**-power)
        if abs(value) <= _LARGEST:
            return {"Multiplier": power, "Unit": unit, "Value": value}
    raise ValueError(f"{number:g} {unit} does not fit a physical value")


def quantity_of(content: object) -> float:
    """The number that a physical value stands for, in the unit of the element.

    Raises:
        RemoteProtocolError: it is none.
    """
    if isinstance(content, Mapping):
        value, power = content.get("Value"), content.get("Multiplier")
        if isinstance(value, int) and isinstance(power, int) and -8 <= power <= 7:
            return float(value * 10**power) if power >= 0 else value / 10**-power
    raise RemoteProtocolError(f"{content!r} is no physical value", content)


def optional_quantity(content: object) -> float | None:
    """The same for a value that may be left out."""
    return None if content is None else quantity_of(content)
