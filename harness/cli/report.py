"""``precert report``: the report about one or more runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from harness.core import ConfigError, Problem

__all__ = ["report"]


def report(runs: Sequence[Path], lab: Path | None, out: Path | None, *, init: bool = False, demo: bool = False) -> int:
    """Compile the report of *runs* into *out* (default: ``report`` in the first run folder); returns the exit code.

    Exit code 0 if every applicable case passed, 1 otherwise. With *init* a laboratory file to fill in is written instead;
    *runs* is then its name. *demo* lets placeholders pass in *lab*.

    Raises:
        ConfigError: wrong input; nothing was written.
    """
    if init:
        return _init(runs, others=lab is not None or out is not None or demo)
    if not runs:
        raise ConfigError(Problem("name at least one run folder (or --init to write a laboratory file)"))
    if demo and lab is None:
        raise ConfigError(Problem("--demo goes with --lab FILE: it lets placeholders pass in that file"))
    from harness.report.compiler import compile_report, write_report
    from harness.report.lab import load_lab
    from harness.report.selfcheck import selfcheck
    from harness.report.signals import installed_standards

    data = load_lab(lab, demo=demo) if lab is not None else None
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


def _init(names: Sequence[Path], *, others: bool) -> int:
    """Write the laboratory file to fill in."""
    from harness.report.lab import write_template

    if len(names) > 1 or others:
        raise ConfigError(Problem("--init takes the name of one file and no other option"))
    target = names[0] if names else Path("lab.yaml")
    write_template(target)
    typer.echo(target)
    typer.echo("请逐项填写，然后运行 / fill it in, then: precert report RUN --lab " + str(target))
    return 0
