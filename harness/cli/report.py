"""``precert report``: the report about one or more runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

__all__ = ["report"]


def report(runs: Sequence[Path], lab: Path | None, out: Path | None) -> int:
    """Compile the report of *runs* into *out* (default: ``report`` in the first run folder); returns the exit code.

    Exit code 0 if every applicable case passed, 1 otherwise.

    Raises:
        ConfigError: wrong input; nothing was written.
    """
    from harness.report.compiler import compile_report, write_report
    from harness.report.lab import load_lab
    from harness.report.selfcheck import selfcheck
    from harness.report.signals import installed_standards

    data = load_lab(lab) if lab is not None else None
    checked = selfcheck(installed_standards())
    compiled = compile_report(runs, data, selfcheck=checked)
    if not checked["holds"]:
        typer.echo("note: this installation is NOT as known, see 'precert selfcheck'; the report says so")
    for note in compiled.notes:
        typer.echo(f"note: {note}")
    counts = compiled.results["counts"]
    typer.echo(
        f"{counts['planned']} planned: {counts['pass']} pass, {counts['fail']} fail, {counts['inconc']} inconclusive, "
        f"{counts['error']} error, {counts['none']} not tested, {counts['na']} not applicable"
    )
    if missing := [
        row["id"] for row in compiled.results["results"] if not row["attempts"] and row["applicability"]["value"] == "applicable"
    ]:
        typer.echo(f"not tested: {', '.join(missing)}")
    for path in write_report(compiled, out if out is not None else runs[0] / "report"):
        typer.echo(path)
    return 0 if compiled.passed else 1
