"""The run folder: written once, in order, so that a killed run leaves a readable one.

``plan.json`` is complete before the first frame. ``records.jsonl`` grows by one line per finished attempt,
``journal.jsonl`` by one line per event, each chained to the line before by its hash. ``results.json`` and
``junit.xml`` appear at the end, each in one step. Nothing that exists is ever overwritten.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from harness.case.documents import JournalDoc, PlanDoc, RecordDoc, ResultsDoc
from harness.case.run.junit import junit_bytes
from harness.case.run.results import assemble
from harness.case.run.validation import JOURNAL, PLAN, RECORD, RESULTS, Shape
from harness.core import ConfigError, Problem

if TYPE_CHECKING:
    from pydantic import JsonValue

__all__ = [
    "FIRST_LINK",
    "Lines",
    "RunFolder",
    "append_line",
    "canonical_json",
    "file_sha256",
    "now_text",
    "plan_sha256",
    "write_atomic",
]

FIRST_LINK = "0" * 64
"""``prev`` of the first line of a journal."""
_T = TypeVar("_T")
_UNSEALED = ("sealed_at", "sha256")


def now_text() -> str:
    """The present wall-clock time, RFC 3339 with the local offset, milliseconds."""
    return datetime.now().astimezone().isoformat(timespec="milliseconds")


def canonical_json(obj: object) -> bytes:
    """*obj* as UTF-8 JSON with sorted keys, without blanks, with a line end."""
    text = json.dumps(obj, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    # A lone surrogate (undecodable bytes of a file name) stays readable as its JSON escape.
    return text.encode("utf-8", "backslashreplace") + b"\n"


def write_atomic(path: Path, content: bytes) -> None:
    """Write *content* to *path* so that a reader sees all of it or nothing (temporary name, fsync, rename)."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


def append_line(path: Path, obj: object) -> bytes:
    """Append *obj* as one canonical line in one write, on disk when this returns; gives the line back."""
    line = canonical_json(obj)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(descriptor, line)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return line


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, lower-case hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def plan_sha256(plan: PlanDoc) -> str:
    """SHA-256 of the canonical plan without its seal (``sha256`` and ``sealed_at``)."""
    content = {key: value for key, value in plan.items() if key not in _UNSEALED}
    return hashlib.sha256(canonical_json(content)).hexdigest()


@dataclass(frozen=True, slots=True)
class Lines:
    """The records of a run folder."""

    records: list[RecordDoc]
    note: str
    """Says that a torn last line was left out; empty if there was none."""


