"""One number, one seal: the note in the report folder, and the register of a laboratory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from harness.case.run.runfolder import append_line, canonical_json, write_atomic
from harness.core import ConfigError, Problem

__all__ = ["NOTE", "earlier_seals_of", "refuse_second", "remember", "sealed_number"]

NOTE = "sealed.json"
"""Lies in a report folder that has been sealed: it is not edited any more."""


def sealed_number(folder: Path) -> str | None:
    """The number under which the report in *folder* was sealed, ``None`` if it was not."""
    try:
        return str(json.loads((folder / NOTE).read_bytes())["number"])
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError):
        return "?"


def refuse_second(number: str, folder: Path, out: Path, register: Path | None) -> None:
    """Stop before the same number, or the same report folder, is sealed again.

    Raises:
        ConfigError: it would be.
    """
    if problems := list(earlier_seals_of(number, folder, out, register)):
        raise ConfigError(problems[:1])


def earlier_seals_of(number: str, folder: Path, out: Path, register: Path | None) -> Iterator[Problem]:
    """What shows that this number, or this report folder, has been sealed.

    Raises:
        ConfigError: the register cannot be read.
    """
    hint = "a change is a new report with a new number"
    if (before := sealed_number(folder)) is not None:
        yield Problem(f"this report was sealed already as {before}; {hint}", folder / NOTE)
    for name in (number, f"{number}.zip", f"{number}.asice"):
        if (out / name).exists() or (out / name).is_symlink():
            yield Problem(f"exists already; a number is sealed once, {hint}", out / name)
    if register is not None and number in _numbers(register):
        yield Problem(f"report number {number} was sealed already; {hint}", register)


def remember(number: str, root: str, now: datetime, folder: Path, register: Path | None) -> None:
    """Note the seal in the report folder and in the register.

    Raises:
        OSError: one of them cannot be written; the report folder has no note then.
    """
    document = {"schema": "precert-sealed/1", "number": number, "root": root, "sealed_at": now.isoformat(timespec="seconds")}
    write_atomic(folder / NOTE, canonical_json(document))
    if register is not None:
        try:
            append_line(register, document)
        except OSError:
            (folder / NOTE).unlink(missing_ok=True)
            raise


def _numbers(register: Path) -> set[str]:
    try:
        lines = register.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return set()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(Problem(f"the register cannot be read: {error}", register)) from error
    found = set()
    for position, line in enumerate(lines, 1):
        try:
            found.add(str(json.loads(line)["number"]))
        except (ValueError, KeyError, TypeError):
            raise ConfigError(Problem("no line of a register", register, position)) from None
    return found
