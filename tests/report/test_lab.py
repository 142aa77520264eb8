"""The laboratory file: optional fields, strict keys, no marks and no claims."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core import ConfigError
from harness.report.lab import Lab, load_lab


def _write(folder: Path, content: str) -> Path:
    file = folder / "lab.toml"
    file.write_text(content, encoding="utf-8")
    return file


def test_fields_are_read(tmp_path: Path) -> None:
    content = """
    schema = 1
    [report]
    number = "PC-2026-000123"
    category = "witnessed"
    [issuer]
    name = "某某汽车测试部"
    [people.prepared]
    name = "张三"
    role = "engineer"
    """
    lab = load_lab(_write(tmp_path, content))
    assert (lab.number, lab.category, lab.issuer.name, lab.prepared.name) == ("PC-2026-000123", "witnessed", "某某汽车测试部", "张三")


def test_empty_file_is_an_unnamed_laboratory(tmp_path: Path) -> None:
    assert load_lab(_write(tmp_path, "")) == Lab()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[issuer]\nnmae = "x"', r"lab\.toml:2: unknown key 'issuer\.nmae' \(did you mean 'name'\?\)"),
        ('[issuer]\naccreditation_mark = "CNAS"', r"lab\.toml:2: issuer\.accreditation_mark: this report carries no mark"),
        ('[issuer]\nname = "CNAS L12345 laboratory"', "must not claim"),
        ('[report]\ncategory = "certified"', "must not claim"),
        ('[report]\ncategory = "witness"', "did you mean 'witnessed'"),
        ("[report]\nnumber = 12", "report.number"),
        ("[report\n", "is no TOML"),
        ("schema = 9", "schema 9 is not known"),
    ],
)
def test_wrong_file_is_refused(content: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=message):
        load_lab(_write(tmp_path, content))


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such laboratory file"):
        load_lab(tmp_path / "none.toml")
