"""Efficient XML Interchange as vehicles and charging stations use it: schema-informed, bit-packed, default options, not strict.

``codec("iso2").decode(payload)`` gives a document of plain values with everything remarkable about the stream;
``codec("iso2").encode(document)`` gives the stream. Wrong streams for negative tests come from ``encode(..., allow_invalid=True)``
and from :func:`deviate`.
"""

from __future__ import annotations

from harness.protocols.iso15118.exi.codec import Codec, Decoded, codec, message_name
from harness.protocols.iso15118.exi.deviations import (
    Append,
    Cut,
    Deviation,
    Escape,
    FlipBits,
    InsertBits,
    SetBits,
    SetBytes,
    SetValueBits,
    Truncate,
    deviate,
)
from harness.protocols.iso15118.exi.errors import ExiDecodeError, ExiEncodeError, Finding, Reason
from harness.protocols.iso15118.exi.reader import Content, Document
from harness.protocols.iso15118.exi.schema import SCHEMAS
from harness.protocols.iso15118.exi.values import Code
from harness.protocols.iso15118.exi.writer import Layout, Span

__all__ = [
    "SCHEMAS",
    "Append",
    "Code",
    "Codec",
    "Content",
    "Cut",
    "Decoded",
    "Deviation",
    "Document",
    "Escape",
    "ExiDecodeError",
    "ExiEncodeError",
    "Finding",
    "FlipBits",
    "InsertBits",
    "Layout",
    "Reason",
    "SetBits",
    "SetBytes",
    "SetValueBits",
    "Span",
    "Truncate",
    "codec",
    "deviate",
    "message_name",
]
