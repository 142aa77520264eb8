"""Control pilot and proximity, vehicle under test (reference catalogue 9.9)."""

from dataclasses import replace
from decimal import Decimal

from harness.case import case
from harness.core import Inconclusive, Reason

from ..words import CABLE_CHECK, PARAMETERS, PRE_CHARGE
from .matching import CONFIRMATION
from .waiting import holds


@case(
    "HV-CP-01",
    title="State B at plug-in",
    purpose="Plugged in, the vehicle presents state B; with the oscillation its diode leaves the negative half as it is.",
    refs=["IEC61851-1:?/pilot-states", "IEC61851-1:?/pilot-diode"],
    basis="derived",
    confidence="medium",
    pics="E.CCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["cp_b_too_high", "cp_b_too_low", "cp_c_at_plug", "cp_no_diode"],
    duration_s=10,
)
def test_state_b_at_plug(bench, truck, step, check, charger, session, lines):
    with step(1, "Plug in with a steady pilot", expect="8..10 V"):
        lines.plug_in(lambda: charger.duty(100))
        lines.holds("cp_v", truck.limit("pilot.b"), "control pilot with a steady level")
    with step(2, "Let the pilot oscillate with 5 %", expect="still 8..10 V, negative half at -12 V"):
        charger.duty(truck.limit("stimulus.duty_5").value)
        lines.holds("cp_low_v", truck.limit("pilot.low"), "negative half of the oscillation")
        lines.is_at("cp_v", truck.limit("pilot.b"), "control pilot with oscillation")


@case(
    "HV-CP-02",
    title="5 % starts the communication only",
    purpose="A duty cycle of 5 % makes the vehicle begin digital communication; it is not in state C before the parameters are agreed.",
    refs=["IEC61851-1:?/duty-cycle", "ISO15118:?/pilot-ready"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["hlc_without_duty", "cp_c_at_session_setup", "no_hlc_at_any_duty"],
    duration_s=20,
)
def test_duty_starts_communication(bench, truck, step, check, charger, session, lines):
    with step(1, "Plug in with a steady pilot", expect="no communication"):
        plugged_ns = lines.plug_in(lambda: charger.duty(100))
        lines.stays_silent(plugged_ns, truck.limit("stimulus.duty_100").value)
    with step(2, "Let the pilot oscillate with 5 %", expect="communication begins"):
        begun_ns = bench.now_ns
        charger.duty(truck.limit("stimulus.duty_5").value)
        lines.talks(begun_ns, truck.limit("approach.discovery"))
    with step(3, "Go on up to the request for parameters", expect="the pilot stays in state B"):
        request = session.request(PARAMETERS[truck.edition], since=begun_ns)
        changes = [(t_ns, level) for t_ns, level in bench.level_changes("cp_v") if plugged_ns < t_ns < request.t_ns]
        others = [level for _, level in changes if not holds(truck.limit("pilot.b"), level)]
        if bench.level("cp_v") is None:
            bench.unobserved("control pilot before the parameters", line="cp_v", expected="state B")
        else:
            check("levels of the pilot outside of state B", len(others), equals=0, note=f"first {others[0]:g} V" if others else "")


@case(
    "HV-CP-03",
    title="Thresholds of the duty cycle",
    purpose="Only 3 to 7 % ask for digital communication; at every other duty cycle the vehicle begins none.",
    refs=["IEC61851-1:?/duty-cycle"],
    basis="derived",
    confidence="medium",
    pics="E.CCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=[
        "hlc_at_duty_2",
        "hlc_at_duty_7_5",
        "hlc_at_duty_8",
        "hlc_at_any_duty",
        "hlc_without_duty",
        "no_hlc_at_duty_3",
        "no_hlc_at_duty_7",
    ],
    duration_s=120,
)
def test_duty_thresholds(bench, truck, step, check, charger, session, lines):
    def silent(percent):
        plugged_ns = lines.plug_in(lambda: charger.duty(percent))
        lines.stays_silent(plugged_ns, percent)

    def talks(percent):
        plugged_ns = lines.plug_in(lambda: charger.duty(percent))
        lines.talks(plugged_ns, truck.limit("approach.discovery"))
        lines.drives("cp_duty_percent", percent)

    with step(1, "Plug in with 2 %", expect="no communication"):
        silent(truck.limit("stimulus.duty_2").value)
    with step(2, "Plug in with 3 %, 5 % and 7 %", expect="communication begins each time"):
        for duty in (truck.limit("stimulus.duty_3"), truck.limit("stimulus.duty_5"), truck.limit("stimulus.duty_7")):
            talks(duty.value)
    with step(3, "Plug in with 7.5 %", expect="no communication"):
        silent(truck.limit("stimulus.duty_7_5").value)
    with step(4, "Plug in with 8, 10, 53, 85, 90, 96 and 97 %", expect="no communication: these offer alternating current"):
        for duty in (
            truck.limit("stimulus.duty_8"),
            truck.limit("stimulus.duty_10"),
            truck.limit("stimulus.duty_53"),
            truck.limit("stimulus.duty_85"),
            truck.limit("stimulus.duty_90"),
            truck.limit("stimulus.duty_96"),
            truck.limit("stimulus.duty_97"),
        ):
            silent(duty.value)
    with step(5, "Plug in with 98 % and with 100 %", expect="no communication"):
        for duty in (truck.limit("stimulus.duty_98"), truck.limit("stimulus.duty_100")):
            silent(duty.value)


