"""``precert replay``: the judges and the case text again on the recordings of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from harness.case.run.replay import Replay

__all__ = ["replay"]

_SHOWN = 40


def replay(run: Path, limits: Path | None, json_file: Path | None) -> int:
    """Judge *run* again; 0 if results.json is reproduced, 1 if not.

    Raises:
        ConfigError: *run* is no run folder, its plan, records or journal are damaged, or *limits* are not those of the run.
    """
    from harness.case.run.outputs import objection_to_file
    from harness.case.run.replay import TAKEN_ALWAYS, compare
    from harness.case.run.runfolder import RunFolder, canonical_json, write_atomic
    from harness.core import ConfigError, Problem
    from harness.plugin.replaying import rerun

    if json_file is not None and (objection := objection_to_file(json_file)):
        raise ConfigError(Problem(objection, json_file))
    folder = RunFolder.open(run)
    plan, lines = folder.read_plan(), folder.read_records()
    again = rerun(folder.path, plan, lines.records, limits)
    found = compare(folder, plan, lines.records, again.records, again.untold)
    found.notes += [*filter(None, [lines.note]), *again.notes]
    if json_file is not None:
        write_atomic(json_file, canonical_json(found.to_json()))
    echo = typer.echo
    echo(f"{found.planned} planned, {found.attempts} attempts on record, {found.recordings} recordings")
    echo(f"judged again from the recordings, every statement as recorded: {len(found.reproduced)} attempts")
    titles = {
        "same verdicts, numbers taken from the record; rules and arithmetic judged again": found.same_verdicts,
        "taken from the record; arithmetic judged again, and the rules where there is a recording": found.from_record,
    }
    for title, table in titles.items():
        if table:
            echo(f"{title}: {len(table)} attempts")
            for name, why in table.items():
                echo(f"  {name}: {why}")
    echo(f"always taken from the record: {'; '.join(TAKEN_ALWAYS)}")
    for note in found.notes:
        echo(f"note: {note}")
    for line in found.differences[:_SHOWN]:
        echo(f"DIFFERS {line}")
    if len(found.differences) > _SHOWN:
        echo(f"... and {len(found.differences) - _SHOWN} more")
    echo(_conclusion(found))
    return 0 if found.holds else 1


def _conclusion(found: Replay) -> str:
    if found.results == "missing":
        return "NOT reproduced: there is no results.json"
    if found.results == "differs":
        return "NOT reproduced: results.json does not follow from the recordings and the sealed plan"
    if found.differences:
        return "NOT reproduced: results.json follows from the records, but these do not hold"
    return "results.json is reproduced byte for byte"
