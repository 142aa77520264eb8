"""One thing that was looked at, in both languages."""

from __future__ import annotations

import enum
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from harness.case.documents import Text

__all__ = ["Finding", "State", "found", "load_texts", "text"]

_FILE = Path(__file__).with_name("strings.toml")


class State(enum.StrEnum):
    """How it is."""

    OK = "ok"
    """There, and in order."""
    NOTE = "note"
    """Worth knowing; nothing that was asked for needs it."""
    MISSING = "missing"
    """Needed and not there."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen of one thing, and what to do where it is missing."""

    area: str
    """``machine``, ``rig``, ``link``, ``suite``."""
    name: str
    state: State
    text: Text
    remedy: Text | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    """Details for machines."""

    def with_facts(self, facts: Mapping[str, str]) -> Finding:
        """The same with details."""
        return replace(self, facts=facts)

    def document(self) -> dict[str, object]:
        """As plain data."""
        return {
            "area": self.area,
            "name": self.name,
            "state": self.state.value,
            "text": self.text,
            "remedy": self.remedy,
            "facts": dict(self.facts),
        }


@cache
def load_texts() -> Mapping[str, Text]:
    """All texts by dotted key (``python.ok``)."""
    sections = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {f"{section}.{key}": {"zh": row["zh"], "en": row["en"]} for section, rows in sections.items() for key, row in rows.items()}


def text(key: str, **values: object) -> Text:
    """One text with its ``{name}`` places filled in both languages; a value that is itself a text is taken by its language.

    Raises:
        KeyError: there is no such text, or a place is not filled.
    """
    row = load_texts()[key]
    return {"zh": row["zh"].format(**_of("zh", values)), "en": row["en"].format(**_of("en", values))}


def _of(language: str, values: Mapping[str, object]) -> dict[str, object]:
    return {name: value[language] if isinstance(value, Mapping) else value for name, value in values.items()}


def found(area: str, name: str, state: State, key: str, **values: object) -> Finding:
    """A finding whose text is *key*; the text ``key`` with ``_todo`` is its remedy, where the table has one."""
    remedy = text(f"{key}_todo", **values) if f"{key}_todo" in load_texts() else None
    return Finding(area, name, state, text(key, **values), remedy)
