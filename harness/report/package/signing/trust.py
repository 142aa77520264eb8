"""Whether a signature belongs to its content and to somebody the reader trusts. No network, ever."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from asn1crypto import cms, tsp, x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509 import load_der_x509_crl
from pyhanko.sign.general import CMSStructuralError, extract_signer_info
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import async_validate_detached_cms, validate_tst_signed_data
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureStatus, TimestampSignatureStatus
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError
from pyhanko_certvalidator.path import ValidationPath

from harness.report.package.signing.keys import TEST_MARK

__all__ = [
    "Signed",
    "Stamped",
    "Trust",
    "Unreadable",
    "check_certificate",
    "check_cms",
    "check_stamp",
    "person_of",
    "signing_time",
    "subject_of",
]

_USAGE = KeyUsageConstraints(key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False)
_BROKEN = (ValueError, TypeError, KeyError, IndexError, AttributeError, NotImplementedError, SignatureValidationError, CMSStructuralError)
"""What the libraries raise for bytes that are no signature."""


class Unreadable(ValueError):
    """The bytes are no signature, or no time stamp."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Roots that the reader trusts, and what travels with the package to reach them."""

    roots: Sequence[x509.Certificate]
    pinned: bool
    """Whether the reader named the roots. If not they are those of the package, which prove nothing about its origin."""
    others: Sequence[x509.Certificate] = ()
    crls: Sequence[bytes] = ()

    def context(self, moment: datetime | None) -> ValidationContext:
        """What the library judges a certificate with at *moment* (default: now)."""
        return ValidationContext(
            trust_roots=list(self.roots),
            other_certs=list(self.others),
            crls=list(self.crls),
            moment=moment,
            allow_fetching=False,
            revocation_mode="soft-fail",
            retroactive_revinfo=True,
        )


@dataclass(frozen=True, slots=True)
class Signed:
    """What is known of one signature."""

    subject: str
    intact: bool
    trusted: bool
    problem: str
    at: datetime | None
    """Time that the signer states."""
    root: str = ""
    """SHA-256 of the root that the certificates lead to."""
    test: Sequence[str] = field(default=())
    """Subjects of the path that say TEST ONLY."""


@dataclass(frozen=True, slots=True)
class Stamped:
    """What is known of one time stamp."""

    subject: str
    at: datetime
    imprint: bool
    trusted: bool
    problem: str
    test: Sequence[str] = field(default=())


def subject_of(certificate: x509.Certificate) -> str:
    """The common name of a certificate, or its whole subject."""
    name = certificate.subject.native.get("common_name")
    return str(name) if name else str(certificate.subject.human_friendly)


def person_of(certificate: x509.Certificate) -> str:
    """Whom a certificate names; that it is for a trial only is no part of the name."""
    return subject_of(certificate).removeprefix(TEST_MARK).strip()


def check_cms(signature: bytes, content: bytes, trust: Trust, moment: datetime | None) -> Signed:
    """Judge a detached CMS signature (DER) over *content*; certificates are judged at *moment*.

    Raises:
        Unreadable: *signature* is none.
    """
    try:
        signed = _signed_data(signature)
        status = asyncio.run(
            async_validate_detached_cms(
                content,
                signed,
                signer_validation_context=trust.context(moment),
                key_usage_settings=_USAGE,
            )
        )
    except _BROKEN as error:
        raise Unreadable(str(error) or type(error).__name__) from error
    return describe(status, status.signer_reported_dt, trust, moment)


def describe(status: SignatureStatus, at: datetime | None, trust: Trust, moment: datetime | None) -> Signed:
    """The library's findings as ours."""
    certificate = status.signing_cert
    path = _path(status.validation_path)
    revoked = _revoked(path, trust.crls, moment)
    return Signed(
        subject=subject_of(certificate),
        intact=status.intact and status.valid,
        trusted=status.trusted and not revoked,
        problem="revoked" if revoked else _problem(status),
        at=at,
        root=path[0].sha256.hex() if path else "",
        test=_tests([*path, certificate]),
    )


