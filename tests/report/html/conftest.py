"""The page of a report about 30 cases of two suites, and a browser that has it open."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.report import compiler, figures
from harness.report.campaign.market_file import load_markets
from harness.report.figures import Artwork
from harness.report.html import render_html
from harness.report.signals import Recording
from harness.report.view import AmendmentView, Field, OpinionView, ReportView, SoftwareView, Table

OTHER_SUITE = "iso15118"
"""The suite of the last six rows."""

_WORDS = {"zh": "依据", "en": "what it rests on"}
_OPINION = OpinionView(_WORDS, "王五 Wang Wu", "three cases in a row", "GBT-VP.101")
_FONTS = Table([_WORDS, _WORDS], [("NotoSansCJK-Regular.ttc", "ab" * 32)])
_SOFTWARE = SoftwareView(
    _WORDS, Table([_WORDS, _WORDS], [("golden traces", "7")]), ["end: verdict differs"], [Field(_WORDS, "3.11")], _FONTS, holds=False
)
_AMENDMENT = AmendmentView("PC-2026-000001", [Field(_WORDS, "PC-2026-000001")], Table([_WORDS, _WORDS], [("vin", "A, then B")]))


class _Enough(Exception):
    """The view is there; the rest of the report is not needed."""


@pytest.fixture(scope="session")
def made(demo_run: Path, standards: Mapping[str, Any]) -> tuple[ReportView, Artwork]:
    """View and artwork of a report, as the compiler hands them on; PDF and its pictures are not drawn."""
    seen: list[tuple[ReportView, Artwork]] = []

    def keep(view: ReportView, artwork: Artwork) -> bytes:
        seen.append((view, artwork))
        raise _Enough

    def no_drawing(recording: Recording) -> bytes | None:
        return b"<svg xmlns='http://www.w3.org/2000/svg'/>" if recording.activities else None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figures, "draw_recording", no_drawing)
        patch.setattr(compiler, "render_pdf", lambda *_, **__: b"")
        patch.setattr(compiler, "render_html", keep)
        with pytest.raises(_Enough):
            compiler.compile_report([demo_run], None, standards, markets=load_markets(["eu"]))
    view, artwork = seen[0]
    rows = [replace(row, suite=OTHER_SUITE) if row.no > 24 else row for row in view.results]
    by_id = {row.id: row for row in rows}
    sheets = [replace(sheet, row=by_id[sheet.row.id]) for sheet in view.sheets]
    return replace(view, results=rows, sheets=sheets, opinions=[_OPINION], software=_SOFTWARE, amendment=_AMENDMENT), artwork


@pytest.fixture(scope="session")
def view(made: tuple[ReportView, Artwork]) -> ReportView:
    """What the page shows."""
    return made[0]


@pytest.fixture(scope="session")
def artwork(made: tuple[ReportView, Artwork]) -> Artwork:
    """What its figures show."""
    return made[1]


@pytest.fixture(scope="session")
def page(view: ReportView, artwork: Artwork) -> str:
    """The page as text."""
    return render_html(view, artwork).decode("utf-8")


@pytest.fixture(scope="session")
def page_file(page: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page as file."""
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(page, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def chromium(start_browser: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One browser for all tests of a module."""
    browser = start_browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture
def opened(chromium: Any, page_file: Path) -> Iterator[Any]:
    """The page in a window of usual width, as a person finds it; nothing may have been asked for or complained of at the end."""
    chromium.complaints.clear()
    chromium.scripts(True)
    chromium.medium("screen")
    chromium.window(1440)
    chromium.open(page_file)
    yield chromium
    assert chromium.complaints == []
    assert {url.partition("#")[0] for url in chromium.requests if not url.startswith("data:")} == {page_file.as_uri()}
