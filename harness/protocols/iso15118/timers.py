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

    def arm(self, name: str, deadline_ns: int) -> None:
        """Set or move the deadline of *name*."""
        self._deadlines.pop(name, None)
        self._deadlines[name] = deadline_ns
        self._next = min(self._deadlines.values())

    def cancel(self, *names: str) -> None:
        """Disarm *names*; those not armed stay so."""
        for name in names:
            self._deadlines.pop(name, None)
        self._next = min(self._deadlines.values(), default=None)

    def clear(self) -> None:
        """Disarm all."""
        self._deadlines.clear()
        self._next = None

    def is_armed(self, name: str) -> bool:
        """Whether *name* has a deadline."""
        return name in self._deadlines

    def armed(self) -> tuple[str, ...]:
        """Names that have a deadline, in the order of their arming."""
        return tuple(self._deadlines)

    def next_deadline_ns(self) -> int | None:
        """The earliest deadline, ``None`` if nothing is armed."""
        return self._next

    def take_due(self, now_ns: int) -> str | None:
        """Disarm and return the first timer that is due by *now_ns*, ``None`` if there is none."""
        if self._next is None or self._next > now_ns:
            return None
        name = min(self._deadlines, key=self._deadlines.__getitem__)
        self.cancel(name)
        return name
