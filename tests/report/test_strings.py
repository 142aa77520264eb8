"""The string table: both languages everywhere, nothing missing, nothing left over."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from harness.core import resource
from harness.report.strings import STRINGS_FILE, load_strings, text

WITHOUT_ENGLISH = {"results.u", "sheet.u", "attachment.sha", "page.results_hash"}
"""Symbols and file names, the same in both languages."""
ROWS = tomllib.loads(STRINGS_FILE.read_text(encoding="utf-8"))
KEYS = [f"{section}.{key}" for section, rows in ROWS.items() for key in rows]


def _sources() -> str:
    folder = Path(STRINGS_FILE).parent
    files = [
        *folder.rglob("*.py"),
        folder / "plots.toml",
        *resource("reports", "templates").glob("*.typ"),
        *(path for path in resource("reports", "templates").glob("*.j2") if path.name != "timeline.html.j2"),
    ]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


SOURCES = _sources()


def test_every_key_has_both_languages() -> None:
    rows = load_strings()
    assert [key for key in KEYS if set(ROWS[key.partition(".")[0]][key.partition(".")[2]]) != {"zh", "en"}] == []
    assert [key for key in KEYS if not rows[key]["zh"].strip()] == []
    assert [key for key in KEYS if not rows[key]["en"].strip() and key not in WITHOUT_ENGLISH] == []


def test_every_key_is_printed_somewhere() -> None:
    assert [key for key in KEYS if not _is_used(key)] == []


def _is_used(key: str) -> bool:
    section, _, name = key.partition(".")
    if f'"{key}"' in SOURCES or f"'{key}'" in SOURCES:
        return True
    composed = rf"""["']{section}\.(?:["'] ?[~+]|\{{)"""
    composed_name = rf"""["']{section}\.{name.partition("_")[0]}_\{{"""
    suffixed = rf"""["']{section}\.\{{\w+\}}_{name.rpartition("_")[2]}["']"""
    return any(re.search(pattern, SOURCES) for pattern in (composed, composed_name, suffixed))


def test_every_literal_key_of_the_sources_exists() -> None:
    sections = "|".join(ROWS)
    used = set(re.findall(rf"""(?:text\(|t\(|s\.at\(|s\[|title = )["']((?:{sections})\.\w+)["']""", SOURCES))
    assert len(used) > 100
    assert used <= set(KEYS)


def test_both_languages_fill_the_same_places() -> None:
    assert [key for key, row in load_strings().items() if row["en"] and _places(row["zh"]) != _places(row["en"])] == []


def _places(words: str) -> set[str]:
    return {place.removesuffix("_zh").removesuffix("_en") for place in re.findall(r"\{(\w+)\}", words)}


def test_chinese_uses_full_width_punctuation_between_chinese_characters() -> None:
    wrong = [key for key, row in load_strings().items() if re.search(r"[\u4e00-\u9fff][,:;?][\u4e00-\u9fff]", row["zh"])]
    assert wrong == []


def test_unfilled_place_is_an_error() -> None:
    with pytest.raises(KeyError):
        text("sheet.attempt", wrong=1)
