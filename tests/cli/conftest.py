"""The command in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

GUARD_S = 120.0
PRECERT = Path(sys.executable).with_name("precert")


@pytest.fixture(scope="session")
def clean_environment() -> dict[str, str]:
    """The environment without what the running pytest put into it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")} | {"COLUMNS": "160"}


@pytest.fixture
def precert(tmp_path: Path, clean_environment: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command in an empty folder."""

    def call(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [str(part) for part in (PRECERT, *arguments)]
        return subprocess.run(command, cwd=tmp_path, env=clean_environment, capture_output=True, text=True, check=False, timeout=GUARD_S)

    return call
