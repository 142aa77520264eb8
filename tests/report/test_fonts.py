"""The font files of a report: two and no other, told by their SHA-256, and named where they are not on the list."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.report import fonts
from harness.report.compiler import compile_report
from harness.report.pdf_text import dense, page_texts


@pytest.fixture
def other_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installation whose font files are others: a byte more at their end changes no glyph."""
    paths = []
    for path in fonts.font_files():
        paths.append(tmp_path / path.name)
        paths[-1].write_bytes(path.read_bytes() + b"\x00")
    _forget()
    monkeypatch.setattr("harness.report.fonts.font_manager.findSystemFonts", lambda **_: [str(path) for path in paths])
    yield
    _forget()


def _forget() -> None:
    for each in (fonts.font_files, fonts.fonts_used, fonts.register_fonts):
        each.cache_clear()


def test_the_files_are_told_by_their_hash() -> None:
    used = fonts.fonts_used()
    assert [each.sha256 for each in used] == [hashlib.sha256(path.read_bytes()).hexdigest() for path in fonts.font_files()]
    assert all(each.version[0].isdigit() for each in used)


def test_every_listed_file_has_one_hash_and_says_where_it_comes_from() -> None:
    listed = tomllib.loads(fonts.KNOWN_FILE.read_text(encoding="utf-8"))["file"]
    assert len({each["sha256"] for each in listed}) == len(listed)
    assert all(len(each["sha256"]) == 64 and each["name"] and each["version"] and each["package"] for each in listed)


def test_the_report_prints_the_files_that_it_was_set_with(small_run: Path, standards: Mapping[str, Any]) -> None:
    report = compile_report([small_run], None, standards)
    paper = dense("".join(page_texts(report.files["report.pdf"])))
    for each in fonts.fonts_used():
        state = "在清单中listed" if each.known else "不在清单中notlisted"
        assert f"{each.name}{each.version}{each.sha256}{state}" in paper
        assert each.sha256 in report.files["report.html"].decode("utf-8")


@pytest.mark.usefixtures("other_files")
def test_another_version_is_used_and_named(small_run: Path, standards: Mapping[str, Any]) -> None:
    report = compile_report([small_run], None, standards)
    notes = [note["en"] for note in report.notes if "font file" in note["en"]]
    assert len(notes) == 2
    assert "is not on the pinned list" in notes[0]
    assert dense("".join(page_texts(report.files["report.pdf"]))).count("不在清单中notlisted") == 2


def test_no_other_font_is_seen(tmp_path: Path) -> None:
    families = fonts.only_fonts(tmp_path).families()
    assert {fonts.FAMILY, fonts.MONO} <= set(families)
    assert all(name.startswith(("Noto Sans CJK ", "Noto Sans Mono CJK ")) for name in families)
