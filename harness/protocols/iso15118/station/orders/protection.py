"""How the station protects a connection: its certificate, the versions that it accepts, and what a case may order of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.core.errors import LocalProtocolError
from harness.core.problems import did_you_mean
from harness.core.tls import TLS_VERSIONS, TlsSettings
from harness.protocols.iso15118.transport.pki import STATION_LEAVES
from harness.protocols.iso15118.transport.pki_folder import pki_of

__all__ = ["Protection"]


@dataclass(frozen=True, slots=True)
class Protection:
    """What a vehicle that asks for TLS meets."""

    versions: tuple[str, ...] = ("TLS 1.2", "TLS 1.3")
    certificate: str = "good"
    """One of ``STATION_LEAVES``."""
    only_hello: bool = False
    """Tear the connection down as soon as the vehicle's first message was read."""

    @classmethod
    def ordered(cls, versions: Sequence[str], certificate: str, only_hello: bool) -> Protection:
        """What a case orders; an empty part stays as it is.

        Raises:
            LocalProtocolError: no such version or certificate.
        """
        for name in versions:
            if name not in TLS_VERSIONS:
                raise LocalProtocolError(f"no version '{name}'{did_you_mean(name, TLS_VERSIONS)}")
        if certificate and certificate not in STATION_LEAVES:
            raise LocalProtocolError(f"no certificate '{certificate}'{did_you_mean(certificate, STATION_LEAVES)}")
        return cls(tuple(versions) or cls().versions, certificate or cls().certificate, only_hello)

    def settings(self, folder: str = "") -> TlsSettings:
        """For one connection, with the certificates in *folder*. A vehicle that has one may show it; nobody insists.

        Raises:
            ConfigError: the folder cannot be used.
        """
        pki = pki_of(folder)
        shown = pki.station[self.certificate]
        return TlsSettings(server=True, versions=self.versions, certificate=shown.chain, key=shown.key)
