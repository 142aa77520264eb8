"""Two transports on one bus, with time that only passes when a test lets it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from harness.core import Frame
from harness.protocols.isotp import Event, Transport, normal

BUS_NS = 500_000
"""What a frame takes on the bus."""


@dataclass
class Wire:
    """A bus with two transports; frames arrive a while after they were sent."""

    client: Transport
    server: Transport
    now_ns: int = 0
    log: list[tuple[int, Frame]] = field(default_factory=list)
    events: dict[str, list[Event]] = field(default_factory=lambda: {"client": [], "server": []})
    lose: Callable[[Frame, int], bool] = lambda frame, index: False
    """Which frames get lost, with their position in the log."""
    _under_way: list[tuple[int, str, Frame]] = field(default_factory=list)

    def put(self, sender: str, frames: list[Frame]) -> None:
        """Transmit what a side gave."""
        for frame in frames:
            self.log.append((self.now_ns, frame))
            if not self.lose(frame, len(self.log) - 1):
                self._under_way.append((self.now_ns + BUS_NS, "server" if sender == "client" else "client", frame))
        self._collect()

    def run(self, until_ns: int) -> None:
        """Let time pass."""
        sides = {"client": self.client, "server": self.server}
        while True:
            due = [(t_ns, 0, name) for t_ns, name, _ in self._under_way[:1]]
            due += [(t_ns, 1, name) for name, side in sides.items() if (t_ns := side.next_deadline_ns()) is not None]
            if not due or min(due)[0] > until_ns:
                break
            t_ns, kind, name = min(due)
            self.now_ns = max(self.now_ns, t_ns)
            if kind == 0:
                _, name, frame = self._under_way.pop(0)
                self.put(name, sides[name].receive(self.now_ns, frame))
            else:
                self.put(name, sides[name].handle_timers(self.now_ns))
        self.now_ns = until_ns

    def frames(self, can_id: int) -> list[tuple[int, bytes]]:
        """Instants and data of the frames with an identifier."""
        return [(t_ns, frame.data) for t_ns, frame in self.log if frame.can_id == can_id]

    def _collect(self) -> None:
        self.events["client"] += self.client.events()
        self.events["server"] += self.server.events()


@pytest.fixture
def wire() -> Callable[..., Wire]:
    """Make a bus; the options are those of both transports, or of one with ``client=`` and ``server=``."""

    def make(client: dict[str, object] | None = None, server: dict[str, object] | None = None, **both: object) -> Wire:
        ours = Transport(normal(0x7E0, 0x7E8), to_all=0x7DF, **{**both, **(client or {})})  # type: ignore[arg-type]
        theirs = Transport(normal(0x7E8, 0x7E0), from_all=0x7DF, **{**both, **(server or {})})  # type: ignore[arg-type]
        return Wire(ours, theirs)

    return make
