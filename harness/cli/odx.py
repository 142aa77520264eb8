"""``precert odx``: names of data identifiers and trouble codes out of a maker's diagnostic data."""

from __future__ import annotations

from pathlib import Path

import typer

from harness.case.naming import names_of_odx, names_text
from harness.case.run.outputs import objection_to_file
from harness.case.run.runfolder import write_atomic
from harness.core import ConfigError, Problem
from harness.protocols.uds.names import Names
from harness.protocols.uds.services import DIDS

__all__ = ["odx"]


def odx(file: Path, out: Path, *, pixit: bool = False) -> int:
    """Write the file of names *out*; with *pixit* also print the line for a PICS file. Exit code 0.

    Raises:
        ConfigError: *file* cannot be read, or *out* cannot be written.
    """
    if objection := objection_to_file(out):
        raise ConfigError(Problem(objection, out))
    names = names_of_odx(file)
    try:
        write_atomic(out, names_text(names).encode("utf-8"))
    except OSError as error:
        raise ConfigError(Problem(f"cannot be written: {error.strerror or error}", out)) from error
    typer.echo(f"{len(names.dids)} names of data identifiers and {len(names.dtcs)} of trouble codes written to {out}")
    if pixit:
        typer.echo(pixit_line(names))
    return 0


def pixit_line(names: Names) -> str:
    """The PIXIT value ``declared_dids``: what is named beyond the identification set, which is read in any case."""
    numbers = sorted({row.number for row in names.dids} - set(DIDS))
    told = "; ".join(f"{number:04X}={_plain(names.did(number))}" for number in numbers)
    return f'declared_dids = "{told}"' if told else "# no data identifier beyond the identification set: leave declared_dids as it is"


def _plain(name: str) -> str:
    """A name without the characters that separate the entries."""
    return " ".join(name.replace(";", ",").replace("=", ":").replace('"', "'").replace("\\", "/").split())
