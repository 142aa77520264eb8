"""Faults of the vehicle in the energy loop."""

from __future__ import annotations

from harness.core import ms, s
from harness.protocols.iso15118.behaviour import Delay, Leads, Moment, OptionEffect, Overlook, Refrain
from harness.sim.faults.ccs_vehicle.effects import LOOPS, altered, hides, in_loops, number, reads, stops_at, told
from harness.sim.faults.ccs_vehicle.fault import Fault

__all__ = ["LOOP_FAULTS"]

_NOTIFIED, _NOTIFIED_20 = "DC_EVSEStatus.EVSENotification", "EVSEStatus.EVSENotification"
_STATUS, _READY = "DC_EVSEStatus.EVSEStatusCode", "EVSE_Ready"
_EMERGENCY = "EVSE_EmergencyShutdown"
_FLAGS = ("EVSECurrentLimitAchieved", "EVSEVoltageLimitAchieved", "EVSEPowerLimitAchieved")
_LOW_A = 100.0
_LIMITS = (
    "EVSEMaximumCurrentLimit",
    "Scheduled_DC_CLResControlMode.EVSEMaximumChargeCurrent",
    "Dynamic_DC_CLResControlMode.EVSEMaximumChargeCurrent",
)
_SOC = ("DC_EVStatus.EVRESSSOC", "DisplayParameters.PresentSOC")
_LONG_NS = s(60)


def _limit_fell(moment: Moment, exchange: str) -> bool:
    found = [limit for path in _LIMITS if (limit := told(moment, exchange, path)) is not None]
    return any(number(limit) < _LOW_A for limit in found)


def _lasts(moment: Moment) -> bool:
    return moment.exchange in LOOPS and moment.lasted_ns >= _LONG_NS


LOOP_FAULTS = (
    Fault(
        "pauses_in_the_loop",
        "every tenth request of the energy loop comes 1.5 s late",
        tuple(Delay(one, ms(1_500), lambda moment, one=one: moment.asked(one) % 10 == 9) for one in LOOPS),  # type: ignore[misc]
    ),
    Fault("stops_asking_in_the_loop", "after 20 requests of the energy loop nothing more is sent", in_loops(lambda one: stops_at(one, 20))),
    Fault(
        "ignores_stop_charging",
        "a notification to stop is not heeded",
        (
            reads("CurrentDemand", _NOTIFIED, "StopCharging", "None"),
            reads("DC_ChargeLoop", _NOTIFIED_20, "Terminate", ""),
        ),
    ),
    Fault("stops_under_load", "the vehicle ends charging without bringing the current down", (OptionEffect("ramp_s", 0.0),)),
    Fault(
        "stops_late_5s",
        "a notification to stop is heeded 5 s later",
        (
            hides("CurrentDemand", _NOTIFIED, "StopCharging", "None", s(5)),
            hides("DC_ChargeLoop", _NOTIFIED_20, "Terminate", "", s(5)),
        ),
    ),
    Fault(
        "stops_late_35s",
        "a notification to stop is heeded 35 s later",
        (
            hides("CurrentDemand", _NOTIFIED, "StopCharging", "None", s(35)),
            hides("DC_ChargeLoop", _NOTIFIED_20, "Terminate", "", s(35)),
        ),
    ),
    Fault("ignores_emergency", f"{_EMERGENCY} is not heeded", (reads("CurrentDemand", _STATUS, _EMERGENCY, _READY),)),
    Fault(
        "contactor_stays_closed_in_emergency",
        f"the contactor stays closed after {_EMERGENCY}",
        (Refrain("open_contactor", when=lambda moment: moment.reason == _EMERGENCY),),
    ),
    Fault("ignores_malfunction", "EVSE_Malfunction is not heeded", (reads("CurrentDemand", _STATUS, "EVSE_Malfunction", _READY),)),
    Fault(
        "ignores_utility_interrupt",
        "EVSE_UtilityInterruptEvent is not heeded",
        (reads("CurrentDemand", _STATUS, "EVSE_UtilityInterruptEvent", _READY),),
    ),
    Fault(
        "ignores_the_pilot_in_the_loop",
        "the control pilot is not looked at in the energy loop",
        tuple(Refrain("heed_pilot", exchange) for exchange in LOOPS),
    ),
    Fault(
        "ignores_state_e_in_the_loop",
        "0 V of the control pilot is not noticed in the energy loop",
        tuple(Refrain("heed_pilot", exchange, lambda moment: moment.signal == "fault") for exchange in LOOPS),
    ),
    Fault(
        "ends_at_a_lower_limit",
        "the vehicle ends charging when the station lowers its limit",
        in_loops(lambda one: Leads(one, "end", lambda moment: _limit_fell(moment, one))),
    ),
    Fault(
        "stops_at_achieved_limits",
        "the vehicle ends charging when the station tells that its limits are reached",
        in_loops(lambda one: Leads(one, "end", lambda moment: all(told(moment, one, flag) for flag in _FLAGS))),
    ),
    Fault("ignores_over_current", "no current is too much for the vehicle", (Overlook("over_current"),)),
    Fault(
        "slows_down_in_a_long_charge",
        "the energy loop gets slower after a minute",
        tuple(Delay(one, ms(150), _lasts) for one in LOOPS),
    ),
    Fault(
        "loses_state_of_charge",
        "the state of charge falls after a minute",
        tuple(altered(one, path, lambda soc, moment: soc - 7 if _lasts(moment) else soc) for one in LOOPS for path in _SOC),
    ),
    Fault(
        "stops_asking_in_a_long_charge",
        "after a minute of the energy loop nothing more is sent",
        in_loops(lambda one: Leads(one, "nowhere", _lasts)),
    ),
    Fault(
        "ends_when_a_receipt_is_required",
        "the vehicle ends charging when a receipt is asked for",
        (Leads("CurrentDemand", "end", lambda moment: told(moment, "CurrentDemand", "ReceiptRequired") is True),),
    ),
    Fault(
        "sends_a_receipt",
        "the vehicle sends a receipt although it has no contract",
        (Leads("CurrentDemand", "MeteringReceipt", lambda moment: told(moment, "CurrentDemand", "ReceiptRequired") is True),),
    ),
)
