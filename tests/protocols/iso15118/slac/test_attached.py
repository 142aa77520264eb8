"""A station with a real modem beside it, which the test plays: what is measured, which key is set, when the link is asked for."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from harness.core import ms, s
from harness.protocols.iso15118.pilot import StationPilot
from harness.protocols.iso15118.slac.frames import Mme, decode
from harness.protocols.iso15118.slac.keys import network_id
from harness.protocols.iso15118.slac.options import EvseMatchingOptions
from harness.protocols.iso15118.slac.station import EvseMatching

EV, EVSE, MODEM = "02:00:00:00:00:0A", "02:00:00:00:00:0B", "00:B0:52:00:00:01"
BROADCAST = "FF:FF:FF:FF:FF:FF"
RUN = b"a run id"


class Bench:
    """Station, and the wire on which the test speaks for vehicle and modem."""

    def __init__(self) -> None:
        pilot = StationPilot()
        self.node = EvseMatching(pilot, EvseMatchingOptions(evse_modem_attached=True, evse_modem_mac=MODEM))
        self.node.start(0)
        pilot.plug(True)
        pilot.duty(5)
        self.now_ns = 0
        self.sent: list[tuple[int, Mme]] = []

    def run(self, for_ns: int) -> None:
        until_ns = self.now_ns + for_ns
        while (due_ns := self.node.next_deadline_ns()) is not None and due_ns <= until_ns:
            self.now_ns = max(self.now_ns, due_ns)
            self._note(self.node.handle_timers(self.now_ns))
        self.now_ns = until_ns

    def say(self, name: str, source: str = EV, destination: str = EVSE, **values: Any) -> None:
        self._note(self.node.receive(self.now_ns, Mme(name, source, destination, values).datagram()))

    def _note(self, pdus: Any) -> None:
        self.sent += [(self.now_ns, decode(pdu.data)) for pdu in pdus]

    def named(self, name: str) -> list[Mme]:
        return [mme for _, mme in self.sent if mme.name == name]

    def sounds(self, *attenuation_db: int) -> None:
        self.say("CM_SLAC_PARM.REQ", destination=BROADCAST, run_id=RUN)
        self.say("CM_START_ATTEN_CHAR.IND", destination=BROADCAST, num_sounds=10, time_out=6, forwarding_sta=EV, run_id=RUN)
        for decibel in attenuation_db:
            self.say("CM_ATTEN_PROFILE.IND", MODEM, pev_mac=EV, aag=bytes([decibel] * 58))
            self.say("CM_MNBC_SOUND.IND", destination=BROADCAST, cnt=0, run_id=RUN, random=bytes(16))
        self.run(ms(20))

    def match(self) -> None:
        self.sounds(*[10] * 10)
        self.say("CM_ATTEN_CHAR.RSP", source_address=EV, run_id=RUN)
        self.say("CM_SLAC_MATCH.REQ", pev_id=bytes(17), pev_mac=EV, evse_id=bytes(17), evse_mac=EVSE, run_id=RUN)
        self.run(ms(20))

    def link(self, up: bool) -> None:
        self.say("VS_PL_LNK_STATUS.CNF", MODEM, link_status=int(up))


def test_network_identifier_of_the_usual_key():
    assert network_id(bytes.fromhex("50D3E4933F855B7040784DF815AA8DB7")).hex().upper() == "B0F2E695666B03"


def test_attenuation_is_the_average_of_what_the_modem_measured():
    bench = Bench()
    bench.sounds(10, 12, 14, *[12] * 7)
    told = bench.named("CM_ATTEN_CHAR.IND")[0]
    assert told.values["aag"] == bytes([12] * 58)
    assert told.values["num_sounds"] == 10
    assert bench.named("CM_ATTEN_PROFILE.IND") == []


def test_ordered_attenuation_outranks_the_measured_one():
    bench = Bench()
    bench.node.attenuation(15)
    bench.sounds(*[10] * 10)
    assert bench.named("CM_ATTEN_CHAR.IND")[0].values["aag"] == bytes([15] * 58)
    bench.node.revert()
    bench.sounds(*[10] * 10)
    assert bench.named("CM_ATTEN_CHAR.IND")[-1].values["aag"] == bytes([10] * 58)


def test_modem_that_measures_nothing_gives_no_result():
    bench = Bench()
    bench.say("CM_SLAC_PARM.REQ", destination=BROADCAST, run_id=RUN)
    bench.say("CM_START_ATTEN_CHAR.IND", destination=BROADCAST, num_sounds=10, time_out=6, forwarding_sta=EV, run_id=RUN)
    bench.say("CM_MNBC_SOUND.IND", destination=BROADCAST, cnt=0, run_id=RUN, random=bytes(16))
    bench.say("CM_ATTEN_PROFILE.IND", MODEM, pev_mac="02:00:00:00:00:0F", aag=bytes([10] * 58))
    bench.run(s(2))
    assert bench.named("CM_ATTEN_CHAR.IND") == []


def test_modem_gets_the_key_of_the_match_and_is_asked_for_its_link():
    bench = Bench()
    bench.match()
    told = bench.named("CM_SLAC_MATCH.CNF")[0].values
    (key,) = bench.named("CM_SET_KEY.REQ")
    assert (key.destination, key.values["nid"], key.values["new_key"]) == (MODEM, told["nid"], told["nmk"])
    assert told["nid"] == network_id(told["nmk"])
    assert bench.named("CM_SET_KEY.CNF") == []
    begin_ns = bench.now_ns
    bench.run(s(1))
    asked = [t_ns for t_ns, mme in bench.sent if mme.name == "VS_PL_LNK_STATUS.REQ"]
    assert [later - earlier for earlier, later in itertools.pairwise(asked)] == [ms(100)] * (len(asked) - 1)
    assert asked[0] <= begin_ns + ms(100)
    assert len(asked) == 10


def test_link_is_what_the_modem_says():
    bench = Bench()
    bench.link(True)
    assert not bench.node.is_connected
    bench.match()
    bench.link(False)
    assert not bench.node.is_connected
    bench.link(True)
    assert bench.node.is_connected
    bench.link(False)
    assert not bench.node.is_connected


def test_modem_that_does_not_answer_has_no_link():
    bench = Bench()
    bench.match()
    bench.run(s(1))
    bench.link(True)
    bench.run(s(5) - 1)
    assert bench.node.is_connected
    bench.run(ms(100))
    assert not bench.node.is_connected


@pytest.mark.parametrize("joins", [True, False])
def test_modem_without_the_key_does_not_join(joins: bool):
    bench = Bench()
    bench.node.join(joins)
    bench.match()
    assert len(bench.named("CM_SET_KEY.REQ")) == joins


def test_link_is_dropped_by_another_key_and_brought_back_by_the_right_one():
    bench = Bench()
    bench.match()
    bench.link(True)
    right = bench.named("CM_SET_KEY.REQ")[0].values["new_key"]
    bench.node.link(False)
    bench.run(0)
    other = bench.named("CM_SET_KEY.REQ")[-1].values
    assert other["new_key"] != right
    bench.node.link(True)
    bench.run(0)
    assert bench.named("CM_SET_KEY.REQ")[-1].values["new_key"] == right
