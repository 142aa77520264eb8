"""Nodes that do what a test tells them, and a port that is a list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import pytest

from harness.core import ConfigError, Pdu


class Script:
    """Sends PDUs at given instants, answers what it hears, remembers both."""

    def __init__(
        self,
        name: str,
        sends: Iterable[tuple[int, Pdu]] = (),
        reply: Callable[[int, Pdu], Sequence[Pdu]] | None = None,
    ) -> None:
        self.name = name
        self.plan = sorted(sends, key=lambda row: row[0])
        self.reply = reply
        self.heard: list[tuple[int, Pdu]] = []
        self.fired: list[int] = []
        self.started: list[int] = []

    def start(self, now_ns: int) -> list[Pdu]:
        self.started.append(now_ns)
        return []

    def receive(self, now_ns: int, pdu: Pdu) -> Sequence[Pdu]:
        self.heard.append((now_ns, pdu))
        return self.reply(now_ns, pdu) if self.reply else []

    def next_deadline_ns(self) -> int | None:
        return self.plan[0][0] if self.plan else None

    def handle_timers(self, now_ns: int) -> list[Pdu]:
        self.fired.append(now_ns)
        due = [pdu for t_ns, pdu in self.plan if t_ns <= now_ns]
        self.plan = [row for row in self.plan if row[0] > now_ns]
        return due


class Cyclic:
    """Sends one PDU per period, for ever."""

    def __init__(self, name: str, period_ns: int, pdu: Pdu, first_ns: int | None = None) -> None:
        self.name = name
        self.period_ns = period_ns
        self.pdu = pdu
        self.due_ns = period_ns if first_ns is None else first_ns

    def start(self, now_ns: int) -> list[Pdu]:
        return []

    def receive(self, now_ns: int, pdu: Pdu) -> list[Pdu]:
        return []

    def next_deadline_ns(self) -> int:
        return self.due_ns

    def handle_timers(self, now_ns: int) -> list[Pdu]:
        self.due_ns += self.period_ns
        return [self.pdu]


class FakePort:
    """Keeps what is sent; a test feeds ``sink`` by hand."""

    def __init__(self, *, echoes: bool = False, refuses: bool = False) -> None:
        self.echoes = echoes
        self.refuses = refuses
        self.info: Mapping[str, str] = {"interface": "fake"}
        self.sent: list[Pdu] = []
        self.opened = 0
        self.closed = 0
        self.sink: Callable[[Pdu, int, int | None, bool], None] | None = None

    def open(self, sink: Callable[[Pdu, int, int | None, bool], None]) -> None:
        if self.refuses:
            raise ConfigError("fake0: no such device")
        self.opened += 1
        self.sink = sink

    def send(self, pdu: Pdu) -> None:
        self.sent.append(pdu)

    def dropped(self) -> int:
        return 0

    def close(self) -> None:
        self.closed += 1


@pytest.fixture(scope="session")
def script() -> type[Script]:
    return Script


@pytest.fixture(scope="session")
def cyclic() -> type[Cyclic]:
    return Cyclic


@pytest.fixture(scope="session")
def fake_port() -> type[FakePort]:
    return FakePort