@case(
    "HV-CP-04",
    title="Frequency of the pilot",
    purpose="The vehicle charges with 980 to 1020 Hz on the control pilot, and does not charge outside of that.",
    refs=["IEC61851-1:?/frequency"],
    basis="derived",
    confidence="medium",
    pics="E.CCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["frequency_not_looked_at", "frequency_low_refused", "frequency_high_refused"],
    needs=["energise"],
    duration_s=80,
)
def test_frequency(bench, truck, step, check, charger, session, lines):
    def charges(hertz):
        lines.charges(lines.plug_in(lambda: charger.frequency(hertz)))
        lines.drives("cp_frequency_hz", hertz)

    def stays_away(hertz):
        plugged_ns = lines.plug_in(lambda: charger.frequency(hertz))
        bench.run_for(truck.limit("stimulus.pilot_session").nominal_ns)
        lines.drives("cp_frequency_hz", hertz)
        ready = [t_ns for t_ns, level in bench.level_changes("cp_v") if t_ns >= plugged_ns and holds(truck.limit("pilot.c"), level)]
        check(f"states C at {hertz:g} Hz", len(ready), equals=0)
        session.none_of(session.loop, since=plugged_ns)

    with step(1, "Plug in with 970 Hz", expect="no charging"):
        stays_away(truck.limit("stimulus.frequency_970").value)
    with step(2, "Plug in with 980, 1000 and 1020 Hz", expect="charging"):
        for hertz in (
            truck.limit("stimulus.frequency_980"),
            truck.limit("stimulus.frequency_1000"),
            truck.limit("stimulus.frequency_1020"),
        ):
            charges(hertz.value)
    with step(3, "Plug in with 1030 Hz", expect="no charging"):
        stays_away(truck.limit("stimulus.frequency_1030").value)


@case(
    "HV-CP-05",
    title="Pilot interrupted in each phase",
    purpose="When the control pilot is interrupted (state A at the station) the vehicle leaves (SAFE-STOP) with its contactor open.",
    refs=["IEC61851-1:?/pilot-states", "ISO15118:?/safe-stop"],
    basis="derived",
    confidence="medium",
    pics="E.CCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=[
        "pilot_ignored_from_session_setup",
        "pilot_ignored_from_cable_check",
        "pilot_ignored_from_pre_charge",
        "pilot_ignored_from_loop",
        "contactor_stays_closed",
        "pilot_stays_ready",
    ],
    needs=["energise"],
    duration_s=60,
)
def test_pilot_interrupted(bench, truck, step, check, charger, session, lines):
    def interrupted_at(exchange):
        lines.fails_at(exchange, "cp_open", 1, lambda: charger.cp_open(True))
        lines.is_in_b_again()

    with step(1, "Interrupt the pilot at SessionSetup", expect="SAFE-STOP; state B once it is joined again"):
        interrupted_at("SessionSetup")
    with step(2, "Interrupt it during the cable check", expect="SAFE-STOP; state B once it is joined again"):
        interrupted_at(CABLE_CHECK[truck.edition])
    with step(3, "Interrupt it during pre-charge", expect="SAFE-STOP; state B once it is joined again"):
        interrupted_at(PRE_CHARGE[truck.edition])
    with step(4, "Interrupt it while charging", expect="SAFE-STOP, contactor open, no current; state B once it is joined again"):
        interrupted_at(session.loop)


