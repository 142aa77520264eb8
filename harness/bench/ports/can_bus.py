"""From the options of a rig file to an open bus of python-can."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import can
from can.interfaces import BACKENDS
from can.interfaces.socketcan import SocketcanBus

from harness.bench.ports.channel import ECHOING, BusChannel, Channel
from harness.bench.ports.options import Options, place
from harness.bench.ports.socketcan import SocketCanChannel, socketcan_obstacle
from harness.core import ConfigError, did_you_mean

__all__ = ["CanSettings", "obstacle", "open_channel", "read_settings"]

_KNOWN = (
    "channel", "bitrate_bps", "fd", "data_bitrate_bps", "receive_own_messages", "f_clock_hz", "sample_point_pct", "data_sample_point_pct",
)  # fmt: skip
_RENAMED = {"bitrate": "bitrate_bps", "data_bitrate": "data_bitrate_bps", "timing": "f_clock_hz and the sample points"}
_SAMPLE_POINT_PCT = 80.0
_NEEDS_TIMING = frozenset(("pcan", "slcan"))
"""Interfaces that set up CAN FD from a complete bit timing only."""
_CLOSED_LISTS = frozenset(("slcan", "socketcan", "virtual"))
"""Interfaces whose options are all in their signature; others may take more than it shows."""
_DEFAULTS: Mapping[str, Mapping[str, object]] = {
    # The default of 1 ms makes an idle reader poll a thousand times a second; a byte that arrives ends the wait anyhow.
    "slcan": {"timeout": 0.05},
}
_SERIAL = frozenset(("robotell", "seeedstudio", "serial", "slcan"))


@dataclass(frozen=True, slots=True)
class CanSettings:
    """What a rig file says of one CAN port, checked."""

    interface: str
    channel: str | int
    bitrate_bps: int | None
    data_bitrate_bps: int | None
    fd: bool
    echo: bool
    """Own transmissions are to be reported."""
    timing: can.BitTimingFd | None
    more: Mapping[str, object]
    """Options of the interface itself, by python-can's names."""
    link: str

    def __str__(self) -> str:
        return f"{place(self.link)}{self.interface} '{self.channel}'"


def read_settings(options: Mapping[str, object]) -> CanSettings:
    """Check *options*; opens nothing.

    Raises:
        ConfigError: unknown interface, unknown or contradicting options; all problems at once.
    """
    given = Options(options)
    interface = str(options.get("interface") or options.get("driver") or "")
    if interface not in BACKENDS:
        given.problem(f"python-can has no interface '{interface}'{did_you_mean(interface, BACKENDS)}")
    channel = given.take("channel")
    if isinstance(channel, bool) or not isinstance(channel, str | int) or channel == "":
        given.problem(f"'channel' must name the channel of interface '{interface}', not {channel!r}")
        channel = ""
    bitrate_bps, data_bitrate_bps = given.number("bitrate_bps"), given.number("data_bitrate_bps")
    fd = given.flag("fd", False)
    echo = given.flag("receive_own_messages", interface in ECHOING)
    if echo and interface not in ECHOING:
        given.problem(f"interface '{interface}' does not report own transmissions; take 'receive_own_messages' out")
    timing = _read_timing(given, interface, bitrate_bps, data_bitrate_bps, fd)
    more = given.rest()
    _check_more(given, interface, more)
    given.finish(_KNOWN)
    return CanSettings(
        interface, channel, bitrate_bps, data_bitrate_bps, fd, echo, timing, {**_DEFAULTS.get(interface, {}), **more}, given.link
    )


