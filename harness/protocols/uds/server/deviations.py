"""Times of a server, and what it does wrong on purpose, as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.core import ms, s
from harness.protocols.uds.services import Nrc

__all__ = ["Deviations", "Edit", "ServerTiming"]

Edit = Callable[[bytes, bytes | None], bytes | None]
"""Gives what is answered to a request in the place of the right answer; ``None`` is silence."""


@dataclass(frozen=True, slots=True)
class ServerTiming:
    """Times of a server (section 4.2 of the reference); those marked own are of the simulated units."""

    work_ns: int = ms(10)
    """Request to answer (own)."""
    p2_ns: int = ms(50)
    p2_star_ns: int = s(5)
    pending_ns: int = ms(30)
    """Request to the first word that the answer takes longer (own)."""
    pending_every_ns: int = s(2)
    """Between such words (own)."""
    s3_ns: int = s(5)
    delay_ns: int = s(10)
    """After too many wrong keys."""
    attempts: int = 3
    """Wrong keys until then."""


@dataclass(frozen=True, slots=True)
class Deviations:
    """Deviations of one server; none by default."""

    edits: tuple[Edit, ...] = ()
    """Applied to every final answer, one after the other."""
    ignores_suppress: bool = False
    """Gives positive responses that are not wanted."""
    suppresses_refusals: bool = False
    """The bit for no positive response keeps refusals back too."""
    suppresses_late: bool = False
    """The bit keeps the answer back even after the word that it takes longer."""
    refuses_to_all: bool = False
    """Sends the refusals that a request to everybody must not bring."""
    never_pending: bool = False
    """Does not say that an answer takes longer."""
    silent_after_pending: bool = False
    """Says that the answer takes longer, and nothing more."""
    restarts_when_asked: bool = False
    """A further request takes the place of the one that is being served."""
    falls_when_asked: bool = False
    """A further request meanwhile makes it start anew."""
    busy: Nrc = Nrc.BUSY_REPEAT
    """Code with which it refuses a further request meanwhile."""
    deaf_ns: int = 0
    """Hears nothing for so long after an answer."""
    resets_on: Callable[[bytes], bool] | None = None
    """Requests that make it start anew instead of an answer."""
    deaf_to_presence: bool = False
    """Tester present does not keep a session."""
    keeps_session: bool = False
    """A reset does not end the session."""
    programming_from_default: bool = False
    open_sessions: bool = False
    """Serves in the default session what belongs into the extended one."""
    open_rows: bool = False
    """Reads data outside of their sessions, writes them without access."""
    constant_seed: bytes = b""
    accepts_any_key: bool = False
    counts_no_attempts: bool = False
    forgets_delay: bool = False
    """A loss of power ends the delay after wrong keys."""
    keeps_access: bool = False
    """Access outlives the session."""
    clears_always: bool = False
    """Clears troubles whatever the conditions."""
    clears_nothing: bool = False
    talks_on: bool = False
    """Communication control does not stop messages."""
    stays_quiet: bool = False
    """Messages that were stopped do not come back with the default session."""
    stays_unrecording: bool = False
    """The recording of troubles does not come back with the default session."""
