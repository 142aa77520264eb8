"""Run folders as the report reads them: checked against their seal, their records and their evidence, then merged."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import cast

from harness.case.documents import CaseDoc, EvidenceDoc, PlanDoc, RecordDoc, ResultsDoc, RunDoc, SuiteDoc
from harness.case.run.invariants import violations
from harness.case.run.results import assemble
from harness.case.run.runfolder import RunFolder, canonical_json, file_sha256
from harness.core import ConfigError, Problem

__all__ = ["Campaign", "Run", "load_campaign", "load_run"]

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Run:
    """One run folder, read and checked."""

    path: Path
    plan: PlanDoc
    records: Sequence[RecordDoc]
    results: ResultsDoc
    notes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Campaign:
    """What one report is about: one run, or several merged ones."""

    plan: PlanDoc
    records: Sequence[RecordDoc]
    results: ResultsDoc
    notes: Sequence[str]
    folders: dict[str, Path]
    """Folder of each run by its name; evidence without a run name lies in the folder named ``""``."""

    def evidence_path(self, evidence: EvidenceDoc) -> Path:
        """Where an evidence file lies."""
        return self.folders[evidence.get("run", "")] / evidence["path"]


def load_campaign(paths: Sequence[Path]) -> Campaign:
    """Read one or more run folders.

    Raises:
        ConfigError: a folder is no run folder, damaged, changed after the fact, lacks evidence, or the runs
            are not about the same item.
    """
    runs: list[Run] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            runs.append(load_run(path))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    if len(runs) == 1:
        run = runs[0]
        return Campaign(run.plan, run.records, run.results, run.notes, {"": run.path})
    return _merge(runs)


def load_run(path: Path) -> Run:
    """Read one run folder and check that its parts belong together.

    Raises:
        ConfigError: see ``load_campaign``.
    """
    folder = RunFolder.open(path)
    plan = folder.read_plan()
    lines = folder.read_records()
    folder.read_journal()
    if problems := [problem for record in lines.records for problem in _evidence_problems(folder, record)]:
        more = [Problem(f"... and {len(problems) - _SHOWN} more", path)] if len(problems) > _SHOWN else []
        raise ConfigError(problems[:_SHOWN] + more)
    stored = folder.read_results()
    results = _assemble(folder, plan, lines.records, stored)
    notes = [f"{path.name}: {lines.note}"] if lines.note else []
    if stored is None:
        notes.append(f"{path.name}: the run did not come to its end, results are those of its finished cases")
    elif stored != results:
        text = "does not follow from plan.json and records.jsonl; one of them was changed after the run"
        raise ConfigError(Problem(text, folder.results_file))
    return Run(path, plan, lines.records, results, notes)


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


def _merge(runs: Sequence[Run]) -> Campaign:
    names = _names(runs)
    if problems := list(_conflicts(runs)):
        raise ConfigError(problems)
    ordered = sorted(zip(names, runs, strict=True), key=lambda pair: pair[1].results["run"]["started_at"])
    plan = _merged_plan([run.plan for _, run in ordered])
    records = _merged_records(ordered)
    ended = max(run.results["run"]["ended_at"] for run in runs)
    interrupted = any(run.results["run"]["state"] == "interrupted" for run in runs)
    results = assemble(plan, records, ended_at=ended, interrupted=interrupted)
    results["merged_runs"] = [_named(name, run) for name, run in ordered]
    notes = [note for _, run in ordered for note in run.notes]
    return Campaign(plan, records, results, notes, {name: run.path for name, run in ordered})


def _names(runs: Sequence[Run]) -> list[str]:
    """Names of the runs: those of their folders, numbered where two folders have the same name."""
    names: list[str] = []
    for run in runs:
        name = run.path.resolve().name
        names.append(name if name not in names else f"{name}-{len(names) + 1}")
    return names


def _conflicts(runs: Sequence[Run]) -> Iterator[Problem]:
    first = runs[0]
    suites: dict[str, tuple[SuiteDoc, Run]] = {}
    cases: dict[str, tuple[CaseDoc, Run]] = {}
    seen: dict[tuple[str | None, str | None], Run] = {}
    for run in runs:
        seal = (run.plan.get("sha256"), run.plan.get("sealed_at"))
        if seal in seen:
            yield Problem(f"is the same run as {seen[seal].path}; name each run once", run.path)
        seen[seal] = run
        for key, what in (("item", "item under test"), ("pics", "PICS"), ("pixit", "PIXIT"), ("decision_rule", "decision rule")):
            if run.plan[key] != first.plan[key]:  # type: ignore[literal-required]
                yield Problem(f"another {what} than {first.path}: one report is about one item under one declaration", run.path)
        for suite in run.plan["suites"]:
            other = suites.setdefault(suite["name"], (suite, run))
            if suite != other[0]:
                yield Problem(f"suite '{suite['name']}' differs from that of {other[1].path} (version or content)", run.path)
        for case in run.plan["cases"]:
            planned = cases.setdefault(case["id"], (case, run))
            if case != planned[0]:
                yield Problem(f"case '{case['id']}' is planned otherwise than in {planned[1].path}", run.path)


def _merged_plan(plans: Sequence[PlanDoc]) -> PlanDoc:
    """The union of *plans*, known by the hash of their hashes."""
    merged = cast("PlanDoc", dict(plans[0]))
    merged["suites"] = list({suite["name"]: suite for plan in plans for suite in plan["suites"]}.values())
    merged["cases"] = list({case["id"]: case for plan in plans for case in plan["cases"]}.values())
    merged["sha256"] = hashlib.sha256(canonical_json([plan.get("sha256") for plan in plans])).hexdigest()
    modes = {plan["rig"]["bench_mode"] for plan in plans}
    if "simulation" in modes:
        merged["rig"] = {**merged["rig"], "bench_mode": "simulation"}
    return merged


def _merged_records(runs: Sequence[tuple[str, Run]]) -> list[RecordDoc]:
    """All attempts, numbered through in the order of the runs, evidence with the name of its run."""
    attempts: dict[str, int] = {}
    merged = []
    for name, run in runs:
        for record in sorted(run.records, key=lambda record: record["attempt"]):
            number = attempts[record["id"]] = attempts.get(record["id"], 0) + 1
            copy = cast("RecordDoc", dict(record))
            copy["attempt"] = number
            copy["execution"] = {**record["execution"], "attempt": number}
            copy["evidence"] = [{**evidence, "run": name} for evidence in record["evidence"]]
            merged.append(copy)
    return merged


def _named(name: str, run: Run) -> RunDoc:
    return {**run.results["run"], "name": name, "plan_sha256": run.plan.get("sha256", "")}
