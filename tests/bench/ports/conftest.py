"""Both ends of a wire for the tests of ports: what a sink got, and a serial CAN adapter on a pseudo-terminal."""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
import tty
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from harness.bench.port import Port
from harness.core import Pdu

GUARD_S = 20.0
"""Ends a test that would hang; no figure of the product."""


@dataclass(frozen=True)
class Arrival:
    pdu: Pdu
    host_ns: int
    interface_ns: int | None
    echo: bool


@dataclass
class Mailbox:
    """A sink that can be waited for."""

    arrivals: list[Arrival] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def sink(self, pdu: Pdu, host_ns: int, interface_ns: int | None, echo: bool) -> None:
        with self.changed:
            self.arrivals.append(Arrival(pdu, host_ns, interface_ns, echo))
            self.changed.notify_all()

    def wait(self, count: int, *, echo: bool = False) -> list[Arrival]:
        """The first *count* arrivals that are (no) echoes."""

        def seen() -> list[Arrival]:
            return [arrival for arrival in self.arrivals if arrival.echo is echo]

        with self.changed:
            arrived = self.changed.wait_for(lambda: len(seen()) >= count, GUARD_S)
            assert arrived, f"{len(seen())} of {count} arrived: {self.arrivals[-3:]}"
            return seen()[:count]


def wait_for(condition: Callable[[], object]) -> None:
    """Return as soon as *condition* holds."""
    deadline_ns = time.monotonic_ns() + int(GUARD_S * 1e9)
    pause = threading.Event()
    while not condition():
        assert time.monotonic_ns() < deadline_ns, "it never came to be"
        pause.wait(0.002)


class SerialAdapters:
    """Serial CAN adapters that share one wire, each on a pseudo-terminal, speaking the ASCII protocol of LAWICEL."""

    def __init__(self, count: int) -> None:
        self._masters: list[int] = []
        self.paths: list[str] = []
        self.commands: list[list[str]] = [[] for _ in range(count)]
        """All that each adapter was told beside frames."""
        self._slaves: list[int] = []
        for _ in range(count):
            master, slave = os.openpty()
            tty.setraw(slave)
            self._masters.append(master)
            self._slaves.append(slave)  # kept open: a master without a slave reads as hung up
            self.paths.append(os.ttyname(slave))
        self._is_open = [False] * count
        self._buffers = [b""] * count
        self._stop, self._stopping = os.pipe()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def commands_of(self, path: str) -> list[str]:
        """What the adapter at *path* was told beside frames; grows."""
        return self.commands[self.paths.index(path)]

    def inject(self, number: int, text: bytes) -> None:
        """Adapter *number* says *text* to its host."""
        os.write(self._masters[number], text)

    def unplug(self) -> None:
        """All adapters are pulled out."""
        if self._thread.is_alive():
            os.write(self._stopping, b"x")
            self._thread.join()
            for fd in (*self._slaves, *self._masters, self._stop, self._stopping):
                os.close(fd)

    def _run(self) -> None:
        while True:
            ready, _, _ = select.select([self._stop, *self._masters], [], [])
            if self._stop in ready:
                return
            for master in ready:
                number = self._masters.index(master)
                *lines, self._buffers[number] = (self._buffers[number] + os.read(master, 4096)).split(b"\r")
                for line in lines:
                    self._obey(number, line)

    def _obey(self, number: int, line: bytes) -> None:
        kind = line[:1]
        if kind and kind in b"tTrRdDbB":
            if self._is_open[number]:
                for other, is_open in enumerate(self._is_open):
                    if other != number and is_open:
                        os.write(self._masters[other], line + b"\r")
            os.write(self._masters[number], b"Z\r" if kind.isupper() else b"z\r")
            return
        if kind in (b"O", b"L", b"C"):
            self._is_open[number] = kind != b"C"
        self.commands[number].append(line.decode())
        os.write(self._masters[number], b"\r")


@pytest.fixture
def mailbox() -> Callable[[], Mailbox]:
    return Mailbox


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    return wait_for


@pytest.fixture
def adapters() -> Iterator[Callable[[int], SerialAdapters]]:
    """Makes adapters that share one wire."""
    made: list[SerialAdapters] = []

    def make(count: int) -> SerialAdapters:
        made.append(SerialAdapters(count))
        return made[-1]

    yield make
    for each in made:
        each.unplug()


@pytest.fixture
def opened() -> Iterator[Callable[[Port], Mailbox]]:
    """Opens a port into a mailbox; closes it after the test."""
    ports: list[Port] = []

    def open_into_mailbox(port: Port) -> Mailbox:
        box = Mailbox()
        port.open(box.sink)
        ports.append(port)
        return box

    yield open_into_mailbox
    for port in ports:
        with contextlib.suppress(OSError):
            port.close()
