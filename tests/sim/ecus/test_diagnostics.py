"""Diagnostics of the simulated truck: the same data as on J1939, and what a reset or a switch does to its messages."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from harness.core import ConfigError, Direction, Frame, Level, Message, Record, ms, s
from harness.protocols.vehicle.decoder import VehicleDecoder
from harness.sim.networked_truck import networked_truck

VCU = 0x27


class Bus:
    """The truck on a bus on which a frame takes no time; a tester that gives leave at once."""

    def __init__(self, **options: object) -> None:
        self.units, self.supply = networked_truck(options)
        self.now_ns = 0
        self.messages: list[Message] = []
        self._decoder = VehicleDecoder()
        self._number = 0
        self._seen(self.units.start(0))
        self.line("kl30", 1)
        self.run(s(1))

    def line(self, name: str, value: float) -> None:
        self.supply.receive(self.now_ns, Level(name, value))

    def run(self, for_ns: int) -> None:
        until_ns = self.now_ns + for_ns
        while (due_ns := self.units.next_deadline_ns()) is not None and due_ns <= until_ns:
            self.now_ns = max(self.now_ns, due_ns)
            self._seen(self.units.handle_timers(self.now_ns))
        self.now_ns = until_ns

    def ask(self, data: str, *, to: int = VCU, functional: bool = False) -> list[str]:
        """Answers to a request of up to 7 bytes within 60 ms."""
        body, since = bytes.fromhex(data), len(self.messages)
        can_id = 0x18DB33F1 if functional else 0x18DA00F1 | to << 8
        self._seen(self.units.receive(self.now_ns, Frame(can_id, bytes((len(body),)) + body)))
        self.run(ms(60))
        found = [one for one in self.messages[since:] if one.name.endswith(".Res") or one.name == "NegativeResponse"]
        return [message.data.hex() for message in found]

    def names(self, for_ns: int) -> set[str]:
        """What the VCU sends meanwhile."""
        since = len(self.messages)
        self.run(for_ns)
        return {message.name for message in self.messages[since:] if message.values.get("source") == VCU}

    def _seen(self, frames: Iterable[object]) -> None:
        for frame in frames:
            assert isinstance(frame, Frame)
            self._number += 1
            seen = self._decoder.feed(Record(self._number, self.now_ns, self.now_ns, "bus", Direction.RX, "", frame))
            self.messages += seen
            if any(message.name == "TP.FF" for message in seen):
                leave = Frame(0x18DA00F1 | (frame.can_id & 0xFF) << 8, bytes.fromhex("300000"))
                self._seen(self.units.receive(self.now_ns, leave))


@pytest.fixture
def bus() -> Bus:
    """A truck that has had power for a second."""
    return Bus()


def test_every_unit_tells_its_identification(bus: Bus) -> None:
    assert bus.ask("22F190") == ["62f190" + b"0PRECERT6TK000001".hex()]
    serials = {bus.ask("22F18C", to=address)[0] for address in (0x25, 0x27, 0x4A, 0xEF, 0xF3)}
    assert len(serials) == 5
    assert len(bus.ask("22F186", functional=True)) == 5


def test_units_answer_only_when_their_claim_is_stable() -> None:
    bus = Bus()
    bus.line("kl30", 0)
    bus.run(s(1))
    bus.line("kl30", 1)
    assert bus.ask("3E00") == []
    bus.run(ms(300))
    assert bus.ask("3E00") == ["7e00"]


def test_open_wire_is_told_by_diagnostics_and_by_dm1(bus: Bus) -> None:
    assert bus.ask("1902FF") == ["59020d"]
    bus.line("open_wire", 1)
    assert bus.ask("1902FF") == ["59020dc100000d"]
    assert "DM1" in bus.names(s(1.1))
    (told,) = {str(message["dtcs"]) for message in bus.messages[-80:] if message.name == "DM1" and message["source"] == VCU}
    assert told.startswith("SPN 84 FMI 2")
    bus.line("open_wire", 0)
    assert bus.ask("1902FF") == ["59020dc1000008"]
    assert bus.ask("14FFFFFF") == ["54"]
    assert bus.ask("1902FF") == ["59020d"]


def test_trouble_is_recorded_when_the_session_that_forbade_it_is_over(bus: Bus) -> None:
    bus.ask("1003")
    bus.ask("8502")
    bus.line("open_wire", 1)
    assert bus.ask("1902FF") == ["59020d"]
    bus.run(s(6))
    assert bus.ask("1902FF") == ["59020dc100000d"]


def test_communication_control_leaves_messages_for_safety(bus: Bus) -> None:
    bus.ask("1003")
    bus.ask("280301")
    assert bus.names(s(1.5)) == {"TSC1"}
    bus.ask("1001")
    assert {"TSC1", "CCVS1", "DM1"} <= bus.names(s(1.5))


def test_reset_brings_a_new_claim_and_the_default_session(bus: Bus) -> None:
    bus.ask("1003")
    assert bus.ask("1101") == ["5101"]
    assert "AddressClaimed" in bus.names(ms(400))
    bus.run(ms(300))
    assert bus.ask("22F186") == ["62f18601"]


def test_clear_is_refused_while_the_truck_drives(bus: Bus) -> None:
    bus.line("speed_kmh", 30)
    assert bus.ask("14FFFFFF") == ["7f1422"]


def test_faults_are_those_of_the_unit_under_test_only() -> None:
    bus = Bus(faults=["active_session_constant"], unit="bms")
    bus.ask("1003", to=0xF3)
    bus.ask("1003")
    assert (bus.ask("22F186", to=0xF3), bus.ask("22F186")) == (["62f18601"], ["62f18603"])


def test_units_have_11_bit_identifiers_where_the_rig_says_so() -> None:
    bus = Bus(eleven_bit=["bms"])
    bus.units.receive(bus.now_ns, Frame(0x7E0, bytes.fromhex("0322F186CCCCCCCC"), extended=False))
    bus.run(ms(60))
    (answer,) = (message for message in bus.messages if message.values.get("target") == 0x7E8)
    assert (answer["source"], answer.data.hex()) == (0x7E0, "62f18601")
    assert bus.ask("22F186", to=0xF3) == [], "its 29-bit address is still taken"
    assert bus.ask("22F186") == ["62f18601"]
    with pytest.raises(ConfigError, match=r"no control unit is named 'bsm' \(did you mean 'bms'\?\)"):
        networked_truck({"eleven_bit": ["bsm"]})
