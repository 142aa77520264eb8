"""Several runs on several benches as one campaign.

The rules: every attempt is kept, in the order in which they were made; the worst decides unless the plan lets a named
reason be tried again; what was planned and not run stays in the list as not tested; runs that are not about the same
item, under the same declaration, rule, limits and suites are not merged at all. Runs of different suites complete each other's
declaration: what only one of them declares of the item is united.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

from pydantic import JsonValue

from harness.case.documents import AttemptDoc, BenchMode, EvidenceDoc, PlanDoc, RecordDoc, ResultsDoc, RowDoc, RunDoc, Text
from harness.case.run.results import assemble, decided_by
from harness.case.run.runfolder import canonical_json
from harness.core import ConfigError, Problem
from harness.report.campaign.conflicts import conflicts
from harness.report.campaign.run import Run, load_run
from harness.report.strings import text

__all__ = ["Campaign", "load_campaign"]

_MODES: tuple[BenchMode, ...] = ("simulation", "replay", "hil", "vehicle")
"""From the one that is furthest from a vehicle on."""
_LISTED = ("model", "pics_file")
"""Members of the item of which runs may name different ones."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """What one report is about: one run, or several merged ones."""

    plan: PlanDoc
    records: Sequence[RecordDoc]
    results: ResultsDoc
    notes: Sequence[Text]
    folders: dict[str, Path]
    """Folder of each run by its name; evidence without a run name lies in the folder named ``""``."""
    runs: Sequence[Run] = ()

    def evidence_path(self, evidence: EvidenceDoc) -> Path:
        """Where an evidence file lies."""
        return self.folders[evidence.get("run", "")] / evidence["path"]


def load_campaign(paths: Sequence[Path]) -> Campaign:
    """Read one or more run folders.

    Raises:
        ConfigError: a folder is no run folder, damaged, changed after the fact, lacks evidence, or the runs
            do not belong together.
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
    if len(runs) > 1:
        return _merge(runs)
    run = runs[0]
    return Campaign(run.plan, run.records, _decided(run.plan, run.results, {}), run.notes, {"": run.path}, runs)


def _merge(runs: Sequence[Run]) -> Campaign:
    if problems := list(conflicts(runs)):
        raise ConfigError(problems)
    # The order in which the folders are named on the command line changes nothing.
    ordered = sorted(runs, key=lambda run: (_instant(run.results["run"]["started_at"]), run.plan.get("sha256", "")))
    names = _names(ordered)
    plan = _merged_plan([run.plan for run in ordered])
    attempts = _ordered_attempts(ordered, names)
    records = [record for record, _ in attempts]
    ended = max((run.results["run"]["ended_at"] for run in runs), key=_instant)
    interrupted = any(run.results["run"]["state"] == "interrupted" for run in runs)
    results = assemble(plan, records, ended_at=ended, interrupted=interrupted)
    results["merged_runs"] = [_named(name, run) for name, run in zip(names, ordered, strict=True)]
    results = _decided(plan, results, {(record["id"], record["attempt"]): name for record, name in attempts})
    notes = [note for run in ordered for note in run.notes]
    folders = {name: run.path for name, run in zip(names, ordered, strict=True)}
    return Campaign(plan, records, results, [*notes, *_item_notes(names, ordered), *_version_notes(names, ordered)], folders, ordered)


def _names(runs: Sequence[Run]) -> list[str]:
    """Names of the runs: those of their folders, numbered where a file system could take two of them for one."""
    names: list[str] = []
    for run in runs:
        base = run.path.resolve().name
        name, number = base, 1
        while name.casefold() in {each.casefold() for each in names}:
            number += 1
            name = f"{base}-{number}"
        names.append(name)
    return names


