"""Faults of the vehicle at the end of a session."""

from __future__ import annotations

from harness.core import ms, s
from harness.protocols.iso15118.behaviour import Change, Leads, OptionEffect, Overlook, Refrain, SessionId, TimerEffect
from harness.sim.faults.ccs_vehicle.effects import in_loops
from harness.sim.faults.ccs_vehicle.fault import Fault

__all__ = ["END_FAULTS"]

_OLD = bytes.fromhex("0102030405060708")
_FOR_EVER_S = 1e6

END_FAULTS = (
    Fault("ignores_stop_means", "the user cannot end charging", (Refrain("heed_user"),)),
    Fault(
        "session_stop_without_power_delivery",
        "SessionStopReq follows the energy loop at once when the user ends charging",
        in_loops(lambda one: Leads(one, "SessionStop", lambda moment: moment.reason == "user")),
    ),
    Fault(
        "leaves_at_once_when_stopped",
        "the vehicle leaves as after a fault when the user ends charging",
        in_loops(lambda one: Leads(one, "leave", lambda moment: moment.reason == "user")),
    ),
    Fault("cp_c_to_the_end", "the control pilot never goes back to state B", (Refrain("present_b"),)),
    Fault("state_b_late_after_stop", "state B comes 1 s after the end of energy transfer", (TimerEffect("cp_b", s(1)),)),
    Fault(
        "state_b_after_the_next_request",
        "the request after PowerDelivery does not wait for state B",
        (TimerEffect("cp_b", ms(200)), Refrain("await_pilot")),
    ),
    Fault("welding_detection_for_ever", "welding detection goes on while the voltage stays", (OptionEffect("welding_s", _FOR_EVER_S),)),
    Fault("welding_detection_once", "welding detection asks once, whatever the voltage", (OptionEffect("welding_s", 0.0),)),
    Fault("closes_tcp_late", "the connection is closed after 8 s", (TimerEffect("close", s(8)),)),
    Fault("no_session_without_unplugging", "another session needs a new plug-in", (Refrain("try_again"),)),
    Fault(
        "old_session_id_in_a_new_session",
        "every session after the first one asks for a session that does not exist",
        (SessionId("SessionSetup", _OLD, lambda moment: moment.sessions > 1),),
    ),
    Fault("pause_ignored", "the user cannot pause", (Refrain("heed_pause"),)),
    Fault(
        "session_stop_always_terminates",
        "SessionStopReq says Terminate whatever the vehicle wants",
        (Change("SessionStop", {"ChargingSession": "Terminate"}, lambda moment: moment.edition != "din70121"),),
    ),
    Fault("no_wake_up_from_pause", "a paused vehicle does not wake up", (Refrain("try_again"),)),
    Fault("forgets_the_paused_session", "a paused session is not asked for any more", (SessionId("SessionSetup", bytes(8)),)),
    Fault(
        "takes_a_refused_pause_for_granted",
        "a pause that the station refuses counts as one",
        (Overlook("response_code", "SessionStop"), Refrain("forget")),
    ),
)
