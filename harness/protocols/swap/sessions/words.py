"""The texts of what is told about a swap, in Chinese and English."""

from __future__ import annotations

from pathlib import Path

from harness.core.words import Texts

__all__ = ["TEXTS"]

TEXTS = Texts(Path(__file__).with_name("story.toml"))
