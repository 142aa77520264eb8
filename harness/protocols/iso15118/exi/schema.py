"""What the codec knows of the messages: the tables of a schema set, read once, types built when they are first needed.

The tables are generated (``python -m harness.protocols.iso15118.exi.generate``) and hold facts only: names, types, order,
cardinalities, facets.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

__all__ = [
    "SCHEMAS",
    "TABLES",
    "ComplexType",
    "Element",
    "Group",
    "Particle",
    "QName",
    "SchemaSet",
    "SimpleType",
    "Wildcard",
    "schema_set",
    "width_of",
]

TABLES = Path(__file__).resolve().parent / "tables"

SCHEMAS = ("sap", "din", "iso2", "iso20_common", "iso20_dc", "iso20_ac")
"""SupportedAppProtocol, DIN SPEC 70121, ISO 15118-2, and the three parts of ISO 15118-20."""

QName = tuple[int, str]
"""Number of the namespace in the schema set, and local name."""

SimpleKind = Literal["bool", "enum", "int", "hex", "base64", "string"]


def width_of(count: int) -> int:
    """Bits of a code that has *count* values."""
    return (count - 1).bit_length()


@dataclass(frozen=True, slots=True)
class SimpleType:
    """A type whose value is a single Python value: bool, str, int or bytes."""

    name: str
    kind: SimpleKind
    low: int | None = None
    """Smallest integer, or least length."""
    high: int | None = None
    """Largest integer, or greatest length; ``None``: no bound."""
    words: tuple[str, ...] = ()
    """Words of an enumeration in the order of their codes."""

    @property
    def bits(self) -> int | None:
        """Width where it is fixed: boolean, enumeration, integer of at most 4096 values; ``None`` otherwise."""
        if self.kind == "bool":
            return 1
        if self.kind == "enum":
            return width_of(len(self.words))
        if self.kind == "int" and self.low is not None and self.high is not None and self.high - self.low < 4096:
            return width_of(self.high - self.low + 1)
        return None

    @property
    def unsigned(self) -> bool:
        """Whether an integer of variable length is written without a sign."""
        return self.low is not None and self.low >= 0


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """An element at a place of a content model."""

    name: str
    qname: QName
    type_name: str
    low: int = 1
    high: int | None = 1


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """A sequence or a choice of particles."""

    kind: Literal["sequence", "choice"]
    parts: tuple[Particle, ...]
    low: int = 1
    high: int | None = 1


@dataclass(frozen=True, slots=True, eq=False)
class Wildcard:
    """A place where any element may stand (XML signatures only)."""

    low: int = 1
    high: int | None = 1


Particle = Element | Group | Wildcard


@dataclass(frozen=True, slots=True)
class ComplexType:
    """A type with attributes or child elements; its value is a dict in the order of the schema."""

    name: str
    attributes: tuple[Element, ...]
    """In the order of their event codes; ``low`` is 0 for an optional one."""
    content: tuple[Particle, ...]
    value: SimpleType | None
    """Type of the text, which is kept under the key ``value``; ``None``: no typed text."""
    mixed: bool
    repeated: frozenset[str]
    """Children that may occur more than once: their value is a list."""


class SchemaSet:
    """The elements and types of one schema set."""

    def __init__(self, name: str, document: dict[str, object]) -> None:
        namespaces, elements, types, abstract = (document[key] for key in ("namespaces", "elements", "types", "abstract"))
        if (
            not isinstance(abstract, list)
            or not isinstance(namespaces, list)
            or not isinstance(elements, list)
            or not isinstance(types, dict)
        ):
            raise TypeError(f"table '{name}' is not one of ours")
        self.name = name
        self.namespaces: tuple[str, ...] = tuple(namespaces)
        self.elements = tuple(Element(label, (space, label), kind) for label, space, kind in elements)
        """Global elements in the order of their event codes."""
        self.abstract = frozenset(element.qname for element in self.elements if element.name in abstract)
        """Elements that have an event code but may not stand in a message, only one of their substitutes."""
        self._codes = {element.name: code for code, element in enumerate(self.elements)}
        self._rows = types
        self._types: dict[str, SimpleType | ComplexType] = {}

    @property
    def root_bits(self) -> int:
        """Width of the first event code: one more than the global elements."""
        return width_of(len(self.elements) + 1)

    def root_code(self, name: str) -> int | None:
        """Event code of the global element *name*, ``None`` if there is none."""
        return self._codes.get(name)

    def type(self, name: str) -> SimpleType | ComplexType:
        """The type *name*."""
        known = self._types.get(name)
        if known is None:
            known = self._types[name] = self._build(name, self._rows[name])
        return known

    def _build(self, name: str, row: object) -> SimpleType | ComplexType:
        if isinstance(row, list):
            kind, *facets = row
            if kind == "enum":
                return SimpleType(name, "enum", words=tuple(facets))
            return SimpleType(name, kind, *facets)
        if not isinstance(row, dict):
            raise TypeError(f"type '{name}' of table '{self.name}' is not one of ours")
        content = tuple(_particle(part) for part in row.get("content", ()))
        value = self.type(row["value"]) if "value" in row else None
        return ComplexType(
            name=name,
            attributes=tuple(Element(label, (space, label), kind, required) for required, label, space, kind in row.get("attributes", ())),
            content=content,
            value=value if isinstance(value, SimpleType) else None,
            mixed=bool(row.get("mixed")),
            repeated=frozenset(_repeated(content, False)),
        )


def _particle(row: list[Any]) -> Particle:
    low, high = _occurs(str(row[0]))
    if row[1] == "any":
        return Wildcard(low, high)
    match row:
        case [_, "sequence" | "choice" as kind, [*parts]]:
            return Group("choice" if kind == "choice" else "sequence", tuple(_particle(part) for part in parts), low, high)
        case [_, str(name), int(space), str(type_name)]:
            return Element(name, (space, name), type_name, low, high)
    raise TypeError(f"row {row} of a table is not one of ours")


def _occurs(text: str) -> tuple[int, int | None]:
    low, _, high = text.partition("..")
    return int(low), None if high == "*" else int(high or low)


def _repeated(parts: tuple[Particle, ...], within: bool) -> set[str]:
    found: set[str] = set()
    for part in parts:
        many = within or part.high != 1
        if isinstance(part, Group):
            found |= _repeated(part.parts, many)
        elif isinstance(part, Element) and many:
            found.add(part.name)
    return found


@cache
def schema_set(name: str) -> SchemaSet:
    """The schema set *name*, one of :data:`SCHEMAS`.

    Raises:
        ValueError: there is none of that name.
    """
    if name not in SCHEMAS:
        raise ValueError(f"no schema set '{name}' (have: {', '.join(SCHEMAS)})")
    return SchemaSet(name, json.loads((TABLES / f"{name}.json").read_text(encoding="utf-8")))
