"""JUnit export: the verdict survives the round trip, and nothing but a pass looks like one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from junitparser.xunit2 import JUnitXml

from harness.case.run.junit import junit_bytes, sanitise
from harness.case.run.results import assemble

Build = Callable[..., Any]
END = "2026-07-01T10:00:00.000+08:00"


@pytest.fixture
def results(make_plan: Build, make_case: Build, make_record: Build) -> Any:
    plan = make_plan(*(make_case(case_id) for case_id in "ABCDE"), make_case("F", applicable=False))
    words = dict(zip("ABCD", ["pass", "fail", "inconc", "error"], strict=True))
    return assemble(plan, [make_record(case_id, word) for case_id, word in words.items()], ended_at=END)


def test_round_trip_gives_the_same_verdicts(results: Any) -> None:
    xml = JUnitXml.fromstring(junit_bytes(results))
    found = Counter(prop.value for suite in xml for case in suite for prop in case.properties() if prop.name == "verdict")
    assert found == Counter(["pass", "fail", "inconc", "error", "none", "not_applicable"])


def test_only_a_pass_has_no_child(results: Any) -> None:
    root = ElementTree.fromstring(junit_bytes(results))
    children = {case.get("name"): [child.tag for child in case if child.tag != "properties"] for case in root.iter("testcase")}
    assert children == {"A": [], "B": ["failure"], "C": ["skipped"], "D": ["error"], "E": ["skipped"], "F": ["skipped"]}
    assert [child.get("type") for child in root.iter("skipped")] == ["inconclusive", "not_tested", "not_applicable"]


def test_statistics_never_count_inconclusive_as_passed(results: Any) -> None:
    suite = ElementTree.fromstring(junit_bytes(results)).find("testsuite")
    assert suite is not None
    numbers = {key: int(suite.get(key, "-1")) for key in ("tests", "failures", "errors", "skipped")}
    assert numbers == {"tests": 6, "failures": 1, "errors": 1, "skipped": 3}


def test_suite_properties_stand_before_the_cases(results: Any) -> None:
    suite = ElementTree.fromstring(junit_bytes(results)).find("testsuite")
    assert suite is not None
    assert [child.tag for child in suite] == ["properties"] + ["testcase"] * 6
    names = [prop.get("name") for prop in suite[0]]
    assert names == ["report.no", "report.revision", "plan.sha256", "harness.version", "item.vin", "bench.mode", "decision.rule"]


def test_case_properties_carry_value_limit_and_evidence(results: Any) -> None:
    case = next(ElementTree.fromstring(junit_bytes(results)).iter("testcase"))
    properties = {prop.get("name"): prop.get("value") for prop in case.iter("property")}
    assert properties["requirement_id"] == "GBT27930-2015:8/A"
    assert (properties["value"], properties["unit"], properties["limit.upper"], properties["k"]) == ("250.0", "ms", "260", "2")
    assert properties["evidence"] == f"evidence/A/1/charge.blf#sha256={'ef' * 32}"


def test_control_characters_and_colours_do_not_break_the_file(make_plan: Build, make_case: Build, make_record: Build) -> None:
    record = make_record("A", "fail", reason="\x1b[31mred\x1b[0m nul \x00 bell \x07 half \ud800 ok 符合")
    content = junit_bytes(assemble(make_plan(make_case("A")), [record], ended_at=END))
    failure = next(ElementTree.fromstring(content).iter("failure"))
    assert failure.get("message") == "red nul \\x00 bell \\x07 half \\xd800 ok 符合"


def test_sanitise_keeps_line_ends_and_tabs() -> None:
    assert sanitise("a\tb\nc") == "a\tb\nc"


def test_same_results_give_the_same_bytes(results: Any) -> None:
    assert junit_bytes(results) == junit_bytes(results)
