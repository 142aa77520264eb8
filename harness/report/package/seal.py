"""Sealing: from a collected payload to a signed package on disk, all of it or nothing.

The package grows under a temporary name and is renamed when it is complete and on disk. A number is sealed once: the
report folder keeps a note of it (``sealed.json``), the register of the laboratory another.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asn1crypto import pem, x509
from pyhanko.sign.signers import SimpleSigner
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes

from harness import __version__
from harness.case.documents import AmendmentDoc, ResultsDoc
from harness.case.run.runfolder import canonical_json
from harness.core import ConfigError, Problem
from harness.report.clauses import Kept, check_clauses, clause_problems, finished
from harness.report.exports import CrateFile, crate_bytes
from harness.report.package.amendment import earlier_seals, supersedes_of
from harness.report.package.checks.amendments import walk_back
from harness.report.package.collect import Collected
from harness.report.package.container.bag import TAG_MANIFEST, Digests, manifest_bytes, tag_files
from harness.report.package.container.files import digests_of_bytes, remove_tree, sync_folder, write_file
from harness.report.package.container.layout import (
    AMENDMENT,
    ATTESTATION,
    CHAIN,
    CLAUSES,
    CRATE,
    EARLIER,
    PDF,
    REPORT_FILES,
    SEAL_FILES,
    SIGNATURE,
    STAMP,
)
from harness.report.package.container.one_file import ASIC_MANIFEST, ASIC_SIGNATURE, MIMETYPE, asic_manifest, write_container
from harness.report.package.letter import letter_pdf
from harness.report.package.outcome import Status
from harness.report.package.register import earlier_seals_of, refuse_second, remember
from harness.report.package.signing.attestation import envelope_bytes, statement
from harness.report.package.signing.authority import stamp
from harness.report.package.signing.keys import TEST_MARK, SealKeys
from harness.report.package.signing.pdf_signing import sign_report, signers_in
from harness.report.package.signing.trust import Trust, subject_of
from harness.report.package.verify import verify
from harness.report.package.wording import say
from harness.report.selfcheck import SelfcheckDoc

__all__ = ["CONTAINERS", "Sealed", "bag_info", "seal", "write_bag"]

CONTAINERS = ("zip", "asice")
_SHOWN = 10
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A finished package."""

    number: str
    paths: Sequence[Path]
    """The bag, then its one-file forms."""
    root: str
    """SHA-256 of the tag manifest: the seal value."""
    letter: Path
    """The cover letter, which carries that value outside of the package."""


def seal(
    collected: Collected,
    keys: SealKeys,
    out: Path,
    *,
    containers: Sequence[str] = (),
    earlier: Path | None = None,
    clock: Clock | None = None,
    check: bool = True,
) -> Sealed:
    """Seal *collected* into ``out/NUMBER`` and, for each of *containers*, ``out/NUMBER.zip`` or ``.asice``.

    The cover letter is ``out/NUMBER.letter.pdf``.

    *earlier* is the package of the report that this one replaces. With *check* the package is verified before it gets
    its name, so that nothing is sealed that no reader would accept.

    Raises:
        ConfigError: the number was sealed before, something cannot be signed or written, or the package does not verify;
            nothing is left behind.
    """
    now = clock() if clock is not None else datetime.now(UTC)
    number = collected.results["report"]["number"]
    if not _NUMBER.fullmatch(number):
        raise ConfigError(Problem(f"report number '{number}' cannot name a file; use letters, digits, '.', '-' and '_'", collected.folder))
    targets = [out / number, *(out / f"{number}.{kind}" for kind in containers), out / f"{number}.letter.pdf"]
    refuse_second(number, collected.folder, out, keys.register)
    payload = dict(collected.payload)
    payload.update(earlier_seals(collected.results, earlier, collected.folder))
    pdf = sign_report(_content(payload[PDF]), keys.roles, keys.authority)
    payload[PDF], payload[REPORT_FILES[CLAUSES]] = pdf, _clauses(pdf, collected, _kept(collected, payload, keys, out, now), check=check)
    partial = [out / f".{target.name}.{os.getpid()}.partial" for target in targets]
    done: list[Path] = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        root = write_bag(partial[0], payload, bag_info(collected.results, keys, now), collected.results, keys, now)
        if check:
            _check(partial[0], keys)
        for kind, path in zip(containers, partial[1:-1], strict=True):
            _write_container(kind, path, partial[0], number, keys.package, now)
        write_file(partial[-1], _letter(collected.results, root, now, keys))
        for temporary, target in zip(partial, targets, strict=True):
            _rename(temporary, target)
            done.append(target)
        sync_folder(out)
        remember(number, root, now, collected.folder, keys.register)
    except OSError as error:
        _undo([*partial, *done])
        raise ConfigError(_unwritten(error, out)) from error
    except BaseException:
        _undo([*partial, *done])
        raise
    return Sealed(number, targets[:-1], root, targets[-1])


