"""PICS conditions in three-valued logic, and declaration files with every problem at its line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.case.suites.pics import Condition, load_declaration, parse_condition
from harness.core import ConfigError

ITEMS = ("V.DC", "V.AUX", "V.BMS.BHM")
items = st.sampled_from(ITEMS)
declared = st.dictionaries(items, st.booleans())
conditions = st.recursive(
    items,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"),
        inner.map(lambda part: f"NOT {part}"),
        inner.map(lambda part: f"( {part} )"),
    ),
    max_leaves=8,
)


def _value(text: str, pics: Mapping[str, bool]) -> bool | None:
    return parse_condition(text).value(pics)


@given(conditions, conditions, declared)
def test_kleene_and_or_are_the_worst_and_the_best_of_their_parts(a: str, b: str, pics: dict[str, bool]):
    rank = {False: 0, None: 1, True: 2}
    value_a, value_b = _value(a, pics), _value(b, pics)
    assert rank[_value(f"{a} AND {b}", pics)] == min(rank[value_a], rank[value_b])
    assert rank[_value(f"{a} OR {b}", pics)] == max(rank[value_a], rank[value_b])


@given(conditions, conditions, conditions, declared)
def test_the_laws_of_kleene_hold(a: str, b: str, c: str, pics: dict[str, bool]):
    def same(left: str, right: str) -> bool:
        return _value(left, pics) is _value(right, pics)

    assert same(f"NOT NOT {a}", a)
    assert same(f"NOT ({a} AND {b})", f"NOT {a} OR NOT {b}")
    assert same(f"NOT ({a} OR {b})", f"NOT {a} AND NOT {b}")
    assert same(f"{a} AND ({b} OR {c})", f"{a} AND {b} OR {a} AND {c}")
    assert same(f"{a} OR {b} AND {c}", f"({a} OR {b}) AND ({a} OR {c})")
    assert same(f"{a} AND {b} AND {c}", f"{a} AND ({b} AND {c})")
    assert same(f"{a} OR {b}", f"{b} OR {a}")


@given(conditions, st.dictionaries(items, st.booleans(), min_size=3))
def test_what_is_declared_completely_is_never_open(text: str, pics: dict[str, bool]):
    assert _value(text, pics) is not None


@given(conditions, declared, st.dictionaries(items, st.booleans(), min_size=3))
def test_further_declarations_never_turn_a_decided_condition(text: str, pics: dict[str, bool], more: dict[str, bool]):
    before = _value(text, pics)
    if before is not None:
        assert _value(text, {**more, **pics}) is before


@given(conditions)
def test_nothing_declared_leaves_everything_open(text: str):
    assert _value(text, {}) is None


@given(conditions)
def test_items_are_those_in_the_text(text: str):
    assert parse_condition(text).items() == {word for word in text.replace("(", " ").replace(")", " ").split() if word in ITEMS}


def test_not_binds_before_and_before_or():
    pics = {"A": True, "B": False, "C": False}
    assert _value("A OR B AND C", pics) is True
    assert _value("(A OR B) AND C", pics) is False
    assert _value("NOT B AND A", pics) is True
    assert _value("NOT (B OR A)", pics) is False
    assert parse_condition("A") == Condition("A", "item", item="A")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "ends too early"),
        ("A AND", "'A AND' ends too early; an item is missing"),
        ("AND A", "'AND' is not expected in 'AND A'; an item is missing before it"),
        ("A B", "'B' is not expected in 'A B'"),
        ("A and B", "'and' is not expected in 'A and B'"),
        ("(A OR B", r"a '\)' is missing in '\(A OR B'"),
        ("A)", r"'\)' is not expected in 'A\)'"),
        ("()", r"'\)' is not expected in '\(\)'; an item is missing before it"),
        ("NOT", "ends too early"),
        ("A & B", "'&' is not expected in 'A & B'; use items, AND, OR, NOT"),
        ("A AND 5", "'5' is not expected"),
    ],
)
def test_what_is_no_condition_says_where(text: str, message: str):
    with pytest.raises(ValueError, match=message):
        parse_condition(text)


def _load(tmp_path: Path, text: str) -> object:
    file = tmp_path / "truck.toml"
    file.write_text(text, encoding="utf-8")
    return load_declaration(file)


def _problems(tmp_path: Path, text: str) -> list[tuple[int | None, str]]:
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, text)
    return [(problem.line, problem.text) for problem in caught.value.problems]


def test_a_declaration_gives_items_reasons_and_values(tmp_path: Path):
    found = _load(
        tmp_path,
        'schema = 1\n[pics]\n"V.DC" = {value = true, why = "inlet"}\n"V.AUX" = {value = false, why = "24 V net"}\n'
        '[pixit]\nvin = "LPR"\nwakeup_s = 2.5\ncells = 240\nallowed = true\n',
    )
    assert found.pics == {"V.DC": True, "V.AUX": False}
    assert found.why["V.AUX"] == "24 V net"
    assert found.pixit == {"vin": "LPR", "wakeup_s": 2.5, "cells": 240, "allowed": True}
    assert isinstance(found.pixit["wakeup_s"], float)


def test_every_problem_of_a_declaration_is_reported_with_its_line(tmp_path: Path):
    text = """\
