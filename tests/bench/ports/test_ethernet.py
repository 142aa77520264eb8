"""Whole Ethernet frames between two namespaces joined by a virtual cable."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.bench.ports import open_port
from harness.core import ConfigError, Datagram, Level, LocalProtocolError, RigError
from harness.protocols.iso15118.slac.frames import BROADCAST, Mme, decode
from tests.bench.ports.namespaces import INTERFACE, inside, refusal
from tests.interop.namespaces import Pair, joined

Opened = Callable[[Any], Any]
needs_namespaces = pytest.mark.skipif(bool(refusal()), reason=refusal() or "namespaces can be made")

EV, EVSE = "02:00:00:00:00:0A", "02:00:00:00:00:0B"


def request(run_id: bytes = b"a run id") -> Datagram:
    return Mme("CM_SLAC_PARM.REQ", EV, BROADCAST, {"run_id": run_id}).datagram()


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with joined() as made:
        yield made


@pytest.fixture
def ends(pair: Pair, opened: Opened) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Port and mailbox in each namespace."""
    made = []
    for namespace in (pair.ours, pair.peers):
        with inside(namespace):
            port = open_port("ethernet", {"link": "plc", "channel": INTERFACE})
            made.append((port, opened(port)))
    return made[0], made[1]


@needs_namespaces
def test_frames_arrive_whole_with_their_addresses(ends: Any):
    (truck, heard_by_truck), (station, heard_by_station) = ends
    before_ns = time.monotonic_ns()
    truck.send(request())
    (arrival,) = heard_by_station.wait(1)
    assert arrival.pdu == request()
    assert before_ns < arrival.host_ns < time.monotonic_ns()
    assert decode(arrival.pdu.data).values["run_id"] == b"a run id"
    answer = Mme("CM_VALIDATE.CNF", EVSE, EV, {"toggle_num": 0, "result": 1}).datagram()
    station.send(answer)
    assert [each.pdu for each in heard_by_truck.wait(1)] == [answer]


@needs_namespaces
def test_own_frames_and_those_of_other_types_are_not_heard(ends: Any):
    (truck, heard_by_truck), (_, heard_by_station) = ends
    foreign = bytes.fromhex("ffffffffffff" + "02000000000a" + "88b5") + bytes(46)
    truck.send(Datagram(foreign, EV, BROADCAST))
    for number in range(5):
        truck.send(request(bytes([number]) * 8))
    assert [decode(each.pdu.data).values["run_id"][0] for each in heard_by_station.wait(5)] == [0, 1, 2, 3, 4]
    assert heard_by_truck.arrivals == []
    assert truck.dropped() == 0


@needs_namespaces
def test_only_whole_frames_are_carried_and_only_while_open(ends: Any):
    (truck, _), _ = ends
    for wrong in (Level("plug", 1), Datagram(b"short", EV, BROADCAST)):
        with pytest.raises(LocalProtocolError, match="carries whole frames as datagrams"):
            truck.send(wrong)
    with pytest.raises(ConfigError, match="is open already"):
        truck.open(lambda *_: None)
    truck.close()
    truck.close()
    with pytest.raises(RigError, match="is not open"):
        truck.send(request())


@needs_namespaces
def test_missing_interface_is_told(pair: Pair, opened: Opened):
    with inside(pair.ours), pytest.raises(ConfigError, match=r"at 'nonet9' cannot be opened: .*; is the interface there \(have: .*lo"):
        opened(open_port("ethernet", {"channel": "nonet9"}))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "key 'channel' is missing: name the network interface"),
        ({"channel": "eth1", "ethertype": 70000}, "'ethertype' must lie between 1536 and 65535"),
        ({"channel": "eth1", "ethertype": "homeplug"}, "'ethertype' must be a positive integer"),
        ({"channel": "eth1", "speed": 10}, "unknown key 'speed'"),
    ],
)
def test_wrong_options_are_told(options: dict[str, object], text: str):
    with pytest.raises(ConfigError, match=text):
        open_port("ethernet", options)
