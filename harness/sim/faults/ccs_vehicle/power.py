"""Faults of the vehicle in cable check, pre-charge and the start of the energy transfer."""

from __future__ import annotations

from harness.core import s
from harness.protocols.iso15118.behaviour import Act, Change, Delay, Leads, Moment, OptionEffect, Refrain, TimerEffect
from harness.sim.faults.ccs_vehicle.effects import LOOPS, altered, reads, told
from harness.sim.faults.ccs_vehicle.fault import Fault

__all__ = ["POWER_FAULTS"]

_ISOLATION = "DC_EVSEStatus.EVSEIsolationStatus"
_PRE_CHARGES = ("PreCharge", "DC_PreCharge")
_CABLE_CHECKS = ("CableCheck", "DC_CableCheck")


def _is_ongoing(exchange: str) -> Leads:
    def when(moment: Moment) -> bool:
        return told(moment, exchange, "EVSEProcessing") == "Ongoing"

    return Leads(exchange, exchange.replace("CableCheck", "PreCharge"), when)


POWER_FAULTS = (
    Fault("cable_check_in_state_b", "the control pilot stays in state B in the cable check", (Refrain("present_c"),)),
    Fault(
        "state_c_before_the_parameters",
        "the control pilot goes to state C before the parameters are agreed on",
        (Act("ChargeParameterDiscovery", "present_c"), Act("DC_ChargeParameterDiscovery", "present_c")),
    ),
    Fault("gives_up_cable_check_early", "the vehicle leaves a cable check after 20 s", (TimerEffect("loop.cable_check", s(20)),)),
    Fault("cable_check_for_ever", "the vehicle waits for the cable check without limit", (TimerEffect("loop.cable_check", None),)),
    Fault(
        "goes_on_without_cable_check",
        "the vehicle goes on to pre-charge although the cable check is Ongoing",
        tuple(_is_ongoing(exchange) for exchange in _CABLE_CHECKS),
    ),
    Fault("ignores_isolation_fault", "isolation status Fault is taken for Valid", (reads("CableCheck", _ISOLATION, "Fault", "Valid"),)),
    Fault(
        "ignores_isolation_invalid", "isolation status Invalid is taken for Valid", (reads("CableCheck", _ISOLATION, "Invalid", "Valid"),)
    ),
    Fault("leaves_at_isolation_warning", "the vehicle leaves at isolation status Warning", (OptionEffect("isolation_warning", False),)),
    Fault("ignores_over_voltage", "no voltage is too much for the vehicle", (OptionEffect("over_voltage_share", 10.0),)),
    Fault(
        "pre_charge_target_too_high",
        "pre-charging asks for 60 V more than the battery has",
        tuple(altered(exchange, "EVTargetVoltage", lambda volts, moment: volts + 60) for exchange in _PRE_CHARGES),
    ),
    Fault("pre_charge_current_5a", "pre-charging asks for 5 A", (Change("PreCharge", {"EVTargetCurrent": 5}),)),
    Fault(
        "closes_contactor_before_the_match",
        "the contactor closes before the voltage is there",
        tuple(Act(exchange, "close_contactor") for exchange in _PRE_CHARGES),
    ),
    Fault("pre_charge_for_ever", "the vehicle waits for the pre-charge voltage without limit", (TimerEffect("loop.pre_charge", None),)),
    Fault("gives_up_pre_charge_early", "the vehicle leaves pre-charging after 3 s", (TimerEffect("loop.pre_charge", s(3)),)),
    Fault(
        "believes_the_told_voltage",
        "the contactor closes by the voltage that the station tells, without a look at the inlet",
        (OptionEffect("measures_inlet", False),),
    ),
    Fault("closes_at_any_voltage", "the contactor closes at any voltage", (OptionEffect("match_v", 10_000.0),)),
    Fault("closes_100_v_off", "the contactor closes although the voltage is off by 100 V", (OptionEffect("match_v", 100.0),)),
    Fault(
        "contactor_stays_closed_after_refusal",
        "the contactor stays closed when PowerDelivery is refused",
        (Refrain("open_contactor", "PowerDelivery_start"),),
    ),
    Fault(
        "accepts_contactor_error",
        "FAILED_ContactorError is taken for OK",
        (reads("PowerDelivery_start", "ResponseCode", "FAILED_ContactorError", "OK"),),
    ),
    Fault(
        "first_demand_late",
        "the first request of the energy loop comes after 41 s",
        tuple(Delay(one, s(41), lambda moment, one=one: moment.asked(one) == 0) for one in LOOPS),  # type: ignore[misc]
    ),
    Fault("no_demand", "the energy loop never begins", (Leads("PowerDelivery_start", "nowhere"),)),
)
