"""The truck on its own network: power, claims, groups, identification, fault memory."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest

from harness.core import ConfigError, Direction, Frame, Level, Message, Record, ms, s
from harness.protocols.j1939 import GLOBAL, build_id
from harness.protocols.j1939.integrity import tsc1_checksum
from harness.protocols.j1939.listener import J1939Listener
from harness.sim.networked_truck import UnitsNode, networked_truck

VCU, BMS, TESTER = 0x27, 0xF3, 0xF9


class Bus:
    """The truck on a bus on which a frame takes no time."""

    def __init__(self, **options: object) -> None:
        self.units, self.supply = networked_truck(options)
        self.now_ns = 0
        self.messages: list[Message] = []
        self._listener = J1939Listener()
        self._number = 0
        self._seen(self.units.start(0))

    def line(self, name: str, value: float) -> None:
        self.supply.receive(self.now_ns, Level(name, value))

    def send(self, can_id: int, data: bytes) -> None:
        frame = Frame(can_id, data)
        self._seen([frame])
        self._seen(self.units.receive(self.now_ns, frame))

    def run(self, until_ns: int) -> None:
        while (due_ns := self.units.next_deadline_ns()) is not None and due_ns <= until_ns:
            self.now_ns = due_ns
            self._seen(self.units.handle_timers(due_ns))
        self.now_ns = until_ns

    def of(self, name: str, source: int | None = None, since_ns: int = 0) -> list[Message]:
        found = [message for message in self.messages if message.name == name and message.t_ns >= since_ns]
        return [message for message in found if source in (None, message["source"])]

    def _seen(self, frames: Iterable[object]) -> None:
        for frame in frames:
            assert isinstance(frame, Frame)
            self._number += 1
            self.messages += self._listener.feed(Record(self._number, self.now_ns, self.now_ns, "bus", Direction.RX, "", frame))


@pytest.fixture
def bus() -> Bus:
    """A truck that has had power for a second."""
    made = Bus()
    made.line("kl30", 1)
    made.run(s(1))
    return made


def request(bus: Bus, pgn: int, to: int = GLOBAL) -> None:
    bus.send(build_id(0xEA00, TESTER, to), pgn.to_bytes(3, "little"))
    bus.run(bus.now_ns + s(1))


def unit(bus: Bus, name: str):
    assert isinstance(bus.units, UnitsNode)
    return next(each for each in bus.units.units if each.spec.name == name)


def test_truck_without_power_is_silent() -> None:
    bus = Bus()
    bus.run(s(5))
    bus.send(build_id(0xEA00, TESTER), (0xEE00).to_bytes(3, "little"))
    assert [message.name for message in bus.messages] == ["Request"]


def test_every_unit_claims_at_once_and_talks_when_the_claim_is_stable(bus: Bus) -> None:
    claims = bus.of("AddressClaimed")
    assert [message["source"] for message in claims] == [0x27, 0xF3, 0xEF, 0x25, 0x4A]
    assert len({message["name"] for message in claims}) == 5
    assert {message.t_ns for message in claims} == {0}
    assert min(message.t_ns for message in bus.messages if message.name != "AddressClaimed") == ms(260)


def test_groups_come_in_their_period_with_what_the_truck_does(bus: Bus) -> None:
    bus.line("speed_kmh", 50.0)
    bus.run(s(3))
    speeds = bus.of("CCVS1", VCU, s(1.1))
    assert {second.t_ns - first.t_ns for first, second in itertools.pairwise(speeds)} == {ms(100)}
    assert int.from_bytes(speeds[-1].data[1:3], "little") / 256 == 50.0
    volts = bus.of("HVESSD1", BMS)[-1].data
    assert int.from_bytes(volts[4:6], "little") * 0.05 == pytest.approx(650)
    assert int.from_bytes(volts[6:8], "little") * 0.05 - 1600 == pytest.approx(0)


def test_control_message_counts_and_carries_its_checksum(bus: Bus) -> None:
    bus.run(s(2))
    rows = bus.of("TSC1", VCU)
    counters = [message.data[7] & 0x0F for message in rows]
    assert len(rows) > 30
    assert all(second == (first + 1) % 8 for first, second in itertools.pairwise(counters))
    can_id = build_id(0, VCU, 0xEF, 3)
    assert all(message.data[7] >> 4 == tsc1_checksum(can_id, message.data, message.data[7] & 0x0F) for message in rows)


def test_identification_is_told_on_request(bus: Bus) -> None:
    for pgn in (0xFEEC, 0xFEEB, 0xFEDA, 0xFDC5):
        request(bus, pgn)
    (vin,) = bus.of("VehicleId", VCU)
    assert (vin["text"], vin["source"]) == ("0PRECERT6TK000001*", VCU)
    assert len(bus.of("ComponentId")) == len(bus.of("SoftwareId")) == len(bus.of("EcuId")) == 5
    assert bus.of("ComponentId", BMS)[0]["text"] == "PRCRT*HT-1*BMS00001**"
    assert bus.of("SoftwareId", VCU)[0].data == b"\x01SW-01.02.03*"
    assert bus.of("EcuId", VCU)[0].data.count(b"*") == 5


def test_trouble_is_told_at_once_and_every_second_and_kept_when_it_is_over(bus: Bus) -> None:
    memory = unit(bus, "bms").memory
    bus.run(s(2.2))
    memory.occur(bus.now_ns, 7912, 0)
    bus.run(s(5))
    told = bus.of("DM1", BMS, s(2.2))
    assert told[0]["dtcs"] == "SPN 7912 FMI 0 x1"
    assert told[0]["red_stop"] == 1
    memory.heal(bus.now_ns, 7912, 0)
    bus.run(s(7))
    assert bus.of("DM1", BMS)[-1]["count"] == 0
    request(bus, 0xFECB, BMS)
    assert bus.of("DM2", BMS)[-1]["dtcs"] == "SPN 7912 FMI 0 x1"
    request(bus, 0xFECC, BMS)
    assert bus.of("Acknowledgment", BMS)[-1]["control"] == 0
    request(bus, 0xFECB, BMS)
    assert bus.of("DM2", BMS)[-1]["count"] == 0


def test_two_troubles_are_told_in_a_broadcast(bus: Bus) -> None:
    memory = unit(bus, "vcu").memory
    for spn, fmi in ((84, 2), (639, 9)):
        memory.occur(bus.now_ns, spn, fmi)
    bus.run(s(4))
    assert bus.of("DM1", VCU)[-1]["dtcs"] == "SPN 84 FMI 2 x1, SPN 639 FMI 9 x1"
    assert bus.of("TP.BAM", VCU)


def test_memory_is_not_cleared_while_the_truck_drives(bus: Bus) -> None:
    bus.line("speed_kmh", 30.0)
    request(bus, 0xFED3, VCU)
    assert bus.of("Acknowledgment", VCU)[-1]["control"] == 1


def test_loss_of_power_silences_the_truck_and_its_memory_stays(bus: Bus) -> None:
    unit(bus, "bms").memory.occur(bus.now_ns, 7912, 0)
    bus.line("kl30", 0)
    bus.run(s(5))
    silent = len(bus.messages)
    bus.run(s(6))
    assert len(bus.messages) == silent
    bus.line("kl30", 1)
    bus.run(s(9))
    assert len(bus.of("AddressClaimed", None, s(6))) == 5
    assert bus.of("DM1", BMS)[-1]["count"] == 1


def test_network_tells_of_the_pack_that_is_charged() -> None:
    units, supply, bms, pilot = networked_truck({"charging": True})
    supply.receive(0, Level("kl30", 1))
    assert isinstance(units, UnitsNode)
    told: list[Frame] = []
    while (due_ns := units.next_deadline_ns()) is not None and due_ns < s(1):
        told += [frame for frame in units.handle_timers(due_ns) if isinstance(frame, Frame) and frame.can_id == 0x18F091F3]
    assert int.from_bytes(told[-1].data[:2], "little") / 640 == pytest.approx(56.0, abs=0.01)
    assert {type(node).__name__ for node in (bms, pilot)} == {"VehicleMachine", "TruckPilot"}


def test_dm13_stops_broadcasts_but_those_for_safety(bus: Bus) -> None:
    bus.send(build_id(0xDF00, TESTER, GLOBAL), bytes.fromhex("FCFFFFFFFFFFFFFF"))
    begin_ns = bus.now_ns
    bus.run(begin_ns + s(5))
    assert bus.of("CCVS1", VCU, begin_ns + 1) == []
    assert len(bus.of("TSC1", VCU, begin_ns + 1)) >= 99
    bus.run(begin_ns + s(7))
    assert bus.of("CCVS1", VCU, begin_ns + s(6))


@pytest.mark.parametrize(("wrong", "obeyed"), [(0, 1), (1, 0)])
def test_torque_request_is_obeyed_with_the_right_checksum_only(bus: Bus, wrong: int, obeyed: int) -> None:
    can_id, data = build_id(0, TESTER, VCU, 3), bytes.fromhex("01FFFF7DFFFFFF")
    bus.send(can_id, data + bytes(((tsc1_checksum(can_id, data, 3) ^ wrong) << 4 | 3,)))
    begin_ns = bus.now_ns
    bus.run(begin_ns + s(1))
    states = [message.data[0] & 3 for message in bus.of("PG_0FF20", VCU, begin_ns + 1)]
    assert states[0] == obeyed
    assert states[-1] == 0


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"vin": "SHORT"}, "17 characters"),
        ({"vni": "x"}, "unknown option 'vni'"),
        ({"supply": False, "charging": True}, "option 'charging' needs the supply link"),
    ],
)
def test_wrong_option_is_refused(options: dict[str, object], text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        networked_truck(options)