def open_channel(settings: CanSettings) -> Channel:
    """Open the bus that *settings* describe.

    Raises:
        ConfigError: it cannot be opened; says why and what to do.
    """
    if settings.interface == "socketcan" and (reason := _socketcan_reason(settings)):
        raise ConfigError(f"{settings} cannot be opened: {reason}")
    try:
        # Another python-can configuration of this machine must not change what the rig file says.
        bus = can.Bus(settings.channel, settings.interface, ignore_config=True, **_arguments(settings))
    except Exception as error:  # drivers of vendors raise whatever they like when they are not there
        raise ConfigError(f"{settings} cannot be opened: {_one_line(error)}; {obstacle(settings, error)}") from error
    if isinstance(bus, SocketcanBus):
        return SocketCanChannel(bus)
    return BusChannel(bus, settings.interface)


def obstacle(settings: CanSettings, error: Exception | None = None) -> str:
    """What to do about *error* of the interface."""
    if settings.interface == "socketcan":
        cause = error if isinstance(error, OSError) else None
        return socketcan_obstacle(str(settings.channel), cause) or f"see 'ip -details link show {settings.channel}'"
    if settings.interface in _SERIAL:
        return "connect the adapter ('python -m serial.tools.list_ports' lists what is there); the user must be allowed to use it"
    return f"connect the device and install its driver, as python-can asks for interface '{settings.interface}'"


def _socketcan_reason(settings: CanSettings) -> str:
    return socketcan_obstacle(str(settings.channel))


def _arguments(settings: CanSettings) -> dict[str, Any]:
    arguments: dict[str, Any] = dict(settings.more)
    if settings.timing is not None:
        arguments["timing"] = settings.timing
    else:
        rates = {"bitrate": settings.bitrate_bps, "data_bitrate": settings.data_bitrate_bps, "fd": settings.fd or None}
        arguments |= {key: value for key, value in rates.items() if value is not None}
    if settings.interface in ECHOING:
        arguments["receive_own_messages"] = settings.echo
    return arguments


def _read_timing(given: Options, interface: str, bitrate_bps: int | None, data_bitrate_bps: int | None, fd: bool) -> can.BitTimingFd | None:
    f_clock_hz = given.number("f_clock_hz")
    nominal, data = (given.percentage(key, _SAMPLE_POINT_PCT) for key in ("sample_point_pct", "data_sample_point_pct"))
    if data_bitrate_bps is not None and not fd:
        given.problem("'data_bitrate_bps' needs 'fd: true'")
    if not fd:
        return None
    if bitrate_bps is None or data_bitrate_bps is None:
        given.problem("'fd: true' needs 'bitrate_bps' and 'data_bitrate_bps'")
        return None
    if f_clock_hz is None:
        if interface in _NEEDS_TIMING:
            given.problem(f"CAN FD on interface '{interface}' needs 'f_clock_hz', the clock of its controller (often 80000000)")
        return None
    try:
        return can.BitTimingFd.from_sample_point(f_clock_hz, bitrate_bps, nominal, data_bitrate_bps, data)
    except ValueError as error:
        given.problem(f"no bit timing gives {bitrate_bps} and {data_bitrate_bps} bit/s from a clock of {f_clock_hz} Hz: {error}")
        return None


def _check_more(given: Options, interface: str, more: Mapping[str, object]) -> None:
    takes = _parameters(interface)
    known = [*_KNOWN, *(name for name in takes if name not in _RENAMED)]
    for key in more:
        if key in _RENAMED:
            given.problem(f"unknown key '{key}': write {_RENAMED[key]}")
        elif key not in takes and takes:
            hint = did_you_mean(key, known)
            if interface in _CLOSED_LISTS or "did you mean" in hint:
                given.problem(f"unknown key '{key}'{hint}")


def _parameters(interface: str) -> tuple[str, ...]:
    """Names that the constructor of *interface* shows, none if its driver cannot be loaded here."""
    module, name = BACKENDS.get(interface, ("", ""))
    try:
        made = getattr(importlib.import_module(module), name)
    except Exception:  # the missing driver is reported when the port is opened
        return ()
    parameters = inspect.signature(made.__init__).parameters.values()
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return tuple(p.name for p in parameters if p.kind in kinds and p.name != "self")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
