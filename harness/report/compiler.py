"""The report compiler: run folders in, report.pdf, report.html, results.json, its exports and plots out.

Everything is made in memory first, so that a problem leaves no half-written report behind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from harness.case.documents import ResultsDoc, RowDoc
from harness.case.run.junit import junit_bytes
from harness.case.run.results import all_passed
from harness.case.run.runfolder import canonical_json, write_atomic
from harness.core import ConfigError, Problem
from harness.report.campaign import Campaign, load_campaign
from harness.report.claims_files import claims_in_files, instrument_texts
from harness.report.exports import CRATE_FILE, CrateFile, crate_bytes, ctrf_bytes, dtr_bytes, traceability_bytes
from harness.report.html import render_html
from harness.report.lab import Lab
from harness.report.package.register import sealed_number
from harness.report.pages import build_view
from harness.report.pages.sheets import anchor_of
from harness.report.pdf import render_pdf
from harness.report.plots import draw_recording
from harness.report.selfcheck import SelfcheckDoc
from harness.report.sequence import draw_sequence
from harness.report.signals import Standards, installed_standards, read_recording
from harness.report.strings import text
from harness.report.view import Figure

__all__ = ["Compiled", "compile_report", "write_report"]

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Compiled:
    """A finished report in memory."""

    results: ResultsDoc
    notes: Sequence[str]
    files: dict[str, bytes]
    """Content by path relative to the output folder."""

    @property
    def passed(self) -> bool:
        """Whether every applicable case passed."""
        return all_passed(self.results)


def compile_report(
    paths: Sequence[Path], lab: Lab | None = None, standards: Standards | None = None, selfcheck: SelfcheckDoc | None = None
) -> Compiled:
    """Compile the report about the run folders *paths*. *standards* default to the installed ones; *selfcheck* is printed.

    Raises:
        ConfigError: an input is no run folder, damaged or contradictory, or the font is missing.
    """
    campaign = load_campaign(paths)
    lab = lab or Lab()
    results = _issued(campaign.results, lab)
    content = canonical_json(results)
    figures, pictures = _figures(campaign, results, standards or installed_standards())
    view = build_view(campaign, results, lab, figures, hashlib.sha256(content).hexdigest(), selfcheck)
    page = render_html(view, pictures)
    files = {
        "report.pdf": render_pdf(view, pictures, lab.issuer.name or "precert", content),
        "report.html": page,
        "results.json": content,
        "junit.xml": junit_bytes(results),
        "ctrf.json": ctrf_bytes(results),
        "dtr.xml": dtr_bytes(results),
        "traceability.csv": traceability_bytes(results),
    }
    if selfcheck is not None:
        files["selfcheck.json"] = canonical_json(selfcheck)
    files.update({f"plots/{name}": picture for name, picture in pictures.items()})
    files[CRATE_FILE] = crate_bytes(results, [CrateFile(name, len(each), hashlib.sha256(each).hexdigest()) for name, each in files.items()])
    if claims := claims_in_files(files, instrument_texts(results["equipment"])):
        raise ConfigError([Problem(f"the report must not claim this: {claim}", paths[0]) for claim in claims[:_SHOWN]])
    return Compiled(results, campaign.notes, files)


def write_report(compiled: Compiled, out: Path) -> list[Path]:
    """Write a compiled report; an earlier report in *out* is replaced file by file. Returns the main files.

    Raises:
        ConfigError: *out* cannot be written, or holds a report that was sealed.
    """
    if (number := sealed_number(out)) is not None:
        text_of = f"the report here was sealed as {number}; write the new one to another folder, under another number"
        raise ConfigError(Problem(text_of, out))
    try:
        (out / "plots").mkdir(parents=True, exist_ok=True)
        for name, content in compiled.files.items():
            write_atomic(out / name, content)
        for old in (out / "plots").glob("*.svg"):
            if f"plots/{old.name}" not in compiled.files:
                old.unlink()
    except OSError as error:
        raise ConfigError(Problem(f"cannot be written: {error.strerror}", error.filename or out)) from error
    return [out / name for name in compiled.files if "/" not in name]


def _issued(results: ResultsDoc, lab: Lab) -> ResultsDoc:
    """The results with what the laboratory adds; unchanged without a laboratory file."""
    if lab == Lab():
        return results
    issued = cast("ResultsDoc", dict(results))
    issued["report"] = {**results["report"], "number": lab.number or results["report"]["number"], "revision": lab.revision}
    issued["issuer"] = {"name": lab.issuer.name, "address": lab.issuer.address, "contact": lab.issuer.contact}
    issued["client"] = {"name": lab.client.name, "address": lab.client.address, "contact": lab.client.contact}
    return issued


def _figures(campaign: Campaign, results: ResultsDoc, standards: Standards) -> tuple[dict[str, list[Figure]], dict[str, bytes]]:
    records = {(record["id"], record["attempt"]): record for record in campaign.records}
    figures: dict[str, list[Figure]] = {}
    pictures: dict[str, bytes] = {}
    number = 0
    for row in results["results"]:
        record = records.get((row["id"], row["execution"]["attempt"]))
        drawn = _plots(campaign, row, standards)
        session = record["session"] if record else None
        if session is not None and (diagram := draw_sequence(session, short=row["verdict"] == "pass")) is not None:
            drawn.append(("sequence", diagram))
        for kind, picture in drawn:
            number += 1
            file = f"{anchor_of(row['id'])}-{kind}.svg"
            is_sequence = kind == "sequence"
            caption = text("sheet.sequence" if is_sequence else "sheet.signals")
            alt = text("party.alt" if is_sequence else "plot.alt", id=row["id"])
            figures.setdefault(row["id"], []).append(Figure(file, number, caption, f"{alt['zh']} {alt['en']}", narrow=is_sequence))
            pictures[file] = picture
    return figures, pictures


def _plots(campaign: Campaign, row: RowDoc, standards: Standards) -> list[tuple[str, bytes]]:
    drawn = []
    for evidence in row["evidence"]:
        recording = read_recording(campaign.evidence_path(evidence), evidence, standards)
        if recording is not None and (picture := draw_recording(recording)) is not None:
            drawn.append((f"signals-{anchor_of(evidence['link']).removeprefix('case-')}", picture))
    return drawn
