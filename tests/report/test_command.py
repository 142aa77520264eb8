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
    lab = resource("reports", "templates", "lab-example.yaml")
    result = _report(run, "--out", tmp_path / "out", "--lab", lab, "--demo")
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


@pytest.mark.parametrize(("target", "message"), [("file", "it is a file; name a folder"), ("file/below", "file' is a file")])
def test_place_that_cannot_be_written_is_told_before_the_work(
    target: str, message: str, tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path / "run", ids=("GBT-VP.101",))
    (tmp_path / "file").write_text("x", encoding="utf-8")
    monkeypatch.setattr("harness.report.compiler.compile_report", lambda *_, **__: pytest.fail("compiled"))
    result = _report(run, "--out", tmp_path / target)
    assert (result.exit_code, _is_clean(result)) == (2, True)
    assert message in result.output.replace("\n", "")


def test_killed_run_exits_1_and_names_the_cases_not_tested(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path / "run", ids=("GBT-VP.101", "GBT-VP.402"), finish=False)
    result = _report(run, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "not tested: GBT-VP.402" in result.output
    assert "did not come to its end" in result.output


@pytest.mark.parametrize("kind", ["nowhere", "file", "empty", "torn plan", "no evidence", "bad lab", "missing lab", "toml lab"])
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
            (tmp_path / "lab.yaml").write_text("schema: 2\n")
            extra = ["--lab", tmp_path / "lab.yaml"]
        case "missing lab":
            extra = ["--lab", tmp_path / "none.yaml"]
        case "toml lab":
            (tmp_path / "lab.toml").write_text("[issuer]\n")
            extra = ["--lab", tmp_path / "lab.toml"]
    result = _report(run, "--out", tmp_path / "out", *extra)
    assert result.exit_code == 2
    assert _is_clean(result)
    assert len(result.output.strip().splitlines()) == 1, result.output
    assert str(tmp_path) in result.output
    assert not (tmp_path / "out").exists()


def test_init_writes_a_file_to_fill_in_and_never_overwrites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert _report("--init").exit_code == 0
    written = (tmp_path / "lab.yaml").read_bytes()
    assert _report("--init").exit_code == 2
    assert (tmp_path / "lab.yaml").read_bytes() == written
    assert _report("--init", tmp_path / "other.yaml").exit_code == 0
    assert (tmp_path / "other.yaml").read_bytes() == written


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "name at least one run folder"),
        (("run", "--demo"), "--demo goes with --lab FILE"),
        (("--init", "a.yaml", "b.yaml"), "--init takes the name of one file"),
        (("--init", "a.yaml", "--demo"), "no other option"),
        (("--init", "a.txt"), "a laboratory file ends with .yaml"),
    ],
)
def test_wrong_arguments_give_one_message(
    arguments: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = _report(*arguments)
    assert result.exit_code == 2
    assert _is_clean(result)
    assert message in result.output
    assert list(tmp_path.iterdir()) == []


def test_template_is_refused_line_by_line_without_demo(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path / "run", ids=("GBT-VP.101",))
    lab = resource("reports", "templates", "lab-example.yaml")
    result = _report(run, "--lab", lab, "--out", tmp_path / "out")
    assert result.exit_code == 2
    lines = result.output.strip().splitlines()
    assert len(lines) > 50
    assert all(line.startswith(f"{lab}:") for line in lines)
    assert not (tmp_path / "out").exists()


def test_unknown_choice_of_sheets_is_refused(tmp_path: Path, make_run: MakeRun) -> None:
    result = _report(make_run(tmp_path / "run", ids=("GBT-VP.101",)), "--sheets", "not-pased")
    assert result.exit_code == 2
    assert result.output == "--sheets 'not-pased' is unknown (did you mean 'not-passed'?)\n"
    assert not (tmp_path / "run/report").exists()
