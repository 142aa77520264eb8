"""Leaves of a message's content by their path (``DC_EVStatus.EVRESSSOC``, ``ProfileEntry.0.ChargingProfileEntryStart``)."""

from __future__ import annotations

from collections.abc import Mapping

from harness.core.errors import LocalProtocolError
from harness.protocols.iso15118.physical import physical
from harness.protocols.iso15118.rational import rational

__all__ = ["changed", "leaf"]


def changed(content: Mapping[str, object], values: Mapping[str, object]) -> dict[str, object]:
    """*content* with other *values* at their paths; ``None`` leaves the element out.

    A number in place of a physical value or a rational number is written as one, with the unit that was there.

    Raises:
        LocalProtocolError: a path leads through something that has no children.
    """
    result = dict(content)
    for path, value in values.items():
        result = _changed(result, path.split("."), value, path)
    return result


def leaf(content: Mapping[str, object], path: str) -> object:
    """What stands at *path*; ``None`` if there is nothing."""
    node: object = content
    for name in path.split("."):
        if isinstance(node, Mapping):
            node = node.get(name)
        elif isinstance(node, list) and name.isdecimal() and int(name) < len(node):
            node = node[int(name)]
        else:
            return None
    return node


def _changed(node: Mapping[str, object], names: list[str], value: object, path: str) -> dict[str, object]:
    result, name = dict(node), names[0]
    if len(names) == 1:
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _like(result.get(name), value)
        return result
    below = result.get(name, {})
    if isinstance(below, list):
        result[name] = _in_list(below, names[1:], value, path)
    elif isinstance(below, Mapping):
        result[name] = _changed(below, names[1:], value, path)
    else:
        raise LocalProtocolError(f"'{path}' leads through '{name}', which has no children")
    return result


def _in_list(items: list[object], names: list[str], value: object, path: str) -> list[object]:
    index = int(names[0]) if names[0].isdecimal() else -1
    if not 0 <= index < len(items):
        raise LocalProtocolError(f"'{path}' asks for the item '{names[0]}' of {len(items)}")
    result = list(items)
    if len(names) == 1:
        result[index : index + 1] = [] if value is None else [_like(items[index], value)]
        return result
    item = items[index]
    if not isinstance(item, Mapping):
        raise LocalProtocolError(f"'{path}' leads through item {index}, which has no children")
    result[index] = _changed(item, names[1:], value, path)
    return result


def _like(present: object, value: object) -> object:
    if isinstance(present, Mapping) and isinstance(value, int | float) and not isinstance(value, bool):
        if "Multiplier" in present:
            return physical(value, str(present.get("Unit", "")))
        if "Exponent" in present:
            return rational(value)
    return value
