"""V4 and V5: who sealed the package, and when."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from asn1crypto import x509

from harness.case.documents import ResultsDoc
from harness.report.package.container.bag import Digests
from harness.report.package.container.layout import ATTESTATION, CHAIN, SEAL_FILES, SIGNATURE, STAMP
from harness.report.package.container.opening import Opened
from harness.report.package.outcome import Status, Step
from harness.report.package.signing.attestation import EnvelopeError, open_envelope, statement, statement_faults
from harness.report.package.signing.keys import certificates_in
from harness.report.package.signing.trust import Signed, Stamped, Trust, Unreadable, check_certificate, check_cms, check_stamp, subject_of
from harness.report.package.wording import say

__all__ = ["CLOCK_TOLERANCE", "check_attestation", "check_seal_files", "check_signature", "check_time", "instant", "read_stamp", "trust_of"]

CLOCK_TOLERANCE = timedelta(minutes=10)
"""By how much the clock of the sealing may be off the time stamp."""


def trust_of(opened: Opened, roots: Sequence[x509.Certificate] | None) -> Trust:
    """What signatures are judged with: the reader's *roots*, or those of the package, which prove nothing of its origin."""
    others: list[x509.Certificate] = []
    crls: list[bytes] = []
    for path in opened.files:
        if path.startswith(f"{CHAIN}/") and (content := opened.read(path)) is not None:
            if path.endswith(".crl"):
                crls.append(content)
                continue
            try:
                others += certificates_in(content)
            except ValueError:
                continue
    if roots is not None:
        return Trust(roots, True, others, crls)
    return Trust([each for each in others if each.self_signed in ("yes", "maybe") and each.ca], False, others, crls)


def read_stamp(opened: Opened, signed: bytes, trust: Trust) -> Stamped | Unreadable | None:
    """The time stamp of the package, ``None`` if it has none."""
    reply = opened.read(STAMP)
    if reply is None:
        return None
    try:
        return check_stamp(reply, signed, trust)
    except Unreadable as error:
        return error


def check_seal_files(opened: Opened, info: Mapping[str, str], step: Step) -> None:
    """V4: what the package was sealed with is there still; time stamp and attestation can be dropped without a broken hash."""
    for path in filter(None, info.get(SEAL_FILES, "").split(",")):
        if path != SIGNATURE and opened.read(path) is None:
            step.fail("v4.dropped", file=path)


def check_signature(opened: Opened, signed: bytes, trust: Trust, moment: datetime | None, step: Step) -> Signed | None:
    """The CMS signatures of V4: of the tag manifest, and of the manifest of an ASiC-E container."""
    found = None
    signature = opened.read(SIGNATURE)
    if signature is None:
        step.fail("v4.missing", file=SIGNATURE)
    else:
        found = _check_cms(signature, signed, "v4.package", trust, moment, step)
    if opened.signed_manifest:
        _check_cms(opened.manifest_signature, opened.signed_manifest, "v4.container", trust, moment, step)
    return found


def check_attestation(
    opened: Opened, results: ResultsDoc | None, payload: Mapping[str, Digests], trust: Trust, moment: datetime | None, step: Step
) -> list[str]:
    """The DSSE part of V4; gives the subjects that say TEST ONLY."""
    content = opened.read(ATTESTATION)
    if content is None:
        return []
    what = say("v4.attestation")
    certificates = {hashlib.sha256(each.public_key.dump()).hexdigest(): each for each in trust.others}
    try:
        stated, key_id = open_envelope(content, {name: each.public_key.dump() for name, each in certificates.items()})
    except EnvelopeError as error:
        step.fail("v4.unreadable", what=what, detail=str(error))
        return []
    signer = certificates[key_id]
    if problem := check_certificate(signer, trust, moment):
        step.fail("v4.untrusted", what=what, subject=subject_of(signer), detail=problem)
    elif trust.pinned:
        step.add(Status.OK, "v4.ok", what=what, subject=subject_of(signer))
    if results is None:
        step.fail("v4.statement", detail="results.json")
        return []
    expected = statement(results, {path: each.sha256 for path, each in payload.items()})
    if faults := statement_faults(stated, expected):
        step.fail("v4.statement", detail=", ".join(faults))
    return []


def check_time(stamp: Stamped | Unreadable | None, info: Mapping[str, str], results: ResultsDoc | None, trust: Trust, step: Step) -> None:
    """V5."""
    last, issued = _last_test(results), instant(info.get("Issued-At", ""))
    if issued is not None and last is not None and issued < last:
        step.fail("v5.issued_early", issued=issued.isoformat(), last=last.isoformat())
    if stamp is None:
        step.add(Status.NOTE, "v5.none")
        return
    if isinstance(stamp, Unreadable):
        step.fail("v5.unreadable", detail=str(stamp))
        return
    time = stamp.at.isoformat()
    if not stamp.imprint:
        step.fail("v5.imprint")
    if not stamp.trusted:
        step.fail("v5.untrusted", subject=stamp.subject, detail=stamp.problem or "signature")
    if last is not None and stamp.at < last - CLOCK_TOLERANCE:
        step.fail("v5.before_test", time=time, last=last.isoformat())
    sealed = instant(info.get("Sealed-At", ""))
    if sealed is None or abs(stamp.at - sealed) > CLOCK_TOLERANCE:
        step.fail("v5.clock", sealed=info.get("Sealed-At", "-"), time=time)
    if issued is not None and issued > stamp.at + CLOCK_TOLERANCE:
        step.fail("v5.issued", issued=issued.isoformat(), time=time)
    elif issued is not None and stamp.at - issued > timedelta(days=1):
        step.add(Status.NOTE, "v5.later", issued=issued.date().isoformat(), time=stamp.at.date().isoformat())
    if not trust.pinned and step.status is not Status.FAIL:
        step.add(Status.UNPROVEN, "v4.unproven", what=say("step.V5"), subject=stamp.subject, fingerprint="-")
    step.end("v5.ok", time=time, subject=stamp.subject)


def instant(text: str) -> datetime | None:
    """A time of RFC 3339 with offset, ``None`` for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _check_cms(signature: bytes, content: bytes, key: str, trust: Trust, moment: datetime | None, step: Step) -> Signed | None:
    what = say(key)
    try:
        found = check_cms(signature, content, trust, moment)
    except Unreadable as error:
        step.fail("v4.unreadable", what=what, detail=str(error))
        return None
    if not found.intact:
        step.fail("v4.broken", what=what)
    elif not found.trusted:
        step.fail("v4.untrusted", what=what, subject=found.subject, detail=found.problem or "no path")
    elif not trust.pinned:
        step.add(Status.UNPROVEN, "v4.unproven", what=what, subject=found.subject, fingerprint=found.root)
    else:
        step.add(Status.OK, "v4.ok", what=what, subject=found.subject)
    return found


def _last_test(results: ResultsDoc | None) -> datetime | None:
    if results is None:
        return None
    ends = [instant(attempt["ended_at"]) for row in results["results"] for attempt in row["attempts"] if attempt["ended_at"]]
    return max((end for end in ends if end is not None), default=None)
