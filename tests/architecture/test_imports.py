"""Imports point downwards, because a floor that reaches up cannot be tested or replaced alone."""

from __future__ import annotations

import ast
import contextlib
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).resolve().parents[2]

SUITE_MAY_IMPORT = ("harness.case", "harness.core", "harness.protocols.")
"""Everything else reaches a case by fixture, so that it cannot know what it runs on."""

MACHINE_MODULES = {"charger", "vehicle", "sessions", "judges", "standard", "timers"}
"""Modules and packages in a standard's folder that a case may not use: they would judge the SUT by our own machines."""


def test_import_contracts_hold() -> None:
    report = io.StringIO()
    with contextlib.redirect_stdout(report), contextlib.redirect_stderr(report):
        status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert status == EXIT_STATUS_SUCCESS, report.getvalue()


@pytest.mark.parametrize("path", sorted(ROOT.glob("test_suites/**/*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_case_file_sees_cases_values_and_message_names_only(path: Path) -> None:
    foreign = [name for name in imported(path) if name.startswith("harness") and not name.startswith(SUITE_MAY_IMPORT)]
    inside = {name: set(name.split(".")[3:]) for name in imported(path) if name.startswith("harness.protocols.")}
    machines = [name for name, modules in inside.items() if MACHINE_MODULES & modules]
    assert not foreign + machines


@pytest.mark.parametrize("path", sorted(ROOT.glob("harness/**/*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_module_is_one_purpose(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 700, "a module of this size has more than one purpose"
    assert path.name not in {"utils.py", "common.py", "misc.py", "manager.py", "helpers.py"}


def imported(path: Path) -> Iterator[str]:
    """Names of the modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
