"""Named deadlines of a machine: armed, cancelled, and taken one by one when they are due."""

from __future__ import annotations

__all__ = ["Timers"]


class Timers:
    """Deadlines by name. Of equal deadlines the one that was armed first is due first.

    A timer that is taken is no longer armed; one that is cancelled, by the reaction to another timer of the same instant too, never
    becomes due.
    """

    def __init__(self) -> None:
        self._deadlines: dict[str, int] = {}
        self._next: int | None = None
        self._stale = False

    def arm(self, name: str, deadline_ns: int) -> None:
        """Set or move the deadline of *name*."""
        self._deadlines.pop(name, None)
        self._deadlines[name] = deadline_ns
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

    def armed(self) -> tuple[str, ...]:
        """Names that have a deadline, in the order of their arming."""
        return tuple(self._deadlines)

    def next_deadline_ns(self) -> int | None:
        """The earliest deadline, ``None`` if nothing is armed."""
        if self._stale:
            self._next = min(self._deadlines.values(), default=None)
            self._stale = False
        return self._next

    def take_due(self, now_ns: int) -> str | None:
        """Disarm and return the first timer that is due by *now_ns*, ``None`` if there is none."""
        deadline = self.next_deadline_ns()
        if deadline is None or deadline > now_ns:
            return None
        name = min(self._deadlines, key=self._deadlines.__getitem__)
        self.cancel(name)
        return name
