"""Deviations of the course: which events come, in which order, and after what time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from harness.analyse.comparison.deviation import Deviation, Sight
from harness.analyse.comparison.side import Side
from harness.core import Message, format_s

__all__ = ["compare_delays", "compare_order"]


def compare_order(good: Side, bad: Side, slack_ns: int) -> Iterator[Deviation]:
    """Events that are missing, new, or earlier than another by more than *slack_ns*."""
    here_first, there_first = bad.first, good.first
    before: str | None = None
    previous: str | None = None
    for word, message in there_first.items():
        here = here_first.get(word)
        if here is None:
            yield _missing(good, bad, word, before)
            continue
        if previous and here_first[previous].t_ns - here.t_ns > slack_ns:
            parts = {"word": word, "before": previous, "delay": format_s(here_first[previous].t_ns - here.t_ns)}
            yield Deviation("order", bad.since(here), "early", parts, good.sight(word, message), bad.sight(word, here))
        else:
            previous = word
        before = word
    for word, message in here_first.items():
        if word not in there_first:
            yield Deviation("order", bad.since(message), "new", {"word": word}, _next_step(good, bad, message), bad.sight(word, message))


def _missing(good: Side, bad: Side, word: str, before: str | None) -> Deviation:
    """*word* never comes; *before* is the last common event that the good session has before it."""
    message = good.first[word]
    if before is None:
        due_ns, key, parts = good.since(message), "missing", {"word": word}
    else:
        delay_ns = message.t_ns - good.first[before].t_ns
        due_ns = bad.since(bad.first[before]) + delay_ns
        key, parts = "missing_after", {"word": word, "before": before, "delay": format_s(delay_ns)}
    due_ns = min(due_ns, bad.length_ns)
    return Deviation("order", due_ns, key, parts, good.sight(word, message), bad.last_before(due_ns))


def _next_step(good: Side, bad: Side, message: Message) -> Sight | None:
    """What the good session did where the bad one sent *message*: its next event behind the last common one."""
    there = good.first
    reached = [word for word, other in bad.first.items() if other.t_ns < message.t_ns and word in there]
    last_ns = max((there[word].t_ns for word in reached), default=-1)
    following = next(((word, other) for word, other in there.items() if other.t_ns > last_ns), None)
    return good.sight(*following) if following else good.last_before(good.length_ns)


def compare_delays(good: Side, bad: Side, slack_ns: int) -> Iterator[Deviation]:
    """Events that follow another one sooner or later than in the good session."""
    here_first, there_first = bad.first, good.first
    for before, word in pairwise(word for word in there_first if word in here_first):
        there_ns = there_first[word].t_ns - there_first[before].t_ns
        here_ns = here_first[word].t_ns - here_first[before].t_ns
        if here_ns < 0 or abs(here_ns - there_ns) <= slack_ns:
            continue
        at_ns = bad.since(here_first[before]) + min(here_ns, there_ns + slack_ns)
        parts = {"word": word, "before": before, "here": format_s(here_ns), "there": format_s(there_ns)}
        yield Deviation("timing", at_ns, "delay", parts, good.sight(word, there_first[word]), bad.sight(word, here_first[word]))
