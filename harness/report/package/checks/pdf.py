"""V6, V7 and V9: the signatures of report.pdf, the results attached to it, and the numbers that it prints."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import cast

from pyhanko.pdf_utils.generic import DictionaryObject
from pyhanko.pdf_utils.misc import PdfError as HankoError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.errors import ValidationInfoReadingError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature, read_certification_data
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel

from harness.case.documents import PeopleDoc, PersonDoc, ResultsDoc
from harness.case.run.laboratory import same_name
from harness.report.clauses import Finished
from harness.report.clauses.results import counts_printed, number_misses
from harness.report.package.outcome import Status, Step
from harness.report.package.signing.keys import ROLES
from harness.report.package.signing.trust import Trust, describe, person_of, subject_of
from harness.report.package.wording import say
from harness.report.pdf_text import PdfError, document_info, page_texts

__all__ = ["attached", "check_attachment", "check_print", "check_signatures"]

_USAGE = KeyUsageConstraints(key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False)
_BROKEN = (
    HankoError,
    SigningError,
    ValidationInfoReadingError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    RecursionError,
)
"""What the library raises for bytes that are no PDF, or one that was tampered with."""
_HARMLESS = (ModificationLevel.NONE, ModificationLevel.LTA_UPDATES, ModificationLevel.FORM_FILLING)


def check_signatures(
    pdf: bytes, roles: Sequence[str], trust: Trust, moment: datetime | None, step: Step, people: PeopleDoc | None = None
) -> list[str]:
    """V6. Gives the subjects that say TEST ONLY. *people* are those whom the report names, if it names any."""
    tests: list[str] = []
    try:
        reader = PdfFileReader(io.BytesIO(pdf))
        signatures = list(reader.embedded_regular_signatures)
        _check_roles([str(each.field_name) for each in signatures], roles, step)
        if not signatures:
            return []
        _check_certification(reader, len(roles), step)
        for position, signature in enumerate(signatures):
            tests += _check_one(signature, trust, moment, step)
            if people is not None:
                _check_name(signature, people, step)
            if position == 0:
                _check_changes(signature, len(signatures) == 1, trust, moment, step)
        _check_coverage(reader, pdf, trust, moment, step)
    except _BROKEN as error:
        step.fail("v6.unreadable", detail=str(error) or type(error).__name__)
    return tests


def check_attachment(pdf: bytes, results: bytes, number: str, step: Step) -> None:
    """V7."""
    try:
        found = attached(pdf, "results.json")
    except _BROKEN as error:
        step.fail("v6.unreadable", detail=str(error) or type(error).__name__)
        return
    if not found:
        step.fail("v7.missing")
    elif len(found) > 1:
        step.fail("v7.several", number=len(found))
    elif found[0] != results:
        step.fail("v7.differs")
    try:
        title = document_info(pdf).get("Title", "")
    except PdfError as error:
        step.fail("v6.unreadable", detail=str(error))
        return
    if number not in title.split():
        step.fail("v7.number", title=title, number=number)
    step.end("v7.ok")


def check_print(pdf: bytes, results: ResultsDoc, sha256: str, step: Step) -> None:
    """V9."""
    try:
        pages = page_texts(pdf)
    except PdfError as error:
        step.fail("v6.unreadable", detail=str(error))
        return
    number = results["report"]["number"]
    if without := [str(position) for position, page in enumerate(pages, 1) if number not in page]:
        step.fail("v9.pages", pages=", ".join(without[:10]))
    report = Finished(pages, {}, results, sha256, None)
    if sha256[:16] not in report.whole:
        step.fail("v9.hash")
    if any(counts_printed(report)):
        step.fail("v9.counts")
    for photo in results.get("photos", []):
        if photo["sha256"] not in report.whole:
            step.fail("v9.photo", file=photo["file"])
    for row in results["results"]:
        for miss in number_misses(report, row):
            step.fail("v9.row", id=row["id"], what=miss.removeprefix(f"{row['id']}: "))
    step.end("v9.ok", rows=len(results["results"]))


def attached(pdf: bytes, name: str) -> list[bytes]:
    """The contents of all files of this name that are attached to *pdf*.

    Raises:
        Exception: one of many kinds if *pdf* is none.
    """
    root = PdfFileReader(io.BytesIO(pdf)).root
    if "/Names" not in root or "/EmbeddedFiles" not in root["/Names"]:
        return []
    return [spec["/EF"]["/F"].data for key, spec in _names(root["/Names"]["/EmbeddedFiles"], 0) if key == name]


def _names(node: DictionaryObject, depth: int) -> Iterator[tuple[str, DictionaryObject]]:
    if depth > 32:
        raise ValueError("the names of the attachments are nested too deeply")
    if "/Names" in node:
        pairs = node["/Names"]
        for position in range(0, len(pairs) - 1, 2):
            yield str(pairs[position]), pairs[position + 1]
    if "/Kids" in node:
        kids = node["/Kids"]
        for position in range(len(kids)):
            yield from _names(kids[position], depth + 1)


def _check_roles(found: Sequence[str], expected: Sequence[str], step: Step) -> None:
    if not found:
        step.fail("v6.none")
    for role in expected:
        if role not in found:
            step.fail("v6.missing", role=_role(role))
    for role in found:
        if role not in expected:
            step.fail("v6.extra", role=role)
    if sorted(found) == sorted(expected) and list(found) != list(expected):
        step.fail("v6.order", found=", ".join(found), expected=", ".join(expected))


def _check_certification(reader: PdfFileReader, count: int, step: Step) -> None:
    certification = read_certification_data(reader)
    allowed = MDPPerm.FILL_FORMS if count > 1 else MDPPerm.NO_CHANGES
    if certification is None or certification.permission not in (allowed, MDPPerm.NO_CHANGES):
        step.fail("v6.certification", found=certification.permission.name if certification else "-")


def _check_one(signature: EmbeddedPdfSignature, trust: Trust, moment: datetime | None, step: Step) -> list[str]:
    role = _role(str(signature.field_name))
    status = validate_pdf_signature(signature, trust.context(moment), trust.context(moment), key_usage_settings=_USAGE, skip_diff=True)
    found = describe(status, status.signer_reported_dt, trust, moment)
    if not found.intact:
        step.fail("v6.broken", role=role)
        return list(found.test)
    stamp = status.timestamp_validity
    if stamp is not None and not (stamp.intact and stamp.valid and stamp.trusted):
        step.fail("v6.stamp", role=role)
    if not found.trusted:
        step.fail("v6.untrusted", role=role, subject=found.subject, detail=found.problem or "no path")
    elif trust.pinned:
        step.add(Status.OK, "v6.ok", role=role, subject=found.subject)
    else:
        step.add(Status.UNPROVEN, "v6.unproven", role=role, subject=found.subject)
    return list(found.test)


def _check_name(signature: EmbeddedPdfSignature, people: PeopleDoc, step: Step) -> None:
    """The name that the report prints for the role is the subject of the certificate that signed (ISO/IEC 17025, 7.8.2.1 o)."""
    name = str(signature.field_name)
    person = cast("Mapping[str, PersonDoc]", people).get(name) if name in ROLES else None
    subject = subject_of(signature.signer_cert)
    if person is None:
        step.fail("v6.unnamed", role=_role(name), subject=subject)
    elif same_name(person["name"]) != same_name(person_of(signature.signer_cert)):
        step.fail("v6.name", role=_role(name), printed=person["name"], subject=subject)


def _check_changes(first: EmbeddedPdfSignature, alone: bool, trust: Trust, moment: datetime | None, step: Step) -> None:
    """What was added since the first signature. It sees every later revision, so the others need no look of their own."""
    status = validate_pdf_signature(first, trust.context(moment), trust.context(moment), key_usage_settings=_USAGE)
    level = status.modification_level
    if level not in _HARMLESS or not status.docmdp_ok or (alone and level is ModificationLevel.FORM_FILLING):
        step.fail("v6.modified", role=_role(str(first.field_name)), detail=level.name if level is not None else "unknown")


def _check_coverage(reader: PdfFileReader, pdf: bytes, trust: Trust, moment: datetime | None, step: Step) -> None:
    """The last signature or document time stamp covers the whole file: what comes after it is signed by nobody."""
    last = reader.embedded_signatures[-1]
    last.compute_integrity_info()
    if last.coverage is not SignatureCoverageLevel.ENTIRE_FILE:
        signed_range = last.byte_range
        step.fail("v6.coverage", bytes=len(pdf) - int(signed_range[2]) - int(signed_range[3]))
    for stamp in reader.embedded_timestamp_signatures:
        found = validate_pdf_timestamp(stamp, trust.context(moment))
        if not (found.intact and found.valid and found.trusted):
            step.fail("v6.stamp", role=str(stamp.field_name))


def _role(name: str) -> object:
    return say(f"role.{name}") if name in ROLES else name
