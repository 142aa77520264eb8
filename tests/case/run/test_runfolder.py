"""The run folder: sealed plan, whole lines or nothing, a chain that shows tampering, no overwriting."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.case.run.runfolder import RunFolder, canonical_json, plan_sha256, write_atomic
from harness.core import ConfigError

Build = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path, make_plan: Build, make_case: Build) -> RunFolder:
    plan = make_plan(make_case("A"), make_case("B"))
    del plan["sealed_at"], plan["sha256"]
    return RunFolder.create(tmp_path / "run", plan)


def test_canonical_json_is_sorted_dense_utf8() -> None:
    assert canonical_json({"b": 1, "a": "符合"}) == '{"a":"符合","b":1}\n'.encode()


def test_canonical_json_survives_a_lone_surrogate() -> None:
    assert json.loads(canonical_json({"name": "x\udcff"})) == {"name": "x\udcff"}


def test_write_atomic_leaves_no_temporary_file_and_keeps_the_old_content_on_failure(tmp_path: Path) -> None:
    target = tmp_path / "results.json"
    write_atomic(target, b"one")
    with pytest.raises(TypeError):
        write_atomic(target, "not bytes")  # type: ignore[arg-type]
    assert target.read_bytes() == b"one"
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]


def test_plan_is_sealed_on_creation(folder: RunFolder) -> None:
    plan = folder.read_plan()
    assert plan["sha256"] == plan_sha256(plan)
    assert plan["sealed_at"]
    assert folder.read_journal()[0]["data"]["plan_sha256"] == plan["sha256"]


def test_seal_time_is_not_part_of_the_plan_hash(make_plan: Build, make_case: Build) -> None:
    one, two = make_plan(make_case("A")), make_plan(make_case("A"), sealed_at="2030-01-01T00:00:00Z", sha256="0" * 64)
    assert plan_sha256(one) == plan_sha256(two)
    assert plan_sha256(one) != plan_sha256(make_plan(make_case("A"), seed=2))


def test_existing_folder_is_never_overwritten(folder: RunFolder, make_plan: Build, make_case: Build) -> None:
    before = folder.plan_file.read_bytes()
    with pytest.raises(ConfigError, match="exists already"):
        RunFolder.create(folder.path, make_plan(make_case("Z")))
    assert folder.plan_file.read_bytes() == before


def test_changed_plan_is_refused(folder: RunFolder) -> None:
    folder.plan_file.write_bytes(folder.plan_file.read_bytes().replace(b'"seed":1', b'"seed":2'))
    with pytest.raises(ConfigError, match=r"plan\.json: the plan was changed after it was sealed"):
        folder.read_plan()


def test_records_come_back_as_written(folder: RunFolder, make_record: Build) -> None:
    records = [make_record("A"), make_record("B", "fail")]
    for record in records:
        folder.append_record(record)
    assert folder.read_records().records == records
    assert folder.read_records().note == ""


def test_record_without_its_shape_is_not_written(folder: RunFolder, make_record: Build) -> None:
    with pytest.raises(ConfigError, match="verdict"):
        folder.append_record(make_record("A", verdict="maybe"))
    with pytest.raises(ConfigError, match="colour: extra"):
        folder.append_record(make_record("A", colour="red"))
    assert not folder.records_file.exists()


def test_torn_last_record_is_left_out_with_a_note(folder: RunFolder, make_record: Build) -> None:
    folder.append_record(make_record("A"))
    with folder.records_file.open("ab") as stream:
        stream.write(canonical_json(make_record("B"))[:200])
    lines = folder.read_records()
    assert [record["id"] for record in lines.records] == ["A"]
    assert lines.note == "records.jsonl:2: incomplete last line left out, the run was interrupted"


def test_damage_before_the_last_line_is_named_with_file_and_line(folder: RunFolder, make_record: Build) -> None:
    folder.append_record(make_record("A"))
    with folder.records_file.open("ab") as stream:
        stream.write(b'{"schema":"precert-rec\n')
    folder.append_record(make_record("B"))
    with pytest.raises(ConfigError, match=r"records\.jsonl:2: no JSON"):
        folder.read_records()


def test_journal_is_a_chain_that_shows_a_changed_line(folder: RunFolder) -> None:
    folder.append_journal("case_started", {"id": "A"})
    folder.append_journal("case_ended", {"id": "A", "verdict": "fail"})
    assert [line["event"] for line in folder.read_journal()] == ["plan_sealed", "case_started", "case_ended"]
    folder.journal_file.write_bytes(folder.journal_file.read_bytes().replace(b'"case_started"', b'"case_startec"'))
    with pytest.raises(ConfigError, match=r"journal\.jsonl:3: the chain of hashes is broken"):
        folder.read_journal()


def test_journal_shows_a_removed_line(folder: RunFolder) -> None:
    folder.append_journal("case_started", {"id": "A"})
    folder.append_journal("case_ended", {"id": "A"})
    first, _, third, _ = folder.journal_file.read_bytes().split(b"\n")
    folder.journal_file.write_bytes(first + b"\n" + third + b"\n")
    with pytest.raises(ConfigError, match=r"journal\.jsonl:2"):
        folder.read_journal()


def test_finish_writes_results_and_junit_once(folder: RunFolder, make_record: Build) -> None:
    folder.append_record(make_record("A"))
    results = folder.finish("2026-07-01T10:00:00+08:00")
    assert results["counts"]["none"] == 1
    assert folder.results_file.read_bytes() == canonical_json(results)
    assert folder.read_results() == results
    assert b"<testsuites" in folder.junit_file.read_bytes()
    assert folder.read_journal()[-1]["event"] == "run_finished"
    with pytest.raises(ConfigError, match="finished once"):
        folder.finish()


@pytest.mark.parametrize("kind", ["missing", "file", "empty folder"])
def test_what_is_no_run_folder_is_refused_by_name(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "thing"
    if kind == "file":
        path.write_text("x")
    elif kind == "empty folder":
        path.mkdir()
    with pytest.raises(ConfigError, match=re.escape(str(path))):
        RunFolder.open(path)


def test_killed_writer_leaves_a_readable_folder(folder: RunFolder, make_record: Build) -> None:
    script = (
        "import json, os, signal, sys\n"
        "from pathlib import Path\n"
        "from harness.case.run.runfolder import RunFolder\n"
        "folder = RunFolder.open(Path(sys.argv[1]))\n"
        "folder.append_record(json.loads(sys.argv[2]))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(folder.path), json.dumps(make_record("A"))], check=False, env=os.environ)
    assert done.returncode == -signal.SIGKILL
    assert [record["id"] for record in RunFolder.open(folder.path).read_records().records] == ["A"]
    assert folder.read_results() is None
