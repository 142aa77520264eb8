"""The network side of a party: who gets what, and in which order a connection lives."""

from __future__ import annotations

import pytest

from harness.core import Chunk, Datagram, Handshake, Listen, LocalProtocolError, TlsSettings
from harness.protocols.ip.host import (
    ALL_NODES,
    Broken,
    Connection,
    Ended,
    Event,
    Greeted,
    Heard,
    Host,
    Opened,
    Received,
    Refused,
    Secured,
    endpoint,
    split_endpoint,
)

STATION = "[fe80::5]:50000"


def exchange(*hosts: Host) -> dict[str, list[Event]]:
    """Carry everything between the hosts until nobody has anything to send; the events by address."""
    events: dict[str, list[Event]] = {host.address: [] for host in hosts}
    while sent := [(host, pdu) for host in hosts for pdu in host.take()]:
        for sender, pdu in sent:
            for host in hosts:
                if host is not sender:
                    events[host.address] += host.receive(pdu)
    return events


@pytest.fixture
def vehicle() -> Host:
    return Host("fe80::a")


@pytest.fixture
def station() -> Host:
    host = Host("fe80::5")
    host.listen(50000)
    return host


def test_connection_is_established_and_carries_bytes_both_ways(vehicle: Host, station: Host) -> None:
    ours = vehicle.connect(STATION)
    events = exchange(vehicle, station)
    [opened] = events["fe80::5"]
    assert isinstance(opened, Opened)
    assert events["fe80::a"] == [Opened(ours)]
    ours.send(b"ask")
    opened.connection.send(b"answer")
    events = exchange(vehicle, station)
    assert events == {"fe80::a": [Received(ours, b"answer")], "fe80::5": [Received(opened.connection, b"ask")]}


def test_connection_to_a_closed_port_is_refused(vehicle: Host, station: Host) -> None:
    ours = vehicle.connect("[fe80::5]:1")
    assert exchange(vehicle, station)["fe80::a"] == [Refused(ours)]
    assert ours.is_gone


def test_nobody_answers_for_an_address_that_does_not_exist(vehicle: Host, station: Host) -> None:
    ours = vehicle.connect("[fe80::7]:50000")
    assert exchange(vehicle, station) == {"fe80::a": [], "fe80::5": []}
    assert not ours.is_open
    assert not ours.is_gone


def test_connection_is_gone_when_both_sides_have_ended(vehicle: Host, station: Host) -> None:
    ours = vehicle.connect(STATION)
    [opened] = exchange(vehicle, station)["fe80::5"]
    assert isinstance(opened, Opened)
    ours.close()
    assert exchange(vehicle, station)["fe80::5"] == [Ended(opened.connection)]
    opened.connection.send(b"last words")
    assert exchange(vehicle, station)["fe80::a"] == [Received(ours, b"last words")]
    opened.connection.close()
    assert exchange(vehicle, station)["fe80::a"] == [Ended(ours)]
    assert ours.is_gone
    assert opened.connection.is_gone


def test_nothing_is_sent_after_the_own_end(vehicle: Host, station: Host) -> None:
    ours = vehicle.connect(STATION)
    exchange(vehicle, station)
    ours.close()
    with pytest.raises(LocalProtocolError, match="closed: nothing can be sent"):
        ours.send(b"x")


def test_reset_breaks_the_other_side_at_once(vehicle: Host, station: Host) -> None:
    ours = vehicle.connect(STATION)
    [opened] = exchange(vehicle, station)["fe80::5"]
    assert isinstance(opened, Opened)
    opened.connection.reset()
    assert exchange(vehicle, station)["fe80::a"] == [Broken(ours)]
    assert ours.is_gone


def test_connection_waits_where_the_host_does_not_accept_yet(vehicle: Host, station: Host) -> None:
    station.accepts = False
    ours = vehicle.connect(STATION)
    assert exchange(vehicle, station) == {"fe80::a": [], "fe80::5": []}
    [opened] = station.accept_waiting()
    assert isinstance(opened, Opened)
    assert exchange(vehicle, station)["fe80::a"] == [Opened(ours)]


