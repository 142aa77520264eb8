"""What makes a kernel run: virtual time jumps from event to event, real time waits for the clock.

Both drives offer the same calls to the thread of the case, so that a case reads the same in both worlds.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from harness.bench.kernel import Kernel
from harness.bench.links import PortLink
from harness.bench.realtime import Wakeup, realtime_class
from harness.core import HarnessError, Pdu, RigError

__all__ = ["Drive", "RealDrive", "VirtualDrive"]

T = TypeVar("T")


def _nothing() -> None:
    pass


class Drive(Protocol):
    """Runs a kernel for the thread of a case."""

    kernel: Kernel

    @property
    def info(self) -> Mapping[str, str]:
        """How time was kept, for the evidence."""
        ...

    lateness_ns: int
    """How late the latest event was, since the start or since this was last set to 0; always 0 in virtual time."""

    def start(self, opened: Callable[[], None] = _nothing) -> None:
        """Start the nodes; time begins. *opened* is called before that, once ports can be written to."""
        ...

    def now_ns(self) -> int:
        """Time since the start of the run."""
        ...

    def call(self, action: Callable[[], T]) -> T:
        """Run *action* between two events, then let every steered node act on it."""
        ...

    def run_until(self, t_ns: int, stop: Callable[[], bool] | None = None) -> bool:
        """Let time pass up to *t_ns*, or until *stop* says so after something new on the trace; whether it did.

        Raises:
            NodeError: a node raised. RemoteProtocolError: a machine of the tester saw a violation.
        """
        ...

    def close(self, closing: Callable[[], None] = _nothing) -> None:
        """Time ends. *closing* is called after the last transmission, while ports can be written to. Safe to call twice."""
        ...


class VirtualDrive:
    """The thread of the case pumps the kernel; time jumps to the next event."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.info: Mapping[str, str] = {"time": "virtual"}
        self.lateness_ns = 0

    def start(self, opened: Callable[[], None] = _nothing) -> None:
        self.kernel.start()

    def now_ns(self) -> int:
        return self.kernel.now_ns

    def call(self, action: Callable[[], T]) -> T:
        return action()

    def run_until(self, t_ns: int, stop: Callable[[], bool] | None = None) -> bool:
        return self.kernel.run_until(t_ns, stop)

    def close(self, closing: Callable[[], None] = _nothing) -> None:
        """Nothing runs on its own in virtual time."""


