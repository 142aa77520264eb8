"""Expected deviations: data with reason, ticket and expiry; anything doubtful stops the run."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from harness.case.suites.deviations import load_deviations
from harness.core import ConfigError

TODAY = dt.date(2026, 7, 1)
ENTRY = '[[deviation]]\ncase = "DEMO-001"\nreason = "late by 20 ms"\nticket = "BMS-17"\nexpires = 2026-07-01\n'


def _load(tmp_path: Path, text: str) -> object:
    file = tmp_path / "deviations.toml"
    file.write_text(text, encoding="utf-8")
    return load_deviations(file, today=TODAY, known_cases=["DEMO-001", "DEMO-002"])


def _problems(tmp_path: Path, text: str) -> list[tuple[int | None, str]]:
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, text)
    return [(problem.line, problem.text) for problem in caught.value.problems]


def test_an_entry_is_valid_to_the_end_of_its_last_day(tmp_path: Path):
    found = _load(tmp_path, "schema = 1\n" + ENTRY)
    assert list(found) == ["DEMO-001"]
    assert found["DEMO-001"].to_json() == {"id": "DEMO-001", "reason": "late by 20 ms", "ticket": "BMS-17", "expires": "2026-07-01"}


def test_an_expired_entry_stops_the_run(tmp_path: Path):
    assert _problems(tmp_path, ENTRY.replace("2026-07-01", "2026-06-30")) == [
        (1, "the deviation of 'DEMO-001' expired on 2026-06-30; remove it or renew it with a new date")
    ]


FORM = "a deviation has exactly case, reason, ticket (strings) and expires (a date, 2027-01-31)"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("DEMO-001", "DEMO-01", "'DEMO-01' is no case (did you mean 'DEMO-001'?)"),
        ('ticket = "BMS-17"\n', "", FORM),
        ('ticket = "BMS-17"', "ticket = 17", FORM),
        ("2026-07-01", '"2026-07-01"', FORM),
        ("2026-07-01", "2026-07-01T00:00:00", FORM),
        ("expires", "note = 1\nexpires", FORM),
    ],
)
def test_a_doubtful_entry_stops_the_run(tmp_path: Path, old: str, new: str, expected: str):
    assert _problems(tmp_path, "schema = 1\n\n" + ENTRY.replace(old, new)) == [(3, expected)]


def test_a_case_deviates_once(tmp_path: Path):
    assert _problems(tmp_path, ENTRY + ENTRY) == [(6, "'DEMO-001' is listed twice")]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('deviation = [{case = "DEMO-001", reason = "r", ticket = "t"}]\n', 1),
        ("schema = 1\ndeviation = 3\n", 2),
        ('schema = 1\n[deviation]\ncase = "DEMO-001"\n', 2),
        ('[[ deviation ]]\ncase = "DEMO-001"\n', 1),
    ],
)
def test_no_spelling_of_an_entry_escapes_the_check(tmp_path: Path, text: str, line: int):
    assert _problems(tmp_path, text) == [(line, FORM)]


def test_an_expired_entry_is_found_in_every_spelling(tmp_path: Path):
    ((_, text),) = _problems(tmp_path, 'deviation = [{case = "DEMO-001", reason = "r", ticket = "t", expires = 2020-01-01}]\n')
    assert text.startswith("the deviation of 'DEMO-001' expired on 2020-01-01")


def test_unknown_keys_are_named(tmp_path: Path):
    assert _problems(tmp_path, "deviations = 1\n" + ENTRY) == [(None, "unknown key 'deviations' (did you mean 'deviation'?)")]


def test_an_empty_list_is_no_deviation(tmp_path: Path):
    assert _load(tmp_path, "schema = 1\n") == {}
