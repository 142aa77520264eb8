"""What a trace tells of TLS: the hello as a message, the outcome of the handshake, and a session that is told as protected."""

from __future__ import annotations

from dataclasses import replace

from harness.core import Chunk, Direction, Handshake, Record, ms
from harness.protocols.iso15118 import STANDARD
from harness.protocols.iso15118.decoder import IsoDecoder
from harness.protocols.iso15118.transport.hello import ClientHello, build_hello
from tests.protocols.iso15118.scripted import CHARGER, VEHICLE, records, session

HELLO = build_hello(
    ClientHello(
        ("TLS 1.2",), ("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",), ("secp256r1",), ("supported_groups", "trusted_ca_keys"), (b"0\0",)
    )
)


def with_handshake(outcomes: list[Handshake]) -> list[Record]:
    """The scripted session behind a handshake."""
    rows = []
    for record in records(session()):
        pdu = record.pdu
        data = isinstance(pdu, Chunk) and not pdu.begin
        rows.append((record.t_ns, replace(pdu, security="TLS 1.2") if data else pdu))
        if isinstance(pdu, Chunk) and pdu.begin and pdu.source == CHARGER:
            rows.append((record.t_ns, Chunk(HELLO, source=VEHICLE, destination=CHARGER, security="TLS", sealed=True)))
            rows += [(record.t_ns + ms(1), outcome) for outcome in outcomes]
    return [Record(number, t_ns, t_ns, "net", Direction.RX, "", pdu) for number, (t_ns, pdu) in enumerate(rows, 1)]


AGREED = [
    Handshake(CHARGER, VEHICLE, None, "TLS 1.2", "ECDHE-ECDSA-AES128-SHA256", "", "SECC"),
    Handshake(VEHICLE, CHARGER, None, "TLS 1.2", "ECDHE-ECDSA-AES128-SHA256"),
]


def test_hello_and_outcome_are_messages_of_their_sides() -> None:
    decoder = IsoDecoder()
    messages = [message for record in with_handshake(AGREED) for message in decoder.feed(record)]
    hello, secc, evcc = messages[2:5]
    assert (hello.name, hello.sender, hello.frames) == ("ClientHello", "vehicle", (5,))
    assert hello.values == {
        "Versions": "TLS 1.2, TLS 1.1, TLS 1.0", "CipherSuites": "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "Groups": "secp256r1",
        "Extensions": "supported_groups, trusted_ca_keys", "Authorities": 1,
    }  # fmt: skip
    assert [(each.name, each.sender, each.values["Version"], each.values["Subject"]) for each in (secc, evcc)] == [
        ("TLSHandshake", "charger", "TLS 1.2", "SECC"),
        ("TLSHandshake", "vehicle", "TLS 1.2", ""),
    ]


def test_protected_session_is_told_and_complete() -> None:
    seen = with_handshake(AGREED)
    decoder = IsoDecoder()
    messages = [message for record in seen for message in decoder.feed(record)]
    (told,) = STANDARD.sessions(messages, seen)
    assert (told.complete, told.facts["security"]) == (True, "TLS 1.2")


def test_refused_handshake_names_the_alert() -> None:
    refused = with_handshake([Handshake(VEHICLE, CHARGER, alert="certificate_expired")])[:6]
    decoder = IsoDecoder()
    messages = [message for record in refused for message in decoder.feed(record)]
    assert (messages[-1].name, messages[-1].sender, messages[-1].values["Alert"]) == ("TLSHandshake", "vehicle", "certificate_expired")


def test_damaged_hello_is_a_message_with_a_note() -> None:
    seen = [
        record._replace(pdu=replace(record.pdu, data=HELLO[:60])) if isinstance(record.pdu, Chunk) and record.pdu.sealed else record
        for record in with_handshake([])
    ]
    decoder = IsoDecoder()
    (hello,) = [message for record in seen for message in decoder.feed(record) if message.name == "ClientHello"]
    assert hello.note.startswith("the ClientHello is cut off")
    assert hello.values == {}
