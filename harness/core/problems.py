"""Problems of input files: file, line, what is wrong, what to do. They are collected and reported together."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Problem", "did_you_mean", "toml_line"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input."""

    text: str
    """What is wrong and what to do, one line."""
    file: str | Path | None = None
    line: int | None = None

    def __str__(self) -> str:
        if self.file is None:
            return self.text
        place = f"{self.file}:{self.line}" if self.line is not None else f"{self.file}"
        return f"{place}: {self.text}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`` (did you mean 'x'?)`` for the closest known word, otherwise what there is to choose from.

    The text begins with a blank so that it can follow the message; it is empty if nothing is known.
    """
    choices = sorted(set(known))
    close = difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    if not close:
        by_case = {choice.casefold(): choice for choice in choices}
        close = [by_case[word.casefold()]] if word.casefold() in by_case else []
    if close:
        return f" (did you mean '{close[0]}'?)"
    if not choices:
        return ""
    shown = ", ".join(choices[:12]) + (", ..." if len(choices) > 12 else "")
    return f" (have: {shown})"


def toml_line(text: str, *path: str) -> int | None:
    """Line (from 1) on which the table or key *path* of a TOML *text* is written, ``None`` if not found.

    Looks for the key inside its table header first, then for the header itself, then for the parent; a table
    without a line of its own is where its first part is.
    """
    lines = text.splitlines()
    header: tuple[str, ...] = ()
    best: int | None = None
    best_length = 0
    for number, line in enumerate(lines, 1):
        found: tuple[str, ...] | None = None
        if match := re.fullmatch(r"\s*\[\[?([^\],]+)\]\]?\s*(?:#.*)?", line):
            header = found = _split_key(match[1])
        elif match := re.match(r"""\s*((?:"[^"]*"|'[^']*'|[\w.-])+)\s*=""", line):
            found = header + _split_key(match[1])
        shared = () if found is None else found[: len(path)]
        if shared == path[: len(shared)] and len(shared) > best_length:
            best, best_length = number, len(shared)
    return best


def _split_key(text: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(r'"[^"]*"|\'[^\']*\'|[\w-]+', text))
