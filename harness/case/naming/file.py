"""The file of names: TOML with a row for each data identifier and each trouble code.

schema = 1
source = "pack.pdx, SHA-256 ..."

[[dids]]
number = "F190"
name = "VIN"
units = ["BMS"]

[[dtcs]]
number = "C10000"
name = "Communication lost"
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from harness.case.naming.odx import is_odx, names_of_odx
from harness.case.toml_file import read_toml
from harness.core import ConfigError, Problem, did_you_mean, toml_line
from harness.protocols.uds.names import Names, Naming

__all__ = ["load_names", "names_text"]

_DIGITS = {"dids": 4, "dtcs": 6}
_KNOWN = ("schema", "source", *_DIGITS)
_ROW = ("number", "name", "units")


def load_names(file: Path) -> Names:
    """The names in *file*, a file of names or a maker's ODX or PDX.

    Raises:
        ConfigError: all problems of the file, each with its line; or ODX cannot be read here.
    """
    if is_odx(file):
        return names_of_odx(file)
    text, document = read_toml(file, "file of names")
    problems = list(_problems(document, text, file))
    if problems:
        raise ConfigError(problems)
    dids, dtcs = (tuple(_naming(row) for row in document.get(key, ())) for key in _DIGITS)
    return Names(dids, dtcs, document.get("source", file.name))


def names_text(names: Names) -> str:
    """The file of names that says the same."""
    lines = ["# Names of data identifiers and trouble codes. Rows may be added, changed and removed by hand.", "schema = 1"]
    lines.append(f"source = {_quoted(names.source)}")
    for key, rows in (("dids", names.dids), ("dtcs", names.dtcs)):
        for row in rows:
            units = f"units = [{', '.join(map(_quoted, row.units))}]"
            lines += ["", f"[[{key}]]", f'number = "{row.number:0{_DIGITS[key]}X}"', f"name = {_quoted(row.name)}"]
            lines += [units] if row.units else []
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    # A JSON string is a basic string of TOML as well, but for the character 7F.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _naming(row: Mapping[str, object]) -> Naming:
    units = row.get("units", ())
    return Naming(int(str(row["number"]), 16), str(row["name"]), tuple(map(str, units)) if isinstance(units, list) else ())


def _problems(document: Mapping[str, object], text: str, file: Path) -> Iterator[Problem]:
    for key in document:
        if key not in _KNOWN:
            yield Problem(f"unknown key '{key}'{did_you_mean(key, _KNOWN)}", file, toml_line(text, key))
    if document.get("schema") != 1 or document["schema"] is True:
        yield Problem(f"schema is {document.get('schema')!r}, this version reads 1", file, toml_line(text, "schema"))
    if not isinstance(document.get("source", ""), str):
        yield Problem("source is no text", file, toml_line(text, "source"))
    for key, digits in _DIGITS.items():
        rows = document.get(key, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            yield Problem(f"{key} is no list of tables; write [[{key}]] above each row", file, toml_line(text, key))
            continue
        for number, row in enumerate(rows, 1):
            yield from (Problem(f"{key}, row {number}: {problem}", file) for problem in _row_problems(row, digits))


def _row_problems(row: Mapping[str, object], digits: int) -> Iterator[str]:
    for key in row:
        if key not in _ROW:
            yield f"unknown key '{key}'{did_you_mean(key, _ROW)}"
    number, name, units = row.get("number"), row.get("name"), row.get("units", [])
    if not isinstance(number, str) or not re.fullmatch(f"[0-9A-Fa-f]{{{digits}}}", number):
        yield f"number is {number!r}, not {digits} hex digits in quotes"
    if not isinstance(name, str) or not name.strip():
        yield f"name is {name!r}, not a text"
    if not isinstance(units, list) or not all(isinstance(unit, str) for unit in units):
        yield "units is no list of texts"
