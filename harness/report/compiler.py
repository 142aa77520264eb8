"""The report compiler: run folders in, report.pdf, report.html, results.json, its exports and plots out.

Everything is made in memory first, so that a problem leaves no half-written report behind.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from harness.case.documents import ResultsDoc, Text
from harness.case.run.junit import junit_bytes
from harness.case.run.outputs import objection_to_folder
from harness.case.run.results import all_passed
from harness.case.run.runfolder import canonical_json, write_atomic
from harness.core import ConfigError, Problem
from harness.report.campaign import load_campaign
from harness.report.campaign.amendment import AMENDED, Amends, amend
from harness.report.campaign.market_file import Market
from harness.report.campaign.readiness import with_markets
from harness.report.claims_files import claims_in_files, claims_in_name, instrument_texts
from harness.report.clauses import ClausesDoc, Finished, check_clauses, clause_problems, finished, kept_in
from harness.report.exports import CRATE_FILE, CrateFile, crate_bytes, ctrf_bytes, dtr_bytes, traceability_bytes
from harness.report.figures import draw_figures
from harness.report.fonts import fonts_used
from harness.report.html import render_html
from harness.report.lab import Lab, issue, read_identity
from harness.report.lab.notes import lab_notes
from harness.report.package.container.files import sync_folder
from harness.report.package.container.layout import AMENDMENT, CLAUSES
from harness.report.package.register import sealed_number
from harness.report.pages import build_view
from harness.report.pdf import render_pdf
from harness.report.selfcheck import SelfcheckDoc
from harness.report.signals import Standards, installed_standards
from harness.report.strings import text

__all__ = ["Compiled", "check_target", "compile_report", "write_report"]

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Compiled:
    """A finished report in memory."""

    results: ResultsDoc
    notes: Sequence[Text]
    files: dict[str, bytes]
    """Content by path relative to the output folder."""

    @property
    def passed(self) -> bool:
        """Whether every applicable case passed."""
        return all_passed(self.results)


def compile_report(
    paths: Sequence[Path],
    lab: Lab | None = None,
    standards: Standards | None = None,
    selfcheck: SelfcheckDoc | None = None,
    *,
    markets: Sequence[Market] = (),
    amends: Amends | None = None,
    all_sheets: bool = True,
) -> Compiled:
    """Compile the report about the run folders *paths*. *standards* default to the installed ones; *selfcheck* is printed.

    *markets* are those whose readiness it shows, *amends* is the report that it replaces.
    Without *all_sheets* the PDF has detail sheets of the rows that did not pass only; the HTML has them all.

    Raises:
        ConfigError: an input is no run folder, damaged or contradictory, the font is missing, or nothing was amended.
    """
    campaign = load_campaign(paths)
    standards = standards or installed_standards()
    results = campaign.results if lab is None else issue(campaign.results, lab, read_identity(campaign, standards))
    if not all_sheets:
        results = {**results, "report": {**results["report"], "sheets": "not_passed"}}
    if markets:
        results = with_markets(results, campaign.plan, markets)
    amendment = None
    if amends is not None:
        results, amendment = amend(results, amends, lab.number or "" if lab is not None else "")
    elif AMENDED.fullmatch(number := results["report"]["number"]) or results["report"]["revision"]:
        text = f"{number}, revision {results['report']['revision']}, is an amendment; name the report that it replaces with --amends"
        raise ConfigError(Problem(text, paths[0]))
    content = canonical_json(results)
    photos = dict(lab.pictures) if lab is not None else {}
    artwork = replace(draw_figures(campaign, results, standards), photos=photos)
    view = build_view(
        campaign, results, artwork.figures, hashlib.sha256(content).hexdigest(), selfcheck, amendment["changes"] if amendment else ()
    )
    page = render_html(view, artwork)
    files = {
        "report.pdf": render_pdf(view, {**artwork.pictures, **photos}, lab.issuer["name"] if lab is not None else "precert", content),
        "report.html": page,
        "results.json": content,
        "junit.xml": junit_bytes(results),
        "ctrf.json": ctrf_bytes(results),
        "dtr.xml": dtr_bytes(results),
        "traceability.csv": traceability_bytes(results),
    }
    if amendment is not None:
        files[AMENDMENT] = canonical_json(amendment)
    changes = amendment["changes"] if amendment is not None else ()
    files[CLAUSES] = canonical_json(_checked(finished(files["report.pdf"], results, selfcheck, changes, kept_in(campaign.runs)), paths[0]))
    if selfcheck is not None:
        files["selfcheck.json"] = canonical_json(selfcheck)
    files.update({f"plots/{name}": picture for name, picture in artwork.pictures.items()})
    # Calibration documents are another body's, photos hold no text: they travel as they are, and only their names are searched for claims.
    enclosed = {**lab.certificates, **photos} if lab is not None else {}
    listed = {**files, **enclosed}.items()
    files[CRATE_FILE] = crate_bytes(results, [CrateFile(name, len(each), hashlib.sha256(each).hexdigest()) for name, each in listed])
    claims = claims_in_files(files, instrument_texts(results["equipment"])) + [each for name in enclosed for each in claims_in_name(name)]
    if claims:
        raise ConfigError([Problem(f"the report must not claim this: {claim}", paths[0]) for claim in claims[:_SHOWN]])
    notes = [*campaign.notes, *(lab_notes(results) if lab is not None else ()), *_font_notes()]
    return Compiled(results, notes, {**files, **enclosed})


def _font_notes() -> Iterator[Text]:
    for each in fonts_used():
        if not each.known:
            yield text("software.font_note", file=each.name, sha=each.sha256[:16])


def _checked(report: Finished, where: Path) -> ClausesDoc:
    """What became of every demand of the standard on the finished report.

    Raises:
        ConfigError: one is missed; the report must not be published.
    """
    document = check_clauses(report)
    if problems := clause_problems(document, where):
        raise ConfigError(problems[:_SHOWN])
    return document


def check_target(out: Path) -> None:
    """Find out whether a report can be written to *out*, before minutes of work.

    Raises:
        ConfigError: it cannot be made a folder, or holds a report that was sealed.
    """
    if (number := sealed_number(out)) is not None:
        text_of = f"the report here was sealed as {number}; write the new one to another folder, under another number"
        raise ConfigError(Problem(text_of, out))
    if out.exists() and not out.is_dir():
        raise ConfigError(Problem("cannot be written: it is a file; name a folder", out))
    if not out.is_dir() and (objection := objection_to_folder(out)):
        raise ConfigError(Problem(objection, out))


def write_report(compiled: Compiled, out: Path) -> list[Path]:
    """Write a compiled report; an earlier report in *out* is replaced once all files are on the disk. Returns the main files.

    Raises:
        ConfigError: *out* cannot be written, or holds a report that was sealed; what was there stays as it was.
    """
    check_target(out)
    folders = sorted({out / "plots", *((out / name).parent for name in compiled.files)})
    made = [each for each in (*reversed(folders), out, *out.parents) if not each.exists()]
    staged = out / f".{os.getpid()}.partial"
    try:
        for name, content in compiled.files.items():
            (staged / name).parent.mkdir(parents=True, exist_ok=True)
            write_atomic(staged / name, content)
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
        for name in compiled.files:
            (staged / name).replace(out / name)
        for old in (*(out / "plots").glob("*.svg"), out / AMENDMENT):
            if old.relative_to(out).as_posix() not in compiled.files:
                old.unlink(missing_ok=True)
        for folder in folders:
            sync_folder(folder)
    except OSError as error:
        shutil.rmtree(staged, ignore_errors=True)
        for folder in made:
            with suppress(OSError):  # one that holds something stays
                folder.rmdir()
        raise ConfigError(Problem(f"cannot be written: {error.strerror}", out)) from error
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return [out / name for name in compiled.files if "/" not in name]
