"""PICS and PIXIT: what the SUT implements, the extra values needed to test it, and conditions over both."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from harness.case.toml_file import read_toml
from harness.core import ConfigError, Problem, did_you_mean, toml_line

__all__ = ["Condition", "Declaration", "load_declaration", "parse_condition"]

PixitValue = str | int | float | bool

_TOKEN = re.compile(r"\s*(?:(?P<paren>[()])|(?P<name>[A-Za-z][\w.]*))")


@dataclass(frozen=True, slots=True)
class Declaration:
    """The content of one PICS file."""

    file: Path
    pics: Mapping[str, bool]
    why: Mapping[str, str]
    """The one-line justification of each item."""
    pixit: Mapping[str, PixitValue]


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed expression of items, AND, OR, NOT and parentheses; three-valued."""

    text: str
    operator: str
    """``item``, ``not``, ``and`` or ``or``."""
    item: str = ""
    parts: tuple[Condition, ...] = ()

    def items(self) -> frozenset[str]:
        """Every item that the condition mentions."""
        if self.operator == "item":
            return frozenset((self.item,))
        return frozenset().union(*(part.items() for part in self.parts))

    def value(self, pics: Mapping[str, bool]) -> bool | None:
        """True, False, or ``None`` if undeclared items leave it open (Kleene logic)."""
        if self.operator == "item":
            return pics.get(self.item)
        values = [part.value(pics) for part in self.parts]
        if self.operator == "not":
            return None if values[0] is None else not values[0]
        decisive = self.operator == "or"
        if decisive in values:
            return decisive
        return None if None in values else not decisive


def parse_condition(text: str) -> Condition:
    """Parse ``V.DC AND (V.AUX OR NOT V.PAUSE)``; OR binds weakest, NOT strongest.

    Raises:
        ValueError: the text is no condition; says where.
    """
    tokens = _tokens(text)
    condition, rest = _parse_or(tokens, 0, text)
    if rest != len(tokens):
        raise ValueError(f"'{tokens[rest]}' is not expected in '{text}'")
    return condition


def _tokens(text: str) -> list[str]:
    tokens, position = [], 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError(f"'{text[position:].strip()[:1]}' is not expected in '{text}'; use items, AND, OR, NOT, ( )")
        tokens.append(match[0].strip())
        position = match.end()
    return tokens


def _parse_or(tokens: list[str], at: int, text: str) -> tuple[Condition, int]:
    return _parse_chain(tokens, at, text, "OR")


def _parse_chain(tokens: list[str], at: int, text: str, word: str) -> tuple[Condition, int]:
    below = _parse_not if word == "AND" else lambda t, a, x: _parse_chain(t, a, x, "AND")
    part, at = below(tokens, at, text)
    parts = [part]
    while at < len(tokens) and tokens[at] == word:
        part, at = below(tokens, at + 1, text)
        parts.append(part)
    return (parts[0] if len(parts) == 1 else Condition(text, word.lower(), parts=tuple(parts))), at


def _parse_not(tokens: list[str], at: int, text: str) -> tuple[Condition, int]:
    if at >= len(tokens):
        raise ValueError(f"'{text}' ends too early; an item is missing")
    token = tokens[at]
    if token == "NOT":
        part, at = _parse_not(tokens, at + 1, text)
        return Condition(text, "not", parts=(part,)), at
    if token == "(":
        condition, at = _parse_or(tokens, at + 1, text)
        if at >= len(tokens) or tokens[at] != ")":
            raise ValueError(f"a ')' is missing in '{text}'")
        return condition, at + 1
    if token in (")", "AND", "OR"):
        raise ValueError(f"'{token}' is not expected in '{text}'; an item is missing before it")
    return Condition(text, "item", item=token), at + 1


def load_declaration(file: Path) -> Declaration:
    """Read a PICS file: ``schema = 1``, ``[pics]`` with value and why, ``[pixit]`` with plain values.

    Raises:
        ConfigError: all problems of the file, each with its line.
    """
    text, document = read_toml(file, "PICS file")
    problems = list(_problems_of_declaration(document, text, file))
    if problems:
        raise ConfigError(problems)
    rows = document["pics"]
    return Declaration(
        file,
        {key: row["value"] for key, row in rows.items()},
        {key: row["why"] for key, row in rows.items()},
        {key: float(value) if isinstance(value, Decimal) else value for key, value in document.get("pixit", {}).items()},
    )


def _problems_of_declaration(document: Mapping[str, object], text: str, file: Path) -> Iterator[Problem]:
    known = ("schema", "pics", "pixit")
    for key in document:
        if key not in known:
            yield Problem(f"unknown key '{key}'{did_you_mean(key, known)}", file, toml_line(text, key))
    if document.get("schema") != 1 or document["schema"] is True:
        yield Problem(f"'schema = 1' is expected, not {document.get('schema')!r}", file, toml_line(text, "schema") or 1)
    rows = document.get("pics")
    if not isinstance(rows, dict) or not rows:
        yield Problem("the table [pics] is missing; without declared items nothing can be run", file, toml_line(text, "pics"))
        rows = {}
    for key, row in rows.items():
        yield from _problems_of_item(key, row, text, file)
    pixit = document.get("pixit", {})
    if not isinstance(pixit, dict):
        yield Problem("[pixit] must be a table", file, toml_line(text, "pixit"))
        return
    for key, value in pixit.items():
        line = toml_line(text, "pixit", key)
        if not isinstance(value, str | int | Decimal | bool):
            yield Problem(f"pixit.{key}: a plain value is expected, not {value!r}", file, line)
        elif not isinstance(value, str) and not _is_finite(value):
            yield Problem(f"pixit.{key}: a finite number is expected, not {value}", file, line)


def _is_finite(value: int | Decimal) -> bool:
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _problems_of_item(key: str, row: object, text: str, file: Path) -> Iterator[Problem]:
    line = toml_line(text, "pics", key)
    example = f'"{key}" = {{value = true, why = "..."}}'
    if not isinstance(row, dict):
        yield Problem(f"pics.{key}: write {example}", file, line)
        return
    if row and not {"value", "why"} & row.keys() and all(isinstance(part, dict) for part in row.values()):
        inner = next(iter(row))
        yield Problem(f'pics.{key}: an item with dots needs quotes: "{key}.{inner}" = {{...}}', file, toml_line(text, "pics", key, inner))
        return
    for name in row:
        if name not in ("value", "why"):
            yield Problem(f"pics.{key}: unknown key '{name}'{did_you_mean(name, ('value', 'why'))}", file, line)
    if not isinstance(row.get("value"), bool):
        yield Problem(f"pics.{key}: 'value' must be true or false, not {row.get('value')!r}", file, line)
    if not isinstance(row.get("why"), str) or not str(row.get("why")).strip():
        yield Problem(f"pics.{key}: 'why' must give the reason in one line", file, line)
