"""What the swap controller makes of the feedback of the lock points."""

from __future__ import annotations

from collections import Counter

from harness.core import Value, s
from harness.protocols.swap.vehicle.context import Context

__all__ = ["LockView"]

_ENDS = ("locked", "unlocked")
_MOST_POINTS = 8


class LockView:
    """State of the lock as a whole, from its points and from what it was told to do."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self.way = ""
        """``unlock`` or ``lock`` while it is told to move."""
        self.cycles = 0
        self.is_held = False
        self._jammed = self._contradicts = False
        self._last: tuple[str, ...] = ()
        self._jumps_ns: list[int] = []

    def start(self) -> None:
        """Power came: nothing is known but what the sensors say."""
        self.way, self.is_held, self._jammed, self._contradicts = "", False, False, False
        self._last, self._jumps_ns = (), []
        self._settle()

    def move(self, now_ns: int, way: str) -> None:
        """Begin to unlock or to lock."""
        self.way, self.is_held, self._jammed = way, False, False
        self.cycles += way == "unlock"
        self._ctx.plant.move_lock(now_ns, way)
        self._settle()

    def hold(self, now_ns: int) -> None:
        """Stop where it is; ``go_on`` continues."""
        if self.way and not self.is_held:
            self.is_held = True
            self._ctx.plant.move_lock(now_ns, "hold")

    def go_on(self, now_ns: int) -> None:
        """Continue after a hold."""
        if self.way and self.is_held:
            self.is_held = False
            self._ctx.plant.move_lock(now_ns, self.way)

    def finish(self, now_ns: int, *, jammed: bool = False) -> None:
        """The movement is over, in time or not."""
        if self.way:
            self._ctx.plant.move_lock(now_ns, "hold")
        self.way, self.is_held, self._jammed = "", False, jammed
        self._settle()

    def forgive(self) -> None:
        """A new session begins: a contradiction is seen anew, if it is still there."""
        self._contradicts, self._jumps_ns = False, []

    def step(self, now_ns: int) -> None:
        """Look at the points."""
        points, options = self._ctx.sensors.points, self._ctx.options
        jumps = sum(was != now and was in _ENDS and now in _ENDS for was, now in zip(self._last, points, strict=False))
        self._last = points
        if jumps:
            self._jumps_ns = [*(each for each in self._jumps_ns if now_ns - each < s(options.jumps_s)), *[now_ns] * jumps]
            if len(self._jumps_ns) >= options.jumps and not self._ctx.overlooks("steady"):
                self._contradicts = True
        self._ctx.trouble(now_ns, "lock_contradiction", self._contradicts)
        if self._jammed and self.points_say == "locked":
            self._jammed = False
        self._settle()

    @property
    def points_say(self) -> str:
        """``locked`` or ``unlocked`` if all points are, else ``intermediate``."""
        points = self._ctx.sensors.points
        if self._ctx.overlooks("points"):
            word, count = Counter(points).most_common(1)[0] if points else ("intermediate", 0)
            return word if word in _ENDS and count > len(points) / 2 else "intermediate"
        return points[0] if points and points[0] in _ENDS and len(set(points)) == 1 else "intermediate"

    @property
    def state(self) -> str:
        """``LockState``."""
        if self._contradicts:
            return "error"
        if self._jammed:
            return "jammed"
        said = self.points_say
        if self.way == "unlock" and said != "unlocked":
            return "unlocking"
        if self.way == "lock" and said != "locked":
            return "locking"
        return said

    def _settle(self) -> None:
        self._ctx.moment.lock = self.state

    def points(self) -> dict[str, Value]:
        """``LockPoint1`` to ``LockPoint8``."""
        fitted = self._ctx.sensors.points
        return {f"LockPoint{at + 1}": fitted[at] if at < len(fitted) else "not_fitted" for at in range(_MOST_POINTS)}
