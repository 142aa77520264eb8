"""``precert replay``: what it reproduces from the recordings of a run, and what it notices."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.case.run.runfolder import RunFolder, canonical_json
from harness.cli.replay import replay

Command = Callable[..., Any]
GUARD_S = 120.0


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, clean_environment: dict[str, str]) -> Path:
    """``good`` and ``bad``: the same cases on the healthy truck and on one that answers late."""
    base = tmp_path_factory.mktemp("runs")
    command = [str(Path(sys.executable).with_name("precert")), "run", "GBT-VP.101", "GBT-VP.107", "--rig", "virtual-truck.yaml", "--out"]
    for name, faults in (("good", []), ("bad", ["--fault", "bhm_never_sent"])):
        subprocess.run([*command, name, *faults], cwd=base, env=clean_environment, capture_output=True, check=False, timeout=GUARD_S)
    return base


@pytest.fixture
def bad(runs: Path, tmp_path: Path) -> Path:
    """A copy of the failed run."""
    return Path(shutil.copytree(runs / "bad", tmp_path / "bad"))


def rewritten(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change every record of a run and make results, JUnit and journal fit, as somebody would who knows how."""
    records = [json.loads(line) for line in (folder / "records.jsonl").read_text(encoding="utf-8").splitlines()]
    for record in records:
        change(record)
    sealed_at = json.loads((folder / "plan.json").read_bytes())["sealed_at"]
    ended_at = json.loads((folder / "results.json").read_bytes())["run"]["ended_at"]
    for name in ("records.jsonl", "results.json", "junit.xml", "journal.jsonl"):
        (folder / name).unlink()
    fake = RunFolder(folder)
    fake.append_journal("plan_sealed", {}, ts=sealed_at)
    for record in records:
        fake.append_record(record)  # type: ignore[arg-type]
        evidence = {file["path"]: file["sha256"] for file in record["evidence"]}
        fake.append_journal(
            "case_finished", {"id": record["id"], "attempt": record["attempt"], "verdict": record["verdict"], "evidence": evidence}
        )
    fake.finish(ended_at)


def test_a_run_is_reproduced_byte_for_byte(precert: Command, runs: Path, tmp_path: Path) -> None:
    done = precert("replay", runs / "good", "--json", "outcome.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "every statement as recorded: 2 attempts" in done.stdout
    assert done.stdout.rstrip().endswith("results.json is reproduced byte for byte")
    outcome = json.loads((tmp_path / "outcome.json").read_bytes())
    assert (outcome["holds"], outcome["reproduced"], outcome["from_record"]) == (True, ["GBT-VP.101", "GBT-VP.107"], {})


def test_a_failed_run_is_reproduced_too(precert: Command, runs: Path) -> None:
    done = precert("replay", runs / "bad")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_verdict_made_better_everywhere_does_not_survive_the_recording(precert: Command, bad: Path) -> None:
    def improve(record: dict[str, Any]) -> None:
        record.update(verdict="pass", reason="", reason_code="", failure=None)
        record["execution"]["state"] = "completed"
        record["checks"] = [{**check, "verdict": "pass"} for check in record["checks"]]
        record["steps"] = [{**step, "state": "done", "verdict": "pass", "checks": step["checks"] or [0]} for step in record["steps"]]

    rewritten(bad, improve)
    done = precert("replay", bad)
    assert done.returncode == 1
    assert "DIFFERS GBT-VP.101: verdict: recorded 'pass', again 'fail'" in done.stdout
    assert done.stdout.rstrip().endswith("NOT reproduced: results.json does not follow from the recordings and the sealed plan")


def test_the_recording_of_a_better_run_shows_what_it_is(precert: Command, runs: Path, bad: Path) -> None:
    def swap(record: dict[str, Any]) -> None:
        for file in record["evidence"]:
            shutil.copyfile(runs / "good" / file["path"], bad / file["path"])
            file["sha256"] = hashlib.sha256((bad / file["path"]).read_bytes()).hexdigest()

    rewritten(bad, swap)
    done = precert("replay", bad)
    assert done.returncode == 1
    assert "DIFFERS GBT-VP.101: " in done.stdout


def test_a_missing_and_a_changed_recording_are_named(precert: Command, bad: Path) -> None:
    (bad / "evidence/GBT-VP.101/1/charge.blf").unlink()
    changed = bad / "evidence/GBT-VP.107/1/pilot.jsonl"
    changed.write_bytes(changed.read_bytes().replace(b'"n": 3', b'"n": 9'))
    done = precert("replay", bad)
    assert done.returncode == 1
    assert "GBT-VP.101/1/charge.blf: the recording is missing" in done.stdout
    assert "GBT-VP.107/1/pilot.jsonl: the recording was changed after the run" in done.stdout
    assert "NOT reproduced: results.json follows from the records, but these do not hold" in done.stdout


def test_results_edited_by_hand_are_named(precert: Command, bad: Path) -> None:
    results = json.loads((bad / "results.json").read_bytes())
    results["results"][0]["verdict"] = "pass"
    (bad / "results.json").write_bytes(canonical_json(results))
    done = precert("replay", bad)
    assert done.returncode == 1
    assert "DIFFERS results.json /results/0 (GBT-VP.101)/verdict: recorded 'pass', again 'fail'" in done.stdout
    assert "not the file that the journal closed the run with" in done.stdout


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "plan.json").unlink(), "not a run folder: it holds no plan.json"),
        (lambda folder: (folder / "records.jsonl").write_text("{}\n"), "records.jsonl:1"),
        (lambda folder: (folder / "plan.json").write_bytes((folder / "plan.json").read_bytes().replace(b"SIMPLE", b"GUARD_U")), "sealed"),
    ],
)
def test_a_broken_run_folder_is_wrong_input(precert: Command, bad: Path, damage: Callable[[Path], object], message: str) -> None:
    damage(bad)
    done = precert("replay", bad)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_without_results_is_judged_and_not_called_reproduced(precert: Command, bad: Path) -> None:
    (bad / "results.json").unlink()
    done = precert("replay", bad)
    assert done.returncode == 1
    assert "every statement as recorded: 2 attempts" in done.stdout
    assert done.stdout.rstrip().endswith("NOT reproduced: there is no results.json")


def test_limits_that_the_run_did_not_have_are_refused(bad: Path, tmp_path: Path) -> None:
    from harness.core import ConfigError

    file = tmp_path / "limits.toml"
    file.write_text("schema = 1\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="leave --limits out"):
        replay(bad, file, None)
