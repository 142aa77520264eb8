"""``precert selfcheck``: the software against traces and numbers with known results."""

from __future__ import annotations

from pathlib import Path

import typer

__all__ = ["selfcheck"]


def selfcheck(json_file: Path | None) -> int:
    """Print what was compared; 0 if everything is as known, 1 if not.

    Raises:
        ConfigError: *json_file* cannot be written, or a standard cannot be loaded.
    """
    from harness.case.run.outputs import objection_to_file
    from harness.case.run.runfolder import canonical_json, write_atomic
    from harness.core import ConfigError, Problem
    from harness.report.selfcheck import selfcheck as check
    from harness.report.signals import installed_standards

    if json_file is not None and (objection := objection_to_file(json_file)):
        raise ConfigError(Problem(objection, json_file))
    document = check(installed_standards())
    if json_file is not None:
        write_atomic(json_file, canonical_json(document))
    for group in document["groups"]:
        state = "as known" if not group["failed"] else f"{group['failed']} NOT as known"
        typer.echo(f"{group['compared']:>5}  {state:<20}  {group['title']['en']}  {group['title']['zh']}")
        for line in group["failures"]:
            typer.echo(f"       {line}")
    typer.echo("versions: " + ", ".join(f"{name} {number}" for name, number in document["tools"].items()))
    typer.echo(f"precert {document['precert_version']}: " + ("everything is as known" if document["holds"] else "NOT fit for use"))
    return 0 if document["holds"] else 1
