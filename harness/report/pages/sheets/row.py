"""One row of the results table."""

from __future__ import annotations

from harness.case.documents import CaseDoc, RowDoc, Text
from harness.case.run.results import counted_as, deciding_check, main_evidence
from harness.report.citing import printed_ref
from harness.report.pages.sheets.checks import criterion_of, observed_of, uncertainty_of
from harness.report.pages.sheets.words import anchor_of, verdict_view
from harness.report.strings import text
from harness.report.units import readable
from harness.report.view import ResultView

__all__ = ["result_view"]


def result_view(number: int, row: RowDoc, case: CaseDoc, *, has_sheet: bool = True, deviates: bool = False) -> ResultView:
    """One row of the results table: the printed result is that of the deciding check. *deviates*: from its method."""
    check = deciding_check(row)
    if check is not None:
        requirement = f"{check['name']}: {criterion_of(check)}"
        # Names of checks are English; a step tells in both languages what it expects.
        requirement_zh = _expected_zh(case, check["step"]) or requirement
        result, uncertainty = observed_of(check), uncertainty_of(check)
    else:
        requirement, requirement_zh = case["purpose"]["en"], case["purpose"]["zh"]
        result, uncertainty = readable(row["reason"]), ""
    evidence = main_evidence(row)
    return ResultView(
        no=number,
        id=row["id"],
        anchor=anchor_of(row["id"]),
        title=row["title"],
        suite=row["suite"],
        clauses=[printed_ref(ref) for ref in row["refs"]],
        requirement=requirement,
        requirement_zh=requirement_zh,
        among=_among(row),
        result=result or "—",
        uncertainty=uncertainty,
        verdict=verdict_view(counted_as(row)),
        marks=_marks(row, deviates=deviates),
        evidence=evidence["sha256"][:8] if evidence else "—",
        has_sheet=has_sheet,
    )


def _expected_zh(case: CaseDoc, step: int | None) -> str:
    """What a planned step expects; empty for the check of a rule, which belongs to no step."""
    return next((planned["expect"]["zh"] for planned in case["steps"] if planned["n"] == step), "")


def _marks(row: RowDoc, *, deviates: bool) -> list[Text]:
    marks = []
    if row["bench_mode"] != "vehicle":
        marks.append(text(f"mark.{row['bench_mode']}"))
    if row["basis"] == "project":
        marks.append(text("mark.project"))
    if row["performed_by"] != "self":
        marks.append(text("mark.external"))
    if deviates:
        marks.append(text("mark.method_deviation"))
    if row["deviations"]:
        marks.append(text("mark.deviation"))
    editions = [attempt.get("edition", "") for attempt in row["attempts"]]
    if len(set(editions)) > 1:
        marks.append(text("mark.editions"))
    if len(set(editions)) < len(editions):
        marks.append(text("mark.retry"))
    return marks


def _among(row: RowDoc) -> Text | None:
    count = len(row["checks"])
    return text("results.among", n=count) if row["verdict"] == "pass" and count > 1 else None
