"""One run folder as the report reads it: checked against its seal, its records and its evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from harness.case.documents import JournalDoc, PlanDoc, RecordDoc, ResultsDoc, Text
from harness.case.run.invariants import violations
from harness.case.run.journal import journal_differences
from harness.case.run.results import assemble
from harness.case.run.runfolder import RunFolder, file_sha256
from harness.core import ConfigError, Problem
from harness.report.strings import text

__all__ = ["Run", "load_run"]

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Run:
    """One run folder, read and checked."""

    path: Path
    plan: PlanDoc
    records: Sequence[RecordDoc]
    results: ResultsDoc
    notes: Sequence[Text]
    journal: Sequence[JournalDoc] = ()


def load_run(path: Path) -> Run:
    """Read one run folder and check that its parts belong together.

    Raises:
        ConfigError: it is no run folder, damaged, changed after the fact, or lacks evidence.
    """
    folder = RunFolder.open(path)
    plan = folder.read_plan()
    lines = folder.read_records()
    journal = folder.read_journal()
    if problems := [problem for record in lines.records for problem in _evidence_problems(folder, record)]:
        more = [Problem(f"... and {len(problems) - _SHOWN} more", path)] if len(problems) > _SHOWN else []
        raise ConfigError(problems[:_SHOWN] + more)
    stored = folder.read_results()
    results = _assemble(folder, plan, lines.records, stored)
    notes = [text("campaign.torn", run=path.name, line=len(lines.records) + 1)] if lines.note else []
    notes += _journal_notes(path.name, journal, lines.records)
    if stored is None:
        notes.append(text("campaign.interrupted", run=path.name))
    elif stored != results:
        problem = "does not follow from plan.json and records.jsonl; one of them was changed after the run"
        raise ConfigError(Problem(problem, folder.results_file))
    return Run(path, plan, lines.records, results, notes, journal)


def _assemble(folder: RunFolder, plan: PlanDoc, records: Sequence[RecordDoc], stored: ResultsDoc | None) -> ResultsDoc:
    try:
        if stored is None:
            results = assemble(plan, records)
        else:
            results = assemble(plan, records, ended_at=stored["run"]["ended_at"], interrupted=stored["run"]["state"] == "interrupted")
    except ConfigError as error:
        raise ConfigError([Problem(problem.text, folder.records_file) for problem in error.problems]) from error
    if broken := violations(results):
        raise ConfigError([Problem(line, folder.records_file) for line in broken[:_SHOWN]])
    return results


def _journal_notes(run: str, journal: Sequence[JournalDoc], records: Sequence[RecordDoc]) -> Iterator[Text]:
    """Attempts of which the journal, written at the time, says something else: a package of them does not verify."""
    if not journal:
        yield text("campaign.no_journal", run=run)
    elif found := sorted(journal_differences(journal, records)):
        rest = f"; +{len(found) - _SHOWN}" if len(found) > _SHOWN else ""
        yield text("campaign.not_journalled", run=run, detail="; ".join(found[:_SHOWN]) + rest)


def _evidence_problems(folder: RunFolder, record: RecordDoc) -> Iterator[Problem]:
    for evidence in record["evidence"]:
        name = PurePosixPath(evidence["path"])
        file = folder.path / name
        where = f"evidence of {record['id']}"
        if name.is_absolute() or ".." in name.parts:
            yield Problem(f"{where} lies outside the run folder: '{evidence['path']}'", folder.records_file)
        elif not file.is_file():
            yield Problem(f"{where} is missing", file)
        elif file_sha256(file) != evidence["sha256"]:
            yield Problem(f"{where} was changed after the run (its SHA-256 differs from the record)", file)
