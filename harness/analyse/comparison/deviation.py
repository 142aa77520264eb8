"""What a comparison finds: deviations, the frames that show them, and their words in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.analyse.strings import load_strings
from harness.core import Session

__all__ = ["KINDS", "Comparison", "Cycle", "Deviation", "Sight"]

KINDS = ("order", "timing", "length", "value")

Part = str | Sequence[str]
"""What is put into a sentence: text of a recording or of a standard, or several alternatives."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A frame to look at."""

    frame: int
    t_ns: int
    """In the recording."""
    text: str
    """``ID#DATA`` of the frame that completed the message."""
    word: str


@dataclass(frozen=True, slots=True)
class Cycle:
    """A row of equal events that ends in one of the sessions and not in the other."""

    word: str
    last_seen_ns: int
    """Its last event, since the start of the suspected session."""
    period_ns: int
    """Median of the distances in the good session: what was to be expected."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """One way in which the sessions differ."""

    kind: str
    """A word of ``KINDS``."""
    at_ns: int
    """Since the start of the suspected session: when it was due or came."""
    key: str
    """Sentence of the string table, in its section ``deviation``."""
    parts: Mapping[str, Part]
    """What the sentence is about."""
    good: Sight | None
    bad: Sight | None
    cycle: Cycle | None = field(default=None, kw_only=True)

    @property
    def text(self) -> str:
        """It in English."""
        return self._said("en")

    @property
    def text_zh(self) -> str:
        """It in Chinese."""
        return self._said("zh")

    def _said(self, language: str) -> str:
        strings = load_strings()
        either = strings["deviation.or"][language]
        parts = {name: part if isinstance(part, str) else either.join(part) for name, part in self.parts.items()}
        return strings[f"deviation.{self.key}"][language].format_map(parts)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result."""

    good: Path
    bad: Path
    standard: str
    sessions: tuple[Session, Session]
    deviations: tuple[Deviation, ...]
    """The first of each kind and event, by time."""
    facts: tuple[tuple[str, str, str], ...]
    """What the parties told differently: name, good, bad."""
    notes: tuple[str, ...]

    @property
    def first(self) -> Deviation | None:
        """The first deviation, ``None`` if there is none."""
        return self.deviations[0] if self.deviations else None
