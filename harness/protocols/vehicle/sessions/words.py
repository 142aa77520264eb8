"""The texts of what is told about a truck's network, in Chinese and English."""

from __future__ import annotations

from pathlib import Path

from harness.core.words import Texts

__all__ = ["TEXTS", "address_text"]

TEXTS = Texts(Path(__file__).with_name("story.toml"))


def address_text(address: int) -> str:
    """An address as it is printed: two hexadecimal digits, four for one of DoIP or an identifier of 11 bits."""
    return f"{address:02X}" if address <= 0xFF else f"{address:04X}"
