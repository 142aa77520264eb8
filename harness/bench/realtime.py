"""Punctuality on an ordinary Linux: real-time class, quiet garbage collector, waits with absolute deadlines."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import gc
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping

__all__ = ["PUMP_PRIORITY", "READER_PRIORITY", "Breather", "Wakeup", "realtime_class", "request_scheduler"]

PUMP_PRIORITY = 50
"""SCHED_FIFO priority of the thread that sends, the customary middle of 1..99."""
READER_PRIORITY = 51
"""SCHED_FIFO priority of the threads that receive: what came in is stamped before anything is sent."""

_SWITCH_INTERVAL_S = 0.0005
"""How long another Python thread may keep the interpreter from the pump; the default of 5 ms is longer than a frame."""
_APPROACH_NS = 80_000
"""The last part of a wait is watched, not slept: about what a wake-up is late by. Costs 8 % of one core at 1000 deadlines/s."""
_AWAKE_NS = 50_000_000
_BREATH_NS = 10_000_000
"""A thread that has been busy for so long pauses for so long."""
_REST_NS = 100_000
"""A wait that took longer left time to others."""
_PR_SET_TIMERSLACK = 29
_TIMER_SLACK_NS = 1


class Breather:
    """Keeps an overloaded real-time thread from starving every other one.

    SCHED_FIFO runs a thread for as long as it has work. A bus that brings more than the machine can do would then
    keep out the thread that could end the run.
    """

    def __init__(self) -> None:
        self._awake_from_ns: int | None = None

    def waited(self, from_ns: int, until_ns: int) -> None:
        """The thread waited between two instants of the monotonic clock; pauses if it has hardly waited for long.

        It counts as busy from its first wait on: what was before is the making of the bench, and a pause for that
        would make the first frames late.
        """
        if self._awake_from_ns is None:
            self._awake_from_ns = from_ns
        if until_ns - from_ns > _REST_NS:
            self._awake_from_ns = until_ns
        elif until_ns - self._awake_from_ns > _AWAKE_NS:
            time.sleep(_BREATH_NS / 1e9)
            self._awake_from_ns = time.monotonic_ns()


class Wakeup:
    """One waiting thread, any number of notifying ones.

    A notification is kept until it is taken, several before that are one. A bare lock is the cheapest wait that
    CPython has: it sleeps on the monotonic clock with nanosecond resolution, where ``poll`` and ``epoll`` round to
    milliseconds and a condition needs a second lock.
    """

    def __init__(self) -> None:
        self._signal = threading.Lock()
        self._signal.acquire()
        self._breather = Breather()

    def notify(self) -> None:
        """End the present wait, or the next one if nobody waits. Callable from any thread."""
        # RuntimeError: an earlier notification has not been taken yet.
        with contextlib.suppress(RuntimeError):
            self._signal.release()

    def wait_until(self, deadline_ns: int | None) -> bool:
        """Wait for a notification, at most until ``time.monotonic_ns()`` is *deadline_ns*; ``None`` waits for ever.

        Returns whether there was a notification. It never returns False before the deadline.
        """
        from_ns = time.monotonic_ns()
        notified = self._signal.acquire() if deadline_ns is None else self._wait(deadline_ns)
        self._breather.waited(from_ns, time.monotonic_ns())
        return notified

    def _wait(self, deadline_ns: int) -> bool:
        signal = self._signal
        while (left_ns := deadline_ns - time.monotonic_ns()) > 0:
            sleep_ns = left_ns - _APPROACH_NS
            taken = signal.acquire(timeout=min(sleep_ns / 1e9, threading.TIMEOUT_MAX)) if sleep_ns > 0 else signal.acquire(blocking=False)
            if taken:
                return True
        return signal.acquire(blocking=False)


@contextlib.contextmanager
def realtime_class(priority: int = PUMP_PRIORITY) -> Iterator[Mapping[str, str]]:
    """Make the calling thread as punctual as the system permits; everything is put back at the end.

    Yields what was obtained, for the evidence: ``scheduler`` (``SCHED_FIFO 50`` or ``default: EPERM``),
    ``timer_slack``, ``garbage_collector`` and ``switch_interval``. The last two hold for the whole process.
    """
    obtained = {}
    with contextlib.ExitStack() as restore:
        obtained["scheduler"] = request_scheduler(priority, restore.callback)
        obtained["timer_slack"] = _request_timer_slack(restore.callback)
        obtained["garbage_collector"] = _still_collector(restore.callback)
        restore.callback(sys.setswitchinterval, sys.getswitchinterval())
        sys.setswitchinterval(_SWITCH_INTERVAL_S)
        obtained["switch_interval"] = f"{_SWITCH_INTERVAL_S * 1e3:g} ms"
        yield obtained


def request_scheduler(priority: int, at_end: Callable[..., object] | None = None) -> str:
    """Ask for SCHED_FIFO with *priority* for the calling thread; children and later threads do not inherit it.

    Returns what it runs with now. *at_end* is given the call that puts the former class back; a thread that ends
    anyway needs none.
    """
    if not hasattr(os, "sched_setscheduler"):
        return "default: not supported by this system"
    former, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(priority))
    except OSError as error:
        return f"default: {errno.errorcode.get(error.errno or 0, error)}"
    if at_end is not None:
        at_end(_restore_scheduler, former, parameters)
    return f"SCHED_FIFO {priority}"


def _restore_scheduler(policy: int, parameters: os.sched_param) -> None:
    # Clearing reset-on-fork needs a capability that a limit on real-time priority alone does not give.
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, policy | os.SCHED_RESET_ON_FORK, parameters)
        os.sched_setscheduler(0, policy, parameters)


def _request_timer_slack(at_end: Callable[..., object]) -> str:
    """Timers of the default class may be late by their slack, 50 us unless set."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None) if sys.platform == "linux" else None
    if prctl is None or prctl(_PR_SET_TIMERSLACK, ctypes.c_ulong(_TIMER_SLACK_NS)) != 0:
        return "default"
    at_end(prctl, _PR_SET_TIMERSLACK, ctypes.c_ulong(0))  # 0: back to the default of the thread
    return f"{_TIMER_SLACK_NS} ns"


def _still_collector(at_end: Callable[..., object]) -> str:
    """No collection may stop the sender; what is alive now is left out of the next ones."""
    if not gc.isenabled():
        return "off"
    gc.collect()
    gc.freeze()
    gc.disable()
    at_end(gc.enable)
    at_end(gc.unfreeze)
    return "frozen"
