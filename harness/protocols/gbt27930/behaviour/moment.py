"""What a machine remembers of a session, and what a deviation may look at when it is asked whether it holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from harness.core import Value

__all__ = ["Log", "Moment", "Values"]

Values = Mapping[str, Value]


@dataclass(slots=True)
class Log:
    """What a machine sent and heard since it woke."""

    sent: dict[str, int] = field(default_factory=dict)
    sent_in_phase: dict[str, int] = field(default_factory=dict)
    heard: dict[str, Values] = field(default_factory=dict)
    heard_ns: dict[str, int] = field(default_factory=dict)
    first: dict[str, Values] = field(default_factory=dict)
    marks: set[str] = field(default_factory=set)
    ever: dict[str, Values] = field(default_factory=dict)
    """Values with which each message was sent first of all; they outlive the session."""


def _alone() -> Moment | None:
    return None


@dataclass(frozen=True, slots=True)
class Moment:
    """What a condition may look at."""

    now_ns: int
    phase: str
    """Name of the machine's phase."""
    phase_since_ns: int
    sent: Mapping[str, int]
    """How often each message was due for sending since the machine woke."""
    heard: Mapping[str, Values]
    """Last values of each message of the peer since the machine woke."""
    first: Mapping[str, Values]
    """Values with which each message was sent first since the machine woke."""
    marks: set[str] = field(default_factory=set)
    """What conditions noted since the machine woke, for effects that need two things in a row."""
    under_way: frozenset[str] = frozenset()
    """Own multi-packet messages that the peer granted and that are not complete."""
    unanswered: frozenset[str] = frozenset()
    """Own multi-packet messages whose announcement, or whose last packet, the peer has not answered."""
    ever: Mapping[str, Values] = field(default_factory=dict)
    """Values with which each message was sent first since the machine exists, in whichever session."""
    machine: str = ""
    """Name of the machine, which tells one inlet from another."""
    beside: Callable[[], Moment | None] = _alone
    """Asks the machine at the other inlet."""
    heard_ns: Mapping[str, int] = field(default_factory=dict)
    """When each message of the peer was heard last; ``TP.ABORT`` is its refusal of a multi-packet message."""

    @property
    def neighbour(self) -> str:
        """Phase of the machine at the other inlet, empty without one."""
        other = self.beside()
        return "" if other is None else other.phase

    def age_ns(self, message: str) -> int:
        """How long ago *message* of the peer was heard last; 0 if it was not heard yet."""
        return self.now_ns - self.heard_ns.get(message, self.now_ns)

    def last(self, message: str, signal: str) -> Value:
        """*signal* of the last *message* of the peer, ``None`` if there was none."""
        return self.heard.get(message, {}).get(signal)
