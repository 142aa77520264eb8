"""The texts of the timeline page and of the deviations of a comparison, in Chinese and English."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

__all__ = ["load_strings", "phase_words"]

_FILE = Path(__file__).with_name("strings.toml")


@cache
def load_strings() -> Mapping[str, Mapping[str, str]]:
    """All texts by dotted key (``page.title``), each with ``zh`` and ``en``."""
    sections = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {f"{section}.{key}": row for section, rows in sections.items() for key, row in rows.items()}


def phase_words(name: str) -> Mapping[str, str]:
    """A phase in both languages; what a standard calls it where the table does not know it. A remark in brackets is kept."""
    base, bracket, remark = name.partition(" (")
    row = load_strings().get(f"phase.{base}", {"zh": base, "en": base})
    return {language: word + bracket + remark for language, word in row.items()}
