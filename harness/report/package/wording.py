"""The string table of sealing and verification: every sentence in Chinese and English."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from harness.case.documents import Text

__all__ = ["load_wording", "say"]

_FILE = Path(__file__).with_name("strings.toml")


@cache
def load_wording() -> Mapping[str, Text]:
    """All sentences by dotted key (``v2.changed``)."""
    tables = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {f"{table}.{key}": {"zh": row["zh"], "en": row["en"]} for table, rows in tables.items() for key, row in rows.items()}


def say(key: str, **values: object) -> Text:
    """One sentence with its places filled; a value that is a ``Text`` itself gives each language its own.

    Raises:
        KeyError: the table has no such key, or a place is not filled.
    """
    row = load_wording()[key]
    return {
        "zh": row["zh"].format(**{name: _in(value, "zh") for name, value in values.items()}),
        "en": row["en"].format(**{name: _in(value, "en") for name, value in values.items()}),
    }


def _in(value: object, language: str) -> object:
    if isinstance(value, dict):
        return value[language]
    # What a package says must not steer the terminal that shows it.
    return "".join(char if char.isprintable() else "\ufffd" for char in value) if isinstance(value, str) else value
