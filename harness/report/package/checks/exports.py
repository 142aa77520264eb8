"""V9 beside the PDF: the page and the exports say what results.json says."""

from __future__ import annotations

import json
from collections import Counter
from html.parser import HTMLParser

from harness import __version__
from harness.case.documents import ResultsDoc
from harness.case.run.results import counted_as
from harness.report.package.collect import exports_of
from harness.report.package.container.layout import HTML
from harness.report.package.container.opening import Opened
from harness.report.package.outcome import Status, Step
from harness.report.pages.sheets import verdict_view

__all__ = ["check_exports", "check_page"]

TOOLS = "data/env/tool-versions.json"
_SHOWN = 10


def check_exports(opened: Opened, results: ResultsDoc, step: Step) -> None:
    """The files in the formats of others against those that follow from *results*.

    Another version of this software may write them otherwise: then nothing is proven about them.
    """
    for place, content in exports_of(results).items():
        found = opened.read(place)
        if found is None or found == content:
            continue
        if (version := _sealed_with(opened)) == __version__:
            step.fail("v9.export", path=place)
        else:
            step.add(Status.UNPROVEN, "v9.export_version", path=place, version=version, own=__version__)


def check_page(opened: Opened, results: ResultsDoc, step: Step) -> None:
    """The rows of report.html against *results*: each once in the table and on a sheet, with its verdict in words."""
    content = opened.read(HTML)
    if content is None:
        step.fail("v9.page", detail=HTML)
        return
    rows = _Rows()
    rows.feed(content.decode("utf-8", errors="replace"))
    wanted: Counter[tuple[str, str]] = Counter((row["id"], counted_as(row)) for row in results["results"])
    for kind, printed in rows.printed.items():
        found = Counter((case_id, word) for case_id, word, _ in printed)
        for case_id, word in [*(wanted - found), *(found - wanted)][:_SHOWN]:
            step.fail("v9.page", detail=f"{kind}: {case_id} {word}")
        for case_id, word, text in printed:
            if (case_id, word) in wanted and not all(each in text for each in (verdict_view(word).zh, verdict_view(word).en)):
                step.fail("v9.page", detail=f"{kind}: {case_id} {verdict_view(word).en}")


def _sealed_with(opened: Opened) -> str:
    try:
        return str(json.loads(opened.read(TOOLS) or b"{}")["sealed_with"]["precert"])
    except (ValueError, KeyError, TypeError):
        return "?"


class _Rows(HTMLParser):
    """Id, verdict and visible words of every row of the results table and of every head of a sheet."""

    def __init__(self) -> None:
        super().__init__()
        self.printed: dict[str, list[tuple[str, str, str]]] = {"table": [], "sheet": []}
        self._kind = ""
        self._verdict = ""
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind = {"tr": "table", "details": "sheet"}.get(tag)
        values = dict(attrs)
        if kind is not None and "data-suite" in values:
            self._kind, self._verdict, self._words = kind, values.get("data-verdict") or "", []

    def handle_data(self, data: str) -> None:
        if self._kind:
            self._words.append(data)

    def handle_endtag(self, tag: str) -> None:
        if (tag, self._kind) in (("tr", "table"), ("summary", "sheet")):
            text = " ".join(self._words)
            # A row begins with its number.
            words = [*text.split(), "", ""]
            self.printed[self._kind].append((words[1 if self._kind == "table" else 0], self._verdict, text))
            self._kind = ""
