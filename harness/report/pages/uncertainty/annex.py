"""The parts of the annex in their order."""

from __future__ import annotations

from harness.case.documents import ResultsDoc, Text
from harness.report.pages.bench.conditions import runs_of
from harness.report.pages.fields import compact
from harness.report.pages.uncertainty.budgets import interval_budgets
from harness.report.pages.uncertainty.known import reading_budgets, risk_tables
from harness.report.pages.uncertainty.measurands import measurand_table, narrow_table, quantities_of
from harness.report.strings import text
from harness.report.view import Field, Table

__all__ = ["uncertainty_facts", "uncertainty_statements", "uncertainty_tables"]


def uncertainty_statements(results: ResultsDoc) -> list[Text]:
    """What holds for all measurements."""
    rule = results["plan"]["decision_rule"]
    return [
        text("uncertainty.time_base"),
        text("uncertainty.carried"),
        text(f"uncertainty.rule_{rule}"),
        text("uncertainty.not_fit"),
        text("uncertainty.ratio"),
    ]


def uncertainty_facts(results: ResultsDoc) -> list[Field]:
    """The decision rule, the coverage factor, and the time base of every run."""
    meaning = text(f"rule.{results['plan']['decision_rule']}_meaning")
    coverage = text("uncertainty.coverage_value")
    return [
        Field(text("uncertainty.rule"), f"{results['plan']['decision_rule']} {meaning['zh']}", value_en=meaning["en"]),
        Field(text("uncertainty.coverage"), coverage["zh"], value_en=coverage["en"]),
        *(Field(text("uncertainty.clock"), compact(run["rig"]["clock"])) for run in runs_of(results)),
    ]


def uncertainty_tables(results: ResultsDoc) -> list[Table]:
    """Measurands, budgets, results with little room for their uncertainty, risks."""
    quantities = quantities_of(results)
    return [
        measurand_table(quantities),
        *interval_budgets(results, quantities),
        *reading_budgets(),
        narrow_table(quantities),
        *risk_tables(results["plan"]["decision_rule"]),
    ]
