"""Texts in Chinese and English from a table beside the code that says them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

__all__ = ["LANGUAGES", "Texts", "Words"]

LANGUAGES = ("zh", "en")
Words = tuple[str, Mapping[str, object]]
"""Key of a text and what stands in it; a value that is itself ``Words`` is put into the same language."""


class Texts:
    """The texts of one file: keys with ``zh`` and ``en``."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _table(self) -> Mapping[str, Mapping[str, str]]:
        return tomllib.loads(self._path.read_text(encoding="utf-8"))

    def say(self, words: Words, language: str) -> str:
        """A text in one language."""
        key, values = words
        inner = {name: self.say(value, language) if isinstance(value, tuple) else value for name, value in values.items()}
        return self._table[key][language].format(**inner)

    def both(self, key: str, **values: object) -> Mapping[str, str]:
        """A text by language."""
        return {language: self.say((key, values), language) for language in LANGUAGES}

    def story(self, lines: Iterable[Words]) -> Mapping[str, tuple[str, ...]]:
        """Many lines by language."""
        told = list(lines)
        return {language: tuple(self.say(line, language) for line in told) for language in LANGUAGES}
