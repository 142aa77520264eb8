"""The wheel holds everything that a machine without the checkout needs, and an editable install holds no copies."""

from __future__ import annotations

import importlib.util
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

BUNDLED = ("test_suites", "dbc", "rigs", "reports/templates", "reports/markets")


@pytest.fixture(scope="module")
def names(build_wheel: Callable[[Path], Path], root: Path) -> set[str]:
    """Names of the files in the wheel."""
    with zipfile.ZipFile(build_wheel(root)) as archive:
        return set(archive.namelist())


def test_wheel_installs_nothing_else_at_top_level(names: set[str]) -> None:
    top = {name.split("/")[0] for name in names}
    assert {part for part in top if not part.endswith(".dist-info")} == {"harness"}


@pytest.mark.parametrize("folder", BUNDLED)
def test_wheel_carries_every_file_of_the_shipped_folders(names: set[str], root: Path, folder: str) -> None:
    paths = {path for path in (root / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    expected = {f"harness/bundled/{path.relative_to(root).as_posix()}" for path in paths}
    assert expected
    assert expected <= names


def test_wheel_carries_every_file_of_the_package(names: set[str], root: Path) -> None:
    paths = {path for path in (root / "harness").rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert {path.relative_to(root).as_posix() for path in paths} <= names


def test_wheel_registers_command_plugin_and_extension_points(build_wheel: Callable[[Path], Path], root: Path) -> None:
    with zipfile.ZipFile(build_wheel(root)) as archive:
        (member,) = (name for name in archive.namelist() if name.endswith("/entry_points.txt"))
        text = archive.read(member).decode()
    for group in ("console_scripts", "pytest11", "precert.models", "precert.ports", "precert.standards"):
        assert f"[{group}]" in text


def test_editable_install_copies_nothing(root: Path) -> None:
    spec = importlib.util.spec_from_file_location("hatch_build", root / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    hook = module.BundleHook(str(root), {}, None, None, "", "wheel")
    data: dict[str, dict[str, str]] = {"force_include": {}}
    hook.initialize("editable", data)
    assert data["force_include"] == {}
    hook.initialize("standard", data)
    assert set(data["force_include"].values()) == {f"harness/bundled/{folder}" for folder in BUNDLED}
