"""pytest plug-in: ``pytest test_suites --rig FILE`` runs certification cases. Without ``--rig`` it does nothing."""

from __future__ import annotations

import pytest

__all__ = ["pytest_addoption", "pytest_configure"]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("precert", "certification cases on a rig")
    group.addoption("--rig", metavar="FILE", help="rig file; without it no case runs")
    group.addoption("--pics", metavar="FILE", help="PICS file, instead of the one that the rig names")
    group.addoption("--out", metavar="DIR", help="run folder to create (default: a new one below runs/)")
    group.addoption("--select", action="append", default=[], metavar="NAME", help="suite, folder, case id or id with *; may be repeated")
    group.addoption("--real", action="store_true", help="run a virtual rig on the clock")
    group.addoption("--fault", action="append", default=[], metavar="NAME", help="inject a fault into the simulated SUT; may be repeated")
    group.addoption("--deviations", metavar="FILE", help="expected deviations (TOML)")
    group.addoption("--numbers", metavar="FILE", help="official numbers of the cases, as a laboratory confirmed them (TOML)")
    group.addoption("--limits", metavar="FILE", help="limits in the place of those of the profiles (TOML)")
    group.addoption("--precert-prove", metavar="FILE", help="run the fault-twin matrix, write it to FILE as JSON (-: do not)")
    group.addoption("--precert-cross", action="store_true", help="with --precert-prove: every case with every fault")


def pytest_configure(config: pytest.Config) -> None:
    if not (config.getoption("--rig") or config.getoption("--precert-prove")):
        return
    from harness.plugin.activation import activate

    activate(config)
