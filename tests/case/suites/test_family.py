"""A family of cases: every row of its table is a case of its own, with the columns in the place of their names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.case.metadata import CaseSource
from harness.case.suites.catalogue import load_catalogue
from harness.case.suites.source import read_cases
from harness.core import ConfigError, Problem

Build = Callable[..., Path]

CASES = """\
@case("X-{kind}-1", title="No answer to {request}", purpose="P {request}", refs=["{refs}", "R"], basis="derived", confidence="high",
      pics="V.{kind}", faults=["waits.{request}"], editions=["{edition}"], rows="rows.toml", where="silent")
def test_x(bench, truck, row, step):
    with step(1, "send no answer to {request}", expect="nothing after {after_s} s"):
        truck.limit(row["limit"])
        truck.limit("plain")
"""
ROWS = """\
schema = 1
[[rows]]
kind = "A"
request = "HelloReq"
refs = ["R1", "R2"]
edition = "old"
limit = "response.Hello"
after_s = 2.5
silent = true
[[rows]]
kind = "B"
request = "ByeReq"
refs = []
edition = "new"
limit = "response.Bye"
after_s = 5
silent = true
[[rows]]
kind = "C"
request = "MuteReq"
silent = false
"""


def _read(tmp_path: Path, cases: str = CASES, rows: str | None = ROWS) -> tuple[list[CaseSource], list[Problem]]:
    (tmp_path / "test_group.py").write_text(cases, encoding="utf-8")
    if rows is not None:
        (tmp_path / "rows.toml").write_text(rows, encoding="utf-8")
    return read_cases(tmp_path / "test_group.py", "demo", tmp_path)


def test_every_row_in_which_the_column_is_true_is_a_case(tmp_path: Path) -> None:
    (first, second), problems = _read(tmp_path)
    assert problems == []
    assert [first.meta.id, second.meta.id] == ["X-A-1", "X-B-1"]
    assert first.family == second.family == "X-{kind}-1"
    assert first.function == second.function == "test_x"
    assert first.row["request"] == "HelloReq"
    assert (first.meta.title, first.meta.pics, first.condition) == ("No answer to HelloReq", "V.A", "V.A")
    assert (second.meta.faults, second.meta.editions) == (("waits.ByeReq",), ("new",))


def test_steps_and_limits_are_those_of_the_row(tmp_path: Path) -> None:
    (first, second), _ = _read(tmp_path)
    assert [(step.text, step.expect) for step in first.steps] == [("send no answer to HelloReq", "nothing after 2.5 s")]
    assert first.limits == {"response.Hello", "plain"}
    assert second.limits == {"response.Bye", "plain"}


def test_text_that_is_nothing_but_a_list_column_stands_for_its_entries(tmp_path: Path) -> None:
    (first, second), _ = _read(tmp_path)
    assert first.meta.refs == ("R1", "R2", "R")
    assert second.meta.refs == ("R",)


def test_without_where_every_row_is_a_case(tmp_path: Path) -> None:
    cases = """\
@case("X-{kind}", title="T", purpose="P", refs=["R"], basis="derived", confidence="high", pics="A", faults=["f"], rows="rows.toml")
"""
    found, problems = _read(tmp_path, cases + 'def test_x(step):\n    with step(1, "a", expect="b"):\n        pass\n')
    assert problems == []
    assert [source.meta.id for source in found] == ["X-A", "X-B", "X-C"]


@pytest.mark.parametrize(
    ("cases", "rows", "expected"),
    [
        (CASES.replace("{edition}", "{editon}"), ROWS, "lacks the column 'editon' (did you mean 'edition'?)"),
        (CASES.replace('where="silent"', 'where="slient"'), ROWS, "no row of rows.toml has the column 'slient' (did you mean 'silent'?)"),
        (CASES.replace('row["limit"]', 'row["limits"]'), ROWS, "lacks the column 'limits' (did you mean 'limit'?)"),
        (CASES, "schema = 1\n", "no [[rows]]"),
        (CASES, "schema = 1\nrow = 1\n", "unknown key 'row'"),
        (CASES, "schema = 1\n[[rows]]\na = {b = 1}\n", "row 1: column 'a' must be text, a number, true, false or a list of them"),
        (CASES, "schema = 1\n[[rows]\n", "rows.toml"),
        (CASES, None, "rows.toml"),
    ],
)
def test_table_and_placeholders_that_do_not_go_together_are_one_problem(
    tmp_path: Path, cases: str, rows: str | None, expected: str
) -> None:
    found, (problem,) = _read(tmp_path, cases, rows)
    assert found == []
    assert expected in f"{problem.file} {problem.text}"


def test_braces_in_a_case_of_no_family_stay(tmp_path: Path) -> None:
    cases = CASES.replace(', rows="rows.toml", where="silent"', "").replace("X-{kind}-1", "X-1")
    (found,), problems = _read(tmp_path, cases, None)
    assert problems == []
    assert found.meta.title == "No answer to {request}"
    assert found.steps[0].text == "send no answer to {request}"


FAMILY_OF_DEMO = '"DEMO-{row}", rows="rows.toml",'


def _demo(suite_folder: Build, zh: tuple[str, str] | None = None) -> Path:
    """The demonstration suite with its first case made a family of two."""
    changes = {"test_answers.py": ('"DEMO-001",', FAMILY_OF_DEMO)}
    folder = suite_folder(changes | ({"texts.zh.toml": zh} if zh else {}))
    (folder / "rows.toml").write_text('schema = 1\n[[rows]]\nrow = "A"\n[[rows]]\nrow = "B"\n', encoding="utf-8")
    return folder


def test_chinese_texts_of_a_family_are_those_of_each_of_its_cases(suite_folder: Build) -> None:
    catalogue = load_catalogue([_demo(suite_folder, ('"DEMO-001"', '"DEMO-{row}"'))])
    assert [source.meta.id for source in catalogue.cases] == ["DEMO-A", "DEMO-B", "DEMO-002"]
    assert set(catalogue.suite("demo-suite").texts) == {"DEMO-A", "DEMO-B", "DEMO-002"}


def test_family_without_chinese_texts_is_reported_for_each_of_its_cases(suite_folder: Build) -> None:
    with pytest.raises(ConfigError) as caught:
        load_catalogue([_demo(suite_folder)])
    texts = [problem.text for problem in caught.value.problems]
    assert "DEMO-A: has no Chinese texts in texts.zh.toml" in texts
    assert "'DEMO-001' has Chinese texts but is no case of this suite" in texts
