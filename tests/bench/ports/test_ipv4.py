"""The network port with IPv4: two parties on the loopback interface of one machine, broadcasts, connections, foreign addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.bench.ports import open_port
from harness.core import Chunk, ConfigError, Datagram, Listen, LocalProtocolError, RigError

OURS, THEIRS, ALL = "127.0.0.1", "127.0.0.2", "255.255.255.255"
PORT = 13_411

Side = tuple[Any, Any]
"""A port and what came out of it."""


@pytest.fixture
def sides(opened: Callable[[Any], Any]) -> Iterator[tuple[Side, Side]]:
    """Tester and truck."""
    ports = [open_port("ip", {"link": "ethernet", "channel": "lo"}) for _ in range(2)]
    ours, theirs = ((port, opened(port)) for port in ports)
    yield ours, theirs
    for port in ports:
        port.close()


def heard(side: Side, count: int) -> list[object]:
    return [arrival.pdu for arrival in side[1].wait(count)]


def test_broadcast_reaches_the_other_party_on_the_same_port_and_not_its_sender(sides: tuple[Side, Side]) -> None:
    (tester, _), (truck, _) = sides
    tester.send(Listen(f"{OURS}:{PORT}", datagrams=True))
    truck.send(Listen(f"{THEIRS}:{PORT}", datagrams=True))
    announced = Datagram(b"announcement", f"{THEIRS}:{PORT}", f"{ALL}:{PORT}")
    truck.send(announced)
    assert heard(sides[0], 1) == [announced]
    to_one = Datagram(b"identification", f"{OURS}:{PORT}", f"{THEIRS}:{PORT}")
    tester.send(to_one)
    assert heard(sides[1], 1) == [to_one], "the truck heard its own broadcast, or not what was for it"


def test_port_that_is_no_longer_listened_to_is_free_for_others(sides: tuple[Side, Side]) -> None:
    (tester, _), (truck, _) = sides
    tester.send(
        Listen(f"{OURS}:{PORT}", datagrams=True),
    )
    tester.send(Listen(f"{OURS}:{PORT}", datagrams=True, active=False))
    truck.send(Listen(f"{THEIRS}:{PORT + 1}", datagrams=True))
    truck.send(Datagram(b"nobody", f"{THEIRS}:{PORT + 1}", f"{OURS}:{PORT}"))
    tester.send(Datagram(b"somebody", f"{OURS}:{PORT + 2}", f"{THEIRS}:{PORT + 1}"))
    assert [pdu.data for pdu in heard(sides[1], 1)] == [b"somebody"]  # type: ignore[attr-defined]
    assert sides[0][1].arrivals == []


def test_connection_carries_bytes_both_ways_and_ends(sides: tuple[Side, Side]) -> None:
    (tester, _), (truck, _) = sides
    here, there = f"{OURS}:{PORT + 3}", f"{THEIRS}:{PORT + 4}"
    truck.send(Listen(there))
    tester.send(Chunk(b"", begin=True, source=here, destination=there))
    assert heard(sides[1], 1) == [Chunk(b"", begin=True, source=here, destination=there)]
    truck.send(Chunk(b"", begin=True, source=there, destination=here))
    tester_heard = heard(sides[0], 1)
    tester.send(Chunk(b"request", source=here, destination=there))
    assert heard(sides[1], 2)[1] == Chunk(b"request", source=here, destination=there)
    truck.send(Chunk(b"response", source=there, destination=here))
    assert [*tester_heard, heard(sides[0], 2)[1]] == [
        Chunk(b"", begin=True, source=there, destination=here),
        Chunk(b"response", source=there, destination=here),
    ]
    truck.send(Chunk(b"", reset=True, source=there, destination=here))
    assert heard(sides[0], 3)[2] == Chunk(b"", reset=True, source=there, destination=here)


def test_nobody_listening_refuses(sides: tuple[Side, Side]) -> None:
    sides[0][0].send(Chunk(b"", begin=True, source=f"{OURS}:{PORT + 5}", destination=f"{THEIRS}:{PORT + 6}"))
    assert heard(sides[0], 1) == [Chunk(b"", reset=True, source=f"{THEIRS}:{PORT + 6}", destination=f"{OURS}:{PORT + 5}")]


def test_foreign_address_and_foreign_spelling_are_named(sides: tuple[Side, Side]) -> None:
    tester = sides[0][0]
    with pytest.raises(RigError, match=r"is the address of the role one of the interface \(127\.0\.0\.1\)"):
        tester.send(Listen(f"192.0.2.77:{PORT}"))
    with pytest.raises(RigError, match="did not take"):
        tester.send(Listen(f"192.0.2.77:{PORT}", datagrams=True))
    with pytest.raises(LocalProtocolError, match="is no address with a port"):
        tester.send(Datagram(b"x", "[127.0.0.1]:5", f"{THEIRS}:{PORT}"))


def test_evidence_knows_the_address(sides: tuple[Side, Side]) -> None:
    assert "127.0.0.1" in sides[0][0].info["addresses"]


def test_options_are_checked() -> None:
    with pytest.raises(ConfigError, match="'channel' is missing"):
        open_port("ip", {"link": "ethernet"})
