"""Several runs in one report: every attempt is kept, the rule that decided is named, what does not belong together is refused."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.case.run.results import assemble
from harness.case.run.validation import RESULTS
from harness.core import ConfigError
from harness.report.campaign import Campaign, Run, load_campaign, load_run
from harness.report.campaign import merge as merge_module

MakeRun = Callable[..., Path]
IDS = ("GBT-VP.101", "GBT-VP.104", "GBT-VP.303")
NA = {"GBT-VP.303": "na"}
TUESDAY = {"sealed_at": "2026-07-02T09:00:00.000+08:00"}
SUITE = {"name": "gbt27930", "version": "0.1.0", "title": {"en": "x", "zh": "x"}, "sha256": "ab" * 32, "profile": "profile-2015.toml",
         "profile_sha256": "cd" * 32}  # fmt: skip


def _two(make_run: MakeRun, folder: Path, first: Mapping[str, str], second: Mapping[str, str], **plan: Any) -> list[Path]:
    """Monday and Tuesday, of the same cases."""
    return [
        make_run(folder / "monday", ids=IDS, outcomes={**NA, **first}, plan=plan),
        make_run(folder / "tuesday", ids=IDS, outcomes={**NA, **second}, plan={**plan, **TUESDAY}, first_minute=30),
    ]


def _row(campaign: Campaign, case_id: str) -> Any:
    return next(row for row in campaign.results["results"] if row["id"] == case_id)


def test_every_attempt_is_kept_and_the_worst_decides(tmp_path: Path, make_run: MakeRun) -> None:
    campaign = load_campaign(_two(make_run, tmp_path, {"GBT-VP.101": "fail"}, {}))
    row = _row(campaign, "GBT-VP.101")
    assert (row["verdict"], row["execution"]["attempt"], row["decided_by"]) == ("fail", 1, "worst")
    assert [(each["attempt"], each["verdict"], each["run"]) for each in row["attempts"]] == [(1, "fail", "monday"), (2, "pass", "tuesday")]
    assert [each["evidence"][0]["run"] for each in row["attempts"]] == ["monday", "tuesday"]
    assert campaign.evidence_path(row["attempts"][1]["evidence"][0]).is_file()
    assert [run["name"] for run in campaign.results["merged_runs"]] == ["monday", "tuesday"]
    RESULTS.check(campaign.results)


def test_a_later_pass_never_wins_by_being_later(tmp_path: Path, make_run: MakeRun) -> None:
    for verdict in ("fail", "inconc", "error"):
        row = _row(load_campaign(_two(make_run, tmp_path / verdict, {"GBT-VP.101": verdict}, {})), "GBT-VP.101")
        assert (row["verdict"], row["decided_by"]) == (verdict, "worst")


def test_a_later_failure_counts(tmp_path: Path, make_run: MakeRun) -> None:
    row = _row(load_campaign(_two(make_run, tmp_path, {}, {"GBT-VP.101": "fail"})), "GBT-VP.101")
    assert (row["verdict"], row["execution"]["attempt"], row["decided_by"]) == ("fail", 2, "worst")


def test_the_last_attempt_decides_only_for_reasons_that_the_plan_allows(tmp_path: Path, make_run: MakeRun) -> None:
    allowed = _row(
        load_campaign(_two(make_run, tmp_path / "a", {"GBT-VP.101": "inconc"}, {}, retry_reasons=["PRECONDITION"])), "GBT-VP.101"
    )
    assert (allowed["verdict"], allowed["execution"]["attempt"], allowed["decided_by"]) == ("pass", 2, "retry")
    other = _row(load_campaign(_two(make_run, tmp_path / "b", {"GBT-VP.101": "inconc"}, {}, retry_reasons=["RIG"])), "GBT-VP.101")
    assert (other["verdict"], other["decided_by"]) == ("inconc", "worst")
    failed = _row(load_campaign(_two(make_run, tmp_path / "c", {"GBT-VP.101": "fail"}, {}, retry_reasons=["PRECONDITION"])), "GBT-VP.101")
    assert (failed["verdict"], failed["decided_by"]) == ("fail", "worst")


def test_a_single_attempt_needs_no_rule(small_run: Path) -> None:
    assert all("decided_by" not in row for row in load_campaign([small_run]).results["results"])


def test_attempts_stand_in_the_order_in_which_they_were_made_whatever_the_order_of_the_folders(tmp_path: Path, make_run: MakeRun) -> None:
    runs = _two(make_run, tmp_path, {"GBT-VP.101": "inconc"}, {})
    forwards, backwards = load_campaign(runs), load_campaign(runs[::-1])
    assert forwards.results == backwards.results
    assert [attempt["run"] for attempt in _row(backwards, "GBT-VP.101")["attempts"]] == ["monday", "tuesday"]


def test_benches_that_ran_at_the_same_time_interleave(tmp_path: Path, make_run: MakeRun) -> None:
    """The second run began later, but made its attempt at the first case before the first run did."""
    long = make_run(tmp_path / "long", ids=IDS[::-1], outcomes=NA, first_minute=20)
    short = make_run(tmp_path / "short", ids=IDS, outcomes=NA, first_minute=21, plan=TUESDAY)
    row = _row(load_campaign([long, short]), "GBT-VP.101")
    assert [attempt["run"] for attempt in row["attempts"]] == ["short", "long"]


def test_times_of_benches_in_other_zones_are_compared_as_instants(
    tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert merge_module._instant("2026-07-01T09:00:00.000+08:00") < merge_module._instant("2026-07-01T03:00:00.000+00:00")


def test_runs_of_different_cases_complete_each_other(tmp_path: Path, make_run: MakeRun) -> None:
    results = load_campaign([make_run(tmp_path / "a", ids=("GBT-VP.101",)), make_run(tmp_path / "b", ids=("GBT-VP.102",))]).results
    assert sorted(row["id"] for row in results["results"]) == ["GBT-VP.101", "GBT-VP.102"]
    assert results["counts"]["pass"] == 2


def test_what_no_run_executed_is_not_tested(tmp_path: Path, make_run: MakeRun) -> None:
    killed = make_run(tmp_path / "killed", ids=("GBT-VP.101", "GBT-VP.402"), finish=False)
    campaign = load_campaign([killed, make_run(tmp_path / "other", ids=("GBT-VP.102",), outcomes={})])
    assert (_row(campaign, "GBT-VP.402")["verdict"], campaign.results["counts"]["none"]) == ("none", 1)
    assert campaign.results["run"]["state"] == "interrupted"
    assert any(note["en"].startswith("killed: the run did not come to its end") for note in campaign.notes)


def test_a_second_run_executes_what_the_first_one_left_out(tmp_path: Path, make_run: MakeRun) -> None:
    runs = [make_run(tmp_path / "a", ids=("GBT-VP.402",)), make_run(tmp_path / "b", ids=("GBT-VP.402",), outcomes={}, plan=TUESDAY)]
    row = _row(load_campaign(runs), "GBT-VP.402")
    assert (row["verdict"], [attempt["run"] for attempt in row["attempts"]]) == ("pass", ["b"])


def test_folders_of_the_same_name_are_told_apart_even_where_case_does_not_count(tmp_path: Path, make_run: MakeRun) -> None:
    runs = [make_run(tmp_path / place / name, ids=("GBT-VP.101",), plan={"seed": seed}) for seed, (place, name) in
            enumerate((("x", "run"), ("y", "Run"), ("z", "run-2")))]  # fmt: skip
    folders = load_campaign(runs).folders
    assert len({name.casefold() for name in folders}) == 3
    # Whoever seals the report may name them in another order.
    assert load_campaign(runs[::-1]).folders == folders


def test_equipment_of_all_runs_is_listed(tmp_path: Path, make_run: MakeRun) -> None:
    meter, logger = {"id": "EQ-1", "serial": "17"}, {"id": "EQ-2", "serial": "18"}
    runs = [
        make_run(tmp_path / "a", ids=("GBT-VP.101",), plan={"equipment": [meter]}),
        make_run(tmp_path / "b", ids=("GBT-VP.102",), plan={"equipment": [meter, logger]}),
    ]
    assert [each["id"] for each in load_campaign(runs).results["equipment"]] == ["EQ-1", "EQ-2"]


def test_the_mode_furthest_from_a_vehicle_is_that_of_the_report(tmp_path: Path, make_run: MakeRun) -> None:
    rig = {"name": "r", "file": None, "time": "real", "links": {}, "clock": None}
    runs = [
        make_run(tmp_path / mode, ids=(case_id,), plan={"rig": {**rig, "bench_mode": mode}})
        for mode, case_id in (("vehicle", "GBT-VP.101"), ("hil", "GBT-VP.102"))
    ]
    assert load_campaign(runs).results["report"]["bench_mode"] == "hil"


def test_other_versions_of_the_harness_are_told(tmp_path: Path, make_run: MakeRun) -> None:
    runs = [
        make_run(tmp_path / "a", ids=("GBT-VP.101",)),
        make_run(tmp_path / "b", ids=("GBT-VP.102",), plan={"precert_version": "0.2.0"}),
    ]
    notes = load_campaign(runs).notes
    assert [note["en"] for note in notes] == ["the runs were made with different versions of precert: 0.1.0 (a), 0.2.0 (b)"]


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ({}, {"item": {"role": "truck", "model": "heavy_truck", "pics_file": "sim-truck.toml", "vin": "LPRECERT000000002"}},
         "another item under test.*vin 'LPRECERT000000001' there, 'LPRECERT000000002' here"),
        ({"item": {"ecus": [{"part": "BMS-1", "software": "1.0"}]}}, {"item": {"ecus": [{"part": "BMS-1", "software": "1.1"}]}},
         r"another item under test.*ecus\[0\]\.software '1\.0' there, '1\.1' here"),
        ({}, {"item": {"role": "truck", "model": "other", "pics_file": "sim-truck.toml"}}, "model 'heavy_truck' there, 'other' here"),
        ({}, {"decision_rule": "GUARD_U"}, "another decision rule than .*'SIMPLE' there, 'GUARD_U' here"),
        ({}, {"retry_reasons": ["RIG"]}, "may be repeated.*nothing there, 'RIG' here"),
        ({}, {"corrections": {"file": "own.toml", "sha256": "0" * 64, "limits": ["T_BHM"]}}, "another set of corrected.*'own.toml'"),
        ({}, {"pics": {}}, "another PICS.*V.BMV 'false .*' there, nothing here"),
        ({"pics": {"V.DC": {"value": True, "why": "a"}}}, {"pics": {"V.DC": {"value": True, "why": "b"}}}, r"V\.DC 'true \(a\)' there"),
        ({}, {"pixit": {"wakeup_s": 3.0}}, "another PIXIT.*wakeup_s 2.0 there, 3.0 here"),
        ({"suites": [SUITE]}, {"suites": [{**SUITE, "version": "0.2.0"}]}, "suite 'gbt27930' differs.*version '0.1.0' there, '0.2.0' here"),
        ({"suites": [SUITE]}, {"suites": [{**SUITE, "profile_sha256": "ef" * 32}]}, r"profile_sha256 cdcd\S+ there"),
        ({"equipment": [{"id": "EQ-1", "serial": "17"}]}, {"equipment": [{"id": "EQ-1", "serial": "18"}]},
         "instrument 'EQ-1' differs.*serial '17' there, '18' here"),
    ],
)  # fmt: skip
def test_runs_that_do_not_belong_together_are_refused_with_both_values(
    first: dict[str, Any], second: dict[str, Any], message: str, tmp_path: Path, make_run: MakeRun
) -> None:
    runs = [make_run(tmp_path / "a", ids=("GBT-VP.101",), plan=first), make_run(tmp_path / "b", ids=("GBT-VP.102",), plan=second)]
    with pytest.raises(ConfigError, match=message) as caught:
        load_campaign(runs)
    assert len(caught.value.problems) == 1
    assert all(str(run) in str(caught.value) for run in runs)


def test_the_name_of_the_pics_file_is_no_conflict(tmp_path: Path, make_run: MakeRun) -> None:
    item = {"role": "truck", "vin": "LPRECERT000000001"}
    runs = [
        make_run(tmp_path / "a", ids=("GBT-VP.101",), plan={"item": {**item, "pics_file": "a.toml"}}),
        make_run(tmp_path / "b", ids=("GBT-VP.102",), plan={"item": {**item, "pics_file": "b.toml"}}),
    ]
    assert len(load_campaign(runs).results["results"]) == 2


def test_a_case_that_is_planned_otherwise_is_refused(tmp_path: Path, make_run: MakeRun) -> None:
    runs = [make_run(tmp_path / "a", ids=("GBT-VP.101",)), make_run(tmp_path / "b", ids=("GBT-VP.101",), outcomes={"GBT-VP.101": "na"})]
    with pytest.raises(ConfigError, match=r"case 'GBT-VP\.101' differs.*applicability\.value 'applicable' there, 'not_applicable' here"):
        load_campaign(runs)


def test_every_run_that_conflicts_is_named(tmp_path: Path, make_run: MakeRun) -> None:
    runs = [make_run(tmp_path / "a", ids=("GBT-VP.101",))]
    runs += [
        make_run(tmp_path / name, ids=("GBT-VP.101",), plan={"decision_rule": "GUARD_U", "seed": seed}) for seed, name in enumerate("bc")
    ]
    with pytest.raises(ConfigError) as caught:
        load_campaign(runs)
    assert [problem.file for problem in caught.value.problems] == runs[1:]


@pytest.mark.parametrize("kind", ["path", "copy"])
def test_the_same_run_twice_is_refused(kind: str, small_run: Path, tmp_path: Path) -> None:
    second = small_run if kind == "path" else Path(shutil.copytree(small_run, tmp_path / "copy"))
    with pytest.raises(ConfigError, match=f"is the same run as {small_run}; name each run once") as caught:
        load_campaign([small_run, second])
    assert len(caught.value.problems) == 1


# ---- properties ----

VERDICTS = ("pass", "inconc", "fail", "error")


@pytest.fixture(scope="module")
def template(make_run: MakeRun, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A run of one case that passed, to be varied in memory."""
    return load_run(make_run(tmp_path_factory.mktemp("template") / "run", ids=("GBT-VP.101",)))


