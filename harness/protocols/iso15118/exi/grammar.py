"""Which events may come next: the event codes of a complex type, derived state by state from what is left of its content model.

A state is a chain of particles with the number of times each has occurred; it is built when it is first reached, so that a list of
up to 1024 entries costs nothing until it is used. Because the grammar is not strict, each state has one value more than its events:
the escape to the second level.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from harness.protocols.iso15118.exi.schema import ComplexType, Element, Group, Particle, Wildcard, width_of

__all__ = ["Event", "Grammar", "Production", "State"]


class Event(Enum):
    """Kind of an event."""

    ATTRIBUTE = 0
    ELEMENT = 1
    ANY = 2
    END = 3
    TEXT = 4
    """Typed text of simple content."""
    MIXED_TEXT = 5


@dataclass(frozen=True, slots=True, eq=False)
class _Attribute:
    element: Element

    @property
    def low(self) -> int:
        return self.element.low

    @property
    def high(self) -> int:
        return 1


@dataclass(frozen=True, slots=True, eq=False)
class _Text:
    low: int = 1
    high: int = 1


_Item = Particle | _Attribute | _Text
_Chain = tuple[_Item, int, "_Chain"] | tuple[()]
"""A particle, how often it has occurred, and what follows it."""


@dataclass(frozen=True, slots=True)
class Production:
    """One event that may come next; its code is its place in the state."""

    event: Event
    element: Element | None
    """The attribute or element of the event."""
    state: State
    """Where the event leads."""


class State:
    """What may come next at one place of a type."""

    def __init__(self, grammar: Grammar, chain: _Chain) -> None:
        self._grammar = grammar
        self._chain = chain

    @cached_property
    def productions(self) -> tuple[Production, ...]:
        """The events in the order of their codes."""
        return tuple(self._grammar.productions_of(self._chain))

    @cached_property
    def width(self) -> int:
        """Bits of the event code; the value after the last event is the escape."""
        return width_of(len(self.productions) + 1)


class Grammar:
    """The event codes of one complex type."""

    def __init__(self, kind: ComplexType) -> None:
        self._mixed = kind.mixed
        self._states: dict[_Chain, State] = {}
        items: list[_Item] = [_Attribute(attribute) for attribute in kind.attributes]
        items += kind.content
        if kind.value is not None:
            items.append(_Text())
        chain: _Chain = ()
        for item in reversed(items):
            chain = (item, 0, chain)
        self.start = self._state(chain)

    def _state(self, chain: _Chain) -> State:
        if chain not in self._states:
            self._states[chain] = State(self, chain)
        return self._states[chain]

    def productions_of(self, chain: _Chain) -> Iterator[Production]:
        """Attributes, elements in the order of the schema, any element, end, text."""
        events, can_end = _events(chain)
        seen_any = False
        for kind in (_Attribute, Element, Wildcard, _Text):
            for item, after in events:
                if not isinstance(item, kind) or (kind is Wildcard and seen_any):
                    continue
                seen_any = seen_any or kind is Wildcard
                yield self._production(item, after)
        if can_end:
            yield Production(Event.END, None, self._state(()))
        if self._mixed and not any(isinstance(item, _Attribute) and item.low for item, _ in events):
            yield Production(Event.MIXED_TEXT, None, self._state(_without_attributes(chain)))

    def _production(self, item: _Item, after: _Chain) -> Production:
        state = self._state(after)
        if isinstance(item, _Attribute):
            return Production(Event.ATTRIBUTE, item.element, state)
        if isinstance(item, Element):
            return Production(Event.ELEMENT, item, state)
        return Production(Event.ANY if isinstance(item, Wildcard) else Event.TEXT, None, state)


def _events(chain: _Chain) -> tuple[list[tuple[_Item, _Chain]], bool]:
    """Every particle that may occur next, with what then is left; and whether the content may be over."""
    found: list[tuple[_Item, _Chain]] = []
    while chain:
        item, count, rest = chain
        if item.high is None or count < item.high:
            found += _occurrence(item, (item, _counted(item, count), rest))
        if count < item.low and not _may_be_empty(item):
            return found, False
        chain = rest
    return found, True


def _counted(item: _Item, count: int) -> int:
    """One occurrence more; without an upper bound only the lower one matters."""
    return count + 1 if item.high is not None else min(count + 1, item.low)


def _occurrence(item: _Item, after: _Chain) -> list[tuple[_Item, _Chain]]:
    """How one more occurrence of *item* may begin."""
    if not isinstance(item, Group):
        return [(item, after)]
    found: list[tuple[_Item, _Chain]] = []
    for number, part in enumerate(item.parts):
        left = after
        if item.kind == "sequence":
            for later in reversed(item.parts[number + 1 :]):
                left = (later, 0, left)
        found += _occurrence(part, (part, _counted(part, 0), left))
        if item.kind == "sequence" and part.low and not _may_be_empty(part):
            break
    return found


def _may_be_empty(item: _Item) -> bool:
    """Whether an occurrence of *item* may consist of nothing."""
    if not isinstance(item, Group):
        return False
    empty = [part.low == 0 or _may_be_empty(part) for part in item.parts]
    return any(empty) if item.kind == "choice" else all(empty)


def _without_attributes(chain: _Chain) -> _Chain:
    while chain and isinstance(chain[0], _Attribute):
        chain = chain[2]
    return chain
