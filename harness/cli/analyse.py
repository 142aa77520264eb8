"""``precert analyse``: judge recordings and say what happened in them."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path

import typer
from rich.console import Console

from harness.analyse.analysis import CaptureAnalysis, analyse_captures
from harness.analyse.export import document_of
from harness.analyse.output import print_analyses
from harness.case.outputs import objection_to_file
from harness.core import ConfigError, Problem, Verdict, worst
from harness.rig.registry import standards

__all__ = ["analyse"]

_PLAIN_WIDTH = 140
"""Columns where the output goes into a file or a pipe."""


def analyse(captures: Sequence[Path], interface: str | None = None, json_file: Path | None = None) -> int:
    """Print what the recordings show. Exit code 0: something was judged and nothing failed; 1: not so.

    *interface* is the name of a standard or of a channel. *json_file* gets the same in ``precert-analysis/1``.

    Raises:
        ConfigError: a recording cannot be read, nothing has that name, or the JSON file cannot be written.
    """
    if json_file is not None and (objection := objection_to_file(json_file)):
        raise ConfigError(Problem(objection, json_file))
    analyses = analyse_captures(captures, standards(), interface)
    _print(analyses)
    if json_file is not None:
        _write(json_file, json.dumps(document_of(analyses), ensure_ascii=False, indent=1) + "\n")
    return 0 if worst(analysis.verdict for analysis in analyses) is Verdict.PASS else 1


def _print(analyses: Sequence[CaptureAnalysis]) -> None:
    console = Console(highlight=False)
    if console.is_terminal:
        print_analyses(console, analyses)
        return
    plain = Console(highlight=False, width=_PLAIN_WIDTH, file=io.StringIO(), color_system=None)
    with plain.capture() as capture:
        print_analyses(plain, analyses)
    for line in capture.get().splitlines():
        typer.echo(line.rstrip())


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(Problem(f"cannot be written: {error.strerror or error}", path)) from error
