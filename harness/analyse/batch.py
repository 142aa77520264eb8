"""A whole folder of recordings: each is read and judged by itself, and one that cannot be read does not stop the others."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.analyse.analysis import CaptureAnalysis, LinkAnalysis, analyse_capture, check_interface
from harness.analyse.captures import NotARecording, read_capture
from harness.analyse.documents import CaptureDoc
from harness.analyse.export import capture_document
from harness.core import ConfigError, Problem, Session, Standard, Verdict, worst
from harness.protocols.canbus import BitRate
from harness.protocols.uds.names import Names

__all__ = ["Batch", "Row", "analyse_folders", "files_of"]


@dataclass(frozen=True, slots=True)
class Row:
    """One channel of one recording in the summary."""

    file: Path
    format: str
    link: str
    standard: str
    """Title and edition, empty if no standard recognised the channel."""
    sessions: int
    complete: int
    duration_ns: int
    frames: int
    ended: str
    """Who ended the last session and why."""
    verdict: Verdict
    failed: str
    """The rules that failed."""


@dataclass(slots=True)
class Batch:
    """What became of all files."""

    rows: list[Row] = field(default_factory=list)
    documents: list[CaptureDoc] = field(default_factory=list)
    """One per recording, as in the JSON of a single one."""
    unreadable: list[Problem] = field(default_factory=list)
    """What is wrong with recordings that could not be read."""
    passed_over: list[Problem] = field(default_factory=list)
    """Files that are no recordings."""

    @property
    def verdict(self) -> Verdict:
        """The worst of all channels."""
        return worst(row.verdict for row in self.rows)


def analyse_folders(
    paths: Sequence[Path],
    standards: Sequence[Standard],
    interface: str | None = None,
    bitrate: BitRate | None = None,
    names: Names | None = None,
) -> Batch:
    """Read and judge every file in *paths*, those in folders included; only one recording is in memory at a time.

    Raises:
        ConfigError: no file could be read (all problems of all files), or nothing is named *interface*.
    """
    batch = Batch()
    channels: set[str] = set()
    for path in files_of(paths, batch.unreadable):
        try:
            capture = read_capture(path)
        except NotARecording as error:
            batch.passed_over += error.problems
            continue
        except ConfigError as error:
            batch.unreadable += error.problems
            continue
        channels |= set(capture.links)
        analysis = analyse_capture(capture, standards, interface, bitrate, names)
        batch.rows += [_row(analysis, link) for link in analysis.links]
        batch.documents.append(capture_document(analysis))
    if not batch.documents:
        searched = ", ".join(f"'{path}'" for path in paths)
        raise ConfigError([*batch.unreadable, *batch.passed_over, Problem(f"no recording could be read in {searched}")])
    check_interface(interface, standards, channels)
    return batch


def files_of(paths: Sequence[Path], problems: list[Problem]) -> Iterator[Path]:
    """The files among *paths* and, in the order of their names, all that lie in folders among them; links to folders are not followed.

    Folders that cannot be opened are added to *problems*.
    """

    def closed(error: OSError) -> None:
        problems.append(Problem(f"the folder cannot be opened: {error.strerror or error}", error.filename))

    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for folder, folders, names in os.walk(path, onerror=closed):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            yield from (Path(folder, name) for name in sorted(names) if not name.startswith("."))


def _row(analysis: CaptureAnalysis, link: LinkAnalysis) -> Row:
    title = ""
    if link.standard is not None and link.recognition is not None:
        title = f"{link.standard.title} {link.recognition.dialect}".strip()
    return Row(
        file=analysis.capture.path,
        format=analysis.capture.format,
        link=link.link,
        standard=title,
        sessions=len(link.sessions),
        complete=sum(session.complete for session in link.sessions),
        duration_ns=link.timing.duration_ns,
        frames=link.timing.frames,
        ended=_ended(link.sessions[-1]) if link.sessions else "",
        verdict=link.verdict,
        failed=", ".join(dict.fromkeys(check.name.split(" ", 1)[0] for check in link.checks if check.verdict >= Verdict.FAIL)),
    )


def _ended(session: Session) -> str:
    return f"{session.ended_by}: {session.end_reason}" if session.ended_by else session.end_reason
