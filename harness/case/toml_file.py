"""Reading TOML files so that every failure names file and line."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from harness.core import ConfigError, Problem, toml_line

__all__ = ["read_toml"]

_ESCAPED_CONTROL = re.compile(r"\\(?:[bfeux]|U)|[\x7f-\x9f]")
"""Without one of these a TOML text has no control character but tabs and ends of lines."""


@lru_cache(maxsize=64)
def _parse(text: str) -> dict[str, Any]:
    """A profile is read once for itself and once for each edition that is based on it."""
    return tomllib.loads(text, parse_float=Decimal)


def read_toml(file: Path, what: str) -> tuple[str, dict[str, Any]]:
    """Text and content of *file*; *what* names the kind of file in messages (``PICS file``). Decimals stay exact.

    Nobody changes the content: it may be the same object for two readers.

    Raises:
        ConfigError: the file is missing, unreadable or no TOML.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(Problem(f"no such {what}", file)) from None
    except OSError as error:
        raise ConfigError(Problem(f"the {what} cannot be read: {error.strerror}", file)) from error
    except UnicodeDecodeError as error:
        text = f"the {what} is no UTF-8 text (byte {error.start} is 0x{error.object[error.start]:02X})"
        raise ConfigError(Problem(text, file, error.object.count(b"\n", 0, error.start) + 1)) from error
    try:
        document = _parse(text)
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"line (\d+)", str(error))
        line = int(match[1]) if match else max(text.count("\n") + (not text.endswith("\n")), 1)
        raise ConfigError(Problem(f"the {what} is no TOML: {error}", file, line)) from error
    except (ArithmeticError, ValueError) as error:
        raise ConfigError(Problem(f"the {what} has a number that is out of any range", file)) from error
    except RecursionError as error:
        raise ConfigError(Problem(f"the {what} is no TOML: nested too deeply", file)) from error
    if _ESCAPED_CONTROL.search(text) and (paths := list(_with_control_characters(document))):
        problem = f"the {what} has a control character in a text; write it without"
        raise ConfigError([Problem(f"{'.'.join(path)}: {problem}", file, toml_line(text, *path)) for path in paths])
    return text, document


def _with_control_characters(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where texts hold what no report, page or XML file can show."""
    if isinstance(value, str):
        if any(unicodedata.category(char) == "Cc" and char not in "\t\n\r" for char in value):
            yield path
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _with_control_characters(each, (*path, key))
    elif isinstance(value, list):
        for each in value:
            yield from _with_control_characters(each, path)