class RealDrive:
    """One pump thread runs the kernel on the monotonic clock; ports hand in what they receive.

    The pump is the only thread that touches nodes and links, and the only one that sends. The thread of the
    case takes the same lock for everything it reads or changes. The pump asks for a real-time class and
    records what it got.
    """

    def __init__(self, kernel: Kernel, ports: Mapping[str, PortLink]) -> None:
        self.kernel = kernel
        kernel.strict = False
        self._ports = ports
        self._lock = threading.RLock()
        self._progress = threading.Condition(self._lock)
        self._wakeup = Wakeup()
        self._inbox: deque[tuple[PortLink, Pdu, int, int | None, bool]] = deque()
        self._failure: BaseException | None = None
        self._told = False
        self._ready = threading.Event()
        self._stop: Callable[[], bool] | None = None
        self._stopped = False
        self._closing = False
        self._epoch_ns = 0
        self.lateness_ns = 0
        self._thread: threading.Thread | None = None
        self._info: dict[str, str] = {"time": "real"}

    @property
    def info(self) -> Mapping[str, str]:
        return self._info

    def start(self, opened: Callable[[], None] = _nothing) -> None:
        """Open the ports, start the nodes and the pump. What came in before the nodes start is no part of the run.

        Raises:
            ConfigError: a port cannot be opened; those opened before it are closed again.
        """
        ready: list[PortLink] = []
        try:
            for link in self._ports.values():
                link.port.open(self._sink(link))
                ready.append(link)
        except BaseException:
            for link in ready:
                link.port.close()
            raise
        try:
            opened()
            self._start_pump()
        except BaseException:
            self.close(opened)
            raise

    def _start_pump(self) -> None:
        """Time begins when the pump is ready, or getting ready would make the first frames late."""
        self._thread = threading.Thread(target=self._pump, name="precert-pump", daemon=True)
        with self._lock:
            self._thread.start()
            self._ready.wait()
            self._epoch_ns = time.monotonic_ns()
            self.kernel.start()
        self._wakeup.notify()

    def now_ns(self) -> int:
        return time.monotonic_ns() - self._epoch_ns

    def call(self, action: Callable[[], T]) -> T:
        with self._lock:
            self._check()
            # What an action arms or sends is due now, not at the last event of the pump.
            self.kernel.now_ns = self.kernel.due_ns = max(self.kernel.now_ns, self.now_ns())
            result = action()
        self._wakeup.notify()
        return result

    def run_until(self, t_ns: int, stop: Callable[[], bool] | None = None) -> bool:
        with self._progress:
            self._check()
            if stop is not None and stop():
                return True
            # The pump asks, so that the thread of the case sleeps through everything that does not concern it.
            self._stop, self._stopped = stop, False
            try:
                while not self._stopped and (left_ns := t_ns - self.now_ns()) > 0:
                    self._progress.wait(left_ns / 1e9)
                    self._check()
            finally:
                self._stop = None
            return self._stopped

    def close(self, closing: Callable[[], None] = _nothing) -> None:
        with self._lock:
            self._closing = True
        self._wakeup.notify()
        try:
            if self._thread is not None:
                self._thread.join()
                self._thread = None
                closing()
                if not self._told:
                    # What broke after the last wait of the case must not get lost.
                    self._check()
        finally:
            for link in self._ports.values():
                link.port.close()

    def _sink(self, link: PortLink) -> Callable[[Pdu, int, int | None, bool], None]:
        def sink(pdu: Pdu, host_ns: int, interface_ns: int | None, echo: bool) -> None:
            self._inbox.append((link, pdu, host_ns, interface_ns, echo))
            self._wakeup.notify()

        return sink

    def _pump(self) -> None:
        try:
            with realtime_class() as obtained:
                self._info.update(obtained)
                self._ready.set()
                while not self._closing:
                    self._wakeup.wait_until(self._turn())
        except Exception as error:
            self._ready.set()
            with self._progress:
                self._failure = error
                self._progress.notify_all()

    def _turn(self) -> int | None:
        """Do all that is due; return the monotonic instant of the next event."""
        with self._progress:
            before = len(self.kernel.trace)
            while self._inbox:
                link, pdu, host_ns, interface_ns, echo = self._inbox.popleft()
                if host_ns < self._epoch_ns:
                    continue
                self.kernel.now_ns = self.kernel.due_ns = max(self.kernel.now_ns, self.now_ns())
                link.arrive(pdu, host_ns - self._epoch_ns, interface_ns, echo)
            # What falls due meanwhile is left to the next turn, so that the thread of the case gets the lock.
            until_ns = self.now_ns()
            while (next_ns := self.kernel.next_event_ns()) is not None and next_ns <= until_ns:
                self.kernel.step(self.now_ns())
                self.lateness_ns = max(self.lateness_ns, self.kernel.now_ns - self.kernel.due_ns)
            if self._stop is not None and len(self.kernel.trace) != before and self._stop():
                self._stop, self._stopped = None, True
                self._progress.notify_all()
            next_ns = self.kernel.next_event_ns()
        return None if next_ns is None else next_ns + self._epoch_ns

    def _check(self) -> None:
        self._told = self._failure is not None
        if isinstance(self._failure, HarnessError):
            raise self._failure
        if self._failure is not None:
            raise RigError(f"the bench stopped: {type(self._failure).__name__}: {self._failure}") from self._failure
