"""Keys for a trial: made in memory when they are needed, and ``TEST ONLY`` in every subject.

Their root may be kept in a file, so that a report and the one that replaces it are sealed under the same root.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.signers import SimpleSigner
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from harness.case.documents import PersonDoc, ResultsDoc
from harness.core import ConfigError, Problem
from harness.report.package.signing.keys import ROLES, TEST_MARK, Attestor, SealKeys

__all__ = ["TrialAuthority", "signers_of", "trial_keys"]

_Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
_PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | Ed25519PublicKey
_LIFE = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class TrialAuthority:
    """A root that signs whatever it is asked to."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    now: datetime

    @classmethod
    def create(cls, now: datetime, name: str = "precert root") -> TrialAuthority:
        """A new root, valid from a day before *now*."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(name)
        builder = _builder(subject, subject, key.public_key(), now)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        builder = builder.add_extension(_usage(sign_certificates=True), critical=True)
        return cls(key, builder.sign(key, hashes.SHA256()), now)

    @classmethod
    def kept_in(cls, file: Path, now: datetime) -> TrialAuthority:
        """The root in *file*, which is made there if there is no such file.

        Raises:
            ConfigError: the file cannot be read or written, or holds something else than the root of a trial.
        """
        if not file.exists():
            made = cls.create(now)
            _write_private(file, made.root_pem() + made.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            return made
        try:
            content = file.read_bytes()
            key, certificate = load_pem_private_key(content, None), x509.load_pem_x509_certificate(content)
        except OSError as error:
            raise ConfigError(Problem(f"cannot be read: {error.strerror}", file)) from error
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise ConfigError(
                Problem("holds no root of a trial; name a file that does not exist yet, and one is made there", file)
            ) from error
        told = TEST_MARK in certificate.subject.rfc4514_string()
        if not told or not isinstance(key, ec.EllipticCurvePrivateKey) or certificate.public_key() != key.public_key():
            raise ConfigError(
                Problem(f"not the root of a trial ('{TEST_MARK}' is not in its subject); keys of your own go with --keys", file)
            )
        return cls(key, certificate, now)

    def root_pem(self) -> bytes:
        """The root certificate, for those who are to trust it."""
        return self.certificate.public_bytes(Encoding.PEM)

    def issue(self, name: str, public: _PublicKey, *, stamps: bool = False) -> x509.Certificate:
        """A certificate for signatures, or for time stamps."""
        builder = _builder(_name(name), self.certificate.subject, public, self.now)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(sign_certificates=False), critical=True)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = builder.add_extension(issuer, critical=False)
        if stamps:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        return builder.sign(self.key, hashes.SHA256())

    def signer(self, name: str) -> SimpleSigner:
        """A signer with a new key."""
        key = ec.generate_private_key(ec.SECP256R1())
        return SimpleSigner(_asn1(self.issue(name, key.public_key())), _asn1_key(key), self._store())

    def stamper(self, at: datetime | None = None) -> DummyTimeStamper:
        """A time stamp authority; its clock stands at *at* if given."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        certificate = _asn1(self.issue("time stamp authority", key.public_key(), stamps=True))
        return DummyTimeStamper(certificate, _asn1_key(key), certs_to_embed=self._store(), fixed_dt=at)

    def attestor(self) -> Attestor:
        """An Ed25519 key for attestations."""
        key = Ed25519PrivateKey.generate()
        return Attestor(key, _asn1(self.issue("attestation", key.public_key())))

    def revoked(self, certificates: Sequence[asn1_x509.Certificate] = ()) -> bytes:
        """The list of revoked certificates (DER)."""
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.certificate.subject)
        builder = builder.last_update(self.now - timedelta(hours=1)).next_update(self.now + _LIFE)
        for certificate in certificates:
            entry = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number)
            builder = builder.add_revoked_certificate(entry.revocation_date(self.now - timedelta(hours=1)).build())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def _store(self) -> SimpleCertificateStore:
        store = SimpleCertificateStore()
        store.register(_asn1(self.certificate))
        return store


def trial_keys(authority: TrialAuthority, names: Mapping[str, str] | None = None, *, at: datetime | None = None) -> SealKeys:
    """A full set of keys below *authority*: package, three roles, attestation, time stamps.

    *names* are the persons by role, as the report prints them; a role without one does not sign. *at* stops the clock of the time stamps.
    """
    return SealKeys(
        package=authority.signer("package seal"),
        roles={role: authority.signer(role if names is None else names[role]) for role in ROLES if names is None or role in names},
        authority=authority.stamper(at),
        attestor=authority.attestor(),
        chain=[_asn1(authority.certificate)],
        crls=[authority.revoked()],
    )


def signers_of(results: ResultsDoc) -> dict[str, str] | None:
    """Who signs in which role, as the report prints it; ``None`` if it names nobody."""
    if (people := results.get("people")) is None:
        return None
    named = cast("Mapping[str, PersonDoc]", people)
    return {role: named[role]["name"] for role in ROLES if role in named}


def _write_private(file: Path, content: bytes) -> None:
    """Write *content* to the new *file*, for its owner only."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
    except OSError as error:
        raise ConfigError(Problem(f"cannot be written: {error.strerror}", file)) from error


def _name(common: str) -> x509.Name:
    words = f"{TEST_MARK} {common}"
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, TEST_MARK), x509.NameAttribute(NameOID.COMMON_NAME, words[:64])])


def _builder(subject: x509.Name, issuer: x509.Name, public: _PublicKey, now: datetime) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + _LIFE)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)


def _usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign_certificates,
        content_commitment=not sign_certificates,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def _asn1_key(key: _Key) -> asn1_keys.PrivateKeyInfo:
    content = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return asn1_keys.PrivateKeyInfo.load(content)
