"""Whole ISO 15118-20 sessions of the simulated truck at the tester's station, in memory, under the rules V1 to V6."""

from pathlib import Path

import pytest

from harness.bench.kernel import Kernel
from harness.bench.links import LineLink
from harness.bench.links.network import NetworkLink
from harness.case.suites.profile import load_profile
from harness.core import TimeBase, ms, s
from harness.core.standard import JudgeContext
from harness.protocols.iso15118.decoder import IsoDecoder
from harness.protocols.iso15118.judges import judge_all
from harness.protocols.iso15118.rational import rational
from harness.protocols.iso15118.services import ControlMode, Service, set_content
from harness.protocols.iso15118.station import Schedule
from harness.protocols.iso15118.station.iso20.content import default_sets
from harness.protocols.iso15118.vehicle import Phase
from harness.sim.ccs_station import ccs_station
from harness.sim.ccs_truck import ccs_truck

PROFILE = Path(__file__).resolve().parents[3] / "test_suites" / "iso15118" / "profile-iso15118-20.toml"
BASE = TimeBase("test", 1000, 1000.0, 0.0)
CCS = {"protocols": ["iso15118-20"], "plain_20": True}
MCS = {
    **CCS,
    "inlet": "mcs",
    "cells_in_series": 270,
    "resistance_ohm": 0.01,
    "max_voltage_v": 985.0,
    "min_voltage_v": 700.0,
    "max_current_a": 1_500.0,
    "max_power_w": 1_200_000.0,
    "capacity_wh": 600_000.0,
}
MCS_STATION = {"mcs": True, "max_voltage_v": 1_250.0, "max_current_a": 3_000.0, "max_power_w": 3_750_000.0, "ramp_up_a_per_s": 2_000.0}


class Stand:
    """Station and truck on one kernel."""

    def __init__(self, truck=None, station=None):
        self.kernel = Kernel()
        self.kernel.add_link(NetworkLink("charge"))
        self.kernel.add_link(LineLink("pilot"))
        self.station, self.cable = ccs_station({"address": "fe80::b", "plain_20": True, **(station or {})})
        self.truck, inlet = ccs_truck({**CCS, **(truck or {})})
        for node, link, role in (
            (self.station, "charge", "charger"), (self.cable, "pilot", "charger"),
            (self.truck, "charge", "truck"), (inlet, "pilot", "truck"),
        ):  # fmt: skip
            self.kernel.attach(node, link, role=role)
        self.kernel.start()

    def order(self, action):
        action(self.station)
        for node in (self.station, self.cable):
            self.kernel.poke(node)
        return self

    def plug_in(self):
        return self.order(lambda station: station.plug(True))

    def run(self, seconds):
        self.kernel.run_until(self.kernel.now_ns + s(seconds))
        return self

    def until(self, name):
        """Run until the truck sends the request *name*, as ``names`` spells it."""
        for _ in range(200):
            if name in self.names()[-2:]:
                return self
            self.run(0.05)
        raise AssertionError(f"no {name} in {self.names()}")

    def stop(self):
        """Let the station end the session, and the truck close it."""
        return self.order(lambda station: station.notify("StopCharging")).run(6)

    def records(self):
        return [record for record in self.kernel.trace if record.link == "charge"]

    def messages(self):
        decoder = IsoDecoder()
        return [message for record in self.records() for message in decoder.feed(record)]

    def named(self, name):
        return [message for message in self.messages() if message.name == name]

    def names(self):
        """Requests in their order, repeated ones once."""
        found = []
        for message in self.messages():
            progress = message.text("ChargeProgress") or message.text("ChargingSession")
            name = message.base + (f"({progress})" if progress else "")
            if message.is_request and message.connection and found[-1:] != [name]:
                found.append(name)
        return found

    def judge(self):
        """What the rules have against it; that it runs without TLS is known."""
        context = JudgeContext(load_profile(PROFILE), BASE, edition="iso15118-20")
        checks = judge_all(self.messages(), self.records(), context)
        assert {check.name.split()[0] for check in checks} == {"V1", "V2", "V3", "V4", "V5", "V6"}
        findings = [finding for check in checks for finding in check.findings if "without TLS 1.3" not in finding.text]
        failed = [check for check in checks if check.verdict.word != "pass"]
        assert not findings
        assert not failed


