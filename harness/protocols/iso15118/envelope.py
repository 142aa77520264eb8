"""How the content of a message becomes a document of its schema set, and how quantities stand in messages of DIN and ISO 15118-2.

The counterpart is ``message.content_of``. DIN SPEC 70121 and ISO 15118-2 have one root element with header and body, ISO 15118-20 has
the header inside each message, SupportedAppProtocol has none.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.protocols.iso15118.physical import optional_quantity, physical, quantity_of

__all__ = ["EPOCH_S", "Content", "document_of", "optional_quantity", "physical", "quantity_of"]

Content = dict[str, object]
"""Children of a message by name."""

EPOCH_S = 1_748_764_800
"""Time of day at the start of a bench, which has no calendar: 2025-06-01T08:00:00Z."""


def document_of(schema: str, name: str, content: Mapping[str, object], session_id: bytes, now_ns: int) -> dict[str, object]:
    """The document of message *name* in the schema set *schema*."""
    if schema == "sap":
        return {name: dict(content)}
    if schema.startswith("iso20"):
        return {name: {"Header": {"SessionID": session_id, "TimeStamp": EPOCH_S + now_ns // 1_000_000_000}, **content}}
    return {"V2G_Message": {"Header": {"SessionID": session_id}, "Body": {name: dict(content)}}}
