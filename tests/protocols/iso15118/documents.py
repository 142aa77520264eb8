"""Documents of every message, drawn from the schema tables; and the JSON form that the independent codec takes."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from typing import Protocol

from harness.protocols.iso15118.exi.schema import ComplexType, Element, Group, Particle, SchemaSet, SimpleType, Wildcard

WORDS = ("", "a", "DE*ABC*E123", "充电桩", "value with blanks", "0123456789" * 9, "\x7f\x80\u07ff\uffff\U0001f50c")


NOT_EXPRESSIBLE = frozenset({"SignatureProperties", "SignatureProperty"})
"""They need an element of any kind, which documents do not have."""


class Choices(Protocol):
    """Where a generator gets its decisions from: hypothesis or a seeded random number."""

    def number(self, low: int, high: int) -> int: ...


class Drawn:
    """Decisions of a seeded generator."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def number(self, low: int, high: int) -> int:
        return self._random.randint(low, high)


def messages(schema: SchemaSet) -> list[str]:
    """Names of everything that a document can be: body elements where there is a body, and every other global element."""
    usable = [element for element in schema.elements if element.qname not in schema.abstract]
    roots = [element.name for element in usable if element.name not in NOT_EXPRESSIBLE]
    if "V2G_Message" not in roots:
        return roots
    [body] = schema.type("BodyType").content  # type: ignore[union-attr]
    assert isinstance(body, Group)
    parts = [part for part in body.parts if isinstance(part, Element) and part.qname not in schema.abstract]
    return [f"V2G_Message/{part.name}" for part in parts] + roots


def document(schema: SchemaSet, message: str, choices: Choices, *, plain: bool = False) -> dict[str, object]:
    """A document of *message* (one of :func:`messages`) that keeps to the schema.

    *plain*: printable ASCII texts, nothing empty, no signature, no IDREF; what a codec on Java objects can take, too.
    """
    root, _, body = message.partition("/")
    code = schema.root_code(root)
    assert code is not None
    return {root: _Maker(schema, choices, plain, body).content(schema.elements[code].type_name)}


class _Maker:
    def __init__(self, schema: SchemaSet, choices: Choices, plain: bool, body: str) -> None:
        self._body = body
        self._schema = schema
        self._choices = choices
        self._plain = plain

    def content(self, type_name: str) -> object:
        kind = self._schema.type(type_name)
        if isinstance(kind, SimpleType):
            return self._value(kind)
        made: dict[str, object] = {}
        for attribute in kind.attributes:
            if attribute.low or (self._flag() and not (self._plain and attribute.type_name == "xs:IDREF")):
                made[attribute.name] = self.content(attribute.type_name)
        for particle in kind.content:
            self._fill(kind, particle, made)
        if kind.value is not None:
            made["value"] = self._value(kind.value)
        return made

    def _flag(self) -> bool:
        return self._choices.number(0, 1) == 1

    def _fill(self, kind: ComplexType, particle: Particle, made: dict[str, object]) -> None:
        if isinstance(particle, Wildcard):
            return
        high = particle.low + 2 if particle.high is None else min(particle.high, particle.low + 2)
        if self._plain and _is(particle, "Signature"):
            return
        if isinstance(particle, Group) and (wanted := [part for part in particle.parts if _is(part, self._body)]):
            self._fill(kind, wanted[0], made)
            return
        if isinstance(particle, Group):
            # The order of a repeated choice is lost in a dict, so such a group occurs as rarely as it may.
            for _ in range(self._choices.number(particle.low, high) if particle.high == 1 else particle.low):
                self._group(kind, particle, made)
            return
        for _ in range(self._choices.number(particle.low, high)):
            content = self.content(particle.type_name)
            if particle.name in kind.repeated:
                made.setdefault(particle.name, []).append(content)  # type: ignore[attr-defined]
            else:
                made[particle.name] = content

    def _group(self, kind: ComplexType, group: Group, made: dict[str, object]) -> None:
        if group.kind == "sequence":
            for part in group.parts:
                self._fill(kind, part, made)
            return
        parts = [part for part in group.parts if not isinstance(part, Wildcard)]
        parts = [part for part in parts if not isinstance(part, Element) or part.qname not in self._schema.abstract]
        if parts:
            self._fill(kind, parts[self._choices.number(0, len(parts) - 1)], made)

    def _value(self, kind: SimpleType) -> object:
        choices = self._choices
        match kind.kind:
            case "bool":
                return self._flag()
            case "enum":
                return kind.words[choices.number(0, len(kind.words) - 1)]
            case "int":
                return self._integer(kind)
            case "string":
                return self._text(kind)
        low, high = max(kind.low or 0, int(self._plain)), kind.high if kind.high is not None else 300
        return bytes(choices.number(0, 255) for _ in range(choices.number(low, min(high, low + 40))))

    def _integer(self, kind: SimpleType) -> int:
        low, high = (-(2**70) if kind.low is None else kind.low), (2**70 if kind.high is None else kind.high)
        edges = [edge for edge in (0, 1, -1, 127, 128, -128, -129, 16383, 16384, low, high) if low <= edge <= high]
        place = self._choices.number(-2, len(edges) - 1)
        return edges[place] if place >= 0 else self._choices.number(low, high)

    def _text(self, kind: SimpleType) -> str:
        words = [word for word in WORDS if word] if self._plain else list(WORDS)
        if self._plain:
            words = [word for word in words if word.isascii() and word.isprintable()]
        text = words[self._choices.number(0, len(words) - 1)]
        text = text.ljust(kind.low or 0, "-")
        return text if kind.high is None else text[: kind.high]


def _is(part: Particle, name: str) -> bool:
    return isinstance(part, Element) and part.name == name


def json_form(schema: SchemaSet, document: dict[str, object]) -> dict[str, object]:
    """The document as the independent codec writes it: hexBinary in capitals, base64Binary in base64."""
    [(name, content)] = document.items()
    code = schema.root_code(name)
    assert code is not None
    return {name: _json(schema, schema.elements[code].type_name, content)}


def _json(schema: SchemaSet, type_name: str, content: object) -> object:
    kind = schema.type(type_name)
    if isinstance(content, dict) and isinstance(kind, ComplexType):
        types = dict(_types_of(kind))
        return {key: _child(schema, types[key], value) for key, value in content.items()}
    if isinstance(content, bytes) and isinstance(kind, SimpleType):
        return content.hex().upper() if kind.kind == "hex" else base64.b64encode(content).decode()
    return content


def _child(schema: SchemaSet, type_name: str, value: object) -> object:
    return [_json(schema, type_name, one) for one in value] if isinstance(value, list) else _json(schema, type_name, value)


def _types_of(kind: ComplexType) -> Iterator[tuple[str, str]]:
    if kind.value is not None:
        yield "value", kind.value.name
    for attribute in kind.attributes:
        yield attribute.name, attribute.type_name
    todo = list(kind.content)
    while todo:
        particle = todo.pop()
        if isinstance(particle, Group):
            todo.extend(particle.parts)
        elif isinstance(particle, Element):
            yield particle.name, particle.type_name
