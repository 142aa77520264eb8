"""A server with a unit around it that only remembers what it is told, and time that only passes when a test lets it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from harness.core import ms
from harness.protocols.uds.server import EXTENDED, Contents, DataRow, Deviations, Routine, Server, ServerTiming, TroubleRow


@dataclass
class PlainUnit:
    """Implements ``harness.protocols.uds.server.Unit``."""

    rows: list[TroubleRow] = field(
        default_factory=lambda: [TroubleRow(0x0A1000, 0x0D, 0x80, b"\x01\xf4\x0d\x00", 3), TroubleRow(0x0A1100, 0)]
    )
    drives: bool = False
    resets: list[int] = field(default_factory=list)
    cleared: list[int] = field(default_factory=list)
    written: list[bytes] = field(default_factory=list)

    def troubles(self) -> Sequence[TroubleRow]:
        return self.rows

    def may_clear(self) -> bool:
        return not self.drives

    def clear_troubles(self, now_ns: int) -> None:
        self.cleared.append(now_ns)

    def reset(self, now_ns: int) -> None:
        self.resets.append(now_ns)

    def settings_changed(self, now_ns: int) -> None:
        pass


class Bench:
    """The server of a unit and its clock."""

    def __init__(self, **options: object) -> None:
        self.unit = PlainUnit()
        contents = Contents(
            (
                DataRow(0xF190, lambda: b"LZZTEST01A1234567"),
                DataRow(0xF18C, lambda: b"VCU00001"),
                DataRow(0x0210, lambda: b"\1\2\3\4", self.unit.written.append, 4, frozenset((EXTENDED,))),
            ),
            (Routine(0x0203, takes_ns=ms(4500)), Routine(0x0301, needs_access=True)),
        )
        self.server = Server(self.unit, contents, **options)  # type: ignore[arg-type]
        self.now_ns = 0
        self.server.start(0)

    def ask(self, data: str, *, functional: bool = False) -> list[str]:
        """Everything that comes to a request, hex digits, until the server is done with it."""
        found = self.server.receive(self.now_ns, bytes.fromhex(data), functional=functional)
        while self.server.is_working and (due_ns := self.server.next_deadline_ns()) is not None:
            self.now_ns = due_ns
            found += self.server.handle_timers(due_ns)
        return [answer.hex() for answer in found]

    def run(self, for_ns: int) -> None:
        """Let time pass."""
        until_ns = self.now_ns + for_ns
        while (due_ns := self.server.next_deadline_ns()) is not None and due_ns <= until_ns:
            self.now_ns = due_ns
            self.server.handle_timers(due_ns)
        self.now_ns = until_ns


@pytest.fixture
def bench() -> Callable[..., Bench]:
    """Make a server; the options are those of ``Server``."""
    return Bench


__all__ = ["Bench", "Deviations", "PlainUnit", "ServerTiming"]
