"""The cover: what was tested, for whom, by whom, on what basis, when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.case.documents import BodyDoc, ResultsDoc, Text
from harness.case.run.results import counted_as
from harness.report.citing import cited, own_words
from harness.report.pages.bench.item import item_value
from harness.report.pages.fields import stated
from harness.report.pages.front.amendment import replaced_fields
from harness.report.strings import text
from harness.report.view import Field

__all__ = ["cover_fields"]


def cover_fields(results: ResultsDoc) -> list[Field]:
    """The lines of the cover, the report number first."""
    parts = list(_basis(_standards(results)))
    suites = ", ".join(f"PRECERT-{suite['name']}@{suite['version']}" for suite in results["suites"])
    mode, category = text(f"mode.{results['report']['bench_mode']}"), text(f"cover.category_{results['report'].get('category', 'self')}")
    demo = text("cover.demo_data")
    run = results["run"]
    dates = list(dict.fromkeys([run["started_at"][:10], run["ended_at"][:10]]))
    return [
        Field(text("cover.number"), results["report"]["number"]),
        *replaced_fields(results),
        item_value(results, "name"),
        item_value(results, "type"),
        item_value(results, "serial" if results["item"].get("serial") else "vin"),
        item_value(results, "manufacturer"),
        stated(text("cover.client"), _body(results.get("client"))),
        Field(text("cover.category"), category["zh"], value_en=category["en"]),
        Field(text("cover.mode"), mode["zh"], value_en=mode["en"]),
        Field(
            text("cover.basis"),
            "、".join([*(part["zh"] for part in parts), suites]),
            value_en=", ".join([*(part["en"] for part in parts), suites]),
        ),
        Field(text("cover.tested"), " – ".join(dates)),
        Field(text("cover.issued"), results["report"]["issued_at"][:10]),
        stated(text("cover.issuer"), _body(results.get("issuer"))),
        *([Field(text("cover.demo"), demo["zh"], value_en=demo["en"])] if results["report"].get("demo") else []),
    ]


def _basis(standards: Sequence[str]) -> Iterator[Text]:
    """The standards in one part, then what the project made itself, each with its words."""
    if published := [each for each in standards if own_words(each) is None]:
        yield text("cover.basis_part", standards_zh="、".join(published), standards_en=", ".join(published))
    for each in standards:
        if (words := own_words(each)) is not None:
            yield words


def _standards(results: ResultsDoc) -> list[str]:
    """What the tests were made against. A project-defined case is none against a standard, whatever it refers to."""
    rows = [row for row in results["results"] if counted_as(row) != "na"]
    named = dict.fromkeys((cited(ref)[0], row["basis"]) for row in rows for ref in row["refs"])
    return list(dict.fromkeys(standard for standard, basis in named if basis != "project" or own_words(standard)))


def _body(body: BodyDoc | None) -> str:
    return "" if body is None else ", ".join((body["name"], body["address"], body["contact"]))
