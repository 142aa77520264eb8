"""The vehicle's matching: every timer of the reference, what is ignored, which station is taken."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import pytest

from harness.core import Datagram, Level, ms, s
from harness.protocols.iso15118.pilot import VehiclePilot
from harness.protocols.iso15118.slac.behaviour import MmeAccept, MmeRefrain, MmeRewrite, MmeWithhold, SlacBehaviour
from harness.protocols.iso15118.slac.frames import BROADCAST, Mme, decode
from harness.protocols.iso15118.slac.options import EvMatchingOptions
from harness.protocols.iso15118.slac.steps import EvPhase
from harness.protocols.iso15118.slac.vehicle import EvMatching

EV, ONE, TWO = "02:00:00:00:00:0A", "02:00:00:00:00:0B", "02:00:00:00:00:0C"
START = ms(20) + s(0.2)
"""Duty cycle to the first request: the pilot settles, the vehicle begins."""


@dataclass
class Course:
    """A vehicle at the cable, and everything that it sent."""

    pilot: VehiclePilot = field(default_factory=VehiclePilot)
    node: EvMatching = field(init=False)
    effects: tuple[Any, ...] = ()
    options: EvMatchingOptions = field(default_factory=EvMatchingOptions)
    now_ns: int = 0
    sent: list[tuple[int, Mme]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.node = EvMatching(self.pilot, self.options, behaviour=SlacBehaviour(self.effects))
        self._note(self.node.start(0))

    def line(self, name: str, value: float) -> None:
        self.pilot.hear(self.now_ns, Level(name, value))
        self.run(0)

    def ask(self) -> None:
        self.line("plug", 1)
        self.line("cp_duty_percent", 5)

    def run(self, for_ns: int) -> None:
        until_ns = self.now_ns + for_ns
        for _ in range(10_000):
            due = [t for t in (self.pilot.next_deadline_ns(), self.node.next_deadline_ns()) if t is not None]
            if not due or min(due) > until_ns:
                self.now_ns = until_ns
                return
            self.now_ns = max(self.now_ns, min(due))
            self.pilot.advance(self.now_ns)
            self._note(self.node.handle_timers(self.now_ns))
        raise AssertionError("no progress")

    def tell(self, name: str, source: str = ONE, destination: str = EV, **values: Any) -> None:
        self._note(self.node.receive(self.now_ns, Datagram(mme_bytes(name, source, destination, values), source)))

    def _note(self, pdus: Any) -> None:
        self.sent += [(self.now_ns, decode(pdu.data)) for pdu in pdus]

    def times(self, name: str) -> list[int]:
        return [t_ns for t_ns, mme in self.sent if mme.name == name]

    def last(self, name: str) -> Mme:
        return [mme for _, mme in self.sent if mme.name == name][-1]

    @property
    def run_id(self) -> bytes:
        value = self.last("CM_SLAC_PARM.REQ").values["run_id"]
        assert isinstance(value, bytes)
        return value

    def confirm(self, source: str = ONE, **changes: Any) -> None:
        values = {"num_sounds": 10, "time_out": 6, "forwarding_sta": EV, "run_id": self.run_id}
        self.tell("CM_SLAC_PARM.CNF", source, **{**values, **changes})

    def measure(self, attenuation_db: int, source: str = ONE, **changes: Any) -> None:
        values = {"source_address": EV, "run_id": self.run_id, "num_sounds": 10, "aag": bytes([attenuation_db] * 58)}
        self.tell("CM_ATTEN_CHAR.IND", source, **{**values, **changes})

    def match(self, source: str = ONE, **changes: Any) -> None:
        values = {"pev_id": bytes(17), "pev_mac": EV, "evse_id": bytes(17), "evse_mac": source, "run_id": self.run_id}
        self.tell("CM_SLAC_MATCH.CNF", source, **{**values, "nid": b"network", "nmk": b"k" * 16, **changes})

    def link(self, up: bool) -> None:
        self.tell("VS_PL_LNK_STATUS.CNF", destination=BROADCAST, link_status=int(up))

    def to_parameters(self) -> Course:
        self.ask()
        self.run(START)
        return self

    def to_results(self, *sources: str) -> Course:
        self.to_parameters()
        for source in sources or (ONE,):
            self.confirm(source)
        self.run(ms(30) * 13)
        assert self.node.phase is EvPhase.RESULTS
        return self

    def to_matching(self) -> Course:
        self.to_results()
        self.measure(7)
        self.run(ms(40))
        return self

    def to_connected(self) -> Course:
        self.to_matching()
        self.match()
        self.link(True)
        assert self.node.is_up
        return self


def mme_bytes(name: str, source: str, destination: str, values: dict[str, Any]) -> bytes:
    return Mme(name, source, destination, values).datagram().data


def test_nothing_is_sent_before_the_pilot_asks_for_it():
    course = Course()
    course.run(s(60))
    course.line("plug", 1)
    course.run(s(60))
    assert course.sent == []
    course.line("cp_duty_percent", 20)
    course.run(s(60))
    assert course.sent == []


def test_healthy_matching_from_duty_cycle_to_link():
    course = Course().to_connected()
    names = [mme.name for _, mme in course.sent]
    assert names == [
        "CM_SLAC_PARM.REQ", *["CM_START_ATTEN_CHAR.IND"] * 3, *["CM_MNBC_SOUND.IND"] * 10, "CM_ATTEN_CHAR.RSP", "CM_SLAC_MATCH.REQ",
        "CM_SET_KEY.REQ", "CM_SET_KEY.CNF",
    ]  # fmt: skip
    assert course.times("CM_SLAC_PARM.REQ") == [START]
    batch = course.times("CM_START_ATTEN_CHAR.IND") + course.times("CM_MNBC_SOUND.IND")
    assert [later - earlier for earlier, later in itertools.pairwise(batch)] == [ms(30)] * 12
    sounds = [mme for _, mme in course.sent if mme.name == "CM_MNBC_SOUND.IND"]
    assert [mme.values["cnt"] for mme in sounds] == list(range(9, -1, -1))
    assert len({mme.values["random"] for mme in sounds}) == 10
    assert course.last("CM_SET_KEY.REQ").values["new_key"] == b"k" * 16
    assert {mme.values["run_id"] for _, mme in course.sent if "run_id" in mme.values} == {course.run_id}


def test_parameters_are_asked_for_three_times_and_again_after_the_rate():
    course = Course().to_parameters()
    course.run(s(0.6) + s(0.4))
    assert course.times("CM_SLAC_PARM.REQ") == [START + t for t in (0, s(0.2), s(0.4), s(1.0))]
    runs = [mme.values["run_id"] for _, mme in course.sent]
    assert runs[0] == runs[1] == runs[2] != runs[3]


def test_matching_is_given_up_after_the_repetition_time():
    course = Course().to_parameters()
    course.run(s(60))
    assert course.node.has_failed
    first = START - s(0.2)
    assert course.times("CM_SLAC_PARM.REQ")[-1] - first < s(10)
    assert course.times("CM_SLAC_PARM.REQ")[-1] - first > s(9)


def test_failed_matching_begins_anew_after_a_pulse():
    course = Course().to_parameters()
    course.run(s(60))
    sent = len(course.sent)
    course.line("cp_source_v", -12)
    course.run(s(4))
    course.line("cp_source_v", 12)
    course.run(START)
    assert len(course.sent) == sent + 1
    assert course.node.phase is EvPhase.PARAMETERS


@pytest.mark.parametrize(
    "change",
    [
        {"m_sound_target": EV}, {"num_sounds": 0}, {"resp_type": 0}, {"forwarding_sta": ONE}, {"application_type": 1}, {"security_type": 1},
        {"run_id": b"\1" * 8},
    ],
)  # fmt: skip
def test_wrong_parameters_are_ignored(change):
    course = Course().to_parameters()
    course.confirm(**change)
    assert course.node.phase is EvPhase.PARAMETERS
    course.run(s(0.2))
    assert len(course.times("CM_SLAC_PARM.REQ")) == 2
    lax = Course(effects=(MmeAccept("CM_SLAC_PARM.CNF", tuple(change)),)).to_parameters()
    lax.confirm(**change)
    assert lax.node.phase is EvPhase.SOUNDING


def test_confirmation_for_another_vehicle_is_ignored():
    course = Course().to_parameters()
    course.tell("CM_SLAC_PARM.CNF", ONE, TWO, num_sounds=10, time_out=6, forwarding_sta=EV, run_id=course.run_id)
    assert course.node.phase is EvPhase.PARAMETERS


def test_results_are_awaited_from_the_first_announcement_on():
    course = Course().to_results()
    first = course.times("CM_START_ATTEN_CHAR.IND")[0]
    course.run(first + s(1.2) - course.now_ns - 1)
    assert course.node.phase is EvPhase.RESULTS
    course.run(1)
    assert course.node.phase is EvPhase.RESTING
    course.run(s(0.4))
    assert len(course.times("CM_SLAC_PARM.REQ")) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"run_id": b"\1" * 8}, {"num_sounds": 0}, {"num_sounds": 11}, {"num_groups": 57, "aag": bytes(57)}, {"num_groups": 0, "aag": b""},
        {"source_address": TWO}, {"application_type": 1}, {"security_type": 1},
    ],
)  # fmt: skip
def test_wrong_results_are_not_answered(change):
    course = Course().to_results()
    course.measure(7, **change)
    course.run(s(0.3))
    assert course.times("CM_ATTEN_CHAR.RSP") == []
    assert course.node.phase is EvPhase.RESULTS


def test_results_of_a_station_that_confirmed_nothing_do_not_count():
    course = Course().to_results()
    course.measure(2, TWO)
    course.run(s(0.3))
    assert course.times("CM_ATTEN_CHAR.RSP") == []


def test_the_least_attenuation_decides_once_all_have_answered():
    course = Course().to_results(ONE, TWO)
    course.measure(30, ONE)
    course.run(ms(20))
    assert course.node.phase is EvPhase.RESULTS
    course.measure(9, TWO)
    course.run(ms(40))
    assert course.last("CM_SLAC_MATCH.REQ").destination == TWO
    assert len(course.times("CM_ATTEN_CHAR.RSP")) == 2


def test_a_station_that_does_not_answer_is_left_out():
    course = Course().to_results(ONE, TWO)
    course.measure(9, ONE)
    course.run(s(1.2))
    assert course.last("CM_SLAC_MATCH.REQ").destination == ONE


def test_no_station_is_near_enough():
    course = Course().to_results()
    course.measure(21)
    course.run(ms(20))
    assert course.node.phase is EvPhase.RESTING


def test_validation_counts_toggles_of_the_pilot():
    course = Course().to_results()
    course.measure(15)
    course.run(ms(40))
    assert course.last("CM_VALIDATE.REQ").values == {"signal_type": 0, "timer": 0, "result": 1}
    course.tell("CM_VALIDATE.CNF", toggle_num=0, result=1)
    course.run(ms(20))
    assert course.last("CM_VALIDATE.REQ").values["timer"] == 19
    begin = course.now_ns + ms(20)
    levels = []
    for _ in range(5):
        course.run(ms(350) if levels else ms(20))
        levels.append((course.now_ns - begin, course.pilot.cp_v))
    assert levels == [(0, 6.0), (s(0.35), 9.0), (s(0.7), 6.0), (s(1.05), 9.0), (s(1.4), 9.0)]
    course.tell("CM_VALIDATE.CNF", toggle_num=2, result=2)
    assert course.node.phase is EvPhase.MATCHING


def test_validation_with_another_count_fails():
    course = Course().to_results()
    course.measure(15)
    course.run(ms(40))
    course.tell("CM_VALIDATE.CNF", toggle_num=0, result=1)
    course.run(s(2))
    course.tell("CM_VALIDATE.CNF", toggle_num=1, result=2)
    assert course.node.phase is EvPhase.RESTING


def test_validation_ends_without_an_answer():
    course = Course().to_results()
    course.measure(15)
    course.run(ms(40))
    course.tell("CM_VALIDATE.CNF", toggle_num=0, result=1)
    course.run(s(2.2) - 1)
    assert course.node.phase is EvPhase.VALIDATING
    course.run(1)
    assert course.node.phase is EvPhase.RESTING
    assert len(course.times("CM_VALIDATE.REQ")) == 2


def test_validation_may_not_be_required():
    course = Course().to_results()
    course.measure(15)
    course.run(ms(40))
    course.tell("CM_VALIDATE.CNF", toggle_num=0, result=4)
    assert course.node.phase is EvPhase.MATCHING


def test_match_is_asked_for_three_times():
    course = Course().to_matching()
    begin = course.now_ns
    course.run(s(0.6))
    assert course.times("CM_SLAC_MATCH.REQ") == [begin, begin + s(0.2), begin + s(0.4)]
    assert course.node.phase is EvPhase.RESTING


@pytest.mark.parametrize(
    "change",
    [{"run_id": b"\1" * 8}, {"pev_mac": TWO}, {"evse_mac": TWO}, {"mvf_length": 0x3E}, {"application_type": 1}, {"security_type": 1}],
)
def test_wrong_match_is_ignored(change):
    course = Course().to_matching()
    course.match(**change)
    assert course.node.phase is EvPhase.MATCHING
    course.match(TWO, evse_mac=ONE)
    assert course.node.phase is EvPhase.MATCHING


def test_link_is_awaited_for_the_join_time():
    course = Course().to_matching()
    course.match()
    course.run(s(12) - 1)
    assert course.node.phase is EvPhase.JOINING
    course.run(1)
    assert course.node.phase is not EvPhase.JOINING
    assert not course.node.is_up


@pytest.mark.parametrize("back", [True, False])
def test_lost_link_may_come_back_within_the_resume_time(back):
    course = Course().to_connected()
    course.link(False)
    assert course.node.phase is EvPhase.LOST
    course.run(s(6) - 1)
    if back:
        course.link(True)
    course.run(s(1))
    assert course.node.is_up is back


def test_vehicle_leaves_the_network_when_it_is_unplugged():
    course = Course().to_connected()
    begin = course.now_ns
    course.line("plug", 0)
    course.run(s(2))
    assert course.times("CM_SET_KEY.REQ")[-1] == begin + s(0.1)
    assert course.last("CM_SET_KEY.REQ").values["new_key"] != b"k" * 16
    assert course.node.phase is EvPhase.IDLE


@pytest.mark.parametrize(
    ("line", "value", "leaves"), [("cp_source_v", -12, True), ("cp_source_v", 0, True), ("cp_duty_percent", 100, False)]
)
def test_link_is_kept_for_a_while_without_a_request_for_it(line, value, leaves):
    course = Course().to_connected()
    course.line(line, value)
    course.run(ms(20) + s(8) - 1)
    assert course.node.is_up
    course.run(s(2))
    assert course.node.is_up is not leaves


def test_amplitude_map_is_confirmed_once_there_is_a_network():
    course = Course().to_matching()
    course.tell("CM_AMP_MAP.REQ", am_len=4, am_data=bytes(2))
    course.run(ms(100))
    assert course.times("CM_AMP_MAP.CNF") == []
    course = Course().to_connected()
    begin = course.now_ns
    course.tell("CM_AMP_MAP.REQ", am_len=0, am_data=b"")
    course.tell("CM_AMP_MAP.REQ", am_len=4, am_data=bytes(2))
    course.run(ms(100))
    assert course.times("CM_AMP_MAP.CNF") == [begin + ms(20)]


def test_matching_stops_when_the_pilot_does_not_ask_any_more():
    course = Course().to_results()
    sent = len(course.sent)
    course.line("cp_duty_percent", 100)
    course.run(s(30))
    assert len(course.sent) == sent
    assert course.node.phase is EvPhase.IDLE


def test_deviations_of_messages():
    def wrong(values: Any, sent: int) -> Any:
        return {"cnt": 5} if sent == 1 else {}

    course = Course(effects=(MmeRewrite("CM_MNBC_SOUND.IND", wrong), MmeWithhold("CM_START_ATTEN_CHAR.IND", lambda sent: sent == 2)))
    course.to_results()
    assert [mme.values["cnt"] for _, mme in course.sent if mme.name == "CM_MNBC_SOUND.IND"] == [9, 5, *range(7, -1, -1)]
    assert len(course.times("CM_START_ATTEN_CHAR.IND")) == 2


def test_habits():
    early = Course(effects=(MmeRefrain("await_duty"),))
    early.line("plug", 1)
    early.run(s(1))
    assert early.times("CM_SLAC_PARM.REQ") != []
    stays = Course(effects=(MmeRefrain("leave_network"),)).to_connected()
    keys = len(stays.times("CM_SET_KEY.REQ"))
    stays.line("plug", 0)
    stays.run(s(5))
    assert len(stays.times("CM_SET_KEY.REQ")) == keys
