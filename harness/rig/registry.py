"""Models, ports, instruments and standards by name: the entry points of every installed distribution."""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from harness.core import ConfigError, HarnessError, Node, Standard, did_you_mean

__all__ = [
    "ModelFactory",
    "can_interfaces",
    "instruments",
    "model",
    "models",
    "ports",
    "speaks",
    "standard",
    "standards",
]

ModelFactory = Callable[[Mapping[str, object]], Sequence[Node]]
"""Takes the ``options`` of a role, returns one node per link of the role, in the order of its links."""

_NODE_MEMBERS = ("name", "start", "receive", "next_deadline_ns", "handle_timers")
_MODELS = "precert.models"
_PORTS = "precert.ports"
_INSTRUMENTS = "precert.instruments"
_STANDARDS = "precert.standards"


def models() -> tuple[str, ...]:
    """Names of the installed models."""
    return _names(_MODELS)


def ports() -> tuple[str, ...]:
    """Names of the installed ports; interfaces of python-can are not among them. ``harness.bench.ports`` opens them."""
    return _names(_PORTS)


def instruments() -> tuple[str, ...]:
    """Names of the installed instrument drivers."""
    return _names(_INSTRUMENTS)


def can_interfaces() -> tuple[str, ...]:
    """Names of the interfaces that python-can knows, its plug-ins included."""
    # Imported here because python-can takes longer to load than everything else on a virtual rig.
    interfaces = importlib.import_module("can.interfaces")
    return tuple(sorted(interfaces.VALID_INTERFACES))


def speaks(name: str) -> str:
    """The standard whose message profile the model *name* takes as its option ``profile``; empty if it takes none.

    Raises:
        ConfigError: no such model, or its distribution is broken.
    """
    return str(getattr(_load(_entry(_MODELS, "model", name), "model"), "speaks", ""))


def model(name: str) -> ModelFactory:
    """The factory of the model *name*.

    Raises:
        ConfigError: no such model, or its distribution is broken. The factory raises it too: for options
            that the model does not take, or if the model fails or returns something that is no node.
    """
    entry = _entry(_MODELS, "model", name)
    factory = _load(entry, "model")

    def nodes(options: Mapping[str, object]) -> Sequence[Node]:
        try:
            made = factory(options)
        except HarnessError:
            raise
        except Exception as error:  # foreign code, see _import
            raise ConfigError(f"{_origin(entry, 'model')} cannot be built: {type(error).__name__}: {error}") from error
        found: list[Node] = []
        for node in made if isinstance(made, list | tuple) else [made]:
            if not isinstance(node, Node):
                lacks = ", ".join(f"'{member}'" for member in _NODE_MEMBERS if not hasattr(node, member))
                raise ConfigError(f"{_origin(entry, 'model')} returned '{type(node).__name__}', which is no node: it lacks {lacks}")
            found.append(node)
        return found

    return nodes


def standard(name: str) -> Standard:
    """The standard *name*.

    Raises:
        ConfigError: no such standard, or its distribution is broken.
    """
    return cast(Standard, _import(_entry(_STANDARDS, "standard", name), "standard"))


def standards() -> tuple[Standard, ...]:
    """Every installed standard, by name.

    Raises:
        ConfigError: a distribution that brings one is broken.
    """
    return tuple(standard(name) for name in _names(_STANDARDS))


def _names(group: str) -> tuple[str, ...]:
    return tuple(sorted({entry.name for entry in _installed(group, tuple(sys.path))}))


@functools.lru_cache(maxsize=32)
def _installed(group: str, path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """The entry points along *path*. Every bench asks for its models, and every answer opens a file of every distribution."""
    return tuple(entry_points(group=group))


def _entry(group: str, what: str, name: str) -> EntryPoint:
    found = {(entry.value, _distribution(entry)): entry for entry in _installed(group, tuple(sys.path)) if entry.name == name}
    if not found:
        raise ConfigError(f"no {what} named '{name}'{did_you_mean(name, _names(group))}")
    if len(found) > 1:
        origins = " and ".join(f"'{distribution}'" for _, distribution in sorted(found))
        raise ConfigError(f"{what} '{name}' comes from {origins}; uninstall all but one")
    return next(iter(found.values()))


def _load(entry: EntryPoint, what: str) -> Callable[[Mapping[str, object]], object]:
    loaded = _import(entry, what)
    if not callable(loaded):
        raise ConfigError(f"{_origin(entry, what)} is not callable: {entry.value}")
    return cast(Callable[[Mapping[str, object]], object], loaded)


def _import(entry: EntryPoint, what: str) -> object:
    try:
        loaded: object = entry.load()
    except Exception as error:  # foreign code: whatever it raises on import, the user must learn whose it is
        raise ConfigError(f"{_origin(entry, what)} cannot be loaded: {type(error).__name__}: {error}") from error
    return loaded


def _origin(entry: EntryPoint, what: str) -> str:
    return f"{what} '{entry.name}' of distribution '{_distribution(entry)}'"


def _distribution(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else "unknown"
