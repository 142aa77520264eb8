"""The texts of a session's story, in Chinese and English."""

from __future__ import annotations

from pathlib import Path

from harness.core.words import LANGUAGES, Texts, Words

__all__ = ["LANGUAGES", "Words", "say"]

_TEXTS = Texts(Path(__file__).with_name("story.toml"))


def say(words: Words, language: str) -> str:
    """A text in one language."""
    return _TEXTS.say(words, language)
