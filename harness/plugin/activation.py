"""Switches the plug-in on when a run was asked for, in the process of pytest and in its workers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.case.run.outputs import objection_to_file, objection_to_folder
from harness.core import ConfigError, Problem
from harness.plugin.cases import CasePlugin
from harness.plugin.keeper import KeeperPlugin
from harness.plugin.proof import ProofPlugin
from harness.plugin.proving import resolve_proof
from harness.plugin.settings import LabFiles, ResolvedPlugin, RunSettings, resolve_run
from harness.rig import TimeMode
from harness.rig.build import try_ports

__all__ = ["activate"]

_OUT = "precert_out"
_WORKERS_PER_CPU = 4
"""More only take memory: a case on a virtual rig never waits."""


def activate(config: pytest.Config) -> None:
    """Resolve the options and register the parts of the plug-in; wrong input ends pytest with exit code 2."""
    worker = getattr(config, "workerinput", None)
    try:
        settings = _settings(config)
        if worker is None:
            _check_start(config, settings)
    except ConfigError as error:
        pytest.exit(str(error), returncode=2)
    out = Path(worker[_OUT]) if worker is not None and worker[_OUT] else settings.out
    config.pluginmanager.register(CasePlugin(settings, out), "precert-cases")
    if worker is not None:
        return
    if config.pluginmanager.hasplugin("xdist"):
        config.pluginmanager.register(_TellWorkers(out), "precert-workers")
    if out is not None:
        config.pluginmanager.register(KeeperPlugin(settings, out), "precert-keeper")
    else:
        config.pluginmanager.register(ProofPlugin(settings, _matrix_file(config)), "precert-proof")


class _TellWorkers:
    """Gives the workers the run folder that this process chose."""

    def __init__(self, out: Path | None) -> None:
        self._out = out

    def pytest_configure_node(self, node: object) -> None:
        node.workerinput[_OUT] = "" if self._out is None else str(self._out)  # type: ignore[attr-defined]


def _settings(config: pytest.Config) -> RunSettings:
    for _, plugin in config.pluginmanager.list_name_plugin():
        if isinstance(plugin, ResolvedPlugin):
            return plugin.settings
    if config.getoption("precert_prove"):
        return resolve_proof(config.getoption("select"), cross=config.getoption("precert_cross"))
    return resolve_run(
        rig_file=Path(config.getoption("rig")),
        pics_file=_path(config, "pics"),
        out=_path(config, "out"),
        select=config.getoption("select"),
        real=config.getoption("real"),
        faults=config.getoption("fault"),
        files=LabFiles(_path(config, "deviations"), _path(config, "numbers"), _path(config, "limits")),
    )


def _check_start(config: pytest.Config, settings: RunSettings) -> None:
    """What only the starting process can tell: where results go to, workers, ports.

    Raises:
        ConfigError: the run cannot begin.
    """
    problems: list[Problem] = []
    only_listed = config.getoption("collectonly")
    if settings.out is None:
        problems.extend(_objections_to_matrix(_matrix_file(config)))
    elif not only_listed and (objection := objection_to_folder(settings.out)):
        hint = "; a run never overwrites another, name a new folder" if objection == "exists already" else ""
        problems.append(Problem(objection + hint, settings.out))
    workers = config.getoption("numprocesses", None) or 0
    if workers > (most := _WORKERS_PER_CPU * (os.cpu_count() or 1)):
        problems.append(Problem(f"-n {workers} is too many: at most {most} worker processes on this machine"))
    if workers and settings.rig.time is not TimeMode.VIRTUAL:
        problems.append(Problem("-n needs a virtual rig: in real time the cases share one bench", settings.rig.file))
    if problems:
        raise ConfigError(problems)
    if settings.out is not None and not only_listed:
        try_ports(settings.rig)


def _objections_to_matrix(file: Path | None) -> list[Problem]:
    if file is None:
        return []
    objection = objection_to_file(file)
    if not objection and file.exists() and not file.is_file():
        objection = "cannot be written: not an ordinary file"
    return [Problem(objection, file)] if objection else []


def _matrix_file(config: pytest.Config) -> Path | None:
    value = config.getoption("precert_prove")
    return None if value == "-" else Path(value)


def _path(config: pytest.Config, name: str) -> Path | None:
    value = config.getoption(name)
    return None if value is None else Path(value)
