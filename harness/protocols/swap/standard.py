"""Battery swap as the framework sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.core.check import Check
from harness.core.message import Message
from harness.core.standard import JudgeContext, Recognition, Session, SignalInfo
from harness.core.trace import Record
from harness.protocols.swap.decoder import SwapDecoder
from harness.protocols.swap.judges import RULES, judge_all
from harness.protocols.swap.profile import SwapProfile, default_profile

__all__ = ["STANDARD", "SwapStandard"]


class SwapStandard:
    """Implements ``harness.core.Standard``."""

    name = "swap"
    title = "Battery swap, project-defined profile"
    rules: Mapping[str, str] = RULES

    def __init__(self, profile: SwapProfile | None = None) -> None:
        self._profile = profile

    @property
    def profile(self) -> SwapProfile:
        """The messages that are spoken; HTSWAP 0.1 unless told otherwise."""
        return self._profile or default_profile()

    def decoder(self, edition: str = "") -> SwapDecoder:
        """A fresh decoder for one link; there are no editions."""
        return SwapDecoder(self.profile)

    def recognise(self, records: Sequence[Record]) -> Recognition | None:
        """No recording is claimed: a profile is a choice of whoever reads it."""
        return None

    def sessions(self, messages: Sequence[Message], records: Sequence[Record]) -> Sequence[Session]:
        """Sessions are told on a bench only."""
        return ()

    def word(self, message: Message) -> str:
        """Commands and what comes of them."""
        if message.name == "STA_CMD":
            return f"STA_CMD({message.values['SwapCmd']!s})" if message.values["SwapCmd"] != "none" else ""
        return f"ACK({message.values['AckCmd']!s} {message.values['AckResult']!s})" if message.name == "ACK" else ""

    def signals(self, name: str) -> Mapping[str, SignalInfo]:
        """Units and words of the signals of message *name*, under their roles."""
        if not self.profile.has(name):
            return {}
        fields = self.profile.form(name).fields
        return {
            role: SignalInfo(field.signal.unit, {raw: word for word, raw in field.words.items()} or dict(field.signal.choices))
            for role, field in fields.items()
        }

    def replay(self, messages: Sequence[Message], records: Sequence[Record], session: Session) -> Sequence[Mapping[str, object]]:
        """Nothing can be replayed."""
        return ()

    def judge(self, messages: Sequence[Message], records: Sequence[Record], context: JudgeContext) -> Sequence[Check]:
        """The rules INV-1 to INV-7."""
        return judge_all(messages, records, context, self.profile)


STANDARD = SwapStandard()
