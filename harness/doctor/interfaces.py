"""What connects this machine to a bench: CAN, serial ports, raw sockets, punctuality, the clock."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from harness.bench.realtime import PUMP_PRIORITY, Wakeup, request_scheduler
from harness.doctor.finding import Finding, State, found
from harness.rig import can_interfaces

__all__ = ["examine_interfaces"]

_AREA = "machine"
_NET = Path("/sys/class/net")
_TYPE_CAN = "280"
_DETECTED_BY = ("kvaser", "pcan", "socketcan")
"""Interfaces that tell their channels without opening them, quickly."""
_WAITS, _WAIT_NS = 40, 2_000_000
_PUNCTUAL_NS = 1_000_000
"""A machine that wakes up later than this cannot keep cycles of 10 ms."""
_UNSYNCHRONISED = 5
"""State of the kernel's clock that nobody disciplines."""
_TIMEX_BYTES = 512


def examine_interfaces() -> Iterator[Finding]:
    """Interfaces first, then rights and punctuality."""
    yield _socketcan()
    yield _python_can()
    yield from _serial_ports()
    yield _raw_sockets()
    yield from _punctuality()
    yield _wall_clock()


def _socketcan() -> Finding:
    family = getattr(socket, "AF_CAN", None)
    try:
        if family is None:
            raise OSError("AF_CAN")
        socket.socket(family, socket.SOCK_RAW, socket.CAN_RAW).close()
    except OSError as error:
        return found(_AREA, "socketcan", State.NOTE, "socketcan.none", problem=error.strerror or error)
    channels = _can_channels()
    if not channels:
        return found(_AREA, "socketcan", State.NOTE, "socketcan.empty")
    return found(_AREA, "socketcan", State.OK, "socketcan.ok", channels=", ".join(channels)).with_facts(channels)


def _can_channels() -> dict[str, str]:
    """CAN interfaces of the kernel and their driver; ``vcan`` for a virtual one."""
    channels = {}
    for entry in sorted(_NET.iterdir()) if _NET.exists() else ():
        with contextlib.suppress(OSError):
            if (entry / "type").read_text().strip() == _TYPE_CAN:
                driver = entry / "device" / "driver"
                channels[entry.name] = driver.resolve().name if driver.exists() else "vcan"
    return channels


def _python_can() -> Finding:
    known = can_interfaces()
    import can

    # Drivers that are not installed say so in the log of python-can, each in its way.
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        seen = can.detect_available_configs(list(_DETECTED_BY))
    except Exception:  # a driver of a vendor raises what it likes; then nothing is known of its channels
        seen = []
    finally:
        logging.disable(before)
    channels = ", ".join(f"{each['interface']} {each['channel']}" for each in seen) or "—"
    return found(_AREA, "python-can", State.OK, "python_can.ok", interfaces=", ".join(known), channels=channels)


def _serial_ports() -> Iterator[Finding]:
    from serial.tools import list_ports

    ports = sorted(list_ports.comports())
    if not ports:
        yield found(_AREA, "serial", State.NOTE, "serial.none")
    for port in ports:
        may_use = os.access(port.device, os.R_OK | os.W_OK)
        state, key = (State.OK, "serial.ok") if may_use else (State.NOTE, "serial.closed")
        yield found(_AREA, f"serial {port.device}", state, key, device=port.device, what=port.description)


def _raw_sockets() -> Finding:
    family = getattr(socket, "AF_PACKET", None)
    try:
        if family is None:
            raise OSError("AF_PACKET")
        socket.socket(family, socket.SOCK_RAW).close()
    except OSError as error:
        return found(_AREA, "raw sockets", State.NOTE, "raw.none", problem=error.strerror or error)
    return found(_AREA, "raw sockets", State.OK, "raw.ok")


def _punctuality() -> Iterator[Finding]:
    """The scheduler that a bench would get, and how late its waits end with it."""
    scheduler = ""
    late_ns: list[int] = []

    def wait() -> None:
        nonlocal scheduler
        scheduler = request_scheduler(PUMP_PRIORITY)
        alarm = Wakeup()
        for _ in range(_WAITS):
            due_ns = time.monotonic_ns() + _WAIT_NS
            alarm.wait_until(due_ns)
            late_ns.append(time.monotonic_ns() - due_ns)

    # A thread of its own, so that this process keeps the class that it has.
    thread = threading.Thread(target=wait)
    thread.start()
    thread.join()
    is_realtime = not scheduler.startswith("default")
    yield found(
        _AREA, "scheduler", State.OK if is_realtime else State.NOTE, "scheduler.ok" if is_realtime else "scheduler.default",
        scheduler=scheduler,
    )  # fmt: skip
    median_us, worst_us = statistics.median(late_ns) / 1000, max(late_ns) / 1000
    facts = {"median_us": f"{median_us:.1f}", "worst_us": f"{worst_us:.1f}"}
    is_punctual = max(late_ns) < _PUNCTUAL_NS
    yield found(
        _AREA, "lateness", State.OK if is_punctual else State.NOTE, "lateness.ok" if is_punctual else "lateness.busy",
        median=f"{median_us:.0f}", worst=f"{worst_us:.0f}", waits=_WAITS,
    ).with_facts(facts)  # fmt: skip


def _wall_clock() -> Finding:
    """Whether somebody disciplines the clock that dates the records; intervals are measured on the monotonic one."""
    step_ns = time.get_clock_info("monotonic").resolution * 1e9
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    state = adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)) if adjtimex is not None else _UNSYNCHRONISED
    disciplined = 0 <= state < _UNSYNCHRONISED
    return found(
        _AREA, "clock", State.OK if disciplined else State.NOTE, "clock.ok" if disciplined else "clock.free", resolution=f"{step_ns:g}"
    )
