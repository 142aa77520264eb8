"""A report that replaces another: the seals and results of the earlier reports travel with it, and the chain is walked back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from harness.case.documents import ResultsDoc
from harness.core import ConfigError, Problem
from harness.report.package.container.bag import (
    INFO,
    TAG_FILES,
    TAG_MANIFEST,
    ManifestError,
    manifest_name,
    parse_info,
    parse_manifest,
)
from harness.report.package.container.layout import EARLIER, PDF, RESULTS, SIGNATURE
from harness.report.package.container.opening import open_package
from harness.report.package.outcome import Status, Step

__all__ = ["Earlier", "Replaced", "earlier_seals", "read_earlier", "supersedes_of"]


@dataclass(frozen=True, slots=True)
class Replaced:
    """The report that another one says it replaces."""

    number: str
    sha256: str
    """Hash of its signed PDF."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier report as its seal states it."""

    number: str
    pdf_sha256: str
    results: bytes | None
    """Its results.json, if it is enclosed."""
    signed: bytes
    signature: bytes
    replaced: Replaced | None


def supersedes_of(results: ResultsDoc) -> Replaced | None:
    """What the results say that they replace."""
    stated = cast("Mapping[str, object]", results["report"]).get("supersedes")
    if not isinstance(stated, dict):
        return None
    return Replaced(str(stated.get("number", "")), str(stated.get("sha256", "")))


def earlier_seals(results: ResultsDoc, package: Path | None, folder: Path) -> dict[str, bytes]:
    """Seals and results of the replaced report and of those before it, by path in the new package.

    Raises:
        ConfigError: the package of the replaced report is missing, damaged, or another one.
    """
    replaced = supersedes_of(results)
    if replaced is None:
        if package is not None:
            raise ConfigError(Problem(f"this report does not say that it replaces another ({package})", folder / "results.json"))
        return {}
    if package is None:
        text = f"this report replaces {replaced.number}; name the package of that report with --supersedes"
        raise ConfigError(Problem(text, folder / "results.json"))
    step = Step("V1")
    with open_package(package, step) as opened:
        if step.status is Status.FAIL:
            raise ConfigError([Problem(remark.text["en"], package) for remark in step.remarks])
        enclosed = [path for path in opened.files if path in (*TAG_FILES, RESULTS) or path.startswith("seal/")]
        kept = {path: opened.read(path) or b"" for path in enclosed}
        older = {path: opened.read(path) or b"" for path in opened.files if path.startswith(f"{EARLIER}/")}
    try:
        found = read_earlier(kept)
    except ManifestError as error:
        raise ConfigError(Problem(f"not a sealed package: {error}", package)) from error
    if (found.number, found.pdf_sha256) != (replaced.number, replaced.sha256):
        text = f"is {found.number} with a PDF {found.pdf_sha256[:16]}..., replaced is {replaced.number} with {replaced.sha256[:16]}..."
        raise ConfigError(Problem(f"{text}; if this is the one, compile the report again with --amends and this package", package))
    return {**older, **{f"{EARLIER}/{found.number}/{path}": content for path, content in kept.items()}}


def read_earlier(files: Mapping[str, bytes]) -> Earlier:
    """What the tag files and the seal of an earlier package say, their hashes checked against each other.

    Raises:
        ManifestError: something is missing, or was changed.
    """
    if missing := [name for name in (*TAG_FILES, SIGNATURE) if name not in files]:
        raise ManifestError(f"missing: {', '.join(missing)}")
    for name, digest in parse_manifest(files[TAG_MANIFEST]).items():
        if hashlib.sha256(files.get(name, b"")).hexdigest() != digest:
            raise ManifestError(f"{name} was changed")
    # The manifest proves the results too, so that the difference list can be made again.
    info, payload = parse_info(files[INFO]), parse_manifest(files[manifest_name("sha256")])
    number, _, digest = info.get("Supersedes", "").partition(" ")
    results = files.get(RESULTS)
    if results is not None and hashlib.sha256(results).hexdigest() != payload.get(RESULTS):
        raise ManifestError(f"{RESULTS} was changed")
    return Earlier(
        number=info.get("External-Identifier", ""),
        pdf_sha256=payload.get(PDF, ""),
        results=results,
        signed=files[TAG_MANIFEST],
        signature=files[SIGNATURE],
        replaced=Replaced(number, digest) if number else None,
    )
