"""When a control unit is awake: while the key is on, some time after it, and some time after it heard something."""

from __future__ import annotations

from dataclasses import dataclass

from harness.core import ms, s

__all__ = ["SleepSetup", "Wakefulness"]


@dataclass(frozen=True, slots=True)
class SleepSetup:
    """How a unit goes to sleep; the defaults are right."""

    sleeps: bool = True
    after_run_ns: int = s(3)
    """From the key to sleep."""
    wakes: bool = True
    """Whether a frame wakes it."""
    wake_ns: int = ms(150)
    """From that frame to its first own one."""
    awake_ns: int = s(3)
    """So long it stays awake after the last frame that it heard."""


class Wakefulness:
    """State of one unit."""

    def __init__(self, setup: SleepSetup) -> None:
        self._setup = setup
        self._key = True
        self._from_ns, self._until_ns = 0, 0

    def turn(self, now_ns: int, key: bool) -> None:
        """Terminal 15 goes on or off."""
        if self._key and not key:
            self._from_ns, self._until_ns = now_ns, now_ns + self._setup.after_run_ns
        self._key = key

    def is_awake(self, now_ns: int) -> bool:
        """Whether it works at this instant."""
        return self._key or not self._setup.sleeps or self._from_ns <= now_ns < self._until_ns

    def hear(self, now_ns: int) -> bool:
        """A frame is on the bus; whether the unit is awake to hear it."""
        if self._key:
            return True
        is_awake = self.is_awake(now_ns)
        if self._from_ns <= now_ns < self._until_ns:
            self._until_ns = max(self._until_ns, now_ns + self._setup.awake_ns)
        elif now_ns >= self._until_ns and self._setup.wakes:
            self._from_ns = now_ns + self._setup.wake_ns
            self._until_ns = self._from_ns + self._setup.awake_ns
        return is_awake
