"""One of the two sessions of a comparison, as events and as frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.analyse.analysis import CaptureAnalysis, LinkAnalysis
from harness.analyse.comparison.deviation import Sight
from harness.core import Frame, Message, Record, Session, Standard

__all__ = ["ANNOUNCEMENT", "Side", "side_of"]

ANNOUNCEMENT = ".RTS"
"""So ends the word of an event that only announces a message."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two sessions."""

    session: Session
    records: Sequence[Record]
    events: Sequence[tuple[str, Message]]
    """Words and messages in order."""
    by_word: Mapping[str, Sequence[Message]]
    """All messages of each word, the words in the order of their first one."""

    @property
    def first(self) -> Mapping[str, Message]:
        """First message of each word."""
        return {word: messages[0] for word, messages in self.by_word.items()}

    @property
    def length_ns(self) -> int:
        """From its first to its last event."""
        return self.session.end_ns - self.session.start_ns

    def sight(self, word: str, message: Message) -> Sight:
        """*message* as a reader sees it."""
        number = message.frames[-1] if message.frames else 0
        pdu = self.records[number - 1].pdu if 0 < number <= len(self.records) else None
        data = f" ({message.name} {message.data.hex(' ').upper()})" if len(message.frames) > 1 else ""
        return Sight(number, message.t_ns, f"{pdu if isinstance(pdu, Frame) else message.name}{data}", word)

    def since(self, message: Message) -> int:
        """Instant of *message* since the start of the session."""
        return message.t_ns - self.session.start_ns

    def last_before(self, at_ns: int) -> Sight | None:
        """The last event up to *at_ns* of the session."""
        found = None
        for word, message in self.events:
            if self.since(message) > at_ns:
                break
            found = (word, message)
        return self.sight(*found) if found else None


def side_of(analysis: CaptureAnalysis, link: LinkAnalysis, session: Session, standard: Standard) -> Side:
    """*session* on *link* of a recording."""
    events = [
        (word, message)
        for message in link.messages
        if session.start_ns <= message.t_ns <= session.end_ns and (word := standard.word(message))
    ]
    by_word: dict[str, list[Message]] = {}
    for word, message in events:
        by_word.setdefault(word, []).append(message)
    return Side(session, analysis.capture.on(link.link), events, by_word)
