"""Rows of the results table and detail sheets of the cases, in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from harness.case.documents import CaseDoc, CheckDoc, FindingDoc, RecordDoc, RowDoc, StepDoc, Text
from harness.case.run.results import counted_as, deciding_check
from harness.report.brief import brief_rules, brief_steps
from harness.report.strings import text
from harness.report.units import quantity, shown_uncertainty
from harness.report.view import (
    Attachment,
    CheckView,
    FailureView,
    Field,
    Figure,
    FindingView,
    ResultView,
    SheetView,
    StepView,
    Table,
    VerdictView,
)

__all__ = ["SheetParts", "anchor_of", "result_view", "sheet_view", "verdict_view"]

_FRAMES_SHOWN = 4
_FINDINGS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class SheetParts:
    """What a sheet needs beside its row."""

    case: CaseDoc
    record: RecordDoc | None
    attachments: Sequence[Attachment]
    figures: Sequence[Figure]


def verdict_view(word: str) -> VerdictView:
    """The words of a verdict or of ``na``."""
    words = text(f"verdict.{word}")
    return VerdictView(word, words["zh"], words["en"])


def anchor_of(case_id: str) -> str:
    """Name of the sheet of a case as link target."""
    return "case-" + re.sub(r"[^A-Za-z0-9.-]", "-", case_id)


def result_view(number: int, row: RowDoc, case: CaseDoc) -> ResultView:
    """One row of the results table: the printed result is that of the deciding check."""
    check = deciding_check(row)
    if check is not None:
        requirement = requirement_zh = f"{check['name']}: {_criterion(check)}"
        result, uncertainty = _observed(check), _uncertainty(check)
    else:
        requirement, requirement_zh = case["purpose"]["en"], case["purpose"]["zh"]
        result, uncertainty = row["reason"], ""
    first = row["evidence"][0]["sha256"][:8] if row["evidence"] else "—"
    return ResultView(
        no=number,
        id=row["id"],
        anchor=anchor_of(row["id"]),
        title=row["title"],
        suite=row["suite"],
        clauses=row["refs"],
        requirement=requirement,
        requirement_zh=requirement_zh,
        among=_among(row),
        result=result or "—",
        uncertainty=uncertainty,
        verdict=verdict_view(counted_as(row)),
        marks=_marks(row),
        evidence=first,
    )


def sheet_view(result: ResultView, row: RowDoc, parts: SheetParts) -> SheetView:
    """The detail sheet of one case."""
    checks = row["checks"]
    states = {step["n"]: step for step in row["steps"]}
    record = parts.record
    steps = [
        StepView(
            n=step["n"],
            text=step["text"],
            expect=step["expect"],
            state=text(f"state.{state['state']}" if (state := states.get(step["n"])) else "state.not_reached"),
            verdict=verdict_view(state["verdict"] if state else "none"),
            time=_seconds(state["t_s"]) if state and state["t_s"] is not None else "",
            checks=_step_checks(checks, state),
        )
        for step in parts.case["steps"]
    ]
    judges = [_check(check) for check in checks if check["step"] is None]
    return SheetView(
        row=result,
        purpose=parts.case["purpose"],
        facts=_facts(row, record),
        reason=row["reason"],
        reason_code=row["reason_code"],
        remark=_remark(row),
        steps=steps,
        judges=judges,
        brief=[*brief_steps(steps), *brief_rules(judges)],
        findings=_findings(row["findings"] + [finding for check in checks for finding in check["findings"]], checks),
        failure=_failure(record),
        figures=parts.figures,
        attempts=_attempts(row),
        evidence=parts.attachments,
    )


def _marks(row: RowDoc) -> list[Text]:
    marks = []
    if row["bench_mode"] != "vehicle":
        marks.append(text(f"mark.{row['bench_mode']}"))
    if row["basis"] == "project":
        marks.append(text("mark.project"))
    if row["deviations"]:
        marks.append(text("mark.deviation"))
    editions = [attempt.get("edition", "") for attempt in row["attempts"]]
    if len(set(editions)) > 1:
        marks.append(text("mark.editions"))
    if len(set(editions)) < len(editions):
        marks.append(text("mark.retry"))
    return marks


def _facts(row: RowDoc, record: RecordDoc | None) -> list[Field]:
    execution = row["execution"]
    basis, confidence = text(f"basis.{row['basis']}"), text(f"confidence.{row['confidence']}")
    state = text(f"state.{execution['state']}")
    done = [
        text("sheet.attempt", n=execution["attempt"])["en"] if execution["attempt"] else "",
        f"{execution['started_at']} – {execution['ended_at']}" if execution["started_at"] else "",
        f"{text('sheet.bus_time')['en']} {_seconds(execution['bus_time_s'])}" if execution["bus_time_s"] else "",
    ]
    jitter = record["tester"]["jitter_s"] if record is not None else None
    return [
        Field(text("sheet.refs"), "  ".join(row["refs"]), wide=True),
        *_official(row),
        Field(text("sheet.basis"), f"{basis['zh']} / {confidence['zh']}", value_en=f"{basis['en']} / {confidence['en']}"),
        Field(text("sheet.method"), row["method"]["id"]),
        Field(text("sheet.applicability"), row["applicability"]["pics"] or "—"),
        Field(text("sheet.jitter"), "—" if jitter is None else f"{(Decimal(jitter) * 1000).normalize():f} ms"),
        Field(text("sheet.execution"), state["zh"], value_en=", ".join(part for part in (state["en"], *done) if part), wide=True),
    ]


def _official(row: RowDoc) -> list[Field]:
    """The number in a standard of test methods, only where somebody confirmed it."""
    if (official := row.get("official")) is None:
        return []
    told = text("sheet.confirmed", standard=official["standard"], who=official["confirmed_by"])
    number = official["number"]
    return [Field(text("sheet.official"), f"{number}（{told['zh']}）", value_en=f"{number} ({told['en']})", wide=True)]


def _remark(row: RowDoc) -> Text | None:
    word = counted_as(row)
    if word == "na":
        return text("sheet.not_applicable")
    return text("sheet.no_record") if not row["attempts"] else None


def _step_checks(checks: Sequence[CheckDoc], step: StepDoc | None) -> list[CheckView]:
    return [_check(checks[index]) for index in step["checks"] if index < len(checks)] if step else []


def _among(row: RowDoc) -> Text | None:
    count = len(row["checks"])
    return text("results.among", n=count) if row["verdict"] == "pass" and count > 1 else None


def _check(check: CheckDoc) -> CheckView:
    decision, value = check["decision"], check["value"]
    shown = ", ".join(str(frame) for frame in check["frames"][:_FRAMES_SHOWN])
    statistics = ""
    if value is not None and value["n"] is not None:
        parts = [("min", value["min"]), ("mean", value["mean"]), ("max", value["max"])]
        shown_parts = [f"{name} {quantity(part, '1', value['U'])}" for name, part in parts if part is not None]
        statistics = ", ".join([f"n = {value['n']}", *shown_parts])
    note = "; ".join(part for part in (check["reason"] or "", check["note"]) if part)
    measured = value is not None and value["U"] is not None
    return CheckView(
        name=check["name"],
        criterion=_criterion(check),
        observed=_observed(check),
        uncertainty=_uncertainty(check),
        rule=decision["rule"] if decision else "",
        p_conform=decision["p_conform"][:6] if decision and decision["p_conform"] is not None else "",
        statistics=statistics,
        frames=shown + (" …" if len(check["frames"]) > _FRAMES_SHOWN else ""),
        verdict=verdict_view(check["verdict"]),
        note=note,
        measured=measured,
        brief=check["verdict"] == "pass" and not check["findings"] and (check["step"] is None or not measured),
    )


def _criterion(check: CheckDoc) -> str:
    criterion = check["criterion"]
    lower, upper, unit = criterion["lower"], criterion["upper"], criterion["unit"] or "1"
    if lower is not None and upper is not None:
        return f"= {quantity(lower, unit)}" if lower == upper else f"{quantity(lower, '1')} – {quantity(upper, unit)}"
    if upper is not None:
        return f"≤ {quantity(upper, unit)}"
    return f"≥ {quantity(lower, unit)}" if lower is not None else criterion["text"] or check["expected"]


def _observed(check: CheckDoc) -> str:
    value = check["value"]
    return check["observed"] if value is None else quantity(value["v"], value["unit"], value["U"])


def _uncertainty(check: CheckDoc) -> str:
    value = check["value"]
    if value is None:
        return ""
    return text("sheet.not_evaluated")["en"] if value["U"] is None else shown_uncertainty(value["U"], value["unit"])


def _findings(findings: Sequence[FindingDoc], checks: Sequence[CheckDoc]) -> list[FindingView]:
    views: dict[tuple[str, str], FindingView] = {}
    for finding in findings:
        where = [f"t = {_seconds(finding['t_s'])}"] if finding["t_s"] is not None else []
        where += [f"{text('sheet.frame')['en']} {finding['frame']}"] if finding["frame"] is not None else []
        place = ", ".join(where)
        views.setdefault((finding["text"], place), FindingView(finding["severity"], finding["text"], place))
    shown = list(views.values())[:_FINDINGS_SHOWN]
    listed = sum(len(check["findings"]) for check in checks)
    hidden = len(views) - len(shown) + max(0, sum(check["occurrences"] for check in checks) - listed)
    if hidden > 0 and shown:
        words = text("sheet.more", count=hidden)
        shown.append(FindingView("info", f"{words['zh']} {words['en']}", ""))
    return shown


def _failure(record: RecordDoc | None) -> FailureView | None:
    if record is None or (failure := record["failure"]) is None:
        return None
    step = "" if failure["step"] is None else str(failure["step"])
    return FailureView(step, failure["expected"], failure["observed"], failure["frames"])


def _attempts(row: RowDoc) -> Table | None:
    if len(row["attempts"]) < 2:
        return None
    rows = []
    for attempt in row["attempts"]:
        verdict = verdict_view(attempt["verdict"])
        reason = ": ".join(part for part in (attempt["reason_code"], attempt["reason"]) if part)
        rows.append(
            (
                f"{attempt['attempt']}",
                attempt.get("edition", ""),
                attempt.get("run", ""),
                attempt["started_at"] or "",
                f"{verdict.zh} {verdict.en}",
                reason,
            )
        )
    header = [
        text("results.no"),
        text("sheet.edition"),
        text("condition.runs"),
        text("condition.started"),
        text("sheet.verdict"),
        text("sheet.reason"),
    ]
    return Table(header, rows, text("sheet.attempts"))


def _seconds(value: str | None) -> str:
    return "" if value is None else f"{Decimal(value):.3f} s"
