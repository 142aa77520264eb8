"""What the figures of a report show: signals of the recordings, and the sequence of each session."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from harness.case.documents import ResultsDoc, RowDoc
from harness.report.campaign import Campaign
from harness.report.pages.sheets import anchor_of
from harness.report.plots import draw_recording
from harness.report.sequence import draw_sequence
from harness.report.signals import Recording, Standards, read_recording
from harness.report.strings import text
from harness.report.view import Figure

__all__ = ["Artwork", "draw_figures"]


@dataclass(frozen=True, slots=True)
class Artwork:
    """The figures of a report, and what each shows by its file name."""

    figures: Mapping[str, Sequence[Figure]]
    """By case id."""
    pictures: Mapping[str, bytes]
    recordings: Mapping[str, Recording]
    """What was drawn, where it can be drawn again."""
    diagrams: AbstractSet[str]
    """Pictures whose markup is all our own, so that a page may take it in."""
    photos: Mapping[str, bytes] = field(default_factory=dict)
    """Photos of the item by their path in the report folder."""


def draw_figures(campaign: Campaign, results: ResultsDoc, standards: Standards) -> Artwork:
    """The figures of every row, in the order in which they are numbered.

    Raises:
        ConfigError: a recording is damaged.
    """
    records = {(record["id"], record["attempt"]): record for record in campaign.records}
    figures: dict[str, list[Figure]] = {}
    pictures: dict[str, bytes] = {}
    recordings: dict[str, Recording] = {}
    diagrams: set[str] = set()
    for row in results["results"]:
        case_id, anchor = row["id"], anchor_of(row["id"])
        for link, recording, picture in _plots(campaign, row, standards):
            file = f"{anchor}-signals-{link}.svg"
            pictures[file], recordings[file] = picture, recording
            figures.setdefault(case_id, []).append(_figure(file, len(pictures), "sheet.signals", "plot.alt", case_id))
        record = records.get((case_id, row["execution"]["attempt"]))
        session = record["session"] if record else None
        if session is not None and (diagram := draw_sequence(session, short=row["verdict"] == "pass")) is not None:
            file = f"{anchor}-sequence.svg"
            pictures[file] = diagram
            diagrams.add(file)
            figures.setdefault(case_id, []).append(_figure(file, len(pictures), "sheet.sequence", "party.alt", case_id, narrow=True))
    return Artwork(figures, pictures, recordings, diagrams)


def _figure(file: str, number: int, caption: str, alt: str, case_id: str, *, narrow: bool = False) -> Figure:
    words = text(alt, id=case_id)
    return Figure(file, number, text(caption), f"{words['zh']} {words['en']}", narrow=narrow)


def _plots(campaign: Campaign, row: RowDoc, standards: Standards) -> Iterator[tuple[str, Recording, bytes]]:
    for evidence in row["evidence"]:
        recording = read_recording(campaign.evidence_path(evidence), evidence, standards)
        if recording is not None and (picture := draw_recording(recording)) is not None:
            yield anchor_of(evidence["link"]).removeprefix("case-"), recording, picture
