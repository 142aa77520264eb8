"""GB/T 27930 as the framework and the analyser see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from harness.core.check import Check
from harness.core.message import Message
from harness.core.standard import JudgeContext, Recognition, Session, SignalInfo
from harness.core.trace import Record
from harness.protocols.gbt27930.codec import codec_2015
from harness.protocols.gbt27930.decoder import GbtDecoder
from harness.protocols.gbt27930.editions import EDITIONS
from harness.protocols.gbt27930.judges import RULES, judge_all
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.gbt27930.replay import lines_of
from harness.protocols.gbt27930.sessions import read_sessions, recognise
from harness.protocols.gbt27930.sessions.tokens import event_of

__all__ = ["STANDARD", "GbtStandard"]


def _known(edition: str) -> str:
    return edition if edition in EDITIONS else ""


class GbtStandard:
    """Implements ``harness.core.Standard``."""

    name = "gbt27930"
    title = "GB/T 27930"
    rules: Mapping[str, str] = RULES

    def decoder(self, edition: str = "") -> GbtDecoder:
        """A fresh decoder for one link on which *edition* is spoken; class C is always understood.

        An edition of a suite that the standard does not know is read as 2015, like an empty one.
        """
        return GbtDecoder(edition=_known(edition))

    def recognise(self, records: Sequence[Record]) -> Recognition | None:
        """Whether the records of one link are GB/T 27930."""
        return recognise(records, self.name)

    def sessions(self, messages: Sequence[Message], records: Sequence[Record]) -> Sequence[Session]:
        """The sessions of one link."""
        return read_sessions(messages, records)

    def word(self, message: Message) -> str:
        """The event that *message* is, for example ``CRM(AA)``."""
        event = event_of(message)
        return event.word if event else ""

    def signals(self, name: str) -> Mapping[str, SignalInfo]:
        """Unit and states of the signals, as the database of the newest edition has them."""
        return _signals(name)

    def replay(self, messages: Sequence[Message], records: Sequence[Record], session: Session) -> Sequence[Mapping[str, object]]:
        """The answers of the vehicle in *session*, as lines of a replay file."""
        return lines_of(messages, records, session.start_ns, session.end_ns)

    def judge(self, messages: Sequence[Message], records: Sequence[Record], context: JudgeContext) -> Sequence[Check]:
        """The rules F1..F8, and the timeout reactions if everybody is judged."""
        return judge_all(messages, records, replace(context, edition=_known(context.edition)))


@cache
def _signals(name: str) -> Mapping[str, SignalInfo]:
    layout = codec_2015().layout(name) if name in MESSAGES else None
    return {signal.name: SignalInfo(signal.unit, signal.choices) for signal in layout.signals} if layout else {}


STANDARD = GbtStandard()