def _merged_plan(plans: Sequence[PlanDoc]) -> PlanDoc:
    """The union of *plans*, known by the hash of their hashes. Corrected limits stay with the run that they were given to."""
    merged = cast("PlanDoc", dict(plans[0]))
    merged.pop("corrections", None)
    merged["item"] = _merged_item([plan["item"] for plan in plans])
    merged["pics"] = dict(sorted({key: row for plan in reversed(plans) for key, row in plan["pics"].items()}.items()))
    merged["pixit"] = dict(sorted({key: value for plan in reversed(plans) for key, value in plan["pixit"].items()}.items()))
    if profiles := {name: profile for plan in reversed(plans) for name, profile in plan.get("profiles", {}).items()}:
        merged["profiles"] = profiles
    merged["suites"] = list({suite["name"]: suite for plan in plans for suite in plan["suites"]}.values())
    merged["cases"] = list({case["id"]: case for plan in plans for case in plan["cases"]}.values())
    merged["sha256"] = hashlib.sha256(canonical_json([plan.get("sha256") for plan in plans])).hexdigest()
    if any("equipment" in plan for plan in plans):
        listed = {str(each.get("id")): each for plan in plans for each in plan.get("equipment", [])}
        merged["equipment"] = list(listed.values())
    mode = min((plan["rig"]["bench_mode"] for plan in plans), key=_MODES.index)
    merged["rig"] = {**merged["rig"], "bench_mode": mode}
    return merged


def _merged_item(items: Sequence[Mapping[str, JsonValue]]) -> dict[str, JsonValue]:
    """All that any plan states of the item. Files that declare it and models that stand for it are listed, the others are the same."""
    merged = {key: value for item in reversed(items) for key, value in item.items()}
    for key in _LISTED:
        if stated := dict.fromkeys(str(item[key]) for item in items if item.get(key)):
            merged[key] = ", ".join(stated)
    return {key: merged[key] for item in items for key in item}


def _ordered_attempts(runs: Sequence[Run], names: Sequence[str]) -> list[tuple[RecordDoc, str]]:
    """All attempts with the names of their runs, numbered through in the order in which they were made."""
    found = [
        (_instant(record["execution"]["started_at"] or run.results["run"]["started_at"]), record, name)
        for run, name in zip(runs, names, strict=True)
        for record in sorted(run.records, key=lambda record: record["attempt"])
    ]
    numbers: dict[str, int] = {}
    merged = []
    for _, record, name in sorted(found, key=lambda each: each[0]):
        number = numbers[record["id"]] = numbers.get(record["id"], 0) + 1
        copy = cast("RecordDoc", dict(record))
        copy["attempt"] = number
        copy["execution"] = {**record["execution"], "attempt": number}
        copy["evidence"] = [{**evidence, "run": name} for evidence in record["evidence"]]
        merged.append((copy, name))
    return merged


def _instant(stated: str) -> datetime:
    """Benches may stand in different time zones."""
    return datetime.fromisoformat(stated)


def _decided(plan: PlanDoc, results: ResultsDoc, runs: dict[tuple[str, int], str]) -> ResultsDoc:
    """*results* in which a row of several attempts names the rule that decided, and each attempt its run."""
    decided = cast("ResultsDoc", dict(results))
    decided["results"] = [_decided_row(row, plan.get("retry_reasons", []), runs) for row in results["results"]]
    return decided


def _decided_row(row: RowDoc, retry_reasons: Sequence[str], runs: dict[tuple[str, int], str]) -> RowDoc:
    copy = cast("RowDoc", dict(row))
    if runs:
        copy["attempts"] = [_with_run(row["id"], attempt, runs) for attempt in row["attempts"]]
    if len(row["attempts"]) > 1:
        copy["decided_by"] = decided_by(row["attempts"], retry_reasons)
    return copy


def _with_run(case_id: str, attempt: AttemptDoc, runs: dict[tuple[str, int], str]) -> AttemptDoc:
    return {**attempt, "run": runs[case_id, attempt["attempt"]]}


def _named(name: str, run: Run) -> RunDoc:
    return {**run.results["run"], "name": name, "plan_sha256": run.plan.get("sha256", "")}


def _item_notes(names: Sequence[str], runs: Sequence[Run]) -> list[Text]:
    """Of a run that states no VIN nothing but the word of whoever named it says that it is about the same item."""
    silent = [name for name, run in zip(names, runs, strict=True) if not run.plan["item"].get("vin")]
    if not silent or len(silent) == len(runs):
        return []
    return [text("campaign.no_vin", runs=", ".join(silent))]


def _version_notes(names: Sequence[str], runs: Sequence[Run]) -> list[Text]:
    """Different versions of the harness are no conflict, for the suites are the same; the reader is told."""
    versions = {name: run.plan["precert_version"] for name, run in zip(names, runs, strict=True)}
    if len(set(versions.values())) == 1:
        return []
    return [text("campaign.versions", versions=", ".join(f"{each} ({name})" for name, each in versions.items()))]
