"""Fault confinement of CAN controllers (ISO 11898-1): error counters, error-passive, bus-off and the way back."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from harness.core import Frame

__all__ = ["RECOVERY_BITS", "BusState", "Confinement", "ControllerTraits", "Controllers"]

RECOVERY_BITS = 128 * 11
"""A controller that is bus-off may send again after 128 times eleven recessive bits."""
_PASSIVE_FROM, _OFF_FROM = 128, 256
_PASSIVE_RECEIVER = 127
"""What an error-passive receiver goes on with after a good frame."""
_STEP = 8


class BusState(enum.StrEnum):
    """What a controller may do."""

    ACTIVE = "error-active"
    PASSIVE = "error-passive"
    OFF = "bus-off"


@dataclass(slots=True)
class Confinement:
    """The error counters of one controller."""

    transmit: int = 0
    """TEC."""
    receive: int = 0
    """REC."""
    highest: int = 0
    """The highest that either was."""
    is_off: bool = False

    @property
    def state(self) -> BusState:
        if self.is_off:
            return BusState.OFF
        return BusState.PASSIVE if max(self.transmit, self.receive) >= _PASSIVE_FROM else BusState.ACTIVE

    def sent(self) -> None:
        """A frame of its own came through."""
        self.transmit = max(0, self.transmit - 1)

    def received(self) -> None:
        """A frame of somebody else came through."""
        self.receive = _PASSIVE_RECEIVER if self.receive >= _PASSIVE_FROM else max(0, self.receive - 1)

    def send_failed(self, *, unacknowledged: bool = False) -> None:
        """A frame of its own did not come through. Without an acknowledgment an error-passive sender does not count on."""
        if unacknowledged and self.state is BusState.PASSIVE:
            return
        self.transmit += _STEP
        self._note()

    def receive_failed(self) -> None:
        """A frame of somebody else did not come through."""
        self.receive = min(self.receive + 1, _OFF_FROM - 1)
        self._note()

    def recover(self) -> None:
        """Its time off the bus is over."""
        self.transmit = self.receive = 0
        self.is_off = False

    def _note(self) -> None:
        self.is_off = self.is_off or self.transmit >= _OFF_FROM
        self.highest = max(self.highest, self.transmit, self.receive)


@dataclass(frozen=True, slots=True)
class ControllerTraits:
    """How a controller is made; the defaults are right."""

    clock_ppm: int = 0
    """By how much its bits are too short."""
    bears_fd: bool = True
    """Takes CAN FD frames, or lets them pass."""
    bears_plugging: bool = True
    """Goes on when another controller is plugged in; otherwise that makes it bus-off."""
    recovery_ns: int | None = 0
    """From bus-off to the begin of the way back; ``None``: it stays off the bus."""


@runtime_checkable
class Controllers(Protocol):
    """What a node may have beyond the usual, to stand on a bus with several controllers or with special ones."""

    controllers: Mapping[str, ControllerTraits]
    """By name."""

    def controller_of(self, frame: Frame) -> str:
        """Which of them sends *frame*."""
        ...

    def on_bus(self, now_ns: int, controller: str, present: bool) -> None:
        """*controller* is bus-off from now on, or has its place again."""
        ...
