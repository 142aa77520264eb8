"""The swap truck alone: its lock, its link, what it obeys, tells and remembers; and the faults of its table."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Mapping

import pytest

from harness.core import Chunk, ConfigError, Direction, Frame, Level, Message, Node, Pdu, Record, ms, s
from harness.protocols.swap.decoder import SwapDecoder
from harness.protocols.swap.profile import default_profile
from harness.protocols.swap.vehicle import TROUBLES
from harness.protocols.swap.vehicle.behaviour import Overlook, Refrain
from harness.protocols.uds.client import DiagnosticClient
from harness.sim.faults.swap import SWAP_FAULTS
from harness.sim.swap.link import LinkPlant
from harness.sim.swap.lock import LockPlant
from harness.sim.swap_truck import swap_truck

PROFILE = default_profile()
IN_PLACE = ("pack_present", "pack_seated", "elec_conn", "cool_conn", "hvil")
SESSION = 7
PACK = {
    "PACK_STS1": {"PackVoltage": 600.0, "SOC": 50.0, "PackState": "standby"},
    "PACK_STS2": {
        "InsulationRes": 2000.0, "InsulationStatus": "ok", "ImdActive": "off", "PackHvil": "closed", "MainPos": "open", "MainNeg": "open",
        "Precharge": "open", "Weld": "none", "FaultLevel": "none",
    },
    "PACK_LIM": {"MaxChargeCurrent": 200.0, "MaxDischargeCurrent": 300.0, "MaxVoltage": 700.0},
    "PACK_VER": {"RatedVoltage": 600.0, "ProtoMajor": 0, "ProtoMinor": 1},
}  # fmt: skip
CODE = "TSTPB01ABCDEF1A1B0000001"


class Alone:
    """The truck with 24 V, key off, on links that take no time; what it says, decoded."""

    def __init__(self, **options: object) -> None:
        self.nodes: list[Node] = swap_truck(options)
        self.now_ns, self.messages, self.levels = 0, [], {}  # type: ignore[var-annotated]
        self.messages: list[Message]
        self.levels: dict[str, float]
        self.others: list[Pdu] = []
        self._decoder, self._number = SwapDecoder(PROFILE), 0
        self._counters: dict[str, int] = {}
        for node in self.nodes:
            self._seen(node.start(0))
        for line in (*IN_PLACE, "park_brake"):
            self.line(line, 1)
        self.line("gear", 3)
        self.line("kl30", 1)

    def line(self, name: str, value: float) -> None:
        self._seen(self.nodes[1].receive(self.now_ns, Level(name, value)))

    def say(self, message: str, values: Mapping[str, object]) -> None:
        counter = self._counters[message] = self._counters.get(message, -1) + 1
        self.hear(PROFILE.frame(message, values, counter=counter))

    def hear(self, frame: Frame) -> None:
        self._seen(self.nodes[0].receive(self.now_ns, frame))

    def command(self, word: str, number: int, **fields: object) -> str:
        """Command it and give the result and the reason of the ACK."""
        self.say(
            "STA_CMD", {"SwapCmd": word, "CmdSeq": number, "SessionId": SESSION, "StationReady": "yes", "EmergencyStop": "no", **fields}
        )
        self.run(ms(1))
        ack = self.of("ACK")[-1]
        return f"{ack['AckResult']} {ack['AckReason']}"

    def run(self, duration_ns: int) -> None:
        until_ns = self.now_ns + duration_ns
        while True:
            due = [
                (due_ns, at) for at, node in enumerate(self.nodes) if (due_ns := node.next_deadline_ns()) is not None and due_ns <= until_ns
            ]
            if not due:
                break
            due_ns, at = min(due)
            self.now_ns = max(self.now_ns, due_ns)
            self._seen(self.nodes[at].handle_timers(self.now_ns))
        self.now_ns = until_ns

    def with_pack(self, seconds: float) -> None:
        """Time in which a pack speaks."""
        for _ in range(round(seconds * 10)):
            for message, values in PACK.items():
                self.say(message, values)
            self.run(ms(100))

    def of(self, name: str) -> list[Message]:
        return [message for message in self.messages if message.name == name]

    def authenticated(self) -> None:
        self.run(s(1))
        assert self.command("session_open", 1) == "done none"
        self.say("AUTH_CHAL", {"Nonce": 1, "AlgorithmId": 1, "SessionId": SESSION})

    def _seen(self, pdus: object) -> None:
        for pdu in pdus:  # type: ignore[attr-defined]
            if isinstance(pdu, Level):
                self.levels[pdu.line] = pdu.value
            elif isinstance(pdu, Frame):
                self._number += 1
                self.messages += self._decoder.feed(Record(self._number, self.now_ns, self.now_ns, "swap", Direction.RX, "", pdu))
            else:
                self.others.append(pdu)


# Plant


def test_points_of_the_lock_travel_one_after_the_other_and_stop_when_told() -> None:
    lock = LockPlant(2, travel_s=1.0, stagger_s=0.5)
    lock.order(0, "unlock")
    seen = []
    while (due_ns := lock.next_change_ns()) is not None:
        lock.advance(due_ns)
        seen.append((round(due_ns / 1e9, 3), lock.feedback))
    assert seen[-1] == (1.5, ("unlocked", "unlocked"))
    assert [time for time, _ in seen] == [0.0, 0.5, 1.0, 1.5]
    lock.order(s(2), "lock")
    lock.advance(s(2.25))
    lock.order(s(2.25), "hold")
    lock.advance(s(9))
    assert lock.feedback == ("intermediate", "unlocked")
    lock.order(s(9), "unlock")
    lock.advance(s(9.25))
    assert lock.feedback == ("unlocked", "unlocked")


def test_feedback_of_a_point_is_what_the_break_out_box_says() -> None:
    lock = LockPlant(3, travel_s=1.0, stagger_s=0.0, stuck=2)
    lock.force(3, "intermediate")
    lock.order(0, "unlock")
    lock.advance(s(2))
    assert lock.feedback == ("unlocked", "locked", "intermediate")
    lock.force(3, None)
    assert lock.feedback == ("unlocked", "locked", "unlocked")


def test_link_is_charged_and_discharged_with_its_time_constants() -> None:
    link = LinkPlant(precharge_tau_s=0.5, discharge_tau_s=1.0, leak_tau_s=100.0)
    link.source_v, link.in_precharge = 600.0, True
    link.advance(s(0.5))
    assert link.volts == pytest.approx(600 * (1 - math.exp(-1)))
    link.in_precharge = False
    link.advance(s(0.6))
    assert (link.volts, link.next_change_ns()) == (600.0, None) or link.volts == pytest.approx(600, abs=1)
    link.source_v, link.discharges = 0.0, True
    link.advance(s(1.6))
    assert link.volts == pytest.approx(600 * math.exp(-1), rel=0.01)
    link.held_v = 100.0
    link.advance(s(60))
    assert link.volts == 100.0


# What it tells


def test_without_power_the_truck_is_silent() -> None:
    truck = Alone()
    truck.run(s(2))
    assert {message.name for message in truck.messages} >= {"VEH_STS", "LOCK_STS", "DM1"}
    truck.line("kl30", 0)
    told = len(truck.messages)
    truck.run(s(2))
    assert len(truck.messages) == told


def test_states_come_in_their_cycle_with_guards_and_words() -> None:
    truck = Alone(lock_points=6)
    truck.run(s(2))
    states = truck.of("LOCK_STS")
    assert {after.t_ns - before.t_ns for before, after in itertools.pairwise(states)} == {ms(50)}
    assert [states[-1][f"LockPoint{number}"] for number in (1, 6, 7)] == ["locked", "locked", "not_fitted"]
    assert [state["Counter"] for state in states[:17]] == [*range(16), 0]
    assert truck.of("VEH_STS")[-1]["VehSwapMode"] == "normal"


def test_identification_and_display_are_told_by_request_and_diagnosis() -> None:
    truck = Alone()
    truck.run(s(1))
    tester = DiagnosticClient(PROFILE.address("tester"))
    truck.hear(Frame(0x18EAD0F9, (65260).to_bytes(3, "little")))
    truck.say("PACK_STS1", PACK["PACK_STS1"])
    for frame in tester.request(truck.now_ns, bytes.fromhex("224102"), PROFILE.address("vcu"), functional=False):
        truck.hear(frame)
    truck.run(s(1))
    assert truck.of("VI")[-1].data == b"0PRECERT6TK000001*"
    assert [message.data.hex() for message in truck.messages if message.data[:1] == b"\x62"] == ["6241027d"]


# What it bears


def test_truck_bears_whatever_stands_on_bus_and_lines() -> None:
    dice = random.Random(1)
    truck = Alone()
    truck.line("hold_link_v", 70_000.0)
    truck.line("speed_kmh", 70_000.0)
    truck.run(s(1))
    assert (truck.of("VEH_STS")[-1]["LinkVoltage"], truck.of("VEH_STS")[-1]["VehSpeed"]) == (6400.0, 250.0)
    truck.line("speed_kmh", 0.0)
    truck.authenticated()
    groups = [PROFILE.can_id(message) for message in ("STA_CMD", "AUTH_CHAL", "PACK_STS1", "PACK_STS2", "PACK_LIM", "PACK_THM", "PACK_VER")]
    groups += [0x1CECFFF4, 0x1CEBFFF4, 0x18EAD0F9, 0x18DAD0F9]
    lines = [*IN_PLACE, "key", "gear", "speed_kmh", "pedal_percent", "pack_v", "hold_link_v", "force_point_3", "kl30", "charge_plug"]
    for turn in range(600):
        can_id, size = dice.choice(groups), 8 if dice.random() < 0.8 else dice.randrange(8)
        data = dice.randbytes(size)
        if size == 8 and (decoded := PROFILE.read(Frame(can_id, data))) is not None and dice.random() < 0.7:
            values = {name: value for name, value in decoded.values.items() if name != "Check" and "undefined" not in str(value)}
            data = PROFILE.frame(decoded.message, {**values, "Counter": turn % 16}, counter=0, source=can_id & 0xFF).data
        truck.hear(Frame(can_id, data))
        if turn % 5 == 0:
            truck.line(dice.choice(lines), dice.choice((-1.0, 0.0, 1.0, 2.0, 3.0, 70_000.0)))
        truck.run(ms(20))
    truck.line("kl30", 0)
    truck.line("kl30", 1)
    told = len(truck.of("LOCK_STS"))
    truck.run(s(1))
    assert len(truck.of("LOCK_STS")) > told


# What it obeys


def test_commands_need_session_and_authentication() -> None:
    truck = Alone()
    truck.run(s(1))
    assert truck.command("unlock", 1) == "rejected communication"
    assert truck.command("session_open", 2, SessionId=0) == "rejected communication"
    assert truck.command("session_open", 3) == "done none"
    assert truck.command("session_open", 4, SessionId=SESSION + 1) == "rejected communication"
    assert truck.command("prepare_swap", 5) == "rejected authentication"
    truck.say("AUTH_CHAL", {"Nonce": 0x1234, "AlgorithmId": 1, "SessionId": SESSION + 1})
    truck.run(ms(10))
    assert not truck.of("AUTH_RSP")
    truck.say("AUTH_CHAL", {"Nonce": 0x1234, "AlgorithmId": 1, "SessionId": SESSION})
    truck.run(ms(10))
    assert truck.of("AUTH_RSP")[-1]["Response"] == 0x1234 ^ 0x5AA55AA5
    assert truck.command("unlock", 6) == "rejected none"


@pytest.mark.parametrize(
    ("line", "level", "reason"),
    [
        ("park_brake", 0, "parking_brake"),
        ("speed_kmh", 3, "speed"),
        ("key", 2, "key"),
        ("gear", 1, "gear"),
        ("charge_plug", 1, "charge_coupler"),
    ],
)
def test_every_condition_of_the_driver_has_its_reason(line: str, level: float, reason: str) -> None:
    truck = Alone()
    truck.authenticated()
    truck.line(line, level)
    assert truck.command("prepare_swap", 2) == f"rejected {reason}"
    truck.run(ms(100))
    assert truck.of("VEH_STS")[-1]["DenyReason"] == reason


def test_frames_that_a_receiver_must_drop_are_not_heard() -> None:
    truck = Alone()
    truck.run(s(1))
    good = PROFILE.frame("STA_CMD", {"SwapCmd": "session_open", "CmdSeq": 1, "SessionId": SESSION}, counter=1)
    truck.hear(Frame(good.can_id, good.data[:6]))
    truck.hear(Frame(good.can_id, good.data[:-1] + bytes((good.data[-1] ^ 0x10,))))
    truck.run(ms(300))
    assert not truck.of("ACK")
    truck.hear(good)
    truck.run(ms(10))
    assert len(truck.of("ACK")) == 1


def test_pack_is_checked_and_powered_with_the_key_on() -> None:
    truck = Alone()
    truck.line("key", 1)
    truck.with_pack(1)
    assert truck.levels["hv_request"] == 0
    vehicle = truck.nodes[0].vehicle  # type: ignore[attr-defined]
    assert vehicle.vcu.check.state == "pending"
    vehicle.vcu.pack.identity = CODE
    truck.with_pack(0.5)
    assert truck.levels["hv_request"] == 1
    truck.line("pack_v", 600.0)
    truck.with_pack(2)
    assert (truck.levels["hv_request"], truck.levels["link_v"]) == (2, 600.0)
    truck.line("hvil", 0)
    assert truck.levels["hv_request"] == 0
    assert truck.levels["torque_nm"] == 0


def test_identity_that_does_not_come_is_asked_for_and_told_as_trouble() -> None:
    truck = Alone()
    truck.line("key", 1)
    truck.with_pack(7)
    requests = [message for message in truck.of("Request") if message["requested"] == PROFILE.pgn("PACK_ID")]
    assert len(requests) >= 2
    assert f"SPN {520_192 + TROUBLES.index('identity_missing')} FMI 31 x1" in str(truck.of("DM1")[-1]["dtcs"])
    assert truck.of("VEH_STS")[-1]["VehSwapMode"] == "error"


def test_over_a_stream_the_station_link_leaves_the_bus_and_is_tried_again() -> None:
    truck = Alone(station_link="stream")
    truck.run(s(1))
    assert {message.name for message in truck.messages} == {"DM1"}
    [begin] = [pdu for pdu in truck.others if isinstance(pdu, Chunk)]
    assert begin.begin
    assert begin.destination == "[fe80::5]:62840"
    truck.nodes[2].receive(truck.now_ns, Chunk(b"", source=begin.destination, destination=begin.source, reset=True))
    truck.run(s(6))
    assert len([pdu for pdu in truck.others if isinstance(pdu, Chunk) and pdu.begin]) == 2


# Options and faults


def test_every_wrong_option_is_told_at_once() -> None:
    wrong = {
        "station_link": "radio", "vin": "SHORT", "lock_points": 9, "stuck_point": 12, "hv_limit_v": -1.0, "did_pack_soc": 70_000,
        "faults": ["slow_lok"], "colour": "red",
    }  # fmt: skip
    with pytest.raises(ConfigError) as told:
        swap_truck(wrong)
    text = "\n".join(str(problem) for problem in told.value.problems)
    for part in (
        "'station_link' must be can or stream, not 'radio'",
        "'vin' must have 17 characters",
        "'lock_points' must be 1 to 8, not 9",
        "'stuck_point' must be 0 to 9, not 12",
        "'hv_limit_v' must not be negative",
        "'did_pack_soc' must be 0 to 65535",
        "no fault is named 'slow_lok' (did you mean 'slow_lock'?)",
        "unknown option 'colour'",
    ):
        assert part in text


def test_effects_name_checks_and_actions_that_exist() -> None:
    with pytest.raises(ValueError, match="no check is named 'brakes'"):
        Overlook("brakes")
    with pytest.raises(ValueError, match="no action is named 'holds'"):
        Refrain("holds")
    assert all(fault.text and not fault.text.endswith(".") for fault in SWAP_FAULTS.values())


def test_every_trouble_has_its_own_entry() -> None:
    truck = Alone()
    truck.run(s(1))
    reports = truck.nodes[0].reports  # type: ignore[attr-defined]
    for word in TROUBLES:
        reports.trouble(truck.now_ns, word, True)
    assert len(reports.memory.active()) == len(TROUBLES)
