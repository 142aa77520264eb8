"""Switches the plug-in on when a run was asked for, in the process of pytest and in its workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core import ConfigError
from harness.plugin.cases import CasePlugin
from harness.plugin.keeper import KeeperPlugin
from harness.plugin.proof import ProofPlugin
from harness.plugin.settings import RunSettings, resolve_proof, resolve_run

__all__ = ["activate"]

_OUT = "precert_out"


def activate(config: pytest.Config) -> None:
    """Resolve the options and register the parts of the plug-in; wrong input ends pytest with exit code 2."""
    worker = getattr(config, "workerinput", None)
    try:
        settings = _settings(config)
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
    if config.getoption("precert_prove"):
        return resolve_proof(config.getoption("select"))
    return resolve_run(
        rig_file=Path(config.getoption("rig")),
        pics_file=_path(config, "pics"),
        out=_path(config, "out"),
        select=config.getoption("select"),
        real=config.getoption("real"),
        faults=config.getoption("fault"),
        deviations_file=_path(config, "deviations"),
    )


def _matrix_file(config: pytest.Config) -> Path | None:
    value = config.getoption("precert_prove")
    return None if value == "-" else Path(value)


def _path(config: pytest.Config, name: str) -> Path | None:
    value = config.getoption(name)
    return None if value is None else Path(value)
