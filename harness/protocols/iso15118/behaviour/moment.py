"""What a deviation may look at when it is asked whether it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Content", "Moment"]

Content = Mapping[str, object]
"""What a message says, without its header."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a machine stands."""

    now_ns: int
    phase: str
    """Name of the machine's phase, in capitals."""
    exchange: str
    """The exchange that takes place, or took place last; empty before the first one of a connection."""
    edition: str
    """What was agreed on (``iso15118-2``); empty before that."""
    since_ns: int
    """When the first request of this exchange was sent."""
    sent: Mapping[str, int]
    """How often each request was sent in this session, by exchange."""
    heard: Mapping[str, Content]
    """The last response of each exchange in this session, as it was read."""
    reason: str = ""
    """Why the session is being left, or ended in order; empty while it goes on."""
    sessions: int = 1
    """Which session it is since the machine exists, the first one being 1."""
    marks: set[str] = field(default_factory=set)
    """What conditions noted since the machine exists, for effects that need two things in a row."""
    signal: str = ""
    """What the pilot signal says, as a word of ``harness.protocols.iso15118.pilot.Reading``."""

    @property
    def lasted_ns(self) -> int:
        """How long the present exchange has lasted."""
        return self.now_ns - self.since_ns

    def asked(self, exchange: str) -> int:
        """How often *exchange* was asked for in this session."""
        return self.sent.get(exchange, 0)
