"""What the figures of a report show: signals of the recordings, and the sequence of each session."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from math import isclose
from statistics import mean, median

from harness.case.documents import ResultsDoc, RowDoc
from harness.report.campaign import Campaign
from harness.report.drawing.lanes import draw_lanes
from harness.report.drawing.margins import draw_margins, margins_of
from harness.report.drawing.periods import Limit, draw_periods
from harness.report.drawing.phases import draw_phases
from harness.report.drawing.recording import draw_recording
from harness.report.drawing.sequence import draw_sequence
from harness.report.drawing.traffic import draw_traffic
from harness.report.pages.sheets import anchor_of
from harness.report.signals import Periods, Recording, Standards, read_recording
from harness.report.strings import text
from harness.report.view import Figure

__all__ = ["Artwork", "draw_figures"]

_MILLISECONDS = {"s": 1000.0, "ms": 1.0, "us": 0.001}


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
        for link, recording in _recordings(campaign, row, standards):
            if (picture := draw_recording(recording)) is not None:
                file = f"{anchor}-signals-{link}.svg"
                pictures[file], recordings[file] = picture, recording
                figures.setdefault(case_id, []).append(_figure(file, len(pictures), "sheet.signals", "plot.alt", case_id))
            for kind, drawing in _drawings(recording, row):
                file = f"{anchor}-{kind}-{link}.svg"
                pictures[file] = drawing
                diagrams.add(file)
                figures.setdefault(case_id, []).append(_figure(file, len(pictures), f"sheet.{kind}", f"plot.{kind}_alt", case_id))
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


def _drawings(recording: Recording, row: RowDoc) -> Iterator[tuple[str, bytes]]:
    """States; phases, periods of the loop, and the margin to every limit of a session; the traffic of a bus: what there is, by kind."""
    made = [("lanes", draw_lanes(recording.lanes, recording.panels))]
    if recording.shows_session:
        made.append(("phases", draw_phases(recording.phases)))
        made += [("periods", draw_periods(each, _limits_on(each, row))) for each in recording.periods[:1]]
        made.append(("margins", draw_margins(margins_of(row["checks"]))))
    if recording.traffic is not None:
        made.append(("traffic", draw_traffic(recording.traffic)))
    for kind, drawing in made:
        if drawing is not None:
            yield kind, drawing


def _limits_on(periods: Periods, row: RowDoc) -> list[Limit]:
    """The limits of those checks whose value is one that the intervals have: their shortest, longest, mean or median."""
    found = periods.intervals_s
    known = [statistic(found) * 1000 for statistic in (min, max, mean, median)]
    limits = []
    for check in row["checks"]:
        value, criterion = check["value"], check["criterion"]
        if value is None or value["unit"] not in _MILLISECONDS:
            continue
        factor = _MILLISECONDS[value["unit"]]
        if any(isclose(float(value["v"]) * factor, each, rel_tol=1e-6, abs_tol=1e-6) for each in known):
            stated = [limit for limit in (criterion["lower"], criterion["upper"]) if limit is not None]
            limits += [Limit(float(limit) * factor, check["name"]) for limit in stated if float(limit)]
    return list(dict.fromkeys(limits))


def _recordings(campaign: Campaign, row: RowDoc, standards: Standards) -> Iterator[tuple[str, Recording]]:
    """What the links of *row* carried, by a name that a file may have."""
    rates = _bit_rates(campaign.results)
    for evidence in row["evidence"]:
        rate = rates.get((evidence.get("run", ""), evidence["link"]))
        recording = read_recording(campaign.evidence_path(evidence), evidence, standards, row["suite"], rate)
        if recording is not None:
            yield anchor_of(evidence["link"]).removeprefix("case-"), recording


def _bit_rates(results: ResultsDoc) -> dict[tuple[str, str], int]:
    """Declared bit rates of the buses, by run and link."""
    found: dict[tuple[str, str], int] = {}
    for run in results.get("merged_runs", [results["run"]]):
        for name, link in run["rig"]["links"].items():
            rate = link.get("bitrate_bps") if isinstance(link, dict) else None
            if isinstance(rate, int):
                found[run.get("name", ""), name] = rate
    return found
