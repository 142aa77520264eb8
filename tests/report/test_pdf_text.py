"""Text, metadata and attachment of a finished report, read back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from harness.report.compiler import compile_report
from harness.report.pdf_text import PdfError, dense, dense_with_places, document_info, page_texts


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory, make_run: Callable[..., Path], standards: Any) -> Any:
    run = make_run(tmp_path_factory.mktemp("text") / "run", ids=("GBT-VP.101", "GBT-VP.104"))
    return compile_report([run], standards=standards)


def test_text_is_found_in_both_languages_and_the_title_in_the_metadata(compiled: Any) -> None:
    text = dense("".join(page_texts(compiled.files["report.pdf"])))
    assert "不符合" in text
    assert "GBT-VP.104" in text
    assert compiled.results["report"]["number"] in document_info(compiled.files["report.pdf"])["Title"]


def test_results_are_attached_byte_for_byte(compiled: Any, tmp_path: Path) -> None:
    file = tmp_path / "report.pdf"
    file.write_bytes(compiled.files["report.pdf"])
    with file.open("rb") as stream:
        names = PdfFileReader(stream).root["/Names"]["/EmbeddedFiles"]["/Names"]
        assert names[0] == "results.json"
        assert names[1]["/EF"]["/F"].data == compiled.files["results.json"]


def test_bytes_that_are_no_pdf_are_named_so() -> None:
    with pytest.raises(PdfError, match="no readable PDF"):
        page_texts(b"%PDF-1.7 nothing behind it")


def test_each_character_without_blanks_knows_its_place() -> None:
    text = " a b\u00adc\n\nd "
    found, places = dense_with_places(text)
    assert found == dense(text) == "abcd"
    assert "".join(text[place] for place in places) == found
