"""Ports: links on hardware, on other processes and on people, by the name that a rig file gives as driver."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from harness.bench.port import Port, PortFactory
from harness.core import ConfigError, did_you_mean

__all__ = ["open_port"]

_GROUP = "precert.ports"


def open_port(driver: str, options: Mapping[str, object]) -> Port:
    """The port that *driver* names, with *options* checked; the device itself is opened by ``Port.open``.

    *driver* is an entry point of the group ``precert.ports`` or an interface of python-can.

    Raises:
        ConfigError: no such driver, or it does not accept the options.
    """
    installed = {entry.name: entry for entry in entry_points(group=_GROUP)}
    if driver in installed:
        return _load(installed[driver])(options)
    # python-can takes longer to load than everything else of a run that needs no hardware.
    from can.interfaces import VALID_INTERFACES

    if driver not in VALID_INTERFACES:
        raise ConfigError(f"no port or CAN interface named '{driver}'{did_you_mean(driver, (*installed, *VALID_INTERFACES))}")
    from harness.bench.ports.python_can import PythonCanPort

    return PythonCanPort({**options, "interface": driver})


def _load(entry: EntryPoint) -> PortFactory:
    try:
        factory: object = entry.load()
    except Exception as error:  # a broken third-party distribution must not look like a fault of the rig file
        raise ConfigError(f"port '{entry.name}' ({entry.value}) cannot be loaded: {type(error).__name__}: {error}") from error
    if not callable(factory):
        raise ConfigError(f"port '{entry.name}' ({entry.value}) is no factory of ports")
    return cast(PortFactory, factory)
