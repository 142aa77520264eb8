"""What a replay found: a finished run against its own recordings, statement by statement.

Pure comparison. The records of the run and those of running its cases again come in, the differences go out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import cast

from harness.case.documents import CheckDoc, PlanDoc, RecordDoc, ResultsDoc
from harness.case.run.journal import journal_differences
from harness.case.run.junit import junit_bytes
from harness.case.run.rejudge import rejudge_record
from harness.case.run.results import assemble
from harness.case.run.runfolder import RunFolder, canonical_json, file_sha256
from harness.core import ConfigError, Problem

__all__ = ["TAKEN_ALWAYS", "Replay", "compare", "evidence_problems"]

TAKEN_ALWAYS = (
    "times of day, operator and site of an attempt",
    "what the ports told of the tester: its jitter, lost PDUs, drive and interface",
    "declared deviations, equipment, who performed the test",
)
"""What no recording can prove and every replay takes from the record."""

_REJUDGED = ("steps", "checks", "verdict", "reason", "reason_code", "findings", "failure", "session", "identified")
_SHOWN = 20
_BY_MACHINE = ("EXCEPTION", "REMOTE_PROTOCOL")
"""Reasons of attempts that were ended by something that is on no bus."""


@dataclass(slots=True)
class Replay:
    """The outcome."""

    run: str
    planned: int = 0
    attempts: int = 0
    recordings: int = 0
    reproduced: list[str] = field(default_factory=list)
    """Attempts whose case text and rules gave the same record again, statement by statement."""
    same_verdicts: dict[str, str] = field(default_factory=dict)
    """Attempts with the same verdict in every check, in which numbers depend on instants that no recording holds."""
    from_record: dict[str, str] = field(default_factory=dict)
    """Attempts of which only rules and arithmetic could be judged again, with the reason."""
    differences: list[str] = field(default_factory=list)
    """What did not come out as it is recorded."""
    results: str = "missing"
    """results.json: ``reproduced``, ``differs`` or ``missing``."""
    notes: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether results.json follows from the recordings and the sealed plan."""
        return self.results == "reproduced" and not self.differences

    def to_json(self) -> dict[str, object]:
        """The outcome as a document."""
        return {
            "schema": "precert-replay/1",
            "run": self.run,
            "holds": self.holds,
            "planned": self.planned,
            "attempts": self.attempts,
            "recordings": self.recordings,
            "reproduced": self.reproduced,
            "same_verdicts": self.same_verdicts,
            "from_record": self.from_record,
            "taken_from_every_record": list(TAKEN_ALWAYS),
            "differences": self.differences,
            "results": self.results,
            "notes": self.notes,
        }


def compare(
    folder: RunFolder,
    plan: PlanDoc,
    records: Sequence[RecordDoc],
    again: Mapping[tuple[str, int], RecordDoc],
    untold: Mapping[tuple[str, int], str],
) -> Replay:
    """Compare the run in *folder* with *again*, its cases run on its recordings; *untold* says why a case could not be.

    Raises:
        ConfigError: results.json or the journal is unreadable.
    """
    replay = Replay(folder.path.name, len(plan["cases"]), len(records), sum(len(record["evidence"]) for record in records))
    merged = []
    damaged = {}
    for record in records:
        key, name = (record["id"], record["attempt"]), _name(record)
        if problems := [str(problem) for problem in evidence_problems(folder.path, record)]:
            replay.differences += [f"{name}: {problem}" for problem in problems]
            damaged[name] = "its recording is missing or was changed"
        replay.differences += [f"{name}: {line}" for line in rejudge_record(record)]
        fresh = None if name in damaged else again.get(key)
        merged.append(_compare_attempt(replay, plan, record, fresh, damaged.get(name) or untold.get(key)))
    replay.differences += journal_differences(folder.read_journal(), records)
    _compare_results(replay, folder, plan, merged)
    return replay


def evidence_problems(path: Path, record: RecordDoc) -> Iterator[Problem]:
    """What is wrong with the recordings of *record* in the run folder *path*: outside of it, missing, changed."""
    for evidence in record["evidence"]:
        name = PurePosixPath(evidence["path"])
        file = path / name
        if name.is_absolute() or ".." in name.parts:
            yield Problem(f"the recording lies outside the run folder: '{evidence['path']}'")
        elif not file.is_file():
            yield Problem("the recording is missing", file)
        elif file_sha256(file) != evidence["sha256"]:
            yield Problem("the recording was changed after the run (its SHA-256 differs from the record)", file)


