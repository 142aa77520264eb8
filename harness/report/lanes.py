"""States that a standard tells in its messages, as lanes over time: the phase of a swap, its lock, its contactors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from harness.case.documents import Text
from harness.core import Message
from harness.report.strings import text

__all__ = ["Lane", "LaneRow", "Stretch", "lanes_of"]


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
    """A word lasts until another is told; the last one until its last message."""
    found: list[Stretch] = []
    begin, word = told[0]
    for time, each in told[1:]:
        if each != word:
            found.append(Stretch(begin, time, word))
            begin, word = time, each
    return [*found, Stretch(begin, told[-1][0], word)]
