"""Cuts the messages of a link into sessions, and a session into attempts.

A session begins with CHM, or with CRM(00) where nobody shakes hands (2011). It holds one attempt, and one
more for every reconnect: CRM(00) after an error message repeats recognition inside the same session
(section 4.4 of the reference). CHM, or CRM(00) after a regular end, begins a new session.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from harness.core.durations import s
from harness.core.message import Message
from harness.protocols.gbt27930.editions import USUAL, Edition, Spoken
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.gbt27930.sessions.tokens import ERRORS, PHASE_OF, Event, base_name, event_of

__all__ = ["Attempt", "Talk", "split"]

_SETTLED_NS = s(1)
"""Longer than any tail of a message: after it, an earlier message is meant as a new start."""
_SILENCE_NS = s(60)
"""Longer than any timeout within a session."""
_OPENING = ("CHM", "BHM", "CRM(00)", "BRM.RTS")
_PROPER_START = ("CHM", "CRM(00)", *ERRORS)
"""First events of a session that is recorded from its start; a vehicle that saw no charger begins with BEM."""

# An event counts as an order to the peer only after what makes it meaningful: CRO(AA) before BRO(AA) starts nothing.
_MEANINGFUL_AFTER = {
    "CRM(AA)": ("CRM(00)", "BRM.RTS"),
    "CML": ("BCP.RTS",),
    "CRO(AA)": ("BRO(AA)",),
}


@dataclass(slots=True)
class Attempt:
    """One run through the phases."""

    events: list[Event] = field(default_factory=list)
    begins_midway: bool = False
    """The recording does not show how it came to its first event."""
    end_ns: int = 0
    """Start of the next attempt or session, or end of the recording."""
    seen: dict[str, int] = field(default_factory=dict)
    """First instant of every event, whatever its form; what must have been before a midway start counts as seen."""
    orders: dict[str, int] = field(default_factory=dict)
    """First instant at which an event was sound and meaningful, so that the peer had to follow it."""
    last: dict[str, int] = field(default_factory=dict)
    """Last instant of every event."""
    edition: Edition = USUAL
    """The edition that was spoken, as far as the last event shows."""
    latest: dict[str, int] = field(default_factory=dict)
    """Latest instant of any event of each sender."""
    steps: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """Of each sender every phase that was higher than those before it, as its index and the instant of its first event."""

    def add(self, event: Event) -> None:
        """Append *event*."""
        if not self.events and self.begins_midway:
            rank = PHASE_OF.get(event.word, -1)
            self.seen.update({word: event.t_ns for word, other in PHASE_OF.items() if other <= rank})
        self.events.append(event)
        needs = _MEANINGFUL_AFTER.get(event.word)
        meaningful = needs is None or any(word in self.seen for word in needs)
        self.seen.setdefault(event.word, event.t_ns)
        self.last[event.word] = event.t_ns
        if event.sound and meaningful:
            self.orders.setdefault(event.word, event.t_ns)
        self._follow(event)

    def _follow(self, event: Event) -> None:
        sender, t_ns, rank = event.message.sender, event.t_ns, PHASE_OF.get(event.word, -1)
        steps = self.steps.get(sender)
        if steps is None:
            self.steps[sender], self.latest[sender] = [(rank, t_ns)], t_ns
            return
        if t_ns > self.latest[sender]:
            self.latest[sender] = t_ns
        if rank > steps[-1][0]:
            steps.append((rank, t_ns))

    def first(self, *words: str) -> Event | None:
        """The first event that is one of *words*."""
        return next((event for event in self.events if event.word in words), None)

    @property
    def start_ns(self) -> int:
        """Its first event."""
        return self.events[0].t_ns

    @property
    def failed(self) -> bool:
        """A side reported an error."""
        return any(word in self.last for word in ERRORS)

    @property
    def is_over(self) -> bool:
        """Both sides stopped, or statistics were exchanged."""
        return "BSD" in self.last or "CSD" in self.last or ("BST" in self.last and "CST" in self.last)


@dataclass(slots=True)
class Talk:
    """The events of one session."""

    attempts: list[Attempt]

    @property
    def events(self) -> list[Event]:
        """All of them, in order."""
        return [event for attempt in self.attempts for event in attempt.events]

    @property
    def start_ns(self) -> int:
        """Its first event."""
        return self.attempts[0].start_ns

    @property
    def begins_midway(self) -> bool:
        """The recording begins after the session did."""
        return self.attempts[0].begins_midway


def split(messages: Sequence[Message], end_ns: int, edition: str = "") -> list[Talk]:
    """The sessions in *messages* of one link, on which *edition* is usual; *end_ns* is the end of the recording.

    Raises:
        LocalProtocolError: there is no such edition.
    """
    spoken = Spoken(edition)
    events: list[Event] = []
    editions: list[Edition] = []
    for message in messages:
        spoken.follow(message.name, message.data)
        if (event := event_of(message, spoken.edition)) is not None:
            events.append(event)
            editions.append(spoken.edition)
    talks: list[Talk] = []
    previous_ns = 0
    charger_ns: int | None = None
    for index, event in enumerate(events):
        opens = not talks or (event.word in _OPENING and _begins_session(talks[-1].attempts[-1], event, previous_ns, charger_ns))
        if opens:
            midway = not talks and event.word not in _PROPER_START
            talks.append(Talk([Attempt(begins_midway=midway)]))
        elif event.word == "CRM(00)" and _begins_attempt(talks[-1].attempts[-1], events, index):
            talks[-1].attempts.append(Attempt())
        attempt = talks[-1].attempts[-1]
        attempt.add(event)
        attempt.edition = editions[index]
        previous_ns = event.t_ns
        if event.word != "CHM" and MESSAGES[base_name(event.word)].sender == "charger":
            charger_ns = event.t_ns
    attempts = [attempt for talk in talks for attempt in talk.attempts]
    for attempt, following in pairwise(attempts):
        attempt.end_ns = following.start_ns
    if attempts:
        attempts[-1].end_ns = max(end_ns, attempts[-1].events[-1].t_ns)
    return talks


def _begins_session(attempt: Attempt, event: Event, previous_ns: int, charger_ns: int | None) -> bool:
    if event.word in _OPENING and event.t_ns - previous_ns >= _SILENCE_NS:
        return True
    if event.word == "CHM":
        if event.t_ns - previous_ns >= _SETTLED_NS:
            # Nobody spoke for longer than any tail: the connector may have been out.
            return True
        past_handshake = any(word not in ("CHM", "BHM") for word in attempt.last)
        settled = charger_ns is None or event.t_ns - charger_ns >= _SETTLED_NS
        return past_handshake and (attempt.failed or attempt.is_over or settled)
    return event.word == "CRM(00)" and attempt.is_over


def _begins_attempt(attempt: Attempt, events: Sequence[Event], index: int) -> bool:
    now_ns = events[index].t_ns
    if attempt.failed:
        return _is_answered(events, index)
    if any(PHASE_OF.get(word, 0) >= PHASE_OF["CML"] for word in attempt.last):
        return True
    return now_ns - attempt.last.get("CRM(AA)", now_ns) >= _SETTLED_NS


def _is_answered(events: Sequence[Event], index: int) -> bool:
    """Whether the CRM(00) at *index* is a reconnect and no CRM(00) that goes on under a burst of error messages."""
    for event in events[index + 1 :]:
        if event.word in ("BRM.RTS", "CHM"):
            return True
        if event.word in ERRORS:
            return event.t_ns - events[index].t_ns >= _SETTLED_NS
    return True
