"""The one string table of the report: every text a laboratory reads, in Chinese and English."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from harness.case.documents import Text

__all__ = ["STRINGS_FILE", "load_strings", "text"]

STRINGS_FILE = Path(__file__).with_name("strings.toml")


@cache
def load_strings() -> Mapping[str, Text]:
    """All texts by dotted key (``verdict.pass``)."""
    found: dict[str, Text] = {}
    for section, rows in tomllib.loads(STRINGS_FILE.read_text(encoding="utf-8")).items():
        for key, row in rows.items():
            found[f"{section}.{key}"] = {"zh": row["zh"], "en": row["en"]}
    return found


def text(key: str, **values: object) -> Text:
    """One text with ``{name}`` places filled in both languages.

    Raises:
        KeyError: the table has no such key, or a place is not filled.
    """
    row = load_strings()[key]
    return {"zh": row["zh"].format(**values), "en": row["en"].format(**values)} if values else row