def signing_time(signature: bytes) -> datetime | None:
    """The time that the signer of a CMS signature states; ``None`` if there is none."""
    try:
        attributes = extract_signer_info(_signed_data(signature))["signed_attrs"]
        return next((each["values"][0].native for each in attributes if each["type"].native == "signing_time"), None)
    except _BROKEN:
        return None


def check_stamp(reply: bytes, content: bytes, trust: Trust) -> Stamped:
    """Judge a time stamp reply (DER) over *content*, its certificates at the time that it states.

    Raises:
        Unreadable: *reply* is no reply with a time stamp.
    """
    try:
        response = tsp.TimeStampResp.load(reply, strict=True)
        if response["status"]["status"].native not in ("granted", "granted_with_mods"):
            raise Unreadable(f"the authority refused: {response['status']['status'].native}")
        signed = response["time_stamp_token"]["content"]
        at = signed["encap_content_info"]["content"].parsed["gen_time"].native
        found = asyncio.run(validate_tst_signed_data(signed, trust.context(at), lambda name: hashlib.new(name, content).digest()))
        status = TimestampSignatureStatus(**found)
        imprint = _imprint_matches(signed, content)
    except _BROKEN as error:
        raise Unreadable(str(error) or type(error).__name__) from error
    path = _path(status.validation_path)
    revoked = _revoked(path, trust.crls, at)
    vouched = status.trusted if imprint else status.valid and status.trust_problem_indic is None and bool(path)
    return Stamped(
        subject=subject_of(status.signing_cert),
        at=at,
        imprint=imprint,
        trusted=vouched and not revoked,
        problem="revoked" if revoked else _problem(status),
        test=_tests([*path, status.signing_cert]),
    )


def check_certificate(certificate: x509.Certificate, trust: Trust, moment: datetime | None) -> str:
    """Why *certificate* does not lead to a trusted root, or is not for signatures; empty if it does and is."""
    validator = CertificateValidator(certificate, validation_context=trust.context(moment))
    try:
        path = asyncio.run(validator.async_validate_usage({"digital_signature"}))
    except (PathError, ValidationError, *_BROKEN) as error:
        return str(error) or type(error).__name__
    return "revoked" if _revoked(_path(path), trust.crls, moment) else ""


def _signed_data(signature: bytes) -> cms.SignedData:
    info = cms.ContentInfo.load(signature, strict=True)
    if info["content_type"].native != "signed_data":
        raise Unreadable(f"a CMS object of type {info['content_type'].native}")
    return info["content"]


def _imprint_matches(signed: cms.SignedData, content: bytes) -> bool:
    imprint = signed["encap_content_info"]["content"].parsed["message_imprint"]
    algorithm = imprint["hash_algorithm"]["algorithm"].native
    return bool(hashlib.new(algorithm, content).digest() == imprint["hashed_message"].native)


def _path(path: ValidationPath | None) -> list[x509.Certificate]:
    """The certificates of a path, the root first."""
    return list(path.iter_certs(include_root=True)) if path is not None else []


def _revoked(path: Sequence[x509.Certificate], crls: Sequence[bytes], moment: datetime | None) -> bool:
    """Whether a list among *crls* that its issuer signed says that a certificate of *path* was revoked by *moment*.

    The library looks at a list only for certificates that name a place to fetch it from.
    """
    for content in crls:
        try:
            listed = load_der_x509_crl(content)
        except ValueError:
            continue
        for issuer, certificate in pairwise(path):
            key = load_der_public_key(issuer.public_key.dump())
            entry = listed.get_revoked_certificate_by_serial_number(certificate.serial_number)
            if entry is None or listed.issuer.public_bytes() != issuer.subject.dump():
                continue
            signed = isinstance(key, RSAPublicKey | EllipticCurvePublicKey) and listed.is_signature_valid(key)
            if signed and (moment is None or entry.revocation_date_utc <= moment):
                return True
    return False


def _problem(status: SignatureStatus) -> str:
    if status.revoked:
        return "revoked"
    indication = status.trust_problem_indic
    return indication.standard_name if indication is not None else ""


def _tests(certificates: Sequence[x509.Certificate]) -> list[str]:
    return sorted({subject_of(each) for each in certificates if TEST_MARK in each.subject.human_friendly})
