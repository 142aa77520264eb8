"""Verification of a package, offline: the steps V1 to V13 in their order."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from asn1crypto import x509

from harness.case.documents import PlanDoc, ResultsDoc
from harness.case.run.runfolder import RunFolder
from harness.core import ConfigError, Problem
from harness.report.collector import collector_paused
from harness.report.package.checks.amendments import check_amendments
from harness.report.package.checks.bag import check_bag, check_manifest_paths, check_tag_manifest, read_info
from harness.report.package.checks.exports import check_exports, check_page
from harness.report.package.checks.pdf import check_attachment, check_print, check_signatures
from harness.report.package.checks.records import check_runs
from harness.report.package.checks.results import check_photos, check_results, read_results, rejudge_rows
from harness.report.package.checks.rules import check_calibration, check_claims
from harness.report.package.checks.seal import check_attestation, check_seal_files, check_signature, check_time, read_stamp, trust_of
from harness.report.package.container.bag import Digests
from harness.report.package.container.layout import PDF, RESULTS, SIGNATURE
from harness.report.package.container.opening import Opened, open_package
from harness.report.package.outcome import STEPS, Step, Verification
from harness.report.package.run_view import run_folders, run_names
from harness.report.package.signing.keys import ROLES, TEST_MARK, certificates_in
from harness.report.package.signing.trust import Stamped, Trust, signing_time, subject_of

__all__ = ["read_roots", "verify"]


def verify(
    package: Path,
    roots: Sequence[x509.Certificate] | None = None,
    *,
    roles: Sequence[str] | None = None,
    recompute: bool = False,
) -> Verification:
    """Check *package*, a folder, a ZIP or an ASiC-E container.

    *roots* are those that the reader trusts; without them a package can be found intact but not proven. *roles* are
    the signatures that report.pdf has to carry, by default those that the sealed bag-info.txt names.

    Raises:
        ConfigError: there is nothing at *package*.
    """
    if not package.exists():
        raise ConfigError(Problem("no such package", package))
    steps = {name: Step(name) for name in STEPS}
    outcome = Verification(str(package), list(steps.values()))
    with collector_paused(), open_package(package, steps["V1"]) as opened:
        if opened.root is not None:
            _Checking(opened, steps, outcome).run(roots, roles, recompute)
    return outcome


def read_roots(files: Sequence[Path]) -> list[x509.Certificate]:
    """The certificates in *files* (PEM or DER).

    Raises:
        ConfigError: one cannot be read, or holds no certificate.
    """
    found: list[x509.Certificate] = []
    for file in files:
        try:
            certificates = certificates_in(file.read_bytes())
        except OSError as error:
            raise ConfigError(Problem(f"cannot be read: {error.strerror}", file)) from error
        except (ValueError, TypeError) as error:
            raise ConfigError(Problem(f"not a certificate: {error}", file)) from error
        if not certificates:
            raise ConfigError(Problem("holds no certificate", file))
        found += certificates
    return found


class _Checking:
    """One verification under way."""

    def __init__(self, opened: Opened, steps: Mapping[str, Step], outcome: Verification) -> None:
        self._opened = opened
        self._steps = steps
        self._outcome = outcome
        self._info: Mapping[str, str] = {}
        self._payload: dict[str, Digests] = {}

    def run(self, roots: Sequence[x509.Certificate] | None, roles: Sequence[str] | None, recompute: bool) -> None:
        """All steps; one that finds nothing to look at fails itself."""
        opened, steps, outcome = self._opened, self._steps, self._outcome
        self._info = read_info(opened)
        check_manifest_paths(opened, steps["V1"])
        steps["V1"].end("v1.ok", form=opened.form, files=len(opened.files))
        self._payload = check_bag(opened, self._info, steps["V2"])
        signed = check_tag_manifest(opened, steps["V3"])
        outcome.number = self._info.get("External-Identifier", "")
        outcome.root = hashlib.sha256(signed).hexdigest() if signed else ""
        results = read_results(opened.read(RESULTS), steps["V8"])
        trust = trust_of(opened, roots)
        moment = self._check_seal(signed, results, trust)
        self._check_pdf(results, self._roles(roles), trust, moment)
        if results is not None:
            self._check_content(results, trust, moment, recompute)
        check_claims(opened, results, steps["V12"])
        marked = {subject_of(each) for each in trust.others if TEST_MARK in each.subject.human_friendly}
        outcome.test_certificates = sorted(marked | set(outcome.test_certificates))

    def _check_seal(self, signed: bytes, results: ResultsDoc | None, trust: Trust) -> datetime | None:
        """V4 and V5; gives the time at which certificates are judged."""
        stamp = read_stamp(self._opened, signed, trust)
        proven = isinstance(stamp, Stamped) and stamp.imprint and stamp.trusted
        moment = stamp.at if isinstance(stamp, Stamped) and proven else signing_time(self._opened.read(SIGNATURE) or b"")
        found = check_signature(self._opened, signed, trust, moment, self._steps["V4"])
        check_seal_files(self._opened, self._info, self._steps["V4"])
        check_attestation(self._opened, results, self._payload, trust, moment, self._steps["V4"])
        check_time(stamp, self._info, results, trust, self._steps["V5"])
        for each in (found, stamp if isinstance(stamp, Stamped) else None):
            self._outcome.test_certificates += list(each.test) if each is not None else []
        return moment

    def _check_pdf(self, results: ResultsDoc | None, roles: Sequence[str], trust: Trust, moment: datetime | None) -> None:
        pdf, steps = self._opened.read(PDF), self._steps
        if pdf is None:
            for name in ("V6", "V7", "V9"):
                steps[name].fail("v6.unreadable", detail=PDF)
            return
        self._outcome.test_certificates += check_signatures(
            pdf, roles, trust, moment, steps["V6"], results.get("people") if results else None
        )
        content = self._opened.read(RESULTS) or b""
        check_attachment(pdf, content, self._info.get("External-Identifier", ""), steps["V7"])
        if results is not None:
            check_page(self._opened, results, steps["V9"])
            check_exports(self._opened, results, steps["V9"])
            check_print(pdf, results, hashlib.sha256(content).hexdigest(), steps["V9"])

    def _check_content(self, results: ResultsDoc, trust: Trust, moment: datetime | None, recompute: bool) -> None:
        opened, steps = self._opened, self._steps
        check_photos(results, self._payload, steps["V8"])
        stated = [run.get("name", "") for run in results.get("merged_runs", [])]
        names = stated if sorted(stated) == sorted(run_names(opened)) else run_names(opened)
        with run_folders(opened, names) as runs:
            check_results(results, self._info.get("External-Identifier", ""), runs, steps["V8"])
            if recompute:
                self._outcome.rows = rejudge_rows(results, steps["V8"])
            check_runs(opened, runs, steps["V10"])
            check_calibration(results, _plans(runs), self._payload, steps["V11"])
        check_amendments(opened, results, self._info.get("External-Identifier", ""), trust, moment, steps["V13"])

    def _roles(self, roles: Sequence[str] | None) -> list[str]:
        if roles is not None:
            return list(roles)
        stated = [role for role in self._info.get("Signature-Roles", "").split(",") if role]
        return stated or list(ROLES)


def _plans(runs: Mapping[str, Path]) -> list[PlanDoc]:
    found = []
    for path in runs.values():
        try:
            found.append(RunFolder.open(path).read_plan())
        except ConfigError:
            continue  # V10 says why
    return found
