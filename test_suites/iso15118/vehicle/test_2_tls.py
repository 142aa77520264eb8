"""Protected connections (TLS): versions, what the ClientHello offers, and certificates of a station that must be refused (9.2)."""

from harness.case import case
from harness.core import Inconclusive, Reason

from .protection import NONE, requests_on_tcp
from .raw import is_discovery

NEW_CIPHERS = ["TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]
"""Cipher suites of TLS 1.3 that ISO 15118-20 asks for, in this order."""
NEW_GROUPS = ["secp521r1", "x448"]
ROOTS = {"iso15118-2": "trusted_ca_keys", "iso15118-20": "certificate_authorities"}
"""Extension in which a vehicle names its roots."""
VERSION = {"iso15118-2": "TLS 1.2", "iso15118-20": "TLS 1.3"}
ISO_20_NAMESPACE = "urn:iso:std:iso:15118:-20:"
SECURITY_AT = 8 + 16 + 2
"""Place of the security byte in the datagram of a discovery response."""
TLS_BIT = 0x10


@case(
    "HV-TLS-01",
    title="TLS versions with ISO 15118-2",
    purpose="For ISO 15118-2 the vehicle takes TLS 1.2, refuses TLS 1.1, and stays sane with a station that knows TLS 1.3 only.",
    refs=["ISO15118-2:?/tls-version"],
    basis="derived",
    confidence="medium",
    pics="E.TLS",
    editions=["iso15118-2"],
    faults=["tls_11_accepted", "tls_12_refused"],
    needs=["energise"],
    duration_s=60,
)
def test_versions(bench, truck, step, check, charger, session, protection):
    with step(1, "Plug in; accept TLS 1.1 only", expect="no agreement, no V2G message, the connection is ended within 5 s"):
        charger.tls(["TLS 1.1"])
        protection.refused(protection.hello())
    with step(2, "Plug in anew; accept TLS 1.2 only", expect="TLS 1.2 is agreed on and a session is set up over it"):
        session.fresh()
        charger.tls(["TLS 1.2"])
        protection.talks(protection.hello(), "TLS 1.2")
    with step(3, "Plug in anew; accept TLS 1.3 only", expect="either TLS 1.3 is agreed on, or there is no V2G message"):
        session.fresh()
        charger.tls(["TLS 1.3"])
        hello = protection.hello()
        agreed = protection.outcome(hello)
        bench.run_for(truck.limit("approach.own_next").upper_ns)
        wanted = "TLS 1.3 or none"
        check("agreed version", wanted if agreed in ("TLS 1.3", NONE) else agreed, equals=wanted, message=hello, note=agreed)
        others = [message for message in protection.requests(hello) if message.security != "TLS 1.3"]
        check("V2G messages without TLS 1.3", len(others), equals=0, message=others[0] if others else hello)
    with step(4, "Plug in anew; accept every version", expect="a complete session"):
        session.next_session()


@case(
    "HV-TLS-02",
    title="ISO 15118-20 is not run over TLS 1.2",
    purpose="With a station that knows TLS 1.2 only the vehicle neither offers nor runs ISO 15118-20.",
    refs=["V2G20-1237", "V2G20-2356", "V2G20-1805"],
    basis="quoted",
    confidence="medium",
    pics="E.TLS",
    editions=["iso15118-20"],
    faults=["iso20_over_tls_12"],
    duration_s=20,
)
def test_no_new_protocol_on_old_tls(bench, truck, step, check, charger, session, protection):
    with step(1, "Plug in; accept TLS 1.2 only", expect="no offer of ISO 15118-20 and no message of it"):
        charger.tls(["TLS 1.2"])
        hello = protection.hello()
        agreed = protection.outcome(hello)
        bench.run_for(truck.limit("safe_stop.close").upper_ns)
        wanted = "TLS 1.2 or none"
        check("agreed version", wanted if agreed in ("TLS 1.2", NONE) else agreed, equals=wanted, message=hello, note=agreed)
        asked = protection.requests(hello)
        offers = [message for message in asked if any(ISO_20_NAMESPACE in str(value) for value in message.values.values())]
        check("offers of ISO 15118-20", len(offers), equals=0, message=offers[0] if offers else hello)
        spoken = [message for message in asked if message.edition and message.edition.name == truck.edition]
        check("messages of ISO 15118-20", len(spoken), equals=0, message=spoken[0] if spoken else hello)


@case(
    "HV-TLS-03",
    title="Cipher suites and groups of the ClientHello",
    purpose="For ISO 15118-20 the vehicle offers the two cipher suites and the two groups that it has to, in their order.",
    refs=["V2G20-2459", "V2G20-1856", "V2G20-1634"],
    basis="quoted",
    confidence="medium",
    pics="E.TLS",
    editions=["iso15118-20"],
    faults=["tls_ciphers_reversed", "tls_weaker_cipher_offered", "tls_groups_of_old_tls"],
    duration_s=10,
)
def test_ciphers(bench, step, check, charger, session, protection):
    with step(
        1,
        "Plug in and read the ClientHello",
        expect="TLS_AES_256_GCM_SHA384, then TLS_CHACHA20_POLY1305_SHA256, and no other suite of TLS 1.3; groups secp521r1, then x448",
    ):
        charger.tls(only_hello=True)
        hello = protection.hello()
        ciphers, groups = protection.told(hello, "CipherSuites"), protection.told(hello, "Groups")
        # Suites of TLS 1.2 beside them are for ISO 15118-2; only those of TLS 1.3 carry neither key exchange nor "WITH" in their name.
        new = [name for name in ciphers if name.startswith("TLS_") and "_WITH_" not in name and not name.endswith("_SCSV")]
        check("cipher suites of TLS 1.3", ", ".join(new), equals=", ".join(NEW_CIPHERS), message=hello)
        check("first groups", ", ".join(groups[: len(NEW_GROUPS)]), equals=", ".join(NEW_GROUPS), message=hello)


@case(
    "HV-TLS-04",
    title="Roots of the vehicle in the ClientHello",
    purpose="The ClientHello names the roots that the vehicle trusts, so that the station can choose its TLS certificate.",
    refs=["V2G2-651", "V2G20-1006"],
    basis="quoted",
    confidence="medium",
    pics="E.TLS",
    editions=["iso15118-2", "iso15118-20"],
    faults=["tls_roots_not_told", "tls_roots_not_told@iso15118-20"],
    duration_s=10,
)
def test_roots(truck, step, check, charger, session, protection):
    with step(
        1,
        "Plug in and read the ClientHello",
        expect="trusted_ca_keys (ISO 15118-2) or certificate_authorities (ISO 15118-20), with at least one root",
    ):
        charger.tls(only_hello=True)
        hello = protection.hello()
        wanted, extensions = ROOTS[truck.edition], protection.told(hello, "Extensions")
        check(wanted, "present" if wanted in extensions else "absent", equals="present", message=hello)
        check("roots", hello["Authorities"], at_least=1, message=hello)


@case(
    "HV-TLS-05",
    title="status_request in the ClientHello",
    purpose="For ISO 15118-20 the vehicle asks the station for the status of its TLS certificate.",
    refs=["V2G20-2372"],
    basis="quoted",
    confidence="medium",
    pics="E.TLS",
    editions=["iso15118-20"],
    faults=["tls_status_not_requested"],
    duration_s=10,
)
def test_status_request(step, check, charger, session, protection):
    with step(1, "Plug in and read the ClientHello", expect="status_request is among the extensions"):
        charger.tls(only_hello=True)
        hello = protection.hello()
        extensions = protection.told(hello, "Extensions")
        check("status_request", "present" if "status_request" in extensions else "absent", equals="present", message=hello)


def refuses(truck, session, charger, protection, certificate):
    """Check that the vehicle refuses a station with that *certificate*."""
    session.fresh()
    charger.tls([VERSION[truck.edition]], certificate)
    protection.refused(protection.hello(), late=True)


@case(
    "HV-TLS-06",
    title="Bad TLS certificate of the station",
    purpose="The vehicle refuses a station whose TLS certificate is expired, of an unknown root, of another name, or revoked.",
    refs=["V2G2-875", "V2G2-924", "V2G20-1240"],
    basis="quoted",
    confidence="medium",
    pics="E.TLS",
    editions=["iso15118-2", "iso15118-20"],
    faults=[
        "tls_certificate_not_checked",
        "tls_certificate_not_checked@iso15118-20",
        "tls_expiry_not_checked",
        "tls_root_not_checked",
        "tls_name_not_checked",
        "tls_revocation_not_checked",
        "tls_every_station_refused",
    ],
    needs=["energise"],
    duration_s=90,
)
def test_bad_certificates(truck, step, charger, session, protection):
    with step(1, "Plug in; show an expired TLS certificate", expect="no V2G message, the connection is ended within 5 s"):
        refuses(truck, session, charger, protection, "expired")
    with step(2, "Plug in anew; show a TLS certificate of an unknown root", expect="the same"):
        refuses(truck, session, charger, protection, "wrong_root")
    with step(3, "Plug in anew; show a TLS certificate of another name", expect="the same"):
        refuses(truck, session, charger, protection, "wrong_name")
    with step(4, "Plug in anew; show a revoked TLS certificate", expect="the same"):
        refuses(truck, session, charger, protection, "revoked")
    with step(5, "Plug in anew; show a good TLS certificate", expect="a complete session"):
        session.next_session()


def swapped(data):
    """A discovery response that announces the other kind of connection."""
    return data[:SECURITY_AT] + bytes((data[SECURITY_AT] ^ TLS_BIT,)) + data[SECURITY_AT + 1 :]


@case(
    "HV-SDP-08",
    title="Security byte that was not asked for",
    purpose="When the discovery announces the other security, the vehicle keeps to its policy: DIN never over TLS, -20 never without.",
    refs=["V2G-DC-618", "V2G20-1237"],
    basis="quoted",
    confidence="medium",
    pics="(E.CCS OR E.MCS) AND E.INVALID",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["sdp_security_overlooked", "sdp_dead_after_other_security"],
    needs=["energise"],
    duration_s=60,
)
def test_other_security(bench, truck, step, check, charger, session):
    with step(
        1,
        "Plug in; swap the security byte in every discovery response",
        expect="DIN: no ClientHello; ISO 15118-20 outside a laboratory: no message without TLS 1.3; no message other than announced",
    ):
        charger.sdp_raw(swapped)
        since_ns = bench.now_ns
        session.plug_in()
        first = bench.wait_record(is_discovery, since=since_ns - 1, until_ns=bench.now_ns + truck.limit("approach.discovery").upper_ns)
        if first is None:
            raise Inconclusive(Reason.PRECONDITION, "the vehicle sent no discovery request")
        bench.run_for(truck.limit("sdp.connect").upper_ns)
        asked = first.pdu.data[-2]
        bench.given("SECCDiscoveryRes", since=since_ns, where=lambda message: message["Security"] == asked ^ TLS_BIT, what="other security")
        sent = requests_on_tcp(bench, since_ns)
        hellos = bench.messages("ClientHello", since=since_ns)
        announced_tls = asked == TLS_BIT
        odd = [message for message in sent if bool(message.security) is not announced_tls]
        check("requests on a connection other than announced", len(odd), equals=0, message=odd[0] if odd else None)
        if truck.edition == "din70121":
            check("ClientHello", len(hellos), equals=0, message=hellos[0] if hellos else None)
        if truck.edition == "iso15118-20" and not truck.pics("E.LAB20"):
            plain = [message for message in sent if message.security != "TLS 1.3" and ISO_20_NAMESPACE in str(dict(message.values))]
            check("offers of ISO 15118-20 without TLS 1.3", len(plain), equals=0, message=plain[0] if plain else None)
    with step(2, "Unplug, plug in, and answer rightly", expect="a complete session"):
        session.next_session()
