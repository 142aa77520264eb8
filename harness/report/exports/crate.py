"""A description of the files of a report or package as RO-Crate (JSON-LD), for archives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

from pydantic import JsonValue

from harness.case.documents import ResultsDoc
from harness.case.run.runfolder import canonical_json
from harness.report.strings import text

__all__ = ["CRATE_FILE", "CrateFile", "crate_bytes"]

CRATE_FILE = "ro-crate-metadata.json"
_VERSION = "https://w3id.org/ro/crate/1.2"
_CONTENT_TYPES = {
    ".blf": "application/octet-stream",
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".lock": "application/json",
    ".pcapng": "application/vnd.tcpdump.pcap",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".xml": "application/xml",
}


@dataclass(frozen=True, slots=True)
class CrateFile:
    """One file beside the description."""

    path: str
    """Relative to the description, with forward slashes."""
    size: int
    sha256: str


def crate_bytes(results: ResultsDoc, files: Iterable[CrateFile]) -> bytes:
    """The description of *files*, which belong to the report about *results*."""
    report, run = results["report"], results["run"]
    title, notice = text("title.report"), text("statement.not_accredited")
    parts = sorted((file for file in files if file.path != CRATE_FILE), key=lambda file: file.path)
    graph: list[JsonValue] = [
        {"@id": CRATE_FILE, "@type": "CreativeWork", "conformsTo": {"@id": _VERSION}, "about": {"@id": "./"}},
        {
            "@id": "./",
            "@type": "Dataset",
            "identifier": report["number"],
            "name": f"{title['zh']} {title['en']} {report['number']}",
            "description": f"{notice['zh']} {notice['en']}",
            "datePublished": report["issued_at"],
            "inLanguage": list(report["languages"]),
            "license": {"@id": "#terms"},
            "hasPart": [{"@id": _id(file.path)} for file in parts],
            "mentions": {"@id": "#testing"},
        },
        {"@id": "#terms", "@type": "CreativeWork", "name": text("statement.no_extract")["en"]},
        {
            "@id": "#testing",
            "@type": "CreateAction",
            "name": f"{run['rig']['name']} ({report['bench_mode']})",
            "startTime": run["started_at"],
            "endTime": run["ended_at"],
            "instrument": {"@id": "#precert"},
            "result": {"@id": "./"},
        },
        {"@id": "#precert", "@type": "SoftwareApplication", "name": "precert", "version": run["precert_version"]},
        *(_file(file) for file in parts),
    ]
    return canonical_json({"@context": f"{_VERSION}/context", "@graph": graph})


def _file(file: CrateFile) -> JsonValue:
    kind = _CONTENT_TYPES.get(PurePosixPath(file.path).suffix, "application/octet-stream")
    return {
        "@id": _id(file.path),
        "@type": "File",
        "name": PurePosixPath(file.path).name,
        "encodingFormat": kind,
        "contentSize": str(file.size),
        "sha256": file.sha256,
    }


def _id(path: str) -> str:
    """The path as a relative reference: blanks and everything else that no URI holds percent-encoded."""
    return quote(path, safe="/-._~")
