"""How the transmission of a frame on the simulated CAN bus fails, bit by bit, and who listens to it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from harness.core import Frame
from harness.protocols.canbus.wire import DOMINANT, Wire, first_misread, wire_of

__all__ = [
    "BusError",
    "Cause",
    "Failure",
    "Listening",
    "bit_ratio",
    "collision_bits",
    "collision_loser",
    "destroyed_bits",
    "noticed_bits",
    "unacknowledged_bits",
]

_FLAG, _DELIMITER = 6, 8
_ACK_SLOT_FROM_END = 9


class Cause(enum.StrEnum):
    """Why a frame did not come through."""

    DESTROYED = "destroyed by the tester"
    COLLISION = "identifier sent by two controllers"
    UNREADABLE = "bits too long or too short"
    FD = "a controller does not bear CAN FD"
    UNACKNOWLEDGED = "not acknowledged"


@dataclass(frozen=True, slots=True)
class BusError:
    """One error frame."""

    t_ns: int
    """Its end."""
    frame: Frame
    role: str
    """Who sent the frame."""
    controller: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class Failure:
    """How the transmission of a frame ends early."""

    cause: Cause
    bits: int
    """From the start of frame to the end of the error frame, intermission left out."""


@dataclass(eq=False, slots=True)
class Listening:
    """A controller that only listens, at a bit rate and a sample point of its own."""

    bitrate_bps: int
    sample_point_pct: float
    frames: int = 0
    """Read without an error."""
    errors: int = 0
    _known: dict[tuple[Frame, int], bool] = field(default_factory=dict)

    def hear(self, frame: Frame, bitrate_bps: int, clock_ppm: int) -> None:
        """*frame* was on the bus."""
        key = frame, clock_ppm
        if key not in self._known:
            ratio = bit_ratio(bitrate_bps, self.bitrate_bps, clock_ppm)
            self._known[key] = first_misread(wire_of(frame), ratio=ratio, sample_point_pct=self.sample_point_pct) is None
        if self._known[key]:
            self.frames += 1
        else:
            self.errors += 1


def destroyed_bits(wire: Wire) -> int:
    """Length of a frame whose first recessive bit behind the arbitration field meets six dominant ones."""
    at = wire.recessive_from(wire.control)
    return at - wire.dominant_before(at) + 2 * _FLAG + _DELIMITER


def unacknowledged_bits(wire: Wire) -> int:
    """Length of a frame to which nobody says anything."""
    return len(wire.bits) - _ACK_SLOT_FROM_END + 1 + _FLAG + _DELIMITER


def collision_loser(first: Frame, second: Frame) -> bool:
    """Whether *first* is the one of two colliding frames whose sender notices: it sends the first recessive bit that reads dominant."""
    return next(mine > theirs for mine, theirs in zip(wire_of(first).bits, wire_of(second).bits, strict=False) if mine != theirs)


def collision_bits(one: Wire, other: Wire) -> int:
    """Length of what two frames make of each other that differ behind their arbitration fields."""
    place = next(at for at, (mine, theirs) in enumerate(zip(one.bits, other.bits, strict=False)) if mine != theirs)
    winner = one if one.bits[place] == DOMINANT else other
    third = place - winner.dominant_before(place) + 2 * _FLAG
    second = winner.recessive_from(place + 1) + 1 + _FLAG
    return max(second, third, place + 1 + _FLAG) + _DELIMITER


def noticed_bits(wire: Wire, place: int) -> int:
    """Length of a frame that is refused by its receivers for the bit at *place*."""
    return max(place + 1 + _FLAG, wire.recessive_from(place + 1) + 1 + _FLAG) + _DELIMITER


def bit_ratio(sender_bps: int, own_bps: int, clock_ppm: int) -> float:
    """Bit time of a controller as a multiple of that of the sender."""
    return sender_bps / own_bps * (1 + clock_ppm / 1_000_000)
