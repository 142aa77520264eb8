"""Encoding and decoding of the messages of one schema set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from harness.protocols.iso15118.exi.errors import Finding
from harness.protocols.iso15118.exi.fast import IRREGULAR, Decoders, Encoders
from harness.protocols.iso15118.exi.grammar import Grammar
from harness.protocols.iso15118.exi.reader import HEADER, Document, read_document
from harness.protocols.iso15118.exi.schema import ComplexType, SchemaSet, schema_set
from harness.protocols.iso15118.exi.writer import Layout, write_document

__all__ = ["Codec", "Decoded", "codec", "message_name"]

_LONGEST_REGULAR = 32_768
"""Payloads of more bytes are read event by event: a shift of a very long integer costs more than the compiled functions save."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded message."""

    document: Document
    findings: tuple[Finding, ...] = ()
    """Values that the schema does not allow, and other remarkable things; empty for a regular message."""
    trailing: bytes = b""
    """Bytes after the message; some vehicles append a zero byte."""

    @property
    def name(self) -> str:
        """Name of the message."""
        return message_name(self.document)


def message_name(document: Document) -> str:
    """Name of the message in *document*: the element in the body (DIN SPEC 70121, ISO 15118-2), else the root element."""
    [(root, content)] = document.items()
    body = content.get("Body") if root == "V2G_Message" and isinstance(content, dict) else None
    return next(iter(body), root) if isinstance(body, dict) else root


class Codec:
    """Codec of one schema set.

    A document is a dict with one key, the name of the root element; children are keys in the order of the schema, attributes are
    keys like children, a child that may be repeated is a list. Leaves are int, bool, str (texts and words of enumerations) and bytes
    (hexBinary and base64Binary). What the streams of vehicles and stations do not use is refused with a clear error: events of the
    second level, elements at places for any element, fragments (what XML signatures are computed over). A document does not keep the
    order among different children of a repeated choice, nor the place of text between children; only KeyInfo and its like have those.
    """

    def __init__(self, schema: SchemaSet) -> None:
        self.schema = schema
        self._grammars: dict[str, Grammar] = {}
        self._compilers = decoders, encoders = Decoders(schema), Encoders(schema)
        self._decoders, self._encoders = decoders.functions, encoders.functions
        self._heads = HEADER << schema.root_bits
        self._to_read = tuple((element.name, decoders.place(element)) for element in schema.elements)
        self._to_write = {element.name: (self._heads | code, encoders.place(element)) for code, element in enumerate(schema.elements)}

    def prepare(self) -> None:
        """Compile the functions of all messages now; otherwise the first message of each kind takes some milliseconds longer."""
        for compiler in self._compilers:
            compiler.compile_all()

    def decode(self, payload: bytes) -> Decoded:
        """The message in *payload*.

        Raises:
            ExiDecodeError: it is no message of the schema set; the error names bit, element and reason.
        """
        regular = self.decode_regular(payload)
        if regular is not None:
            return regular
        reading = read_document(self.schema, self._grammar, bytes(payload))
        return Decoded(reading.document, reading.findings, reading.trailing)

    def decode_regular(self, payload: bytes) -> Decoded | None:
        """The message in *payload* by the compiled functions; ``None`` if there is anything remarkable about it."""
        if len(payload) > _LONGEST_REGULAR:
            return None
        n = int.from_bytes(payload, "big")
        r = 8 * len(payload) - 8 - self.schema.root_bits
        try:
            code = (n >> r) - self._heads
            if code < 0:
                return None
            name, place = self._to_read[code]
            content, r = self._decoders[place](n, r)
        except IRREGULAR:
            return None
        if n & (1 << r) - 1:
            return None
        return Decoded({name: content}, (), bytes(r >> 3))  # type: ignore[dict-item]

    def encode(self, document: Mapping[str, object], *, allow_invalid: bool = False) -> bytes:
        """The stream of *document*.

        With *allow_invalid* values outside their type are written as far as there are bits for them (:class:`Code` for an
        enumeration), and mandatory children may be missing: they are left out together with their event codes.

        Raises:
            ExiEncodeError: the document does not fit the schema; the error names element and reason.
        """
        regular = self.encode_regular(document)
        if regular is not None:
            return regular
        return self.layout(document, allow_invalid=allow_invalid).payload

    def encode_regular(self, document: Mapping[str, object]) -> bytes | None:
        """The stream of *document* by the compiled functions; ``None`` if there is anything remarkable about it."""
        try:
            [(name, content)] = document.items()
            head, place = self._to_write[name]
            a = self._encoders[place](content, head)
        except IRREGULAR:
            return None
        bits = a.bit_length()
        padding = -bits & 7
        return (a << padding).to_bytes(bits + padding >> 3, "big")

    def layout(self, document: Mapping[str, object], *, allow_invalid: bool = False) -> Layout:
        """The stream of *document* with the place of every element in it, for deviations.

        Raises:
            ExiEncodeError: as :meth:`encode`.
        """
        return write_document(self.schema, self._grammar, document, allow_invalid=allow_invalid)

    def _grammar(self, type_name: str) -> Grammar:
        known = self._grammars.get(type_name)
        if known is None:
            kind = self.schema.type(type_name)
            if not isinstance(kind, ComplexType):
                raise TypeError(f"type '{type_name}' has no grammar")
            known = self._grammars[type_name] = Grammar(kind)
        return known


@cache
def codec(name: str) -> Codec:
    """The codec of the schema set *name*, one of ``SCHEMAS``; the same object each time.

    Raises:
        ValueError: there is none of that name.
    """
    return Codec(schema_set(name))
