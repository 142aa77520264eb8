"""A laboratory's own numbers of cases: which official case each of ours stands for, by whom that was confirmed.

Official numbers are not public for most cases. Without this file none is printed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.case.toml_file import read_toml
from harness.core import ConfigError, Problem, did_you_mean, toml_line

__all__ = ["OfficialNumber", "load_numbers"]

_KEYS = frozenset(("number", "standard", "confirmed_by"))


@dataclass(frozen=True, slots=True)
class OfficialNumber:
    """The number of a case in a standard of test methods."""

    number: str
    standard: str
    confirmed_by: str
    """Who compared the case with the standard."""


def load_numbers(file: Path, *, known_cases: Collection[str]) -> Mapping[str, OfficialNumber]:
    """Read the table ``numbers``: ``"GBT-VP.101" = {number = "...", standard = "...", confirmed_by = "..."}``.

    Raises:
        ConfigError: a case does not exist, an entry is incomplete, or one number of a standard stands at two cases.
    """
    text, document = read_toml(file, "list of official numbers")
    problems = [
        Problem(f"unknown key '{key}'{did_you_mean(key, ('schema', 'numbers'))}", file, toml_line(text, key))
        for key in document
        if key not in ("schema", "numbers")
    ]
    if document.get("schema", 1) != 1 or document.get("schema") is True:
        problems.append(Problem(f"'schema = 1' is expected, not {document['schema']!r}", file, toml_line(text, "schema")))
    rows = document.get("numbers", {})
    if not isinstance(rows, dict):
        raise ConfigError([*problems, Problem("'numbers' must be a table", file, toml_line(text, "numbers"))])
    if not rows and not problems:
        raise ConfigError(Problem("the table [numbers] names no case; without one there is no official number to print", file, 1))
    found: dict[str, OfficialNumber] = {}
    users: dict[tuple[str, str], str] = {}
    for case_id, row in rows.items():
        line = toml_line(text, "numbers", case_id)
        if case_id not in known_cases:
            problems.append(Problem(f"'{case_id}' is no case{did_you_mean(case_id, known_cases)}", file, line))
        if not isinstance(row, dict) or row.keys() != _KEYS or not all(isinstance(value, str) and value.strip() for value in row.values()):
            problems.append(Problem(f"'{case_id}' needs exactly {', '.join(sorted(_KEYS))}, none of them empty", file, line))
            continue
        official = OfficialNumber(**{key: value.strip() for key, value in row.items()})
        other = users.setdefault((official.standard, official.number), case_id)
        if other != case_id:
            problems.append(Problem(f"{official.number} of {official.standard} stands at {other} and at {case_id}", file, line))
        found[case_id] = official
    if problems:
        raise ConfigError(problems)
    return found
