"""Problems name file and line and suggest the word that was meant."""

from pathlib import Path

import pytest

from harness.core import ConfigError, Problem, did_you_mean, toml_line


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("broken", "a.toml", 3), "a.toml:3: broken"),
        (Problem("broken", Path("a.toml")), "a.toml: broken"),
        (Problem("broken"), "broken"),
    ],
)
def test_a_problem_prints_its_place(problem: Problem, text: str):
    assert str(problem) == text


@pytest.mark.parametrize("given", ["one", Problem("one"), [Problem("one")]])
def test_a_config_error_carries_problems_however_they_are_given(given: object):
    error = ConfigError(given)  # type: ignore[arg-type]
    assert [problem.text for problem in error.problems] == ["one"]


def test_a_config_error_prints_every_problem_on_a_line():
    assert str(ConfigError([Problem("a", "f", 1), Problem("b")])) == "f:1: a\nb"


@pytest.mark.parametrize(
    ("word", "known", "text"),
    [
        ("chanel", ["channel", "bitrate"], " (did you mean 'channel'?)"),
        ("CHANNEL", ["channel"], " (did you mean 'channel'?)"),
        ("zz", ["body", "charge"], " (have: body, charge)"),
        ("zz", [], ""),
        ("zz", [f"k{n:02}" for n in range(14)], f" (have: {', '.join(f'k{n:02}' for n in range(12))}, ...)"),
    ],
)
def test_the_closest_word_is_suggested(word: str, known: list[str], text: str):
    assert did_you_mean(word, known) == text


TEXT = """\
schema = 1
title = {en = "x", zh = "y"}

[pics]
"V.DC" = {value = true, why = "inlet"}   # a comment

[limits."period.BHM"]   # table
value = 250
[limits."period.CHM"]
value = 251

[cases."GBT-VP.101"]
steps = [
  ["first", "seen"],
  ["second", "seen"]
]
title = "late"

[[deviation]]
case = "X"
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("schema",), 1),
        (("title", "en"), 2),
        (("pics",), 4),
        (("pics", "V.DC"), 5),
        (("limits", "period.BHM"), 7),
        (("limits", "period.CHM", "value"), 10),
        (("limits", "period.CHM", "unit"), 9),
        (("cases", "GBT-VP.101", "steps"), 13),
        (("cases", "GBT-VP.101", "title"), 17),
        (("deviation", "case"), 20),
        (("limits",), 7),
        (("nowhere",), None),
    ],
)
def test_the_line_of_a_key_is_found_or_that_of_its_parent(path: tuple[str, ...], line: int | None):
    assert toml_line(TEXT, *path) == line


def test_a_dotted_key_is_found_by_its_first_part():
    assert toml_line('schema = 1\npics."V.DC" = true\n', "pics") == 2


def test_rows_of_a_list_are_not_taken_for_tables():
    text = '[t]\nrows = [\n  ["a", "b"],\n]\nkey = 1\n'
    assert toml_line(text, "t", "key") == 5
