"""What a side of a connection wants of TLS, as a value that an operating system or a link can act on."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TLS_VERSIONS", "TlsSettings"]

TLS_VERSIONS = ("TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3")
"""Names of the versions, oldest first."""


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """Wishes of one side. Certificates, keys and lists of revoked certificates are PEM texts.

    Raises:
        ValueError: a version is unknown, or there is none.
    """

    server: bool
    """It answers the handshake; the other side begins it."""
    versions: tuple[str, ...] = ("TLS 1.2",)
    """Versions that it offers or accepts; without gaps."""
    certificate: str = ""
    """Its own certificate and those that lead to the root, own first; empty for none."""
    key: str = ""
    trusted: str = ""
    """Roots; empty for trust in anybody, which is no trust."""
    revoked: str = ""
    """Lists of revoked certificates, one for each issuer; empty for none."""
    demands_certificate: bool = False
    """A server asks its client for a certificate and insists."""
    domain: str = ""
    """Domain component that the certificate of the other side has to name; empty for any."""
    ignores_expiry: bool = False
    """Certificates count whatever the time is."""
    ciphers: str = ""
    """Cipher suites of TLS 1.2 and older in the notation of OpenSSL; empty for its usual ones."""
    hello: bytes = b""
    """First message of a client as it stands on the trace. What it says beyond the settings is for the other side to see."""

    def __post_init__(self) -> None:
        unknown = [version for version in self.versions if version not in TLS_VERSIONS]
        if unknown or not self.versions:
            raise ValueError(f"no versions of TLS: {', '.join(unknown) or 'none named'} (have: {', '.join(TLS_VERSIONS)})")
