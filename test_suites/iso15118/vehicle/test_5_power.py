"""Cable check, pre-charge and start of the energy transfer (reference 9.5)."""

from harness.case import case
from harness.core import Inconclusive, Reason

from ..words import CABLE_CHECK, DIN, PARAMETERS, PRE_CHARGE, START, response_of
from .course import level_at
from .waiting import holds

ACTIVE = {"DC_EVSEStatus.EVSEStatusCode": "EVSE_IsolationMonitoringActive"}
ISOLATION = "DC_EVSEStatus.EVSEIsolationStatus"


def is_ongoing(message):
    """A response of a station that is busy."""
    return message.values.get("EVSEProcessing") == "Ongoing"


def is_finished(message):
    """A response of a station that is done."""
    return message.values.get("EVSEProcessing") == "Finished"


@case(
    "HV-CAB-01",
    title="State C before the cable check",
    purpose="The control pilot is in state C or D within 0.25 s of the agreed parameters, or before CableCheckReq, and not before them.",
    refs=["V2G2-847"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS",
    editions=["din70121", "iso15118-2"],
    faults=["cable_check_in_state_b", "state_c_before_the_parameters"],
    needs=["energise"],
    duration_s=30,
)
def test_state_c_before_the_cable_check(bench, truck, step, check, check_time, charger, session):
    with step(1, "Bring the vehicle to CableCheckReq", expect="the request"):
        began_ns = bench.now_ns
        parameters = session.good_up_to(PARAMETERS[truck.edition])
        answer = session.answer(parameters, where=is_finished, what="Finished")
        request = session.next_of(CABLE_CHECK[truck.edition], after=answer, within=truck.limit("approach.request"))
    with step(
        2, "Look at the control pilot", expect="B up to ChargeParameterDiscoveryRes; C or D within 0.25 s of it, or before CableCheckReq"
    ):
        limit = truck.limit("cable_check.state_c")
        bench.run_for(max(0, answer.t_ns + limit.upper_ns - bench.now_ns))
        ready = session.ready_levels(began_ns)
        early = [t_ns for t_ns, _ in ready if t_ns < answer.t_ns]
        check("state C or D before the agreed parameters", len(early), equals=0)
        after = [t_ns for t_ns, _ in ready if t_ns >= answer.t_ns]
        if not after:
            check("control pilot", "not in C or D", equals="C or D", message=request)
        elif after[0] <= request.t_ns:
            check("control pilot at CableCheckReq", "C or D", equals="C or D", message=request)
        else:
            check_time("state C or D", after[0] - answer.t_ns, limit, message=request)


@case(
    "HV-CAB-02",
    title="Long cable check",
    purpose="The vehicle waits for a cable check that takes 35 s, and goes on with pre-charge afterwards.",
    refs=["V2G2-621", "V2G2-584"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["gives_up_cable_check_early", "goes_on_without_cable_check"],
    needs=["energise"],
    duration_s=90,
)
def test_long_cable_check(bench, truck, step, check, charger, session):
    exchange, following = CABLE_CHECK[truck.edition], PRE_CHARGE[truck.edition]
    with step(1, "Bring the vehicle to the cable check, say Ongoing for 35 s", expect="the vehicle waits"):
        long_ns = truck.limit("stimulus.cable_check").nominal_ns
        first = session.good_up_to(exchange, lambda: charger.ongoing(exchange, long_ns))
        answer = session.answer(first, name=response_of(exchange), where=is_ongoing, what="Ongoing")
        bench.run_for(max(0, answer.t_ns + long_ns - bench.now_ns))
        session.none_of(following, "SessionStop", since=first)
        bench.withheld(response_of(exchange), since=first, where=is_finished, what="Finished")
    with step(2, "Say Finished", expect="the request for pre-charge"):
        done = bench.expect(
            response_of(exchange), within=truck.limit("approach.request"), after=bench.now_ns, where=is_finished, what="Finished"
        )
        session.next_of(following, after=done, within=truck.limit("ongoing.repeat"))


@case(
    "HV-CAB-03",
    title="Cable check Ongoing for ever",
    purpose="A vehicle whose cable check is never finished waits for about 40 s, then it leaves (SAFE-STOP).",
    refs=["V2G-DC-377", "V2G-DC-380", "V2G2-700", "V2G2-702", "ISO15118:?/safe-stop"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["cable_check_for_ever", "gives_up_cable_check_early", "stays_in_cp_c.CableCheck", "keeps_tcp_open.CableCheck"],
    needs=["energise"],
    duration_s=120,
)
def test_cable_check_never_finished(bench, truck, step, check, charger, session):
    exchange = CABLE_CHECK[truck.edition]
    with step(1, "Bring the vehicle to the cable check, say Ongoing and that the isolation is measured", expect="the request, repeated"):
        charger.ongoing(exchange)
        if truck.edition in (DIN, "iso15118-2"):
            charger.change(exchange, ACTIVE)
        first = session.good_up_to(exchange)
        answer = session.answer(first, name=response_of(exchange), where=is_ongoing, what="Ongoing")
        second = session.next_of(exchange, after=answer, within=truck.limit("ongoing.repeat"))
    with step(
        2, "Go on so", expect="SAFE-STOP after 40 s, counted from the parameters at the earliest, from the second request at the latest"
    ):
        agreed = bench.last("ScheduleExchangeRes") or bench.last(response_of(PARAMETERS[truck.edition]))
        if agreed is None:
            raise Inconclusive(Reason.PRECONDITION, "no response with the agreed parameters was seen")
        session.gives_up(second, exchange, session.window_of(exchange), begins=(agreed.t_ns, second.t_ns))


def isolation_told(charger, session, status):
    """A cable check that is finished at once with this isolation status; the response."""
    order = {"EVSEProcessing": "Finished", ISOLATION: status}
    request = session.good_up_to("CableCheck", lambda: charger.change("CableCheck", order))
    return session.answer(
        request, where=lambda message: message.text(ISOLATION) == status and is_finished(message), what=f"Finished with {status}"
    )


@case(
    "HV-CAB-04",
    title="Isolation Fault or Invalid",
    purpose="When the cable check ends with a bad isolation the vehicle leaves (SAFE-STOP).",
    refs=["ISO15118:?/isolation", "ISO15118:?/safe-stop"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2"],  # the cable check of ISO 15118-20 tells no isolation status
    faults=["ignores_isolation_fault", "ignores_isolation_invalid", "stays_in_cp_c.CableCheck"],
    needs=["energise"],
    duration_s=60,
)
def test_bad_isolation(bench, truck, step, check, charger, session):
    with step(1, "Answer CableCheckReq with Finished and isolation status Fault", expect="SAFE-STOP"):
        session.safe_stop(isolation_told(charger, session, "Fault"), exchange="CableCheck")
    with step(2, "In a new session answer it with Finished and isolation status Invalid", expect="SAFE-STOP again"):
        session.fresh()
        session.safe_stop(isolation_told(charger, session, "Invalid"), exchange="CableCheck")


@case(
    "HV-CAB-05",
    title="Isolation Warning",
    purpose="When the cable check ends with a warning the vehicle goes on or leaves, as declared.",
    refs=["ISO15118:?/isolation"],
    basis="derived",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2"],
    faults=["leaves_at_isolation_warning"],
    needs=["energise"],
    duration_s=60,
)
def test_isolation_warning(bench, truck, step, check, charger, session):
    with step(1, "Answer CableCheckReq with Finished and isolation status Warning", expect="PreChargeReq or SAFE-STOP, as declared"):
        told = isolation_told(charger, session, "Warning")
        bench.run_for(truck.limit("stimulus.reaction").nominal_ns)
        went_on = bool(bench.messages("PreChargeReq", since=told))
        check("what the vehicle does", "goes on" if went_on else "leaves", equals="goes on" if truck.pics("E.ISOWARN") else "leaves")
        if not went_on:
            session.safe_stop(told, exchange="CableCheck")


@case(
    "HV-CAB-06",
    title="Too much voltage during the cable check",
    purpose="When the voltage at the inlet rises above the limit of the vehicle during the cable check it leaves (SAFE-STOP).",
    refs=["ISO15118:?/over-voltage", "ISO15118:?/safe-stop"],
    basis="project",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    pixit=["max_voltage_v"],
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["ignores_over_voltage", "stays_in_cp_c.CableCheck"],
    needs=["energise"],
    duration_s=60,
)
def test_too_much_voltage_in_the_cable_check(bench, truck, step, check, charger, session):
    exchange = CABLE_CHECK[truck.edition]
    with step(
        1, "Bring the vehicle to the cable check, put out more voltage than its limit", expect="voltage above the limit at the inlet"
    ):
        most_v = float(truck.pixit("max_voltage_v"))
        high_v = most_v * float(truck.limit("stimulus.over_voltage").value) / 100
        session.good_up_to(exchange, lambda: charger.ongoing(exchange))
        charger.supply(volts=high_v)
        fault_ns = session.rises("dc_v", most_v, within=truck.limit("approach.voltage"))
    with step(2, "Keep it so", expect="SAFE-STOP"):
        session.safe_stop(fault_ns, exchange=exchange, since=fault_ns - 1)


@case(
    "HV-PRE-01",
    title="Target of pre-charge",
    purpose="The vehicle asks for the voltage of its battery with hardly any current, and closes its contactor when both voltages agree.",
    refs=["ISO15118:?/pre-charge-target"],
    basis="derived",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    pixit=["battery_voltage_v"],
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["pre_charge_target_too_high", "pre_charge_current_5a", "closes_contactor_before_the_match"],
    needs=["energise"],
    duration_s=40,
)
def test_target_of_pre_charge(bench, truck, step, check, charger, session):
    exchange = PRE_CHARGE[truck.edition]
    with step(1, "Bring the vehicle to pre-charge", expect="target voltage of the battery, target current of 2 A at most"):
        request = session.good_up_to(exchange)
        battery_v = float(truck.pixit("battery_voltage_v"))
        target_v = request.quantity("EVTargetVoltage")
        check("target voltage told", "yes" if target_v is not None else "no", equals="yes", message=request)
        if target_v is not None:
            check(
                "target voltage off the battery",
                abs(target_v - battery_v),
                limit=truck.limit("pre_charge.match"),
                unit="V",
                message=request,
            )
        target_a = request.quantity("EVTargetCurrent")
        if target_a is not None:
            check("target current", target_a, limit=truck.limit("pre_charge.current"), unit="A", message=request)
    with step(2, "Raise the voltage as asked for", expect="contactor closed, and only with the voltage of the battery at the inlet"):
        session.next_of(START, after=request, within=truck.limit("approach.request"))
        closed = [t_ns for t_ns, level in bench.level_changes("contactor") if level]
        if not bench.level_changes("contactor"):
            bench.unobserved("contactor closed at the voltage of the battery", line="contactor", expected="inlet and battery agree")
        else:
            check("contactor closed", len(closed), at_least=1)
            inlet_v = level_at(bench, "dc_v", closed[0]) if closed else None
            if inlet_v is not None:
                check("inlet off the battery at closing", abs(inlet_v - battery_v), limit=truck.limit("pre_charge.match"), unit="V")


def stays_without_voltage(bench, truck, check, charger, session, told_v):
    """A pre-charge whose voltage does not come although the station may say so: the vehicle waits, does not connect, and leaves."""
    exchange = PRE_CHARGE[truck.edition]
    began_ns = bench.now_ns
    charger.supply(volts=0)
    charger.tell(voltage=told_v)
    first = session.good_up_to(exchange)
    answer = session.answer(
        first, name=response_of(exchange), where=lambda message: tells_voltage(message, told_v), what=f"{told_v:g} V told"
    )
    return began_ns, first, answer


def tells_voltage(message, volts):
    """Whether a response tells this voltage."""
    told = message.quantity("EVSEPresentVoltage")
    return told is not None and abs(told - volts) < 1


@case(
    "HV-PRE-02",
    title="Pre-charge voltage never reached",
    purpose="A vehicle whose pre-charge voltage does not come leaves when the time for pre-charge is over (SAFE-STOP).",
    refs=["ISO15118:?/pre-charge-timeout", "ISO15118:?/safe-stop"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["pre_charge_for_ever", "gives_up_pre_charge_early", "stays_in_cp_c.PreCharge", "keeps_tcp_open.PreCharge"],
    needs=["energise"],
    duration_s=60,
)
def test_pre_charge_voltage_never_reached(bench, truck, step, check, charger, session):
    exchange = PRE_CHARGE[truck.edition]
    with step(1, "Bring the vehicle to pre-charge, put out and tell 0 V", expect="the request, repeated"):
        began_ns, first, _ = stays_without_voltage(bench, truck, check, charger, session, 0)
    with step(2, "Go on so", expect="SAFE-STOP after 7 s (10 s in ISO 15118-20), contactor open all the time"):
        session.gives_up(first, exchange, session.window_of(exchange), begins=(first.t_ns, first.t_ns))
        session.never_connected(began_ns)


@case(
    "HV-PRE-03",
    title="Voltage told but not there",
    purpose="A vehicle does not close its contactor because of a voltage that is only told: it measures, waits, and leaves.",
    refs=["ISO15118:?/pre-charge-measured"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    pixit=["battery_voltage_v"],
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["believes_the_told_voltage", "pre_charge_for_ever"],
    needs=["energise"],
    duration_s=60,
)
def test_voltage_told_but_not_there(bench, truck, step, check, charger, session):
    exchange = PRE_CHARGE[truck.edition]
    with step(1, "Bring the vehicle to pre-charge, tell the voltage of the battery, put out none", expect="no voltage at the inlet"):
        began_ns, first, answer = stays_without_voltage(bench, truck, check, charger, session, float(truck.pixit("battery_voltage_v")))
    with step(2, "Go on so", expect="contactor open all the time, no PowerDeliveryReq; the vehicle leaves when its time is over"):
        bench.run_for(session.window_of(exchange).upper_ns)
        inlet_v = bench.level("dc_v")
        if inlet_v is not None and not holds(truck.limit("pre_charge.no_voltage"), inlet_v):
            raise Inconclusive(Reason.PRECONDITION, f"{inlet_v:g} V at the inlet, the step needs none")
        session.never_connected(began_ns)
        session.none_of(START, session.loop, since=answer)
        session.safe_stop(first.t_ns + session.window_of(exchange).upper_ns, exchange=exchange)


@case(
    "HV-PRE-04",
    title="Pre-charge too high",
    purpose="With a voltage at the inlet that is 50 V above that of the battery the contactor stays open.",
    refs=["ISO15118:?/pre-charge-target"],
    basis="project",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    pixit=["battery_voltage_v"],
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["closes_at_any_voltage", "closes_100_v_off"],
    needs=["energise"],
    duration_s=60,
)
def test_pre_charge_too_high(bench, truck, step, check, charger, session):
    exchange = PRE_CHARGE[truck.edition]
    with step(1, "Bring the vehicle to pre-charge, put out and tell 50 V more than the battery has", expect="that voltage at the inlet"):
        began_ns = bench.now_ns
        high_v = float(truck.pixit("battery_voltage_v")) + float(truck.limit("stimulus.overshoot").value)
        request = session.good_up_to(exchange, lambda: charger.tell(voltage=high_v))
        charger.supply(volts=high_v)
        session.rises("dc_v", high_v - 1, within=truck.limit("approach.voltage"))
    with step(2, "Keep it so", expect="contactor open all the time, no PowerDeliveryReq"):
        bench.run_for(session.window_of(exchange).upper_ns)
        session.never_connected(began_ns)
        session.none_of(START, session.loop, since=request)


def delivery_refused(bench, truck, charger, session, code):
    """One session that ends with a refusal of PowerDelivery; the contactor opens again."""
    request = session.good_up_to(START, lambda: charger.code(START, code))
    answer = session.answer(request, where=lambda message: message.text("ResponseCode") == code, what=code)
    session.safe_stop(answer, exchange=START)
    session.opens(answer.t_ns, truck.limit("emergency.open"))


@case(
    "HV-PWR-01",
    title="PowerDelivery refused",
    purpose="When the station refuses to start energy transfer the vehicle leaves (SAFE-STOP) and its contactor is open.",
    refs=["ISO15118:?/refusal", "ISO15118:?/safe-stop"],
    basis="derived",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["accepts_failed.PowerDelivery_start", "contactor_stays_closed_after_refusal", "accepts_contactor_error@iso15118-2"],
    needs=["energise"],
    duration_s=60,
)
def test_power_delivery_refused(bench, truck, step, check, charger, session):
    with step(1, "Answer PowerDeliveryReq that starts with FAILED_PowerDeliveryNotApplied", expect="SAFE-STOP, contactor open"):
        delivery_refused(bench, truck, charger, session, "FAILED_PowerDeliveryNotApplied")
    with step(2, "In a new session answer it with FAILED_ContactorError, in DIN SPEC 70121 with FAILED", expect="the same"):
        session.fresh()
        delivery_refused(bench, truck, charger, session, "FAILED" if truck.edition == DIN else "FAILED_ContactorError")


@case(
    "HV-PWR-02",
    title="First request of the charge loop",
    purpose="After PowerDeliveryRes the vehicle begins the charge loop in time.",
    refs=["ISO15118:?/first-demand"],
    basis="derived",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["first_demand_late", "no_demand"],
    needs=["energise"],
    duration_s=60,
)
def test_first_demand(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to PowerDeliveryReq that starts", expect="the request"):
        request = session.good_up_to(START)
        answer = session.answer(request, name=response_of(START))
    with step(2, "Answer it", expect="the first request of the charge loop within 40 s"):
        session.next_of(session.loop, after=answer, within=truck.limit("sequence.first_demand"))
