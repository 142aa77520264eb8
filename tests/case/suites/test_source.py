"""Cases are read from the source of a suite; everything wrong with their metadata is reported together."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.case.suites.source import read_cases
from harness.core import Problem

HEAD = '@case("X-1", title="T", purpose="P", refs=["R"], basis="derived", confidence="high", pics="A", faults=["f"])\n'
STEP = '    with step(1, "do", expect="see"):\n        pass\n'


def _read(tmp_path: Path, text: str) -> tuple[list, list[Problem]]:
    file = tmp_path / "test_group.py"
    file.write_text(text, encoding="utf-8")
    return read_cases(file, "demo", tmp_path)


def _problems(tmp_path: Path, text: str) -> list[tuple[int | None, str]]:
    return [(problem.line, problem.text) for problem in _read(tmp_path, text)[1]]


def test_a_case_is_read_with_all_its_metadata_and_steps(tmp_path: Path):
    text = """\
@other
@case("X-1", title="T", purpose="P " "Q", refs=("R1", "R2"), basis="derived", confidence="high",
      pics="A", faults=["f"], pixit=["vin"], duration_s=12)
def test_x(bench, step):
    with step(1, "do", expect="see"):
        with bench:
            pass
    if bench:
        with step(2, "do more", expect="see more"):
            pass
