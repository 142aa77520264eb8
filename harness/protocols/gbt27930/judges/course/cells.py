"""F5 and F7 for packs of more than 256 cells: BMV tells of them in groups, each group in a message of its own.

A pack whose BMV all carry one group number is none of these; then nothing is judged here. A group number is
carried by every cell; the numbers begin anywhere and count up by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from harness.core.check import Check, judge_number, judge_quality
from harness.core.decision import Criterion
from harness.core.durations import ns_in
from harness.core.limit import Limit
from harness.core.message import Message
from harness.protocols.gbt27930.judges.course.lives import end_of_run
from harness.protocols.gbt27930.judges.view import View, place, severity_of
from harness.protocols.gbt27930.sessions.split import Attempt

__all__ = ["group_of", "judge_cell_groups"]

_DECLARED = "cells_in_series"
"""PIXIT value: of how many cells BMV tells in all."""


@dataclass(frozen=True, slots=True)
class _Round:
    """What BMV told in one attempt."""

    attempt: Attempt
    messages: list[Message]

    @property
    def numbers(self) -> list[int]:
        """Every group number that came."""
        return sorted({number for message in self.messages for number in _numbers(message)})

    @property
    def cells(self) -> dict[int, int]:
        """Cells of each group, as its last message told."""
        return {group_of(message): len(message.data) // 2 for message in self.messages}


def group_of(message: Message) -> int:
    """Group number of the first cell of a BMV."""
    return message.data[1] >> 4 if len(message.data) > 1 else 0


def judge_cell_groups(view: View) -> Iterator[Check]:
    """One check for numbers, sizes, spacing and completeness of the groups, and one for the group that BCS names."""
    limit, period = view.limit("judge.cells_per_group"), view.limit("period.BMV")
    if limit is None or limit.value is None or not view.named.get("BMV"):
        return
    told = [_Round(attempt, messages) for attempt in view.attempts() if (messages := _told(attempt))]
    declared = view.context.declared.get(_DECLARED)
    for found in told:
        if isinstance(declared, int | float) and period is not None and _is_whole(found, period):
            yield _completeness(found, int(declared))
    grouped = [found for found in told if len(found.numbers) > 1]
    for found in grouped:
        yield _numbering(found)
        yield _sizes(found, limit)
        yield from _spacing(view, found, period)
        yield from _named_by_bcs(found)


def _told(attempt: Attempt) -> list[Message]:
    return [event.message for event in attempt.events if event.word == "BMV" and len(event.message.data) > 1]


def _numbers(message: Message) -> set[int]:
    return {byte >> 4 for byte in message.data[1::2]}


def _is_whole(found: _Round, period: Limit) -> bool:
    """The charge went on long enough after the first BMV for every group to come."""
    return end_of_run(found.attempt, "BMV.RTS") - found.messages[0].start_ns >= period.upper_ns


def _numbering(found: _Round) -> Check:
    mixed = [message for message in found.messages if len(_numbers(message)) > 1]
    numbers = found.numbers
    holes = numbers != list(range(numbers[0], numbers[0] + len(numbers)))
    shown = (mixed or found.messages)[0]
    text = f"{len(mixed)} messages with cells of several groups, " if mixed else ""
    return judge_quality(
        "F7 BMV group numbers",
        not mixed and not holes,
        observed=f"{text}groups {', '.join(map(str, numbers))}",
        expected="one number in each message, counted up by one",
        frames=place(shown)[1],
        t_ns=shown.t_ns,
        occurrences=len(mixed) or int(holes),
    )


def _sizes(found: _Round, limit: Limit) -> Check:
    """Only the last group may have fewer cells than a message can carry."""
    cells, full = found.cells, int(limit.value or 0)
    wrong = [number for number in sorted(cells)[:-1] if cells[number] != full] + [number for number in cells if cells[number] > full]
    return judge_quality(
        "F7 BMV group sizes",
        not wrong,
        observed=", ".join(f"group {number}: {cells[number]} cells" for number in sorted(cells)),
        expected=f"{full} cells in every group but the last",
        severity=severity_of(limit),
        frames=place(found.messages[0])[1],
        t_ns=found.messages[0].t_ns,
        occurrences=len(wrong),
    )


def _completeness(found: _Round, declared: int) -> Check:
    cells = found.cells
    groups = " + ".join(str(cells[number]) for number in sorted(cells))
    return judge_number(
        "F7 BMV cells",
        Decimal(sum(cells.values())),
        Criterion(Decimal(declared), Decimal(declared), "1"),
        note=f"over all groups ({groups}), declared {declared}",
        frames=place(found.messages[0])[1],
        t_ns=found.messages[0].t_ns,
    )


def _spacing(view: View, found: _Round, period: Limit | None) -> Iterator[Check]:
    """The groups are spread over the period: one follows the other after its fraction."""
    if period is None or period.lower is None or period.upper is None:
        return
    # A transfer that was not completed has no group; the distance across it is that of two.
    pairs = [(a, b) for a, b in pairwise(found.messages) if group_of(a) != group_of(b)]
    if not pairs or view.context.time_base is None:
        return
    share = Decimal(len(found.numbers))
    criterion = Criterion(period.lower / share, period.upper / share, period.unit)
    middle = (period.lower + period.upper) / 2 / share
    before, after = max(pairs, key=lambda pair: abs(ns_in(pair[1].start_ns - pair[0].start_ns, period.unit) - middle))
    length_ns = after.start_ns - before.start_ns
    yield judge_number(
        "F5 BMV spacing of groups",
        ns_in(length_ns, period.unit),
        criterion,
        uncertainty=view.uncertainty(length_ns, period.unit),
        rule=view.context.rule,
        severity=severity_of(period),
        note=f"the period over {share} groups; {len(pairs)} intervals",
        frames=place(after)[1] + place(before)[1],
        t_ns=after.t_ns,
    )


def _named_by_bcs(found: _Round) -> Iterator[Check]:
    """The group of the highest cell is one of those that BMV tells of."""
    told = [event.message for event in found.attempt.events if event.word == "BCS"]
    named = [(message, group) for message in told if isinstance(group := message.values.get("max_cell_group"), int)]
    if named:
        wrong = [(message, group) for message, group in named if group not in found.numbers]
        message, group = (wrong or named)[0]
        yield judge_quality(
            "F7 BCS group of the highest cell",
            not wrong,
            observed=f"{group}",
            expected=f"one of {', '.join(map(str, found.numbers))}, the groups of BMV",
            frames=place(message)[1],
            t_ns=message.t_ns,
            occurrences=len(wrong),
        )