schema = 2
colour = "red"
[pics]
"V.DC" = {value = "yes", why = "inlet"}
"V.AUX" = {value = true}
"V.X" = true
"V.Y" = {value = true, why = " ", note = 1}
V.Z = {value = true, why = "no quotes"}
[pixit]
list = [1]
when = 2027-01-31
"""
    assert _problems(tmp_path, text) == [
        (2, "unknown key 'colour' (have: pics, pixit, schema)"),
        (1, "'schema = 1' is expected, not 2"),
        (4, "pics.V.DC: 'value' must be true or false, not 'yes'"),
        (5, "pics.V.AUX: 'why' must give the reason in one line"),
        (6, 'pics.V.X: write "V.X" = {value = true, why = "..."}'),
        (7, "pics.V.Y: unknown key 'note' (have: value, why)"),
        (7, "pics.V.Y: 'why' must give the reason in one line"),
        (8, 'pics.V: an item with dots needs quotes: "V.Z" = {...}'),
        (10, "pixit.list: a plain value is expected, not [1]"),
        (11, "pixit.when: a plain value is expected, not datetime.date(2027, 1, 31)"),
    ]


def test_a_declaration_without_items_is_refused(tmp_path: Path):
    assert _problems(tmp_path, "schema = 1\n") == [(None, "the table [pics] is missing; without declared items nothing can be run")]
    assert _problems(tmp_path, "schema = 1\npixit = 3\n[pics]\n") == [
        (3, "the table [pics] is missing; without declared items nothing can be run"),
        (2, "[pixit] must be a table"),
    ]


def test_a_file_that_is_missing_or_no_toml_is_one_problem(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"gone\.toml: no such PICS file"):
        load_declaration(tmp_path / "gone.toml")
    ((line, text),) = _problems(tmp_path, "schema = 1\n[pics\n")
    assert line == 2
    assert text.startswith("the PICS file is no TOML: ")
    (tmp_path / "truck.toml").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match=r"truck\.toml:1: the PICS file is no UTF-8 text \(byte 0 is 0xFF\)"):
        load_declaration(tmp_path / "truck.toml")
    with pytest.raises(ConfigError) as caught:
        load_declaration(tmp_path)
    assert [problem.text for problem in caught.value.problems] == ["the PICS file cannot be read: Is a directory"]


def test_a_file_that_breaks_off_is_told_with_its_last_line(tmp_path: Path):
    for content in ('schema = 1\n[pics]\n"V.DC" = { value = "tr', 'schema = 1\n[pics]\n"V.DC"'):
        ((line, text),) = _problems(tmp_path, content)
        assert line == 3
        assert "at end of document" in text


def test_a_control_character_is_refused_where_it_is_written(tmp_path: Path):
    right = '"V.DC" = { value = true, why = "tab\\tand \\\\u0000 are text" }'
    content = f'schema = 1\n[pics]\n{right}\n"V.AUX" = {{ value = true, why = "a\\u0000b" }}\n'
    assert _problems(tmp_path, content) == [(4, "pics.V.AUX.why: the PICS file has a control character in a text; write it without")]


@pytest.mark.parametrize("version", ["true", "2", '"1"'])
def test_a_file_of_another_schema_is_refused(version: str, tmp_path: Path):
    ((line, text), *_) = _problems(tmp_path, f"schema = {version}\n[pics]\n")
    assert line == 1
    assert "'schema = 1' is expected" in text


@pytest.mark.parametrize("written", ["nan", "inf", "-inf", "1e999", "1" + "0" * 400])
def test_a_value_that_is_no_finite_number_is_refused_with_its_line(tmp_path: Path, written: str):
    ((line, text),) = _problems(tmp_path, f'schema = 1\n[pics]\n"V.DC" = {{value = true, why = "inlet"}}\n[pixit]\nwakeup_s = {written}\n')
    assert line == 5
    assert text.startswith("pixit.wakeup_s: a finite number is expected, not ")


@pytest.mark.parametrize("written", ["1e99999999999999999999", "1" * 5000])
def test_a_number_that_nothing_can_hold_is_one_problem(tmp_path: Path, written: str):
    assert _problems(tmp_path, f"schema = 1\n[pixit]\nwakeup_s = {written}\n") == [
        (None, "the PICS file has a number that is out of any range")
    ]
