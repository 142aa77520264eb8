"""States that a standard tells in its messages, as lanes over time: the phase of a swap, its lock, its contactors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TypedDict

from harness.case.documents import Text
from harness.core import Message
from harness.report.strings import text

__all__ = ["Lane", "LaneRow", "Stretch", "lanes_of", "runs_of"]


_PAUSE = 3.0
"""A gap longer than this many usual gaps ends what is known."""
_SHORTEST_PAUSE_S = 0.5


class LaneRow(TypedDict):
    """One lane of ``plots.toml``."""

    of: str
    """``Message:signal``."""
    label: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """One word for as long as it was told."""

    start_s: float
    end_s: float
    word: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One state over time."""

    label: Text
    stretches: Sequence[Stretch]


def lanes_of(rows: Sequence[LaneRow], messages: Sequence[Message]) -> list[Lane]:
    """The lanes of *rows* whose messages occur."""
    found = []
    for row in rows:
        name, _, signal = row["of"].partition(":")
        told = [
            (message.t_ns / 1e9, str(message.values[signal])) for message in messages if message.name == name and signal in message.values
        ]
        if told:
            found.append(Lane(text(row["label"]), _stretches(told)))
    return found


def _stretches(told: Sequence[tuple[float, str]]) -> list[Stretch]:
    """A word lasts until another is told; the last one, and one before a pause, until its last message."""
    found: list[Stretch] = []
    pause = _pause_s([time for time, _ in told])
    begin, word = told[0]
    for (before, _), (time, each) in pairwise(told):
        if each != word or time - before > pause:
            found.append(Stretch(begin, before if time - before > pause else time, word))
            begin, word = time, each
    return [*found, Stretch(begin, told[-1][0], word)]


def runs_of(times: Sequence[float]) -> list[tuple[int, int]]:
    """What came without a pause, as ranges of indices (first, past the last); *times* are in s."""
    pause = _pause_s(times)
    begins = [index for index, (earlier, later) in enumerate(pairwise(times), 1) if later - earlier > pause]
    return list(pairwise([0, *begins, len(times)]))


def _pause_s(times: Sequence[float]) -> float:
    """From which distance on nothing is known between two messages that came at *times*."""
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return max(_PAUSE * median(gaps), _SHORTEST_PAUSE_S) if gaps else _SHORTEST_PAUSE_S
