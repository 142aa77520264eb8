"""Certificates for tests, made when they are needed and kept nowhere: roots, sub-CAs, leaves, and leaves with one thing wrong.

The station's chain is root, sub-CA, leaf; the leaf names the domain component ``CPO``, which a vehicle checks (ISO 15118-2). The
vehicle's chain has a root of its own. Everything belongs to one process and is trusted by nobody else.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

__all__ = ["STATION_DOMAIN", "STATION_LEAVES", "Identity", "Pki", "make_pki"]

STATION_DOMAIN = "CPO"
STATION_LEAVES = ("good", "expired", "wrong_root", "wrong_name", "revoked")
"""What a station can show: one certificate that is as it should be, and those with one thing wrong."""
_CURVES: dict[str, type[ec.SECP256R1 | ec.SECP521R1]] = {"secp256r1": ec.SECP256R1, "secp521r1": ec.SECP521R1}
_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Identity:
    """A leaf, as PEM."""

    chain: str
    """Own certificate first, then the sub-CA."""
    key: str


@dataclass(frozen=True, slots=True)
class Pki:
    """Everything that two parties of a test need."""

    station: dict[str, Identity]
    """By the names of ``STATION_LEAVES``."""
    vehicle: Identity
    station_root: str
    other_root: str
    """The root of the leaf ``wrong_root``, which nobody should trust."""
    vehicle_root: str
    revoked: str
    """What the sub-CAs have revoked, one list each."""
    station_root_name: bytes
    """Distinguished name of the root, DER."""


@cache
def make_pki(curve: str = "secp256r1") -> Pki:
    """The certificates of this process.

    Raises:
        KeyError: no such curve.
    """
    root, other = _authority("Precert Test V2G Root CA", None, curve), _authority("Precert Test Other Root CA", None, curve)
    sub, other_sub = _authority("Precert Test CPO Sub-CA", root, curve), _authority("Precert Test Other Sub-CA", other, curve)
    fleet = _authority("Precert Test Vehicle Root CA", None, curve)
    now = datetime.datetime.now(datetime.UTC)
    valid, over = (now - _DAY, now + 30 * _DAY), (now - 30 * _DAY, now - _DAY)
    leaves = {
        "good": _leaf("SECC", STATION_DOMAIN, sub, curve, valid),
        "expired": _leaf("SECC", STATION_DOMAIN, sub, curve, over),
        "wrong_root": _leaf("SECC", STATION_DOMAIN, other_sub, curve, valid),
        "wrong_name": _leaf("SECC", "OEM", sub, curve, valid),
        "revoked": _leaf("SECC", STATION_DOMAIN, sub, curve, valid),
    }
    vehicle = _leaf("EVCC", "OEM", fleet, curve, valid)
    return Pki(
        {name: made.identity(other_sub if name == "wrong_root" else sub) for name, made in leaves.items()},
        vehicle.identity(),
        root.pem,
        other.pem,
        fleet.pem,
        _revocations(sub, [leaves["revoked"].certificate.serial_number], now) + _revocations(other_sub, [], now),
        root.certificate.subject.public_bytes(),
    )


@dataclass(frozen=True, slots=True)
class _Issued:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def identity(self, *issuers: _Issued) -> Identity:
        key = self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return Identity(self.pem + "".join(issuer.pem for issuer in issuers), key.decode())


def _name(common: str, domain: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Precert Test"), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if domain:
        parts.append(x509.NameAttribute(NameOID.DOMAIN_COMPONENT, domain))
    return x509.Name(parts)


def _authority(common: str, issuer: _Issued | None, curve: str) -> _Issued:
    now = datetime.datetime.now(datetime.UTC)
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
        key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    constraint = x509.BasicConstraints(ca=True, path_length=None if issuer is None else 0)
    return _issue(_name(common), issuer, curve, (now - 60 * _DAY, now + 60 * _DAY), constraint, usage)


def _leaf(common: str, domain: str, issuer: _Issued, curve: str, validity: tuple[datetime.datetime, datetime.datetime]) -> _Issued:
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=True,
        key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return _issue(_name(common, domain), issuer, curve, validity, x509.BasicConstraints(ca=False, path_length=None), usage)


def _issue(
    subject: x509.Name,
    issuer: _Issued | None,
    curve: str,
    validity: tuple[datetime.datetime, datetime.datetime],
    constraint: x509.BasicConstraints,
    usage: x509.KeyUsage,
) -> _Issued:
    key = ec.generate_private_key(_CURVES[curve]())
    signer = key if issuer is None else issuer.key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity[0])
        .not_valid_after(validity[1])
        .add_extension(constraint, critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    return _Issued(builder.sign(signer, hashes.SHA256()), key)


def _revocations(issuer: _Issued, serials: Sequence[int], now: datetime.datetime) -> str:
    builder = (
        x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject).last_update(now - _DAY).next_update(now + 30 * _DAY)
    )
    for serial in serials:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now - _DAY).build()
        )
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
