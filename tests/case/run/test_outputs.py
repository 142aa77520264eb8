"""Whether a file or a folder can be written is told with its cause, and nothing is left behind."""

from __future__ import annotations

from pathlib import Path

from harness.case.run.outputs import objection_to_file, objection_to_folder


def test_a_file_that_can_be_written_is_neither_made_nor_changed(tmp_path: Path):
    (tmp_path / "old.json").write_text("old")
    assert objection_to_file(tmp_path / "new.json") == objection_to_file(tmp_path / "old.json") == ""
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("old.json", "old")]


def test_a_file_that_cannot_be_written_says_why(tmp_path: Path):
    assert objection_to_file(tmp_path) == "cannot be written: it is a folder; name a file"
    assert objection_to_file(tmp_path / "no" / "new.json") == f"cannot be written: no such folder '{tmp_path / 'no'}'"
    assert objection_to_file(tmp_path / ("x" * 300)) == "cannot be written: File name too long"


def test_a_folder_that_can_be_made_leaves_nothing(tmp_path: Path):
    assert objection_to_folder(tmp_path / "runs" / "a" / "b") == ""
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_says_why(tmp_path: Path):
    file = tmp_path / "file"
    file.write_text("kept")
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    assert objection_to_folder(tmp_path) == objection_to_folder(tmp_path / "link") == "exists already"
    assert objection_to_folder(file / "runs" / "run") == f"cannot be created: '{file}' is a file"
    assert objection_to_folder(tmp_path / "runs" / ("x" * 300)) == "cannot be created: File name too long"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link"]
