"""What decoder and encoder sources share: the content of a type as a flat list of items, and the text of a function."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.protocols.iso15118.exi.schema import ComplexType, Element, Group, SchemaSet, SimpleType, width_of

__all__ = ["IRREGULAR", "Irregular", "Item", "NotFlat", "Source", "after", "code_width", "is_inline", "items_of"]


class Irregular(Exception):
    """The regular path does not apply here."""


IRREGULAR = (Irregular, ValueError, LookupError, TypeError, AttributeError, OverflowError)
"""What the compiled functions may raise: a negative shift (the stream is too short), a code without a word, a value of a wrong type."""


class NotFlat(Exception):
    """A content model that the compiled functions do not handle: nested groups, mixed text, wildcards."""


@dataclass(frozen=True, slots=True)
class Item:
    """An attribute, an element, the text of simple content, or a choice of elements."""

    alternatives: tuple[Element, ...]
    """Empty: the text."""
    low: int = 1
    high: int | None = 1
    attribute: bool = False

    @property
    def size(self) -> int:
        """Events that it adds to a state."""
        return max(1, len(self.alternatives))

    @property
    def single(self) -> bool:
        """Exactly one event, exactly once: its code is a single zero where nothing else may come."""
        return self.size == 1 and self.low == 1 and self.high == 1


def items_of(kind: ComplexType) -> tuple[Item, ...]:
    """The content of *kind* in order.

    Raises:
        NotFlat: it has a group in a group, a repeated choice, mixed text or a wildcard.
    """
    if kind.mixed:
        raise NotFlat(kind.name)
    items = [Item((attribute,), attribute.low, attribute=True) for attribute in kind.attributes]
    for particle in kind.content:
        if isinstance(particle, Element):
            items.append(Item((particle,), particle.low, particle.high))
        elif isinstance(particle, Group) and particle.kind == "choice" and particle.high == 1:
            parts = tuple(part for part in particle.parts if isinstance(part, Element) and part.low == part.high == 1)
            if len(parts) != len(particle.parts):
                raise NotFlat(kind.name)
            items.append(Item(parts, particle.low))
        else:
            raise NotFlat(kind.name)
    if kind.value is not None:
        items.append(Item(()))
    return tuple(items)


def after(items: tuple[Item, ...], index: int) -> int:
    """Number of events in the state before item *index*, when none of it has occurred."""
    count = 0
    for item in items[index:]:
        count += item.size
        if item.low:
            return count
    return count + 1


def code_width(events: int) -> int:
    """Bits of an event code in a state of that many events; one value more is the escape."""
    return width_of(events + 1)


def is_inline(schema: SchemaSet, kind: ComplexType) -> bool:
    """Whether *kind* is so small that its code goes into that of its parent: up to three simple children, no list, no choice."""
    try:
        items = items_of(kind)
    except NotFlat:
        return False
    return len(items) <= 3 and all(
        item.size == 1 and item.high == 1 and item.alternatives and isinstance(schema.type(item.alternatives[0].type_name), SimpleType)
        for item in items
    )


@dataclass
class Source:
    """Lines of a function under construction."""

    lines: list[str] = field(default_factory=list)
    depth: int = 1
    _names: int = 0

    def add(self, line: str) -> None:
        """One line at the present depth."""
        self.lines.append("    " * self.depth + line)

    def name(self, stem: str = "x") -> str:
        """A local name that is not used yet."""
        self._names += 1
        return f"{stem}{self._names}"

    def text(self) -> str:
        """The whole function."""
        return "\n".join(self.lines) + "\n"
