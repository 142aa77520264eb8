"""Times of ISO 13400 as an entity keeps them."""

from __future__ import annotations

from dataclasses import dataclass

from harness.core import ms, s

__all__ = ["DoipTiming"]


@dataclass(frozen=True, slots=True)
class DoipTiming:
    """Section 6 of the reference (confidence high); those marked own are of the simulated entity."""

    announce_least_ns: int = 0
    """Lower end of the random time (own)."""
    announce_wait_ns: int = ms(500)
    """Upper end of the random time to the first announcement, and to the answer to a request for the identification."""
    announce_gap_ns: int = ms(500)
    announcements: int = 3
    initial_inactivity_ns: int = s(2)
    """A connection without routing activation."""
    general_inactivity_ns: int = s(300)
    alive_ns: int = ms(500)
    """For the answer to an alive check."""
    answer_ns: int = ms(5)
    """To an answer of the entity itself (own)."""
    ack_ns: int = ms(2)
    """To the acknowledgement of a diagnostic message (own)."""
    relay_ns: int = ms(3)
    """On top of the time that a control unit takes for its answer (own)."""
