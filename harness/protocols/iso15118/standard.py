"""ISO 15118 and DIN SPEC 70121 as the framework and the analyser see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.core.check import Check
from harness.core.message import Message
from harness.core.standard import JudgeContext, Recognition, Session, SignalInfo
from harness.core.trace import Record
from harness.protocols.iso15118.decoder import IsoDecoder
from harness.protocols.iso15118.judges import RULES, judge_all
from harness.protocols.iso15118.message import UNREADABLE, V2gMessage
from harness.protocols.iso15118.sessions import read_sessions, recognise
from harness.protocols.iso15118.signals import signals_of
from harness.protocols.iso15118.slac.layout import LAYOUTS

__all__ = ["STANDARD", "IsoStandard"]


class IsoStandard:
    """Implements ``harness.core.Standard``."""

    name = "iso15118"
    title = "ISO 15118"
    rules: Mapping[str, str] = RULES
    replays = False

    def decoder(self, edition: str = "") -> IsoDecoder:
        """A fresh decoder for one link; which edition is spoken the messages agree on themselves."""
        return IsoDecoder()

    def recognise(self, records: Sequence[Record]) -> Recognition | None:
        """Whether the records of one link are of the family."""
        return recognise(records, self.name)

    def sessions(self, messages: Sequence[Message], records: Sequence[Record]) -> Sequence[Session]:
        """The sessions of one link."""
        return read_sessions(messages, records)

    def word(self, message: Message) -> str:
        """The name of *message*, with what it decides (``PowerDeliveryReq(Start)``); empty for what is no message."""
        if not isinstance(message, V2gMessage):
            return message.name if message.name in LAYOUTS else ""
        if message.name == UNREADABLE:
            return ""
        told = message.text("ChargeProgress") or message.text("ChargingSession") or message.text("EVSEProcessing")
        code = message.text("ResponseCode")
        told = told if not code or code.startswith("OK") else code
        return f"{message.name}({told})" if told else message.name

    def signals(self, name: str) -> Mapping[str, SignalInfo]:
        """The quantities of a message that change during a session, with their units."""
        return signals_of(name)

    def replay(self, messages: Sequence[Message], records: Sequence[Record], session: Session) -> Sequence[Mapping[str, object]]:
        """Nothing: sessions of this family cannot be replayed in this version."""
        return ()

    def judge(self, messages: Sequence[Message], records: Sequence[Record], context: JudgeContext) -> Sequence[Check]:
        """The rules V1 to V6 for every session."""
        return judge_all(messages, records, context)


STANDARD = IsoStandard()
