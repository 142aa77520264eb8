"""Named timers of a protocol machine: arm, cancel, and take what is due in a defined order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

__all__ = ["Timers", "next_on_grid"]


class Timers:
    """Deadlines by name. Of equal deadlines the name that stands earlier in *order* is due first.

    A timer that is taken is no longer armed; one that is cancelled, by the reaction to another timer of
    the same instant too, never becomes due.
    """

    def __init__(self, order: Iterable[str]) -> None:
        self._rank: Mapping[str, int] = {name: rank for rank, name in enumerate(order)}
        self._deadlines: dict[str, int] = {}
        self._next: int | None = None
        self._stale = False

    def arm(self, name: str, deadline_ns: int) -> None:
        """Set or move the deadline of *name*.

        Raises:
            KeyError: *name* does not stand in the order.
        """
        if name not in self._rank:
            raise KeyError(f"no timer is named '{name}'")
        self._deadlines[name] = deadline_ns
        self._stale = True

    def put_off(self, name: str, by_ns: int) -> None:
        """Move the deadline of *name*; nothing if it is not armed."""
        if name in self._deadlines:
            self._deadlines[name] += by_ns
            self._stale = True

    def cancel(self, *names: str) -> None:
        """Disarm *names*; those not armed stay so."""
        for name in names:
            self._deadlines.pop(name, None)
        self._stale = True

    def clear(self) -> None:
        """Disarm all."""
        self._deadlines.clear()
        self._stale = True

    def is_armed(self, name: str) -> bool:
        """Whether *name* has a deadline."""
        return name in self._deadlines

    def deadline_ns(self, name: str) -> int | None:
        """Deadline of *name*, ``None`` if not armed."""
        return self._deadlines.get(name)

    def armed(self) -> tuple[str, ...]:
        """Names that have a deadline."""
        return tuple(self._deadlines)

    def next_deadline_ns(self) -> int | None:
        """The earliest deadline, ``None`` if nothing is armed."""
        if self._stale:
            self._next = min(self._deadlines.values(), default=None)
            self._stale = False
        return self._next

    def take_due(self, now_ns: int) -> tuple[str, int] | None:
        """Disarm and return the first due timer with its deadline, ``None`` if there is none by *now_ns*."""
        deadline = self.next_deadline_ns()
        if deadline is None or deadline > now_ns:
            return None
        name = min((name for name, at_ns in self._deadlines.items() if at_ns == deadline), key=self._rank.__getitem__)
        del self._deadlines[name]
        self._stale = True
        return name, deadline


def next_on_grid(deadline_ns: int, period_ns: int, now_ns: int) -> int:
    """The next instant of a cycle after *now_ns*, on the grid of *deadline_ns*.

    Cycles that a late call missed are left out: making them up would put a burst on the bus.
    """
    return deadline_ns + period_ns * max(1, (now_ns - deadline_ns) // period_ns + 1)
