"""Setup of a session, a paused one included (reference catalogue 9.3)."""

from harness.case import case
from harness.core import Inconclusive, Reason

from ..words import EXCHANGES, ISO_2, ISO_20, PARAMETERS, SELECTION, request_of
from .course import next_request
from .order import check_order

MAC_BYTES = 6


@case(
    "HV-SES-01",
    title="New session",
    purpose="A vehicle that begins anew asks with session id 0 and tells who it is: a MAC address, in ISO 15118-20 an identification text.",
    refs=["ISO15118:?/session-setup"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["new_session_with_an_id", "evccid_of_8_bytes@iso15118-2", "evccid_empty@iso15118-20"],
    duration_s=5,
)
def test_new_session(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to SessionSetupReq", expect="session id 0; EVCCID of 6 bytes, in ISO 15118-20 a text"):
        request = session.good_up_to("SessionSetup", lambda: charger.withhold("SessionSetup"))
        session_id = request.session_id or b""
        check("session id", session_id.hex() if any(session_id) else "0", equals="0", message=request, note=f"{len(session_id)} bytes")
        told = request.values.get("EVCCID")
        if truck.edition == ISO_20:
            text = told if isinstance(told, str) else ""
            check("EVCCID", "a text" if text.strip() and text.isprintable() else repr(told), equals="a text", message=request, note=text)
        else:
            check("EVCCID bytes", len(told) if isinstance(told, bytes) else -1, equals=MAC_BYTES, message=request)


@case(
    "HV-SES-02",
    title="Setup timer",
    purpose="A setup that is still not done after 20 s is ended by the vehicle (SAFE-STOP), although no message timer ran out.",
    refs=["V2G2-723", "ISO15118:?/safe-stop"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["setup_timer_missing", "keeps_tcp_open.SessionSetup"],
    duration_s=40,
)
def test_setup_timer(bench, truck, step, check, check_time, charger, session):
    with step(
        1,
        "Accept the TCP connection so late that SessionSetupReq comes shortly before 20 s, and answer it after them",
        expect="the vehicle leaves 20 s after the data link came up: no further request, TCP connection closed",
    ):
        charger.accept_after(truck.limit("stimulus.accept_late").nominal_ns)
        charger.delay("SessionSetup", truck.limit("stimulus.setup_delay").nominal_ns)
        since_ns = bench.now_ns
        session.plug_in()
        first = session.discovery(since=since_ns)
        request = session.request("SessionSetup", since=first)
        session.left_at(request, "SessionSetup", start=first, limit=truck.limit("setup.end"))


@case(
    "HV-SES-03",
    title="Old session joined without having been asked for",
    purpose="OK_OldSessionJoined in answer to session id 0 makes the vehicle leave (SAFE-STOP), or it goes on where its maker declares so.",
    refs=["ISO15118:?/session-setup"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    pixit=["old_session_joined"],
    editions=["iso15118-2", "iso15118-20"],
    faults=["accepts_an_old_session", "keeps_tcp_open.SessionSetup"],
    duration_s=15,
)
def test_old_session_joined(bench, truck, step, check, charger, session):
    with step(
        1, "Answer a SessionSetupReq with session id 0 with OK_OldSessionJoined", expect="SAFE-STOP; or, if declared, the next request"
    ):
        request = session.good_up_to("SessionSetup", lambda: charger.code("SessionSetup", "OK_OldSessionJoined"))
        if any(request.session_id or b""):
            raise Inconclusive(Reason.PRECONDITION, f"the vehicle asked for the session {request.session_id.hex()}")
        answer = session.answer(request, name="SessionSetupRes", where=lambda one: one["ResponseCode"] == "OK_OldSessionJoined")
        if truck.pixit("old_session_joined") == "leaves":
            session.safe_stop(answer, exchange="SessionSetup")
        else:
            following = EXCHANGES[truck.edition][2]
            bench.expect(request_of(following), within=truck.limit("approach.own_next"), after=answer)


@case(
    "HV-SES-04",
    title="Session id 0 in the response",
    purpose="A SessionSetupRes that gives the session id 0 makes the vehicle leave (SAFE-STOP).",
    refs=["ISO15118:?/session-id", "ISO15118:?/safe-stop"],
    basis="derived",
    confidence="medium",
    pics="(E.CCS OR E.MCS) AND E.INVALID",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["accepts_foreign_session.SessionSetup", "keeps_tcp_open.SessionSetup"],
    duration_s=30,
)
def test_session_id_zero(bench, truck, step, check, charger, session):
    with step(1, "Answer SessionSetupReq with a session id of eight zero bytes", expect="SAFE-STOP"):
        given_zero(charger, session, bytes(8))
    with step(2, "The same in a new session with one zero byte (ISO 15118-20: eight again)", expect="SAFE-STOP"):
        session.fresh()
        given_zero(charger, session, bytes(8 if truck.edition == ISO_20 else 1))


def given_zero(charger, session, session_id):
    """A session that gets no id."""
    request = session.good_up_to("SessionSetup", lambda: charger.session_id("SessionSetup", session_id))
    answer = session.answer(request, name="SessionSetupRes", where=lambda one: one.session_id == session_id, what="session id 0")
    session.safe_stop(answer, exchange="SessionSetup")


def latest(bench, name, until_ns):
    """The last message called *name* up to *until_ns*."""
    return next((message for message in reversed(bench.messages(name)) if message.t_ns <= until_ns), None)


def paused(bench, truck, charger, session, *, forget=False):
    """A session that the vehicle paused, and its wake-up; the last request of the charge, and when the wake-up was.

    With *forget* the station knows nothing of the session any more.
    """
    loop = session.charging()
    paused_ns = session.pause_vehicle()
    stop = session.ends(since=paused_ns)
    if stop.text("ChargingSession") != "Pause":
        raise Inconclusive(Reason.PRECONDITION, f"the vehicle ended the session with {stop.text('ChargingSession')}")
    if forget:
        charger.forget_session()
    charger.duty(100)
    bench.run_for(truck.limit("stimulus.steady_pilot").nominal_ns)
    woken_ns = bench.now_ns
    charger.duty(None)
    bench.run_for(truck.limit("stimulus.woken").nominal_ns)
    charger.user_pause(False)
    return loop, woken_ns


@case(
    "HV-SES-05",
    title="Resume after a pause",
    purpose="A paused session that the station joins goes on: the same selections, in ISO 15118-20 the parameters at once.",
    refs=["V2G2-740", "V2G20-1032"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS AND E.PAUSE",
    editions=["iso15118-2", "iso15118-20"],
    faults=["resumes_with_session_id_0", "resumes_from_the_beginning@iso15118-20", "resumes_with_other_selections@iso15118-2"],
    needs=["energise"],
    duration_s=90,
)
def test_resume(bench, truck, step, check, charger, session):
    with step(1, "Charge, let the vehicle pause, wake it up", expect="SessionSetupReq with the id of the paused session"):
        loop, woken_ns = paused(bench, truck, charger, session)
        setup = bench.expect("SessionSetupReq", within=truck.limit("approach.discovery"), after=woken_ns)
        check("session id", (setup.session_id or b"").hex(), equals=(loop.session_id or b"").hex(), message=setup)
    with step(
        2, "Answer OK_OldSessionJoined and go on", expect="the same selections again (ISO 15118-20: parameters at once), then charging"
    ):
        answer = session.answer(setup, name="SessionSetupRes", where=lambda one: one["ResponseCode"] == "OK_OldSessionJoined")
        first = next_request(bench, answer, truck.limit("approach.own_next"))
        wanted = request_of(PARAMETERS[ISO_20] if truck.edition == ISO_20 else "ServiceDiscovery")
        check("first request", first.name if first is not None else "none", equals=wanted, message=first)
        bench.expect(request_of(session.loop), within=truck.limit("approach.request"), after=answer)
        for exchange in (SELECTION[ISO_2],) if truck.edition == ISO_2 else ():
            before, after = (latest(bench, request_of(exchange), instant) for instant in (woken_ns, bench.now_ns))
            told = [", ".join(f"{key}={value}" for key, value in sorted(one.values.items())) if one else "none" for one in (before, after)]
            check(f"content of {request_of(exchange)}", told[1], equals=told[0], message=after)


@case(
    "HV-SES-06",
    title="Resume refused",
    purpose="When the station answers with a new session, the vehicle starts over completely with the new id.",
    refs=["V2G20-2615..2617"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS AND E.PAUSE",
    editions=["iso15118-2", "iso15118-20"],
    faults=["goes_on_with_another_session_id", "skips_to_parameters_after_a_refused_resume@iso15118-20"],
    needs=["energise"],
    duration_s=90,
)
def test_resume_refused(bench, truck, step, check, charger, session):
    with step(1, "Charge, let the vehicle pause, wake it up", expect="SessionSetupReq"):
        _, woken_ns = paused(bench, truck, charger, session, forget=True)
        setup = bench.expect("SessionSetupReq", within=truck.limit("approach.discovery"), after=woken_ns)
    with step(2, "Answer OK_NewSessionEstablished with a new id", expect="every request of a new session in its order, with the new id"):
        answer = session.answer(setup, name="SessionSetupRes", where=lambda one: one["ResponseCode"] == "OK_NewSessionEstablished")
        if answer.session_id == setup.session_id:
            raise Inconclusive(Reason.PRECONDITION, "the tester gave the old session id again")
        loop = bench.expect(request_of(session.loop), within=truck.limit("approach.request"), after=answer)
        check("session id", (loop.session_id or b"").hex(), equals=(answer.session_id or b"").hex(), message=loop)
        check_order(bench, check, truck.edition, since=setup)
