"""From a campaign and the laboratory's data to the view that the templates print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.case.documents import ChangeDoc, ResultsDoc
from harness.report.campaign import Campaign
from harness.report.clauses import kept_in
from harness.report.pages.attachments import attachments_of
from harness.report.pages.bench.conditions import condition_fields, condition_tables
from harness.report.pages.bench.equipment import equipment_tables
from harness.report.pages.bench.identification import identification_views
from harness.report.pages.bench.item import declared_tables, item_fields, photo_views
from harness.report.pages.bench.people import signatures_of
from harness.report.pages.bench.runs import runs_table
from harness.report.pages.clauses import clause_table
from harness.report.pages.deviations import deviating_rows, deviation_tables, deviations_of
from harness.report.pages.front.amendment import amendment_view
from harness.report.pages.front.conclusion import conclude
from harness.report.pages.front.cover import cover_fields
from harness.report.pages.front.statements import statements_of
from harness.report.pages.front.summary import clause_lines, identity_of, lines_of, suite_lines
from harness.report.pages.markets import market_overview, market_views
from harness.report.pages.opinions import opinion_views
from harness.report.pages.sheets import SheetParts, result_view, sheet_view
from harness.report.pages.software import software_view
from harness.report.pages.uncertainty import uncertainty_facts, uncertainty_statements, uncertainty_tables
from harness.report.selfcheck import SelfcheckDoc
from harness.report.sheet_choice import has_sheet
from harness.report.strings import text
from harness.report.view import Attachment, Figure, ReportView, ResultView, SheetView

__all__ = ["build_view"]


def build_view(
    campaign: Campaign,
    results: ResultsDoc,
    figures: Mapping[str, Sequence[Figure]],
    results_sha256: str,
    selfcheck: SelfcheckDoc | None = None,
    changes: Sequence[ChangeDoc] = (),
) -> ReportView:
    """The report about *campaign*; *results* is the document that goes out with it, *figures* are given by case id.

    *changes* are those from the report that it replaces.
    """
    mode = results["report"]["bench_mode"]
    cases = {case["id"]: case for case in campaign.plan["cases"]}
    deviating = deviating_rows(results)
    rows = [
        result_view(number, row, cases[row["id"]], has_sheet=has_sheet(results["report"], row), deviates=row["id"] in deviating)
        for number, row in enumerate(results["results"], 1)
    ]
    attachments = attachments_of(campaign, results["results"])
    return ReportView(
        number=results["report"]["number"],
        revision=results["report"]["revision"],
        mode=mode,
        mode_label=text(f"mode.{mode}"),
        simulated=mode != "vehicle",
        demo=text("cover.demo_data") if results["report"].get("demo") else None,
        mode_notice=text(f"mode.notice_{mode}") if mode != "vehicle" else None,
        issued=results["report"]["issued_at"],
        results_sha256=results_sha256,
        cover=cover_fields(results),
        statements=statements_of(results),
        suites=suite_lines(results),
        conclusion=conclude(results, identity_of(results)),
        clauses=clause_lines(results),
        failed=lines_of(results, ("fail",)),
        undecided=lines_of(results, ("inconc", "error", "none")),
        notes=campaign.notes,
        signatures=signatures_of(results),
        item=item_fields(results),
        declared=declared_tables(campaign, results),
        photos=photo_views(results),
        identification=identification_views(results),
        conditions=condition_fields(results),
        condition_tables=condition_tables(campaign, results),
        equipment=equipment_tables(results),
        results=rows,
        sheets=_sheets(campaign, results, rows, figures, attachments),
        deviations=deviation_tables(results),
        uncertainty=uncertainty_statements(results),
        uncertainty_facts=uncertainty_facts(results),
        uncertainty_tables=uncertainty_tables(results),
        opinions=opinion_views(results),
        software=software_view(selfcheck),
        clause_checks=clause_table(results, selfcheck=selfcheck is not None, draft=kept_in(campaign.runs).is_draft),
        attachments=attachments,
        runs=runs_table(results),
        markets=market_views(results),
        market_overview=market_overview(results),
        amendment=amendment_view(results, changes),
    )


def _sheets(
    campaign: Campaign,
    results: ResultsDoc,
    rows: Sequence[ResultView],
    figures: Mapping[str, Sequence[Figure]],
    attachments: Sequence[Attachment],
) -> list[SheetView]:
    cases = {case["id"]: case for case in campaign.plan["cases"]}
    records = {(record["id"], record["attempt"]): record for record in campaign.records}
    files: dict[str, list[Attachment]] = {}
    for each in attachments:
        files.setdefault(each.case_id, []).append(each)
    return [
        sheet_view(
            view,
            row,
            SheetParts(
                cases[row["id"]],
                records.get((row["id"], row["execution"]["attempt"])),
                files.get(row["id"], []),
                figures.get(row["id"], []),
                deviations_of(results, row["id"]),
            ),
        )
        for view, row in zip(rows, results["results"], strict=True)
    ]
