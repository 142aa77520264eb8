"""Charge parameters and schedules: what the vehicle tells, and which station it can use (reference 9.4)."""

from harness.case import case
from harness.core import Inconclusive, Reason
from harness.protocols.iso15118.station import Schedule

from ..words import CABLE_CHECK, PARAMETERS, START, STOP, is_stop, request_of, response_of
from .quantities import asked_current, parameter, soc

DC_MODES = {"DC_core", "DC_extended", "DC_combo_core", "DC_unique"}
DIN_MODES = {"DC_core", "DC_extended"}
CURRENT, VOLTAGE, POWER = (
    ("EVMaximumCurrentLimit", "EVMaximumChargeCurrent"),
    ("EVMaximumVoltageLimit", "EVMaximumVoltage"),
    ("EVMaximumPowerLimit", "EVMaximumChargePower"),
)


@case(
    "HV-CPD-01",
    title="Charge parameters",
    purpose="The vehicle tells limits that are positive and no higher than its inlet, a state of charge, and a mode of direct current.",
    refs=["V2G-DC-625", "ISO15118:?/charge-parameters"],
    basis="derived",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    pixit=["max_voltage_v", "max_current_a"],
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["tells_current_zero", "tells_voltage_above_inlet", "tells_soc_above_100", "asks_for_ac"],
    duration_s=30,
)
def test_charge_parameters(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to ChargeParameterDiscoveryReq", expect="the request"):
        request = session.good_up_to(PARAMETERS[truck.edition])
    with step(2, "Look at its limits", expect="above zero; voltage and current no higher than declared for the inlet"):
        for name, paths, most, unit in (
            ("maximum current", CURRENT, float(truck.pixit("max_current_a")), "A"),
            ("maximum voltage", VOLTAGE, float(truck.pixit("max_voltage_v")), "V"),
        ):
            told = parameter(request, *paths)
            check(name, told, between=(1, most), unit=unit, message=request)
        power = parameter(request, *POWER)
        if power is not None:
            check("maximum power", power, at_least=1, unit="W", message=request)
    with step(3, "Look at state of charge and mode", expect="0 % to 100 %; a mode of direct current"):
        charge = soc(request)
        check("state of charge", "not told" if charge is None else "told", severity="info", equals="told", message=request)
        if charge is not None:
            check("state of charge", charge, between=(0, 100), unit="%", message=request)
        mode = request.text("RequestedEnergyTransferMode") or request.text("EVRequestedEnergyTransferType")
        known = DIN_MODES if "EVRequestedEnergyTransferType" in request.values else DC_MODES
        direct = mode in known if mode else "DC" in request.name
        check("mode of direct current", "yes" if direct else f"no, {mode}", equals="yes", message=request)


@case(
    "HV-CPD-02",
    title="Charge parameters Ongoing for ever",
    purpose="A vehicle that is told Ongoing in the agreement on parameters waits for about 60 s, then it leaves (SAFE-STOP).",
    refs=["ISO15118:?/ongoing", "ISO15118:?/safe-stop"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2"],  # in ISO 15118-20 it is ScheduleExchange that may be Ongoing: HV-SCH-06
    faults=["waits_for_ever_while_ongoing", "gives_up_after_ten_ongoing", "keeps_tcp_open.ChargeParameterDiscovery"],
    duration_s=120,
)
def test_parameters_never_finished(bench, truck, step, check, charger, session):
    exchange = PARAMETERS[truck.edition]
    with step(1, "Answer the first ChargeParameterDiscoveryReq with Ongoing", expect="the request"):
        request = session.good_up_to(exchange, lambda: charger.ongoing(exchange))
        answer = session.answer(
            request, name=response_of(exchange), where=lambda message: message.text("EVSEProcessing") == "Ongoing", what="Ongoing"
        )
    with step(2, "Go on so", expect="the vehicle repeats its request for 55 s to 65 s, then SAFE-STOP"):
        margin_ns = truck.limit("tolerance.ongoing").upper_ns
        window = session.window_of(exchange, early_ns=margin_ns, late_ns=margin_ns)
        session.gives_up(request, exchange, window, begins=(answer.t_ns, answer.t_ns))


def tells(message, *words, value):
    """Whether a response tells *value* as the limit whose name ends with one of *words*."""
    found = [told for path, told in message.values.items() if path.endswith(words)]
    return bool(found) and all(isinstance(told, int | float) and abs(told - value) < 1 for told in found)


def leaves_a_weak_station(bench, truck, check, session, began_ns, order, told):
    """One session with a station that cannot be used, told by *order*; what it tells satisfies *told*."""
    exchange = PARAMETERS[truck.edition]
    request = session.good_up_to(exchange, order)
    answer = session.answer(request, name=response_of(exchange), where=told, what="the low limit")
    session.safe_stop(answer, exchange=exchange, pilot=False)
    session.none_of(CABLE_CHECK[truck.edition], since=answer)
    session.never_ready(began_ns)


@case(
    "HV-CPD-03",
    title="Station below the minimum of the vehicle",
    purpose="A vehicle that the station cannot serve ends the session and never shows state C.",
    refs=["ISO15118:?/station-limits"],
    basis="derived",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["ignores_the_limits_of_the_station", "accepts_too_little_current", "accepts_too_little_voltage"],
    duration_s=60,
)
def test_station_below_the_minimum(bench, truck, step, check, charger, session):
    with step(
        1, "Tell a maximum current that is too low for the vehicle", expect="the session ended by the vehicle, no state C, no cable check"
    ):
        low_a = float(truck.limit("stimulus.low_current").value)
        leaves_a_weak_station(
            bench,
            truck,
            check,
            session,
            bench.now_ns,
            lambda: charger.limits(max_current_a=low_a),
            lambda message: tells(message, "MaximumCurrentLimit", "MaximumChargeCurrent", value=low_a),
        )
    with step(2, "In a new session tell a maximum voltage that is too low for the vehicle", expect="the same"):
        session.fresh()
        low_v = float(truck.limit("stimulus.low_voltage").value)
        leaves_a_weak_station(
            bench,
            truck,
            check,
            session,
            bench.now_ns,
            lambda: charger.limits(max_voltage_v=low_v),
            lambda message: tells(message, "MaximumVoltageLimit", "MaximumVoltage", value=low_v),
        )


@case(
    "HV-CPD-04",
    title="Station below the voltage of the battery",
    purpose="A vehicle whose battery has more voltage than the station permits never closes its contactor.",
    refs=["ISO15118:?/station-limits"],
    basis="project",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    pixit=["battery_voltage_v"],
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["ignores_the_limits_of_the_station", "accepts_too_little_voltage"],
    needs=["energise"],
    duration_s=60,
)
def test_station_below_the_battery(bench, truck, step, check, charger, session):
    exchange = PARAMETERS[truck.edition]
    with step(1, "Tell a maximum voltage below that of the battery", expect="the request for parameters, answered so"):
        began_ns = bench.now_ns
        low_v = float(truck.limit("stimulus.low_limit").value)
        if low_v >= float(truck.pixit("battery_voltage_v")):
            raise Inconclusive(Reason.PRECONDITION, f"{low_v:g} V is no less than the declared voltage of the battery")
        request = session.good_up_to(exchange, lambda: charger.limits(max_voltage_v=low_v))
        answer = session.answer(
            request,
            name=response_of(exchange),
            where=lambda message: tells(message, "MaximumVoltageLimit", "MaximumVoltage", value=low_v),
            what="the low limit",
        )
    with step(2, "Go on as the vehicle wants", expect="no contactor closed, no energy transfer started"):
        bench.run_for(truck.limit("stimulus.weak_station").nominal_ns)
        session.never_connected(began_ns)
        session.none_of(START, session.loop, since=answer)


def parameters_refused(truck, charger, session, code):
    """One session that ends with a refusal of the parameters."""
    exchange = PARAMETERS[truck.edition]
    request = session.good_up_to(exchange, lambda: charger.code(exchange, code))
    answer = session.answer(request, where=lambda message: message.text("ResponseCode") == code, what=code)
    session.safe_stop(answer, exchange=exchange)


@case(
    "HV-CPD-05",
    title="Charge parameters refused",
    purpose="When the station refuses the parameters or the energy transfer mode the vehicle leaves (SAFE-STOP).",
    refs=["V2G2-477", "V2G2-476", "V2G20-2272", "ISO15118:?/safe-stop"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["iso15118-2", "iso15118-20"],
    faults=[
        "accepts_failed.ChargeParameterDiscovery",
        "accepts_failed.DC_ChargeParameterDiscovery@iso15118-20",
        "keeps_tcp_open.ChargeParameterDiscovery",
        "accepts_wrong_mode",
    ],
    duration_s=60,
)
def test_parameters_refused(bench, truck, step, check, charger, session):
    with step(1, "Answer the request for parameters with FAILED_WrongChargeParameter", expect="SAFE-STOP"):
        parameters_refused(truck, charger, session, "FAILED_WrongChargeParameter")
    with step(2, "In a new session answer with FAILED_WrongEnergyTransferMode, in ISO 15118-20 with FAILED", expect="SAFE-STOP again"):
        session.fresh()
        # ISO 15118-20 has no code for a wrong mode: the service was chosen before.
        parameters_refused(truck, charger, session, "FAILED_WrongEnergyTransferMode" if truck.edition == "iso15118-2" else "FAILED")


# Schedules of ISO 15118-2


def plan_of(count, length_s, most_w):
    """A schedule of *count* entries whose power goes up and down, the first one in the middle."""
    shares = (0.6, 0.9, 0.4, 1.0, 0.7)
    return Schedule(3, tuple((index * length_s, round(most_w * shares[index % len(shares)])) for index in range(count)), count * length_s)


def profile_of(start):
    """Seconds and power of the charging profile in PowerDeliveryReq."""
    found, index = [], 1
    while (at := start.quantity(f"ChargingProfile.ProfileEntry[{index}].ChargingProfileEntryStart")) is not None:
        found.append((at, start.quantity(f"ChargingProfile.ProfileEntry[{index}].ChargingProfileEntryMaxPower")))
        index += 1
    return found


def power_at(entries, t_s):
    """Power of *entries* at *t_s*; zero before the first."""
    return next((power_w for start_s, power_w in reversed(entries) if start_s <= t_s), 0)


def schedule_given(charger, session, schedule):
    """A session in which the station offers *schedule*; the response that tells it, and PowerDeliveryReq that follows."""
    request = session.good_up_to("ChargeParameterDiscovery", lambda: charger.schedules(schedule))
    path = f"SAScheduleList.SAScheduleTuple[1].PMaxSchedule.PMaxScheduleEntry[{len(schedule.entries)}].RelativeTimeInterval.start"
    return session.answer(request, where=lambda message: path in message.values, what=f"a schedule of {len(schedule.entries)} entries")


@case(
    "HV-SCH-01",
    title="Schedules of 1, 3, 12 and 1024 entries",
    purpose="The vehicle takes schedules of any length that the protocol allows and plans no more power than they grant.",
    refs=["V2G2-225", "V2G2-303"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["iso15118-2"],
    faults=["profile_above_the_schedule", "refuses_long_schedules", "names_a_schedule_not_offered"],
    needs=["energise"],
    duration_s=120,
)
def test_schedules_of_any_length(bench, truck, step, check, charger, session):
    with step(
        1, "Offer a schedule of one entry, then in sessions of their own of 3, 12 and 1024", expect="accepted, profile within the schedule"
    ):
        for count in (1, 3, 12, 1024):
            if count > 1:
                session.fresh()
            length_s = int(truck.limit("stimulus.schedule_entry").value)
            schedule = plan_of(count, length_s, float(truck.limit("stimulus.schedule_power").value))
            answer = schedule_given(charger, session, schedule)
            start = session.next_of(START, after=answer, within=truck.limit("approach.request"))
            check(f"SAScheduleTupleID of {count} entries", start.values.get("SAScheduleTupleID"), equals=schedule.number, message=start)
            profile = profile_of(start)
            instants = sorted({at for at, _ in profile} | {at for at, _ in schedule.entries}) if profile else []
            excess = max((power_at(profile, at) - power_at(schedule.entries, at) for at in instants), default=0)
            check(f"profile above the schedule of {count} entries", max(0, excess), equals=0, unit="W", message=start)


@case(
    "HV-SCH-02",
    title="Schedule that begins without power",
    purpose="A vehicle that waits for power takes none while the schedule grants none, stays in the session, and charges afterwards.",
    refs=["V2G2-225"],
    basis="quoted",
    confidence="medium",
    pics="(E.CCS OR E.MCS) AND E.PMAX0",
    editions=["iso15118-2"],
    faults=["asks_for_current_without_power", "ends_without_power", "never_begins_after_no_power"],
    needs=["energise"],
    duration_s=90,
)
def test_schedule_begins_without_power(bench, truck, step, check, charger, session):
    with step(1, "Offer a schedule that grants no power at first", expect="accepted"):
        idle_s = int(truck.limit("stimulus.no_power").value)
        schedule = Schedule(3, ((0, 0), (idle_s, float(truck.limit("stimulus.schedule_power").value))))
        answer = schedule_given(charger, session, schedule)
    with step(2, "Let the time without power pass", expect="no current asked for, session not ended"):
        over_ns = answer.t_ns + idle_s * 1_000_000_000
        bench.run_for(max(0, over_ns - truck.limit("stimulus.no_power_margin").nominal_ns - bench.now_ns))
        asked = [asked_current(message) or 0 for message in bench.messages(request_of(session.loop), since=answer)]
        check("current asked for", max(asked, default=0), limit=truck.limit("loop.no_current"), unit="A")
        session.none_of(STOP, "SessionStop", since=answer)
    with step(3, "Go on", expect="the vehicle charges"):
        where = lambda message: (asked_current(message) or 0) > truck.limit("loop.no_current").upper  # noqa: E731
        within = truck.limit("approach.request")
        bench.expect(request_of(session.loop), within=within, after=over_ns, where=where, what="request for current")


@case(
    "HV-SCH-03",
    title="Schedule that ends before the departure",
    purpose="When the schedule ends before the time of departure that the vehicle told it does what is declared.",
    refs=["V2G2-304", "V2G2-305"],
    basis="quoted",
    confidence="medium",
    pics="(E.CCS OR E.MCS) AND E.DEPARTURE",
    pixit=["after_schedule"],
    editions=["iso15118-2"],
    faults=["ends_with_the_schedule", "idles_after_the_schedule"],
    needs=["energise"],
    duration_s=120,
)
def test_schedule_ends_before_the_departure(bench, truck, step, check, charger, session):
    with step(
        1, "Offer a schedule that ends early, charge until it ends", expect="a time of departure behind its end; current while it lasts"
    ):
        length_s = int(truck.limit("stimulus.short_schedule").value)
        answer = schedule_given(charger, session, Schedule(3, ((0, float(truck.limit("stimulus.schedule_power").value)),), length_s))
        parameters = bench.last("ChargeParameterDiscoveryReq")
        departure_s = None if parameters is None else parameters.quantity("DC_EVChargeParameter.DepartureTime")
        if departure_s is None or departure_s <= length_s:
            raise Inconclusive(Reason.PRECONDITION, f"the vehicle tells no time of departure behind {length_s} s")
        session.next_of(session.loop, after=answer, within=truck.limit("approach.request"))
        end_ns = answer.t_ns + length_s * 1_000_000_000
        bench.run_for(max(0, end_ns - bench.now_ns))
        session.none_of("SessionStop", since=answer)
    with step(2, "Go on", expect="what is declared: it ends charging, renegotiates, waits without current, or continues"):
        bench.run_for(truck.limit("stimulus.after_schedule").nominal_ns)
        check("what the vehicle does", reaction(bench, truck, session, end_ns), equals=str(truck.pixit("after_schedule")))


def reaction(bench, truck, session, end_ns):
    """What the vehicle did at the end of its schedule."""
    margin_ns = truck.limit("stimulus.no_power_margin").nominal_ns
    delivery = bench.messages("PowerDeliveryReq", since=end_ns - margin_ns)
    if any(message.text("ChargeProgress") == "Renegotiate" for message in delivery):
        return "renegotiates"
    if any(is_stop(message) for message in delivery):
        return "ends"
    asked = [asked_current(message) or 0 for message in bench.messages(request_of(session.loop), since=end_ns + margin_ns)]
    if not asked:
        return "leaves"
    return "continues" if max(asked) > truck.limit("loop.no_current").upper else "waits"
