"""``precert selfcheck``: prints what was compared, and says what it comes to."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.cli.selfcheck import selfcheck
from harness.report.selfcheck import document


def test_an_installation_in_order(precert: Callable[..., Any], tmp_path: Path) -> None:
    done = precert("selfcheck", "--json", "selfcheck.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Decision rules  判定规则" in done.stdout
    assert "python-can 4" in done.stdout
    assert done.stdout.rstrip().endswith("everything is as known")
    assert json.loads((tmp_path / "selfcheck.json").read_bytes())["holds"] is True


def test_a_defect_is_told_and_gives_exit_code_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(document, "check_risks", lambda _: iter([("guard band 1 U", "gives 0.5, known is 0.0228")]))
    assert selfcheck(None) == 1
    told = capsys.readouterr().out
    assert "1 NOT as known" in told
    assert "guard band 1 U: gives 0.5, known is 0.0228" in told
    assert told.rstrip().endswith("NOT fit for use")


def test_a_file_that_cannot_be_written_is_wrong_input(precert: Callable[..., Any]) -> None:
    done = precert("selfcheck", "--json", "nowhere/selfcheck.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no such folder" in done.stderr
