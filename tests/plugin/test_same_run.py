"""One campaign, started in several ways: the same results but for the fields that the schema declares volatile."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.case.run.results import without_volatile
from harness.case.run.runfolder import RunFolder

pytestmark = pytest.mark.slow

SEEDS = {"alone": "0", "workers": "12345", "pytest": "random"}
"""Way to start -> hash seed."""
GUARD_S = 600.0


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory, root: Path, clean_environment: Callable[..., dict[str, str]]) -> dict[str, Path]:
    """The whole suite on the virtual truck, once in each way."""
    base = tmp_path_factory.mktemp("same")
    precert = [str(Path(sys.executable).with_name("precert")), "run", "gbt27930", "--rig", "virtual-truck.yaml", "--out"]
    bare = [sys.executable, "-m", "pytest", str(root / "test_suites" / "gbt27930"), "-p", "no:cacheprovider"]
    commands = {
        "alone": [*precert, "alone"],
        "workers": [*precert, "workers", "-n", "2"],
        "pytest": [*bare, "--rig", str(root / "rigs" / "virtual-truck.yaml"), "--out", "pytest"],
    }
    for name, command in commands.items():
        done = subprocess.run(
            command,
            cwd=base,
            env=clean_environment(PYTHONHASHSEED=SEEDS[name]),
            capture_output=True,
            text=True,
            check=False,
            timeout=GUARD_S,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return {name: base / name for name in commands}


def results(folder: Path) -> dict[str, Any]:
    """results.json without its volatile fields."""
    return without_volatile(json.loads((folder / "results.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("other", ["workers", "pytest"])
def test_results_are_identical(folders: dict[str, Path], other: str) -> None:
    first = results(folders["alone"])
    assert len(first["results"]) == 102  # type: ignore[arg-type]
    assert results(folders[other]) == first


@pytest.mark.parametrize("other", ["workers", "pytest"])
def test_evidence_is_identical_byte_by_byte(folders: dict[str, Path], other: str) -> None:
    def digests(folder: Path) -> dict[str, str]:
        files = sorted(path for path in (folder / "evidence").rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    first = digests(folders["alone"])
    ran = [row for row in results(folders["alone"])["results"] if row["applicability"]["value"] == "applicable"]  # type: ignore[attr-defined]
    assert sum(name.endswith(".blf") for name in first) == len(ran) > 80
    assert digests(folders[other]) == first


def test_volatile_fields_are_times_and_what_follows_from_them(folders: dict[str, Path]) -> None:
    first, second = (json.loads((folders[name] / "results.json").read_text(encoding="utf-8")) for name in ("alone", "workers"))
    assert first != second
    assert first["plan"]["sha256"] == second["plan"]["sha256"]


def test_plan_is_sealed_before_the_first_record(folders: dict[str, Path]) -> None:
    for folder in folders.values():
        run = RunFolder.open(folder)
        plan = run.read_plan()
        records = run.read_records().records
        assert len(plan["cases"]) == 102
        assert plan["sealed_at"] <= min(record["execution"]["started_at"] for record in records)
        events = [line["event"] for line in run.read_journal()]
        assert events == ["plan_sealed", *["case_finished"] * len(records), "run_finished"]


def test_evidence_hashes_and_frame_counts_hold(folders: dict[str, Path]) -> None:
    folder = folders["alone"]
    for row in results(folder)["results"]:  # type: ignore[attr-defined]
        assert bool(row["evidence"]) == (row["applicability"]["value"] == "applicable")
        for file in row["evidence"]:
            assert hashlib.sha256((folder / file["path"]).read_bytes()).hexdigest() == file["sha256"]
            assert file["frames"] > 0


def test_changed_record_or_journal_is_noticed(folders: dict[str, Path], tmp_path: Path) -> None:
    journal = (folders["alone"] / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "plan.json").write_bytes((folders["alone"] / "plan.json").read_bytes())
    number = random.Random(1).randrange(1, len(journal) - 1)
    (tmp_path / "journal.jsonl").write_bytes(b"".join(journal[:number] + journal[number + 1 :]))
    with pytest.raises(Exception, match=f"journal.jsonl:{number + 1}: the chain of hashes is broken"):
        RunFolder.open(tmp_path).read_journal()


def test_cases_that_do_not_apply_are_rows_with_their_reason(folders: dict[str, Path]) -> None:
    rows = {row["id"]: row for row in results(folders["alone"])["results"]}  # type: ignore[attr-defined]
    left_out = {case: row["applicability"]["reason"] for case, row in rows.items() if row["applicability"]["value"] == "not_applicable"}
    assert {"GBT-VN.101", "GBT-VN.102"} <= left_out.keys()
    assert all(" = false" in reason for reason in left_out.values())
    assert all("V.AUX = false" in left_out[case] for case in ("GBT-VN.101", "GBT-VN.102"))
