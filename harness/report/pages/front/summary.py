"""The summary: counts per suite, requirements concerned, what failed and what stays open."""

from __future__ import annotations

from harness.case.documents import ResultsDoc
from harness.case.run.results import counted_as
from harness.report.citing import own_words
from harness.report.pages.front.conclusion import concerned_requirements
from harness.report.pages.sheets import verdict_view
from harness.report.strings import text
from harness.report.units import readable
from harness.report.view import ClauseLine, Line, SuiteLine

__all__ = ["clause_lines", "identity_of", "lines_of", "suite_lines"]


def suite_lines(results: ResultsDoc) -> list[SuiteLine]:
    """Counts per suite, project-defined cases apart, and the total of several suites."""
    lines = []
    for suite in results["suites"]:
        lines.append(SuiteLine(suite["title"], f"{suite['name']}@{suite['version']}", verdict_view(suite["verdict"]), suite["counts"]))
        if suite["counts_project"]["planned"]:
            lines.append(SuiteLine(text("summary.project"), "", None, suite["counts_project"], project=True))
    if len(results["suites"]) > 1:
        lines.append(SuiteLine(text("summary.total"), "", None, results["counts"]))
    return lines


def clause_lines(results: ResultsDoc) -> list[ClauseLine]:
    """Requirements of each standard that are met, not met and not decided."""
    return [
        ClauseLine(_name(each.standard), ", ".join(each.met), ", ".join(each.not_met), ", ".join(each.undecided))
        for each in concerned_requirements(results["results"])
    ]


def _name(standard: str) -> str:
    """A standard by its name; what the project made itself with what it is."""
    words = own_words(standard)
    return f"{words['zh']} {words['en']}" if words else standard


def lines_of(results: ResultsDoc, words: tuple[str, ...]) -> list[Line]:
    """The rows that count as one of *words*, with their reasons."""
    lines = []
    for row in results["results"]:
        if (word := counted_as(row)) in words:
            code = f"{row['reason_code']}: " if row["reason_code"] else ""
            lines.append(Line(row["id"], row["title"], verdict_view(word), f"{code}{readable(row['reason'])}"))
    return lines


def identity_of(results: ResultsDoc) -> str:
    """How the conclusion names the one item tested."""
    if vin := results["item"].get("vin"):
        return f"VIN {vin}"
    name = str(results["item"].get("name") or results["item"].get("model") or results["item"].get("role") or "?")
    serial = results["item"].get("serial")
    return f"{name}, S/N {serial}" if serial else name
