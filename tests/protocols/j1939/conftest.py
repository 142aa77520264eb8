"""A wire without delay between two transports, in virtual time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.core import Frame
from harness.protocols.j1939 import Transport, TransportEvent, TransportMessage

LIMIT = 20_000


class Exchange:
    """Transports on one wire; every frame reaches all the others at the instant it was sent."""

    def __init__(self, *transports: Transport) -> None:
        self.transports = transports
        self.now_ns = 0
        self.log: list[tuple[int, Frame]] = []
        self.events: dict[int, list[TransportEvent]] = {t.address: [] for t in transports}
        self.received: dict[int, list[TransportMessage]] = {t.address: [] for t in transports}

    def carry(self, sender: Transport | None, frames: list[Frame]) -> None:
        """Deliver *frames* and whatever they cause."""
        queue = [(sender, frame) for frame in frames]
        while queue:
            origin, frame = queue.pop(0)
            self.log.append((self.now_ns, frame))
            assert len(self.log) < LIMIT, "the transports talk for ever"
            for other in self.transports:
                if other is not origin:
                    queue += [(other, answer) for answer in other.receive(self.now_ns, frame)]

    def step(self) -> bool:
        """Jump to the next deadline and fire it; ``False`` if there is none."""
        deadlines = [d for t in self.transports if (d := t.next_deadline_ns()) is not None]
        if not deadlines:
            return False
        assert min(deadlines) >= self.now_ns, "a deadline in the past"
        self.now_ns = min(deadlines)
        for transport in self.transports:
            deadline_ns = transport.next_deadline_ns()
            if deadline_ns is not None and deadline_ns <= self.now_ns:
                self.carry(transport, transport.handle_timers(self.now_ns))
        return True

    def run(self, until_ns: int | None = None) -> None:
        """Run until nothing is open, or up to *until_ns*."""
        steps = 0
        while until_ns is None or any((d := t.next_deadline_ns()) is not None and d <= until_ns for t in self.transports):
            steps += 1
            assert steps < LIMIT, "the transports never come to an end"
            if not self.step():
                break
        if until_ns is not None:
            self.now_ns = until_ns
        for transport in self.transports:
            self.events[transport.address] += transport.take_events()
            self.received[transport.address] += transport.take_received()

    def kinds(self, address: int) -> list[str]:
        """Names of the events of one transport."""
        return [event.kind.name for event in self.events[address]]

    def lines(self) -> list[str]:
        """The log as ``ms ID#DATA``."""
        return [f"{t / 1e6:g} {frame}" for t, frame in self.log]

    def packets(self) -> list[int]:
        """Sequence numbers of all TP.DT, in order."""
        return [frame.data[0] for _, frame in self.log if frame.can_id >> 16 & 0xFF == 0xEB]

    def controls(self, first_byte: int) -> list[tuple[int, bytes]]:
        """Time in ms and payload of the TP.CM frames that begin with *first_byte*."""
        return [(t // 1_000_000, f.data) for t, f in self.log if f.can_id >> 16 & 0xFF == 0xEC and f.data[0] == first_byte]


@pytest.fixture(scope="session")
def exchange() -> Callable[..., Exchange]:
    """Puts transports on one wire."""
    return Exchange
