"""TLS on the network in memory: both sides wish, OpenSSL shakes hands, the trace shows the outcome and readable bytes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.bench.kernel import Kernel
from harness.bench.links import NetworkLink
from harness.core import Chunk, Handshake, LocalProtocolError, TlsSettings, Trace, ms, s
from harness.protocols.iso15118.transport.pki import make_pki

EV, SECC = "[fe80::a]:49200", "[fe80::b]:50000"


def ev(data: bytes = b"", **more: object) -> Chunk:
    return Chunk(data, source=EV, destination=SECC, **more)


def secc(data: bytes = b"", **more: object) -> Chunk:
    return Chunk(data, source=SECC, destination=EV, **more)


def station(leaf: str = "good", *versions: str, mutual: bool = False) -> TlsSettings:
    pki = make_pki()
    shown = pki.station[leaf]
    trusted = pki.vehicle_root if mutual else ""
    return TlsSettings(True, versions or ("TLS 1.2",), shown.chain, shown.key, trusted, demands_certificate=mutual)


def truck(*versions: str, mutual: bool = False, hello: bytes = b"") -> TlsSettings:
    pki = make_pki()
    own = (pki.vehicle.chain, pki.vehicle.key) if mutual else ("", "")
    return TlsSettings(False, versions or ("TLS 1.2",), *own, pki.station_root, pki.revoked, domain="CPO", hello=hello)


def run(
    script, ev_sends: list[tuple[int, object]], secc_sends: list[tuple[int, object]], latency_ns: int = 0
) -> tuple[Trace, object, object]:
    kernel = Kernel()
    kernel.add_link(NetworkLink("charge", latency_ns))
    nodes = script("truck", [(ms(1), ev(begin=True)), *ev_sends]), script("charger", [(ms(2), secc(begin=True)), *secc_sends])
    for node in nodes:
        kernel.attach(node, "charge")
    kernel.start()
    kernel.run_until(s(1))
    return kernel.trace, *nodes


def pdus(trace: Trace) -> list[object]:
    return [record.pdu for record in trace][2:]


@pytest.mark.parametrize("version", ["TLS 1.2", "TLS 1.3"])
def test_bytes_are_readable_and_marked_once_both_sides_agreed(script, version: str):
    wishes = (
        [(ms(3), Handshake(EV, SECC, truck(version, mutual=True)))],
        [(ms(4), Handshake(SECC, EV, station("good", version, mutual=True)))],
    )
    trace, first, second = run(script, [*wishes[0], (ms(5), ev(b"ask"))], [*wishes[1], (ms(6), secc(b"answer"))])
    cipher = {"TLS 1.2": "ECDHE-ECDSA-AES256-GCM-SHA384", "TLS 1.3": "TLS_AES_256_GCM_SHA384"}[version]
    told = [Handshake(SECC, EV, None, version, cipher, "", "SECC"), Handshake(EV, SECC, None, version, cipher, "", "EVCC")]
    assert pdus(trace) == [*told, ev(b"ask", security=version), secc(b"answer", security=version)]
    assert [pdu for _, pdu in first.heard if isinstance(pdu, Handshake)] == told[:1]
    assert [pdu for _, pdu in second.heard if isinstance(pdu, Handshake)] == told[1:]


@pytest.mark.parametrize(
    ("leaf", "alert"),
    [
        ("expired", "certificate_expired"),
        ("wrong_root", "unknown_ca"),
        ("wrong_name", "bad_certificate"),
        ("revoked", "certificate_revoked"),
    ],
)
@pytest.mark.parametrize("version", ["TLS 1.2", "TLS 1.3"])
def test_bad_certificate_of_the_station_is_refused_by_name_and_the_connection_torn(script, leaf: str, alert: str, version: str):
    wishes = [(ms(3), Handshake(EV, SECC, truck(version)))], [(ms(3), Handshake(SECC, EV, station(leaf, version)))]
    trace, first, second = run(script, *wishes)
    left = Handshake(EV, SECC, None, "", "", alert)
    assert pdus(trace) == [left, ev(reset=True)]
    assert [pdu for _, pdu in second.heard][1:] == [left, ev(reset=True)]
    assert [pdu for _, pdu in first.heard][1:] == [left]  # who left knows why


@pytest.mark.parametrize(
    ("offered", "accepted"),
    [(("TLS 1.2",), ("TLS 1.1",)), (("TLS 1.3",), ("TLS 1.2",)), (("TLS 1.2",), ("TLS 1.3",))],
)
def test_versions_that_do_not_meet_give_no_connection(script, offered: tuple[str, ...], accepted: tuple[str, ...]):
    wishes = [(ms(3), Handshake(EV, SECC, truck(*offered)))], [(ms(3), Handshake(SECC, EV, station("good", *accepted)))]
    trace, *_ = run(script, *wishes)
    left, torn = pdus(trace)
    assert isinstance(left, Handshake)
    assert (left.version, bool(left.alert), torn.reset, torn.source) == ("", True, True, left.source)


def test_the_best_common_version_is_taken(script):
    wishes = [(ms(3), Handshake(EV, SECC, truck("TLS 1.2", "TLS 1.3")))], [(ms(3), Handshake(SECC, EV, station("good", "TLS 1.2")))]
    trace, *_ = run(script, *wishes)
    assert {pdu.version for pdu in pdus(trace)} == {"TLS 1.2"}


def test_client_without_the_demanded_certificate_is_refused_by_the_station(script):
    wishes = [(ms(3), Handshake(EV, SECC, truck("TLS 1.3")))], [(ms(3), Handshake(SECC, EV, station("good", "TLS 1.3", mutual=True)))]
    trace, *_ = run(script, *wishes)
    assert pdus(trace) == [Handshake(SECC, EV, None, "", "", "certificate_required"), secc(reset=True)]


def test_hello_of_the_client_is_shown_as_soon_as_it_wishes(script):
    hello = b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"
    trace, *_ = run(script, [(ms(3), Handshake(EV, SECC, truck(hello=hello)))], [(ms(5), secc(reset=True))])
    assert pdus(trace) == [ev(hello, security="TLS", sealed=True), secc(reset=True)]


def test_two_runs_give_the_same_trace(script):
    def once() -> str:
        wishes = [(ms(3), Handshake(EV, SECC, truck())), (ms(5), ev(b"ask"))], [(ms(3), Handshake(SECC, EV, station()))]
        return run(script, *wishes)[0].digest()

    assert once() == once()


def test_outcome_arrives_after_the_latency(script):
    wishes = [(ms(8), Handshake(EV, SECC, truck()))], [(ms(8), Handshake(SECC, EV, station()))]
    trace, *_ = run(script, *wishes, latency_ns=ms(2))
    assert [record.t_ns for record in trace if isinstance(record.pdu, Handshake)] == [ms(10), ms(10)]


@pytest.mark.parametrize(
    ("ev_sends", "secc_sends", "text"),
    [
        ([(ms(3), Handshake(EV, SECC))], [], "'truck' sent a handshake without settings of TLS"),
        ([(ms(3), Handshake(EV, "[fe80::c]:1", TlsSettings(server=False)))], [], "which it has not opened"),
        ([(ms(3), Handshake(EV, SECC, TlsSettings(server=False)))] * 2, [], "'truck' sent a second handshake"),
        (
            [(ms(3), Handshake(EV, SECC, TlsSettings(server=False)))],
            [(ms(3), Handshake(SECC, EV, TlsSettings(server=False)))],
            "want the same part of TLS",
        ),
        (
            [(ms(3), Handshake(EV, SECC, TlsSettings(server=False)))],
            [(ms(3), Handshake(SECC, EV, TlsSettings(server=True, certificate="nonsense")))],
            "OpenSSL does not take the settings of TLS",
        ),
    ],
)
def test_what_cannot_be_is_refused(script, ev_sends, secc_sends, text: str):
    with pytest.raises(LocalProtocolError, match=text):
        run(script, ev_sends, secc_sends)


def test_unknown_versions_are_refused():
    with pytest.raises(ValueError, match=r"no versions of TLS: SSL 3 \(have: TLS 1.0"):
        replace(TlsSettings(server=True), versions=("SSL 3",))
