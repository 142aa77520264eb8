"""Which editions are run is declared; a declaration without any is refused before the first frame."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.core import ConfigError, Problem
from harness.plugin.settings import LabFiles, RunSettings, resolve_run
from harness.rig import find_rig

PICS = Path(__file__).resolve().parents[3] / "rigs" / "pics"


def _resolve(rig: str, pics_file: Path) -> RunSettings:
    return resolve_run(rig_file=find_rig(rig), pics_file=pics_file, out=None, select=["gbt27930"], real=False, faults=(), files=LabFiles())


@contextmanager
def _refused() -> Iterator[list[Problem]]:
    problems: list[Problem] = []
    with pytest.raises(ConfigError) as caught:
        yield problems
    problems += caught.value.problems


@pytest.mark.parametrize(
    ("rig", "declared", "items"),
    [
        ("virtual-truck.yaml", "heavy-truck.toml", "V.ED2015, V.ED2023A, V.ED2011"),
        ("virtual-charger.yaml", "dc-charger.toml", "C.ED2015, C.ED2023A, C.ED2011"),
    ],
)
def test_declaration_without_any_edition_is_refused_by_name(tmp_path: Path, rig: str, declared: str, items: str) -> None:
    lines = (PICS / declared).read_text(encoding="utf-8").splitlines()
    none = [line.replace("value = true", "value = false") if ".ED20" in line else line for line in lines]
    assert none != lines
    file = tmp_path / "none.toml"
    file.write_text("\n".join(none), encoding="utf-8")
    with _refused() as problems:
        _resolve(rig, file)
    (problem,) = problems
    assert problem.file == file
    assert problem.line == next(number for number, line in enumerate(none, 1) if items.split(", ")[0] in line)
    assert problem.text.startswith(f"no edition is declared for suite 'gbt27930': {items} are all false, so none of ")
    assert "declare as true what the system under test speaks" in problem.text


def test_vehicle_without_dc_charging_needs_no_edition(tmp_path: Path) -> None:
    lines = (PICS / "heavy-truck.toml").read_text(encoding="utf-8").splitlines()
    file = tmp_path / "none.toml"
    file.write_text(
        "\n".join(line.replace("value = true", "value = false") if "ED20" in line or '"V.DC"' in line else line for line in lines),
        encoding="utf-8",
    )
    assert {variant.edition for variant in _resolve("virtual-truck.yaml", file).variants} <= {""}
