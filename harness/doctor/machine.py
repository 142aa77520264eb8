"""The installation: Python, packages, the font and the typesetter of the report, programs that are of use."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from harness.core import ConfigError
from harness.doctor.finding import Finding, State, found
from harness.report.fonts import FAMILY, fonts_used

__all__ = ["examine_installation"]

_DISTRIBUTION = "precert"
_PROGRAMS = {"tshark": ("tshark",), "chromium": ("chromium", "chromium-browser", "google-chrome")}
_AREA = "machine"


def examine_installation() -> Iterator[Finding]:
    """Everything that precert itself is made of, then what helps to work with what it writes."""
    yield _python()
    yield from _packages()
    yield _font()
    for name, commands in _PROGRAMS.items():
        path = next((path for command in commands if (path := shutil.which(command))), None)
        yield found(_AREA, name, State.NOTE if path is None else State.OK, f"{name}.{'none' if path is None else 'ok'}", path=path or "")
    yield _folder(Path.cwd())


def _python() -> Finding:
    have = platform.python_version()
    needed = SpecifierSet(importlib.metadata.metadata(_DISTRIBUTION)["Requires-Python"])
    state, key = (State.OK, "python.ok") if needed.contains(have, prereleases=True) else (State.MISSING, "python.old")
    return found(_AREA, "python", state, key, have=have, needed=needed, system=platform.platform(terse=True))


def _packages() -> Iterator[Finding]:
    """Those that are needed and not there, each; the others in one line; then the extras."""
    needed = [Requirement(line) for line in importlib.metadata.requires(_DISTRIBUTION) or ()]
    always = [each for each in needed if each.marker is None]
    versions = {each.name: _version(each.name) for each in needed}
    wanting = [each for each in always if not _satisfies(versions[each.name], each)]
    for each in wanting:
        have = versions[each.name] or "—"
        yield found(_AREA, each.name, State.MISSING, "packages.missing", package=each.name, needed=each.specifier, have=have)
    facts = {each.name: versions[each.name] or "" for each in always}
    yield found(
        _AREA, "packages", State.OK if not wanting else State.NOTE, "packages.ok", count=len(always) - len(wanting),
        precert=importlib.metadata.version(_DISTRIBUTION),
    ).with_facts(facts)  # fmt: skip
    for extra in sorted(set(importlib.metadata.metadata(_DISTRIBUTION).get_all("Provides-Extra") or ()) - {"dev"}):
        parts = [each for each in needed if each.marker is not None and each.marker.evaluate({"extra": extra})]
        complete = all(_satisfies(versions[each.name], each) for each in parts)
        names = ", ".join(each.name for each in parts)
        key = "extra.ok" if complete else "extra.none"
        yield found(_AREA, f"extra {extra}", State.OK if complete else State.NOTE, key, extra=extra, names=names)


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _satisfies(version: str | None, requirement: Requirement) -> bool:
    return version is not None and requirement.specifier.contains(version, prereleases=True)


def _font() -> Finding:
    try:
        files = fonts_used()
    except ConfigError as error:
        return found(_AREA, "font", State.MISSING, "font.missing", family=FAMILY, problem=error)
    known = all(file.known for file in files)
    facts = {file.name: file.version for file in files}
    return found(_AREA, "font", State.OK if known else State.NOTE, "font.ok" if known else "font.unknown", family=FAMILY).with_facts(facts)


def _folder(folder: Path) -> Finding:
    may_write = os.access(folder, os.W_OK | os.X_OK)
    return found(_AREA, "folder", State.OK if may_write else State.NOTE, "folder.ok" if may_write else "folder.closed", folder=folder)
