"""What a control unit does not endure: too many frames of others, or a kind of frame that it was not made for."""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from harness.core import Frame, ms

__all__ = ["Endurance", "EnduranceSetup", "Harm"]

_WINDOW_NS = ms(100)


class Harm(enum.StrEnum):
    """What it does then."""

    RESETS = "starts anew"
    DROPS = "sends nothing as long as it lasts"
    STOPS = "sends nothing any more"


@dataclass(frozen=True, slots=True)
class EnduranceSetup:
    """Weakness of a unit; the defaults have none."""

    most_per_s: int = 0
    """So many frames of others a second are too many; 0: none are."""
    hates: Callable[[Frame], bool] = lambda frame: False
    harm: Harm = Harm.RESETS
    lasts_ns: int = _WINDOW_NS
    """How long it sends nothing after the last frame that was too much."""


class Endurance:
    """State of one unit."""

    def __init__(self, setup: EnduranceSetup) -> None:
        self._setup = setup
        self._heard: deque[int] = deque()
        self._is_stopped = False

    def start(self) -> None:
        """Power comes."""
        self._heard.clear()
        self._is_stopped = False

    def hear(self, now_ns: int, frame: Frame) -> bool:
        """A frame of somebody else; whether the unit starts anew because of it."""
        if self._setup.most_per_s:
            self._heard.append(now_ns)
        if not (self._setup.hates(frame) or self._is_flooded(now_ns)):
            return False
        self._heard.clear()
        self._is_stopped = self._is_stopped or self._setup.harm is Harm.STOPS
        self._until_ns = now_ns + self._setup.lasts_ns if self._setup.harm is Harm.DROPS else 0
        return self._setup.harm is Harm.RESETS

    def may_send(self, now_ns: int) -> bool:
        """Whether it is not harmed at this instant."""
        return not self._is_stopped and now_ns >= self._until_ns

    _until_ns = 0

    def _is_flooded(self, now_ns: int) -> bool:
        while self._heard and self._heard[0] <= now_ns - _WINDOW_NS:
            self._heard.popleft()
        return bool(self._setup.most_per_s) and len(self._heard) * 1_000_000_000 > self._setup.most_per_s * _WINDOW_NS