"""
    (found,), problems = _read(tmp_path, text)
    assert problems == []
    meta = found.meta
    assert (meta.id, meta.purpose, meta.refs, meta.faults, meta.pixit) == ("X-1", "P Q", ("R1", "R2"), ("f",), ("vin",))
    assert (meta.duration_s, meta.nightly) == (12.0, True)
    assert [(step.number, step.text, step.expect, step.line) for step in found.steps] == [
        (1, "do", "see", 5),
        (2, "do more", "see more", 9),
    ]
    assert (found.suite, found.function, found.line) == ("demo", "test_x", 4)


def test_cases_keep_the_order_of_the_source_and_helpers_are_ignored(tmp_path: Path):
    body = "def helper():\n    pass\n"
    for name in ("b", "a"):
        body += HEAD.replace("X-1", name) + f"def test_{name}(step):\n{STEP}"
    cases, problems = _read(tmp_path, body)
    assert ([found.meta.id for found in cases], problems) == (["b", "a"], [])


def test_all_problems_of_a_module_are_reported_together(tmp_path: Path):
    text = (
        HEAD.replace('purpose="P", ', "").replace("basis", "basics")
        + f"def test_a(step):\n{STEP}"
        + HEAD.replace('"T"', "TITLE")
        + f"def test_b(step):\n{STEP.replace('1', '2')}"
        + "def test_c(step):\n    pass\n"
    )
    assert _problems(tmp_path, text) == [
        (1, "@case has no argument 'basics' (did you mean 'basis'?)"),
        (1, "@case lacks 'purpose', 'basis'"),
        (5, "@case: 'title' must be a literal, not an expression"),
        (7, "'test_b': step 2 stands where step 1 belongs"),
        (9, "'test_c' has no @case(...); every test of a suite is a case"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('refs=["R"]', 'refs="R"', "@case: 'refs' must be a list of strings, not 'R'"),
        ('refs=["R"]', "refs=None", "@case: 'refs' must be a list of strings, not None"),
        ('refs=["R"]', "refs=[1]", "@case: 'refs' must be a list of strings, not [1]"),
        ('refs=["R"]', "refs=[{[]: 1}]", "@case: 'refs' must be a literal, not an expression"),
        ('title="T"', "title=None", "@case: 'title' must be a string, not None"),
        ('title="T"', 'title=f"T{1}"', "@case: 'title' must be a literal, not an expression"),
        ('"X-1", ', "5, ", "@case: the case id must be a string, not 5"),
        ('"X-1", ', "NAME, ", "@case: the case id must be a literal, not an expression"),
        ('"X-1", ', "", "@case lacks 'case_id'"),
        ('"X-1", ', '"X-1", "X-2", ', "@case takes the case id, then named arguments"),
        ('pics="A"', 'pics="A", duration_s="3"', "@case: 'duration_s' must be a number, not '3'"),
        ('pics="A"', 'pics="A", **more', "@case has no argument 'None' (have: basis, case_id, "),
    ],
)
def test_a_wrong_argument_is_named(tmp_path: Path, old: str, new: str, problem: str):
    assert old in HEAD
    problems = _problems(tmp_path, HEAD.replace(old, new) + f"def test_a(step):\n{STEP}")
    assert problems[0][0] == 1
    assert problems[0][1].startswith(problem)


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        ("    pass\n", [(2, "'test_a' has no step; write 'with step(1, ..., expect=...):'")]),
        (
            '    with step(1, "a", expect="b"):\n        pass\n    with step(3, "a", expect="b"):\n        pass\n',
            [(5, "'test_a': step 3 stands where step 2 belongs")],
        ),
        (
            '    with step(1, "a", expect="b"):\n        pass\n    with step(1, "a", expect="b"):\n        pass\n',
            [(5, "'test_a': step 1 stands where step 2 belongs")],
        ),
        (
            '    with step(2, "a", expect="b"):\n        pass\n    with step(1, "a", expect="b"):\n        pass\n',
            [(3, "'test_a': step 2 stands where step 1 belongs"), (5, "'test_a': step 1 stands where step 2 belongs")],
        ),
        (
            '    with step(N, "a", expect="b"):\n        pass\n',
            [(3, "step(...) takes literals only: step(1, 'what is done', expect='what must be seen')")],
        ),
        (
            '    with step(1, f"a{n}", expect="b"):\n        pass\n',
            [(3, "step(...) takes literals only: step(1, 'what is done', expect='what must be seen')")],
        ),
        ('    with step(1, "a"):\n        pass\n', [(3, "a step is step(1, 'what is done', expect='what must be seen')")]),
        ('    with step("1", "a", expect="b"):\n        pass\n', [(3, "a step is step(1, 'what is done', expect='what must be seen')")]),
        (
            '    with step(1, "a", expect="b", more=1):\n        pass\n',
            [(3, "a step is step(1, 'what is done', expect='what must be seen')")],
        ),
        (
            '    with step(1, "a", expect="b"):\n        pass\n    step(2, "a", expect="b")\n',
            [(5, "'test_a': a step is entered by 'with step(...):', a call alone does nothing")],
        ),
    ],
)
def test_steps_are_literal_numbered_from_one_and_entered(tmp_path: Path, body: str, problems: list[tuple[int, str]]):
    assert _problems(tmp_path, HEAD + "def test_a(step):\n" + body) == problems


def test_a_case_that_pytest_would_not_run_is_a_problem(tmp_path: Path):
    text = (
        HEAD
        + f"def check_a(step):\n{STEP}"
        + HEAD
        + f"async def test_b(step):\n{STEP}"
        + "class TestC:\n    def test_d(self):\n        pass\n"
    )
    assert [problem for _, problem in _problems(tmp_path, text)] == [
        "'check_a': the function of a case begins with 'test_', or pytest does not run it",
        "'test_b' is asynchronous; a case is a plain function",
        "'TestC' is a class of tests; a case is a plain function",
    ]


def test_a_file_that_is_no_python_is_one_problem_with_its_line(tmp_path: Path):
    assert _problems(tmp_path, "x = 1\ndef broken(:\n") == [(2, "is no Python: invalid syntax")]


def test_a_file_that_cannot_be_read_is_one_problem(tmp_path: Path):
    (tmp_path / "test_x.py").write_bytes(b"\xff\xfe\x00")
    for file in (tmp_path / "test_x.py", tmp_path / "test_missing.py"):
        cases, (problem,) = read_cases(file, "demo", tmp_path)
        assert cases == []
        assert problem.text.startswith("cannot be read: ")
        assert problem.file == file


def test_needs_of_a_case_are_read_and_unknown_words_are_reported(tmp_path: Path):
    head = HEAD.replace("faults=", 'needs=["energise", "writes"], faults=')
    (found,), problems = _read(tmp_path, head + f"def test_a(step):\n{STEP}")
    assert (found.meta.needs, problems) == (("energise", "writes"), [])
    (found,), _ = _read(tmp_path, HEAD + f"def test_a(step):\n{STEP}")
    assert found.meta.needs == ()
    text = head.replace("energise", "energize").replace('"writes"', '"zzz"') + f"def test_a(step):\n{STEP}"
    assert _problems(tmp_path, text) == [
        (1, "@case: 'needs' knows no 'energize' (did you mean 'energise'?)"),
        (1, "@case: 'needs' knows no 'zzz' (have: active_bus, energise, plain_http, writes)"),
    ]
    assert _problems(tmp_path, HEAD.replace("faults=", 'needs="energise", faults=') + f"def test_a(step):\n{STEP}") == [
        (1, "@case: 'needs' must be a list of strings, not 'energise'")
    ]
