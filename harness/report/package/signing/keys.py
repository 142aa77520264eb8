"""Who signs with what: keys, certificates and the time stamp authority, as a TOML file names them.

Each role has a section with a PKCS#12 file, or with a key and a certificate in PEM. A password comes from an
environment variable that the section names, never from the file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from asn1crypto import pem, x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import BaseModel, ConfigDict, ValidationError
from pyhanko.sign.signers import SimpleSigner
from pyhanko.sign.timestamps import TimeStamper

from harness.case.toml_file import read_toml
from harness.core import ConfigError, Problem, toml_line
from harness.report.package.signing.authority import HttpAuthority

__all__ = ["ROLES", "TEST_MARK", "Attestor", "SealKeys", "certificates_in", "load_keys", "password_from"]

ROLES = ("prepared", "reviewed", "approved")
"""Signature fields of report.pdf, in the order of signing."""
TEST_MARK = "TEST ONLY"
"""Part of the subject of every certificate that was made for a trial."""


@dataclass(frozen=True, slots=True)
class Attestor:
    """Ed25519 key of the attestation with the certificate that names it."""

    key: Ed25519PrivateKey
    certificate: x509.Certificate


@dataclass(frozen=True, slots=True)
class SealKeys:
    """Everything that a seal is made with."""

    package: SimpleSigner
    roles: Mapping[str, SimpleSigner]
    """Signers of the PDF by role, in the order of signing; at least one."""
    authority: TimeStamper | None = None
    attestor: Attestor | None = None
    chain: Sequence[x509.Certificate] = ()
    """Further certificates that travel with the package."""
    crls: Sequence[bytes] = ()
    """Lists of revoked certificates (DER) that travel with the package."""
    register: Path | None = None
    """File with one line for each report number ever sealed."""

    def certificates(self) -> list[x509.Certificate]:
        """All certificates that a reader needs, each once."""
        found: dict[bytes, x509.Certificate] = {}
        for signer in (self.package, *self.roles.values()):
            for certificate in (signer.signing_cert, *signer.cert_registry):
                if certificate is not None:
                    found[certificate.sha256] = certificate
        for certificate in (*self.chain, *([self.attestor.certificate] if self.attestor else [])):
            found[certificate.sha256] = certificate
        return [found[key] for key in sorted(found)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Signer(_Strict):
    pkcs12: str = ""
    key: str = ""
    certificate: str = ""
    chain: list[str] = []
    password_env: str = ""


class _Authority(_Strict):
    url: str
    timeout_s: float = 30


class _Extra(_Strict):
    chain: list[str] = []
    crls: list[str] = []


class _File(_Strict):
    schema_: int = 1
    register_: str = ""
    package: _Signer
    prepared: _Signer | None = None
    reviewed: _Signer | None = None
    approved: _Signer | None = None
    attestation: _Signer | None = None
    time_stamps: _Authority | None = None
    certificates: _Extra = _Extra()


@dataclass(slots=True)
class _Reader:
    """Reads the files that the sections name, and collects what is wrong with them."""

    file: Path
    content: str
    problems: list[Problem] = field(default_factory=list)

    def report(self, text: str, *place: str) -> None:
        self.problems.append(Problem(text, self.file, toml_line(self.content, *place)))

    def path(self, name: str) -> Path:
        return self.file.parent / name

    def bytes_of(self, name: str, *place: str) -> bytes | None:
        try:
            return self.path(name).read_bytes()
        except OSError as error:
            self.report(f"'{name}' cannot be read: {error.strerror}", *place)
            return None

    def signer(self, section: str, stated: _Signer) -> SimpleSigner | None:
        if bool(stated.pkcs12) == bool(stated.key):
            self.report(f"{section}: name either 'pkcs12', or 'key' and 'certificate'", section)
            return None
        password = password_from(stated.password_env)
        if stated.password_env and password is None:
            self.report(f"{section}.password_env: the environment has no {stated.password_env}", section, "password_env")
            return None
        chain = [str(self.path(name)) for name in stated.chain]
        found: SimpleSigner | None
        if stated.pkcs12:
            found = SimpleSigner.load_pkcs12(str(self.path(stated.pkcs12)), chain, passphrase=password)
        else:
            files = (str(self.path(stated.key)), str(self.path(stated.certificate)))
            found = SimpleSigner.load(*files, chain, key_passphrase=password)
        if found is None or found.signing_cert is None:
            name = stated.pkcs12 or f"{stated.key}, {stated.certificate}"
            self.report(f"{section}: key and certificate cannot be read from '{name}' (missing file, or another password)", section)
            return None
        return found

    def attestor(self, stated: _Signer) -> Attestor | None:
        key_bytes = self.bytes_of(stated.key, "attestation", "key")
        certificate_bytes = self.bytes_of(stated.certificate, "attestation", "certificate")
        if key_bytes is None or certificate_bytes is None:
            return None
        try:
            key = load_pem_private_key(key_bytes, password_from(stated.password_env))
            certificate = certificates_in(certificate_bytes)[0]
        except (ValueError, TypeError, IndexError, UnsupportedAlgorithm) as error:
            self.report(f"attestation: key and certificate cannot be read: {error}", "attestation")
            return None
        if not isinstance(key, Ed25519PrivateKey):
            self.report("attestation.key: not an Ed25519 key", "attestation", "key")
            return None
        return Attestor(key, certificate)


def load_keys(file: Path) -> SealKeys:
    """The keys that *file* names; relative names are relative to it.

    Raises:
        ConfigError: unreadable, an unknown or wrong field, or a key that cannot be used.
    """
    content, stated = read_toml(file, "key file")
    document = dict(stated)
    for name in ("schema", "register"):
        if name in document:
            document[f"{name}_"] = document.pop(name)
    try:
        parsed = _File.model_validate(document)
    except ValidationError as error:
        raise ConfigError([_problem(item["loc"], item["msg"], content, file) for item in error.errors()]) from None
    reader = _Reader(file, content)
    roles = {}
    for role in ROLES:
        if (section := getattr(parsed, role)) is not None and (signer := reader.signer(role, section)) is not None:
            roles[role] = signer
    package = reader.signer("package", parsed.package)
    attestor = reader.attestor(parsed.attestation) if parsed.attestation is not None else None
    chain = [each for name in parsed.certificates.chain for each in _chain(reader, name)]
    crls = [each for name in parsed.certificates.crls if (each := reader.bytes_of(name, "certificates", "crls")) is not None]
    if not roles and not reader.problems:
        reader.report(f"nobody signs the report: add one of {', '.join(f'[{role}]' for role in ROLES)}")
    if reader.problems or package is None:
        raise ConfigError(reader.problems)
    return SealKeys(
        package=package,
        roles=roles,
        authority=HttpAuthority(parsed.time_stamps.url, parsed.time_stamps.timeout_s) if parsed.time_stamps else None,
        attestor=attestor,
        chain=chain,
        crls=[_der(each) for each in crls],
        register=reader.path(parsed.register_) if parsed.register_ else None,
    )


def certificates_in(content: bytes) -> list[x509.Certificate]:
    """The certificates of a PEM or DER file.

    Raises:
        ValueError: something in it is no certificate.
    """
    if not pem.detect(content):
        blocks = [content]
    else:
        blocks = [der for kind, _, der in pem.unarmor(content, multiple=True) if kind == "CERTIFICATE"]
    found = [x509.Certificate.load(der, strict=True) for der in blocks]
    for certificate in found:
        certificate.native  # noqa: B018  # asn1crypto parses late; a broken one is to fail here
    return found


def password_from(variable: str) -> bytes | None:
    """The password in an environment variable, ``None`` without a name or a value."""
    value = os.environ.get(variable, "") if variable else ""
    return value.encode("utf-8") if value else None


def _chain(reader: _Reader, name: str) -> list[x509.Certificate]:
    content = reader.bytes_of(name, "certificates", "chain")
    if content is None:
        return []
    try:
        return certificates_in(content)
    except ValueError as error:
        reader.report(f"'{name}' is no certificate: {error}", "certificates", "chain")
        return []


def _der(content: bytes) -> bytes:
    return pem.unarmor(content)[2] if pem.detect(content) else content


def _problem(location: tuple[int | str, ...], message: str, content: str, file: Path) -> Problem:
    path = [str(part).removesuffix("_") for part in location]
    words = "unknown key" if "not permitted" in message else f"{message[:1].lower()}{message[1:]}"
    return Problem(f"{'.'.join(path)}: {words}", file, toml_line(content, *path))
