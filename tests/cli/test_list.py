"""``precert list``: the catalogue as JSON and as a table."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Command = Callable[..., Any]


def test_json_is_an_array_of_objects_with_the_promised_members(precert: Command) -> None:
    done = precert("list", "gbt27930", "--json")
    rows = json.loads(done.stdout)
    assert done.returncode == 0
    assert len(rows) == 145
    for row in rows:
        assert {"id", "title", "suite", "refs", "basis", "confidence", "pics", "faults"} <= row.keys()


def test_selection_is_that_of_run(precert: Command) -> None:
    rows = json.loads(precert("list", "GBT-VN.20[1-5]", "--json").stdout)
    assert {row["id"] for row in rows} == {f"GBT-VN.20{number}" for number in range(1, 6)}


def test_table_ends_with_the_number_of_cases(precert: Command) -> None:
    done = precert("list", "GBT-VP.10*")
    assert done.returncode == 0
    assert "GBT-VP.101" in done.stdout
    assert done.stdout.rstrip().endswith("7 cases")


def test_narrow_table_keeps_its_last_column(precert: Command, clean_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(clean_environment, "COLUMNS", "80")
    lines = precert("list", "GBT-VP.304", "GBT-DN.1001").stdout.splitlines()
    assert lines[0].split() == ["id", "title", "basis", "editions", "PICS", "faults"]
    assert all(len(line) <= 80 for line in lines)
    assert [line.split()[-1] for line in lines if line.startswith("GBT-")] == ["8", "8"]
