"""TLS without sockets: one side of a handshake by OpenSSL, on bytes that somebody else carries.

An alert is named as the standard names it. The side that sent it knows it from its own error, the other one from what it was told.
"""

from __future__ import annotations

import contextlib
import ssl
import tempfile
import warnings
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from harness.core import LocalProtocolError, TlsSettings

__all__ = ["TlsSide", "shake_hands"]

_VERSIONS = {
    "TLS 1.0": ssl.TLSVersion.TLSv1,
    "TLS 1.1": ssl.TLSVersion.TLSv1_1,
    "TLS 1.2": ssl.TLSVersion.TLSv1_2,
    "TLS 1.3": ssl.TLSVersion.TLSv1_3,
}
_NAMES = {"TLSv1": "TLS 1.0", "TLSv1.1": "TLS 1.1", "TLSv1.2": "TLS 1.2", "TLSv1.3": "TLS 1.3"}
_OLD = ("TLS 1.0", "TLS 1.1")
_ALERT_OF_VERIFICATION = {9: "bad_certificate", 10: "certificate_expired", 23: "certificate_revoked", 62: "bad_certificate"}
"""By the number under which OpenSSL keeps the result of a verification; all others mean an unknown root."""
_UNKNOWN_ROOT = "unknown_ca"
_ALERT_OF_REASON = {
    "UNSUPPORTED_PROTOCOL": "protocol_version",
    "VERSION_TOO_LOW": "protocol_version",
    "WRONG_SSL_VERSION": "protocol_version",
    "NO_PROTOCOLS_AVAILABLE": "protocol_version",
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "certificate_required",
    "NO_SHARED_CIPHER": "handshake_failure",
    "WRONG_VERSION_NUMBER": "protocol_version",
}
_OTHER = "handshake_failure"
_NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME, which Python has no name for."""


class TlsSide:
    """One side. Give it what comes with ``receive``, carry away what ``take`` gives."""

    def __init__(self, settings: TlsSettings) -> None:
        """Raises:
        LocalProtocolError: OpenSSL does not take the settings.
        """
        self.settings = settings
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        try:
            context = _context(settings)
            self._object = context.wrap_bio(self._in, self._out, server_side=settings.server)
        except (ssl.SSLError, ValueError, OSError) as error:
            raise LocalProtocolError(f"OpenSSL does not take the settings of TLS: {error}") from error
        self.version = ""
        """Agreed version, empty until the handshake is complete."""
        self.cipher = ""
        self.peer = ""
        """Common name in the certificate of the other side."""
        self.alert = ""
        """Why this side left."""
        self.told = ""
        """Alert with which the other side left."""
        self.ended = False
        """The other side has closed its direction."""

    @property
    def is_over(self) -> bool:
        """The handshake has come to an end, one way or the other."""
        return bool(self.version or self.alert or self.told)

    def shake(self) -> None:
        """Go on with the handshake as far as what has come allows."""
        if self.is_over:
            return
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return
        except ssl.SSLCertVerificationError as error:
            self.alert = _ALERT_OF_VERIFICATION.get(error.verify_code, _UNKNOWN_ROOT)
            return
        except ssl.SSLError as error:
            self._broken(error)
            return
        self._complete()

    def _broken(self, error: ssl.SSLError) -> None:
        reason = error.reason or ""
        # What the other side says comes back as an error as well; only the name tells them apart.
        _, told, name = reason.partition("_ALERT_")
        if told:
            self.told = name.lower()
        else:
            self.alert = _ALERT_OF_REASON.get(reason, _OTHER)

    def _complete(self) -> None:
        der = self._object.getpeercert(binary_form=True)
        certificate = x509.load_der_x509_certificate(der) if der else None
        if self.settings.domain and (certificate is None or self.settings.domain not in _values(certificate, NameOID.DOMAIN_COMPONENT)):
            self.alert = "bad_certificate"
            return
        self.version = _NAMES.get(self._object.version() or "", "")
        cipher = self._object.cipher()
        self.cipher = cipher[0] if cipher else ""
        self.peer = ", ".join(_values(certificate, NameOID.COMMON_NAME)) if certificate is not None else ""

    def receive(self, data: bytes) -> bytes:
        """Take *data* of the other side; the readable bytes in it, once the handshake is complete."""
        self._in.write(data)
        if not self.version:
            self.shake()
        return self._read() if self.version else b""

    def _read(self) -> bytes:
        found = bytearray()
        while True:
            try:
                part = self._object.read(1 << 16)
            except ssl.SSLWantReadError:
                return bytes(found)
            except ssl.SSLZeroReturnError:
                part = b""
            except ssl.SSLError as error:
                # An alert after the handshake: in TLS 1.3 the client is through before the server has seen its certificate.
                self._broken(error)
                return bytes(found)
            if not part:
                self.ended = True
                return bytes(found)
            found += part

    def send(self, data: bytes) -> None:
        """Protect *data*; ``take`` gives the result."""
        if data:
            self._object.write(data)

    def close(self) -> None:
        """Say that nothing follows."""
        with contextlib.suppress(ssl.SSLError):
            self._object.unwrap()

    def take(self) -> bytes:
        """What is to be carried to the other side."""
        return self._out.read()


def shake_hands(client: TlsSettings, server: TlsSettings) -> tuple[TlsSide, TlsSide]:
    """A whole handshake in no time; both sides as it leaves them.

    Raises:
        LocalProtocolError: OpenSSL does not take the settings of a side.
    """
    sides = TlsSide(client), TlsSide(server)
    sides[0].shake()
    moved = True
    while moved:
        moved = False
        for own, other in (sides, sides[::-1]):
            if data := own.take():
                other.receive(data)
                moved = True
    if not any(side.alert for side in sides) and not all(side.version for side in sides):
        sides[1].alert = _OTHER
    return sides


def _context(settings: TlsSettings) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if settings.server else ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    if settings.server:
        context.num_tickets = 0
    named = [_VERSIONS[version] for version in settings.versions]
    with warnings.catch_warnings():
        # The old versions are there to be refused.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.maximum_version, context.minimum_version = max(named), min(named)
    if settings.ciphers:
        context.set_ciphers(settings.ciphers)
    elif any(version in _OLD for version in settings.versions):
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
    _trust(context, settings)
    if settings.certificate:
        with tempfile.TemporaryDirectory(prefix="precert-tls-") as folder:
            # Python takes own certificates from files only.
            chain, key = Path(folder, "chain.pem"), Path(folder, "key.pem")
            chain.write_text(settings.certificate, encoding="ascii")
            key.touch(mode=0o600)
            key.write_text(settings.key, encoding="ascii")
            context.load_cert_chain(chain, key)
    return context


def _trust(context: ssl.SSLContext, settings: TlsSettings) -> None:
    if not settings.trusted:
        context.verify_mode = ssl.CERT_NONE
        return
    context.load_verify_locations(cadata=settings.trusted)
    context.verify_mode = ssl.CERT_REQUIRED if settings.demands_certificate or not settings.server else ssl.CERT_NONE
    if settings.ignores_expiry:
        context.verify_flags = ssl.VerifyFlags(context.verify_flags | _NO_CHECK_TIME)
    if settings.revoked:
        with tempfile.TemporaryDirectory(prefix="precert-tls-") as folder:
            lists = Path(folder, "revoked.pem")
            lists.write_text(settings.revoked, encoding="ascii")
            context.load_verify_locations(cafile=lists)
        context.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF


def _values(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> list[str]:
    return [str(attribute.value) for attribute in certificate.subject.get_attributes_for_oid(oid)]
