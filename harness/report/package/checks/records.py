"""V10: the journal of each run, what it says of the plan and of every evidence file, and the times in between."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from harness.case.documents import EvidenceDoc, JournalDoc, PlanDoc, RecordDoc
from harness.case.run.asmade import late_closings
from harness.case.run.runfolder import RunFolder, canonical_json, file_sha256
from harness.core import ConfigError
from harness.report.campaign import load_run
from harness.report.clauses import closing_limit_s
from harness.report.package.checks.recording_span import span_of
from harness.report.package.checks.seal import instant
from harness.report.package.collect import derived_documents
from harness.report.package.container.layout import run_file
from harness.report.package.container.opening import Opened
from harness.report.package.outcome import Step

__all__ = ["check_run", "check_runs"]

_TOLERANCE_S = Decimal("0.002")
"""BLF keeps the begin of a recording to the millisecond."""
_SLACK_S = Decimal(1)


def check_runs(opened: Opened, runs: Mapping[str, Path], step: Step) -> None:
    """V10 over all runs of a package."""
    events = files = 0
    used: set[str] = set()
    if not runs:
        step.fail("v10.first")
    for name, path in runs.items():
        try:
            folder = RunFolder.open(path)
            plan, journal, records = folder.read_plan(), folder.read_journal(), folder.read_records().records
        except ConfigError as error:
            for problem in error.problems:
                step.fail("v10.broken", detail=f"{Path(str(problem.file or '')).name}: {problem.text}")
            continue
        for document, content in derived_documents(plan).items():
            if opened.read(run_file(document, name)) != content:
                step.fail("v10.derived", file=run_file(document, name))
        check_run(folder, plan, journal, records, step)
        events += len(journal)
        evidence = {each["path"] for record in records for each in record["evidence"]}
        files += len(evidence)
        used |= {run_file(each, name) for each in evidence}
    for unused in sorted(path for path in opened.files if path.startswith("data/evidence/") and path not in used):
        step.fail("v10.unused", path=unused)
    step.end("v10.ok", events=events, files=files)


def check_run(folder: RunFolder, plan: PlanDoc, journal: Sequence[JournalDoc], records: Sequence[RecordDoc], step: Step) -> None:
    """One run: what the journal kept at the time against what the files say now."""
    _check_frame(folder, plan, journal, step)
    closed = defaultdict(list)
    for line in journal:
        if line["event"] == "case_finished":
            closed[str(line["data"].get("id"))].append(line)
    in_records = Counter(record["id"] for record in records)
    for case_id in sorted(closed.keys() | in_records.keys()):
        if len(closed[case_id]) != in_records[case_id]:
            step.fail("v10.no_record", id=case_id, journal=len(closed[case_id]), records=in_records[case_id])
    for late in late_closings(plan, journal, records, closing_limit_s()):
        step.fail("v10.asmade", detail=late)
    for record in records:
        _check_record(folder, plan, record, closed[record["id"]], step)


def _check_frame(folder: RunFolder, plan: PlanDoc, journal: Sequence[JournalDoc], step: Step) -> None:
    first = journal[0] if journal else None
    if first is None or first["event"] != "plan_sealed" or first["data"].get("plan_sha256") != plan.get("sha256"):
        step.fail("v10.first")
    elif first["data"].get("file_sha256") != file_sha256(folder.plan_file):
        step.fail("v10.plan_file")
    finished = [line for line in journal if line["event"] == "run_finished"]
    if folder.results_file.is_file() and [line["data"].get("results_sha256") for line in finished] != [file_sha256(folder.results_file)]:
        step.fail("v10.results_file")
        return
    try:
        run = load_run(folder.path)
    except ConfigError as error:
        for problem in error.problems:
            step.fail("v10.broken", detail=f"{Path(str(problem.file or '')).name}: {problem.text}")
        return
    if finished and finished[-1]["data"].get("results_sha256") != hashlib.sha256(canonical_json(run.results)).hexdigest():
        step.fail("v10.results_file")


def _check_record(folder: RunFolder, plan: PlanDoc, record: RecordDoc, lines: Sequence[JournalDoc], step: Step) -> None:
    case_id, attempt = record["id"], record["attempt"]
    kept = next((line["data"] for line in lines if line["data"].get("attempt", attempt) == attempt), None)
    if kept is None:
        step.fail("v10.not_journalled", id=case_id, attempt=attempt)
        return
    if kept.get("verdict", record["verdict"]) != record["verdict"]:
        step.fail("v10.verdict", id=case_id, journal=kept["verdict"], record=record["verdict"])
    hashes = kept.get("evidence")
    if not isinstance(hashes, dict):
        step.fail("v10.no_hashes", id=case_id)
        hashes = {}
    for evidence in record["evidence"]:
        file = folder.path / evidence["path"]
        if not file.is_file():
            continue
        if evidence["path"] not in hashes or hashes[evidence["path"]] != file_sha256(file):
            step.fail("v10.other_evidence", id=case_id, path=evidence["path"])
        for detail in _time_faults(evidence, record, file):
            step.fail("v10.outside", id=case_id, path=evidence["path"], detail=detail)
    sealed, started = instant(plan.get("sealed_at", "")), instant(record["execution"]["started_at"] or "")
    if sealed is not None and started is not None and started < sealed:
        step.fail("v10.late", id=case_id, sealed=sealed.isoformat())


def _time_faults(evidence: EvidenceDoc, record: RecordDoc, file: Path) -> Iterator[str]:
    """Where an evidence file does not fit its record: an older trace of the same case gives itself away here."""
    t0, t1 = evidence["t0_s"], evidence["t1_s"]
    length = Decimal(t1) - Decimal(t0) if t0 is not None and t1 is not None else None
    try:
        span = span_of(file, evidence["format"])
    except ValueError as error:
        yield str(error)
        return
    if span is not None and span.frames != evidence["frames"]:
        yield f"frames {span.frames}, stated {evidence['frames']}"
    if span is not None and span.length_s is not None and (length is None or abs(span.length_s - length) > _TOLERANCE_S):
        yield f"{span.length_s} s long, stated {length} s"
    bus = record["execution"]["bus_time_s"]
    if length is not None and bus is not None and not 0 <= length <= Decimal(bus) + _SLACK_S:
        yield f"{length} s long, the test took {bus} s"
