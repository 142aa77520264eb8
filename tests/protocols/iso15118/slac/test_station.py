"""The station's side of a matching: its timers, its orders, and both sides together on one link."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from harness.bench.kernel import Kernel
from harness.bench.links import DatagramLink, LineLink
from harness.core import Datagram, Level, LocalProtocolError, ms, s
from harness.protocols.iso15118.pilot import StationPilot, VehiclePilot
from harness.protocols.iso15118.slac.behaviour import MmeRefrain, SlacBehaviour
from harness.protocols.iso15118.slac.frames import BROADCAST, Mme, decode
from harness.protocols.iso15118.slac.outlet import OutletPhase
from harness.protocols.iso15118.slac.station import EvseMatching
from harness.protocols.iso15118.slac.steps import EvPhase
from harness.protocols.iso15118.slac.vehicle import EvMatching

EV, EVSE, NEIGHBOUR = "02:00:00:00:00:0A", "02:00:00:00:00:0B", "02:00:00:00:00:0C"
RUN = b"a run id"


@dataclass
class Course:
    """A station with a plugged vehicle that says what the test says."""

    pilot: StationPilot = field(default_factory=StationPilot)
    node: EvseMatching = field(init=False)
    now_ns: int = 0
    sent: list[tuple[int, Mme]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.node = EvseMatching(self.pilot)
        self.node.start(0)
        self.pilot.plug(True)
        self.pilot.duty(5)
        self.run(0)

    def run(self, for_ns: int) -> None:
        until_ns = self.now_ns + for_ns
        for _ in range(1000):
            due_ns = self.node.next_deadline_ns()
            if due_ns is None or due_ns > until_ns:
                self.now_ns = until_ns
                return
            self.now_ns = max(self.now_ns, due_ns)
            self._note(self.node.handle_timers(self.now_ns))
        raise AssertionError("no progress")

    def hear(self, name: str, destination: str = BROADCAST, **values: Any) -> None:
        pdu = Mme(name, EV, destination, values).datagram()
        self._note(self.node.receive(self.now_ns, pdu))

    def _note(self, pdus: Any) -> None:
        self.sent += [(self.now_ns, decode(pdu.data)) for pdu in pdus]

    def named(self, name: str) -> list[Mme]:
        return [mme for _, mme in self.sent if mme.name == name]

    def times(self, name: str) -> list[int]:
        return [t_ns for t_ns, mme in self.sent if mme.name == name]

    @property
    def phase(self) -> OutletPhase:
        return self.node._outlets[0].phase

    def parameters(self) -> Course:
        self.hear("CM_SLAC_PARM.REQ", run_id=RUN)
        return self

    def announce(self) -> Course:
        self.parameters()
        self.hear("CM_START_ATTEN_CHAR.IND", num_sounds=10, time_out=6, forwarding_sta=EV, run_id=RUN)
        return self

    def sounds(self, count: int = 10) -> Course:
        self.announce()
        for left in range(count):
            self.hear("CM_MNBC_SOUND.IND", cnt=left, run_id=RUN, random=bytes(16))
        return self

    def respond(self) -> Course:
        self.sounds()
        self.run(ms(20))
        self.hear("CM_ATTEN_CHAR.RSP", EVSE, source_address=EV, run_id=RUN)
        return self

    def match(self) -> Course:
        self.respond()
        self.hear("CM_SLAC_MATCH.REQ", EVSE, pev_id=bytes(17), pev_mac=EV, evse_id=bytes(17), evse_mac=EVSE, run_id=RUN)
        self.run(ms(20))
        return self

    def key(self) -> Course:
        self.match()
        keys = self.named("CM_SLAC_MATCH.CNF")[-1].values
        self.hear("CM_SET_KEY.REQ", "02:00:00:00:00:1A", nid=keys["nid"], new_key=keys["nmk"])
        return self


def test_parameters_are_confirmed_to_the_vehicle():
    course = Course().parameters()
    course.run(ms(20))
    (confirmation,) = course.named("CM_SLAC_PARM.CNF")
    assert confirmation.destination == EV
    assert confirmation.values["run_id"] == RUN
    assert (confirmation.values["num_sounds"], confirmation.values["time_out"]) == (10, 6)


def test_silence_before_the_first_request_is_noted():
    course = Course()
    course.run(s(40) - 1)
    assert not course.node.init_expired
    course.run(1)
    assert course.node.init_expired
    quick = Course()
    quick.run(s(39))
    quick.parameters()
    quick.run(s(10))
    assert not quick.node.init_expired


def test_announcement_is_awaited_for_the_sequence_time():
    course = Course().parameters()
    course.run(s(0.4) - 1)
    assert course.phase is OutletPhase.CONFIRMED
    course.run(1)
    assert course.phase is OutletPhase.READY


def test_attenuation_is_told_after_the_last_sound():
    course = Course().sounds()
    course.run(ms(20))
    (told,) = course.named("CM_ATTEN_CHAR.IND")
    assert told.values["aag"] == bytes([7] * 58)
    assert told.values["num_sounds"] == 10
    assert len(course.named("CM_ATTEN_PROFILE.IND")) == 10


@pytest.mark.parametrize("count", [0, 4])
def test_sounds_are_awaited_for_their_time(count):
    course = Course().sounds(count)
    course.run(s(0.6) - 1)
    assert course.named("CM_ATTEN_CHAR.IND") == []
    course.run(ms(21))
    told = course.named("CM_ATTEN_CHAR.IND")
    assert [mme.values["num_sounds"] for mme in told] == ([count] if count else [])


def test_attenuation_is_told_three_times_without_a_response():
    course = Course().sounds()
    course.run(s(3))
    assert course.times("CM_ATTEN_CHAR.IND") == [ms(20), ms(240), ms(460)]
    assert course.phase is OutletPhase.READY


def test_match_is_awaited_for_the_session_time():
    course = Course().respond()
    course.run(s(10) - 1)
    assert course.phase is OutletPhase.ANSWERED
    course.run(1)
    assert course.phase is OutletPhase.READY


def test_toggles_are_counted_for_the_time_that_the_vehicle_names():
    course = Course().respond()
    course.hear("CM_VALIDATE.REQ", EVSE, timer=0, result=1)
    course.run(ms(20))
    course.hear("CM_VALIDATE.REQ", EVSE, timer=19, result=1)
    for volts in (9, 6, 9, 6, 9):
        course.pilot.hear(course.now_ns, Level("cp_v", volts))
    course.run(s(2) + ms(20))
    assert [mme.values["result"] for mme in course.named("CM_VALIDATE.CNF")] == [1, 2]
    assert course.named("CM_VALIDATE.CNF")[-1].values["toggle_num"] == 2


def test_no_toggle_is_a_failed_validation():
    course = Course().respond()
    for _ in range(2):
        course.hear("CM_VALIDATE.REQ", EVSE, timer=0, result=1)
        course.run(ms(200))
    assert [mme.values["result"] for mme in course.named("CM_VALIDATE.CNF")] == [1, 3]


def test_link_is_there_once_both_have_the_keys():
    course = Course().key()
    assert not course.node.is_connected
    course.run(s(0.8))
    assert course.node.is_connected
    assert [mme.values["link_status"] for mme in course.named("VS_PL_LNK_STATUS.CNF")] == [1]


def test_link_is_awaited_for_the_join_time():
    course = Course()
    course.node.join(False)
    course.key()
    course.run(s(12) - ms(20) - 1)
    assert course.phase is OutletPhase.MATCHED
    course.run(ms(21))
    assert course.phase is OutletPhase.READY


def test_another_key_takes_the_vehicle_out_of_the_network():
    course = Course().key()
    course.run(s(1))
    course.hear("CM_SET_KEY.REQ", "02:00:00:00:00:1A", nid=bytes(7), new_key=bytes(16))
    course.run(0)
    assert not course.node.is_connected
    assert [mme.values["link_status"] for mme in course.named("VS_PL_LNK_STATUS.CNF")] == [1, 0]


def test_link_is_taken_down_and_brought_back():
    course = Course().key()
    course.run(s(1))
    for up in (False, True, True):
        course.node.link(up)
        course.run(0)
    assert [mme.values["link_status"] for mme in course.named("VS_PL_LNK_STATUS.CNF")] == [1, 0, 1, 1]


def test_amplitude_map_is_sent_on_order():
    course = Course().key()
    course.node.amplitude_map(917)
    course.run(0)
    assert course.named("CM_AMP_MAP.REQ")[0].values["am_len"] == 917


def test_orders_change_what_is_sent_and_are_taken_back():
    course = Course()
    course.node.withhold("CM_SLAC_PARM.CNF")
    course.parameters()
    course.run(s(0.1))
    assert course.sent == []
    course.node.resume("CM_SLAC_PARM.CNF")
    course.node.change("CM_SLAC_PARM.CNF", resp_type=0, destination=NEIGHBOUR)
    course.node.delay("CM_SLAC_PARM.CNF", ms(100))
    course.parameters()
    begin = course.now_ns
    course.run(s(0.2))
    (confirmation,) = course.named("CM_SLAC_PARM.CNF")
    assert confirmation.values["resp_type"] == 0
    assert confirmation.destination == NEIGHBOUR
    assert course.times("CM_SLAC_PARM.CNF") == [begin + ms(120)]
    course.node.revert()
    course.parameters()
    course.run(s(0.1))
    assert course.named("CM_SLAC_PARM.CNF")[-1].values["resp_type"] == 1


def test_bytes_of_a_frame_can_be_others():
    course = Course()
    course.node.raw("CM_SLAC_PARM.CNF", lambda data: data[:20])
    course.parameters()
    (pdu,) = course.node.handle_timers(ms(20))
    assert isinstance(pdu, Datagram)
    assert len(pdu.data) == 20


def test_wrong_orders_are_refused():
    node = Course().node
    with pytest.raises(LocalProtocolError, match=r"sends no 'CM_SLAC_PARM\.REQ'"):
        node.withhold("CM_SLAC_PARM.REQ")
    with pytest.raises(LocalProtocolError, match="no station number 1"):
        node.attenuation(10, station=1)
    with pytest.raises(LocalProtocolError, match="between 0 and 255"):
        node.attenuation(300)
    node.add_station(30, NEIGHBOUR)
    with pytest.raises(LocalProtocolError, match="two stations"):
        node.add_station(30, NEIGHBOUR)


def test_neighbour_answers_too_and_can_be_silenced():
    course = Course()
    course.node.add_station(30, NEIGHBOUR)
    course.node.withhold("CM_ATTEN_CHAR.IND", station=1)
    course.sounds()
    course.run(ms(20))
    assert {mme.source for mme in course.named("CM_SLAC_PARM.CNF")} == {EVSE, NEIGHBOUR}
    assert {mme.source for mme in course.named("CM_ATTEN_CHAR.IND")} == {EVSE}


class Line:
    """The pilot of one side as a node."""

    def __init__(self, pilot: StationPilot | VehiclePilot, name: str) -> None:
        self.name, self._pilot, self._now_ns = name, pilot, 0

    def start(self, now_ns: int) -> list[Level]:
        return self._pilot.take()

    def receive(self, now_ns: int, pdu: Any) -> list[Level]:
        return self._told(now_ns, pdu)

    def handle_timers(self, now_ns: int) -> list[Level]:
        return self._told(now_ns)

    def next_deadline_ns(self) -> int | None:
        return self._now_ns if self._pilot.has_news else self._pilot.next_deadline_ns()

    def _told(self, now_ns: int, *levels: Level) -> list[Level]:
        self._now_ns = now_ns
        for level in levels:
            self._pilot.hear(now_ns, level)
        self._pilot.advance(now_ns)
        return self._pilot.take()


def both(*effects: Any) -> tuple[Kernel, StationPilot, EvseMatching, EvMatching]:
    kernel = Kernel()
    kernel.add_link(LineLink("pilot"))
    kernel.add_link(DatagramLink("plc"))
    cable, inlet = StationPilot(), VehiclePilot()
    station, truck = EvseMatching(cable), EvMatching(inlet, behaviour=SlacBehaviour(effects))
    for node, link, role in (
        (Line(cable, "cable"), "pilot", "charger"),
        (station, "plc", "charger"),
        (Line(inlet, "inlet"), "pilot", "truck"),
        (truck, "plc", "truck"),
    ):
        kernel.attach(node, link, role=role)
    kernel.start()
    cable.plug(True)
    cable.duty(5)
    kernel.poke(station)
    return kernel, cable, station, truck


def test_both_sides_find_each_other():
    kernel, cable, station, truck = both()
    kernel.run_until(s(3))
    assert station.is_connected
    assert truck.is_up
    assert station.matched_mac == station.mac
    cable.plug(False)
    kernel.poke(station)
    kernel.run_until(s(6))
    assert not station.is_connected
    assert truck.phase is EvPhase.IDLE


def test_both_sides_validate_a_doubtful_attenuation():
    kernel, _, station, truck = both()
    station.attenuation(15)
    kernel.run_until(s(6))
    assert truck.is_up
    assert station.is_connected


@pytest.mark.parametrize(("effects", "mac"), [((), EVSE), ((MmeRefrain("choose_best"),), NEIGHBOUR)])
def test_vehicle_takes_the_nearer_station(effects, mac):
    kernel, _, station, _truck = both(*effects)
    station.add_station(9 if effects else 30, NEIGHBOUR)
    kernel.run_until(s(2))
    assert station.matched_mac == mac


def test_matching_takes_the_same_course_twice():
    digests = []
    for _ in range(2):
        kernel, *_ = both()
        kernel.run_until(s(3))
        digests.append([(record.t_ns, str(record.pdu)) for record in kernel.trace])
    assert digests[0] == digests[1]