def _kept(collected: Collected, payload: Mapping[str, bytes | Path], keys: SealKeys, out: Path, now: datetime) -> Kept | None:
    """What is known of the records once the report is signed: the chain of what it replaces, and that it was not sealed before."""
    if collected.kept is None:
        return None
    number, replaced, faults = collected.results["report"]["number"], supersedes_of(collected.results), list[str]()
    if replaced is not None:
        chain = {path: _content(source) for path, source in payload.items() if path.startswith(f"{EARLIER}/")}
        trust = Trust(_roots(keys), pinned=True, others=keys.certificates(), crls=keys.crls)
        faults = [say(key, **values)["en"] for key, values in walk_back(chain, number, replaced, trust, now).faults]
    seals = [str(problem) for problem in earlier_seals_of(number, collected.folder, out, keys.register)]
    return replace(collected.kept, original=faults, sealed_before=seals)


def _roots(keys: SealKeys) -> list[x509.Certificate]:
    """The roots among the certificates that a package is sealed with."""
    return [each for each in keys.certificates() if each.self_signed in ("yes", "maybe") and each.ca]


def _clauses(pdf: bytes, collected: Collected, kept: Kept | None, *, check: bool) -> bytes:
    """What became of every demand on the report now that it is signed.

    Raises:
        ConfigError: with *check*, one is missed.
    """
    known: SelfcheckDoc | None = _document(collected, "selfcheck.json")
    amendment: AmendmentDoc | None = _document(collected, AMENDMENT)
    report = finished(pdf, collected.results, known, amendment["changes"] if amendment is not None else (), kept)
    document = check_clauses(replace(report, signers=signers_in(pdf)))
    if check and (problems := clause_problems(document, collected.folder)):
        raise ConfigError([Problem(f"nothing was sealed: {each.text}", each.file) for each in problems[:_SHOWN]])
    return canonical_json(document)


def _document(collected: Collected, name: str) -> Any:
    source = collected.payload.get(REPORT_FILES[name])
    return None if source is None else json.loads(_content(source))


def bag_info(results: ResultsDoc, keys: SealKeys, now: datetime) -> dict[str, str]:
    """Fields of bag-info.txt. What a verifier needs before it reads the results stands here, under the seal."""
    report = results["report"]
    info = {
        "Bag-Software-Agent": f"precert {__version__}",
        "Bagging-Date": report["issued_at"][:10],
        "External-Identifier": report["number"],
        "Issued-At": report["issued_at"],
        "Sealed-At": now.isoformat(timespec="seconds"),
        "Signature-Roles": ",".join(keys.roles),
        SEAL_FILES: ",".join(_seal_files(keys)),
    }
    if name := str(results.get("issuer", {}).get("name") or ""):
        info["Source-Organization"] = name
    if (replaced := supersedes_of(results)) is not None:
        info["Supersedes"] = f"{replaced.number} {replaced.sha256}"
    return info


def _seal_files(keys: SealKeys) -> list[str]:
    """The files that make the seal. No manifest can list them, so their names stand in bag-info.txt: none goes unnoticed."""
    held = {SIGNATURE: True, STAMP: keys.authority is not None, ATTESTATION: keys.attestor is not None}
    return [*(path for path, is_there in held.items() if is_there), *(_crl_path(crl) for crl in keys.crls)]


def _crl_path(crl: bytes) -> str:
    return f"{CHAIN}/{hashlib.sha256(crl).hexdigest()[:16]}.crl"


