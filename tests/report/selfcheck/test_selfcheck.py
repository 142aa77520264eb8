"""The selfcheck: everything is as known here, and a defect in what is checked shows."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.bench.evidence import write_evidence
from harness.bench.recording import read_evidence
from harness.core import DecisionRule, Verdict
from harness.report.selfcheck import document, selfcheck, vectors
from harness.report.selfcheck.golden import GOLDEN_FOLDER, check_golden, make_golden, read_golden
from harness.report.signals import installed_standards

GOLDEN = {file.stem: (file, golden) for file, golden in read_golden()}


def misses(trials: Any) -> list[str]:
    return [f"{name}: {miss}" for name, miss in trials if miss]


def test_everything_is_as_known() -> None:
    found = selfcheck(installed_standards())
    assert [failure for group in found["groups"] for failure in group["failures"]] == []
    assert found["holds"]
    assert found["tools"]["precert"] == found["precert_version"]
    assert {"python", "python-can", "cantools", "typst"} <= found["tools"].keys()


def test_it_is_the_same_document_every_time() -> None:
    assert selfcheck(installed_standards()) == selfcheck(installed_standards())


@pytest.mark.parametrize("name", GOLDEN)
def test_a_trace_is_what_it_was_and_is_written_the_same_way(name: str, tmp_path: Path) -> None:
    file, golden = GOLDEN[name]
    trace = file.with_name(golden["trace"])
    assert hashlib.sha256(trace.read_bytes()).hexdigest() == golden["sha256"]
    records = read_evidence(trace, "charge", golden["first_ns"])
    assert write_evidence(tmp_path / "again", records).read_bytes() == trace.read_bytes()


def test_known_results_name_passes_fails_and_what_cannot_be_judged() -> None:
    verdicts = {row["verdict"] for _, golden in GOLDEN.values() for row in golden["expected"]["checks"]}
    assert verdicts == {"pass", "fail", "inconc", "none"}


def test_what_is_known_is_what_this_installation_would_write() -> None:
    file, golden = GOLDEN["demand-slow"]
    made = make_golden(file, golden, installed_standards()["gbt27930"])
    assert made["expected"] == golden["expected"]
    assert made["limits"] == golden["limits"]


def test_a_limit_of_the_trace_goes_before_the_one_of_the_profile() -> None:
    file, golden = GOLDEN["demand-slow"]
    assert golden["limits"]["period.BCL"]["upper"] is not None
    wider = {**golden, "limits": {**golden["limits"], "period.BCL": {**golden["limits"]["period.BCL"], "upper": "900"}}}
    assert any("F5 BCL period" in line for line in misses(check_golden(file, wider, installed_standards())))  # type: ignore[arg-type]


class Blind:
    """A standard whose rules see nothing wrong."""

    def __init__(self, change: Any) -> None:
        self._standard = installed_standards()["gbt27930"]
        self._change = change

    def __getattr__(self, name: str) -> Any:
        return getattr(self._standard, name)

    def judge(self, *arguments: Any) -> Sequence[Any]:
        return [self._change(check) for check in self._standard.judge(*arguments)]


@pytest.mark.parametrize(
    "change",
    [
        lambda check: replace(check, verdict=Verdict.PASS),
        lambda check: replace(check, value=check.value and check.value + 1),
        lambda check: replace(check, name=f"{check.name}, new", verdict=Verdict.FAIL),
    ],
)
def test_a_changed_rule_shows(change: Any) -> None:
    file, golden = GOLDEN["demand-slow"]
    assert misses(check_golden(file, golden, {"gbt27930": Blind(change)}))  # type: ignore[dict-item]


def test_an_added_rule_that_finds_nothing_is_no_failure() -> None:
    standard = installed_standards()["gbt27930"]

    class More(Blind):
        def judge(self, *arguments: Any) -> Sequence[Any]:
            checks = list(standard.judge(*arguments))
            return [*checks, replace(checks[0], name="F9 new")]

    file, golden = GOLDEN["charge"]
    assert misses(check_golden(file, golden, {"gbt27930": More(None)})) == []  # type: ignore[dict-item]


def test_a_changed_trace_a_missing_standard_and_a_crash_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(shutil.copytree(GOLDEN_FOLDER, tmp_path / "golden"))
    (folder / "charge.blf").write_bytes((folder / "end.blf").read_bytes())
    (file, golden), *_ = [(file, golden) for file, golden in read_golden(folder) if file.stem == "charge"]
    assert any("trace: SHA-256" in line for line in misses(check_golden(file, golden, installed_standards())))
    assert misses(check_golden(*GOLDEN["charge"], {})) == ["charge: standard: 'gbt27930' is not installed"]
    (folder / "charge.blf").write_bytes(b"LOGG")
    assert any("judging: ConfigError" in line for line in misses(check_golden(file, golden, installed_standards())))

    def explode(*_: object) -> None:
        raise RuntimeError("no more memory")

    monkeypatch.setattr(document, "check_golden", explode)
    found = selfcheck(installed_standards())
    assert not found["holds"]
    assert "no more memory" in json.dumps(found)


@pytest.mark.parametrize(
    ("check", "path", "value"),
    [
        (vectors.check_decisions, ("decision", 0, "rows", 1, 2), "fail"),
        (vectors.check_decisions, ("decision", 0, "rows", 1, 4), "0.977251"),
        (vectors.check_decisions, ("unfit", 0, "U"), "0.4"),
        (vectors.check_risks, ("risk", 2, "pfa"), "0.1588"),
        (vectors.check_risks, ("global_risk", 0, "rows", 1, 3), "0.0353"),
        (vectors.check_risks, ("global_risk", 0, "rows", 0, 2), "0.0044"),
        (vectors.check_budgets, ("budget", 1, "combined"), "0.8166"),
        (vectors.check_budgets, ("instrument", 0, "components", 0), "0.2888"),
        (vectors.check_budgets, ("instrument", 0, "U"), "0.598"),
        (vectors.check_rounding, ("printed", 0, "shown"), "3"),
    ],
)
def test_every_group_can_fail(check: Any, path: tuple[str | int, ...], value: str) -> None:
    known: Any = vectors.read_vectors()
    assert misses(check(known)) == []
    node = known
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    assert len(misses(check(known))) >= 1


def test_every_rule_has_vectors() -> None:
    names = " ".join(name for name, _ in vectors.check_decisions(vectors.read_vectors()))
    assert all(rule.value in names for rule in DecisionRule)
