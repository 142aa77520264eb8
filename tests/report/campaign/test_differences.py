"""The difference list of an amendment: everything that differs is in it, nothing else is."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import Any

import pytest

from harness.core import ConfigError
from harness.report.campaign import load_campaign
from harness.report.campaign.amendment import Amends, OldReport, amend, next_number
from harness.report.campaign.differences import changes_between
from harness.report.campaign.market_file import load_markets
from harness.report.campaign.readiness import with_markets

EVIDENCE = "evidence evidence/GBT-VP.101/1/charge.blf"


@pytest.fixture
def results(small_run: Path) -> Any:
    return load_campaign([small_run]).results


def _changed(results: Any, change: Any) -> list[Any]:
    other = copy.deepcopy(results)
    change(other)
    return changes_between(results, other)


def _row(document: Any, number: int = 0) -> Any:
    return document["results"][number]


def test_the_same_results_do_not_differ(results: Any) -> None:
    assert changes_between(results, copy.deepcopy(results)) == []


def test_number_revision_and_time_of_issue_are_no_change(results: Any) -> None:
    assert _changed(results, lambda each: each["report"].update(number="X", revision=3, issued_at="2027-01-01T00:00:00Z")) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda each: each["report"].update(category="witnessed"), ("report", "category", "—", "witnessed")),
        (lambda each: each.update(site={"name": "a", "address": "b"}), ("site", "address", "—", "b")),
        (lambda each: each["item"].update(vin="LPRECERT000000009"), ("item", "vin", "LPRECERT000000001", "LPRECERT000000009")),
        (lambda each: each["item"].pop("vin"), ("item", "vin", "LPRECERT000000001", "—")),
        (lambda each: each["equipment"].append({"id": "EQ-1", "serial": "7"}), ("equipment EQ-1", "equipment", "—", "id EQ-1; serial 7")),
        (lambda each: each["plan"].update(decision_rule="GUARD_U"), ("plan", "decision_rule", "SIMPLE", "GUARD_U")),
        (lambda each: each["suites"][0].update(version="9.9.9"), ("suites gbt27930", "version", "0.1.0", "9.9.9")),
        (lambda each: _row(each).update(verdict="inconc"), ("GBT-VP.101", "verdict", "pass", "inconc")),
        (lambda each: _row(each, 1).update(reason="other"), ("GBT-VP.104", "reason", "BHM delay: 5.4 s, expected <= 5 s", "other")),
        (lambda each: _row(each)["evidence"][0].update(frames=7), ("GBT-VP.101", EVIDENCE, None, "frames 7")),
        (lambda each: _row(each)["execution"].update(operator="N.N."), ("GBT-VP.101", "execution", "—", "operator N.N.")),
        (lambda each: _row(each)["attempts"][0].update(verdict="fail"), ("GBT-VP.101", "attempts 1", "verdict pass", "verdict fail")),
        (lambda each: _row(each)["steps"][1].update(state="failed"), ("GBT-VP.101", "steps 2", "state done", "state failed")),
        (lambda each: _row(each)["checks"][1]["value"].update(v="1.5"), ("GBT-VP.101", "checks BHM delay", None, "value.v 1.5")),
        (lambda each: _row(each)["deviations"].append({"id": "x"}), ("GBT-VP.101", "deviations", "—", "[0].id x")),
        (lambda each: each["counts"].update({"pass": 3}), ("counts", "pass", "1", "3")),
    ],
)  # fmt: skip
def test_each_change_is_named_with_its_place_and_both_values(change: Any, expected: tuple[str, str, str | None, str], results: Any) -> None:
    found = [tuple(each.values()) for each in _changed(results, change)]
    where, what, old, new = expected
    match = [each for each in found if each[:2] == (where, what)]
    assert len(match) == 1, found
    assert match[0][3] == new
    assert old is None or match[0][2] == old


def test_rows_that_came_and_went_are_named(results: Any) -> None:
    def change(each: Any) -> None:
        each["results"].append({**copy.deepcopy(_row(each)), "id": "GBT-VP.999"})
        del each["results"][1]

    found = _changed(results, change)
    assert {"where": "GBT-VP.104", "what": "row", "old": "fail", "new": "—"} in found
    assert {"where": "GBT-VP.999", "what": "row", "old": "—", "new": "pass"} in found


def test_another_order_of_rows_is_a_change(results: Any) -> None:
    found = _changed(results, lambda each: each["results"].reverse())
    assert [(each["where"], each["what"]) for each in found] == [("results", "order")]


def test_any_edit_of_any_member_is_found(results: Any) -> None:
    """Every leaf of the document, one at a time, but for those that differ in every report."""
    ignored = {("report", "number"), ("report", "revision"), ("report", "issued_at")}
    paths = [path for path in _paths(results) if tuple(path[:2]) not in ignored]
    random.Random(7).shuffle(paths)
    assert len(paths) > 300
    for path in paths[:300]:
        other = copy.deepcopy(results)
        node = other
        for part in path[:-1]:
            node = node[part]
        node[path[-1]] = "edited" if node[path[-1]] != "edited" else "other"
        assert changes_between(results, other), path


def _paths(node: Any, path: tuple[Any, ...] = ()) -> Any:
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    if not isinstance(node, dict | list):
        yield path
    for key, value in pairs:
        yield from _paths(value, (*path, key))


def test_a_second_run_adds_itself_and_its_attempts_and_nothing_else(tmp_path: Path, make_run: Any) -> None:
    first = make_run(tmp_path / "monday", ids=("GBT-VP.101", "GBT-VP.102"))
    second = make_run(
        tmp_path / "tuesday", ids=("GBT-VP.102",), plan={"sealed_at": "2026-07-01T09:20:00.000+08:00"}, first_minute=30
    )  # fmt: skip
    single, merged = load_campaign([first]).results, load_campaign([first, second]).results
    for old, new in ((single, merged), (merged, single)):
        found = {(each["where"], each["what"]) for each in changes_between(old, new)}
        assert found == {
            ("plan", "sha256"), ("merged_runs tuesday", "merged_runs"), ("GBT-VP.102", "attempts 2"), ("GBT-VP.102", "decided_by"),
        }  # fmt: skip


def test_a_need_that_got_another_status_is_named_and_a_market_that_came_is_one_change(small_run: Path) -> None:
    campaign = load_campaign([small_run])
    one = with_markets(campaign.results, campaign.plan, load_markets(["gcc"]))
    two = with_markets(campaign.results, campaign.plan, load_markets(["gcc", "eu"]))
    assert {(each["where"], each["what"]) for each in changes_between(one, two)} == {("markets eu", "markets")}
    other: Any = copy.deepcopy(two)
    other["markets"][0]["needs"][2].update(status="covered", codes=[])
    found = {(each["where"], each["what"], each["old"], each["new"]) for each in changes_between(two, other)}
    assert ("markets gcc: gcc-swap", "status", "open", "covered") in found
    assert {where for where, *_ in found} == {"markets gcc: gcc-swap"}


# ---- the amendment itself ----


@pytest.mark.parametrize(
    ("old", "new"), [("PC-2026-1", ("PC-2026-1-A1", 1)), ("PC-2026-1-A1", ("PC-2026-1-A2", 2)), ("PC-2026-1-A9", ("PC-2026-1-A10", 10))]
)
def test_the_number_counts_on(old: str, new: tuple[str, int]) -> None:
    assert next_number(old) == new


def _old(results: Any, **report: Any) -> OldReport:
    return OldReport(Path("old"), {**results, "report": {**results["report"], **report}}, "ab" * 32, "cd" * 32, "ef" * 32)


def _witnessed(results: Any) -> Any:
    return {**results, "report": {**results["report"], "category": "witnessed"}}


def test_an_amendment_names_what_it_replaces_and_why(results: Any) -> None:
    amended, document = amend(_witnessed(results), Amends(_old(results, number="PC-1"), " typing error "))
    assert (amended["report"]["number"], amended["report"]["revision"]) == ("PC-1-A1", 1)
    assert amended["report"]["supersedes"] == document["supersedes"]
    assert document["supersedes"] == {
        "number": "PC-1", "issued_at": results["report"]["issued_at"], "sha256": "cd" * 32, "results_sha256": "ab" * 32,
        "seal": "ef" * 32, "reason": "typing error",
    }  # fmt: skip
    assert document["changes"] == [{"where": "report", "what": "category", "old": "—", "new": "witnessed"}]
    assert results["report"].get("supersedes") is None


def test_an_amendment_that_changes_nothing_is_refused(results: Any) -> None:
    with pytest.raises(ConfigError, match="nothing differs from PC-1"):
        amend(results, Amends(_old(results, number="PC-1"), "why not"))


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_an_amendment_without_a_reason_is_refused(reason: str, results: Any) -> None:
    with pytest.raises(ConfigError, match="needs a reason"):
        amend(_witnessed(results), Amends(_old(results), reason))


def test_an_amendment_about_another_item_is_refused(results: Any) -> None:
    other = {**results, "item": {**results["item"], "vin": "LPRECERT000000009"}}
    with pytest.raises(ConfigError, match="another item"):
        amend(other, Amends(_old(results), "reason"))


@pytest.mark.parametrize("number", ["PC-1", "PC-1-A1", "PC-1-A2", ""])
def test_the_laboratory_may_number_it_by_its_chain(number: str, results: Any) -> None:
    assert amend(_witnessed(results), Amends(_old(results, number="PC-1-A1"), "r"), number)[0]["report"]["number"] == "PC-1-A2"


def test_a_number_from_elsewhere_is_refused(results: Any) -> None:
    with pytest.raises(ConfigError, match="what replaces PC-1 is PC-1-A1; leave the number out"):
        amend(_witnessed(results), Amends(_old(results, number="PC-1"), "r"), "PC-2")