def _compare_attempt(replay: Replay, plan: PlanDoc, record: RecordDoc, fresh: RecordDoc | None, why: str | None) -> RecordDoc:
    """Note what came of one attempt; the record with everything that was judged again in the place of what was recorded."""
    name = _name(record)
    if why is None and fresh is not None and record["reason_code"] in _BY_MACHINE and fresh["reason_code"] not in _BY_MACHINE:
        why = f"it was ended by something that is on no bus ({record['reason_code']})"
    if fresh is None or why is not None:
        replay.from_record[name] = why or "it was not run again"
        if fresh is not None:
            replay.differences += [f"{name}: {line}" for line in _rule_differences(record, fresh)]
        return record
    exact = plan["rig"]["time"] == "virtual"
    if not exact and (rest := _beyond_numbers(record, fresh)) is not None:
        if not rest:
            replay.same_verdicts[name] = "the run was on the clock: instants of the case itself are in no recording"
            return record
        replay.differences += [f"{name}: {line}" for line in rest]
        return record
    lines = [line for key in _REJUDGED for line in _differences(key, record.get(key), fresh.get(key))]
    for key in ("state", "bus_time_s"):
        if exact:
            lines += _differences(f"execution.{key}", record["execution"][key], fresh["execution"][key])
    if lines:
        replay.differences += [f"{name}: {line}" for line in lines]
    else:
        replay.reproduced.append(name)
    return cast("RecordDoc", {**record, **{key: fresh[key] for key in _REJUDGED if key in fresh}})  # type: ignore[literal-required]


def _beyond_numbers(record: RecordDoc, fresh: RecordDoc) -> list[str] | None:
    """Differences in names, criteria and verdicts, rules compared whole; ``None`` if nothing differs at all."""
    if all(record.get(key) == fresh.get(key) for key in _REJUDGED):
        return None
    lines = list(_rule_differences(record, fresh))
    stated, found = ([check for check in each["checks"] if check["step"] is not None] for each in (record, fresh))
    for key in ("step", "name", "expected", "verdict"):
        mine, other = ([check[key] for check in each] for each in (stated, found))
        lines += _differences(f"{key} of the checks", mine, other)
    return [*lines, *_differences("verdict", record["verdict"], fresh["verdict"])]


def _rule_differences(record: RecordDoc, fresh: RecordDoc) -> Iterator[str]:
    """Differences in the rules that were judged both times; a case that was cut short may not have looked at every link."""
    found = {check["name"]: check for check in fresh["checks"] if check["step"] is None}
    for check in record["checks"]:
        if check["step"] is None and check["name"] in found:
            yield from _differences(f"rule {check['name']}", check, found[check["name"]])


def _compare_results(replay: Replay, folder: RunFolder, plan: PlanDoc, records: Sequence[RecordDoc]) -> None:
    try:
        stored = folder.read_results()
    except ConfigError as error:
        replay.results = "differs"
        replay.differences += [str(problem) for problem in error.problems]
        return
    if stored is None:
        replay.notes.append("there is no results.json: the run did not come to its end")
        return
    run = stored["run"]
    try:
        results = assemble(plan, records, ended_at=run["ended_at"], interrupted=run["state"] == "interrupted")
    except ConfigError as error:
        replay.results = "differs"
        replay.differences += [str(problem) for problem in error.problems]
        return
    content = folder.results_file.read_bytes()
    replay.results = "reproduced" if canonical_json(results) == content else "differs"
    if replay.results == "differs":
        lines = list(_differences("", stored, results))
        replay.differences += [f"results.json {line}" for line in lines] or ["results.json: the same content, other bytes"]
    digest = hashlib.sha256(content).hexdigest()
    finished = [line["data"].get("results_sha256") for line in folder.read_journal() if line["event"] == "run_finished"]
    if finished != [digest]:
        replay.differences.append("results.json: not the file that the journal closed the run with")
    replay.differences += _junit_difference(folder, results)


def _junit_difference(folder: RunFolder, results: ResultsDoc) -> list[str]:
    if not folder.junit_file.is_file():
        return ["junit.xml is missing"]
    return [] if folder.junit_file.read_bytes() == junit_bytes(results) else ["junit.xml: does not follow from the results"]


def _differences(where: str, recorded: object, replayed: object) -> Iterator[str]:
    """The places in which two documents differ, the first few."""
    for number, line in enumerate(_walk(where, recorded, replayed)):
        if number == _SHOWN:
            yield f"{where or 'document'}: and more"
            return
        yield line


def _walk(where: str, recorded: object, replayed: object) -> Iterator[str]:
    if recorded == replayed and type(recorded) is type(replayed):
        return
    if isinstance(recorded, dict) and isinstance(replayed, dict):
        for key in sorted(recorded.keys() | replayed.keys()):
            yield from _walk(f"{where}/{key}", recorded.get(key), replayed.get(key))
    elif isinstance(recorded, list | tuple) and isinstance(replayed, list | tuple):
        if list(recorded) == list(replayed):
            return
        if len(recorded) != len(replayed):
            yield f"{where}: recorded {len(recorded)} entries, again {len(replayed)}"
        for index, (one, other) in enumerate(zip(recorded, replayed, strict=False)):
            yield from _walk(f"{where}/{index}{_label(one)}", one, other)
    else:
        yield f"{where}: recorded {_short(recorded)}, again {_short(replayed)}"


def _label(value: object) -> str:
    name = cast("CheckDoc", value).get("name") or cast("RecordDoc", value).get("id") if isinstance(value, dict) else None
    return f" ({name})" if name else ""


def _short(value: object) -> str:
    text = f"'{value}'" if isinstance(value, str) else str(value)
    return text if len(text) <= 120 else f"{text[:117]}..."


def _name(record: RecordDoc) -> str:
    return record["id"] if record["attempt"] == 1 else f"{record['id']} attempt {record['attempt']}"