APPROACH = [
    "supportedAppProtocol", "SessionSetup", "AuthorizationSetup", "Authorization", "ServiceDiscovery", "ServiceDetail", "ServiceSelection",
    "DC_ChargeParameterDiscovery", "ScheduleExchange", "DC_CableCheck", "DC_PreCharge", "PowerDelivery(Start)", "DC_ChargeLoop",
]  # fmt: skip
RETREAT = ["PowerDelivery(Stop)", "DC_WeldingDetection", "SessionStop(Terminate)"]


@pytest.mark.parametrize("dynamic", [False, True])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize(("truck", "station"), [({}, {}), (MCS, MCS_STATION)], ids=["ccs", "mcs"])
def test_session_runs_from_plug_to_end(truck, station, both, dynamic):
    modes = ["dynamic", "scheduled"] if dynamic else ["scheduled", "dynamic"]
    stand = Stand({**truck, "bidirectional": both, "control_modes": modes}, {**station, "bidirectional": both})
    stand.plug_in().run(20).stop()
    assert stand.names() == APPROACH + RETREAT
    stand.judge()
    bodies = ("BPT_" if both else "") + ("Dynamic" if dynamic else "Scheduled")
    loops = stand.named("DC_ChargeLoopReq")
    assert all(any(path.startswith(f"{bodies}_DC_CLReqControlMode") for path in one.values) for one in loops)
    most = max(message.quantity("EVSEPresentCurrent") for message in stand.named("DC_ChargeLoopRes"))
    assert most > (1_000 if truck else 200)
    selection = stand.named("ServiceSelectionReq")[0]
    wanted = {(False, False): 2, (False, True): 6, (True, False): 8, (True, True): 9}[bool(truck), both]
    assert selection["SelectedEnergyTransferService.ServiceID"] == wanted
    assert stand.truck.phase is Phase.OVER


def test_every_message_of_mcs_has_the_payload_type_of_dc():
    stand = Stand(MCS, MCS_STATION).plug_in().run(15)
    frames = {record.number: record.pdu.data for record in stand.records()}
    types = {message.name: frames[message.frame][2:4].hex() for message in stand.messages()}
    of_dc = {name for name, payload_type in types.items() if payload_type == "8004"}
    assert of_dc == {name for name in types if name.startswith("DC_")}
    assert types["ServiceDetailReq"] == types["PowerDeliveryRes"] == "8002"


def test_last_pre_charge_request_says_finished():
    stand = Stand().plug_in().run(10)
    told = [message.text("EVProcessing") for message in stand.named("DC_PreChargeReq")]
    assert told[-1] == "Finished"
    assert set(told[:-1]) == {"Ongoing"}


def test_power_delivery_says_ongoing_while_the_truck_plans():
    stand = Stand({"profile_s": 1.0}).plug_in().run(12).stop()
    starts = [message.text("EVProcessing") for message in stand.named("PowerDeliveryReq") if message.text("ChargeProgress") == "Start"]
    assert len(starts) > 2
    assert starts == ["Ongoing"] * (len(starts) - 1) + ["Finished"]
    stand.judge()


