"""The texts of a session's story, in Chinese and English."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

__all__ = ["LANGUAGES", "Words", "say"]

LANGUAGES = ("zh", "en")
Words = tuple[str, Mapping[str, object]]
"""Key of a text and what stands in it; a value that is itself ``Words`` is put into the same language."""

_FILE = Path(__file__).with_name("story.toml")


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def say(words: Words, language: str) -> str:
    """A text in one language."""
    key, values = words
    inner = {name: say(value, language) if isinstance(value, tuple) else value for name, value in values.items()}
    return _table()[key][language].format(**inner)
