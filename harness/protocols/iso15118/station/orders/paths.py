"""Values in the content of a message by their path: ``DC_EVSEStatus.EVSEStatusCode``, ``SAScheduleTuple[2].SAScheduleTupleID``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from harness.core.errors import LocalProtocolError
from harness.protocols.iso15118.envelope import Content, physical
from harness.protocols.iso15118.rational import rational

__all__ = ["put_at"]

_PART = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[(\d+)\])?")


def put_at(content: Mapping[str, object], path: str, value: object) -> Content:
    """*content* with *value* at *path*; ``None`` takes out what is there. A number in the place of a physical value becomes one.

    Elements of a list count from 1; one more than there are appends. What is missing on the way is made.

    Raises:
        LocalProtocolError: the path does not fit the content.
    """
    return _put(content, path.split("."), value, path)


def _put(content: Mapping[str, object], parts: list[str], value: object, path: str) -> Content:
    found = _PART.fullmatch(parts[0])
    if found is None:
        raise LocalProtocolError(f"'{path}' is no path: '{parts[0]}' is no name of an element")
    name, index = found[1], found[2]
    changed = dict(content)
    if index is None:
        new = _new(changed.get(name), parts, value, path)
        if new is None:
            changed.pop(name, None)
        else:
            changed[name] = new
        return changed
    items = changed.get(name, [])
    if not isinstance(items, list) or not 1 <= int(index) <= len(items) + 1:
        raise LocalProtocolError(
            f"'{path}': '{name}' has {len(items) if isinstance(items, list) else 'no'} elements, there is no [{index}]"
        )
    place = int(index) - 1
    new = _new(items[place] if place < len(items) else None, parts, value, path)
    changed[name] = [*items[:place], *([] if new is None else [new]), *items[place + 1 :]]
    return changed


def _new(old: object, parts: list[str], value: object, path: str) -> object:
    """What stands at the first of *parts* afterwards, ``None`` for nothing."""
    if len(parts) == 1:
        return _as_quantity(old, value)
    if old is None and value is None:
        return None
    if old is not None and not isinstance(old, Mapping):
        raise LocalProtocolError(f"'{path}': '{parts[0]}' has no elements in it")
    return _put(old or {}, parts[1:], value, path)


def _as_quantity(old: object, value: object) -> object:
    if not isinstance(value, int | float) or isinstance(value, bool) or not isinstance(old, Mapping):
        return value
    if "Exponent" in old:
        return rational(value)
    return physical(value, str(old.get("Unit", ""))) if "Multiplier" in old else value