@pytest.mark.parametrize(("truck", "station"), [({}, {}), (MCS, MCS_STATION)], ids=["ccs", "mcs"])
def test_paused_session_goes_on_with_charge_parameters(truck, station):
    stand = Stand({**truck, "control_modes": ["dynamic"]}, station)
    stand.plug_in().run(12).order(lambda station: station.user_pause()).run(8)
    assert stand.truck.phase is Phase.PAUSED
    first = stand.names()
    assert first[-1] == "SessionStop(Pause)"
    stand.order(lambda station: station.user_pause(False)).run(15).stop()
    again = stand.names()[len(first) :]
    assert again[:4] == ["supportedAppProtocol", "SessionSetup", "DC_ChargeParameterDiscovery", "ScheduleExchange"]
    assert again[-3:] == RETREAT
    codes = [message.text("ResponseCode") for message in stand.named("SessionSetupRes")]
    assert codes == ["OK_NewSessionEstablished", "OK_OldSessionJoined"]
    assert "Dynamic" in "".join(stand.named("ScheduleExchangeReq")[-1].values)
    stand.judge()


def test_refused_resumption_begins_anew():
    stand = Stand().plug_in().run(12).order(lambda station: station.user_pause()).run(8)
    before = len(stand.names())
    stand.station.state.paused_id = b""
    stand.order(lambda station: station.user_pause(False)).run(15).stop()
    assert stand.names()[before:] == APPROACH + RETREAT
    stand.judge()


def test_schedule_is_agreed_on_again():
    stand = Stand().plug_in().run(12)
    stand.order(lambda station: station.notify("ScheduleRenegotiation")).until("ScheduleExchange").order(
        lambda station: station.revert()
    ).run(4).stop()
    renewed = ["PowerDelivery(ScheduleRenegotiation)", "ScheduleExchange", "PowerDelivery(Start)", "DC_ChargeLoop"]
    names = stand.names()
    assert names[: len(APPROACH)] == APPROACH
    assert names[len(APPROACH) : len(APPROACH) + 4] == renewed
    assert names[-3:] == RETREAT
    stand.judge()


def test_service_is_chosen_again_on_the_same_connection():
    stand = Stand().plug_in().run(12)
    stand.order(lambda station: station.notify("ServiceRenegotiation")).until("SessionStop(ServiceRenegotiation)").order(
        lambda station: station.revert()
    ).run(15).stop()
    renewed = [*RETREAT[:2], "SessionStop(ServiceRenegotiation)", *APPROACH[4:]]
    assert stand.names() == APPROACH + renewed + RETREAT
    assert {message.connection for message in stand.messages() if message.connection} == {1}
    stand.judge()


def test_reading_is_confirmed():
    stand = Stand().plug_in().run(12)
    stand.order(lambda station: station.notify("MeteringConfirmation")).run(1).order(lambda station: station.revert()).run(1).stop()
    confirmed = stand.named("MeteringConfirmationReq")[0]
    told = [message for message in stand.named("DC_ChargeLoopRes") if message.frame < confirmed.frame][-1]
    path = "MeterInfo.ChargedEnergyReadingWh"
    assert confirmed[f"SignedMeteringData.{path}"] == told[path] > 0
    stand.judge()


def test_truck_that_confirms_no_reading_charges_on():
    stand = Stand({"confirms_meter": False}).plug_in().run(12)
    stand.order(lambda station: station.notify("MeteringConfirmation")).run(2)
    assert stand.names()[-1] == "DC_ChargeLoop"
    assert not stand.named("MeteringConfirmationReq")


def test_truck_stands_by_while_the_schedule_grants_nothing():
    stand = Stand({"standby": True})
    stand.order(lambda station: station.schedules(Schedule(1, ((0, 0.0), (10, 100_000.0))))).plug_in().run(20).stop()
    at = len(APPROACH)
    assert stand.names()[at : at + 4] == ["PowerDelivery(Standby)", "DC_ChargeLoop", "PowerDelivery(Start)", "DC_ChargeLoop"]
    stand.judge()


def test_truck_that_may_not_stand_by_waits_in_the_loop():
    stand = Stand({"standby": True})
    stand.order(lambda station: station.schedules(Schedule(1, ((0, 0.0), (10, 100_000.0)))))
    stand.order(lambda station: station.code("PowerDelivery_standby", "WARNING_StandbyNotAllowed")).plug_in().run(20).stop()
    assert stand.names().count("PowerDelivery(Standby)") == 1
    assert stand.names()[-4:] == ["DC_ChargeLoop", *RETREAT]


