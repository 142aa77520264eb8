"""When a message may be sent: what must have happened before it, and what ends it (section 4.2 of the reference).

Two rules use the table. F6 judges messages outside of their life; F5 judges intervals only inside of it.

A tester provokes, so the table is read in favour of the party that is judged: an event permits as soon as it
was seen in any form, and obliges only if it was sound and meaningful (``Attempt.orders``). Every message may
trail the event that ends it by the ``tail.<message>`` of the profile.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.gbt27930.sessions.split import Attempt
from harness.protocols.gbt27930.sessions.tokens import ERRORS, PHASE_OF, base_name

__all__ = ["LIVES", "Life", "begin_of_life", "end_of_life", "first_error", "survives_errors"]


@dataclass(frozen=True, slots=True)
class Life:
    """Conditions of one event."""

    after: tuple[str, ...]
    """Each of these must have been seen before."""
    until: tuple[str, ...]
    """Each of these ends it; of events joined by ``and`` the last."""


_CHARGING = Life(("CRO(AA)",), ("BST", "CST"))

LIVES = {
    "CHM": Life((), ("CRM(00)", "CRM(AA)")),
    "BHM": Life(("CHM",), ("CRM(00)",)),
    "CRM(00)": Life((), ("BRM", "CRM(AA)")),
    "BRM.RTS": Life(("CRM(00)",), ("CRM(AA)",)),
    "CRM(AA)": Life(("BRM",), ("BCP",)),
    "BCP.RTS": Life(("CRM(AA)",), ("CML",)),
    "CTS": Life(("BCP",), ("BRO(AA)",)),
    "CML": Life(("BCP",), ("BRO(AA)",)),
    **dict.fromkeys(("BRO(00)", "BRO(AA)", "BRO(?)"), Life(("CML",), ("CRO(AA)",))),
    **dict.fromkeys(("CRO(00)", "CRO(AA)", "CRO(?)"), Life(("BRO(AA)",), ("BCL and BCS",))),
    **dict.fromkeys(("BCL", "BCS.RTS", "BSM", "BMV.RTS", "BMT.RTS", "BSP.RTS"), _CHARGING),
    "CCS": Life(("BCL", "BCS"), ("CST", "BST")),
    "BST": Life(("CRM(AA)",), ("BSD",)),
    "CST": Life(("CRM(00)",), ("BSD",)),
    "BSD": Life(("BST", "CST"), ()),
    "CSD": Life(("BSD",), ()),
}
"""Life of every event that has one; BEM and CEM may come at any time."""

_SURVIVING = frozenset(("CHM", "CRM(00)", "BST", "CST", "BSD", "CSD", "BEM", "CEM", *ERRORS))


def survives_errors(word: str) -> bool:
    """Whether an event may still come after BEM or CEM without a reconnect."""
    return word in _SURVIVING


def first_error(attempt: Attempt) -> int | None:
    """When a side first reported an error in *attempt*."""
    return min((attempt.orders[word] for word in ERRORS if word in attempt.orders), default=None)


def end_of_life(attempt: Attempt, word: str) -> tuple[int, str] | None:
    """When *word* had to end in *attempt*, and by which event."""
    life = LIVES.get(word)
    if life is None:
        return None
    ends = [(at_ns, end) for end in life.until if (at_ns := _all_of(attempt, end)) is not None]
    if word == "BRM.RTS" and ends and attempt.seen.get("BRM", ends[0][0]) >= ends[0][0]:
        # Recognised although no BRM was granted: a strict vehicle goes on with BRM, others with BCP.
        return None
    return min(ends, default=None)


def _all_of(attempt: Attempt, end: str) -> int | None:
    """When the last of the events of *end* was seen first, ``None`` if one is missing."""
    words = end.split(" and ")
    return max(attempt.orders[word] for word in words) if all(word in attempt.orders for word in words) else None


def begin_of_life(attempt: Attempt, word: str) -> int:
    """When the last of the conditions of *word* that came at all in *attempt* was met."""
    life = LIVES.get(word)
    return max((attempt.seen[after] for after in (life.after if life else ()) if after in attempt.seen), default=0)


def end_of_run(attempt: Attempt, word: str) -> int:
    """End of the span in which *word* is sent cyclically: its life, an error, its sender's next phase, or the attempt."""
    life, error = end_of_life(attempt, word), first_error(attempt)
    ends = [attempt.end_ns]
    if life is not None:
        ends.append(life[0])
    if error is not None and base_name(word) not in ("BEM", "CEM"):
        ends.append(error)
    rank, sender = PHASE_OF.get(word), MESSAGES[base_name(word)].sender
    if rank is not None:
        later = (t_ns for reached, t_ns in attempt.steps.get(sender, ()) if reached > rank)
        ends.append(next(later, attempt.end_ns))
    return min(ends)
