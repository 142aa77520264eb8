"""A folder of recordings: one table, nothing stops at one bad file, everything left out is named."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.analyse import shapes
from harness.cli import app

CHM = "".join(f"({100 + number * 0.25:.6f}) can0 1826F456#010100\n" for number in range(20))
TRUCK = "".join(f"({100 + number * 0.1:.6f}) can0 18FEDF00#0102030405060708\n" for number in range(9))


@pytest.fixture
def run():
    return lambda *arguments: CliRunner().invoke(app, ["analyse", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path):
    """A folder with recordings in two levels, one that is broken, and files that are none."""
    root = tmp_path / "logs"
    (root / "monday").mkdir(parents=True)
    (root / ".hidden").mkdir()
    files = {
        "a.log": CHM,
        "monday/b.txt": CHM + CHM.replace("can0", "can1"),
        "monday/truck.log": TRUCK,
        "broken.log": CHM + "junk\n" + CHM,
        "README.md": "# logs\n",
        "empty.log": "",
        ".hidden/c.log": CHM,
    }
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")
    return root


def test_folder_gives_one_row_for_each_channel_and_goes_on_after_a_bad_file(run, folder):
    result = run(folder)
    assert result.exit_code == 1, "a recording that cannot be read is not judged"
    rows = [line.split()[:2] for line in result.stdout.splitlines() if re.match(r" +\S+\.(log|txt) ", line)]
    assert rows == [["a.log", "can0"], ["monday/b.txt", "can0"], ["monday/b.txt", "can1"], ["monday/truck.log", "can0"]]
    assert re.search(r"a\.log +can0 +GB/T 27930 2015 +4\.8 +0/1 +PASS", result.stdout)
    assert "Not readable: 1 files" in result.stdout
    assert re.search(r"broken\.log:21: no candump log line", result.stdout)
    assert "No recordings, passed over: 2 files" in result.stdout
    assert "Overall: PASS  3 of 4 channels judged in 3 recordings; 1 files not readable" in result.stdout


def test_files_that_are_no_recordings_do_not_spoil_the_result(run, folder):
    (folder / "broken.log").unlink()
    assert run(folder).exit_code == 0


def test_failed_recording_is_exit_1_and_names_the_rules(run, folder):
    (folder / "broken.log").write_text("".join(CHM.splitlines(keepends=True)[:8] + CHM.splitlines(keepends=True)[9:]), encoding="utf-8")
    result = run(folder)
    assert result.exit_code == 1
    assert re.search(r"broken\.log +can0 .* FAIL +F5", result.stdout)


@pytest.mark.parametrize("files", [{}, {"note.txt": "hello\n"}, {"bad.log": "(1.0) can0 123#\njunk\n(1.0) can0 123#\n"}])
def test_folder_without_a_readable_recording_is_exit_2(run, tmp_path, files):
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    result = run(tmp_path)
    assert result.exit_code == 2
    assert f"no recording could be read in '{tmp_path}'" in result.stderr
    assert all(name in result.stderr for name in files)
    assert result.stdout == ""


def test_json_of_a_folder_has_every_recording_and_every_problem(run, folder, tmp_path):
    target = tmp_path / "out.json"
    run(folder, "--json", target)
    document = json.loads(target.read_text(encoding="utf-8"))
    shapes.ANALYSIS.check(document)
    assert [Path(capture["file"]).name for capture in document["captures"]] == ["a.log", "b.txt", "truck.log"]
    assert [(Path(problem["file"]).name, problem["line"]) for problem in document["unreadable"]] == [("broken.log", 21)]
    assert {Path(problem["file"]).name for problem in document["passed_over"]} == {"README.md", "empty.log"}


def test_interface_restricts_a_folder_and_a_wrong_name_is_helped(run, folder):
    (folder / "broken.log").unlink()
    only = run(folder, "--interface", "can1")
    assert re.search(r"b\.txt +can1 ", only.stdout)
    result = run(folder, "--interface", "cann1")
    assert result.exit_code == 2
    assert "no standard and no channel is named 'cann1' (did you mean 'can1'?)" in result.stderr


def test_page_and_replay_file_of_a_folder_are_refused_before_anything_is_read(run, folder, tmp_path):
    for option in ("--html", "--replay"):
        result = run(folder, option, tmp_path / "out")
        assert result.exit_code == 2
        assert "take recordings, not a folder" in result.stderr
        assert not (tmp_path / "out").exists()


def test_shipped_schemas_are_those_of_the_documents():
    for stem, text in shapes.schema_texts().items():
        shipped = shapes.SCHEMA_FOLDER / f"{stem}.schema.json"
        assert shipped.read_text(encoding="utf-8") == text, "run python -m harness.analyse.shapes"
