"""Reading run folders: damage is named, tampering is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.case.run.runfolder import canonical_json
from harness.core import ConfigError
from harness.report.campaign import load_campaign, load_run
from harness.report.compiler import compile_report
from harness.report.pdf_text import dense, page_texts

MakeRun = Callable[..., Path]
IDS = ("GBT-VP.101", "GBT-VP.104", "GBT-VP.303")


def test_finished_run_is_read_as_it_was_written(small_run: Path) -> None:
    run = load_run(small_run)
    assert [row["verdict"] for row in run.results["results"]] == ["pass", "fail", "none"]
    assert run.notes == []


def test_killed_run_gives_its_finished_cases_and_says_so(tmp_path: Path, make_run: MakeRun) -> None:
    path = make_run(tmp_path / "killed", ids=("GBT-VP.101", "GBT-VP.402"), finish=False)
    with (path / "records.jsonl").open("ab") as stream:
        stream.write(b'{"schema":"precert-record/1","id":"GBT-VP.4')
    run = load_run(path)
    assert run.results["run"]["state"] == "interrupted"
    assert [(row["id"], row["verdict"]) for row in run.results["results"]] == [("GBT-VP.101", "pass"), ("GBT-VP.402", "none")]
    assert any("incomplete line" in note["en"] for note in run.notes)
    assert any("did not come to its end" in note["en"] for note in run.notes)
    assert not (path / "results.json").exists()


@pytest.mark.parametrize(
    ("file", "damage", "message"),
    [
        ("plan.json", lambda content: content[:200], "no JSON"),
        ("plan.json", lambda content: content.replace(b'"seed":1', b'"seed":7'), "changed after it was sealed"),
        ("plan.json", lambda content: b"\xff\xfe binary", "no JSON"),
        ("records.jsonl", lambda content: content.replace(b'"verdict":"fail"', b'"verdict":"good"'), "records.jsonl:2"),
        ("records.jsonl", lambda content: b"garbage\n" + content, "records.jsonl:1: no JSON"),
        ("journal.jsonl", lambda content: content.replace(b"case_finished", b"case_finishes"), "chain of hashes is broken"),
        ("results.json", lambda content: content.replace(b'"verdict":"fail"', b'"verdict":"pass"'), "does not follow from plan.json"),
        ("results.json", lambda content: content[:-40], "no JSON"),
        ("evidence/GBT-VP.101/1/charge.blf", lambda content: content + b"x", "was changed after the run"),
    ],
)
def test_damage_is_refused_with_file_and_cause(file: str, damage: Callable[[bytes], bytes], message: str, small_run: Path) -> None:
    target = small_run / file
    target.write_bytes(damage(target.read_bytes()))
    with pytest.raises(ConfigError, match=message) as caught:
        load_run(small_run)
    assert Path(file).name in str(caught.value)


def test_missing_evidence_is_named(small_run: Path) -> None:
    (small_run / "evidence/GBT-VP.101/1/charge.blf").unlink()
    with pytest.raises(ConfigError, match=r"charge\.blf: evidence of GBT-VP\.101 is missing"):
        load_run(small_run)


def test_evidence_outside_the_run_folder_is_refused(tmp_path: Path, make_run: MakeRun) -> None:
    path = make_run(tmp_path / "run", ids=IDS, finish=False)
    records = path / "records.jsonl"
    records.write_bytes(records.read_bytes().replace(b'"evidence/GBT-VP.101/1/charge.blf"', b'"../../etc/passwd"'))
    with pytest.raises(ConfigError, match="outside the run folder"):
        load_run(path)


def test_verdict_changed_before_the_results_were_written_is_found_by_recomputation(tmp_path: Path, make_run: MakeRun) -> None:
    path = make_run(tmp_path / "run", ids=("GBT-VP.104",), finish=False)
    file = path / "records.jsonl"
    record = json.loads(file.read_bytes())
    record["verdict"] = "pass"
    record["reason"] = ""
    record["steps"][1].update(state="done", verdict="pass")
    for check in record["checks"]:
        check["verdict"] = "pass"
    file.write_bytes(canonical_json(record))
    with pytest.raises(ConfigError, match="value, criterion and rule give fail"):
        load_run(path)


def test_all_bad_runs_are_reported_together(tmp_path: Path, small_run: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError) as caught:
        load_campaign([tmp_path / "nowhere", small_run, tmp_path / "empty"])
    assert len(caught.value.problems) == 2


def _journal_without(path: Path, case_id: str) -> None:
    """The journal of a run written anew, as somebody can who has no key: a chain without one case."""
    link, content = "0" * 64, b""
    lines = [json.loads(line) for line in (path / "journal.jsonl").read_bytes().splitlines()]
    for sequence, line in enumerate(line for line in lines if line["data"].get("id") != case_id):
        raw = canonical_json({**line, "seq": sequence, "prev": link})
        link = hashlib.sha256(raw.rstrip(b"\n")).hexdigest()
        content += raw
    (path / "journal.jsonl").write_bytes(content)


def test_record_that_the_journal_does_not_know_is_noted_and_printed(small_run: Path, standards: Mapping[str, Any]) -> None:
    _journal_without(small_run, "GBT-VP.104")
    expected = "GBT-VP.104 attempt 1: the journal does not know that it finished"
    [note] = load_run(small_run).notes
    assert expected in note["en"]
    assert expected in note["zh"]
    paper = dense("".join(page_texts(compile_report([small_run], None, standards).files["report.pdf"])))
    assert dense("the journal does not agree with the records") in paper


def test_run_without_a_journal_is_noted(small_run: Path) -> None:
    (small_run / "journal.jsonl").unlink()
    [note] = load_run(small_run).notes
    assert "there is no journal" in note["en"]
