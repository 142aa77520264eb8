"""The charge loop: its pace, what the station asks for in it, and what goes wrong in it (reference 9.5)."""

import itertools
from statistics import fmean, pstdev

from harness.case import case
from harness.core import Inconclusive, Reason

from ..words import STOP, request_of, response_of, where_of
from .course import level_at, next_request
from .quantities import asked_current, soc

STATUS = "DC_EVSEStatus.EVSEStatusCode"
FLAGS = {"EVSECurrentLimitAchieved": True, "EVSEVoltageLimitAchieved": True, "EVSEPowerLimitAchieved": True}


def still_charges(bench, truck, check, session, since, what="requests of the charge loop"):
    """Let time pass and check that the vehicle goes on with the charge loop and asks for no end."""
    began_ns = bench.now_ns
    bench.run_for(truck.limit("stimulus.loop_watch").nominal_ns)
    session.none_of(STOP, "SessionStop", since=since)
    requests = bench.messages(request_of(session.loop), since=began_ns)
    last_ns = requests[-1].t_ns if requests else began_ns
    check(what, len(requests), at_least=2, message=requests[-1] if requests else None)
    check("time since the last request", (bench.now_ns - last_ns) / 1e9, limit=truck.limit("loop.period"), unit="s")


def notified(bench, truck, session, where, what):
    """The next response of the charge loop that satisfies *where*, which is the stimulus."""
    request = session.request(session.loop, since=bench.now_ns)
    return session.answer(request, name=response_of(session.loop), where=where, what=what)


