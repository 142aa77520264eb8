"""Faults of the vehicle for the rows about protected connections."""

from __future__ import annotations

from harness.protocols.iso15118.behaviour import Moment, OptionEffect, Overlook, Suppress
from harness.protocols.iso15118.vehicle.discovery import DISCOVERY
from harness.protocols.iso15118.vehicle.protection import CHECKS
from harness.sim.faults.ccs_vehicle.fault import Fault

__all__ = ["TLS_FAULTS"]

_NEW_CIPHERS = ("TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")
_ALWAYS = ("supported_groups", "signature_algorithms")
_VERSIONS = ("supported_versions", "key_share", "psk_key_exchange_modes")


def _without(check: str) -> tuple[OptionEffect]:
    return (OptionEffect("tls_checks", tuple(name for name in CHECKS if name != check)),)


def _died(moment: Moment) -> bool:
    """The vehicle had to repeat its discovery request before, and has not been well since its second session."""
    if moment.asked(DISCOVERY) > 1:
        moment.marks.add("repeated")
    return moment.sessions > 1 and "repeated" in moment.marks


TLS_FAULTS: tuple[Fault, ...] = (
    Fault("tls_11_accepted", "offers TLS 1.1, too", (OptionEffect("tls_versions", ("TLS 1.1", "TLS 1.2", "TLS 1.3")),)),
    Fault("tls_12_refused", "offers TLS 1.3 only, although it speaks ISO 15118-2", (OptionEffect("tls_versions", ("TLS 1.3",)),)),
    Fault("iso20_over_tls_12", "offers ISO 15118-20 over TLS 1.2", (OptionEffect("old_tls_20", True),)),
    Fault("tls_ciphers_reversed", "offers its cipher suites in the other order", (OptionEffect("tls_ciphers", _NEW_CIPHERS[::-1]),)),
    Fault(
        "tls_weaker_cipher_offered",
        "offers a third cipher suite of TLS 1.3",
        (OptionEffect("tls_ciphers", (*_NEW_CIPHERS, "TLS_AES_128_GCM_SHA256")),),
    ),
    Fault("tls_groups_of_old_tls", "offers the group of ISO 15118-2 only", (OptionEffect("tls_groups", ("secp256r1",)),)),
    Fault("tls_roots_not_told", "names none of its roots", (OptionEffect("tls_extensions", (*_ALWAYS, "status_request", *_VERSIONS)),)),
    Fault(
        "tls_status_not_requested",
        "does not ask for the status of the certificate",
        (OptionEffect("tls_extensions", (*_ALWAYS, *_VERSIONS, "certificate_authorities")),),
    ),
    Fault("tls_certificate_not_checked", "takes every certificate of a station", (OptionEffect("tls_checks", ()),)),
    Fault("tls_expiry_not_checked", "takes an expired certificate", _without("expiry")),
    Fault("tls_root_not_checked", "takes a certificate of an unknown root", _without("root")),
    Fault("tls_name_not_checked", "takes a certificate of another name", _without("name")),
    Fault("tls_revocation_not_checked", "takes a revoked certificate", _without("revocation")),
    Fault("tls_every_station_refused", "refuses the certificate of every station", (OptionEffect("tls_checks", (*CHECKS, "impossible")),)),
    Fault("sdp_security_overlooked", "follows a discovery response whatever security it announces", (Overlook("sdp_security"),)),
    Fault(
        "sdp_dead_after_other_security",
        "asks nobody any more once its discovery request had to be repeated",
        (Suppress(DISCOVERY, _died),),
    ),
)
