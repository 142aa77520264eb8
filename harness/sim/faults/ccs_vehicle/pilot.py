"""Faults of the vehicle for the rows about pilot and proximity."""

from __future__ import annotations

from collections.abc import Iterator

from harness.protocols.iso15118.behaviour import Act, OptionEffect, Refrain
from harness.sim.faults.ccs_vehicle.fault import Fault

__all__ = ["PILOT_FAULTS"]

_CABLE_CHECK, _PRE_CHARGE = ("CableCheck", "DC_CableCheck"), ("PreCharge", "DC_PreCharge")
_LOOP = ("CurrentDemand", "DC_ChargeLoop")


def _ignoring() -> Iterator[Fault]:
    """The pilot is not looked at in one phase of the session."""
    for name, exchanges in (
        ("session_setup", ("SessionSetup",)),
        ("cable_check", _CABLE_CHECK),
        ("pre_charge", _PRE_CHARGE),
        ("loop", _LOOP),
    ):
        # What follows the exchange must not notice it either.
        yield Fault(f"pilot_ignored_from_{name}", f"the control pilot is not looked at from {name} on", (_ignored_from(exchanges),))


def _ignored_from(exchanges: tuple[str, ...]) -> Refrain:
    return Refrain("heed_pilot", when=lambda moment: any(moment.asked(exchange) for exchange in exchanges))


PILOT_FAULTS = (
    Fault("cp_b_too_high", "10.6 V on the control pilot in state B", (OptionEffect("cp_b_v", 10.6),)),
    Fault("cp_b_too_low", "7.4 V on the control pilot in state B", (OptionEffect("cp_b_v", 7.4),)),
    Fault("cp_c_at_plug", "6 V on the control pilot right after the plug", (OptionEffect("cp_b_v", 6.0),)),
    Fault("cp_no_diode", "no diode in the pilot circuit", (OptionEffect("diode", False),)),
    Fault("cp_c_at_session_setup", "state C from SessionSetup on", (Act("SessionSetup", "present_c"),)),
    Fault(
        "hlc_without_duty",
        "a steady level is taken for the request for communication",
        (
            OptionEffect("steady_from_percent", 101.0),
            OptionEffect("communication_to_percent", 100.0),
            OptionEffect("frequency_from_hz", 0.0),
        ),
    ),
    Fault(
        "no_hlc_at_any_duty", "no duty cycle is taken for the request for communication", (OptionEffect("communication_to_percent", 0.0),)
    ),
    Fault("hlc_at_duty_2", "2 % is taken for the request for communication", (OptionEffect("communication_from_percent", 1.5),)),
    Fault("hlc_at_duty_7_5", "7.5 % is taken for the request for communication", (OptionEffect("communication_to_percent", 7.8),)),
    Fault("hlc_at_duty_8", "8 % is taken for the request for communication", (OptionEffect("communication_to_percent", 9.0),)),
    Fault(
        "hlc_at_any_duty", "every duty cycle is taken for the request for communication", (OptionEffect("communication_to_percent", 99.0),)
    ),
    Fault("no_hlc_at_duty_3", "3 % is not taken for the request for communication", (OptionEffect("communication_from_percent", 3.5),)),
    Fault("no_hlc_at_duty_7", "7 % is not taken for the request for communication", (OptionEffect("communication_to_percent", 6.5),)),
    Fault(
        "frequency_not_looked_at",
        "any frequency of the control pilot will do",
        (OptionEffect("frequency_from_hz", 100.0), OptionEffect("frequency_to_hz", 5000.0)),
    ),
    Fault("frequency_low_refused", "980 Hz are refused", (OptionEffect("frequency_from_hz", 990.0),)),
    Fault("frequency_high_refused", "1020 Hz are refused", (OptionEffect("frequency_to_hz", 1010.0),)),
    *_ignoring(),
    Fault(
        "pilot_f_ignored", "-12 V on the control pilot are not noticed", (Refrain("heed_pilot", when=lambda m: m.signal == "unavailable"),)
    ),
    Fault("pilot_e_ignored", "0 V on the control pilot are not noticed", (Refrain("heed_pilot", when=lambda m: m.signal == "fault"),)),
    Fault(
        "pilot_stays_ready",
        "the vehicle stays in state C after a fault of the pilot",
        (Refrain("present_b", when=lambda m: bool(m.reason)),),
    ),
    Fault(
        "contactor_stays_closed",
        "the contactor stays closed after a fault of the pilot",
        (Refrain("open_contactor", when=lambda m: bool(m.reason)),),
    ),
    Fault("sleeps_for_ever", "after a minute of a steady pilot no duty cycle wakes the vehicle", (OptionEffect("cp_sleep_s", 60.0),)),
    Fault("pp_680_misread", "680 Ohm are not read", (OptionEffect("pp_20a_ohm", 900.0),)),
    Fault("pp_220_misread", "220 Ohm are not read", (OptionEffect("pp_32a_ohm", 330.0),)),
    Fault("pp_100_misread", "100 Ohm are not read", (OptionEffect("pp_63a_ohm", 60.0),)),
    Fault("pp_1500_misread", "1500 Ohm are not read", (OptionEffect("pp_13a_ohm", 2000.0),)),
    Fault("pp_1500_refused", "no DC charging with 1500 Ohm", (OptionEffect("pp_dc_ohm", 1000.0),)),
    Fault(
        "pp_release_ignored",
        "charging goes on when the plug is about to be pulled",
        (OptionEffect("pp_release", False), Refrain("heed_pilot", when=lambda m: m.signal == "communication")),
    ),
    Fault(
        "pp_480_ignored",
        "480 Ohm are taken for a latched plug",
        (OptionEffect("pp_pressed_ohm", 2.0), OptionEffect("pp_latched_ohm", 480.0)),
    ),
)
"""Faults of the vehicle at control pilot and proximity."""
