"""A folder of recordings on the terminal: one table, and at the end what could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from harness.analyse.batch import Batch, Row
from harness.analyse.captures import SUPPORTED
from harness.analyse.drawing import line_of, print_indented, say, table_of, verdict_text
from harness.core import Problem, Verdict, format_s

__all__ = ["print_batch"]


def print_batch(console: Console, batch: Batch, paths: Sequence[Path]) -> None:
    """The summary table, then the files that were left out, the overall verdict last."""
    root = paths[0] if len(paths) == 1 else None
    table = table_of(
        ("file", "left"),
        ("channel", "left"),
        ("standard", "left"),
        ("s", "right"),
        ("sessions", "right"),
        ("verdict", "left"),
        ("failed", "left"),
        ("ended", "left"),
    )
    for row in batch.rows:
        table.add_row(*_cells(row, root))
    print_indented(console, table)
    _print_problems(console, "Not readable", batch.unreadable)
    _print_problems(console, "No recordings, passed over", batch.passed_over)
    console.print()
    judged = sum(row.verdict is not Verdict.NONE for row in batch.rows)
    told = [f"{judged} of {len(batch.rows)} channels judged in {len(batch.documents)} recordings"]
    if batch.unreadable:
        told.append(f"{_files(batch.unreadable)} files not readable")
    word = verdict_text(batch.verdict) if judged else Text("nothing was judged")
    console.print(line_of("Overall", word, Text("; ".join(told))))


def _cells(row: Row, root: Path | None) -> list[Text]:
    name = row.file.relative_to(root) if root is not None and row.file.is_relative_to(root) and row.file != root else row.file
    sessions = f"{row.complete}/{row.sessions}" if row.sessions else "-"
    verdict = verdict_text(row.verdict) if row.verdict is not Verdict.NONE else Text("-", style="dim")
    cells = [Text(str(name)), Text(row.link), Text(row.standard or "none"), Text(format_s(row.duration_ns, 1)), Text(sessions)]
    return [*cells, verdict, Text(row.failed or "-"), Text(row.ended or "-")]


def _print_problems(console: Console, title: str, problems: Sequence[Problem]) -> None:
    if not problems:
        return
    console.print()
    console.print(line_of(title, Text(f"{_files(problems)} files")))
    for problem in problems:
        # What is readable is said once and not for every file.
        say(console, str(problem).replace(f"; {SUPPORTED}", ""))


def _files(problems: Sequence[Problem]) -> int:
    return len({str(problem.file) for problem in problems})