def _made(template: Any, number: int, attempts: list[tuple[str, int]], retry_reasons: list[str]) -> Any:
    """A run of these attempts: verdict, and the minute in which it was made."""
    plan = copy.deepcopy({**template.plan, "sha256": f"{number:064x}", "retry_reasons": retry_reasons})
    records = []
    for position, (verdict, minute) in enumerate(sorted(attempts, key=lambda each: each[1]), 1):
        record = copy.deepcopy(template.records[0])
        code = {"pass": "", "inconc": "PRECONDITION", "fail": "EXPECTATION", "error": "EXCEPTION"}[verdict]
        record.update(attempt=position, verdict=verdict, reason=verdict if code else "", reason_code=code)
        record["execution"].update(attempt=position, started_at=f"2026-07-01T09:{minute:02d}:00.000+08:00")
        records.append(record)
    return Run(Path(f"run-{number}"), plan, records, assemble(plan, records, ended_at="2026-07-01T10:00:00.000+08:00"), [])


@given(
    st.lists(st.lists(st.tuples(st.sampled_from(VERDICTS), st.integers(0, 59)), max_size=3), min_size=2, max_size=4),
    st.sampled_from([[], ["PRECONDITION"], ["PRECONDITION", "EXCEPTION"]]),
    st.randoms(use_true_random=False),
)
@settings(max_examples=150, deadline=None)
def test_no_attempt_is_lost_and_no_order_of_the_folders_changes_what_counts(
    template: Any, runs: list[list[tuple[str, int]]], retry_reasons: list[str], shuffle: Any
) -> None:
    made = [_made(template, number, attempts, retry_reasons) for number, attempts in enumerate(runs)]
    row = merge_module._merge(made).results["results"][0]
    shuffle.shuffle(made)
    assert merge_module._merge(made).results["results"][0] == row
    assert len(row["attempts"]) == sum(map(len, runs))
    assert [attempt["attempt"] for attempt in row["attempts"]] == list(range(1, len(row["attempts"]) + 1))
    times = [attempt["started_at"] for attempt in row["attempts"]]
    assert times == sorted(times)
    if not row["attempts"]:
        assert row["verdict"] == "none"
        return
    found = [attempt["verdict"] for attempt in row["attempts"]]
    repeated = [attempt["reason_code"] in retry_reasons for attempt in row["attempts"]]
    allowed = len(found) > 1 and all(repeated[:-1])
    assert row["verdict"] == (found[-1] if allowed else max(found, key=VERDICTS.index))
    if len(found) > 1:
        assert row["decided_by"] == ("retry" if allowed else "worst")
