"""The annex on measurement uncertainty and the decision rule."""

from __future__ import annotations

from harness.case.documents import ResultsDoc, Text
from harness.report.pages.conditions import runs_of
from harness.report.pages.fields import compact
from harness.report.strings import text
from harness.report.view import Field

__all__ = ["uncertainty_facts", "uncertainty_statements"]


def uncertainty_statements() -> list[Text]:
    """What holds for all measurements."""
    return [text("uncertainty.time_base"), text("uncertainty.not_fit")]


def uncertainty_facts(results: ResultsDoc) -> list[Field]:
    """The decision rule, and the time base of every run."""
    return [
        Field(text("uncertainty.rule"), results["plan"]["decision_rule"]),
        *(Field(text("uncertainty.clock"), compact(run["rig"]["clock"])) for run in runs_of(results)),
    ]
