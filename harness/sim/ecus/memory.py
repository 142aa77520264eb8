"""The fault memory of a control unit: what is wrong now, what was, and how often; for J1939 and for UDS alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from harness.protocols.j1939.trouble import Dtc, Lamps

__all__ = ["FaultMemory", "MemoryHabits", "Trouble"]

_MOST = 126


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that can be wrong, in the words of both protocols."""

    spn: int
    fmi: int
    code: int
    """The 24-bit code of UDS."""
    lamps: Lamps = field(default_factory=Lamps)


@dataclass(frozen=True, slots=True)
class MemoryHabits:
    """How a memory does things, and what it does wrong; the defaults are right."""

    counts_up: bool = True
    """A new occurrence is counted."""
    heals: bool = True
    """What is right again is active no more."""
    forgets_stored: bool = True
    """DM3 clears what is no more."""
    comes_back: bool = True
    """What is cleared and still wrong comes back."""


_RIGHT = MemoryHabits()


@dataclass(slots=True)
class _Entry:
    trouble: Trouble
    count: int = 0
    active: bool = False
    stored: bool = False
    """It was active and is no more, or its record was kept."""
    changed_ns: int = 0


class FaultMemory:
    """Remembers troubles through loss of power. Listeners hear of every change of what is active."""

    def __init__(self, known: Iterable[Trouble], habits: MemoryHabits = _RIGHT) -> None:
        self._habits = habits
        self._entries = {(each.spn, each.fmi): _Entry(each) for each in known}
        self.on_change: list[Callable[[int], None]] = []

    def known(self) -> tuple[Trouble, ...]:
        """Everything that can be wrong."""
        return tuple(entry.trouble for entry in self._entries.values())

    def occur(self, now_ns: int, spn: int, fmi: int) -> None:
        """It is wrong from now on.

        Raises:
            KeyError: the unit knows no such trouble.
        """
        entry = self._entries[spn, fmi]
        if entry.active:
            return
        entry.active, entry.changed_ns = True, now_ns
        if self._habits.counts_up or not entry.count:
            entry.count = min(entry.count + 1, _MOST)
        self._tell(now_ns)

    def heal(self, now_ns: int, spn: int, fmi: int) -> None:
        """It is right again; the record stays.

        Raises:
            KeyError: the unit knows no such trouble.
        """
        entry = self._entries[spn, fmi]
        if entry.active and self._habits.heals:
            entry.active, entry.stored, entry.changed_ns = False, True, now_ns
            self._tell(now_ns)

    def clear_stored(self) -> None:
        """Forget what is no more (DM3)."""
        if not self._habits.forgets_stored:
            return
        for entry in self._entries.values():
            entry.stored = False
            if not entry.active:
                entry.count = 0

    def clear_active(self, now_ns: int) -> None:
        """Begin anew with what is active (DM11, UDS 14): its record goes, and comes back because it is still wrong."""
        for entry in self._entries.values():
            entry.active = entry.active and self._habits.comes_back
            entry.stored, entry.count = False, int(entry.active)
        self._tell(now_ns)

    def active(self) -> list[Dtc]:
        """What is wrong now."""
        return [_dtc(entry) for entry in self._entries.values() if entry.active]

    def stored(self) -> list[Dtc]:
        """What was wrong."""
        return [_dtc(entry) for entry in self._entries.values() if entry.stored and not entry.active]

    def lamps(self) -> Lamps:
        """Lamps of what is wrong now."""
        lit = [entry.trouble.lamps for entry in self._entries.values() if entry.active]
        names = ("malfunction", "red_stop", "amber_warning", "protect")
        return Lamps(**{name: int(any(getattr(lamps, name) == 1 for lamps in lit)) for name in names})

    def codes(self) -> list[tuple[Trouble, bool, bool]]:
        """Every known trouble, whether it is active, and whether it is stored."""
        return [(entry.trouble, entry.active, entry.stored or entry.active) for entry in self._entries.values()]

    def count(self, spn: int, fmi: int) -> int:
        """How often it occurred.

        Raises:
            KeyError: the unit knows no such trouble.
        """
        return self._entries[spn, fmi].count

    def _tell(self, now_ns: int) -> None:
        for listener in self.on_change:
            listener(now_ns)


def _dtc(entry: _Entry) -> Dtc:
    return Dtc(entry.trouble.spn, entry.trouble.fmi, entry.count)
