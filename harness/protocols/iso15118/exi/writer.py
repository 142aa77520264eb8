"""Encoding by the grammar, event by event: exact about what does not fit, able to write what the schema forbids.

The compiled functions of ``fast`` do the regular case; this writer says what is wrong with a document, writes the invalid ones on
request, and knows where each element ended up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from harness.protocols.iso15118.exi.bits import BitWriter
from harness.protocols.iso15118.exi.errors import ExiEncodeError
from harness.protocols.iso15118.exi.grammar import Event, Grammar, Production, State
from harness.protocols.iso15118.exi.reader import HEADER, TEXT, VALUE
from harness.protocols.iso15118.exi.schema import ComplexType, Element, SchemaSet, SimpleType
from harness.protocols.iso15118.exi.values import Unwritable, write_value

__all__ = ["Layout", "Span", "write_document"]


@dataclass(frozen=True, slots=True)
class Span:
    """Where an element or attribute is in a stream, in bits from its beginning."""

    start: int
    """First bit of its event code."""
    value: int
    """First bit of its value, or of its first child's event code."""
    value_end: int
    """First bit after its value, where the code of its end begins."""
    end: int
    """First bit after the code of its end."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A stream and the places in it by path (``V2G_Message/Body/CurrentDemandReq/EVTargetCurrent``)."""

    payload: bytes
    bits: int
    """Length without the padding of the last byte."""
    spans: Mapping[str, Span]


def write_document(schema: SchemaSet, grammar: Callable[[str], Grammar], document: object, *, allow_invalid: bool = False) -> Layout:
    """Encode *document*; *grammar* gives the grammar of a complex type by name.

    With *allow_invalid* values outside their type are written as far as there are bits for them, and a mandatory element that is
    missing is left out together with its event code.

    Raises:
        ExiEncodeError: it does not fit.
    """
    return _Writer(schema, grammar, allow_invalid).write(document)


class _Writer:
    def __init__(self, schema: SchemaSet, grammar: Callable[[str], Grammar], allow_invalid: bool) -> None:
        self._schema = schema
        self._grammar = grammar
        self._allow_invalid = allow_invalid
        self._bits = BitWriter()
        self._path: list[str] = []
        self._spans: dict[str, Span] = {}

    def write(self, document: object) -> Layout:
        if not isinstance(document, Mapping) or len(document) != 1:
            raise ExiEncodeError("", "a document is a mapping with the name of the message as its only key")
        [(name, content)] = document.items()
        code = self._schema.root_code(name) if isinstance(name, str) else None
        if code is None:
            raise ExiEncodeError("", f"no message {name!r} in '{self._schema.name}'")
        self._bits.bits(HEADER, 8)
        start = self._bits.position
        self._bits.bits(code, self._schema.root_bits)
        self._element(self._schema.elements[code], content, name, start)
        return Layout(self._bits.finish(), self._bits.position, self._spans)

    def _element(self, element: Element, content: object, step: str, start: int) -> None:
        """Content of *element* and its end; *start* is where its event code began."""
        self._path.append(step)
        if element.qname in self._schema.abstract and not self._allow_invalid:
            raise self._error("is abstract, only one of its substitutes may stand here")
        kind = self._schema.type(element.type_name)
        if isinstance(kind, ComplexType):
            value = self._bits.position
            value_end = self._complex(kind, content)
        else:
            self._bits.bits(0, 1)
            value = self._bits.position
            self._value(kind, content)
            value_end = self._bits.position
            self._bits.bits(0, 1)
        self._spans["/".join(self._path)] = Span(start, value, value_end, self._bits.position)
        self._path.pop()

    def _complex(self, kind: ComplexType, content: object) -> int:
        """Gives the place where the code of the end begins."""
        if not isinstance(content, Mapping):
            raise self._error(f"has children, {content!r} is no mapping")
        left = self._to_write(kind, content)
        state = self._grammar(kind.name).start
        while True:
            code = self._choose(state, left)
            production = state.productions[0 if code is None else code]
            if production.event is Event.END and left:
                raise self._surplus(left, kind)
            start = self._bits.position
            if code is not None:
                self._bits.bits(code, state.width)
                if production.event is Event.END:
                    return start
                self._take(production, kind, left, start)
            state = production.state

    def _to_write(self, kind: ComplexType, content: Mapping[str, object]) -> dict[str, _Pending]:
        left: dict[str, _Pending] = {}
        for name, value in content.items():
            if name not in kind.repeated and name != TEXT:
                left[name] = _Pending((value,))
            elif not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
                raise self._error(f"'{name}' may be repeated, so it is a list, not {value!r}")
            elif value:
                left[name] = _Pending(value)
        return left

    def _choose(self, state: State, left: Mapping[str, _Pending]) -> int | None:
        """Code of the first event that the content has; ``None``: the mandatory event is to be left out."""
        end = None
        for code, production in enumerate(state.productions):
            if production.event is Event.END:
                end = code
            elif _key(production) in left:
                return code
        if end is not None:
            return end
        if self._allow_invalid:
            return None
        wanted = " or ".join(f"'{_key(production)}'" for production in state.productions)
        found = f" (left to write: {', '.join(left)})" if left else ""
        raise self._error(f"{wanted} is missing{found}")

    def _surplus(self, left: Mapping[str, _Pending], kind: ComplexType) -> ExiEncodeError:
        names = [f"'{name}'" for name in left]
        return self._error(f"{', '.join(names)} cannot stand here: unknown to '{kind.name}', too many, or excluded by what is there")

    def _take(self, production: Production, kind: ComplexType, left: dict[str, _Pending], start: int) -> None:
        name, part = _key(production), production.element
        pending = left[name]
        number, content = pending.taken, pending.values[pending.taken]
        pending.taken += 1
        if pending.taken == len(pending.values):
            del left[name]
        if production.event is Event.TEXT and kind.value is not None:
            self._value(kind.value, content)
        elif production.event is Event.MIXED_TEXT:
            self._value(_MIXED, content)
        elif part is not None and production.event is Event.ATTRIBUTE:
            self._attribute(part, content, start)
        elif part is not None:
            self._element(part, content, f"{name}[{number}]" if name in kind.repeated else name, start)

    def _attribute(self, part: Element, content: object, start: int) -> None:
        self._path.append(part.name)
        kind = self._schema.type(part.type_name)
        value = self._bits.position
        if isinstance(kind, SimpleType):
            self._value(kind, content)
        self._spans["/".join(self._path)] = Span(start, value, self._bits.position, self._bits.position)
        self._path.pop()

    def _value(self, kind: SimpleType, value: object) -> None:
        try:
            write_value(kind, value, self._bits, allow_invalid=self._allow_invalid)
        except Unwritable as error:
            raise self._error(str(error)) from error

    def _error(self, text: str) -> ExiEncodeError:
        return ExiEncodeError("/".join(self._path), text)


@dataclass(slots=True)
class _Pending:
    """Values of one child that are still to be written."""

    values: Sequence[object]
    taken: int = 0


_MIXED = SimpleType("text", "string", 0, None)


def _key(production: Production) -> str:
    """Key of the content that an event carries."""
    if production.element is not None:
        return production.element.name
    return {Event.TEXT: VALUE, Event.MIXED_TEXT: TEXT}.get(production.event, "any element")
