"""Where things lie in a package."""

from __future__ import annotations

import re
from collections.abc import Mapping

from harness.report.package.container.bag import TAG_FILES

__all__ = [
    "AMENDMENT",
    "ATTESTATION",
    "CHAIN",
    "CLAUSES",
    "CRATE",
    "EARLIER",
    "JUNIT",
    "PDF",
    "PHOTOS",
    "REPORT_FILES",
    "RESULTS",
    "SEAL",
    "SEAL_FILES",
    "SIGNATURE",
    "STAMP",
    "belongs",
    "run_file",
]

PDF = "data/report/report.pdf"
HTML = "data/report/report.html"
RESULTS = "data/results/results.json"
CRATE = "data/ro-crate-metadata.json"
"""Describes the payload, so it is made when the rest of it is complete."""
JUNIT = "data/results/junit.xml"
AMENDMENT = "amendment.json"
"""The difference list, as the report folder names it."""
CLAUSES = "clauses.json"
"""What the finished report was checked for."""
SEAL = "seal"
SIGNATURE = "seal/tagmanifest-sha256.txt.p7s"
STAMP = "seal/tagmanifest-sha256.txt.tsr"
ATTESTATION = "seal/test-result.dsse.json"
CHAIN = "seal/chain"
SEAL_FILES = "Seal-Files"
"""Field of bag-info.txt that names the files of the seal."""
EARLIER = "data/supersedes"
"""Seals of the reports that this one replaces, a folder each."""

REPORT_FILES: Mapping[str, str] = {
    "report.pdf": PDF,
    "report.html": HTML,
    "results.json": RESULTS,
    "junit.xml": JUNIT,
    "ctrf.json": "data/results/ctrf.json",
    "dtr.xml": "data/results/dtr.xml",
    "traceability.csv": "data/results/traceability.csv",
    AMENDMENT: f"data/results/{AMENDMENT}",
    "selfcheck.json": "data/env/selfcheck.json",
    CLAUSES: "data/env/clauses.json",
}
"""Place of each file of a report folder; the first four must be there."""
PHOTOS = "photos"
REPORT_FOLDERS: Mapping[str, str] = {"plots": "data/report/plots", PHOTOS: "data/report/photos", "equipment": "data/equipment"}

_DATA = ("report", "results", "plan", "evidence", "records", "equipment", "env", "supersedes")
_SEAL_FILE = re.compile(r"seal/(tagmanifest-sha256\.txt\.(p7s|tsr)|test-result\.dsse\.json|chain/[0-9a-f]{16}\.(pem|crl))")


def belongs(path: str) -> bool:
    """Whether a package may hold a file of this name. What is not listed here is refused, listed in a manifest or not."""
    if path.startswith("data/"):
        parts = path.split("/")
        return path == CRATE or (len(parts) > 2 and parts[1] in _DATA)
    return path in TAG_FILES or _SEAL_FILE.fullmatch(path) is not None


def run_file(name: str, run: str = "") -> str:
    """Place of a file of a run folder; *run* is the name of the run in a report about several."""
    head, _, rest = name.partition("/")
    between = f"{run}/" if run else ""
    if head == "evidence":
        return f"data/evidence/{between}{rest}"
    folder = "plan" if name in ("plan.json", "suite.lock", "pics.json", "pixit.json") else "records"
    return f"data/{folder}/{between}{name}"
