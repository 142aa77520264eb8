"""Files that travel with the package are found in a checkout and inside an installed wheel."""

from pathlib import Path

import pytest

from harness.core import resource, resources


def test_a_checkout_has_its_resources_beside_the_package():
    assert (resource("rigs") / "..").resolve() == Path(resources.__file__).resolve().parents[2]


def test_an_installed_wheel_has_them_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "harness" / "bundled" / "rigs").mkdir(parents=True)
    (tmp_path / "rigs").mkdir()
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "harness")
    assert resource("rigs") == tmp_path / "harness" / "bundled" / "rigs"


def test_a_missing_file_of_the_installation_is_named():
    with pytest.raises(FileNotFoundError, match="'dbc/nothing' is missing from the installation"):
        resource("dbc", "nothing")