def test_datagram_reaches_bound_ports_of_its_address_and_of_all_nodes(vehicle: Host, station: Host) -> None:
    station.bind(15118)
    vehicle.send_datagram(b"who", endpoint(ALL_NODES, 15118), 50001)
    vehicle.send_datagram(b"you", endpoint("fe80::5", 15118), 50001)
    vehicle.send_datagram(b"other port", endpoint("fe80::5", 15119), 50001)
    vehicle.send_datagram(b"other host", endpoint("fe80::6", 15118), 50001)
    heard = exchange(vehicle, station)["fe80::5"]
    assert [event.datagram.data for event in heard if isinstance(event, Heard)] == [b"who", b"you"]


def test_second_connection_does_not_take_bytes_of_the_first(vehicle: Host, station: Host) -> None:
    first, second = vehicle.connect(STATION), vehicle.connect(STATION)
    exchange(vehicle, station)
    assert vehicle.receive(Chunk(b"x", source=STATION, destination=second.own)) == [Received(second, b"x")]
    assert first.own != second.own


def test_it_says_to_the_link_what_it_takes() -> None:
    host = Host("fe80::5")
    host.bind(15118)
    host.listen(50000)
    host.unlisten(50000)
    host.unbind(15118)
    discovery, station = "[fe80::5]:15118", STATION
    assert host.take() == [
        Listen(discovery, datagrams=True),
        Listen(station),
        Listen(station, active=False),
        Listen(discovery, datagrams=True, active=False),
    ]


def test_bytes_of_an_unknown_connection_are_passed_over(station: Host) -> None:
    station.take()
    assert station.receive(Chunk(b"x", source="[fe80::a]:49152", destination=STATION)) == []
    assert station.take() == []


@pytest.mark.parametrize("text", ["fe80::1:5", "[fe80::1]", "[fe80::1]:x", "[fe80::1]:65536", ""])
def test_text_that_is_no_endpoint_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no address with a port"):
        split_endpoint(text)


def test_endpoint_is_split_as_it_was_made() -> None:
    assert split_endpoint(endpoint("fe80::1", 15118)) == ("fe80::1", 15118)
    assert Host("fe80::1").receive(Datagram(b"", "[fe80::2]:1", "[fe80::1]:15118")) == []


def established(vehicle: Host, station: Host) -> tuple[Connection, Connection]:
    ours = vehicle.connect(STATION)
    events = exchange(vehicle, station)
    [opened] = [event for event in events["fe80::5"] if isinstance(event, Opened)]
    return ours, opened.connection


def test_wish_for_protection_goes_to_the_link(vehicle: Host, station: Host) -> None:
    ours, _ = established(vehicle, station)
    settings = TlsSettings(server=False)
    ours.secure(settings)
    [wish] = vehicle.take()
    assert isinstance(wish, Handshake)
    assert (wish.source, wish.destination, wish.settings) == (ours.own, ours.peer, settings)


def test_agreed_protection_marks_what_is_sent_from_then_on(vehicle: Host, station: Host) -> None:
    ours, theirs = established(vehicle, station)
    outcome = Handshake(theirs.own, theirs.peer, None, "TLS 1.3", "some cipher")
    assert vehicle.receive(outcome) == [Secured(ours, outcome)]
    ours.send(b"ask")
    assert vehicle.take() == [Chunk(b"ask", source=ours.own, destination=ours.peer, security="TLS 1.3")]


def test_alert_of_either_side_breaks_the_connection_for_both(vehicle: Host, station: Host) -> None:
    ours, theirs = established(vehicle, station)
    left = Handshake(ours.own, ours.peer, alert="unknown_ca")
    assert vehicle.receive(left) == [Broken(ours, left)]
    assert station.receive(left) == [Broken(theirs, left)]
    assert ours.is_gone
    assert theirs.is_gone
    assert station.receive(Chunk(b"", source=ours.own, destination=ours.peer, reset=True)) == []


def test_hello_of_the_peer_is_no_data(vehicle: Host, station: Host) -> None:
    ours, theirs = established(vehicle, station)
    hello = Chunk(b"\x16\x03", source=ours.own, destination=ours.peer, security="TLS", sealed=True)
    assert station.receive(hello) == [Greeted(theirs, b"\x16\x03")]


def test_connection_that_is_not_open_cannot_be_protected(vehicle: Host) -> None:
    with pytest.raises(LocalProtocolError, match="it cannot be protected"):
        vehicle.connect(STATION).secure(TlsSettings(server=False))
