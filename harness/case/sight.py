"""What was seen on one link of a bench so far, decoded: messages, frames, levels of lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from harness.case.running import RunningBench
from harness.core import Decoder, Direction, Frame, Level, Message, Record, format_s, s

__all__ = ["Sight", "Where", "instant"]

Where = Callable[[Message], bool]

_DISORDER_NS = s(1)
"""By how much the stamps of an interface may go back from one message to the next."""


class Sight:
    """One link, from the start of the case on. It only looks: it lets no time pass and judges nothing."""

    def __init__(self, bench: RunningBench, make_decoder: Callable[[], Decoder], link: str) -> None:
        self._bench = bench
        self._make_decoder = make_decoder
        self._decoder = make_decoder()
        self._link = link
        self._lines = frozenset(bench.lines_of(link))
        self._messages: list[Message] = []
        self._ours: set[int] = set()
        """Numbers of the frames that the tester sent on the link."""
        self._levels: dict[str, list[tuple[int, float]]] = {}

    def messages(self, name: str, *, since: Message | int = 0, where: Where | None = None) -> list[Message]:
        """All messages called *name* so far that were completed after *since* (a message or an instant)."""
        return list(self._matching(name, instant(since), where))

    def last(self, name: str) -> Message | None:
        """The latest message called *name*, ``None`` if there was none."""
        return next((message for message in reversed(self._messages) if message.name == name), None)

    def all_messages(self) -> list[Message]:
        """Everything decoded so far."""
        return list(self._messages)

    def frames(self, can_id: int, *, since: Message | int = 0) -> list[Record]:
        """Raw frames with this identifier on the link after *since* (a message or an instant)."""
        since_ns = instant(since)
        return [
            record
            for record in self._bench.trace.on(self._link)
            if record.t_ns > since_ns and isinstance(record.pdu, Frame) and record.pdu.can_id == can_id
        ]

    def records(self, *, since: Message | int = 0, where: Callable[[Record], bool] | None = None) -> list[Record]:
        """What was on the link after *since* (a message or an instant), whether it is part of a message or not."""
        since_ns = instant(since)
        return [record for record in self._bench.trace.on(self._link) if record.t_ns > since_ns and (where is None or where(record))]

    def foreign(self, *, since: Message | int = 0) -> list[Record]:
        """Frames of the tester on the link after *since* that are no part of any message of the standard."""
        since_ns = instant(since)
        known = {number for message in self._messages for number in message.frames}
        return [
            record
            for record in self._bench.trace.on(self._link)
            if record.t_ns > since_ns and record.direction is Direction.TX and record.number not in known
        ]

    def is_ours(self, message: Message) -> bool:
        """Whether a frame of *message* was sent by the tester, under whatever address it stands."""
        return not self._ours.isdisjoint(message.frames)

    def level(self, line: str) -> float | None:
        """Present level of a discrete line, ``None`` if the rig does not carry it."""
        history = self._levels.get(line)
        return history[-1][1] if history else None

    def level_changes(self, line: str) -> list[tuple[int, float]]:
        """Instants and levels of a line so far."""
        return list(self._levels.get(line, ()))

    def _matching(self, name: str, since_ns: int, where: Where | None) -> Iterator[Message]:
        for message in islice(self._messages, self._place_of(since_ns), None):
            if message.name == name and message.t_ns > since_ns and (where is None or where(message)):
                yield message

    def _place_of(self, t_ns: int) -> int:
        """Where to look for messages after *t_ns*, which a case that lasts has many before; in their order up to ``_DISORDER_NS``."""
        messages = self._messages
        place = len(messages)
        while place and messages[place - 1].t_ns > t_ns - _DISORDER_NS:
            place -= 1
        return place

    def _observe(self, record: Record) -> None:
        if isinstance(record.pdu, Level) and record.link in self._lines:
            self._levels.setdefault(record.pdu.line, []).append((record.t_ns, record.pdu.value))
        elif record.link == self._link:
            if record.direction is Direction.TX:
                self._ours.add(record.number)
            self._messages.extend(self._decoder.feed(record))

    def _silence(self) -> str:
        received = [record for record in self._bench.trace if record.direction.value == "rx" and record.link == self._link]
        if not received:
            return "nothing at all was received from the SUT"
        return f"last frame from the SUT: {received[-1].pdu} at t={format_s(received[-1].t_ns, 6)} s"


def instant(value: Message | int) -> int:
    return value if isinstance(value, int) else value.t_ns
