"""The run folders of a package, put together again from where their parts lie in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.report.package.container.layout import run_file
from harness.report.package.container.opening import Opened

__all__ = ["run_folders", "run_names"]

_FILES = ("plan.json", "records.jsonl", "journal.jsonl", "results.json")


def run_names(opened: Opened) -> list[str]:
    """Names of the runs in the package; one without a name if the report is about a single run."""
    plans = [path.split("/") for path in opened.files if path.startswith("data/plan/") and path.endswith("/plan.json")]
    return [parts[2] if len(parts) == 4 else "" for parts in plans if len(parts) in (3, 4)]


@contextmanager
def run_folders(opened: Opened, names: Sequence[str]) -> Iterator[dict[str, Path]]:
    """A folder for each run, made of links into the package, in the order of *names*."""
    assert opened.root is not None
    root = opened.root.resolve()
    with TemporaryDirectory(prefix="precert-runs-") as place:
        folders: dict[str, Path] = {}
        for name in names:
            folder = Path(place) / (name or "run")
            folder.mkdir()
            for file in _FILES:
                if (target := root / run_file(file, name)).is_file():
                    (folder / file).symlink_to(target)
            evidence = root / run_file("evidence/", name).rstrip("/")
            if evidence.is_dir():
                (folder / "evidence").symlink_to(evidence)
            folders[name] = folder
        yield folders
