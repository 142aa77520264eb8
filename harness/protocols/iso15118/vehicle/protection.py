"""How a vehicle wants its connection protected: versions by what it offers, its roots, and what it says in its first message.

ISO 15118-2 is spoken over TLS 1.2, ISO 15118-20 over TLS 1.3 (V2G20-1237, V2G20-2356). The message shown on the trace is built here,
because OpenSSL behind Python lets nobody choose groups or name authorities; the cryptography behind it is that of OpenSSL.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.core.tls import TLS_VERSIONS, TlsSettings
from harness.protocols.iso15118.editions import ISO_2, ISO_20
from harness.protocols.iso15118.transport.hello import CIPHERS, EXTENSIONS, GROUPS, ClientHello, build_hello
from harness.protocols.iso15118.transport.pki import STATION_DOMAIN, Pki
from harness.protocols.iso15118.transport.pki_folder import pki_of
from harness.protocols.iso15118.vehicle.options import VehicleOptions

__all__ = ["CHECKS", "KNOWN", "TlsOptions", "tls_settings"]

CHECKS = ("root", "expiry", "name", "revocation")
"""What a vehicle can look at in the certificate of a station."""
_IMPOSSIBLE, _NOBODY = "impossible", "nobody"
"""A check that no certificate passes: it asks for a name that is not given."""
_NEW, _OLD = "TLS 1.3", "TLS 1.2"
_VERSION_OF = {ISO_2.name: _OLD, ISO_20.name: _NEW}
_CIPHERS = {
    _NEW: ("TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"),
    _OLD: ("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256"),
}
_OPENSSL_OLD = "ECDHE-ECDSA-AES128-SHA256"
"""What OpenSSL still has of the suites of TLS 1.2 above."""
_GROUPS = {_NEW: ("secp521r1", "x448"), _OLD: ("secp256r1",)}
_EXTENSIONS = {
    _NEW: ("supported_versions", "key_share", "psk_key_exchange_modes", "certificate_authorities"),
    _OLD: ("ec_point_formats", "trusted_ca_keys"),
}
_EXTENSIONS_ALWAYS = ("supported_groups", "signature_algorithms", "status_request")


@dataclass(frozen=True, slots=True)
class TlsOptions:
    """What the maker set up; an empty list is what the offered protocols ask for."""

    tls_versions: tuple[str, ...] = ()
    tls_ciphers: tuple[str, ...] = ()
    """Offered cipher suites, by their registered names, the most wanted first."""
    tls_groups: tuple[str, ...] = ()
    tls_extensions: tuple[str, ...] = ()
    tls_checks: tuple[str, ...] = CHECKS
    """What is checked of the certificate of a station."""
    tls_folder: str = ""
    """Folder of the certificates, for a tester in another process; empty: they are made for this process."""


KNOWN = {
    "tls_versions": TLS_VERSIONS,
    "tls_ciphers": tuple(CIPHERS.values()),
    "tls_groups": tuple(GROUPS.values()),
    "tls_extensions": tuple(EXTENSIONS.values()),
    "tls_checks": CHECKS,
}
"""What each list can name."""


def tls_settings(options: VehicleOptions, tls: TlsOptions) -> TlsSettings:
    """What the vehicle wishes for on a connection that is to be protected."""
    pki = pki_of(tls.tls_folder)
    versions = _versions(options, tls)
    return TlsSettings(
        server=False,
        versions=versions,
        certificate=pki.vehicle.chain,
        key=pki.vehicle.key,
        trusted=_trusted(pki, tls.tls_checks),
        revoked=pki.revoked if "revocation" in tls.tls_checks else "",
        domain=_NOBODY if _IMPOSSIBLE in tls.tls_checks else STATION_DOMAIN if "name" in tls.tls_checks else "",
        ignores_expiry="expiry" not in tls.tls_checks,
        ciphers=_OPENSSL_OLD if versions[-1] == _OLD else "",
        hello=build_hello(_hello(versions, tls, pki.station_root_name), str(options.seed)),
    )


def _trusted(pki: Pki, checks: tuple[str, ...]) -> str:
    if not checks:
        return ""
    return pki.station_root if "root" in checks else pki.station_root + pki.other_root


def _versions(options: VehicleOptions, tls: TlsOptions) -> tuple[str, ...]:
    """The newest one first."""
    wanted = tls.tls_versions or tuple(_VERSION_OF[name] for name in options.protocols if name in _VERSION_OF) or (_OLD,)
    return tuple(sorted(set(wanted), key=TLS_VERSIONS.index, reverse=True))


def _hello(versions: tuple[str, ...], tls: TlsOptions, root: bytes) -> ClientHello:
    parts = [version for version in (_NEW, _OLD) if version in versions] or [_OLD]
    ciphers, groups = (tuple(name for part in parts for name in table[part]) for table in (_CIPHERS, _GROUPS))
    extensions = _EXTENSIONS_ALWAYS + tuple(name for part in parts for name in _EXTENSIONS[part])
    return ClientHello(
        versions,
        tls.tls_ciphers or ciphers,
        tls.tls_groups or groups,
        tls.tls_extensions or extensions,
        (root,),
    )