def test_truck_waits_for_a_busy_station():
    stand = Stand()
    stand.order(lambda station: station.ongoing_times("ScheduleExchange", 5)).order(lambda station: station.ongoing("Authorization", s(3)))
    stand.plug_in().run(20).stop()
    assert len(stand.named("ScheduleExchangeReq")) == 6
    assert stand.names() == APPROACH + RETREAT
    stand.judge()


def test_truck_leaves_a_station_that_never_has_a_schedule():
    stand = Stand().order(lambda station: station.ongoing("ScheduleExchange")).plug_in().run(80)
    asked = stand.named("ScheduleExchangeReq")
    assert s(59) < asked[-1].t_ns - asked[0].t_ns <= s(60)
    assert stand.truck.phase is Phase.OVER
    assert stand.names()[-1] == "ScheduleExchange"


@pytest.mark.parametrize(
    "offer",
    [
        {"connector": 7},
        {"modes": (9,)},
    ],
)
def test_mcs_truck_takes_no_parameter_set_that_it_cannot_use(offer):
    sets = set_content(default_sets(Service.MCS, volts=1_250, **offer))
    stand = Stand(MCS, MCS_STATION).order(lambda station: station.change("ServiceDetail", {"ServiceParameterList": sets})).plug_in().run(10)
    assert stand.names()[-1] == "ServiceDetail"
    assert stand.truck.phase is Phase.OVER


@pytest.mark.parametrize(("falls_back", "last"), [(False, "ServiceDiscovery"), (True, "DC_ChargeLoop")])
def test_mcs_truck_at_a_station_without_mcs(falls_back, last):
    stand = Stand({**MCS, "dc_on_mcs": falls_back}, {**MCS_STATION})
    stand.order(lambda station: station.services(Service.DC)).plug_in().run(15)
    assert stand.names()[-1] == last


@pytest.mark.parametrize("exponent", [3, 4])
def test_mcs_truck_reads_megawatts_with_any_exponent(exponent):
    told = rational(3_750_000, exponent=exponent)
    path = "DC_CPDResEnergyTransferMode.EVSEMaximumChargePower"
    stand = Stand(MCS, MCS_STATION).order(lambda station: station.change("DC_ChargeParameterDiscovery", {path: told})).plug_in().run(15)
    assert stand.truck.state.limits.max_power_w == 3_750_000
    assert stand.truck.state.target_a > 1_000


def test_truck_follows_a_lower_limit():
    stand = Stand(MCS, MCS_STATION).plug_in().run(15).order(lambda station: station.limits(max_current_a=500)).run(3)
    assert stand.named("DC_ChargeLoopReq")[-1].quantity("Scheduled_DC_CLReqControlMode.EVTargetCurrent") == 500
    stand.stop().judge()


def test_state_b_comes_before_the_request_after_power_delivery():
    stand = Stand().plug_in().run(12).stop()
    response = stand.named("PowerDeliveryRes")[-1]
    following = next(message for message in stand.messages() if message.is_request and message.frame > response.frame)
    levels = [(record.t_ns, record.pdu.value) for record in stand.kernel.trace if record.link == "pilot" and record.pdu.line == "cp_v"]
    assert [value for t_ns, value in levels if t_ns <= following.t_ns][-1] == pytest.approx(9, abs=1)
    assert following.t_ns - response.t_ns < ms(500)


def test_modes_follow_the_parameter_sets_on_offer():
    sets = set_content(default_sets(Service.DC, (ControlMode.DYNAMIC,), volts=1_000))
    stand = Stand().order(lambda station: station.change("ServiceDetail", {"ServiceParameterList": sets})).plug_in().run(12).stop()
    assert "Dynamic" in "".join(stand.named("DC_ChargeLoopReq")[-1].values)
    stand.judge()
