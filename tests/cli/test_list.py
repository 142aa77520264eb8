"""``precert list``: the catalogue as JSON and as a table."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

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
