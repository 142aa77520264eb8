"""Profiles: the limits of a suite as data that a laboratory may correct.

A profile is a TOML file: ``schema = 1``, ``name``, ``title``, and one row per limit in the table
``limits``, either as a table of its own (``[limits."period.BHM"]``) or in one line. With ``base``, the name of
another profile beside it, it says only what differs: its rows replace those of the base. A row has a nominal
``value``, bounds ``lower`` and ``upper``, or both, and always ``unit``, ``source``, ``ref``,
``confidence`` and ``text``. Numbers keep the digits and the unit in which they are written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from harness.case.toml_file import read_toml
from harness.core import ConfigError, Limit, Limits, Problem, did_you_mean, toml_line

__all__ = ["CHOICES", "CONFIDENCES", "UNITS", "load_choices", "load_profile"]

UNITS = (
    "1", "%", "ns", "us", "ms", "s", "min", "h", "V", "mV", "A", "W", "kW", "kW.h", "A.h", "Ohm", "kOhm",
    "Cel", "Hz", "kHz", "bit/s", "By", "mm", "N", "km", "km/h", "ppm", "Pa", "kPa", "bar", "L/min",
)  # fmt: skip
"""Unit codes that a row may use (UCUM spelling where UCUM has one)."""

CONFIDENCES = ("high", "medium", "low")

CHOICES = {"period_verdict": ("strict", "statistical")}
"""What a profile may choose in its table ``choices``: which verdict on periods decides, that on each single interval or
that on median and 95th percentile. Without a word the first of each is chosen."""

_DOCUMENT = ("schema", "name", "title", "base", "choices", "limits")
_NUMBERS = ("value", "lower", "upper")
_TEXTS = ("unit", "source", "ref", "confidence", "text")
_ROW = _NUMBERS + _TEXTS


def load_profile(path: Path) -> Limits:
    """The limits of a profile file by key, in the order of the file.

    Raises:
        ConfigError: the file is missing or no TOML, or rows are wrong; every problem with its line.
    """
    text, document = read_toml(path, "profile")
    problems = [*_problems_of_document(document, text, path)]
    rows = document.get("limits")
    for key, row in rows.items() if isinstance(rows, dict) else ():
        problems += _problems_of_row(key, row, text, path)
    if problems:
        raise ConfigError(problems)
    own = {key: _limit(key, row) for key, row in document["limits"].items()}
    return {**_base_limits(document.get("base"), text, path), **own}


def load_choices(path: Path) -> Mapping[str, str]:
    """What a profile, or else its base, chooses between ways of judging.

    Raises:
        ConfigError: the file is no profile, or chooses something unknown.
    """
    text, document = read_toml(path, "profile")
    rows = document.get("choices", {})
    problems = [*_problems_of_choices(rows, text, path)]
    if problems:
        raise ConfigError(problems)
    base = document.get("base")
    inherited = load_choices(path.with_name(base)) if isinstance(base, str) else {name: words[0] for name, words in CHOICES.items()}
    return {**inherited, **rows}


def _problems_of_choices(rows: object, text: str, path: Path) -> Iterator[Problem]:
    if not isinstance(rows, dict):
        yield Problem("'choices' must be a table", path, toml_line(text, "choices"))
        return
    for name, word in rows.items():
        if name not in CHOICES:
            yield Problem(f"choices.{name} is unknown{did_you_mean(name, CHOICES)}", path, toml_line(text, "choices", name))
        elif word not in CHOICES[name]:
            yield Problem(f"choices.{name} must be one of {', '.join(CHOICES[name])}, not {word!r}", path, toml_line(text, "choices", name))


def _base_limits(base: object, text: str, path: Path) -> Limits:
    if base is None:
        return {}
    line = toml_line(text, "base")
    if not isinstance(base, str) or "/" in base:
        raise ConfigError(Problem(f"'base' must be the name of a profile in the same folder, not {base!r}", path, line))
    _, document = read_toml(path.with_name(base), "profile")
    if "base" in document:
        raise ConfigError(Problem(f"'{base}' has a base itself; a profile is based on one that is complete", path, line))
    return load_profile(path.with_name(base))


def _problems_of_document(document: Mapping[str, object], text: str, path: Path) -> Iterator[Problem]:
    for key in document:
        if key not in _DOCUMENT:
            yield Problem(f"unknown key '{key}'{did_you_mean(key, _DOCUMENT)}", path, toml_line(text, key))
    if document.get("schema") != 1 or document["schema"] is True:
        yield Problem(f"'schema = 1' is expected, not {document.get('schema')!r}", path, toml_line(text, "schema") or 1)
    for key in ("name", "title"):
        if not _is_text(document.get(key)):
            yield Problem(f"'{key}' must be a text in one line, not {document.get(key)!r}", path, toml_line(text, key) or 1)
    rows = document.get("limits")
    if not isinstance(rows, dict) or not rows:
        yield Problem("the table [limits] is missing or empty", path, toml_line(text, "limits") or 1)


def _problems_of_row(key: str, row: object, text: str, path: Path) -> Iterator[Problem]:
    if not isinstance(row, dict):
        example = f'"{key}" = {{value = 250, unit = "ms", ...}}'
        yield Problem(f"limits.{key}: write {example}", path, toml_line(text, "limits", key))
        return
    if not any(name in _ROW for name in row) and all(isinstance(part, dict) for part in row.values()):
        inner = next(iter(row), "")
        yield Problem(f'limits.{key}: a key with dots needs quotes: [limits."{key}.{inner}"]', path, toml_line(text, "limits", key, inner))
        return

    def problem(what: str, name: str = "") -> Problem:
        return Problem(f"limits.{key}: {what}", path, toml_line(text, "limits", key, *([name] if name else [])))

    for name in row:
        if name not in _ROW:
            yield problem(f"unknown key '{name}'{did_you_mean(name, _ROW)}", name)
    for name in _TEXTS:
        if name not in row:
            yield problem(f"'{name}' is missing")
        elif not _is_text(row[name]):
            yield problem(f"'{name}' must be a text in one line, not {row[name]!r}", name)
    if _is_text(row.get("unit")) and row["unit"] not in UNITS:
        yield problem(f"unknown unit '{row['unit']}'{did_you_mean(str(row['unit']), UNITS)}", "unit")
    if _is_text(row.get("confidence")) and row["confidence"] not in CONFIDENCES:
        yield problem(f"unknown confidence '{row['confidence']}'{did_you_mean(str(row['confidence']), CONFIDENCES)}", "confidence")
    for what, name in _number_problems(row):
        yield problem(what, name)


def _number_problems(row: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    numbers = {name: row[name] for name in _NUMBERS if name in row}
    if not numbers:
        yield "a row needs 'value', 'lower' or 'upper'", ""
    for name, number in numbers.items():
        if not isinstance(number, int | Decimal) or isinstance(number, bool) or not Decimal(number).is_finite():
            yield f"'{name}' must be a number, not {number!r}", name
            return
    ordered = [(name, Decimal(str(numbers[name]))) for name in ("lower", "value", "upper") if name in numbers]
    for (low, low_value), (high, high_value) in pairwise(ordered):
        if low_value > high_value:
            yield f"'{low}' {low_value} is above '{high}' {high_value}", high


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and "\n" not in value


def _limit(key: str, row: Mapping[str, object]) -> Limit:
    def number(name: str) -> Decimal | None:
        return Decimal(str(row[name])) if name in row else None

    def words(name: str) -> str:
        return str(row[name]).strip()

    return Limit(
        key, words("unit"), number("value"), number("lower"), number("upper"),
        words("source"), words("ref"), words("confidence"), words("text"),
    )  # fmt: skip
