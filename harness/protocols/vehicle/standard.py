"""The truck's own network as the framework sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.core.check import Check
from harness.core.message import Message
from harness.core.standard import JudgeContext, Recognition, Session, SignalInfo
from harness.core.trace import Record
from harness.protocols.vehicle.decoder import VehicleDecoder
from harness.protocols.vehicle.judges import RULES, judge_all
from harness.protocols.vehicle.sessions import read_sessions, recognise, word_of

__all__ = ["STANDARD", "VehicleStandard"]


class VehicleStandard:
    """Implements ``harness.core.Standard``."""

    name = "vehicle"
    title = "SAE J1939, ISO 14229, ISO 13400"
    rules: Mapping[str, str] = RULES
    replays = False
    is_general = True

    def decoder(self, edition: str = "") -> VehicleDecoder:
        """A fresh decoder for one link; there are no editions."""
        return VehicleDecoder()

    def recognise(self, records: Sequence[Record]) -> Recognition | None:
        """Whether the records of one link are of a truck's own network."""
        return recognise(records, self.name)

    def sessions(self, messages: Sequence[Message], records: Sequence[Record]) -> Sequence[Session]:
        """One session: all of the recording."""
        return read_sessions(messages, records)

    def word(self, message: Message) -> str:
        """Name and sender of claims, lists of troubles, identifications, announcements and diagnostics; empty for everything else."""
        return word_of(message)

    def signals(self, name: str) -> Mapping[str, SignalInfo]:
        """No signals beyond what the messages tell themselves."""
        return {}

    def replay(self, messages: Sequence[Message], records: Sequence[Record], session: Session) -> Sequence[Mapping[str, object]]:
        """Nothing can be replayed."""
        return ()

    def judge(self, messages: Sequence[Message], records: Sequence[Record], context: JudgeContext) -> Sequence[Check]:
        """The rules N1 to N4."""
        return judge_all(messages, records, context)


STANDARD = VehicleStandard()
