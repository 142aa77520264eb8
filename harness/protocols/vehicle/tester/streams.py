"""What the tester sends over a time: a flood, a message of another controller again and again, a recording."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from harness.core import Frame

__all__ = ["Flood", "Played", "Repeated", "Stream"]


class Stream(Protocol):
    """Frames with the instants at which they are due."""

    @property
    def next_ns(self) -> int | None:
        """When the next frame is due, ``None`` at the end."""
        ...

    def frames(self, now_ns: int) -> list[Frame]:
        """The frames that are due."""
        ...


@dataclass(slots=True)
class Flood:
    """Frames in turn, so many a second, for so long."""

    rows: Sequence[Frame]
    every_ns: int
    due_ns: int
    until_ns: int
    sent: int = 0

    @property
    def next_ns(self) -> int | None:
        return self.due_ns if self.due_ns < self.until_ns else None

    def frames(self, now_ns: int) -> list[Frame]:
        out = []
        while self.due_ns <= now_ns and self.due_ns < self.until_ns:
            out.append(self.rows[self.sent % len(self.rows)])
            self.sent += 1
            self.due_ns += self.every_ns
        return out


@dataclass(slots=True)
class Repeated:
    """One frame after the other from a function of their number, for ever; ``None``: that one is left out."""

    make: Callable[[int], Frame | None]
    every_ns: int
    due_ns: int
    number: int = 0

    @property
    def next_ns(self) -> int | None:
        return self.due_ns

    def frames(self, now_ns: int) -> list[Frame]:
        out = []
        while self.due_ns <= now_ns:
            if (frame := self.make(self.number)) is not None:
                out.append(frame)
            self.number += 1
            self.due_ns += self.every_ns
        return out


@dataclass(slots=True)
class Played:
    """Frames at given times after the begin, in order."""

    rows: Sequence[tuple[int, Frame]]
    begin_ns: int
    at: int = 0

    @property
    def next_ns(self) -> int | None:
        return self.begin_ns + self.rows[self.at][0] if self.at < len(self.rows) else None

    def frames(self, now_ns: int) -> list[Frame]:
        out = []
        while (due_ns := self.next_ns) is not None and due_ns <= now_ns:
            out.append(self.rows[self.at][1])
            self.at += 1
        return out
