"""The report that an amendment replaces: read from its package, or from the report folder of one that was never sealed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from harness.case.run.validation import RESULTS as RESULTS_SHAPE
from harness.core import ConfigError, Problem
from harness.report.campaign.amendment import OldReport
from harness.report.package.amendment import read_earlier
from harness.report.package.container.bag import INFO, TAG_FILES, TAG_MANIFEST, ManifestError, manifest_name, parse_manifest
from harness.report.package.container.layout import PDF, RESULTS
from harness.report.package.container.opening import Opened, open_package
from harness.report.package.outcome import Status, Step
from harness.report.package.register import sealed_number

__all__ = ["read_replaced"]


def read_replaced(path: Path) -> OldReport:
    """The report at *path*: a package (folder, ZIP, ASiC-E), a report folder, or the results.json in one of these.

    Raises:
        ConfigError: it is none, damaged, or a sealed report of which only the unsealed files were named.
    """
    folder = path.parent if path.name == "results.json" else path
    if path.name == "results.json" and (bag := folder.parent.parent) / RESULTS == path and (bag / INFO).is_file():
        folder = bag
    if not folder.exists():
        raise ConfigError(Problem("no such package or report; name what the amendment replaces", path))
    if folder.is_file() or (folder / INFO).is_file():
        return _from_package(path, folder)
    return _from_folder(path, folder)


def _from_folder(path: Path, folder: Path) -> OldReport:
    if (sealed := sealed_number(folder)) is not None:
        raise ConfigError(Problem(f"this report was sealed as {sealed}; name its package, for the seal covers the signed PDF", path))
    missing = [Problem("missing; an amendment names the PDF that it replaces by its hash", folder / name)
               for name in ("results.json", "report.pdf") if not (folder / name).is_file()]  # fmt: skip
    if missing:
        raise ConfigError(missing)
    try:
        results, pdf = (folder / "results.json").read_bytes(), (folder / "report.pdf").read_bytes()
    except OSError as error:
        raise ConfigError(Problem(f"cannot be read: {error.strerror}", error.filename or folder)) from error
    return _old(path, results, pdf, "", folder / "results.json")


def _from_package(path: Path, package: Path) -> OldReport:
    step = Step("V1")
    with open_package(package, step) as opened:
        if step.status is Status.FAIL:
            raise ConfigError([Problem(remark.text["en"], package) for remark in step.remarks])
        files = {name: opened.read(name) or b"" for name in opened.files if name in TAG_FILES or name.startswith("seal/")}
        try:
            read_earlier(files)
            results, pdf = (_covered(opened, files, name) for name in (RESULTS, PDF))
        except ManifestError as error:
            raise ConfigError(Problem(f"not a sealed package: {error}", package)) from error
    return _old(path, results, pdf, hashlib.sha256(files[TAG_MANIFEST]).hexdigest(), Path(RESULTS))


def _covered(opened: Opened, files: dict[str, bytes], name: str) -> bytes:
    """A file of the payload as the manifest under the seal has it."""
    content = opened.read(name)
    if content is None:
        raise ManifestError(f"missing: {name}")
    if hashlib.sha256(content).hexdigest() != parse_manifest(files[manifest_name("sha256")]).get(name):
        raise ManifestError(f"{name} was changed")
    return content


def _old(path: Path, results: bytes, pdf: bytes, seal: str, file: Path) -> OldReport:
    parsed = RESULTS_SHAPE.parse(results, file)
    return OldReport(path, parsed, hashlib.sha256(results).hexdigest(), hashlib.sha256(pdf).hexdigest(), seal)
