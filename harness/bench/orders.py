"""Which records of an instant were there before an order of the case, and which came of it.

In virtual time a wait may end at the very instant at which the case then gives an order, and what the order causes may be of that
instant as well. Times alone do not tell both apart when a case is judged again from its recording, so the bench notes such orders.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.core import Trace

__all__ = ["Mark", "OrderBook", "marks_from"]


@dataclass(frozen=True, slots=True)
class Mark:
    """An order with something of its own instant behind it."""

    number: int
    """Counts the orders of a case from 1."""
    t_ns: int
    before: Mapping[str, int]
    """How many records each link had carried when it was given."""


class OrderBook:
    """Takes note of orders while a case runs."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._given = 0
        self._stood_ns = -1
        self._marks: list[Mark] = []

    def stood(self, t_ns: int) -> None:
        """A wait was over because its time was, at *t_ns*: everything of that instant had been seen."""
        self._stood_ns = t_ns

    def given(self, now_ns: int) -> None:
        """The case is about to give an order."""
        self._given += 1
        if now_ns != self._stood_ns:
            return
        before = self._trace.counts()
        if self._marks and (self._marks[-1].t_ns, self._marks[-1].before) == (now_ns, before):
            self._marks.pop()  # Nothing happened since the order before: one mark behind both is enough.
        self._marks.append(Mark(self._given, now_ns, before))

    def text(self) -> str:
        """The marks that matter: those with later records of the same instant; empty for none."""
        latest: dict[tuple[str, int], int] = {}
        instants = {mark.t_ns for mark in self._marks}
        for record in self._trace if instants else ():
            if record.t_ns in instants:
                latest[record.link, record.t_ns] = record.number
        told = [
            mark for mark in self._marks
            if any(number > mark.before.get(link, 0) for (link, t_ns), number in latest.items() if t_ns == mark.t_ns)
        ]  # fmt: skip
        return "; ".join(f"{mark.number} {mark.t_ns} {' '.join(f'{link}={count}' for link, count in mark.before.items())}" for mark in told)


def marks_from(text: str) -> list[Mark]:
    """The marks in what :meth:`OrderBook.text` gave.

    Raises:
        ValueError: it is something else.
    """
    marks = []
    for part in filter(None, text.split("; ")):
        number, t_ns, *counts = part.split(" ")
        before = {link: int(count) for link, _, count in (each.rpartition("=") for each in counts if each)}
        marks.append(Mark(int(number), int(t_ns), before))
    return marks