@case(
    "HV-CP-06",
    title="State E and state F in each phase",
    purpose="When the station puts the control pilot to state E or F the vehicle leaves (SAFE-STOP) with its contactor open.",
    refs=["V2G2-917", "ISO15118:?/safe-stop"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=[
        "pilot_e_ignored",
        "pilot_f_ignored",
        "pilot_ignored_from_session_setup",
        "pilot_ignored_from_cable_check",
        "pilot_ignored_from_pre_charge",
        "pilot_ignored_from_loop",
        "pilot_stays_ready",
    ],
    needs=["energise"],
    duration_s=120,
)
def test_states_e_and_f(bench, truck, step, check, charger, session, lines):
    def both_at(exchange):
        for volts in (0, -12):
            lines.fails_at(exchange, "cp_source_v", volts, lambda volts=volts: charger.cp_source(volts))
            lines.is_in_b_again()

    with step(1, "Put the pilot to E, in another session to F, at SessionSetup", expect="SAFE-STOP; state B afterwards"):
        both_at("SessionSetup")
    with step(2, "The same during the cable check", expect="SAFE-STOP; state B afterwards"):
        both_at(CABLE_CHECK[truck.edition])
    with step(3, "The same during pre-charge", expect="SAFE-STOP; state B afterwards"):
        both_at(PRE_CHARGE[truck.edition])
    with step(4, "The same while charging", expect="SAFE-STOP, contactor open, no current; state B afterwards"):
        both_at(session.loop)


@case(
    "HV-CP-07",
    title="Pilot shorted to protective earth",
    purpose="When the control pilot is shorted to protective earth the vehicle leaves (SAFE-STOP), and charges again after the next plug.",
    refs=["IEC61851-1:?/pilot-states", "ISO15118:?/safe-stop"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["pilot_e_ignored", "pilot_ignored_from_cable_check", "pilot_ignored_from_loop", "contactor_stays_closed"],
    needs=["energise"],
    duration_s=60,
)
def test_pilot_shorted(bench, truck, step, check, charger, session, lines):
    with step(1, "Short the pilot during the cable check", expect="SAFE-STOP, contactor open"):
        lines.fails_at(CABLE_CHECK[truck.edition], "cp_source_v", 0, lambda: charger.cp_source(0))
    with step(2, "Short it while charging", expect="SAFE-STOP, contactor open, no current"):
        lines.fails_at(session.loop, "cp_source_v", 0, lambda: charger.cp_source(0))
        lines.current_is_off(bench.level_changes("cp_source_v")[-1][0], truck.limit("pilot.current_off"))
    with step(3, "Take the short away, plug in again", expect="a complete session"):
        session.next_session()


@case(
    "HV-CP-08",
    title="Pulse of state E or F after a failed matching",
    purpose="After a failed matching a pulse of state E or F of 4 s, then 5 %, makes the vehicle begin the matching anew.",
    refs=["V2G3-M06-05", "ISO15118-3:?/slac-init"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS AND E.SLAC",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["slac_pulse_not_heeded"],
    duration_s=60,
)
def test_pulse_begins_matching_anew(bench, truck, step, check, check_time, charger, session, matching):
    def pulsed(volts):
        first = matching.begin(lambda: matching.station.withhold(CONFIRMATION))
        matching.line.run_for(truck.limit("slac.matching_repetition").upper_ns + truck.limit("stimulus.slac_watch").nominal_ns)
        matching.line.withheld(CONFIRMATION, since=first)
        before = len(matching.line.messages("CM_SLAC_PARM.REQ", since=0))
        charger.cp_source(volts)
        if bench.wait_level("cp_source_v", volts, within=truck.limit("approach.own")) is None:
            raise Inconclusive(Reason.PRECONDITION, f"the station did not put the pilot to {volts} V")
        matching.line.run_for(truck.limit("stimulus.pilot_pulse").nominal_ns)
        silent = len(matching.line.messages("CM_SLAC_PARM.REQ", since=0)) == before
        if not silent:
            raise Inconclusive(Reason.PRECONDITION, "the vehicle had not given up the matching before the end of the pulse")
        matching.station.revert()
        begun_ns = bench.now_ns
        charger.cp_source(None)
        again = matching.line.expect("CM_SLAC_PARM.REQ", within=truck.limit("slac.init"), after=begun_ns)
        same = again["run_id"] == first["run_id"]
        check("run identifier of the new matching", "the same" if same else "another", equals="another", message=again)
        lines_up = matching.reached("CM_SLAC_MATCH.CNF", since=again)
        check("match after the pulse", lines_up.name, equals="CM_SLAC_MATCH.CNF", message=lines_up)

    with step(1, "Let the matching fail, hold the pilot at F for 4 s, then 5 %", expect="a new matching that succeeds"):
        pulsed(-12)
    with step(2, "The same with a pulse of E", expect="a new matching that succeeds"):
        pulsed(0)


@case(
    "HV-CP-09",
    title="Wake-up after a long steady pilot",
    purpose="A vehicle that was plugged in for long without oscillation begins communication when the oscillation comes.",
    refs=["ISO15118:?/wake-up"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["sleeps_for_ever", "hlc_without_duty"],
    pixit=["discovery_s"],
    duration_s=620,
)
def test_wake_up(bench, truck, step, check, charger, session, lines):
    with step(1, "Plug in with a steady pilot and leave it for ten minutes", expect="no communication"):
        plugged_ns = lines.plug_in(lambda: charger.duty(100))
        bench.run_for(truck.limit("stimulus.pilot_sleep").nominal_ns)
        lines.stays_silent(plugged_ns, truck.limit("stimulus.duty_100").value)
    with step(2, "Let the pilot oscillate with 5 %", expect="communication begins within the declared wake-up time"):
        begun_ns = bench.now_ns
        charger.duty(truck.limit("stimulus.duty_5").value)
        declared = replace(truck.limit("approach.discovery"), upper=Decimal(str(truck.pixit("discovery_s"))))
        lines.talks(begun_ns, declared)


@case(
    "HV-PP-01",
    title="Coding of the proximity",
    purpose="The inlet reads the coding resistor of the plug, and the vehicle charges with the 1500 Ohm of a DC plug.",
    refs=["IEC61851-1:?/proximity"],
    basis="derived",
    confidence="medium",
    pics="E.CCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["pp_1500_misread", "pp_680_misread", "pp_220_misread", "pp_100_misread", "pp_1500_refused"],
    needs=["energise"],
    duration_s=40,
)
def test_proximity_coding(bench, truck, step, check, charger, session, lines):
    def reads(ohm, limit):
        lines.plug_in(lambda: charger.duty(100), lambda: charger.pp(ohm))
        bench.run_for(truck.limit("pilot.detection").upper_ns)
        lines.drives("pp_ohm", ohm)
        lines.is_at("pp_a", limit, f"current read from {ohm:g} Ohm")

    with step(1, "Plug in with 1500 Ohm", expect="13 A are read"):
        reads(truck.limit("stimulus.pp_1500").value, truck.limit("pp.1500"))
    with step(2, "Plug in with 680 Ohm", expect="20 A are read"):
        reads(truck.limit("stimulus.pp_680").value, truck.limit("pp.680"))
    with step(3, "Plug in with 220 Ohm", expect="32 A are read"):
        reads(truck.limit("stimulus.pp_220").value, truck.limit("pp.220"))
    with step(4, "Plug in with 100 Ohm", expect="63 A or 70 A are read"):
        reads(truck.limit("stimulus.pp_100").value, truck.limit("pp.100"))
    with step(5, "Plug in with 1500 Ohm and 5 %", expect="charging"):
        ohm = truck.limit("stimulus.pp_1500").value
        lines.charges(lines.plug_in(lambda: charger.pp(ohm)))


@case(
    "HV-PP-02",
    title="Proximity opened while charging",
    purpose="When the proximity opens, or its release is pressed, the current falls below 5 A before the plug can be pulled (SAFE-STOP).",
    refs=["IEC61851-1:?/proximity", "ISO15118:?/safe-stop"],
    basis="derived",
    confidence="medium",
    pics="E.CCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["pp_release_ignored", "pp_480_ignored", "contactor_stays_closed", "pilot_stays_ready"],
    needs=["energise"],
    duration_s=40,
)
def test_proximity_opened(bench, truck, step, check, charger, session, lines):
    def released(ohm):
        session.fresh()
        session.charging()
        charger.pp(ohm)
        released_ns = bench.wait_level("pp_ohm", float(ohm), within=truck.limit("approach.own"))
        if released_ns is None:
            raise Inconclusive(Reason.PRECONDITION, "the station did not change its proximity")
        detected_ns = released_ns + truck.limit("pilot.detection").upper_ns
        bench.run_for(max(0, detected_ns - bench.now_ns))
        session.safe_stop(released_ns, exchange=session.loop, since=detected_ns)
        lines.current_is_off(released_ns, truck.limit("pilot.current_off"))

    with step(1, "Bring the vehicle to charging, then open the proximity", expect="SAFE-STOP, current below 5 A in time, contactor open"):
        released(truck.limit("stimulus.pp_open").value)
    with step(2, "In a new session show 480 Ohm, as with the release pressed", expect="SAFE-STOP, current below 5 A in time"):
        released(truck.limit("stimulus.pp_pressed").value)
