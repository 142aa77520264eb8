"""Decoding by the grammar, event by event: exact about everything that is wrong or remarkable.

The compiled functions of ``fast`` do the regular case; this reader is what they are measured against, and what every stream ends up
with that is not regular.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.protocols.iso15118.exi.bits import BitReader, EndOfBits
from harness.protocols.iso15118.exi.errors import ExiDecodeError, Finding, Reason
from harness.protocols.iso15118.exi.grammar import Event, Grammar, Production, State
from harness.protocols.iso15118.exi.schema import ComplexType, Element, SchemaSet, SimpleType
from harness.protocols.iso15118.exi.strings import StringTable
from harness.protocols.iso15118.exi.values import Remark, Unreadable, Value, read_value

__all__ = ["HEADER", "TEXT", "VALUE", "Content", "Document", "Reading", "read_document"]

HEADER = 0x80
"""First byte: distinguishing bits, no options, final version 1."""

VALUE = "value"
"""Key of the text of an element that also has attributes."""
TEXT = "#text"
"""Key of the texts between child elements (XML signatures only)."""

Content = Value | dict[str, "Content"] | list["Content"]
Document = dict[str, Content]
"""Name of the message and its content, children by name in the order of the schema; a child that may be repeated is a list."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a stream says."""

    document: Document
    findings: tuple[Finding, ...]
    trailing: bytes
    """Bytes after the message; some vehicles append one."""


def read_document(schema: SchemaSet, grammar: Callable[[str], Grammar], payload: bytes) -> Reading:
    """Decode *payload*; *grammar* gives the grammar of a complex type by name.

    Raises:
        ExiDecodeError: it is no message of *schema*.
    """
    return _Reader(schema, grammar, payload).read()


class _Reader:
    def __init__(self, schema: SchemaSet, grammar: Callable[[str], Grammar], payload: bytes) -> None:
        self._schema = schema
        self._grammar = grammar
        self._bits = BitReader(payload)
        self._strings = StringTable()
        self._path: list[str] = []
        self._findings: list[Finding] = []

    def read(self) -> Reading:
        try:
            root = self._root()
            document: Document = {root.name: self._element(root, root.name)}
        except EndOfBits as error:
            raise self._error(Reason.SHORT, f"the stream ends here: {error}") from error
        padding = self._bits.left % 8
        if padding and (filled := self._bits.bits(padding)):
            text = f"the last {padding} bits are {filled:0{padding}b}, not zero"
            self._findings.append(Finding(Reason.PADDING, self._bits.position - padding, root.name, text))
        return Reading(document, tuple(self._findings), self._bits.data[self._bits.position // 8 :])

    def _root(self) -> Element:
        header = self._bits.bits(8)
        if header != HEADER:
            self._bits.position = 0
            raise self._error(Reason.HEADER, f"header byte 0x{header:02X}, expected 0x{HEADER:02X} (no cookie, no options, version 1)")
        code = self._bits.bits(self._schema.root_bits)
        if code >= len(self._schema.elements):
            self._bits.position = 8
            raise self._error(Reason.ROOT, f"code {code} names no message of '{self._schema.name}' ({len(self._schema.elements)} elements)")
        return self._schema.elements[code]

    def _element(self, element: Element, step: str) -> Content:
        """Content of *element* up to and including its end."""
        self._path.append(step)
        if element.qname in self._schema.abstract:
            text = f"'{element.name}' is abstract, only one of its substitutes may stand here"
            self._findings.append(Finding(Reason.ABSTRACT, self._bits.position, "/".join(self._path), text))
        kind = self._schema.type(element.type_name)
        if isinstance(kind, ComplexType):
            content: Content = self._complex(kind, element)
        else:
            self._expect_zero("text")
            content = self._value(kind, element)
            self._expect_zero("the end of the element")
        self._path.pop()
        return content

    def _expect_zero(self, what: str) -> None:
        if self._bits.bits(1):
            self._bits.position -= 1
            raise self._error(Reason.DEVIATION, f"expected {what}, found the escape to something that the schema does not have here")

    def _complex(self, kind: ComplexType, element: Element) -> Content:
        content: dict[str, Content] = {}
        state = self._grammar(kind.name).start
        while True:
            production = self._next(state)
            if production.event is Event.END:
                return content
            self._take(production, kind, element, content)
            state = production.state

    def _next(self, state: State) -> Production:
        code = self._bits.bits(state.width)
        if code < len(state.productions):
            return state.productions[code]
        self._bits.position -= state.width
        possible = ", ".join(_name(production) for production in state.productions) or "nothing"
        raise self._error(Reason.DEVIATION, f"event code {code} is beyond what the schema has here ({possible})")

    def _take(self, production: Production, kind: ComplexType, element: Element, content: dict[str, Content]) -> None:
        part = production.element
        if production.event is Event.TEXT and kind.value is not None:
            content[VALUE] = self._value(kind.value, element)
        elif production.event is Event.MIXED_TEXT:
            text, _ = self._text(_MIXED, element)
            _append(content, TEXT, text)
        elif part is None:
            raise self._error(Reason.WILDCARD, "an element of any kind stands here; only elements of the schema are understood")
        elif production.event is Event.ATTRIBUTE:
            simple = self._schema.type(part.type_name)
            self._path.append(part.name)
            if isinstance(simple, SimpleType):
                content[part.name] = self._value(simple, part)
            self._path.pop()
        elif part.name in kind.repeated:
            earlier = content.get(part.name)
            number = len(earlier) if isinstance(earlier, list) else 0
            _append(content, part.name, self._element(part, f"{part.name}[{number}]"))
        else:
            content[part.name] = self._element(part, part.name)

    def _value(self, kind: SimpleType, element: Element) -> Content:
        start = self._bits.position
        value, remarks = self._text(kind, element) if kind.kind == "string" else read_value(kind, self._bits)
        for reason, text in remarks:
            self._findings.append(Finding(reason, start, "/".join(self._path), text))
        return value

    def _text(self, kind: SimpleType, element: Element) -> tuple[Value, list[Remark]]:
        start = self._bits.position
        try:
            return self._strings.read(kind, element.qname, self._bits)
        except Unreadable as error:
            self._bits.position = start
            raise self._error(error.reason, error.text) from error

    def _error(self, reason: Reason, text: str) -> ExiDecodeError:
        return ExiDecodeError(reason, self._bits.position, "/".join(self._path), text, self._bits.data)


_MIXED = SimpleType("text", "string", 0, None)


def _append(content: dict[str, Content], name: str, value: Content) -> None:
    known = content.setdefault(name, [])
    if isinstance(known, list):
        known.append(value)


def _name(production: Production) -> str:
    words = {Event.END: "the end of the element", Event.ANY: "any element"}
    return production.element.name if production.element else words.get(production.event, "text")
