"""Verdicts, their order, and the reason codes that go with them."""

from __future__ import annotations

import enum
from collections.abc import Iterable

__all__ = ["Reason", "Verdict", "worst"]


class Verdict(enum.IntEnum):
    """Result of a check, a step or a case; the worst wins."""

    NONE = 0
    PASS = 1
    INCONC = 2
    FAIL = 3
    ERROR = 4

    @property
    def word(self) -> str:
        """The spelling in files."""
        return self.name.lower()

    @classmethod
    def from_word(cls, word: str) -> Verdict:
        """The verdict that files spell *word*.

        Raises:
            ValueError: no verdict is spelt so.
        """
        try:
            return cls[word.upper()]
        except KeyError:
            raise ValueError(f"'{word}' is no verdict") from None


class Reason(enum.StrEnum):
    """Why a verdict is what it is, where PASS and FAIL do not explain themselves."""

    PRECONDITION = "PRECONDITION"
    """The state in which the purpose can be tested was not reached."""
    NO_CHECK = "NO_CHECK"
    """A step recorded no check, or a planned step was not reached."""
    NO_LINE = "NO_LINE"
    """The rig has no line, stimulus or instrument that the case needs."""
    NOT_ALLOWED = "NOT_ALLOWED"
    """The rig does not allow the stimulus."""
    METHOD_NOT_FIT = "METHOD_NOT_FIT"
    """The limit is finer than the rig can resolve."""
    NO_VALUE = "NO_VALUE"
    """The value to be judged is no number (not a number, infinite)."""
    NO_TIMEBASE = "NO_TIMEBASE"
    """The time stamps cannot carry a timing verdict."""
    TESTER_JITTER = "TESTER_JITTER"
    """The tester's own send jitter spoils the verdict."""
    GUARD_BAND = "GUARD_BAND"
    """The value lies inside the guard band of a non-binary rule."""
    LOG_INCOMPLETE = "LOG_INCOMPLETE"
    """The recording lacks the part that would decide."""
    CAL_EXPIRED = "CAL_EXPIRED"
    """An instrument that served the row had no valid calibration on the day of the test."""
    XPASS = "XPASS"
    """A declared deviation did not show."""
    INTERRUPTED = "INTERRUPTED"
    """The run ended before the case did."""
    EXPECTATION = "EXPECTATION"
    """A check or expectation of the case was not met."""
    RULE = "RULE"
    """A rule that holds in every case was broken."""
    REMOTE_PROTOCOL = "REMOTE_PROTOCOL"
    """The SUT broke its protocol in a way that a machine of the tester noticed."""
    EXCEPTION = "EXCEPTION"
    """The harness, the rig or a node raised."""
    ITEM_CHANGED = "ITEM_CHANGED"
    """What was read from the item after the tests is not what was read before, or not what is declared of it."""


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of *verdicts*, ``NONE`` if there is none; associative and commutative."""
    return max(verdicts, default=Verdict.NONE)
