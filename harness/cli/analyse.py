"""``precert analyse``: judge recordings and say what happened in them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import typer
from rich.console import Console

from harness.analyse.analysis import analyse_captures
from harness.analyse.batch import analyse_folders
from harness.analyse.bus import bitrate_from
from harness.analyse.comparison import compare, comparison_document, print_comparison
from harness.analyse.export import batch_document, document_of
from harness.analyse.output import print_analyses
from harness.analyse.replay import replay_file
from harness.analyse.summary import print_batch
from harness.analyse.timeline import render_timelines
from harness.case.naming import load_names
from harness.case.run.outputs import objection_to_file
from harness.case.run.runfolder import write_atomic
from harness.core import ConfigError, Problem, Standard, Verdict, worst
from harness.core.profiles import Profiled
from harness.protocols.canbus import BitRate
from harness.protocols.uds.names import Names
from harness.rig.registry import standards

__all__ = ["analyse"]

_PLAIN_WIDTH = 140
"""Columns where the output goes into a file or a pipe."""


def analyse(
    captures: Sequence[Path],
    interface: str | None = None,
    json_file: Path | None = None,
    *,
    html: Path | None = None,
    comparing: bool = False,
    replay: Path | None = None,
    session: int | None = None,
    bitrate: int | None = None,
    names: Path | None = None,
    profile: Path | None = None,
) -> int:
    """Print what the recordings show. Exit code 0: something was judged and nothing failed; 1: not so.

    *interface* is the name of a standard or of a channel. *json_file* gets the same in ``precert-analysis/1``, *html* a page
    with timelines, *replay* a session for the model ``replay``; *bitrate* is that of the CAN buses in bit/s, *names* a file
    with the names of data identifiers and trouble codes, *profile* the folder of a message profile. A folder among *captures*
    gives one table for all files. With *comparing* the two recordings are set against each other instead; exit code 0: no
    deviation; 1: at least one.

    Raises:
        ConfigError: a recording cannot be read, nothing has that name, options contradict each other, or a file cannot be written.
    """
    _check_options(captures, json_file, html, comparing, replay, session)
    if comparing and (bitrate is not None or names is not None):
        raise ConfigError("--bitrate and --names do not go with --compare; analyse each recording by itself")
    known = _spoken(interface, profile)
    if comparing:
        return _compare(captures, known, interface, json_file)
    rate, named = bitrate_from(bitrate), None if names is None else load_names(names)
    if any(path.is_dir() for path in captures):
        return _analyse_folders(captures, known, interface, json_file, rate, named)
    analyses = analyse_captures(captures, known, interface, rate, named)
    _print(lambda console: print_analyses(console, analyses))
    if json_file is not None:
        _write(json_file, _json(document_of(analyses)))
    if html is not None:
        _write(html, render_timelines(analyses))
    if replay is not None:
        _write(replay, replay_file(analyses[0], session))
    return 0 if worst(analysis.verdict for analysis in analyses) is Verdict.PASS else 1


def _check_options(
    captures: Sequence[Path], json_file: Path | None, html: Path | None, comparing: bool, replay: Path | None, session: int | None
) -> None:
    """Find out before anything is read whether the options go together and the files can be written."""
    problems = [
        Problem(objection, file) for file in (json_file, html, replay) if file is not None and (objection := objection_to_file(file))
    ]
    folders = [path for path in captures if path.is_dir()]
    if comparing and (len(captures) != 2 or folders):
        problems.append(Problem("--compare takes exactly two recordings: the good one, then the one to be examined"))
    if comparing and (html or replay):
        problems.append(Problem("--compare goes with --json only; make the page or the replay file of each recording by itself"))
    if folders and not comparing and (html or replay):
        problems.append(Problem("--html and --replay take recordings, not a folder; name the recordings", folders[0]))
    if replay is not None and len(captures) != 1:
        problems.append(Problem("--replay takes one recording"))
    if session is not None and replay is None:
        problems.append(Problem("--session chooses what --replay takes; name a file with --replay"))
    if problems:
        raise ConfigError(problems)


def _spoken(interface: str | None, profile: Path | None) -> tuple[Standard, ...]:
    """The installed standards; the one that is spoken by a message profile, of several that named *interface*, by that in *profile*."""
    known = standards()
    if profile is None:
        return known
    able = {standard.name: standard for standard in known if isinstance(standard, Profiled)}
    if interface in {standard.name for standard in known}:
        able = {name: standard for name, standard in able.items() if name == interface}
    if len(able) != 1:
        names = ", ".join(able) or "none of them"
        raise ConfigError(
            f"--profile goes with one standard that is spoken by a message profile (have: {names}); choose it with --interface"
        )
    (name, chosen), *_ = able.items()
    spoken = chosen.with_profile(profile)
    return tuple(spoken if standard.name == name else standard for standard in known)


def _compare(captures: Sequence[Path], known: Sequence[Standard], interface: str | None, json_file: Path | None) -> int:
    good, bad = analyse_captures(captures, known, interface)
    comparison = compare(good, bad)
    _print(lambda console: print_comparison(console, comparison))
    if json_file is not None:
        _write(json_file, _json(comparison_document(comparison)))
    return 1 if comparison.deviations else 0


def _analyse_folders(
    captures: Sequence[Path],
    known: Sequence[Standard],
    interface: str | None,
    json_file: Path | None,
    rate: BitRate | None,
    names: Names | None,
) -> int:
    batch = analyse_folders(captures, known, interface, rate, names)
    _print(lambda console: print_batch(console, batch, captures))
    if json_file is not None:
        _write(json_file, _json(batch_document(batch.verdict, batch.documents, batch.unreadable, batch.passed_over)))
    return 0 if batch.verdict is Verdict.PASS and not batch.unreadable else 1


def _print(draw: Callable[[Console], None]) -> None:
    console = Console(highlight=False)
    if console.is_terminal:
        draw(console)
        return
    plain = Console(highlight=False, width=_PLAIN_WIDTH, file=io.StringIO(), color_system=None)
    with plain.capture() as capture:
        draw(plain)
    for line in capture.get().splitlines():
        typer.echo(line.rstrip())


def _json(document: Mapping[str, object]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _write(path: Path, text: str) -> None:
    try:
        write_atomic(path, text.encode("utf-8"))
    except OSError as error:
        raise ConfigError(Problem(f"cannot be written: {error.strerror or error}", path)) from error
