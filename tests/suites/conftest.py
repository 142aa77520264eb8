"""The whole matrix once per session, runs through the command as a user starts it, and single cases in this process."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

import harness.cli.run as command
from harness.plugin.keeper import record_of
from harness.plugin.settings import LabFiles, ResolvedPlugin, RunSettings, resolve_run
from harness.rig import find_rig

ROOT = Path(__file__).resolve().parents[2]
GUARD_S = 1800.0
MATRICES = "PRECERT_MATRICES"
"""Variable that names the folder in which the prove stage has just written its matrices."""


@dataclass(frozen=True)
class Proof:
    """What ``precert prove`` gave."""

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
def proof_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Proof]:
    """The fault-twin matrix of a suite: that of the prove stage, or a new one."""

    @functools.cache
    def prove(suite: str) -> Proof:
        if MATRICES in os.environ:
            folder = Path(os.environ[MATRICES])
        else:
            folder = tmp_path_factory.mktemp("proof")
            done = precert(folder, "prove", suite, "-n", "2", "--json", f"prove-{suite}.json")
            (folder / f"prove-{suite}.log").write_text(done.stdout + done.stderr, encoding="utf-8")
        output, document = (folder / f"prove-{suite}.{ending}" for ending in ("log", "json"))
        assert document.is_file(), output.read_text(encoding="utf-8")
        return Proof(output.read_text(encoding="utf-8"), json.loads(document.read_text(encoding="utf-8")))

    return prove


@pytest.fixture(scope="session")
def catalogue_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[dict[str, Any]]]:
    """``precert list SUITE --json``."""

    @functools.cache
    def read(suite: str) -> list[dict[str, Any]]:
        done = precert(tmp_path_factory.mktemp("list"), "list", suite, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        rows: list[dict[str, Any]] = json.loads(done.stdout)
        return rows

    return read


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Where each fault must be seen: ``kills.toml`` beside the test."""
    with request.path.with_name("kills.toml").open("rb") as stream:
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


@dataclass(eq=False)
class Records:
    """Plug-in that takes the records of a session."""

    taken: list[dict[str, Any]] = field(default_factory=list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if (content := record_of(report)) is not None:
            self.taken.append(dict(content[0]))


_LIGHT = ("-p", "no:faulthandler", "-p", "no:unraisableexception", "-p", "no:threadexception", "--assert=plain", "-p", "harness.plugin")
"""What a session within a session of pytest does without: the search for plug-ins, two collections of all garbage, and a
compilation of every case."""


@pytest.fixture(scope="session")
def play() -> Callable[[Sequence[str], str, str], list[dict[str, Any]]]:
    """Run cases on a shipped rig with a fault (empty: none), without a run folder; gives their records.

    *select* is for a rig that declares what these cases ask for, and not what all do that could be run there.

    A pytest within this one: a process for each of hundreds of rows would spend its time reading the catalogue.
    """

    @functools.cache
    def settings_of(rig: str, select: tuple[str, ...]) -> RunSettings:
        settings = resolve_run(rig_file=find_rig(rig), pics_file=None, out=None, select=select, real=False, faults=(), files=LabFiles())
        return replace(settings, out=None)

    def call(cases: Sequence[str], rig: str, fault: str, select: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        settings = settings_of(rig, select)
        variants = tuple(replace(each, faults=(fault,) if fault else ()) for each in settings.variants if each.source.meta.id in cases)
        records = Records()
        modules = sorted({str(variant.source.file) for variant in variants})
        arguments = [*command.pytest_arguments(workers=0), *_LIGHT, "--precert-prove=-", *modules]
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
            pytest.main(arguments, plugins=[ResolvedPlugin(replace(settings, variants=variants)), records])
        return records.taken

    return call