def write_bag(
    folder: Path, payload: Mapping[str, bytes | Path], info: Mapping[str, str], results: ResultsDoc, keys: SealKeys, now: datetime
) -> str:
    """Write bag and seal into the new *folder*; returns the seal value.

    Raises:
        ConfigError: the time stamp authority did not answer.
        OSError: the disk does not take it.
    """
    folder.mkdir()
    digests: dict[str, Digests] = {}
    for path in sorted(payload):
        digests[path] = write_file(folder / path, payload[path])
    parts = [CrateFile(path.removeprefix("data/"), each.size, each.sha256) for path, each in digests.items()]
    digests[CRATE] = write_file(folder / CRATE, crate_bytes(results, parts))
    tags = tag_files(digests, info)
    tag_digests = {name: digests_of_bytes(content).sha256 for name, content in tags.items()}
    tags[TAG_MANIFEST] = manifest_bytes(tag_digests)
    signed = tags[TAG_MANIFEST]
    seals = {SIGNATURE: sign_detached(signed, keys.package, now)}
    if keys.authority is not None:
        seals[STAMP] = stamp(hashlib.sha256(signed).digest(), keys.authority)
    if keys.attestor is not None:
        document = statement(results, {path: each.sha256 for path, each in digests.items()})
        seals[ATTESTATION] = envelope_bytes(document, keys.attestor)
    for certificate in keys.certificates():
        seals[f"{CHAIN}/{certificate.sha256.hex()[:16]}.pem"] = pem.armor("CERTIFICATE", certificate.dump())
    for crl in keys.crls:
        seals[_crl_path(crl)] = crl
    for path, content in {**tags, **seals}.items():
        write_file(folder / path, content)
    for place in (folder, folder / CHAIN, folder / "seal"):
        sync_folder(place)
    return hashlib.sha256(signed).hexdigest()


def _letter(results: ResultsDoc, root: str, now: datetime, keys: SealKeys) -> bytes:
    signers = {role: subject_of(signer.signing_cert) for role, signer in keys.roles.items() if signer.signing_cert is not None}
    test = any(TEST_MARK in each.subject.human_friendly for each in keys.certificates())
    return letter_pdf(results, root, now, signers, test=test)


def sign_detached(content: bytes, signer: SimpleSigner, now: datetime) -> bytes:
    """A detached CMS signature (DER) with the attributes of CAdES."""
    attributes = PdfCMSSignedAttributes(signing_time=now)
    signing = signer.async_sign_general_data(content, "sha256", detached=True, use_cades=True, signed_attr_settings=attributes)
    signed = asyncio.run(signing)
    der: bytes = signed.dump()
    return der


def _write_container(kind: str, target: Path, bag: Path, number: str, signer: SimpleSigner, now: datetime) -> None:
    extra: dict[str, bytes] = {}
    if kind == "asice":
        manifest = asic_manifest(bag, number)
        extra = {"mimetype": MIMETYPE, ASIC_MANIFEST: manifest, ASIC_SIGNATURE: sign_detached(manifest, signer, now)}
    write_container(target, bag, number, extra)
    descriptor = os.open(target, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _rename(temporary: Path, target: Path) -> None:
    """Give *temporary* its name; what is there already stays.

    Raises:
        OSError: *target* exists.
    """
    if temporary.is_dir():
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
        temporary.rename(target)
    else:
        os.link(temporary, target)
        temporary.unlink()


def _check(bag: Path, keys: SealKeys) -> None:
    roots = _roots(keys)
    if not roots:
        raise ConfigError(Problem("the key file names no root certificate; add it to [certificates] chain"))
    outcome = verify(bag, roots)
    failed = [(step.id, remark) for step in outcome.steps for remark in step.remarks if remark.status is Status.FAIL]
    if failed:
        raise ConfigError([Problem(f"nothing was sealed: {step} {remark.text['en']}") for step, remark in failed[:_SHOWN]])


def _content(source: bytes | Path) -> bytes:
    return source if isinstance(source, bytes) else source.read_bytes()


def _undo(paths: Sequence[Path]) -> None:
    for path in paths:
        remove_tree(path)


def _unwritten(error: OSError, out: Path) -> Problem:
    if error.errno == errno.EEXIST:
        return Problem("exists already; a package is never overwritten", error.filename or out)
    what = "the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else str(error.strerror or error)
    return Problem(f"nothing was sealed: {what}", out)
