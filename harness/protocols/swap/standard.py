"""Battery swap as the framework sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from harness.core.check import Check
from harness.core.errors import ConfigError
from harness.core.limit import Limits
from harness.core.message import Message
from harness.core.problems import did_you_mean
from harness.core.standard import JudgeContext, Recognition, Session, SignalInfo
from harness.core.trace import Record
from harness.protocols.swap.decoder import SwapDecoder
from harness.protocols.swap.judges import RULES, judge_all
from harness.protocols.swap.profile import SwapProfile, default_profile, load_profile
from harness.protocols.swap.sessions import read_sessions, recognise
from harness.protocols.swap.words import MESSAGES

__all__ = ["STANDARD", "SwapStandard"]

_TELLING: Mapping[str, tuple[str, ...]] = {
    "STA_CMD": ("SwapCmd",),
    "ACK": ("AckCmd", "AckResult"),
    "VEH_STS": ("VehSwapMode",),
    "LOCK_STS": ("LockState",),
    "PACK_STS1": ("PackState",),
}
"""Signals that part the messages of one name by what they mean for the course of a swap."""


class SwapStandard:
    """Implements ``harness.core.Standard``."""

    name = "swap"
    title = "Battery swap, project-defined profile"
    rules: Mapping[str, str] = RULES
    replays = False

    def __init__(self, profile: SwapProfile | None = None) -> None:
        self._profile = profile
        if profile is not None:
            self.title = f"Battery swap, {profile.title_en}"

    @property
    def is_replaced(self) -> bool:
        """Whether another profile is spoken than the one that travels with the harness."""
        return self._profile is not None

    @property
    def profile(self) -> SwapProfile:
        """The messages that are spoken; HTSWAP 0.1 unless told otherwise."""
        return self._profile or default_profile()

    def with_profile(self, folder: Path) -> SwapStandard:
        """The same standard by the profile in *folder*."""
        return SwapStandard(load_profile(folder))

    def profile_title(self) -> Mapping[str, str]:
        """Title of the profile by language."""
        return {"en": self.profile.title_en, "zh": self.profile.title_zh}

    def profile_files(self) -> tuple[Path, ...]:
        """Table and database."""
        return self.profile.files

    def profile_limits(self) -> Limits:
        """Timers and cycles of the profile under the keys of the suite."""
        return self.profile.limits()

    def lacking(self, messages: Iterable[str]) -> tuple[str, ...]:
        """Those of *messages* that the profile lacks.

        Raises:
            ConfigError: one of them is no message or signal that any profile can have.
        """
        wanted = tuple(messages)
        for role in wanted:
            message, _, signal = role.partition(".")
            if message not in MESSAGES or (signal and signal not in MESSAGES[message]):
                known = [*MESSAGES, *(f"{name}.{part}" for name, parts in MESSAGES.items() for part in parts)]
                raise ConfigError(f"no swap profile has a message or signal '{role}'{did_you_mean(role, known)}")
        return tuple(role for role in wanted if not self.profile.has(*role.split(".", 1)))

    def decoder(self, edition: str = "") -> SwapDecoder:
        """A fresh decoder for one link; there are no editions."""
        return SwapDecoder(self.profile)

    def recognise(self, records: Sequence[Record]) -> Recognition | None:
        """Whether the records of one link are messages of the profile."""
        return recognise(records, self.profile, self.name)

    def sessions(self, messages: Sequence[Message], records: Sequence[Record]) -> Sequence[Session]:
        """The swaps on one link."""
        return read_sessions(messages, records, self.profile)

    def word(self, message: Message) -> str:
        """A message of the profile with what it tells of the course (``ACK(unlock done)``); empty for what only helps to carry another."""
        if message.name == "SWAP.ERROR":
            return f"SWAP.ERROR({(message.values.get('about') or 'stream')!s} {message.values.get('reason')!s})"
        if not self.profile.has(message.name):
            return ""
        told = [str(message.values[signal]) for signal in _TELLING.get(message.name, ()) if signal in message.values]
        return f"{message.name}({' '.join(told)})" if told else message.name

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
        """The rules INV-1 to INV-7, and in a recording the timers."""
        return judge_all(messages, records, context, self.profile)


STANDARD = SwapStandard()
