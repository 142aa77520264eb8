"""Lines over UDP: levels arrive, order of starting does not matter, malformed datagrams are counted."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from harness.bench.ports import open_port
from harness.core import ConfigError, Frame, Level, LocalProtocolError, RigError

Opened = Callable[[Any], Any]
Until = Callable[[Callable[[], object]], None]


@pytest.fixture
def addresses() -> tuple[str, str]:
    """Two free addresses of the loopback interface."""
    with socket.socket(type=socket.SOCK_DGRAM) as one, socket.socket(type=socket.SOCK_DGRAM) as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{one.getsockname()[1]}", f"127.0.0.1:{two.getsockname()[1]}"


@pytest.fixture
def ends(addresses: tuple[str, str]) -> tuple[Any, Any]:
    one, two = addresses
    return open_port("udp", {"link": "pilot", "bind": one, "peer": two}), open_port("udp", {"bind": two, "peer": one})


@pytest.fixture
def by_hand(addresses: tuple[str, str], opened: Opened) -> Any:
    """A port, its mailbox, and a function by which its peer sends raw bytes."""
    port = open_port("udp", {"bind": addresses[0], "peer": addresses[1]})
    box = opened(port)
    with socket.socket(type=socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", int(addresses[1].rpartition(":")[2])))
        yield port, box, lambda data: peer.sendto(data, ("127.0.0.1", int(addresses[0].rpartition(":")[2])))


def test_levels_arrive_in_order_without_echo(ends: tuple[Any, Any], opened: Opened):
    boxes = [opened(port) for port in ends]
    levels = [Level("plug", 1), Level("aux_v", 12), Level("dc_a", -0.25)]
    for level in levels:
        ends[0].send(level)
    arrivals = boxes[1].wait(3)
    assert [arrival.pdu for arrival in arrivals] == levels
    assert [arrival.interface_ns for arrival in arrivals] == [None] * 3
    assert boxes[0].arrivals == []
    assert ends[1].dropped() == 0


def test_peer_that_starts_later_learns_the_present_levels(ends: tuple[Any, Any], opened: Opened):
    opened(ends[0])
    for level in (Level("plug", 0), Level("plug", 1), Level("aux_v", 12)):
        ends[0].send(level)
    box = opened(ends[1])
    assert {arrival.pdu for arrival in box.wait(2)} == {Level("plug", 1), Level("aux_v", 12)}
    assert ends[1].dropped() == 0


def test_repeated_level_is_no_new_one(by_hand: Any):
    _, box, say = by_hand
    say(b'{"line": "plug", "value": 1}')
    say(b'{"line": "plug", "value": 1, "again": true}')
    say(b'{"line": "plug", "value": 0, "again": true}')
    say(b'{"line": "plug", "value": 0}')
    assert [arrival.pdu for arrival in box.wait(3)] == [Level("plug", 1), Level("plug", 0), Level("plug", 0)]


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\xff\x00garbage",
        b"null",
        b"[]",
        b"[" * 2000,
        b'{"line": "plug"}',
        b'{"line": "", "value": 1}',
        b'{"line": 7, "value": 1}',
        b'{"line": "plug", "value": "high"}',
        b'{"line": "plug", "value": NaN}',
        b'{"line": "plug", "value": null}',
        b'{"line": "plug", "value": 1, "seq": -3}',
        b'{"line": "plug", "value": 1, "seq": "x"}',
    ],
)
def test_malformed_datagram_is_counted_and_reading_goes_on(by_hand: Any, datagram: bytes):
    port, box, say = by_hand
    say(datagram)
    say(b'{"line": "plug", "value": 1}')
    assert [arrival.pdu for arrival in box.wait(1)] == [Level("plug", 1)]
    assert port.dropped() == 1


def test_gap_in_the_count_of_the_peer_is_a_loss(by_hand: Any):
    port, box, say = by_hand
    for number in (1, 2, 5):
        say(b'{"line": "plug", "value": 1, "seq": %d}' % number)
    box.wait(3)
    assert port.dropped() == 2


def test_peer_that_starts_again_is_no_loss(by_hand: Any):
    port, box, say = by_hand
    say(b'{"line": "plug", "value": 1, "seq": 9}')
    say(b'{"hello": true}')
    say(b'{"line": "plug", "value": 0, "seq": 3}')
    box.wait(2)
    assert port.dropped() == 0


def test_datagram_of_a_stranger_is_not_delivered(by_hand: Any, addresses: tuple[str, str]):
    port, box, say = by_hand
    with socket.socket(type=socket.SOCK_DGRAM) as stranger:
        stranger.sendto(b'{"line": "plug", "value": 0}', ("127.0.0.1", int(addresses[0].rpartition(":")[2])))
    say(b'{"line": "plug", "value": 1}')
    assert [arrival.pdu for arrival in box.wait(1)] == [Level("plug", 1)]
    assert port.dropped() == 1


def test_sending_without_a_peer_is_no_failure(ends: tuple[Any, Any], opened: Opened):
    opened(ends[0])
    for _ in range(3):
        ends[0].send(Level("plug", 1))


def test_only_levels_are_carried(ends: tuple[Any, Any], opened: Opened):
    opened(ends[0])
    with pytest.raises(LocalProtocolError, match="not a Frame"):
        ends[0].send(Frame(1))


def test_closed_port_refuses_and_opens_again(ends: tuple[Any, Any], opened: Opened):
    opened(ends[0])
    ends[0].close()
    ends[0].close()
    with pytest.raises(RigError, match=r"link 'pilot': udp .* is not open"):
        ends[0].send(Level("plug", 1))
    opened(ends[0])
    ends[0].send(Level("plug", 1))


def test_address_in_use_says_so(ends: tuple[Any, Any], addresses: tuple[str, str], opened: Opened):
    opened(ends[0])
    with pytest.raises(ConfigError, match="cannot be opened: Address already in use; 'bind' must be a free address"):
        open_port("udp", {"bind": addresses[0], "peer": addresses[1]}).open(lambda *_: None)


def test_unknown_host_says_so(addresses: tuple[str, str]):
    with pytest.raises(ConfigError, match="cannot be opened"):
        open_port("udp", {"bind": addresses[0], "peer": "no-such-host.invalid:1"}).open(lambda *_: None)


def test_all_problems_of_the_options_come_at_once():
    with pytest.raises(ConfigError) as caught:
        open_port("udp", {"link": "pilot", "bind": "47001", "prt": 1})
    assert [str(problem) for problem in caught.value.problems] == [
        "link 'pilot': 'bind' must be an address 'host:port', not '47001'",
        "link 'pilot': key 'peer' is missing: name the address as 'host:port', for example '127.0.0.1:47001'",
        "link 'pilot': unknown key 'prt' (have: bind, peer)",
    ]
