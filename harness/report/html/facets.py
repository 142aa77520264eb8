"""By what the rows of the results table can be filtered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from harness.case.documents import Text
from harness.report.strings import text
from harness.report.view import ReportView

__all__ = ["Facet", "Facets", "facets_of"]

_WORDS = ("pass", "fail", "inconc", "error", "none", "na")


@dataclass(frozen=True, slots=True)
class Facet:
    """One value that rows share, and how many do."""

    name: str
    label: Text
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """Values that occur in a report."""

    verdicts: Sequence[Facet]
    suites: Sequence[Facet]


def facets_of(view: ReportView) -> Facets:
    """Verdicts in the order of the summary, suites in the order of the rows."""
    verdicts = Counter(row.verdict.word for row in view.results)
    suites = Counter(row.suite for row in view.results)
    titles = {line.version.partition("@")[0]: line.title for line in view.suites}
    return Facets(
        [Facet(word, text(f"verdict.{word}"), verdicts[word]) for word in _WORDS if verdicts[word]],
        [Facet(suite, titles.get(suite, {"zh": suite, "en": suite}), count) for suite, count in suites.items()],
    )
