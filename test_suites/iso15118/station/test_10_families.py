"""Requests in the wrong place and with a foreign session id (reference catalogue 9.10); the rows of station-families.toml are the cases."""

from harness.case import case
from harness.core import Inconclusive, Reason

from ..words import request_of

FOREIGN_ID = bytes.fromhex("A55AA55AA55AA55A")


@case(
    "HV-SECC-{row}-SEQ",
    rows="station-families.toml",
    title="Wrong request instead of {row}",
    purpose="Where it awaits the request of {row} the station refuses {wrong} with FAILED_SequenceError and ends the connection.",
    refs=["V2G2-539", "V2G-DC-390"],
    basis="quoted",
    confidence="medium",
    pics="S.CCS",
    editions=["din70121", "iso15118-2"],
    faults=["{seq_faults}", "sequence_error_as_failed", "silent_on_wrong_request", "keeps_tcp_open"],
    needs=["energise"],
    duration_s=30,
    sut="charger",
)
def test_wrong_request(bench, truck, step, check, vehicle, session, row):
    exchange = session.exchange(row["exchange"])
    with step(1, "Run the session up to {row}, send {wrong} in its place", expect="the wrong request is on the link"):
        vehicle.request_instead(exchange, row["wrong"])
        request = session.run_to(exchange, row["wrong"], nth=row["nth"])
        session.skipped(request_of(exchange), request)
    with step(2, "Stay silent", expect="response of the type that was sent, FAILED_SequenceError, TCP connection ended by the station"):
        session.refused(request, "FAILED_SequenceError")


@case(
    "HV-SECC-SessionSetup-SID",
    title="Wrong SessionID in SessionSetup",
    purpose="Asked to join a session that it does not know, the station refuses or sets up a new one with its own id; it never joins.",
    refs=["V2G2-460", "V2G-DC-391"],
    basis="quoted",
    confidence="medium",
    pics="S.CCS",
    editions=["din70121", "iso15118-2"],
    faults=["joins_unknown_session"],
    duration_s=20,
    sut="charger",
)
def test_unknown_old_session(bench, truck, step, check, vehicle, session):
    with step(1, "Send SessionSetupReq with the id of a session that never was", expect="the request with that id is on the link"):
        vehicle.session_id("SessionSetup", FOREIGN_ID)
        request = session.run_to("SessionSetup", "SessionSetupReq", where=lambda message: message.session_id == FOREIGN_ID)
    with step(2, "Stay silent", expect="FAILED_UnknownSession and the end of the connection, or a new session with another id"):
        answer = session.answer(request)
        code = answer.text("ResponseCode") if answer else "no response"
        if code == "FAILED_UnknownSession":
            session.refused(request, code)
        else:
            wanted = "OK_NewSessionEstablished"
            check("SessionSetupRes ResponseCode", code, equals=wanted, message=answer, note="or FAILED_UnknownSession")
            is_new = answer is not None and answer.session_id not in (FOREIGN_ID, None) and any(answer.session_id)
            check("session id of its own", "yes" if is_new else "no", equals="yes", message=answer)


@case(
    "HV-SECC-{row}-SID",
    rows="station-families.toml",
    where="within",
    title="Wrong SessionID in {row}",
    purpose="A station that gets a {row} request with another session id refuses it with FAILED_UnknownSession and ends the connection.",
    refs=["V2G2-460", "V2G-DC-391"],
    basis="quoted",
    confidence="medium",
    pics="S.CCS",
    editions=["din70121", "iso15118-2"],
    faults=["{sid_faults}", "unknown_session_as_failed", "silent_on_foreign_session", "keeps_tcp_open"],
    needs=["energise"],
    duration_s=30,
    sut="charger",
)
def test_foreign_session(bench, truck, step, check, vehicle, session, row):
    exchange = session.exchange(row["exchange"])
    with step(1, "Run the session up to {row}, send its request with another session id", expect="the request with that id is on the link"):
        vehicle.session_id(exchange, FOREIGN_ID)
        request = session.run_to(exchange, request_of(exchange), where=lambda message: message.session_id == FOREIGN_ID)
        given = bench.last("SessionSetupRes")
        if given is None or given.session_id == FOREIGN_ID:
            raise Inconclusive(Reason.PRECONDITION, "the station gave no session id that differs from the foreign one")
    with step(2, "Stay silent", expect="FAILED_UnknownSession in the response, TCP connection ended by the station"):
        session.refused(request, "FAILED_UnknownSession")
