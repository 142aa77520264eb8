"""The lock of a carrier: N points with a drive each, their travel, and the feedback that a break-out box may force."""

from __future__ import annotations

from harness.core import s

__all__ = ["LockPlant"]

_LOCKED, _UNLOCKED = 0.0, 1.0


class LockPlant:
    """Points start one after the other, *stagger_s* apart, and take *travel_s* each. Positions are 0 (locked) to 1 (unlocked)."""

    def __init__(self, points: int, *, travel_s: float, stagger_s: float, stuck: int = 0, lock_delay_s: float = 0.0) -> None:
        """*stuck* is the number of a point that never moves; 0: none. *lock_delay_s* passes before the first point moves to locked."""
        self._travel_ns, self._stagger_ns = s(travel_s), s(stagger_s)
        self._stuck = stuck
        self._lock_delay_ns = s(lock_delay_s)
        self._from = [_LOCKED] * points
        self._begin_ns: list[int | None] = [None] * points
        self._target = _LOCKED
        self._now_ns = 0
        self._forced: dict[int, str] = {}
        self._is_moving = False
        self._feedback = self._read()

    def order(self, now_ns: int, way: str) -> None:
        """``unlock``, ``lock``, or ``hold`` where it is."""
        self.advance(now_ns)
        self._from = [self._position(at) for at in range(len(self._from))]
        self._begin_ns = [None] * len(self._from)
        self._is_moving = way != "hold"
        self._feedback = self._read()
        if way == "hold":
            return
        self._target = _UNLOCKED if way == "unlock" else _LOCKED
        begin_ns = now_ns + (self._lock_delay_ns if way == "lock" else 0)
        moving = [at for at, position in enumerate(self._from) if position != self._target and at + 1 != self._stuck]
        for turn, at in enumerate(moving):
            self._begin_ns[at] = begin_ns + turn * self._stagger_ns

    def force(self, point: int, word: str | None) -> None:
        """The feedback of *point* (from 1) says *word*; ``None``: what is so."""
        if word is None:
            self._forced.pop(point, None)
        else:
            self._forced[point] = word
        self._feedback = self._read()

    def advance(self, now_ns: int) -> None:
        """Let time pass."""
        self._now_ns = now_ns
        if self._is_moving:
            self._feedback = self._read()
            self._is_moving = any(end_ns > now_ns for at in range(len(self._from)) for end_ns in self._ends_ns(at))

    @property
    def feedback(self) -> tuple[str, ...]:
        """What each point tells."""
        return self._feedback

    def _read(self) -> tuple[str, ...]:
        return tuple(self._forced.get(at + 1) or self._word(at) for at in range(len(self._from)))

    def next_change_ns(self) -> int | None:
        """When the feedback of a point changes next."""
        if not self._is_moving:
            return None
        times = [each for at in range(len(self._from)) for each in self._ends_ns(at) if each > self._now_ns]
        return min(times, default=None)

    def _ends_ns(self, at: int) -> tuple[int, ...]:
        """The instants at which a point has left its end, and has come to the other one."""
        begin_ns = self._begin_ns[at]
        return () if begin_ns is None else (begin_ns + 1, begin_ns + self._duration_ns(at))

    def _duration_ns(self, at: int) -> int:
        return round(abs(self._target - self._from[at]) * self._travel_ns)

    def _position(self, at: int) -> float:
        begin_ns, start = self._begin_ns[at], self._from[at]
        if begin_ns is None or self._now_ns <= begin_ns:
            return start
        gone_ns, whole_ns = self._now_ns - begin_ns, self._duration_ns(at)
        return self._target if gone_ns >= whole_ns else start + (self._target - start) * gone_ns / whole_ns

    def _word(self, at: int) -> str:
        position = self._position(at)
        return "locked" if position == _LOCKED else "unlocked" if position == _UNLOCKED else "intermediate"
