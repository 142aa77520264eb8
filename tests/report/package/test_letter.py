"""The cover letter: one page that carries the seal value as text and as a QR code, and stays outside of the package."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import segno

from harness.core import ConfigError
from harness.report.claims_files import claims_in_files
from harness.report.package import letter
from harness.report.package.letter import letter_pdf, qr_text
from harness.report.package.seal import seal
from harness.report.pdf_text import dense, document_info, page_texts

ROOT = "0123456789abcdef" * 4
NOW = datetime(2026, 7, 3, 9, 30, tzinfo=UTC)


@pytest.fixture
def results(workshop: Any) -> Any:
    return workshop.collected.results


def test_one_page_names_report_seal_value_signers_and_how_to_check(results: Any) -> None:
    pdf = letter_pdf(results, ROOT, NOW, {"approved": "王五"}, test=False)
    [page] = map(dense, page_texts(pdf))
    number = results["report"]["number"]
    assert number in document_info(pdf)["Title"]
    for words in (
        number,
        ROOT,
        "批准Approved王五",
        "检测方式Benchmode",
        "2026-07-03T09:30:00+00:00",
        "precertverify",
        "tagmanifest-sha256.txt",
        "Notaccredited",
    ):
        assert words in page
    assert "TESTONLY" not in page
    assert claims_in_files({"letter.pdf": pdf}) == []


def test_groups_of_the_value_are_those_of_the_value(results: Any) -> None:
    [page] = page_texts(letter_pdf(results, ROOT, NOW, {}, test=False))
    groups = re.findall(r"[0-9a-f]{8}(?= |\n)", page[page.index("Seal value") :])
    assert "".join(groups[:8]) == ROOT


def test_the_code_says_number_and_value(results: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    real = segno.make
    monkeypatch.setattr(letter.segno, "make", lambda content, **options: made.append(content) or real(content, **options))
    letter_pdf(results, ROOT, NOW, {}, test=False)
    assert made == [f"precert-seal/1 {results['report']['number']} sha256 {ROOT}"] == [qr_text(results["report"]["number"], ROOT)]


def test_the_same_seal_gives_the_same_bytes(results: Any) -> None:
    assert letter_pdf(results, ROOT, NOW, {}, test=True) == letter_pdf(results, ROOT, NOW, {}, test=True)
    assert "TESTONLY" in dense(page_texts(letter_pdf(results, ROOT, NOW, {}, test=True))[0])


def test_sealing_writes_the_letter_beside_the_package(workshop: Any, tmp_path: Path) -> None:
    (workshop.other.folder / "sealed.json").unlink(missing_ok=True)
    sealed = seal(workshop.other, workshop.keys, tmp_path / "out", check=False)
    (workshop.other.folder / "sealed.json").unlink()
    assert sealed.letter == tmp_path / "out" / f"{sealed.number}.letter.pdf"
    page = dense(page_texts(sealed.letter.read_bytes())[0])
    assert sealed.root in page
    assert "TESTONLY" in page
    assert list(sealed.paths[0].rglob("*letter*")) == []


def test_a_letter_that_exists_is_not_replaced(workshop: Any, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    there = tmp_path / "out" / f"{workshop.other.results['report']['number']}.letter.pdf"
    there.write_text("sent")
    with pytest.raises(ConfigError, match="exists already"):
        seal(workshop.other, workshop.keys, tmp_path / "out", check=False)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [there.name]
    assert there.read_text() == "sent"
