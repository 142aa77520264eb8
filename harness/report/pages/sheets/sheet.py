"""The detail sheet of one case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from harness.case.documents import CaseDoc, CheckDoc, MethodDeviationDoc, RecordDoc, RowDoc, StepDoc, Text
from harness.case.run.results import counted_as, deciding_check
from harness.report.citing import printed_ref
from harness.report.pages.sheets.brief import brief_rules, brief_steps
from harness.report.pages.sheets.checks import check_view
from harness.report.pages.sheets.findings import failure_view, finding_views
from harness.report.pages.sheets.words import seconds, verdict_view
from harness.report.strings import text
from harness.report.units import readable
from harness.report.view import Attachment, CheckView, Field, Figure, ResultView, SheetView, StepView, Table

__all__ = ["SheetParts", "sheet_view"]


@dataclass(frozen=True, slots=True)
class SheetParts:
    """What a sheet needs beside its row."""

    case: CaseDoc
    record: RecordDoc | None
    attachments: Sequence[Attachment]
    figures: Sequence[Figure]
    deviations: Sequence[MethodDeviationDoc] = ()
    """From its method."""


def sheet_view(result: ResultView, row: RowDoc, parts: SheetParts) -> SheetView:
    """The detail sheet of one case."""
    checks = row["checks"]
    states = {step["n"]: step for step in row["steps"]}
    record = parts.record
    decisive = deciding_check(row)
    steps = [
        StepView(
            n=step["n"],
            text=step["text"],
            expect=step["expect"],
            state=text(f"state.{state['state']}" if (state := states.get(step["n"])) else "state.not_reached"),
            verdict=verdict_view(state["verdict"] if state else "none"),
            time=f"t = {seconds(state['t_s'])}" if state and state["t_s"] is not None else "",
            checks=_step_checks(checks, state, decisive),
        )
        for step in parts.case["steps"]
    ]
    judges = [check_view(check, deciding=check is decisive) for check in checks if check["step"] is None]
    return SheetView(
        row=result,
        purpose=parts.case["purpose"],
        facts=_facts(row, parts),
        reason=readable(row["reason"]),
        reason_code=row["reason_code"],
        remark=_remark(row),
        steps=steps,
        judges=judges,
        brief=[*brief_steps(steps), *brief_rules(judges)],
        findings=finding_views(row["findings"] + [finding for check in checks for finding in check["findings"]], checks),
        failure=failure_view(record),
        figures=parts.figures,
        attempts=_attempts(row),
        evidence=parts.attachments,
    )


def _facts(row: RowDoc, parts: SheetParts) -> list[Field]:
    execution, record = row["execution"], parts.record
    basis, confidence = text(f"basis.{row['basis']}"), text(f"confidence.{row['confidence']}")
    state = text(f"state.{execution['state']}")
    done = [
        text("sheet.attempt", n=execution["attempt"])["en"] if execution["attempt"] else "",
        f"{execution['started_at']} – {execution['ended_at']}" if execution["started_at"] else "",
        f"{text('sheet.bus_time')['en']} {seconds(execution['bus_time_s'])}" if execution["bus_time_s"] else "",
    ]
    jitter = record["tester"]["jitter_s"] if record is not None else None
    return [
        Field(text("sheet.refs"), "  ".join(map(printed_ref, row["refs"])), wide=True),
        *_official(row),
        Field(text("sheet.basis"), f"{basis['zh']} / {confidence['zh']}", value_en=f"{basis['en']} / {confidence['en']}"),
        Field(text("sheet.method"), row["method"]["id"]),
        *(_deviation(each) for each in parts.deviations),
        Field(text("sheet.applicability"), row["applicability"]["pics"] or "—"),
        Field(text("sheet.jitter"), "—" if jitter is None else f"{(Decimal(jitter) * 1000).normalize():f} ms"),
        Field(text("sheet.execution"), state["zh"], value_en=", ".join(part for part in (state["en"], *done) if part), wide=True),
    ]


def _deviation(each: MethodDeviationDoc) -> Field:
    return Field(text("mark.method_deviation"), each["documented"]["zh"], value_en=each["documented"]["en"], wide=True)


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


def _step_checks(checks: Sequence[CheckDoc], step: StepDoc | None, decisive: CheckDoc | None) -> list[CheckView]:
    own = [checks[index] for index in step["checks"] if index < len(checks)] if step else []
    return [check_view(check, deciding=check is decisive) for check in own]


def _attempts(row: RowDoc) -> Table | None:
    if len(row["attempts"]) < 2:
        return None
    rows = []
    for attempt in row["attempts"]:
        verdict = verdict_view(attempt["verdict"])
        reason = ": ".join(part for part in (attempt["reason_code"], readable(attempt["reason"])) if part)
        rows.append(
            (
                f"{attempt['attempt']}",
                attempt.get("edition", ""),
                attempt.get("run", ""),
                (attempt["started_at"] or "")[:19].replace("T", " "),
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
    return Table(header, rows, text(f"sheet.attempts_{row.get('decided_by', 'worst')}", n=row["execution"]["attempt"]))
