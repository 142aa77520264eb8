"""Families of cases: one function, and a table beside ``suite.toml`` with a row for each case."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from harness.case.metadata import NEEDS, CaseMeta, CaseSource, StepPlan
from harness.case.toml_file import read_toml
from harness.core import ConfigError, Problem, did_you_mean

if TYPE_CHECKING:
    from harness.case.suites.suite import CaseText

__all__ = ["FamilyTables", "fill", "texts_of"]

Row = Mapping[str, object]

_COLUMN = re.compile(r"\{(\w+)\}")
_KINDS = (str, int, Decimal, bool)


def fill(text: str, row: Row) -> str:
    """*text* with the columns of *row* in the place of their names; unchanged for a case that is of no family.

    Raises:
        KeyError: it names a column that the row lacks.
    """
    return _COLUMN.sub(lambda found: str(row[found[1]]), text) if row else text


class FamilyTables:
    """The tables of one suite, each read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tables: dict[str, Sequence[Row]] = {}

    def cases(self, source: CaseSource, limit_columns: Collection[str]) -> list[CaseSource]:
        """The cases of the family *source*, in the order of their rows. *limit_columns* hold keys of limits that it asks for.

        Raises:
            ConfigError: the table cannot be read, or rows and placeholders do not go together.
        """
        meta = source.meta
        table = self._table(meta.rows)
        if meta.where and not any(meta.where in row for row in table):
            known = did_you_mean(meta.where, table[0])
            raise ConfigError(Problem(f"{meta.id}: no row of {meta.rows} has the column '{meta.where}'{known}", source.file, source.line))
        rows = [row for row in table if not meta.where or row.get(meta.where) is True]
        return [_case(source, row, limit_columns) for row in rows]

    def _table(self, name: str) -> Sequence[Row]:
        if name not in self._tables:
            self._tables[name] = _read_rows(self._folder / name)
        return self._tables[name]


def texts_of(cases: Sequence[CaseSource], texts: Mapping[str, CaseText]) -> dict[str, CaseText]:
    """*texts* with those of every family in the place of its template, one for each case.

    A text that names a column its row lacks keeps the name in braces.
    """
    families = {source.family for source in cases if source.family}
    own = {case_id: text for case_id, text in texts.items() if case_id not in families}
    for source in cases:
        if source.family in texts and source.family:
            own[source.meta.id] = _filled_text(texts[source.family], source.row)
    return own


def _filled_text(text: CaseText, row: Row) -> CaseText:
    def filled(part: str) -> str:
        return _COLUMN.sub(lambda found: str(row.get(found[1], found[0])), part)

    steps = tuple((filled(first), filled(second)) for first, second in text.steps)
    return replace(text, title=filled(text.title), purpose=filled(text.purpose), steps=steps)


def _case(source: CaseSource, row: Row, limit_columns: Collection[str]) -> CaseSource:
    meta = source.meta
    try:
        own = _filled_meta(meta, row)
        steps = tuple(StepPlan(step.number, fill(step.text, row), fill(step.expect, row), step.line) for step in source.steps)
        limits = source.limits | {str(row[column]) for column in limit_columns}
    except KeyError as error:
        column = str(error.args[0])
        told = f"{meta.id}: the row {dict(list(row.items())[:2])} of {meta.rows} lacks the column '{column}'{did_you_mean(column, row)}"
        raise ConfigError(Problem(told, source.file, source.line)) from error
    for word in own.needs:
        if word not in NEEDS:
            raise ConfigError(Problem(f"{own.id}: 'needs' knows no '{word}'{did_you_mean(word, NEEDS)}", source.file, source.line))
    return replace(source, meta=own, steps=steps, limits=limits, condition=own.pics, family=meta.id, row=row)


def _filled_meta(meta: CaseMeta, row: Row) -> CaseMeta:
    values: dict[str, object] = {}
    for field in fields(CaseMeta):
        value = getattr(meta, field.name)
        if isinstance(value, str):
            values[field.name] = fill(value, row)
        elif isinstance(value, tuple):
            values[field.name] = tuple(part for text in value for part in _filled_parts(text, row))
    return replace(meta, **values)  # type: ignore[arg-type]


def _filled_parts(text: str, row: Row) -> list[str]:
    """What *text* in a list stands for: all entries of a column that holds a list, else itself."""
    whole = _COLUMN.fullmatch(text)
    if whole is not None and isinstance(parts := row[whole[1]], list):
        return [str(part) for part in parts]
    return [fill(text, row)]


def _read_rows(file: Path) -> Sequence[Row]:
    _, document = read_toml(file, "table of a family")
    rows = document.get("rows")
    wrong = [key for key in document if key not in ("schema", "rows")]
    if wrong or not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        what = f"unknown key '{wrong[0]}'" if wrong else "no [[rows]]"
        raise ConfigError(Problem(f"{what}; the table of a family has 'schema = 1' and one [[rows]] for each case", file))
    for number, row in enumerate(rows, 1):
        for column, value in row.items():
            parts = value if isinstance(value, list) else [value]
            if not all(isinstance(part, _KINDS) for part in parts):
                raise ConfigError(Problem(f"row {number}: column '{column}' must be text, a number, true, false or a list of them", file))
    return rows
