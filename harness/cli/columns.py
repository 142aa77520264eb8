"""``precert analyse --columns``: a large recording as columns, without judging it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from harness.case.run.outputs import objection_to_file
from harness.case.run.runfolder import write_atomic
from harness.core import ConfigError, Problem, resource

__all__ = ["write_columns"]


def write_columns(captures: Sequence[Path], target: Path, dbcs: Sequence[Path], *, others: bool) -> int:
    """Write the archive and print the identifiers; *others* says that options were given which do not go with it.

    Raises:
        ConfigError: more than one recording, an option that needs a judgement, or something that cannot be read or written.
    """
    problems = [Problem("--columns goes with --dbc only; nothing is judged")] if others else []
    if len(captures) != 1 or captures[0].is_dir():
        problems.append(Problem("--columns takes one recording"))
    if objection := objection_to_file(target):
        problems.append(Problem(objection, target))
    if problems:
        raise ConfigError(problems)
    # numpy takes longer to import than everything else a command needs to start.
    from harness.analyse.bulk import archive, identifier_lines, read_columns

    frames = read_columns(captures[0])
    content, messages = archive(frames, dbcs or sorted(resource("dbc").glob("*/*.dbc")))
    write_atomic(target, content)
    for line in identifier_lines(frames):
        typer.echo(line)
    duration_s = (int(frames.t_ns.max()) - int(frames.t_ns.min())) / 1e9 if len(frames) else 0.0
    left_out = f", {frames.left_out} frames left out (remote, error, more than 8 bytes)" if frames.left_out else ""
    typer.echo(f"{len(frames)} frames in {duration_s:.3f} s{left_out}; {messages} messages of the databases written to {target}")
    return 0