@case(
    "HV-CUR-01",
    title="Pace of the charge loop",
    purpose="A vehicle whose requests are answered at once goes on asking without a gap of more than 1 s; its pace is reported.",
    refs=["ISO15118:?/loop-period"],
    basis="project",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["pauses_in_the_loop", "stops_asking_in_the_loop"],
    needs=["energise"],
    duration_s=40,
)
def test_pace_of_the_loop(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging, answer at once for a while", expect="no gap of more than 1 s"):
        since = session.charging()
        began_ns = bench.now_ns
        bench.run_for(truck.limit("stimulus.pace").nominal_ns)
        session.none_of(STOP, "SessionStop", since=since)
        instants = [message.t_ns for message in bench.messages(request_of(session.loop), since=began_ns)]
        gaps_s = [(later - earlier) / 1e9 for earlier, later in zip([began_ns, *instants], [*instants, bench.now_ns], strict=True)]
        check("longest gap", max(gaps_s), limit=truck.limit("loop.period"), unit="s", note=f"{len(instants)} requests")
    with step(2, "Look at the periods", expect="reported: shortest, mean, longest, jitter"):
        periods_ms = [(later - earlier) / 1e6 for earlier, later in itertools.pairwise(instants)]
        check("periods", len(periods_ms), at_least=2)
        if periods_ms:
            told = (
                ("shortest", min(periods_ms)),
                ("mean", fmean(periods_ms)),
                ("longest", max(periods_ms)),
                ("jitter", pstdev(periods_ms)),
            )
            for name, value in told:
                check(f"{name} period", round(value, 3), at_least=0, unit="ms", severity="info", note="recorded")


@case(
    "HV-CUR-02",
    title="Responses just in time",
    purpose="Responses of the charge loop that come just within the limit of the vehicle disturb nothing.",
    refs=["ISO15118:?/loop-response"],
    basis="derived",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2"],
    faults=["gives_up_early.CurrentDemand"],
    needs=["energise"],
    duration_s=40,
)
def test_responses_just_in_time(bench, truck, step, check, check_time, charger, session):
    exchange = session.loop
    with step(1, "Bring the vehicle to charging, answer after 240 ms from now on", expect="the session goes on"):
        request = session.good_up_to(exchange, lambda: charger.delay(exchange, truck.limit("stimulus.loop_delay").nominal_ns))
        still_charges(bench, truck, check, session, request)
    with step(2, "Look at the delay of the tester", expect="responses later than half the limit, and within it"):
        limit = truck.limit("response.CurrentDemand")
        pairs = response_times(bench, exchange, request)
        if not pairs or max(pairs) > limit.upper_ns or min(pairs) < limit.upper_ns // 2:
            told = f"{min(pairs) / 1e6:.1f} ms to {max(pairs) / 1e6:.1f} ms" if pairs else "none"
            raise Inconclusive(
                Reason.PRECONDITION, f"the responses of the tester came after {told}, the step needs just below {limit.criterion()}"
            )
        check_time("longest response time of the tester", max(pairs), limit)


def response_times(bench, exchange, since):
    """How long each response of the charge loop took from *since* on, in ns."""
    requests = [since, *bench.messages(request_of(exchange), since=since)]
    responses = bench.messages(response_of(exchange), since=since)
    return [answer.t_ns - request.t_ns for request, answer in zip(requests, responses, strict=False)]


@case(
    "HV-CUR-03",
    title="Late response in the charge loop",
    purpose="A response of the charge loop that comes after the limit of the vehicle is too late: it leaves (SAFE-STOP).",
    refs=["ISO15118:?/loop-response", "ISO15118:?/safe-stop"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["waits_for_ever.CurrentDemand", "waits_for_ever.DC_ChargeLoop@iso15118-20", "stays_in_cp_c.CurrentDemand"],
    needs=["energise"],
    duration_s=40,
)
def test_late_response_in_the_loop(bench, truck, step, check, charger, session):
    exchange = session.loop
    with step(
        1, "Bring the vehicle to charging, answer one request 50 ms too late", expect="SAFE-STOP: no request after the late response"
    ):
        limit = truck.limit(f"response.{exchange}")
        late_ns = limit.upper_ns + truck.limit("stimulus.lateness").nominal_ns
        request = session.good_up_to(exchange, lambda: charger.delay(exchange, late_ns))
        bench.run_for(2 * late_ns)
        over_ns = request.t_ns + limit.upper_ns
        session.safe_stop(over_ns, exchange=exchange, since=request)
        early = [message for message in bench.messages(response_of(exchange), since=request) if message.t_ns <= over_ns]
        if early:
            raise Inconclusive(Reason.PRECONDITION, "the tester answered in time, the step needs a late response")


def stops_when_asked(bench, truck, check, charger, session, max_delay_s, within):
    """A charge that the station asks to end; PowerDeliveryReq in time, current ramped down, regular end."""
    session.charging()
    charger.notify("StopCharging", max_delay_s=max_delay_s)
    told = notified(bench, truck, session, asks_to_stop, "the notification to stop")
    request = session.next_of(STOP, after=told, within=within)
    current_a = level_at(bench, "dc_a", request.t_ns)
    if current_a is None:
        bench.unobserved("current at PowerDeliveryReq", line="dc_a", expected="ramped down")
    else:
        check("current at PowerDeliveryReq", abs(current_a), limit=truck.limit("stop.current"), unit="A", message=request)
    session.ends(since=told)


def asks_to_stop(message):
    """A response that asks the vehicle to end charging."""
    return message.text("DC_EVSEStatus.EVSENotification") == "StopCharging" or message.text("EVSEStatus.EVSENotification") == "Terminate"


@case(
    "HV-CUR-04",
    title="StopCharging at once",
    purpose="Asked to stop without delay the vehicle ramps down, sends PowerDeliveryReq that stops within 2 s and ends the session.",
    refs=["ISO15118:?/stop-notification"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["ignores_stop_charging", "stops_under_load", "stops_late_5s", "keeps_tcp_open.SessionStop"],
    needs=["energise"],
    duration_s=60,
)
def test_stop_charging_at_once(bench, truck, step, check, charger, session):
    with step(
        1, "Bring the vehicle to charging, ask it to stop with NotificationMaxDelay 0", expect="PowerDeliveryReq within 2 s, regular end"
    ):
        delay_s = int(truck.limit("stimulus.max_delay").value)
        stops_when_asked(bench, truck, check, charger, session, delay_s, truck.limit("stop.notified"))


@case(
    "HV-CUR-05",
    title="StopCharging with time",
    purpose="Asked to stop within 30 s the vehicle sends PowerDeliveryReq that stops within that time.",
    refs=["ISO15118:?/stop-notification"],
    basis="derived",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["ignores_stop_charging", "stops_late_35s"],
    needs=["energise"],
    duration_s=90,
)
def test_stop_charging_with_time(bench, truck, step, check, charger, session):
    with step(
        1, "Bring the vehicle to charging, ask it to stop with NotificationMaxDelay 30", expect="PowerDeliveryReq within 30 s, regular end"
    ):
        limit = truck.limit("stop.delayed")
        stops_when_asked(bench, truck, check, charger, session, int(limit.upper), limit)


@case(
    "HV-CUR-06",
    title="EVSE_EmergencyShutdown",
    purpose="When the station tells an emergency the vehicle opens its contactor without waiting for a message and leaves (SAFE-STOP).",
    refs=["V2G2-918", "ISO15118:?/safe-stop"],
    basis="derived",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2"],  # ISO 15118-20 has no status code of the station
    faults=["ignores_emergency", "contactor_stays_closed_in_emergency", "keeps_tcp_open.CurrentDemand"],
    needs=["energise"],
    duration_s=40,
)
def test_emergency_shutdown(bench, truck, step, check, check_time, charger, session):
    with step(
        1, "Bring the vehicle to charging, tell EVSE_EmergencyShutdown, answer nothing more", expect="contactor open, no current, SAFE-STOP"
    ):
        request = session.good_up_to(session.loop, lambda: charger.status("EVSE_EmergencyShutdown"))
        told = session.answer(
            request, where=lambda message: message.text(STATUS) == "EVSE_EmergencyShutdown", what="EVSE_EmergencyShutdown"
        )
        for exchange in (STOP, "WeldingDetection", "SessionStop"):
            charger.withhold(exchange)
        session.safe_stop(told, exchange=session.loop)
        session.opens(told.t_ns, truck.limit("emergency.open"))


def stops_in_order(bench, truck, charger, session, code):
    """A charge in which the station tells that it is out of order; PowerDeliveryReq in time and a regular end."""
    session.charging()
    charger.status(code)
    told = notified(bench, truck, session, lambda message: message.text(STATUS) == code, code)
    session.next_of(STOP, after=told, within=truck.limit("stop.orderly"))
    session.ends(since=told)


@case(
    "HV-CUR-07",
    title="EVSE_Malfunction and EVSE_UtilityInterruptEvent",
    purpose="When the station tells a malfunction or an interruption of its supply the vehicle ends charging in order within 5 s.",
    refs=["ISO15118:?/status-codes"],
    basis="derived",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2"],  # ISO 15118-20 has no status code of the station
    faults=["ignores_malfunction", "ignores_utility_interrupt", "keeps_tcp_open.SessionStop"],
    needs=["energise"],
    duration_s=90,
)
def test_malfunction_and_interrupt(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging, tell EVSE_Malfunction", expect="PowerDeliveryReq that stops within 5 s, regular end"):
        stops_in_order(bench, truck, charger, session, "EVSE_Malfunction")
    with step(2, "In a new session tell EVSE_UtilityInterruptEvent", expect="the same"):
        session.fresh()
        stops_in_order(bench, truck, charger, session, "EVSE_UtilityInterruptEvent")


def pilot_fails(bench, truck, charger, session, line, level, order):
    """A charge in which the control pilot of the station fails by *order*."""
    session.charging()
    began_ns = bench.now_ns
    order()
    if not bench.level_changes(line):
        raise Inconclusive(Reason.NO_LINE, f"the rig has no line '{line}'")
    failed_ns = bench.wait_level(line, level, within=truck.limit("approach.own"))
    if failed_ns is None:
        raise Inconclusive(Reason.PRECONDITION, f"the station did not put '{line}' to {level:g}")
    fault_ns = max(began_ns, failed_ns)
    bench.run_for(truck.limit("pilot.detection").upper_ns)
    # A request that left before the vehicle could notice is none that it should not have sent.
    unaware = [message.t_ns for message in bench.messages(request_of(session.loop), since=fault_ns - 1)]
    unaware = [t_ns for t_ns in unaware if t_ns <= fault_ns + truck.limit("pilot.detection").upper_ns]
    session.safe_stop(fault_ns, exchange=session.loop, pilot=False, since=max(unaware, default=fault_ns) + 1)


@case(
    "HV-CUR-08",
    title="State F or E during charging",
    purpose="When the control pilot goes to state F or E during charging the vehicle leaves (SAFE-STOP), whether it is answered or not.",
    refs=["V2G2-917", "ISO15118:?/safe-stop"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["ignores_the_pilot_in_the_loop", "ignores_state_e_in_the_loop", "keeps_tcp_open.CurrentDemand"],
    needs=["energise"],
    duration_s=120,
)
def test_pilot_fails_during_charging(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging, put the control pilot to state F (-12 V), go on answering", expect="SAFE-STOP"):
        pilot_fails(bench, truck, charger, session, "cp_source_v", -12, lambda: charger.cp_source(-12))
    with step(2, "In a new session put it to state E (0 V), go on answering", expect="SAFE-STOP"):
        session.fresh()
        pilot_fails(bench, truck, charger, session, "cp_source_v", 0, lambda: charger.cp_source(0))
    with step(3, "In a new session put it to state F and answer 0.5 s later from then on", expect="SAFE-STOP"):
        session.fresh()
        late_ns = truck.limit("stimulus.pilot_delay").nominal_ns
        pilot_fails(
            bench,
            truck,
            charger,
            session,
            "cp_source_v",
            -12,
            lambda: (charger.cp_source(-12), charger.delay(session.loop, late_ns)),
        )


@case(
    "HV-CUR-09",
    title="Oscillation of the control pilot lost",
    purpose="When the control pilot stops oscillating during charging the vehicle leaves (SAFE-STOP).",
    refs=["V2G2-920", "ISO15118:?/safe-stop"],
    basis="derived",
    confidence="medium",
    pics="E.CCS",
    editions=["din70121", "iso15118-2"],
    faults=["ignores_the_pilot_in_the_loop", "keeps_tcp_open.CurrentDemand"],
    needs=["energise"],
    duration_s=40,
)
def test_oscillation_lost(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging, end the oscillation (steady level)", expect="SAFE-STOP"):
        pilot_fails(bench, truck, charger, session, "cp_duty_percent", 100, lambda: charger.duty(100))


@case(
    "HV-CUR-10",
    title="Limit lowered during charging",
    purpose="When the station lowers its maximum current the session goes on; whether the target follows is reported, not judged.",
    refs=["V2G20-2188", "V2G20-2654"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["ends_at_a_lower_limit"],
    needs=["energise"],
    duration_s=40,
)
def test_limit_lowered(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging, lower the maximum current", expect="the session goes on"):
        session.charging()
        low_a = float(truck.limit("stimulus.lowered_current").value)
        charger.limits(max_current_a=low_a)
        told = notified(bench, truck, session, lambda message: tells_current(message, low_a), f"{low_a:g} A")
        still_charges(bench, truck, check, session, told)
    with step(2, "Look at the target", expect="reported"):
        last = bench.last(request_of(session.loop))
        asked = None if last is None else asked_current(last)
        check("last request", "with a current" if asked is not None else "without", equals="with a current", message=last)
        if asked is not None:
            check("current asked for", asked, at_most=low_a, unit="A", severity="info", message=last, note="an observation")


def tells_current(message, amps):
    """Whether a response tells this maximum current."""
    found = [value for path, value in message.values.items() if path.endswith(("EVSEMaximumCurrentLimit", "EVSEMaximumChargeCurrent"))]
    return any(isinstance(value, int | float) and abs(value - amps) < 0.5 for value in found)


@case(
    "HV-CUR-11",
    title="Limits achieved",
    purpose="A station that tells that its limits of current, voltage and power are reached is no reason to stop.",
    refs=["ISO15118:?/limit-flags"],
    basis="derived",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["stops_at_achieved_limits"],
    needs=["energise"],
    duration_s=40,
)
def test_limits_achieved(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging, tell that all limits are achieved", expect="the session goes on"):
        session.charging()
        charger.change(session.loop, FLAGS)
        told = notified(bench, truck, session, lambda message: all(message.values.get(flag) == 1 for flag in FLAGS), "all flags")
        still_charges(bench, truck, check, session, told)


@case(
    "HV-CUR-12",
    title="More current than asked for",
    purpose="A vehicle that is told, and gets, half as much current again as it asked for ends charging.",
    refs=["ISO15118:?/over-current"],
    basis="project",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["ignores_over_current"],
    needs=["energise"],
    duration_s=40,
)
def test_more_current_than_asked_for(bench, truck, step, check, check_time, charger, session):
    with step(
        1, "Bring the vehicle to charging, put out and tell 150 % of the current that it asks for", expect="the vehicle ends charging"
    ):
        loop = session.charging()
        asked = asked_current(loop)
        if not asked:
            raise Inconclusive(Reason.PRECONDITION, "the vehicle asks for no current")
        high_a = asked * float(truck.limit("stimulus.over_current").value) / 100
        charger.supply(amps=high_a)
        charger.tell(current=high_a)
        told = notified(bench, truck, session, lambda message: tells_present(message, high_a), f"{high_a:g} A told")
        limit = truck.limit("over_current.reaction")
        bench.run_for(limit.upper_ns)
        reaction_ns = end_of_charge(bench, session, told)
        if reaction_ns is None:
            check("end of charging", "none", equals=f"within {limit.criterion()}", message=told)
        else:
            check_time("end of charging", reaction_ns - told.t_ns, limit, message=told)


def tells_present(message, amps):
    """Whether a response tells this present current."""
    told = message.quantity("EVSEPresentCurrent")
    return told is not None and abs(told - amps) < 1


def end_of_charge(bench, session, told):
    """When the vehicle first asked for the end, opened its contactor or ended the connection after *told*; ``None`` if it did not."""
    found = [message.t_ns for message in bench.messages(request_of(STOP), since=told, where=where_of(STOP))]
    found += [message.t_ns for message in bench.messages("SessionStopReq", since=told)]
    found += [t_ns for t_ns, level in bench.level_changes("contactor") if t_ns > told.t_ns and not level]
    found += [record.t_ns for record in session.closes_after(told)]
    return min(found, default=None)


@case(
    "HV-CUR-13",
    title="FAILED in the charge loop",
    purpose="After a response of the charge loop with FAILED the vehicle leaves (SAFE-STOP).",
    refs=["ISO15118:?/refusal", "ISO15118:?/safe-stop"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["accepts_failed.CurrentDemand", "accepts_failed.DC_ChargeLoop@iso15118-20", "stays_in_cp_c.CurrentDemand"],
    needs=["energise"],
    duration_s=40,
)
def test_failed_in_the_loop(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging, answer with ResponseCode FAILED", expect="SAFE-STOP"):
        request = session.good_up_to(session.loop, lambda: charger.code(session.loop, "FAILED"))
        answer = session.answer(request, where=lambda message: message.text("ResponseCode") == "FAILED", what="FAILED")
        session.safe_stop(answer, exchange=session.loop)


@case(
    "HV-CUR-14",
    title="Long charge",
    purpose="Over a long charge the loop keeps its pace and the state of charge never falls; only a full vehicle ends the session.",
    refs=["ISO15118:?/long-charge"],
    basis="project",
    confidence="medium",
    pics="E.CCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["slows_down_in_a_long_charge", "loses_state_of_charge", "stops_asking_in_a_long_charge"],
    needs=["energise"],
    duration_s=3700,
)
def test_long_charge(bench, truck, step, check, charger, session):
    with step(
        1,
        "Bring the vehicle to charging, charge for the length that the profile says",
        expect="state of charge and pace hold, look by look",
    ):
        session.charging()
        began_ns = bench.now_ns
        first_s, full = None, None
        while bench.now_ns - began_ns < truck.limit("stimulus.soak").nominal_ns:
            look_ns = bench.now_ns
            bench.run_for(truck.limit("stimulus.soak_look").nominal_ns)
            requests = bench.messages(request_of(session.loop), since=look_ns)
            full = full_stop(bench, look_ns, session)
            if full is not None:
                break
            mean_s = look_at(check, truck, bench, requests, look_ns, first_s)
            if mean_s is None:
                return
            first_s = first_s or mean_s
        check("length of the charge", (bench.now_ns - began_ns) / 1e9, at_least=0, unit="s", severity="info", note="recorded")
    with step(2, "Ask the vehicle to stop if it is not full by then", expect="a regular end"):
        if full is None:
            session.completes()
        else:
            session.ends(since=full.t_ns - 1)


def full_stop(bench, since_ns, session):
    """PowerDeliveryReq by which the vehicle stopped because it is full; ``None`` if it told no such thing."""
    paths = ("ChargingComplete", "DisplayParameters.ChargingComplete", "DC_EVPowerDeliveryParameter.ChargingComplete")
    told = bench.messages(request_of(STOP), since=since_ns, where=where_of(STOP))
    last = bench.last(request_of(session.loop))
    complete = told and any(message.values.get(path) == 1 for message in (told[0], last) if message is not None for path in paths)
    return told[0] if complete else None


def look_at(check, truck, bench, requests, look_ns, first_s):
    """Check one stretch of a long charge; its mean period, ``None`` if something is wrong."""
    at = f"at {look_ns / 1e9:.0f} s"
    found = [check(f"requests {at}", len(requests), at_least=2)]
    if len(requests) < 2:
        return None
    gap_s = (bench.now_ns - requests[-1].t_ns) / 1e9
    found.append(check(f"time since the last request {at}", gap_s, limit=truck.limit("loop.period"), unit="s"))
    levels = [value for request in requests if (value := soc(request)) is not None]
    falls = sum(later < earlier for earlier, later in itertools.pairwise(levels))
    found.append(check(f"falls of the state of charge {at}", falls, equals=0, message=requests[-1]))
    mean_s = (requests[-1].t_ns - requests[0].t_ns) / 1e9 / (len(requests) - 1)
    if first_s is not None:
        drift = abs(mean_s - first_s) / first_s * 100
        found.append(check(f"drift of the period {at}", drift, limit=truck.limit("loop.drift"), unit="%", message=requests[-1]))
    return mean_s if all(one.verdict.word == "pass" for one in found) else None


@case(
    "HV-CUR-15",
    title="ReceiptRequired without a contract",
    purpose="When the station asks for a receipt in a session without a contract the vehicle sends none: it goes on or stops, as declared.",
    refs=["V2G2-691"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    pixit=["receipt"],
    editions=["iso15118-2"],
    faults=["ends_when_a_receipt_is_required", "sends_a_receipt"],
    needs=["energise"],
    duration_s=40,
)
def test_receipt_without_a_contract(bench, truck, step, check, charger, session):
    with step(
        1, "Bring the vehicle to charging, ask for a receipt", expect="no MeteringReceiptReq; it goes on or ends charging, as declared"
    ):
        session.charging()
        charger.change(session.loop, {"MeterInfo": {"MeterID": "precert", "MeterReading": 1}, "ReceiptRequired": True})
        told = notified(bench, truck, session, lambda message: message.values.get("ReceiptRequired") == 1, "ReceiptRequired")
        bench.run_for(truck.limit("stimulus.loop_watch").nominal_ns)
        receipts = bench.messages("MeteringReceiptReq", since=told)
        check("MeteringReceiptReq", len(receipts), equals=0, message=receipts[0] if receipts else None)
        following = next_request(bench, told, truck.limit("approach.own"))
        ended = end_of_charge(bench, session, told)
        word = "refuses" if ended is not None or following is None else "ignores"
        check("what the vehicle does", word, equals=str(truck.pixit("receipt")))
