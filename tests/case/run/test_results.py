"""Aggregation of records to results: verdicts only get worse, every planned case has one row."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.case.run.invariants import recompute, violations
from harness.case.run.results import all_passed, assemble, deciding_check, judge_record, suite_verdict, without_volatile
from harness.case.run.validation import SCHEMA_FOLDER, VOLATILE, schema_texts
from harness.core import ConfigError, Verdict

Build = Callable[..., Any]
END = "2026-07-01T10:00:00.000+08:00"


def test_planned_case_without_record_is_not_tested(make_plan: Build, make_case: Build, make_record: Build) -> None:
    results = assemble(make_plan(make_case("A"), make_case("B")), [make_record("A")], ended_at=END)
    row = results["results"][1]
    assert (row["id"], row["verdict"], row["execution"]["state"]) == ("B", "none", "not_started")
    assert results["counts"] == {"planned": 2, "pass": 1, "fail": 0, "inconc": 0, "na": 0, "none": 1, "error": 0}
    assert not all_passed(results)


def test_not_applicable_case_is_counted_apart_and_does_not_spoil_the_exit_code(
    make_plan: Build, make_case: Build, make_record: Build
) -> None:
    results = assemble(make_plan(make_case("A"), make_case("B", applicable=False)), [make_record("A")], ended_at=END)
    assert results["counts"]["na"] == 1
    assert results["counts"]["none"] == 0
    assert all_passed(results)


def test_nothing_applicable_is_not_all_passed(make_plan: Build, make_case: Build) -> None:
    assert not all_passed(assemble(make_plan(make_case("A", applicable=False)), [], ended_at=END))


def test_project_cases_are_counted_apart(make_plan: Build, make_case: Build, make_record: Build) -> None:
    plan = make_plan(make_case("A", basis="project"), make_case("B"))
    results = assemble(plan, [make_record("A", "fail"), make_record("B")], ended_at=END)
    assert results["counts_project"]["fail"] == 1
    assert results["counts_project"]["planned"] == 1
    assert results["counts"]["fail"] == 1


@pytest.mark.parametrize(("first", "second"), list(itertools.product(["pass", "inconc", "fail", "error"], repeat=2)))
def test_worst_attempt_decides_and_all_are_kept(first: str, second: str, make_plan: Build, make_case: Build, make_record: Build) -> None:
    records = [make_record("A", first), make_record("A", second, attempt=2)]
    row = assemble(make_plan(make_case("A")), records, ended_at=END)["results"][0]
    assert row["verdict"] == max(Verdict.from_word(first), Verdict.from_word(second)).word
    assert [attempt["verdict"] for attempt in row["attempts"]] == [first, second]


def test_first_of_the_worst_attempts_gives_the_reason(make_plan: Build, make_case: Build, make_record: Build) -> None:
    records = [make_record("A", "fail"), make_record("A", "fail", attempt=2)]
    assert assemble(make_plan(make_case("A")), records, ended_at=END)["results"][0]["reason"] == "because of 1"


def test_last_attempt_decides_only_for_the_reasons_the_plan_allows(make_plan: Build, make_case: Build, make_record: Build) -> None:
    plan = make_plan(make_case("A"), make_case("B"), retry_reasons=["TESTER_JITTER"])
    records = [
        make_record("A", "inconc", reason_code="TESTER_JITTER"), make_record("A", attempt=2),
        make_record("B", "fail", reason_code="EXPECTATION"), make_record("B", attempt=2),
    ]  # fmt: skip
    allowed, refused = assemble(plan, records, ended_at=END)["results"]
    assert (allowed["verdict"], allowed["execution"]["attempt"]) == ("pass", 2)
    assert (refused["verdict"], refused["execution"]["attempt"]) == ("fail", 1)


def test_runs_for_two_editions_are_no_retries_of_each_other(make_plan: Build, make_case: Build, make_record: Build) -> None:
    plan = make_plan(make_case("A"), retry_reasons=["TESTER_JITTER"])
    records = [
        make_record("A", "inconc", edition="2011", reason_code="TESTER_JITTER"), make_record("A", attempt=2, edition="2015"),
    ]  # fmt: skip
    (row,) = assemble(plan, records, ended_at=END)["results"]
    assert (row["verdict"], [attempt["edition"] for attempt in row["attempts"]]) == ("inconc", ["2011", "2015"])


def test_record_that_claims_pass_over_a_failed_check_is_lowered(make_case: Build, make_record: Build, make_check: Build) -> None:
    judged = judge_record(make_case("A"), make_record("A", checks=[make_check("fail", value="300.0")]))
    assert judged.verdict is Verdict.FAIL
    assert "BHM period: 300.0 ms, expected <= 260 ms" in judged.reason


def test_pass_with_an_unreached_step_is_inconclusive(make_case: Build, make_record: Build) -> None:
    judged = judge_record(make_case("A", steps=2), make_record("A"))
    assert (judged.verdict, judged.code) == (Verdict.INCONC, "NO_CHECK")
    assert "step 2" in judged.reason


def test_pass_without_recorded_traffic_is_inconclusive(make_case: Build, make_record: Build) -> None:
    judged = judge_record(make_case("A"), make_record("A", evidence=[]))
    assert (judged.verdict, judged.code) == (Verdict.INCONC, "LOG_INCOMPLETE")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "na"),
        (["na", "na"], "na"),
        (["pass", "na"], "pass"),
        (["pass", "none"], "inconc"),
        (["none", "na"], "none"),
        (["fail", "none"], "fail"),
        (["pass", "error", "fail"], "error"),
    ],
)
def test_suite_verdict(words: list[str], expected: str, make_plan: Build, make_case: Build, make_record: Build) -> None:
    cases = [make_case(f"C{n}", applicable=word != "na") for n, word in enumerate(words)]
    records = [make_record(f"C{n}", word) for n, word in enumerate(words) if word not in ("na", "none")]
    assert suite_verdict(assemble(make_plan(*cases), records, ended_at=END)["results"]) == expected


def test_records_that_do_not_belong_are_all_named(make_plan: Build, make_case: Build, make_record: Build) -> None:
    plan = make_plan(make_case("A"), make_case("N", applicable=False))
    with pytest.raises(ConfigError) as caught:
        assemble(plan, [make_record("A"), make_record("A"), make_record("X"), make_record("N")])
    assert len(caught.value.problems) == 3


def test_deciding_check_of_a_pass_is_the_last_numeric_check_of_the_steps(
    make_plan: Build, make_case: Build, make_record: Build, make_check: Build
) -> None:
    checks = [
        make_check(name="one"), make_check(name="two"), make_check(name="words", kind="qualitative", value=None),
        {**make_check(name="judge"), "step": None},
    ]  # fmt: skip
    row = assemble(make_plan(make_case("A")), [make_record("A", checks=checks)], ended_at=END)["results"][0]
    check = deciding_check(row)
    assert check is not None
    assert check["name"] == "two"


def test_deciding_check_of_a_pass_is_measured_rather_than_counted(
    make_plan: Build, make_case: Build, make_record: Build, make_check: Build
) -> None:
    counted = make_check(name="count")
    counted["value"].update(U=None, k=None, p=None)
    row = assemble(make_plan(make_case("A")), [make_record("A", checks=[make_check(name="time"), counted])], ended_at=END)["results"][0]
    check = deciding_check(row)
    assert check is not None
    assert check["name"] == "time"


def test_deciding_check_of_a_pass_is_not_one_of_its_closing_session(
    make_plan: Build, make_case: Build, make_record: Build, make_check: Build
) -> None:
    counted = make_check(name="count")
    counted["value"].update(U=None, k=None, p=None)
    closing = [make_check(name=name, closing=True) for name in ("BRM time", "contactors open")]
    plan = make_plan(make_case("A"), make_case("B"))
    records = [make_record("A", checks=[counted, *closing]), make_record("B", checks=closing)]
    deciding = [deciding_check(row) for row in assemble(plan, records, ended_at=END)["results"]]
    assert [check["name"] for check in deciding if check] == ["count", "contactors open"]


def test_deciding_check_of_a_failure_is_its_first_failed_check(
    make_plan: Build, make_case: Build, make_record: Build, make_check: Build
) -> None:
    checks = [make_check(name="one"), make_check("fail", name="two", value="300"), make_check("fail", name="three", value="301")]
    row = assemble(make_plan(make_case("A")), [make_record("A", "fail", checks=checks)], ended_at=END)["results"][0]
    check = deciding_check(row)
    assert check is not None
    assert check["name"] == "two"


@given(words=st.lists(st.sampled_from(["pass", "fail", "inconc", "error", "none", "na"]), min_size=1, max_size=12))
def test_counts_sum_to_planned_and_invariants_hold(words: list[str]) -> None:
    plan, records = _campaign(words)
    results = assemble(plan, records, ended_at=END)
    counts = dict(results["counts"])
    assert counts.pop("planned") == sum(counts.values()) == len(words)
    assert violations(results) == []


def test_results_follow_the_shipped_schema(make_plan: Build, make_case: Build, make_record: Build) -> None:
    schema = json.loads((SCHEMA_FOLDER / "results.schema.json").read_text(encoding="utf-8"))
    results = assemble(make_plan(make_case("A"), make_case("B")), [make_record("A")], ended_at=END)
    jsonschema.validate(results, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**results, "report": {**results["report"], "accreditation": "CNAS L0000"}}, schema)


def test_shipped_schemas_are_those_of_the_code() -> None:
    for stem, text in schema_texts().items():
        assert (SCHEMA_FOLDER / f"{stem}.schema.json").read_text(encoding="utf-8") == text, f"regenerate {stem}.schema.json"


def test_schema_lists_the_volatile_members_and_nothing_else_depends_on_the_clock(
    make_plan: Build, make_case: Build, make_record: Build
) -> None:
    schema = json.loads((SCHEMA_FOLDER / "results.schema.json").read_text(encoding="utf-8"))
    assert schema["x-volatile"] == list(VOLATILE)
    later = make_record("A")
    later["execution"].update(started_at="2026-07-02T11:00:00.000+08:00", ended_at="2026-07-02T11:00:30.000+08:00")
    one = assemble(make_plan(make_case("A")), [make_record("A")], ended_at=END)
    two = assemble(make_plan(make_case("A"), sealed_at="2026-07-02T10:59:00.000+08:00"), [later], ended_at="2026-07-02T12:00:00+08:00")
    assert one != two
    assert without_volatile(one) == without_volatile(two)
    assert "issued_at" not in json.dumps(without_volatile(one))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": "300.0"}, "give fail"),
        ({"verdict": "fail"}, "give pass"),
        ({"U": "0"}, "never 0"),
        ({"k": None}, "U, k and p"),
    ],
)
def test_verdict_that_cannot_be_recomputed_is_a_violation(
    change: dict[str, Any], message: str, make_plan: Build, make_case: Build, make_record: Build, make_check: Build
) -> None:
    check = make_check(change.get("verdict", "pass"), value=change.get("value", "250.0"))
    check["value"].update({key: value for key, value in change.items() if key in ("U", "k")})
    row_verdict = change.get("verdict", "pass")
    results = assemble(make_plan(make_case("A")), [make_record("A", row_verdict, checks=[check])], ended_at=END)
    assert any(message in line for line in violations(results)), violations(results)


def test_warning_and_spoiled_checks_are_no_violation(make_plan: Build, make_case: Build, make_record: Build, make_check: Build) -> None:
    soft = make_check("pass", value="300.0", severity="warning")
    spoiled = make_check("inconc", value="300.0", reason="TESTER_JITTER")
    record = make_record("A", "inconc", checks=[soft, spoiled])
    assert violations(assemble(make_plan(make_case("A")), [record], ended_at=END)) == []
    assert recompute(soft) is Verdict.FAIL


def _campaign(words: list[str]) -> tuple[Any, list[Any]]:
    text = {"en": "x", "zh": "甲"}
    cases, records = [], []
    for n, word in enumerate(words):
        applicable = word != "na"
        cases.append(
            {
                "id": f"C{n}", "suite": "demo", "title": text, "purpose": text, "refs": ["X-1:1"], "basis": ["derived", "project"][n % 2],
                "confidence": "low", "pics": "V.DC", "steps": [],
                "applicability": {"value": "applicable" if applicable else "not_applicable", "pics": "V.DC", "reason": ""},
            }
        )  # fmt: skip
        if word in ("na", "none"):
            continue
        evidence = {"link": "l", "path": "p", "format": "blf", "sha256": "0" * 64, "t0_s": "0", "t1_s": "1", "frames": 1}
        records.append(
            {
                "id": f"C{n}", "suite": "demo", "attempt": 1, "steps": [], "checks": [], "verdict": word, "findings": [], "deviations": [],
                "reason": "r", "reason_code": "PRECONDITION", "evidence": [evidence], "performed_by": "self", "scope_status": "x",
                "bench_mode": "simulation", "equipment": [],
                "execution": {"state": "completed", "attempt": 1, "started_at": None, "ended_at": None, "bus_time_s": None,
                              "operator": None, "site": None},
            }
        )  # fmt: skip
    rig = {"name": "r", "file": None, "bench_mode": "simulation", "time": "virtual", "links": {}, "clock": {}}
    plan = {
        "schema": "precert-plan/1", "precert_version": "0", "sealed_at": END, "sha256": "0" * 64, "rig": rig, "item": {}, "pics": {},
        "pixit": {}, "decision_rule": "SIMPLE", "seed": 0, "suites": [], "operator": None, "cases": cases,
    }  # fmt: skip
    return plan, records
