"""From a campaign and the laboratory's data to the view that the templates print."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from pydantic import JsonValue

from harness.case.documents import ResultsDoc, RowDoc, RunDoc, SuiteDoc, Text
from harness.case.results import counted_as
from harness.report.conclusion import Concerned, concerned_requirements, conclude, standard_name
from harness.report.lab import Lab
from harness.report.runs import Campaign
from harness.report.selfcheck import SelfcheckDoc
from harness.report.sheets import SheetParts, result_view, sheet_view, verdict_view
from harness.report.software import software_view
from harness.report.strings import text
from harness.report.view import Attachment, ClauseLine, Field, Figure, Line, ReportView, Signature, SuiteLine, Table

__all__ = ["attachments_of", "build_view"]

_ITEM_LABELS = {"role": "item.role", "model": "item.simulated_by", "pics_file": "item.pics_file", "injected_faults": "item.injected_faults"}


def build_view(
    campaign: Campaign,
    results: ResultsDoc,
    lab: Lab,
    figures: Mapping[str, Sequence[Figure]],
    results_sha256: str,
    selfcheck: SelfcheckDoc | None = None,
) -> ReportView:
    """The report about *campaign*; *results* is the document that goes out with it, *figures* are given by case id."""
    mode = results["report"]["bench_mode"]
    cases = {case["id"]: case for case in campaign.plan["cases"]}
    numbered = [(row, result_view(number, row, cases[row["id"]])) for number, row in enumerate(results["results"], 1)]
    attachments = attachments_of(campaign, results["results"])
    records = {(record["id"], record["attempt"]): record for record in campaign.records}
    sheets = [
        sheet_view(
            view,
            row,
            SheetParts(
                cases[row["id"]],
                records.get((row["id"], row["execution"]["attempt"])),
                [each for each in attachments if each.case_id == row["id"]],
                figures.get(row["id"], []),
            ),
        )
        for row, view in numbered
    ]
    return ReportView(
        number=results["report"]["number"],
        revision=results["report"]["revision"],
        mode=mode,
        mode_label=text(f"mode.{mode}"),
        simulated=mode != "vehicle",
        mode_notice=text(f"mode.notice_{mode}") if mode != "vehicle" else None,
        issued=results["report"]["issued_at"],
        results_sha256=results_sha256,
        cover=_cover(results, lab),
        statements=_statements(results),
        suites=_suites(results),
        conclusion=conclude(results, _identity(results, lab)),
        clauses=[_clauses(concerned) for concerned in concerned_requirements(results["results"])],
        failed=_lines(results, ("fail",)),
        undecided=_lines(results, ("inconc", "error", "none")),
        notes=campaign.notes,
        signatures=[
            Signature(text("summary.prepared"), lab.prepared.name, lab.prepared.role),
            Signature(text("summary.reviewed"), lab.reviewed.name, lab.reviewed.role),
            Signature(text("summary.approved"), lab.approved.name, lab.approved.role),
        ],
        item=_item(results, lab),
        declared=_declared(campaign),
        conditions=_conditions(results, lab),
        condition_tables=_condition_tables(campaign, results),
        equipment=_equipment(results),
        results=[view for _, view in numbered],
        sheets=sheets,
        deviations=_deviations(results),
        uncertainty=[text("uncertainty.time_base"), text("uncertainty.not_fit")],
        uncertainty_facts=[
            Field(text("uncertainty.rule"), results["plan"]["decision_rule"]),
            *(Field(text("uncertainty.clock"), _compact(run["rig"]["clock"])) for run in _runs(results)),
        ],
        software=software_view(selfcheck),
        attachments=attachments,
    )


def attachments_of(campaign: Campaign, rows: Iterable[RowDoc]) -> list[Attachment]:
    """Evidence files of all attempts, in the order of the rows."""
    return [
        Attachment(
            row["id"], file.get("run", ""), file["path"], file["frames"], campaign.evidence_path(file).stat().st_size, file["sha256"]
        )
        for row in rows
        for attempt in row["attempts"]
        for file in attempt["evidence"]
    ]


def _cover(results: ResultsDoc, lab: Lab) -> list[Field]:
    standards = list(dict.fromkeys(standard_name(ref.partition(":")[0]) for row in results["results"] for ref in row["refs"]))
    parts = [text("cover.basis_part", standard=standard) for standard in standards]
    suites = ", ".join(f"PRECERT-{suite['name']}@{suite['version']}" for suite in results["suites"])
    mode, category = text(f"mode.{results['report']['bench_mode']}"), text(f"cover.category_{lab.category}")
    run = results["run"]
    dates = list(dict.fromkeys([run["started_at"][:10], run["ended_at"][:10]]))
    revision = f" (A{results['report']['revision']})" if results["report"]["revision"] else ""
    return [
        Field(text("cover.number"), results["report"]["number"] + revision),
        _stated(text("cover.item"), lab.item_name),
        _stated(text("cover.model"), lab.item_model),
        _stated(text("cover.vin"), str(results["item"].get("vin") or "")),
        _stated(text("cover.manufacturer"), lab.manufacturer),
        _stated(text("cover.client"), ", ".join(filter(None, (lab.client.name, lab.client.contact)))),
        Field(text("cover.category"), category["zh"], value_en=category["en"]),
        Field(text("cover.mode"), mode["zh"], value_en=mode["en"]),
        Field(
            text("cover.basis"),
            "、".join([*(part["zh"] for part in parts), suites]),
            value_en=", ".join([*(part["en"] for part in parts), suites]),
        ),
        Field(text("cover.tested"), " – ".join(dates)),
        Field(text("cover.issued"), results["report"]["issued_at"][:10]),
        _stated(text("cover.issuer"), ", ".join(filter(None, (lab.issuer.name, lab.issuer.address, lab.issuer.contact)))),
    ]


def _stated(label: Text, value: str) -> Field:
    """Client's or laboratory's data; says so if there are none."""
    if value:
        return Field(label, value, client=True)
    words = text("cover.not_stated")
    return Field(label, words["zh"], value_en=words["en"])


def _statements(results: ResultsDoc) -> list[Text]:
    rule = results["plan"]["decision_rule"]
    meaning = text(f"rule.{rule}_meaning")
    return [
        text("statement.not_accredited"),
        text("statement.only_item"),
        text("statement.as_received"),
        text("statement.client_data"),
        text("statement.decision_rule", rule=rule, meaning_zh=meaning["zh"], meaning_en=meaning["en"]),
        text("statement.limits"),
        text("statement.project_cases"),
        text("statement.no_extract"),
        text("statement.signature"),
        text("statement.language"),
    ]


def _suites(results: ResultsDoc) -> list[SuiteLine]:
    lines = []
    for suite in results["suites"]:
        lines.append(SuiteLine(suite["title"], f"{suite['name']}@{suite['version']}", verdict_view(suite["verdict"]), suite["counts"]))
        if suite["counts_project"]["planned"]:
            lines.append(SuiteLine(text("summary.project"), "", None, suite["counts_project"], project=True))
    if len(results["suites"]) > 1:
        lines.append(SuiteLine(text("summary.total"), "", None, results["counts"]))
    return lines


def _clauses(concerned: Concerned) -> ClauseLine:
    return ClauseLine(concerned.standard, ", ".join(concerned.met), ", ".join(concerned.not_met), ", ".join(concerned.undecided))


def _lines(results: ResultsDoc, words: tuple[str, ...]) -> list[Line]:
    lines = []
    for row in results["results"]:
        if (word := counted_as(row)) in words:
            code = f"{row['reason_code']}: " if row["reason_code"] else ""
            lines.append(Line(row["id"], row["title"], verdict_view(word), f"{code}{row['reason']}"))
    return lines


def _identity(results: ResultsDoc, lab: Lab) -> str:
    if vin := results["item"].get("vin"):
        return f"VIN {vin}"
    return lab.item_name or str(results["item"].get("model") or results["item"].get("role") or "?")


def _item(results: ResultsDoc, lab: Lab) -> list[Field]:
    fields = [
        _stated(text("cover.item"), lab.item_name),
        _stated(text("cover.model"), lab.item_model),
        _stated(text("cover.vin"), str(results["item"].get("vin") or "")),
        _stated(text("cover.manufacturer"), lab.manufacturer),
        _stated(text("item.received"), lab.received),
        _stated(text("item.condition"), lab.condition),
    ]
    for key, value in results["item"].items():
        if key != "vin" and value:
            label = text(_ITEM_LABELS[key]) if key in _ITEM_LABELS else {"zh": key, "en": ""}
            fields.append(Field(label, _compact(value)))
    return fields


def _declared(campaign: Campaign) -> list[Table]:
    plan = campaign.plan
    header = [text("item.key"), text("item.value"), text("item.why")]
    tables = []
    if plan["pics"]:
        yes, no = text("item.yes"), text("item.no")
        rows = [
            (key, f"{yes['zh']} {yes['en']}" if pics["value"] else f"{no['zh']} {no['en']}", pics["why"])
            for key, pics in plan["pics"].items()
        ]
        tables.append(Table(header, rows, text("item.declared"), client=True))
    if plan["pixit"]:
        values = [(key, _compact(value)) for key, value in plan["pixit"].items()]
        tables.append(Table(header[:2], values, text("item.values"), client=True))
    return tables


def _runs(results: ResultsDoc) -> list[RunDoc]:
    return results.get("merged_runs", [results["run"]])


def _conditions(results: ResultsDoc, lab: Lab) -> list[Field]:
    fields = [_stated(text("condition.site"), lab.site)]
    for run in _runs(results):
        state, time = text(f"state.{run['state']}"), text(f"condition.time_{run['rig']['time']}")
        if "name" in run:
            fields.append(Field(text("condition.runs"), run["name"]))
        fields += [
            Field(text("condition.rig"), ", ".join(filter(None, (run["rig"]["name"], run["rig"]["file"])))),
            Field(text("condition.time"), time["zh"], value_en=time["en"]),
            _stated(text("condition.operator"), run["operator"] or ""),
            Field(text("condition.started"), run["started_at"]),
            Field(text("condition.ended"), run["ended_at"]),
            Field(text("condition.state"), state["zh"], value_en=state["en"]),
            Field(text("condition.clock"), _compact(run["rig"]["clock"])),
            Field(text("condition.seed"), str(run["seed"])),
            Field(text("condition.software"), _compact({"precert": run["precert_version"], **run["tools"]})),
        ]
    fields += [
        Field(text("condition.sealed"), results["plan"]["sealed_at"]),
        Field(text("condition.plan"), results["plan"]["sha256"], mono=True),
    ]
    return fields


def _condition_tables(campaign: Campaign, results: ResultsDoc) -> list[Table]:
    links = [(name, _compact(link)) for run in _runs(results) for name, link in run["rig"]["links"].items()]
    suites = [
        (f"{suite['name']}@{suite['version']}", suite["sha256"][:16], name, digest[:16])
        for suite in campaign.plan["suites"]
        for name, digest in _profiles(suite)
    ]
    if (corrections := campaign.plan.get("corrections")) is not None:
        label = text("condition.corrections")
        keys = " ".join(corrections["limits"])
        suites.append((f"{label['zh']} {label['en']}", keys, corrections["file"], corrections["sha256"][:16]))
    sha = text("attachment.sha")
    tables = [Table([text("condition.suite"), sha, text("condition.profile"), sha], suites)]
    if links:
        tables.insert(0, Table([text("condition.link"), text("condition.parameters")], list(dict.fromkeys(links)), text("condition.links")))
    return tables


def _profiles(suite: SuiteDoc) -> list[tuple[str, str]]:
    """File and digest of the limits: those of every edition, or the only ones."""
    files = [(edition["profile"], edition["profile_sha256"]) for edition in suite.get("editions", [])]
    return files or [(suite["profile"] or "—", suite["profile_sha256"] or "—")]


def _equipment(results: ResultsDoc) -> Table | None:
    if not results["equipment"]:
        return None
    rows = [
        (str(each.get("id", "")), _compact({key: value for key, value in each.items() if key != "id"})) for each in results["equipment"]
    ]
    return Table([text("equipment.id"), text("equipment.data")], rows)


def _deviations(results: ResultsDoc) -> Table | None:
    rows = [
        (row["id"], *(str(deviation.get(key, "")) for key in ("reason", "ticket", "expires")))
        for row in results["results"]
        for deviation in row["deviations"]
    ]
    header = [text("deviation.item"), text("deviation.reason"), text("deviation.ticket"), text("deviation.expires")]
    return Table(header, rows) if rows else None


def _compact(value: JsonValue | Mapping[str, JsonValue]) -> str:
    """A declared value on one line: ``driver simulated, bitrate_bps 250000``."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_compact(each)}" for key, each in value.items() if each not in (None, [], {})) or "—"
    if isinstance(value, list):
        return " ".join(_compact(each) for each in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
