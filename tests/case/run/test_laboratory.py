"""What a laboratory adds to results.json must go together."""

from __future__ import annotations

from typing import Any

import pytest

from harness.case.run.laboratory import laboratory_violations


def _results(**changes: Any) -> Any:
    row = {"id": "A", "method": {"id": "M"}, "attempts": [{}], "execution": {"site": "Bench 2"}, "verdict": "pass", "performed_by": "self"}
    shown = {"lower": "22", "upper": "24", "unit": "Cel", "equipment": "EQ-1"}
    results = {
        "item": {"identity_start": {"vin": "V"}, "identity_end": {"vin": "V"}},
        "equipment": [{"id": "EQ-1"}],
        "conditions": [{"temperature": shown, "humidity": shown, "supply": "400 V"}],
        "people": {"operators": [{"name": "Zhang San"}], "checker": {"name": "Zhao Liu"}},
        "opinions": [{"text": {"zh": "a", "en": "a"}, "author": "Li Si", "basis": "b", "refs": ["A"]}],
        "providers": [{"name": "Outside", "cases": ["A"], "note": "n"}],
        "site": {"name": "Bench 2", "address": "x"},
        "results": [{**row, **changes.pop("row", {})}],
    }
    return {**results, **changes}


def test_what_goes_together_breaks_nothing() -> None:
    assert list(laboratory_violations(_results())) == []
    assert list(laboratory_violations({"item": {}, "equipment": [], "results": []})) == []  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"equipment": [{"id": "EQ-1"}, {"id": "EQ-1"}]}, "equipment listed more than once: EQ-1"),
        ({"equipment": []}, "conditions: instrument EQ-1 is not listed"),
        ({"people": {"operators": [{"name": "Zhang San"}], "checker": {"name": "zhang  san"}}}, "the checker is an operator"),
        ({"opinions": [{"author": " ", "basis": "b", "refs": ["A"]}]}, "opinion 1: without author"),
        ({"opinions": [{"author": "a", "basis": "b", "refs": []}]}, "opinion 1: without author, basis or references"),
        ({"row": {"execution": {"site": None}}}, "A: no site"),
        ({"row": {"performed_by": "Somebody"}}, "A: performed by 'Somebody', who is not listed"),
        ({"item": {"identity_start": {"vin": "V"}, "identity_end": {"vin": "W"}}}, "A: the item was changed, the row says pass"),
    ],
)
def test_contradiction_is_named(changes: dict[str, Any], line: str) -> None:
    found = list(laboratory_violations(_results(**changes)))
    assert len(found) >= 1
    assert all(line in each for each in found)


def test_checker_may_be_an_operator_with_a_reason_and_a_changed_item_may_end_in_errors() -> None:
    people = {"operators": [{"name": "Zhang San"}], "checker": {"name": "Zhang San"}, "waiver": "nobody else on the night shift"}
    assert list(laboratory_violations(_results(people=people))) == []
    changed = {"identity_start": {"vin": "V"}, "identity_end": {"vin": "W"}}
    assert list(laboratory_violations(_results(item=changed, row={"verdict": "error"}))) == []
