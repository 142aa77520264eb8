"""One side of the version negotiation of class C, without I/O.

Theory of operation: the charger sends VC every 50 ms before anything else, with its version and an open result. A vehicle
that knows class C answers with its own VC. The lower of the two versions counts: from 2.0.0 on it is agreed, below it both
go on as of 2015. The charger tells the result a few times and is done; the vehicle is done when it hears a result. A charger
that is not answered goes on as of 2015 too. Periods are those of the public database (S11); how often the result is told and
how long the charger waits is our own choice, because the text is not public.
"""

from __future__ import annotations

import enum

from harness.core import Frame, ms, s
from harness.protocols.gbt27930.class_c.frames import FRAMES, Service
from harness.protocols.gbt27930.class_c.version import CLASS_C, Result, Version, VersionFrame
from harness.protocols.gbt27930.messages import Party

__all__ = ["Negotiation", "Outcome"]

PERIOD_NS = ms(50)
PATIENCE_NS = s(5)
"""So long the charger waits for an answer."""
TOLD = 3
"""VC with the result before the charger is done."""


class Outcome(enum.Enum):
    """How a negotiation ended."""

    CLASS_C = "version 2.0.0 or later agreed"
    AS_OF_2015 = "goes on as of 2015"


class Negotiation:
    """Drive it like a node; ``outcome`` is set once it is over."""

    def __init__(self, party: Party, version: Version) -> None:
        self._party = party
        self._version = version
        self._peer_id = FRAMES[Service.VC, "vehicle" if party == "charger" else "charger"].can_id
        self._own_id = FRAMES[Service.VC, party].can_id
        self.reset()

    def reset(self) -> None:
        """Forget what was negotiated."""
        self.outcome: Outcome | None = None
        self.peer: Version | None = None
        """Version that the other side told."""
        self._due_ns: int | None = None
        self._until_ns = 0
        self._told = 0

    @property
    def is_running(self) -> bool:
        """Whether frames are still sent."""
        return self._due_ns is not None

    def begin(self, now_ns: int) -> list[Frame]:
        """Begin, as charger."""
        self.reset()
        self._due_ns, self._until_ns = now_ns, now_ns + PATIENCE_NS
        return self.handle_timers(now_ns)

    def hear(self, now_ns: int, frame: Frame) -> list[Frame]:
        """Take a frame; what is no VC of the other side changes nothing."""
        told = VersionFrame.parse(frame.data) if frame.extended and frame.can_id == self._peer_id else None
        if told is None or self.outcome is not None:
            return []
        self.peer = told.version
        if self._party == "charger":
            return []
        if told.result != Result.OPEN:
            self._conclude()
            return [self._frame()]
        if self._due_ns is None:
            self._due_ns = now_ns
            return self.handle_timers(now_ns)
        return []

    def next_deadline_ns(self) -> int | None:
        """When the next VC is due."""
        return self._due_ns

    def handle_timers(self, now_ns: int) -> list[Frame]:
        """Send what is due."""
        if self._due_ns is None or now_ns < self._due_ns:
            return []
        self._due_ns += PERIOD_NS
        if self._party == "charger":
            if self.peer is None and now_ns >= self._until_ns:
                self._conclude()
                return []
            self._told += self.peer is not None
            if self._told >= TOLD:
                frame = self._frame()
                self._conclude()
                return [frame]
        return [self._frame()]

    def stop(self) -> None:
        """The other side went on as of 2015."""
        if self.is_running:
            self._conclude(Outcome.AS_OF_2015)

    def _agreed(self) -> bool:
        return self.peer is not None and min(self._version, self.peer) >= CLASS_C

    def _conclude(self, outcome: Outcome | None = None) -> None:
        self.outcome = outcome or (Outcome.CLASS_C if self._agreed() else Outcome.AS_OF_2015)
        self._due_ns = None

    def _frame(self) -> Frame:
        known = self.peer is not None and (self._party == "vehicle" or self._told > 0)
        result = Result.OPEN if not known else Result.AGREED if self._agreed() else Result.FAILED
        return Frame(self._own_id, VersionFrame(self._version, result).encode())
