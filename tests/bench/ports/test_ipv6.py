"""The network port on two namespaces joined by a virtual cable: discovery, connections, refusals, resets, stamps."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from harness.bench.ports import open_port
from harness.core import Chunk, ConfigError, Datagram, Frame, Handshake, Level, Listen, LocalProtocolError, RigError, TlsSettings
from harness.protocols.iso15118.transport.hello import read_hello
from harness.protocols.iso15118.transport.pki import STATION_DOMAIN, make_pki
from tests.bench.ports.namespaces import INTERFACE, address_in, inside, refusal
from tests.interop.namespaces import Pair, joined

pytestmark = pytest.mark.skipif(bool(refusal()), reason=refusal() or "namespaces can be made")

Opened = Callable[[Any], Any]


@dataclass
class End:
    """One port in its namespace, and what came out of it."""

    namespace: str
    address: str
    port: Any
    box: Any

    def send(self, *pdus: object) -> None:
        with inside(self.namespace):
            for pdu in pdus:
                self.port.send(pdu)

    def at(self, port: int) -> str:
        return f"[{self.address}]:{port}"

    def heard(self, count: int) -> list[object]:
        return [arrival.pdu for arrival in self.box.wait(count)]


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with joined() as made:
        yield made


@pytest.fixture
def ends(pair: Pair, opened: Opened) -> Iterator[tuple[End, End]]:
    """Truck and station."""
    made = []
    for namespace in (pair.ours, pair.peers):
        with inside(namespace):
            port = open_port("ipv6", {"link": "charge", "channel": INTERFACE})
            made.append(End(namespace, address_in(namespace), port, opened(port)))
    yield made[0], made[1]
    for end in made:
        end.port.close()


@dataclass
class Talk:
    """An established connection."""

    truck: End
    station: End
    ev: str
    secc: str

    def of_truck(self, data: bytes = b"", **flags: bool) -> Chunk:
        return Chunk(data, source=self.ev, destination=self.secc, **flags)

    def of_station(self, data: bytes = b"", **flags: bool) -> Chunk:
        return Chunk(data, source=self.secc, destination=self.ev, **flags)


@pytest.fixture
def talk(ends: tuple[End, End], request: pytest.FixtureRequest) -> Talk:
    truck, station = ends
    number = 51000 + sum(request.node.name.encode()) % 9000
    talk = Talk(truck, station, truck.at(number), station.at(number + 1))
    station.send(Listen(talk.secc))
    truck.send(talk.of_truck(begin=True))
    assert station.heard(1) == [talk.of_truck(begin=True)]
    station.send(talk.of_station(begin=True))
    assert truck.heard(1) == [talk.of_station(begin=True)]
    return talk


def test_discovery_goes_to_all_nodes_and_is_answered_to_one(ends: tuple[End, End]):
    truck, station = ends
    station.send(Listen(station.at(15118), datagrams=True))
    ask = Datagram(bytes.fromhex("01fe9000000000021000"), truck.at(49200), "[ff02::1]:15118")
    truck.send(Listen(truck.at(49200), datagrams=True), ask)
    assert station.heard(1) == [ask]
    answer = Datagram(b"\x01\xfe\x90\x01", station.at(15118), truck.at(49200))
    station.send(answer)
    assert truck.heard(1) == [answer]


def test_connection_carries_bytes_both_ways_and_ends_one_direction_after_the_other(talk: Talk):
    talk.truck.send(talk.of_truck(b"request", end=True))
    assert b"".join(pdu.data for pdu in talk.station.heard(3)[1:]) == b"request"
    assert talk.station.heard(3)[2] == talk.of_truck(end=True)
    talk.station.send(talk.of_station(b"response"), talk.of_station(end=True))
    assert talk.truck.heard(3)[1:] == [talk.of_station(b"response"), talk.of_station(end=True)]


def test_reset_reaches_the_other_side_as_a_reset(talk: Talk):
    talk.station.send(talk.of_station(reset=True))
    assert talk.truck.heard(2)[1] == talk.of_station(reset=True)
    talk.truck.send(talk.of_truck(b"too late"))  # on its way when the reset came: lost, no error


def test_reset_after_the_end_of_the_peer_is_told_too(talk: Talk):
    talk.truck.send(talk.of_truck(end=True))
    talk.station.heard(2)
    talk.truck.send(talk.of_truck(reset=True))
    talk.station.send(talk.of_station(b"into the void"))
    assert talk.station.heard(3)[2] == talk.of_truck(reset=True)


def test_nobody_listening_refuses(ends: tuple[End, End]):
    truck, station = ends
    truck.send(Chunk(b"", begin=True, source=truck.at(50100), destination=station.at(50999)))
    assert truck.heard(1) == [Chunk(b"", reset=True, source=station.at(50999), destination=truck.at(50100))]


def test_port_that_is_no_longer_listened_to_refuses(ends: tuple[End, End]):
    truck, station = ends
    station.send(Listen(station.at(50200)), Listen(station.at(50200), active=False))
    truck.send(Chunk(b"", begin=True, source=truck.at(50300), destination=station.at(50200)))
    assert truck.heard(1)[0].reset


def test_more_than_the_kernel_takes_at_once_arrives_whole_without_blocking(talk: Talk):
    data = bytes(range(256)) * 40_000
    begun = time.monotonic()
    talk.truck.send(talk.of_truck(data), talk.of_truck(end=True))
    assert time.monotonic() - begun < 2
    received = bytearray()
    count = 1
    while not (chunk := talk.station.heard(count + 1)[count]).end:
        received += chunk.data
        count += 1
    assert bytes(received) == data


def test_stamps_are_those_of_the_kernel_on_the_clock_of_the_host(talk: Talk):
    before_ns = time.monotonic_ns()
    talk.truck.send(talk.of_truck(b"stamped"))
    arrival = talk.station.box.wait(2)[1]
    assert before_ns <= arrival.interface_ns <= arrival.host_ns <= time.monotonic_ns()
    first = talk.station.box.wait(1)[0]
    assert first.interface_ns == first.host_ns


def test_same_ports_can_connect_again_at_once(talk: Talk):
    talk.truck.send(talk.of_truck(end=True))
    talk.station.heard(2)
    talk.station.send(talk.of_station(end=True))
    talk.truck.heard(2)
    talk.truck.send(talk.of_truck(begin=True))
    assert talk.truck.heard(3)[2] == talk.of_station(begin=True)


def test_bytes_on_what_is_no_connection_are_refused(ends: tuple[End, End]):
    truck, station = ends
    with pytest.raises(LocalProtocolError, match="there is no connection"):
        truck.send(Chunk(b"x", source=truck.at(1), destination=station.at(2)))
    with pytest.raises(LocalProtocolError, match="there is no connection"):
        truck.send(Handshake(truck.at(1), station.at(2), TlsSettings(server=False)))
    for pdu in (Level("plug", 1), Frame(1)):
        with pytest.raises(LocalProtocolError, match="carries datagrams and connections, not a"):
            truck.send(pdu)


def test_foreign_address_of_a_role_is_named_with_those_there_are(ends: tuple[End, End]):
    truck, station = ends
    with pytest.raises(RigError, match=rf"did not take .*fe80::77.*is the address of the role one of the interface \({truck.address}\)"):
        truck.send(Chunk(b"", begin=True, source="[fe80::77]:49152", destination=station.at(2)))


def test_unknown_interface_is_refused_with_those_there_are(pair: Pair):
    port = open_port("ipv6", {"link": "charge", "channel": "nowhere0"})
    with inside(pair.ours), pytest.raises(ConfigError, match=rf"there is no interface 'nowhere0' \(have: .*{INTERFACE}"):
        port.open(lambda *_: None)


def test_interface_without_an_address_is_refused(pair: Pair):
    subprocess.run(["ip", "-n", pair.ours, "link", "add", "bare0", "type", "veth", "peer", "name", "bare1"], check=True)
    port = open_port("ipv6", {"link": "charge", "channel": "bare0"})
    with inside(pair.ours), pytest.raises(ConfigError, match="interface 'bare0' has neither a link-local IPv6 address nor an IPv4"):
        port.open(lambda *_: None)


def test_closed_port_takes_nothing_and_can_be_opened_again(ends: tuple[End, End], opened: Opened):
    truck, station = ends
    station.send(Listen(station.at(50400)))
    for _ in range(2):
        truck.port.close()
    with pytest.raises(RigError, match="is not open"):
        truck.send(Datagram(b"x", truck.at(1), station.at(2)))
    with inside(truck.namespace):
        box = opened(truck.port)
    truck.send(Chunk(b"", begin=True, source=truck.at(50500), destination=station.at(50400)))
    assert box.wait(1)[0].pdu.begin


def test_options_are_checked():
    with pytest.raises(ConfigError, match="'channel' is missing: name the network interface"):
        open_port("ipv6", {"link": "charge"})
    with pytest.raises(ConfigError, match="unknown key 'chanel'"):
        open_port("ipv6", {"link": "charge", "channel": "x", "chanel": "y"})


PKI = make_pki()


def wants_truck(*versions: str) -> TlsSettings:
    return TlsSettings(False, versions or ("TLS 1.3",), trusted=PKI.station_root, revoked=PKI.revoked, domain=STATION_DOMAIN)


def wants_station(leaf: str = "good", *versions: str) -> TlsSettings:
    return TlsSettings(True, versions or ("TLS 1.3",), PKI.station[leaf].chain, PKI.station[leaf].key)


def outcomes(end: End, count: int) -> list[object]:
    return [pdu for pdu in end.heard(count) if isinstance(pdu, Handshake)]


@pytest.mark.parametrize("first", ["truck", "station"])
@pytest.mark.parametrize("version", ["TLS 1.2", "TLS 1.3"])
def test_protected_connection_carries_readable_bytes_whoever_wishes_first(talk: Talk, version: str, first: str):
    wishes = [
        (talk.truck, Handshake(talk.ev, talk.secc, wants_truck(version))),
        (talk.station, Handshake(talk.secc, talk.ev, wants_station("good", version))),
    ]
    for end, wish in wishes if first == "truck" else wishes[::-1]:
        end.send(wish)
        time.sleep(0.05)
    (told,) = outcomes(talk.truck, 2)
    assert (told.source, told.version, told.subject) == (talk.secc, version, "SECC")
    hello, (answered,) = talk.station.heard(2)[1], outcomes(talk.station, 3)
    assert (hello.sealed, hello.security, hello.data[0]) == (True, "TLS", 0x16)
    assert read_hello(hello.data).versions
    assert (answered.source, answered.version, answered.subject) == (talk.ev, version, "")
    talk.truck.send(talk.of_truck(b"ask"))
    assert talk.station.heard(4)[3] == Chunk(b"ask", source=talk.ev, destination=talk.secc, security=version)
    talk.station.send(talk.of_station(b"answer"), talk.of_station(end=True))
    assert [(pdu.data, pdu.end, pdu.security) for pdu in talk.truck.heard(4)[2:]] == [(b"answer", False, version), (b"", True, version)]
    talk.truck.send(talk.of_truck(end=True))
    assert talk.station.heard(5)[4].end


@pytest.mark.parametrize(("leaf", "alert"), [("expired", "certificate_expired"), ("wrong_name", "bad_certificate")])
def test_bad_certificate_is_refused_and_both_sides_learn_of_the_end(talk: Talk, leaf: str, alert: str):
    talk.station.send(Handshake(talk.secc, talk.ev, wants_station(leaf, "TLS 1.2")))
    talk.truck.send(Handshake(talk.ev, talk.secc, wants_truck("TLS 1.2")))
    assert outcomes(talk.truck, 2) == [Handshake(talk.ev, talk.secc, alert=alert)]
    if leaf == "expired":
        assert outcomes(talk.station, 3) == [Handshake(talk.ev, talk.secc, alert=alert)]
    else:  # To OpenSSL the handshake is complete when the truck looks at the name.
        assert [outcome.version for outcome in outcomes(talk.station, 3)] == ["TLS 1.2"]
    assert talk.station.heard(4)[3].end
    assert talk.station.heard(4)[3].source == talk.ev


def test_refused_connection_is_seen_to_end_from_the_other_side(talk: Talk):
    talk.station.send(Handshake(talk.secc, talk.ev, wants_station("expired", "TLS 1.3")))
    talk.truck.send(Handshake(talk.ev, talk.secc, wants_truck("TLS 1.3")))
    refused, ended = talk.truck.heard(3)[1:]
    assert (refused.alert, ended) == ("certificate_expired", talk.of_station(end=True))
    talk.truck.send(talk.of_truck(b"nothing goes out any more"))
    assert talk.station.heard(4)[3] == talk.of_truck(end=True)


def test_versions_that_do_not_meet_give_no_connection(talk: Talk):
    talk.station.send(Handshake(talk.secc, talk.ev, wants_station("good", "TLS 1.2")))
    talk.truck.send(Handshake(talk.ev, talk.secc, wants_truck("TLS 1.3")))
    (refused,) = outcomes(talk.truck, 2)
    assert refused.alert
    assert not refused.version
