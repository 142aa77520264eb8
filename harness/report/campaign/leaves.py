"""Nested values as flat ones: what two documents say differently, member by member."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

__all__ = ["Difference", "differing", "leaves", "shown"]


class Difference(NamedTuple):
    """One member that two documents state differently; ``None``: one of them does not state it."""

    member: str
    first: object | None
    second: object | None


def leaves(value: object, name: str = "") -> Iterator[tuple[str, object]]:
    """Every plain member of *value* with its dotted name. An empty table or list is a member itself."""
    if isinstance(value, Mapping) and value:
        for key in sorted(value):
            yield from leaves(value[key], f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and value:
        for position, each in enumerate(value):
            yield from leaves(each, f"{name}[{position}]")
    elif name or value not in (None, {}, []):
        yield name, value


def differing(first: object, second: object) -> list[Difference]:
    """The members in which *first* and *second* differ, those of *first* in their order, then what only *second* has."""
    if first == second:  # almost everything; what is compared has its shape, so that equal values are of one type
        return []
    one, other = dict(leaves(first)), dict(leaves(second))
    missing = object()
    found = []
    for member in dict.fromkeys([*one, *other]):
        left, right = one.get(member, missing), other.get(member, missing)
        if left is missing or right is missing or left != right:
            found.append(Difference(member, None if left is missing else left, None if right is missing else right))
    return found


def shown(value: object) -> str:
    """A value as it stands in a message: texts in quotes, nothing as ``nothing``."""
    if value is None or value in ({}, []):
        return "nothing"
    return f"'{value}'" if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
