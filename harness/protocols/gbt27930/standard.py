"""GB/T 27930 as the framework and the analyser see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.core.check import Check
from harness.core.message import Message
from harness.core.standard import JudgeContext, Recognition, Session
from harness.core.trace import Record
from harness.protocols.gbt27930.decoder import GbtDecoder
from harness.protocols.gbt27930.judges import RULES, judge_all
from harness.protocols.gbt27930.sessions import read_sessions, recognise

__all__ = ["STANDARD", "GbtStandard"]


class GbtStandard:
    """Implements ``harness.core.Standard``."""

    name = "gbt27930"
    title = "GB/T 27930"
    rules: Mapping[str, str] = RULES

    def decoder(self, edition: str = "") -> GbtDecoder:
        """A fresh decoder for one link."""
        return GbtDecoder()

    def recognise(self, records: Sequence[Record]) -> Recognition | None:
        """Whether the records of one link are GB/T 27930."""
        return recognise(records, self.name)

    def sessions(self, messages: Sequence[Message], records: Sequence[Record]) -> Sequence[Session]:
        """The sessions of one link."""
        return read_sessions(messages, records)

    def judge(self, messages: Sequence[Message], records: Sequence[Record], context: JudgeContext) -> Sequence[Check]:
        """The rules F1..F8, and the timeout reactions if everybody is judged."""
        return judge_all(messages, records, context)


STANDARD = GbtStandard()
