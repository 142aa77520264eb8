"""What goes into a package: the files of a report folder and of the run folders behind it, checked to belong together."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import unquote

from pydantic import JsonValue

from harness import __version__
from harness.case.documents import PlanDoc, ResultsDoc
from harness.case.run.junit import junit_bytes
from harness.case.run.runfolder import RunFolder, canonical_json
from harness.case.run.validation import RESULTS as RESULTS_SHAPE
from harness.core import ConfigError, Problem
from harness.report.campaign import load_campaign
from harness.report.clauses import Kept, kept_in
from harness.report.exports import CRATE_FILE, ctrf_bytes, dtr_bytes, traceability_bytes
from harness.report.package.checks.rejudge import differences
from harness.report.package.container.layout import AMENDMENT, JUNIT, PHOTOS, REPORT_FILES, REPORT_FOLDERS, run_file
from harness.report.package.container.paths import path_faults
from harness.report.package.register import NOTE
from harness.report.package.wording import say

__all__ = ["REQUIRED", "Collected", "collect", "derived_documents", "exports_of"]

REQUIRED = ("report.pdf", "report.html", "results.json", "junit.xml")
_SHOWN = 5
_PICTURED = ("report.html", "plots/")

Source = bytes | Path


@dataclass(frozen=True, slots=True)
class Collected:
    """The payload of a package that is not sealed yet."""

    folder: Path
    """The report folder."""
    results: ResultsDoc
    payload: dict[str, Source]
    """Content, or the file that has it, by path in the package."""
    notes: Sequence[str]
    kept: Kept | None = None
    """What the run folders show of how the records were kept."""


def collect(folder: Path, runs: Sequence[Path] = ()) -> Collected:
    """Read the report in *folder* and the run folders behind it. A run folder stands for the report in it.

    Without *runs* they are looked for by the hash of their plan: the folder above the report, and its neighbours.

    Raises:
        ConfigError: something is missing, damaged, or not about the same.
    """
    if (folder / "plan.json").is_file() and not (folder / "report.pdf").exists():
        folder = folder / "report"
    if not folder.is_dir():
        raise ConfigError(Problem("no such folder, or no report in it; make one with 'precert report RUN'", folder))
    if missing := [Problem("missing from the report folder", folder / name) for name in REQUIRED if not (folder / name).is_file()]:
        raise ConfigError(missing)
    file = folder / "results.json"
    results = RESULTS_SHAPE.parse(_read(file), file)
    if ("supersedes" in results["report"]) != (folder / AMENDMENT).is_file():
        raise ConfigError(Problem("goes with an amendment, and only with one; compile the report again", folder / AMENDMENT))
    paths = list(runs) or _find_runs(folder, results)
    campaign = load_campaign(paths)
    if found := differences(results, campaign.results):
        hint = "compile the report again" if runs or len(found) < _SHOWN else "is it the report of these runs? name them with --run"
        problems = [Problem(f"does not follow from the run folders: {line}", file) for line in found[:_SHOWN]]
        raise ConfigError([*problems, Problem(hint, file)])
    payload: dict[str, Source] = dict(_report_payload(folder, results))
    for name, path in campaign.folders.items():
        payload.update(_run_payload(path, name))
    exports = exports_of(results)
    if problems := [*_edited_exports(payload, exports), *_edited_files(folder), *_other_photos(folder, results)]:
        raise ConfigError(problems[:_SHOWN])
    payload.update(exports)
    payload["data/env/tool-versions.json"] = canonical_json(_tools(results))
    payload["data/env/sbom.json"] = canonical_json(_bill_of_materials())
    if faults := path_faults(payload):
        raise ConfigError([Problem(say(f"fault.{key}", path=path)["en"], folder) for path, key in faults[:_SHOWN]])
    return Collected(folder, results, payload, list(_left_out(folder, results)), kept_in(campaign.runs))


def derived_documents(plan: PlanDoc) -> dict[str, bytes]:
    """Parts of the sealed plan as files of their own, for readers that look for them."""
    lock = {"schema": "precert-suite-lock/1", "precert_version": plan["precert_version"], "seed": plan["seed"], "suites": plan["suites"]}
    return {
        "suite.lock": canonical_json(lock),
        "pics.json": canonical_json(plan["pics"]),
        "pixit.json": canonical_json(plan["pixit"]),
    }


def exports_of(results: ResultsDoc) -> dict[str, bytes]:
    """The results in the formats of others."""
    return {
        JUNIT: junit_bytes(results),
        REPORT_FILES["ctrf.json"]: ctrf_bytes(results),
        REPORT_FILES["dtr.xml"]: dtr_bytes(results),
        REPORT_FILES["traceability.csv"]: traceability_bytes(results),
    }


def _edited_exports(payload: Mapping[str, Source], exports: Mapping[str, bytes]) -> Iterator[Problem]:
    """Exports of the report folder that say something else than the results do."""
    for place, content in exports.items():
        if isinstance(file := payload.get(place), Path) and _read(file) != content:
            yield Problem("does not follow from results.json; compile the report again", file)


def _edited_files(folder: Path) -> Iterator[Problem]:
    """Page and plots that are not those that were compiled; what else there is follows from the results, or is checked with them."""
    try:
        listed = json.loads(_read(folder / CRATE_FILE))["@graph"] if (folder / CRATE_FILE).is_file() else []
        digests = {str(each["@id"]): each["sha256"] for each in listed if "sha256" in each and str(each["@id"]).startswith(_PICTURED)}
    except (ValueError, KeyError, TypeError):
        yield Problem("cannot be read; compile the report again", folder / CRATE_FILE)
        return
    for name, digest in digests.items():
        file = folder / unquote(name)
        if file.is_file() and hashlib.sha256(_read(file)).hexdigest() != digest:
            yield Problem("was changed after the report was compiled; compile it again", file)


def _other_photos(folder: Path, results: ResultsDoc) -> Iterator[Problem]:
    """Photos that the results name and that are not there, or are others."""
    for each in results.get("photos", []):
        file = folder / each["file"]
        if not file.is_file():
            yield Problem("missing from the report folder; compile the report again", file)
        elif hashlib.sha256(_read(file)).hexdigest() != each["sha256"]:
            yield Problem("is not the photo whose hash the report prints; compile the report again", file)


def _report_payload(folder: Path, results: ResultsDoc) -> Iterator[tuple[str, Source]]:
    photos = {each["file"] for each in results.get("photos", [])}
    for name, place in REPORT_FILES.items():
        if (folder / name).is_file():
            yield place, folder / name
    for name, place in REPORT_FOLDERS.items():
        for file in _files(folder / name):
            # Photos that lie beside those of the report are not the report's.
            if name == PHOTOS and file.relative_to(folder).as_posix() not in photos:
                continue
            yield f"{place}/{file.relative_to(folder / name).as_posix()}", file


def _run_payload(path: Path, name: str) -> Iterator[tuple[str, Source]]:
    folder = RunFolder.open(path)
    for file in (folder.plan_file, folder.records_file, folder.journal_file, folder.results_file):
        if file.is_file():
            yield run_file(file.name, name), file
    for document, content in derived_documents(folder.read_plan()).items():
        yield run_file(document, name), content
    # Only what the records name: a stray file in the evidence folder is no evidence.
    for evidence in sorted({each["path"] for record in folder.read_records().records for each in record["evidence"]}):
        yield run_file(evidence, name), path / evidence


def _find_runs(folder: Path, results: ResultsDoc) -> list[Path]:
    wanted = [run.get("plan_sha256", "") for run in results.get("merged_runs", [])] or [results["plan"]["sha256"]]
    above = folder.resolve().parent
    nearby: dict[str, Path] = {}
    for place in (above, *_subfolders(above), *_subfolders(above.parent)):
        if (place / "plan.json").is_file():
            try:
                nearby.setdefault(RunFolder.open(place).read_plan().get("sha256", ""), place)
            except ConfigError:
                if place == above:
                    raise
    if any(sha not in nearby for sha in wanted):
        raise ConfigError(Problem("the run folders of this report are not beside it; name each with --run", folder))
    return [nearby[sha] for sha in wanted]


def _subfolders(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir() and not path.is_symlink())
    except OSError:
        return []


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    found = sorted(path for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())
    if links := [path for path in found if path.is_symlink() or not path.is_file()]:
        raise ConfigError([Problem("a link or special file; a package holds files only", path) for path in links[:_SHOWN]])
    return found


def _left_out(folder: Path, results: ResultsDoc) -> Iterator[str]:
    known = {*REPORT_FILES, *REPORT_FOLDERS, NOTE, CRATE_FILE}
    for path in sorted(folder.iterdir()):
        if path.name not in known and not path.name.startswith("."):
            yield f"{path.name}: not part of a package, left out"
    named = {each["file"] for each in results.get("photos", [])}
    for file in _files(folder / PHOTOS):
        if (name := file.relative_to(folder).as_posix()) not in named:
            yield f"{name}: no photo of this report, left out"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(Problem(f"cannot be read: {error.strerror}", path)) from error


def _tools(results: ResultsDoc) -> dict[str, JsonValue]:
    tested = cast("dict[str, JsonValue]", dict(results["run"]["tools"]))
    sealing: dict[str, JsonValue] = {"precert": __version__, "python": platform.python_version()}
    return {"schema": "precert-tools/1", "tested_with": tested | {"precert": results["run"]["precert_version"]}, "sealed_with": sealing}


def _bill_of_materials() -> Mapping[str, JsonValue]:
    """The software of this installation in the form of CycloneDX."""
    installed = {(dist.name.lower(), dist.version) for dist in importlib.metadata.distributions() if dist.name}
    components: list[JsonValue] = [
        {"type": "library", "name": name, "version": version, "purl": f"pkg:pypi/{name}@{version}"} for name, version in sorted(installed)
    ]
    application: JsonValue = {"type": "application", "name": "precert", "version": __version__}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": application},
        "components": components,
    }
