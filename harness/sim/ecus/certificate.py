"""The certificate of a simulated DoIP entity: self-signed, made when it is needed and kept nowhere."""

from __future__ import annotations

import datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from harness.core import TlsSettings

__all__ = ["entity_tls"]

_DAY = datetime.timedelta(days=1)


@cache
def entity_tls() -> TlsSettings:
    """What the entity wants of a protected connection."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Precert Test DoIP Entity")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + 30 * _DAY)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem = made.public_bytes(serialization.Encoding.PEM).decode()
    return TlsSettings(server=True, versions=("TLS 1.2", "TLS 1.3"), certificate=pem, key=secret.decode())
