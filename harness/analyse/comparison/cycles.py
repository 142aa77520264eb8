"""Deviations of what is sent again and again: it pauses, falls silent, or goes on where it had to end.

A row of equal events (``BCL``) ends in the good session before some other event comes for the first time: that event is
its *end*. In the suspected session the row falls silent if much more time passes between its last event and the *end*,
or the end of the session, while others go on talking; it goes on too long if it is still there well after the *end*.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from harness.analyse.comparison.deviation import Cycle, Deviation
from harness.analyse.comparison.side import ANNOUNCEMENT, Side
from harness.core import Message, format_s

__all__ = ["compare_cycles"]

_CYCLIC = 3
"""From so many occurrences on, the gaps of an event tell something."""


@dataclass(frozen=True, slots=True)
class _Row:
    """The events of one word in both sessions, at least three in the good one."""

    word: str
    there: Sequence[Message]
    here: Sequence[Message]
    slack_ns: int

    @property
    def gaps(self) -> list[int]:
        """Distances in the good session."""
        return [after.t_ns - before.t_ns for before, after in pairwise(self.there)]

    @property
    def longest_ns(self) -> int:
        """What may lie between two events, the slack included."""
        return max(self.gaps) + self.slack_ns

    def cycle(self, bad: Side) -> Cycle:
        """The row as the suspected session has it, and the period of the good one."""
        return Cycle(self.word, bad.since(self.here[-1]), round(median(self.gaps)))


def compare_cycles(good: Side, bad: Side, slack_ns: int) -> Iterator[Deviation]:
    """The first pause of each row, and where it ends too early or too late, by more than *slack_ns*."""
    for word, there in good.by_word.items():
        here = bad.by_word.get(word, ())
        if len(there) >= _CYCLIC and here:
            row = _Row(word, there, here, slack_ns)
            yield from _pause(good, bad, row)
            # An announcement that goes on is told of as its message.
            if not word.endswith(ANNOUNCEMENT):
                end = _end(good, there[-1])
                yield from _falls_silent(good, bad, row, end)
                yield from _goes_on(good, bad, row, end)


def _pause(good: Side, bad: Side, row: _Row) -> Iterator[Deviation]:
    usual_ns, after = max((gap, index) for index, gap in enumerate(row.gaps))
    for a, b in pairwise(row.here):
        if b.t_ns - a.t_ns > row.longest_ns:
            parts = {"word": row.word, "here": format_s(b.t_ns - a.t_ns), "there": format_s(usual_ns)}
            at_ns = bad.since(a) + row.longest_ns
            yield Deviation("timing", at_ns, "pause", parts, good.sight(row.word, row.there[after + 1]), bad.sight(row.word, b))
            return


def _end(good: Side, last: Message) -> str | None:
    """The first event that comes for the first time after *last*; ``None``: the row goes on to the end of the session."""
    return next((word for word, message in good.first.items() if message.t_ns > last.t_ns), None)


def _falls_silent(good: Side, bad: Side, row: _Row, end: str | None) -> Iterator[Deviation]:
    last = row.here[-1]
    tail_ns = (good.first[end].t_ns if end else good.session.end_ns) - row.there[-1].t_ns
    ended = bad.first.get(end) if end else None
    if ended is not None and ended.t_ns <= last.t_ns:
        return
    until_ns = bad.session.end_ns if ended is None else ended.t_ns
    allowed_ns = max(row.longest_ns, tail_ns + row.slack_ns)
    missed_ns = last.t_ns + row.longest_ns
    # A bus on which nobody talks is a late step, not a message that stops.
    if until_ns - last.t_ns <= allowed_ns or not any(missed_ns < message.t_ns < until_ns for _, message in bad.events):
        return
    cycle = row.cycle(bad)
    parts = {"word": row.word, "last": format_s(cycle.last_seen_ns), "period": format_s(cycle.period_ns), "until": end or ""}
    key = "stops" if end else "stops_before_the_end"
    sights = good.sight(row.word, row.there[-1]), bad.sight(row.word, last)
    yield Deviation("timing", bad.since(last) + row.longest_ns, key, parts, *sights, cycle=cycle)


def _goes_on(good: Side, bad: Side, row: _Row, end: str | None) -> Iterator[Deviation]:
    ended = bad.first.get(end) if end else None
    if ended is None or end is None:
        return
    late = next((message for message in row.here if message.t_ns > ended.t_ns + row.longest_ns), None)
    if late is None:
        return
    cycle = row.cycle(bad)
    parts = {"word": row.word, "last": format_s(cycle.last_seen_ns), "period": format_s(cycle.period_ns), "until": end}
    sights = good.sight(row.word, row.there[-1]), bad.sight(row.word, late)
    yield Deviation("timing", bad.since(late), "goes_on", parts, *sights, cycle=cycle)
