"""Rig files written by a test, and distributions that exist as metadata only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.core import ConfigError
from harness.rig import load_rig

GOOD = """\
schema: 1
rig: bench
bench_mode: simulation
time: virtual
links:
  charge: {driver: simulated, bitrate_bps: 250000}
  pilot: {kind: line, driver: simulated}
roles:
  charger: {kind: sim, links: [charge, pilot], model: dc_charger}
  truck: {kind: sut, links: [charge, pilot], model: heavy_truck}
"""


@pytest.fixture
def good() -> str:
    """The text of a rig file without problems."""
    return GOOD


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Write a rig file and give its path."""

    def written(text: str) -> Path:
        path = tmp_path / "rig.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


@pytest.fixture
def problems(write: Callable[[str], Path]) -> Callable[[str], list[str]]:
    """What the loader says about a text: the problems without the folder of the file."""

    def found(text: str) -> list[str]:
        path = write(text)
        with pytest.raises(ConfigError) as raised:
            load_rig(path)
        return [str(problem).replace(f"{path.parent}/", "") for problem in raised.value.problems]

    return found


@pytest.fixture
def distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make a distribution importable: its entry points and the text of its one module."""

    def make(name: str, group: str, entry: str, module: str = "", text: str = "") -> None:
        folder = tmp_path / name
        info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{group}]\n{entry}\n")
        if module:
            (folder / f"{module}.py").write_text(text)
        monkeypatch.syspath_prepend(str(folder))

    return make
