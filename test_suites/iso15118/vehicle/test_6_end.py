"""End of a session: stop by the vehicle, control pilot, welding detection, end of the connection, a new session (reference 9.6)."""

from harness.case import case
from harness.core import Chunk, Inconclusive, Reason

from ..words import STOP, request_of, response_of
from .course import drive, level_at, next_request
from .leaving import is_close, is_tester_close

WELDING = {"din70121": "WeldingDetection", "iso15118-2": "WeldingDetection", "iso15118-20": "DC_WeldingDetection"}


def stop_request(session, since):
    """PowerDeliveryReq that ends the energy transfer."""
    return session.request(STOP, since=since)


def check_in_b(bench, truck, check, t_ns, what):
    """Check that the control pilot was in state B at *t_ns*."""
    level = level_at(bench, "cp_v", t_ns)
    if level is None:
        bench.unobserved(what, line="cp_v", expected="state B")
    else:
        check(what, level, limit=truck.limit("pilot.b"), unit="V")


@case(
    "HV-END-01",
    title="Stop by the vehicle",
    purpose="When its stop means is used the vehicle ends energy transfer and session in order: PowerDeliveryReq, state B, SessionStopReq.",
    refs=["ISO15118:?/vehicle-stop"],
    basis="derived",
    confidence="medium",
    pics="(E.CCS OR E.MCS) AND E.STOP",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=[
        "ignores_stop_means",
        "session_stop_without_power_delivery",
        "leaves_at_once_when_stopped",
        "keeps_tcp_open.SessionStop",
        "cp_c_to_the_end",
    ],
    needs=["energise"],
    duration_s=30,
)
def test_stop_by_the_vehicle(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging", expect="the charge loop runs"):
        session.charging()
    with step(
        2, "Use the declared stop means of the vehicle", expect="PowerDeliveryReq that stops, SessionStopReq, then the TCP connection ended"
    ):
        asked_ns = session.stop_vehicle()
        request = session.ends(since=asked_ns)
        check("ChargingSession", request.text("ChargingSession") or "Terminate", equals="Terminate", message=request)
    with step(3, "Look at the control pilot", expect="state B no later than SessionStopReq"):
        check_in_b(bench, truck, check, request.t_ns, "control pilot at SessionStopReq")


@case(
    "HV-END-02",
    title="State B after PowerDelivery",
    purpose="State B comes within 0.25 s of the PowerDeliveryRes that ends energy transfer, and before WeldingDetectionReq.",
    refs=["V2G2-848"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS",
    editions=["din70121", "iso15118-2"],
    faults=["state_b_late_after_stop", "cp_c_to_the_end"],
    needs=["energise"],
    duration_s=30,
)
def test_state_b_after_power_delivery(bench, truck, step, check, check_time, charger, session):
    with step(1, "Bring the vehicle to charging, ask it to stop", expect="PowerDeliveryReq that stops"):
        session.charging()
        asked_ns = bench.now_ns
        session.ask_to_stop()
        request = stop_request(session, asked_ns)
        answer = session.answer(request, name="PowerDeliveryRes")
    with step(2, "Look at the control pilot", expect="state B within 0.25 s of PowerDeliveryRes and before the next request"):
        following = next_request(bench, answer, truck.limit("approach.end"))
        bench.run_for(truck.limit("end.state_b").upper_ns)
        limit = truck.limit("pilot.b")
        changes = bench.level_changes("cp_v")
        if not changes:
            bench.unobserved("control pilot in state B", line="cp_v", expected="within 0.25 s")
            return
        in_b = [t_ns for t_ns, level in changes if t_ns > asked_ns and limit.lower <= level <= limit.upper]
        if in_b:
            check_time("control pilot in state B", max(0, in_b[0] - answer.t_ns), truck.limit("end.state_b"))
        else:
            check("control pilot", changes[-1][1], limit=limit, unit="V")
        if following is not None:
            check_in_b(bench, truck, check, following.t_ns, f"control pilot at {following.name}")


@case(
    "HV-END-03",
    title="State B before the next request",
    purpose="After the PowerDeliveryRes that ends energy transfer state B (of the CE line for MCS) comes before the next request.",
    refs=["V2G20-1617"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["iso15118-20"],
    faults=["cp_c_to_the_end", "state_b_after_the_next_request"],
    needs=["energise"],
    duration_s=30,
)
def test_state_b_before_the_next_request(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging, ask it to stop", expect="PowerDeliveryReq that stops"):
        session.charging()
        asked_ns = bench.now_ns
        session.ask_to_stop()
        answer = session.answer(stop_request(session, asked_ns), name="PowerDeliveryRes")
    with step(2, "Look at the control pilot", expect="state B when the next request is sent"):
        following = next_request(bench, answer, truck.limit("approach.end"))
        if following is None:
            raise Inconclusive(Reason.PRECONDITION, "no request came after PowerDeliveryRes")
        check_in_b(bench, truck, check, following.t_ns, f"control pilot at {following.name}")


@case(
    "HV-END-04",
    title="Voltage stays in welding detection",
    purpose="While the voltage at the output stays up the vehicle asks again, gives up after its own limit and ends the session.",
    refs=["ISO15118:?/welding-detection"],
    basis="derived",
    confidence="medium",
    pics="(E.CCS OR E.MCS) AND E.WELD",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["welding_detection_for_ever", "welding_detection_once", "keeps_tcp_open.SessionStop"],
    needs=["energise"],
    duration_s=90,
)
def test_voltage_stays_in_welding_detection(bench, truck, step, check, charger, session):
    exchange = WELDING[truck.edition]
    with step(1, "Bring the vehicle to charging, ask it to stop", expect="PowerDeliveryReq that stops"):
        session.charging()
        asked_ns = bench.now_ns
        session.ask_to_stop()
        session.answer(stop_request(session, asked_ns), name="PowerDeliveryRes")
    with step(2, "Tell a voltage that stays up in every response", expect="the vehicle asks more than once, then SessionStopReq"):
        charger.tell(voltage=float(truck.limit("stimulus.weld_voltage").value))
        first = session.request(exchange, since=asked_ns)
        told = truck.limit("stimulus.weld_voltage").value
        session.answer(first, name=response_of(exchange), where=lambda one: one.quantity("EVSEPresentVoltage") == told, what=f"{told} V")
        end = bench.expect("SessionStopReq", within=truck.limit("end.welding"), after=first)
        asked = bench.messages(request_of(exchange), since=first.t_ns - 1)
        check(f"{request_of(exchange)} count", len(asked), at_least=2, message=first)
        told = end.text("EVTerminationExplanation") or end.text("EVTerminationCode")
        check("what the vehicle reports", told or "nothing", severity="info", equals=told or "nothing", message=end)
    with step(3, "Answer SessionStopReq", expect="the vehicle ends the TCP connection"):
        session.closes(after=session.answer(end, name="SessionStopRes"))


@case(
    "HV-END-05",
    title="End of the TCP connection",
    purpose="After SessionStopRes the vehicle, not the station, ends the TCP connection within 5 s by an orderly end.",
    refs=["ISO15118:?/tcp-end"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["keeps_tcp_open.SessionStop", "closes_tcp_late"],
    needs=["energise"],
    duration_s=30,
)
def test_end_of_the_connection(bench, truck, step, check, check_time, charger, session):
    with step(1, "Bring the vehicle to charging, ask it to stop, answer SessionStopReq", expect="SessionStopReq"):
        session.charging()
        asked_ns = bench.now_ns
        session.ask_to_stop()
        answer = session.answer(session.request("SessionStop", since=asked_ns), name="SessionStopRes")
    with step(2, "Leave the TCP connection open", expect="FIN of the vehicle within 5 s"):
        limit = truck.limit("safe_stop.close")
        closed = bench.wait_record(is_close, since=answer.t_ns - 1, until_ns=answer.t_ns + 2 * limit.upper_ns)
        if bench.records(
            since=answer.t_ns - 1, where=lambda record: is_tester_close(record) and (closed is None or record.t_ns < closed.t_ns)
        ):
            raise Inconclusive(Reason.PRECONDITION, "the tester ended the TCP connection before the vehicle did")
        if closed is None:
            check("TCP connection ended by the vehicle", "no", equals="yes")
            return
        how = "reset" if isinstance(closed.pdu, Chunk) and closed.pdu.reset else "FIN"
        check("how the connection ended", how, equals="FIN")
        check_time("TCP connection ended by the vehicle", closed.t_ns - answer.t_ns, limit)


def charges_again(bench, truck, session, since_ns):
    """Check that the vehicle begins a session by itself and charges; its SessionSetupReq."""
    within = truck.limit("approach.discovery")
    bench.expect("SECCDiscoveryReq", within=within, after=since_ns)
    setup = bench.expect("SessionSetupReq", within=within, after=since_ns)
    bench.expect(request_of(session.loop), within=truck.limit("approach.request"), after=since_ns)
    bench.run_for(truck.limit("stimulus.charge").nominal_ns)
    return setup


@case(
    "HV-END-06",
    title="New session without unplugging",
    purpose="After a complete session the vehicle starts another one when the station offers digital communication again.",
    refs=["ISO15118:?/new-session"],
    basis="derived",
    confidence="medium",
    pics="E.CCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["no_session_without_unplugging", "old_session_id_in_a_new_session"],
    needs=["energise"],
    duration_s=120,
)
def test_new_session_without_unplugging(bench, truck, step, check, charger, session):
    with step(1, "Complete a session, leave the connector in", expect="a regular end"):
        session.charging()
        session.completes()
        charger.revert()
        charger.speak(truck.edition)
    with step(
        2, "End the oscillation of the control pilot, then begin it again with 5 %", expect="a new session with session id 0, and charging"
    ):
        charger.duty(100)
        drive(bench, truck, "cp_duty_percent", 100)
        bench.run_for(truck.limit("stimulus.steady_pilot").nominal_ns)
        began_ns = bench.now_ns
        charger.duty(5)
        drive(bench, truck, "cp_duty_percent", 5)
        setup = charges_again(bench, truck, session, began_ns)
        check("SessionID", int.from_bytes(setup.session_id or b"", "big"), equals=0, message=setup)
        session.completes()
    with step(3, "Put the control pilot to state F for more than 4 s, then begin again with 5 %", expect="a new session, and charging"):
        charger.revert()
        charger.speak(truck.edition)
        charger.cp_source(-12)
        drive(bench, truck, "cp_source_v", -12)
        bench.run_for(truck.limit("stimulus.state_f").nominal_ns)
        began_ns = bench.now_ns
        charger.cp_source(12)
        charger.duty(5)
        drive(bench, truck, "cp_source_v", 12)
        drive(bench, truck, "cp_duty_percent", 5)
        charges_again(bench, truck, session, began_ns)
        session.completes()


@case(
    "HV-END-07",
    title="Pause",
    purpose="A vehicle that is made to pause ends the session with Pause and goes on with the same session id when it is woken up.",
    refs=["V2G2-741"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS AND E.PAUSE",
    editions=["iso15118-2", "iso15118-20"],
    faults=["pause_ignored", "session_stop_always_terminates", "cp_c_to_the_end", "no_wake_up_from_pause", "forgets_the_paused_session"],
    needs=["energise"],
    duration_s=90,
)
def test_pause(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging", expect="the charge loop runs"):
        loop = session.charging()
    with step(2, "Use the declared means to pause", expect="PowerDeliveryReq that stops, SessionStopReq with Pause, state B"):
        paused_ns = session.pause_vehicle()
        request = session.ends(since=paused_ns)
        check("ChargingSession", request.text("ChargingSession"), equals="Pause", message=request)
        check_in_b(bench, truck, check, request.t_ns, "control pilot at SessionStopReq")
    with step(3, "End the oscillation of the control pilot, wake the vehicle with 5 % again", expect="SessionSetupReq with the old id"):
        charger.duty(100)
        drive(bench, truck, "cp_duty_percent", 100)
        bench.run_for(truck.limit("stimulus.steady_pilot").nominal_ns)
        charger.user_pause(False)
        began_ns = bench.now_ns
        charger.duty(5)
        drive(bench, truck, "cp_duty_percent", 5)
        setup = charges_again(bench, truck, session, began_ns)
        check("SessionID", (setup.session_id or b"").hex(), equals=(loop.session_id or b"").hex(), message=setup)
    with step(4, "Ask the vehicle to stop", expect="a regular end"):
        session.completes()


@case(
    "HV-END-08",
    title="Pause refused",
    purpose="When the station refuses the pause the vehicle leaves (SAFE-STOP) and does not take the session for paused.",
    refs=["ISO15118:?/pause-refused", "ISO15118:?/safe-stop"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS AND E.PAUSE",
    editions=["iso15118-2"],
    faults=["keeps_tcp_open.SessionStop", "takes_a_refused_pause_for_granted"],
    needs=["energise"],
    duration_s=90,
)
def test_pause_refused(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging, use the declared means to pause, answer SessionStopReq with FAILED", expect="SAFE-STOP"):
        session.charging()
        charger.code("SessionStop", "FAILED")
        paused_ns = session.pause_vehicle()
        request = session.request("SessionStop", since=paused_ns)
        if request.text("ChargingSession") != "Pause":
            raise Inconclusive(Reason.PRECONDITION, f"the vehicle asked for {request.text('ChargingSession')}, not for a pause")
        answer = session.answer(request, name="SessionStopRes", where=lambda message: message.text("ResponseCode") == "FAILED")
        session.safe_stop(answer, exchange="SessionStop")
    with step(2, "End the oscillation of the control pilot, then begin it again with 5 %", expect="a new session with session id 0"):
        charger.revert()
        charger.speak(truck.edition)
        charger.duty(100)
        drive(bench, truck, "cp_duty_percent", 100)
        bench.run_for(truck.limit("stimulus.steady_pilot").nominal_ns)
        charger.user_pause(False)
        began_ns = bench.now_ns
        charger.duty(5)
        drive(bench, truck, "cp_duty_percent", 5)
        setup = bench.expect("SessionSetupReq", within=truck.limit("approach.discovery"), after=began_ns)
        check("SessionID", int.from_bytes(setup.session_id or b"", "big"), equals=0, message=setup)
