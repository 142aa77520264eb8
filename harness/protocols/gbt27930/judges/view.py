"""What every rule looks at: the messages and records of one link, cut into sessions, and the limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from harness.core.check import Check, Finding, Severity
from harness.core.durations import ns_in
from harness.core.limit import Limit
from harness.core.message import Message
from harness.core.standard import JudgeContext
from harness.core.trace import Record
from harness.core.uncertainty import round_up
from harness.core.verdict import Reason
from harness.protocols.gbt27930.editions import OF_2011, Edition, edition_of
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.gbt27930.sessions.split import Attempt, Talk, split
from harness.protocols.gbt27930.sessions.tokens import base_name

__all__ = ["MAX_FINDINGS", "View", "decimal", "severity_of", "view_of"]

MAX_FINDINGS = 10
"""Occurrences of one broken rule that are listed; the rest is counted."""


@dataclass(frozen=True, slots=True)
class View:
    """Everything a rule needs. Rules keep no state between calls."""

    messages: Sequence[Message]
    records: Sequence[Record]
    context: JudgeContext
    talks: Sequence[Talk]
    end_ns: int
    """Latest stamp of the trace."""
    named: dict[str, list[Message]] = field(default_factory=dict)
    """Messages by name, of the parties that are judged, without ``strange`` ones."""
    strange: frozenset[int] = frozenset()
    """``id`` of the messages whose form belongs to another edition than the one whose limits are there."""

    def judges(self, party: str) -> bool:
        """Whether the messages of *party* are to be judged."""
        return not self.context.parties or party in self.context.parties

    @property
    def parties(self) -> tuple[str, ...]:
        """The parties that are judged."""
        return tuple(party for party in ("vehicle", "charger") if self.judges(party))

    def limit(self, *keys: str) -> Limit | None:
        """The first of *keys* that the profile has; without a row a rule has no number and stays silent."""
        return next((self.context.limits[key] for key in keys if key in self.context.limits), None)

    def is_disturbed(self, from_ns: int, to_ns: int) -> bool:
        """Whether the tester kept the link from carrying anything at some time between the two."""
        return any(begin_ns < to_ns and end_ns > from_ns for begin_ns, end_ns in self.context.outages)

    def attempts(self) -> Iterator[Attempt]:
        """All attempts of all sessions."""
        for talk in self.talks:
            yield from talk.attempts

    def uncertainty(self, interval_ns: int, unit: str) -> Decimal | None:
        """U (k = 2) of an interval of the trace's clock in *unit*, ``None`` without a usable clock."""
        base = self.context.time_base
        return None if base is None else round_up(ns_in(1, unit) * decimal(base.interval_uncertainty_ns(interval_ns)))

    def timed(self, check: Check) -> Check:
        """*check*, unless it rests on time stamps that carry nothing."""
        if self.context.time_base is not None:
            return check
        return check.inconclusive(Reason.NO_TIMEBASE, "the time stamps cannot carry a timing verdict")


def view_of(messages: Sequence[Message], records: Sequence[Record], context: JudgeContext) -> View:
    """The view of one link for *context*."""
    end_ns = max((record.t_ns for record in records), default=0)
    talks = split(messages, end_ns, context.edition)
    view = View(messages, records, context, talks, end_ns, strange=frozenset(_strange(talks, edition_of(context.edition))))
    for message in messages:
        row = MESSAGES.get(message.name)
        if row is not None and message.sender == row.sender and view.judges(row.sender) and id(message) not in view.strange:
            view.named.setdefault(message.name, []).append(message)
    return view


def _strange(talks: Sequence[Talk], edition: Edition) -> Iterator[int]:
    """Messages of an attempt in which the vehicle spoke as of 2011, which it may towards such a charger."""
    for talk in talks:
        for attempt in talk.attempts:
            if attempt.edition is not edition and attempt.edition.differs is not edition.differs:
                yield from (id(event.message) for event in attempt.events if base_name(event.word) in OF_2011)


def severity_of(limit: Limit) -> Severity:
    """A limit that rests on one weak source or on our own choice warns; the others fail."""
    return Severity.WARNING if limit.confidence == "low" else Severity.FAILURE


def decimal(value: float) -> Decimal:
    """*value* with the digits of its shortest spelling."""
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def place(message: Message) -> tuple[int | None, tuple[int, ...]]:
    """First frame of a message as finding and as check want it."""
    return (message.frames[0], message.frames[:1]) if message.frames else (None, ())


def finding(rule: str, text: str, message: Message, severity: Severity = Severity.FAILURE) -> Finding:
    """A finding at the first frame of *message*."""
    return Finding(text, message.t_ns, place(message)[0], severity, rule)