class RunFolder:
    """One run on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._sequence = 0
        self._last_link = FIRST_LINK

    @classmethod
    def create(cls, path: Path, plan: PlanDoc) -> RunFolder:
        """Make the folder and seal *plan* in it (``sealed_at`` and ``sha256`` are added).

        Raises:
            ConfigError: there is something at *path* already, it cannot be written, or the plan lacks its shape.
        """
        sealed = cast("PlanDoc", dict(plan))
        sealed.setdefault("sealed_at", now_text())
        sealed["sha256"] = plan_sha256(plan)
        PLAN.check(sealed, path / "plan.json")
        try:
            path.mkdir(parents=True)
        except FileExistsError:
            raise ConfigError(Problem("exists already; a run never overwrites another, name a new folder", path)) from None
        except OSError as error:
            raise ConfigError(Problem(f"cannot be created: {error.strerror}", path)) from error
        folder = cls(path)
        content = canonical_json(sealed)
        write_atomic(folder.plan_file, content)
        folder.append_journal("plan_sealed", {"plan_sha256": sealed["sha256"], "file_sha256": hashlib.sha256(content).hexdigest()})
        return folder

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """An existing run folder.

        Raises:
            ConfigError: *path* is none.
        """
        if not path.is_dir():
            what = "no such folder" if not path.exists() else "a file, not a run folder"
            raise ConfigError(Problem(what, path))
        folder = cls(path)
        if not folder.plan_file.is_file():
            raise ConfigError(Problem("not a run folder: it holds no plan.json", path))
        return folder

    @property
    def plan_file(self) -> Path:
        """plan.json."""
        return self.path / "plan.json"

    @property
    def records_file(self) -> Path:
        """records.jsonl."""
        return self.path / "records.jsonl"

    @property
    def journal_file(self) -> Path:
        """journal.jsonl."""
        return self.path / "journal.jsonl"

    @property
    def results_file(self) -> Path:
        """results.json."""
        return self.path / "results.json"

    @property
    def junit_file(self) -> Path:
        """junit.xml."""
        return self.path / "junit.xml"

    def evidence_file(self, case_id: str, attempt: int, name: str) -> Path:
        """Path of an evidence file; its folder exists afterwards."""
        path = self.path / "evidence" / case_id / str(attempt) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def relative(self, path: Path) -> str:
        """*path* as records name it: relative to the run folder, forward slashes."""
        return path.relative_to(self.path).as_posix()

    def append_record(self, record: RecordDoc) -> None:
        """Add one finished attempt.

        Raises:
            ConfigError: the record lacks its shape; nothing is written.
        """
        RECORD.check(record, self.records_file)
        append_line(self.records_file, record)

    def append_journal(self, event: str, data: Mapping[str, JsonValue], ts: str | None = None) -> None:
        """Add one event to the hash chain. One writer only: the object that made the folder."""
        line = append_line(
            self.journal_file,
            {"seq": self._sequence, "ts": ts or now_text(), "event": event, "data": dict(data), "prev": self._last_link},
        )
        self._sequence += 1
        self._last_link = hashlib.sha256(line.rstrip(b"\n")).hexdigest()

    def read_plan(self) -> PlanDoc:
        """The sealed plan.

        Raises:
            ConfigError: unreadable, lacks its shape, or changed after it was sealed.
        """
        plan = PLAN.parse(_read(self.plan_file), self.plan_file)
        stated = plan.get("sha256")
        if stated is None or "sealed_at" not in plan:
            raise ConfigError(Problem("the plan is not sealed (no sha256 or sealed_at)", self.plan_file))
        if stated != (found := plan_sha256(plan)):
            text = f"the plan was changed after it was sealed: it states {stated[:16]}..., its content has {found[:16]}..."
            raise ConfigError(Problem(text, self.plan_file))
        return plan

    def read_records(self) -> Lines:
        """All finished attempts. A last line without its end, as a killed run leaves it, is left out with a note.

        Raises:
            ConfigError: any other damage, with file and line.
        """
        if not self.records_file.exists():
            return Lines([], "")
        records, torn = _read_lines(self.records_file, RECORD)
        note = f"{self.records_file.name}:{len(records) + 1}: incomplete last line left out, the run was interrupted" if torn else ""
        return Lines(records, note)

    def read_journal(self) -> list[JournalDoc]:
        """The journal with its chain verified; an incomplete last line is left out.

        Raises:
            ConfigError: damaged, or a line does not follow from the one before.
        """
        if not self.journal_file.exists():
            return []
        content = _read(self.journal_file).split(b"\n")
        lines, _ = _read_lines(self.journal_file, JOURNAL)
        link = FIRST_LINK
        for number, (line, raw) in enumerate(zip(lines, content, strict=False), 1):
            if line["seq"] != number - 1 or line["prev"] != link:
                text = "the chain of hashes is broken here: a line was changed, removed or added"
                raise ConfigError(Problem(text, self.journal_file, number))
            link = hashlib.sha256(raw).hexdigest()
        return lines

    def read_results(self) -> ResultsDoc | None:
        """results.json, ``None`` if the run did not come to its end.

        Raises:
            ConfigError: damaged.
        """
        if not self.results_file.exists():
            return None
        return RESULTS.parse(_read(self.results_file), self.results_file)

    def finish(self, ended_at: str | None = None, *, interrupted: bool = False) -> ResultsDoc:
        """Assemble and write results.json and junit.xml from plan and records, and close the journal.

        *interrupted* says that planned cases were left out on purpose (an operator's stop).

        Raises:
            ConfigError: the run has been finished before, or plan and records do not go together.
        """
        if self.results_file.exists():
            raise ConfigError(Problem("exists already; a run is finished once", self.results_file))
        results = assemble(self.read_plan(), self.read_records().records, ended_at=ended_at or now_text(), interrupted=interrupted)
        content = canonical_json(results)
        write_atomic(self.results_file, content)
        write_atomic(self.junit_file, junit_bytes(results))
        self.append_journal("run_finished", {"results_sha256": hashlib.sha256(content).hexdigest()})
        return results


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(Problem(f"cannot be read: {error.strerror}", path)) from error


def _read_lines(path: Path, shape: Shape[_T]) -> tuple[list[_T], bool]:
    *lines, rest = _read(path).split(b"\n")
    return [shape.parse(line, path, number) for number, line in enumerate(lines, 1)], bool(rest)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
