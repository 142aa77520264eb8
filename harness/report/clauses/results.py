"""What stands in the rows and on the sheets: clauses 7.8.2.1 f, m, n, p, 7.8.3.1 b, c, 7.8.6.2 and 7.11.6."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from harness.case.documents import CheckDoc, RowDoc
from harness.case.run.results import counted_as, deciding_check
from harness.report.citing import printed_ref
from harness.report.clauses.cells import Numbers, row_misses, sheet_misses, two_figures_up
from harness.report.clauses.document import Finished
from harness.report.pdf_text import dense
from harness.report.sheet_choice import has_sheet
from harness.report.strings import load_strings, text
from harness.report.units import SYMBOLS

__all__ = ["METHOD", "RESULTS", "counts_printed", "number_misses"]

METHOD = re.compile(r"PRECERT-[\w.-]+@\d+(\.\d+)*\S*|(?:[A-Z][A-Za-z/ ]*)[\d.]+(?:[-:.][\w.]+)*[-:]\d{4}\S*")
"""A method with its edition: a standard with its year, or a suite with its version."""
_NEAR = 3
"""How many U a value lies from the limit at most for U to matter to the decision."""


def methods(report: Finished) -> Iterator[str]:
    for row in report.results["results"]:
        if not METHOD.fullmatch(row["method"]["id"]):
            yield f"{row['id']}: '{row['method']['id']}' names no edition"
        if sheet := report.sheets[row["id"]]:
            yield from report.lacks(f"{row['id']}: method", row["method"]["id"], within=sheet)


def units(report: Finished) -> Iterator[str]:
    for row in report.results["results"]:
        for check in row["checks"]:
            if check["value"] is not None and check["value"]["unit"] not in SYMBOLS:
                yield f"{row['id']} {check['name']}: unit '{check['value']['unit']}' is not known"
        check_of_row = deciding_check(row)
        printed = report.rows[row["id"]].text
        if printed and check_of_row is not None and check_of_row["value"] is not None:
            sign = SYMBOLS.get(check_of_row["value"]["unit"], "")
            if dense(sign) not in printed:
                yield f"{row['id']}: unit {sign} in the results table"


def deviations(report: Finished) -> Iterator[str]:
    strings = load_strings()
    none, mark = strings["deviation.none"], strings["mark.deviation"]
    part = report.deviations
    rows = [row for row in report.results["results"] if row["deviations"]]
    told = {"from_methods": report.results.get("method_deviations", []), "of_the_item": rows}
    for kind, found in told.items():
        if not found:
            title = strings[f"deviation.{kind}"]
            yield from report.lacks("the words", f"{title['zh']} {title['en']} {none['zh']} {none['en']}", within=part)
    for row in rows:
        yield from report.lacks(f"{row['id']}: mark", f"{mark['zh']} {mark['en']}", within=report.rows[row["id"]].text)
        for deviation in row["deviations"]:
            words = (row["id"], *(str(deviation[key]) for key in ("reason", "ticket", "expires") if deviation.get(key)))
            yield from report.lacks(f"{row['id']}: deviation", *words, within=part)


def external(report: Finished) -> Iterator[str]:
    mark = load_strings()["mark.external"]
    for row in report.results["results"]:
        if row["performed_by"] != "self":
            yield from report.lacks(f"{row['id']}: mark", f"{mark['zh']} {mark['en']}", within=report.rows[row["id"]].text)
            yield from report.lacks("provider", row["performed_by"], within=report.before_results)


def counts_printed(report: Finished) -> Iterator[str]:
    counts = report.results["counts"]
    numbers = {"planned": counts["planned"], "passed": counts["pass"], "failed": counts["fail"]}
    sentence = text("conclusion.counts", **numbers, **{key: counts[key] for key in ("inconc", "error", "none", "na")})
    yield from report.lacks("the sentence", sentence["zh"], sentence["en"], within=report.before_results)


def conformity(report: Finished) -> Iterator[str]:
    strings = load_strings()
    yield from counts_printed(report)
    for row in report.results["results"]:
        words = strings[f"verdict.{counted_as(row)}"]
        yield from report.lacks(f"{row['id']}: verdict", f"{words['zh']} {words['en']}", within=report.rows[row["id"]].text)


def uncertainty(report: Finished) -> Iterator[str]:
    for row in report.results["results"]:
        check = deciding_check(row)
        if check is not None and _matters(check):
            printed = report.rows[row["id"]]
            value = check["value"]
            assert value is not None
            assert value["U"] is not None
            if not Numbers(printed.spaced, printed.text).hold(two_figures_up(Decimal(value["U"]))):
                yield f"{row['id']}: U = {value['U']} {value['unit']} in the results table"
    measured = any(
        check["value"] is not None and check["value"]["U"] is not None for row in report.results["results"] for check in row["checks"]
    )
    if measured:
        yield from report.lacks_texts("uncertainty.time_base", "uncertainty.expanded")


def rule_sealed(report: Finished) -> Iterator[str]:
    plan = report.results["plan"]
    yield from report.lacks("plan", plan["sha256"], plan["sealed_at"], within=report.before_results)
    first = min((datetime.fromisoformat(run["started_at"]) for run in report.runs), default=None)
    if first is not None and datetime.fromisoformat(plan["sealed_at"]) > first:
        yield f"the plan was sealed at {plan['sealed_at']}, after the first run began"
    for row in report.results["results"]:
        for check in row["checks"]:
            if check["decision"] is not None and check["decision"]["rule"] not in (plan["decision_rule"], "SIMPLE"):
                yield f"{row['id']} {check['name']}: decided by {check['decision']['rule']}, the plan says {plan['decision_rule']}"


def rows_concerned(report: Finished) -> Iterator[str]:
    for row in report.results["results"]:
        if not report.rows[row["id"]].text:
            yield f"{row['id']} is not in the results table"
        elif counted_as(row) not in ("pass", "na") and row["id"] not in report.before_results:
            yield f"{row['id']} is not in the summary"


def requirements(report: Finished) -> Iterator[str]:
    for row in report.results["results"]:
        if counted_as(row) == "na" or row["basis"] == "project":
            continue
        for ref in row["refs"]:
            requirement = printed_ref(ref).partition(":")[2] or ref
            yield from report.lacks(f"{row['id']}: requirement", requirement, within=report.before_results)


def rule_printed(report: Finished) -> Iterator[str]:
    rule = report.results["plan"]["decision_rule"]
    meaning = load_strings()[f"rule.{rule}_meaning"]
    sentence = text("statement.decision_rule", rule=rule, meaning_zh=meaning["zh"], meaning_en=meaning["en"])
    yield from report.lacks("the statement", sentence["zh"], sentence["en"], within=report.before_results)
    heading = load_strings()["section.uncertainty"]
    annex = report.whole.rpartition(dense(heading["zh"] + heading["en"]))[2]
    yield from report.lacks("in the annex, the rule", f"{rule} {meaning['zh']}", within=annex)


def calculations(report: Finished) -> Iterator[str]:
    if report.sha256[:16] not in report.whole:
        yield "the hash of results.json"
    for row in report.results["results"]:
        yield from number_misses(report, row)


def number_misses(report: Finished, row: RowDoc) -> Iterator[str]:
    """Numbers of *row* that its line of the table or its detail sheet does not show, or shows otherwise."""
    yield from row_misses(report.rows[row["id"]])
    if has_sheet(report.results["report"], row):
        yield from sheet_misses(row, report.sheets[row["id"]])


def _matters(check: CheckDoc) -> bool:
    value, criterion = check["value"], check["criterion"]
    if value is None or value["U"] is None:
        return False
    limits = [Decimal(limit) for limit in (criterion["lower"], criterion["upper"]) if limit is not None]
    return any(abs(Decimal(value["v"]) - limit) <= _NEAR * Decimal(value["U"]) for limit in limits)


RESULTS = {
    "RPT-METHOD": methods,
    "RPT-UNITS": units,
    "RPT-DEVIATION": deviations,
    "RPT-EXTERNAL": external,
    "RPT-CONFORM": conformity,
    "RPT-MU": uncertainty,
    "DEC-RULE": rule_sealed,
    "DEC-WHICH": rows_concerned,
    "DEC-SPEC": requirements,
    "DEC-PRINT": rule_printed,
    "SW-CALC": calculations,
}
