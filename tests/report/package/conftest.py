"""A sealed package of a small report, keys made for the test, and what an attacker can do to a package."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import x509

from harness.case.run.runfolder import canonical_json
from harness.report.compiler import compile_report, write_report
from harness.report.package.collect import Collected, collect
from harness.report.package.container.bag import TAG_MANIFEST, manifest_bytes, tag_files
from harness.report.package.container.files import digests_of, digests_of_bytes
from harness.report.package.container.layout import PDF
from harness.report.package.outcome import Status, Verification
from harness.report.package.seal import bag_info, seal, write_bag
from harness.report.package.signing.keys import SealKeys, certificates_in
from harness.report.package.signing.pdf_signing import sign_report
from harness.report.package.signing.trial_keys import TrialAuthority, trial_keys
from harness.report.package.verify import verify

CASES = ("GBT-VP.101", "GBT-VP.104", "GBT-VP.303")

MakeRun = Callable[..., Path]


@dataclass(frozen=True)
class Workshop:
    """Everything that the tests of a package share: one report, one set of keys, one sealed package."""

    collected: Collected
    keys: SealKeys
    roots: Sequence[x509.Certificate]
    authority: TrialAuthority
    bag: Path
    zip: Path
    asice: Path
    other: Collected
    """Another report, of another run."""

    def copy(self, tmp_path: Path) -> Path:
        """A copy of the sealed bag, to be tampered with."""
        return Path(shutil.copytree(self.bag, tmp_path / self.bag.name, symlinks=True))

    def verify(self, package: Path, **options: Any) -> Verification:
        """As a reader does who trusts the root of the test."""
        return verify(package, self.roots, **options)

    def sealed(self, tmp_path: Path, changes: Mapping[str, bytes | None], *, keys: SealKeys | None = None, **info: str) -> Path:
        """A package that was tampered with *before* it was sealed: a valid seal over a changed payload.

        ``None`` drops a file. The PDF is signed as it is given here.
        """
        keys = keys or self.keys
        payload: dict[str, Any] = {**self.collected.payload, **changes}
        payload = {path: content for path, content in payload.items() if content is not None}
        pdf = payload[PDF] if isinstance(payload[PDF], bytes) else payload[PDF].read_bytes()
        payload[PDF] = sign_report(pdf, keys.roles, keys.authority)
        results = self.collected.results
        folder = tmp_path / results["report"]["number"]
        # Not the instant at which the tests began: a time stamp may be off by minutes only, and a session takes longer.
        now = datetime.now(UTC).replace(microsecond=0)
        write_bag(folder, payload, {**bag_info(results, keys, now), **info}, results, keys, now)
        return folder


@pytest.fixture(scope="session")
def report_folder(tmp_path_factory: pytest.TempPathFactory, make_run: MakeRun, standards: Any) -> Callable[..., Path]:
    """``report_folder(name, ids, **plan)`` makes a run with its report in it and gives the folder of the report."""

    def build(name: str, ids: Sequence[str] = CASES, **plan: Any) -> Path:
        run = make_run(tmp_path_factory.mktemp("package") / name, ids=ids, plan=plan)
        write_report(compile_report([run], standards=standards), run / "report")
        return run / "report"

    return build


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory, report_folder: Callable[..., Path]) -> Workshop:
    folder = report_folder("run")
    (folder / "equipment").mkdir()
    (folder / "equipment" / "校准证书 café.txt").write_text("EQ-1", encoding="utf-8")
    authority = TrialAuthority.create(datetime.now(UTC).replace(microsecond=0))
    keys = trial_keys(authority)
    collected = collect(folder)
    sealed = seal(collected, keys, tmp_path_factory.mktemp("sealed"), containers=("zip", "asice"), check=False)
    other = collect(report_folder("other", ("GBT-VP.101", "GBT-VP.104"), seed=2))
    bag, as_zip, as_asice = sealed.paths
    return Workshop(collected, keys, certificates_in(authority.root_pem()), authority, bag, as_zip, as_asice, other)


@pytest.fixture(scope="session")
def rebag() -> Callable[[Path], None]:
    """Writes manifests and tag manifest of a bag anew, as somebody can who has no key."""

    def write(bag: Path) -> None:
        payload = {path.relative_to(bag).as_posix(): digests_of(path) for path in sorted((bag / "data").rglob("*")) if path.is_file()}
        lines = (line.split(": ", 1) for line in (bag / "bag-info.txt").read_text("utf-8").splitlines())
        info = {label: value for label, value in lines if label != "Payload-Oxum"}
        tags = tag_files(payload, info)
        tags[TAG_MANIFEST] = manifest_bytes({name: digests_of_bytes(content).sha256 for name, content in tags.items()})
        for name, content in tags.items():
            (bag / name).write_bytes(content)

    return write


def failed(outcome: Verification) -> set[str]:
    """Ids of the steps that failed."""
    return {step.id for step in outcome.steps if step.status is Status.FAIL}


def failed_keys(outcome: Verification, step_id: str) -> set[str]:
    """Keys of the remarks that failed a step."""
    return {remark.key for remark in outcome.step(step_id).remarks if remark.status is Status.FAIL}


@pytest.fixture(scope="session", name="failed")
def _failed() -> Callable[[Verification], set[str]]:
    return failed


@pytest.fixture(scope="session", name="failed_keys")
def _failed_keys() -> Callable[[Verification, str], set[str]]:
    return failed_keys


@pytest.fixture(scope="session")
def edited() -> Callable[[Any, str, Callable[[Any], None]], bytes]:
    """``edited(collected, path, change)``: a JSON file of the payload after *change* was applied to it."""

    def edit(collected: Collected, path: str, change: Callable[[Any], None]) -> bytes:
        source = collected.payload[path]
        document = json.loads(source if isinstance(source, bytes) else source.read_bytes())
        change(document)
        return canonical_json(document)

    return edit


@pytest.fixture(scope="session")
def rechain() -> Callable[[list[dict[str, Any]]], bytes]:
    """A journal whose chain of hashes was computed anew, as somebody can who has no key."""

    def chain(lines: list[dict[str, Any]]) -> bytes:
        link, content = "0" * 64, b""
        for sequence, line in enumerate(lines):
            raw = canonical_json({**line, "seq": sequence, "prev": link})
            link = hashlib.sha256(raw.rstrip(b"\n")).hexdigest()
            content += raw
        return content

    return chain
