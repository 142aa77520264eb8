"""Worked examples that every installation is checked against, as the annex shows them: budgets and risks."""

from __future__ import annotations

from harness.core import COVERAGE_FACTOR, DecisionRule, combined, global_risk
from harness.report.pages.uncertainty.budgets import both, budget_table
from harness.report.selfcheck.vectors import InstrumentRow, read_vectors, reading_components
from harness.report.strings import text
from harness.report.view import Table

__all__ = ["reading_budgets", "risk_tables"]


def reading_budgets() -> list[Table]:
    """How a reading of an instrument is evaluated, with the numbers of the selfcheck."""
    return [_reading_budget(row) for row in read_vectors()["instrument"]]


def risk_tables(rule: str) -> list[Table]:
    """Risk at the acceptance limit by guard band, and the global risk of a production; the line of *rule* is marked."""
    vectors = read_vectors()
    limit_rows = [(row["guard"], row["pfa"]) for row in vectors["risk"]]
    header = [text("uncertainty.guard"), text("uncertainty.pfa_limit")]
    tables = [Table(header, limit_rows, text("uncertainty.specific"), note=text("uncertainty.specific_note"))]
    for table in vectors["global_risk"]:
        rows = []
        for name, guard, *_ in table["rows"]:
            risk = global_risk(table["mean"], table["spread"], table["u"], (table["lower"], table["upper"]), float(guard))
            mark = " ●" if DecisionRule(name) == rule else ""
            rows.append((f"{name}{mark}", f"w = {guard}", f"{100 * risk.false_acceptance:.2f} %", f"{100 * risk.false_rejection:.2f} %"))
        columns = [text("uncertainty.rule"), text("uncertainty.guard"), text("uncertainty.pfa"), text("uncertainty.pfr")]
        title = text("uncertainty.global", example=table["name"])
        tables.append(Table(columns, rows, title, note=text("uncertainty.global_note")))
    return tables


def _reading_budget(row: InstrumentRow) -> Table:
    unit, parts = row["unit"], reading_components(row)
    inputs = {
        "accuracy": ("a/√3", f"a = {row['accuracy']:g} {unit}"),
        "calibration": (f"U/{COVERAGE_FACTOR}", f"U = {row['calibration']:.2f} {unit}"),
        "resolution": ("q/√12", f"q = {row['resolution']:g} {unit}"),
        "repeatability": ("s", f"s = {row['repeatability']:g} {unit}"),
    }
    lines = [(both(f"uncertainty.of_{name}"), *inputs[name], u) for name, u in parts.items()]
    shown = {both(f"uncertainty.of_{name}"): f"{u:.4f} {unit}" for name, u in parts.items()}
    u_combined = combined(parts.values())
    shown |= {"combined": f"{u_combined:.4f} {unit}", "expanded": f"U = {COVERAGE_FACTOR * u_combined:.3f} {unit}"}
    return budget_table(text("uncertainty.reading", example=row["name"]), lines, shown, text("uncertainty.reading_note"))
