"""What a laboratory says to a run in files of its own: official numbers of cases, corrected limits."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.case.suites.numbers import load_numbers
from harness.core import ConfigError

Command = Callable[..., Any]

NUMBERS = """\
schema = 1
[numbers]
"GBT-VP.101" = { number = "X.1", standard = "House list 7", confirmed_by = "J. Doe, 2026-08-01" }
"""
LIMITS = """\
schema = 1
name = "house"
title = "House limits"
[limits]
"response.BHM" = {upper = 0.001, unit = "s", source = "own", ref = "GBT27930-2015:?/BHM-start", confidence = "high", text = "first BHM"}
"""


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_confirmed_number_travels_from_plan_to_results_and_report(precert: Command, tmp_path: Path) -> None:
    file = write(tmp_path / "numbers.toml", NUMBERS)
    done = precert("run", "GBT-VP.101", "GBT-VP.107", "--rig", "virtual-truck.yaml", "--numbers", file, "--out", "run")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {row["id"]: row for row in json.loads((tmp_path / "run" / "results.json").read_text(encoding="utf-8"))["results"]}
    assert rows["GBT-VP.101"]["official"] == {"number": "X.1", "standard": "House list 7", "confirmed_by": "J. Doe, 2026-08-01"}
    assert "official" not in rows["GBT-VP.107"]
    assert precert("report", "run").returncode == 0
    page = (tmp_path / "run" / "report" / "report.html").read_text(encoding="utf-8")
    assert "X.1 (House list 7; correspondence confirmed by J. Doe, 2026-08-01)" in page
    assert page.count("Number in the standard") == 1


def test_corrected_limit_decides_and_stands_in_the_plan(precert: Command, tmp_path: Path) -> None:
    file = write(tmp_path / "house.toml", LIMITS)
    done = precert("run", "GBT-VP.101", "--rig", "virtual-truck.yaml", "--limits", file, "--out", "run")
    assert done.returncode == 1, done.stdout + done.stderr
    plan = json.loads((tmp_path / "run" / "plan.json").read_text(encoding="utf-8"))
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert plan["corrections"] == {"file": "house.toml", "sha256": digest, "limits": ["response.BHM"]}
    (row,) = json.loads((tmp_path / "run" / "results.json").read_text(encoding="utf-8"))["results"]
    assert row["reason"].startswith("BHM time: 0.02")
    precert("report", "run")
    assert "Limits corrected by the laboratory" in (tmp_path / "run" / "report" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"response.BHM"', '"response.BHN"', "house.toml:5: limits.response.BHN corrects nothing (did you mean 'response.BHM'?)"),
        ('upper = 0.001, unit = "s"', 'upper = 1, unit = "ms"', "house.toml:5: limits.response.BHM must be in s, not in ms"),
        ("upper = 0.001", "lower = 0.001", "house.toml:5: limits.response.BHM lacks upper, which the row in its place has"),
        (
            "[limits]",
            '[choices]\nperiod_verdict = "statistical"\n[limits]',
            "house.toml:4: 'choices' corrects no limit",
        ),
    ],
)
def test_correction_of_nothing_is_refused(precert: Command, tmp_path: Path, old: str, new: str, said: str) -> None:
    file = write(tmp_path / "house.toml", LIMITS.replace(old, new))
    done = precert("run", "GBT-VP.101", "--rig", "virtual-truck.yaml", "--limits", file, "--out", "run")
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("GBT-VP.101", "GBT-VP.999", "'GBT-VP.999' is no case"),
        (NUMBERS, "", "names no case"),
        ("schema = 1", "schema = 2", "'schema = 1' is expected, not 2"),
        ('standard = "House list 7", ', "", "'GBT-VP.101' needs exactly confirmed_by, number, standard, none of them empty"),
        ('"J. Doe, 2026-08-01"', '" "', "none of them empty"),
        ("[numbers]", "[number]", "unknown key 'number' (did you mean 'numbers'?)"),
        ("[numbers]\n", '[numbers]\n"GBT-VP.102" = { number = "X.1", standard = "House list 7", confirmed_by = "x" }\n',
         "X.1 of House list 7 stands at GBT-VP.102 and at GBT-VP.101"),
    ],
)  # fmt: skip
def test_wrong_number_is_named_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)):
        load_numbers(write(tmp_path / "numbers.toml", NUMBERS.replace(old, new)), known_cases={"GBT-VP.101", "GBT-VP.102"})
