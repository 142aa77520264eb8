"""``precert report`` as a user meets it: files, exit codes, one message for each wrong input, never a traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from harness.cli import app
from harness.core import resource

MakeRun = Callable[..., Path]


def _report(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["report", *map(str, arguments)])


def _is_clean(result: Result) -> bool:
    return result.exception is None or isinstance(result.exception, SystemExit)


def test_passed_run_exits_0_and_names_its_files(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path / "run", ids=("GBT-VP.101",))
    result = _report(run, "--out", tmp_path / "out", "--lab", resource("reports", "templates", "lab-example.toml"))
    assert result.exit_code == 0, result.output
    for name in ("report.pdf", "report.html", "results.json", "junit.xml"):
        assert str(tmp_path / "out" / name) in result.output
        assert (tmp_path / "out" / name).stat().st_size > 0
    assert list((tmp_path / "out" / "plots").glob("*.svg"))
    assert "1 planned: 1 pass" in result.output


def test_report_goes_into_the_run_folder_by_default_and_may_be_repeated(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path / "run", ids=("GBT-VP.101",))
    contents = []
    for _ in range(2):
        assert _report(run).exit_code == 0
        contents.append((run / "report" / "report.pdf").read_bytes())
    assert contents[0] == contents[1]


def test_killed_run_exits_1_and_names_the_cases_not_tested(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path / "run", ids=("GBT-VP.101", "GBT-VP.402"), finish=False)
    result = _report(run, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "not tested: GBT-VP.402" in result.output
    assert "did not come to its end" in result.output


@pytest.mark.parametrize("kind", ["nowhere", "file", "empty", "torn plan", "no evidence", "bad lab", "missing lab"])
def test_wrong_input_exits_2_with_one_message_and_writes_nothing(kind: str, tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path / "run", ids=("GBT-VP.101",))
    extra: list[str | Path] = []
    match kind:
        case "nowhere":
            run = tmp_path / "nowhere"
        case "file":
            run = run / "plan.json"
        case "empty":
            run = tmp_path / "empty"
            run.mkdir()
        case "torn plan":
            (run / "plan.json").write_bytes((run / "plan.json").read_bytes()[:100])
        case "no evidence":
            (run / "evidence/GBT-VP.101/1/charge.blf").unlink()
        case "bad lab":
            (tmp_path / "lab.toml").write_text("[issuer]\nnmae = 'x'\n")
            extra = ["--lab", tmp_path / "lab.toml"]
        case "missing lab":
            extra = ["--lab", tmp_path / "none.toml"]
    result = _report(run, "--out", tmp_path / "out", *extra)
    assert result.exit_code == 2
    assert _is_clean(result)
    assert len(result.output.strip().splitlines()) == 1, result.output
    assert str(tmp_path) in result.output
    assert not (tmp_path / "out").exists()
