"""The whole matrix once per session, and runs of single cases, through the command as a user starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUARD_S = 600.0


@dataclass(frozen=True)
class Proof:
    """What ``precert prove`` gave."""

    exit_code: int
    output: str
    document: dict[str, Any]

    @property
    def cells(self) -> dict[tuple[str, str], dict[str, Any]]:
        """By case and fault, the healthy truck without one."""
        return {(cell["case"], cell["fault"]): cell for cell in self.document["matrix"]}


def precert(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command in *folder*, without what the running pytest put into the environment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return subprocess.run(
        [Path(sys.executable).with_name("precert"), *arguments],
        cwd=folder,
        env=environment | {"COLUMNS": "160"} | dict(env or {}),
        capture_output=True,
        text=True,
        check=False,
        timeout=GUARD_S,
    )


@pytest.fixture(scope="session")
def proof(tmp_path_factory: pytest.TempPathFactory) -> Proof:
    """The fault-twin matrix of the suite."""
    folder = tmp_path_factory.mktemp("proof")
    done = precert(folder, "prove", "gbt27930", "--json", "matrix.json")
    assert (folder / "matrix.json").is_file(), done.stdout + done.stderr
    return Proof(done.returncode, done.stdout, json.loads((folder / "matrix.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """``precert list gbt27930 --json``."""
    done = precert(tmp_path_factory.mktemp("list"), "list", "gbt27930", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


@pytest.fixture(scope="session")
def golden() -> dict[str, Any]:
    """Where each fault must be seen."""
    with (ROOT / "tests" / "suites" / "gbt27930-kills.toml").open("rb") as stream:
        return tomllib.load(stream)


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., tuple[int, dict[str, dict[str, Any]]]]:
    """Run cases; gives exit code and records by case."""

    def call(*arguments: str, env: Mapping[str, str] | None = None) -> tuple[int, dict[str, dict[str, Any]]]:
        done = precert(tmp_path, "run", *arguments, "--out", "run", env=env)
        file = tmp_path / "run" / "records.jsonl"
        assert file.is_file(), done.stdout + done.stderr
        records = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        return done.returncode, {record["id"]: record for record in records}

    return call
