"""The four families of every message: no response, a refusal, another session id, another message (reference catalogue 9.1).

One function is a family; the rows of families.toml are its cases.
"""

from harness.case import case
from harness.core import Inconclusive, Reason

from ..words import ISO_20, response_of

FOREIGN_ID = bytes.fromhex("A55AA55AA55AA55A")
NO_ID = bytes(8)


@case(
    "HV-{family}-EVCC-{row}-NORESP",
    rows="families.toml",
    title="No response to {request}",
    purpose="The vehicle waits for the response to {request} as long as its message timer says, then it leaves (SAFE-STOP).",
    refs=["{timer_ref}", "ISO15118:?/safe-stop"],
    basis="{basis}",
    confidence="medium",
    pics="{pics}",
    editions=["{edition}"],
    faults=["waits_for_ever.{row}", "gives_up_early.{row}", "keeps_tcp_open.{row}"],
    needs=["{needs}"],
    duration_s=60,
)
def test_no_response(bench, truck, step, check, charger, session, row):
    with step(1, "Bring the vehicle to {request} without deviation and do not answer it", expect="{request}"):
        request = session.good_up_to(row["row"], lambda: charger.withhold(row["row"]))
    with step(
        2,
        "Stay silent",
        expect="the vehicle waits for its message timer, then SAFE-STOP: no further request, pilot in B, TCP connection closed by it",
    ):
        session.no_response(request, row["row"], timer=truck.limit(row["timer"]))


def refused(charger, session, exchange, code):
    """One session that ends with a refusal."""
    request = session.good_up_to(exchange, lambda: charger.code(exchange, code))
    name = response_of(exchange)
    answer = session.answer(request, name=name, where=lambda message: message.text("ResponseCode") == code, what=f"{name} with {code}")
    session.safe_stop(answer, exchange=exchange)


@case(
    "HV-{family}-EVCC-SupportedAppProtocol-FAILRC",
    rows="families.toml",
    where="agreement",
    title="Failed_NoNegotiation in {response}",
    purpose="When the station understands none of the offered protocols the vehicle leaves (SAFE-STOP).",
    refs=["ISO15118:?/refusal", "ISO15118:?/safe-stop"],
    basis="{basis}",
    confidence="medium",
    pics="{pics}",
    editions=["{edition}"],
    faults=["accepts_failed.SupportedAppProtocol", "keeps_tcp_open.SupportedAppProtocol"],
    duration_s=30,
)
def test_no_negotiation(bench, truck, step, check, charger, session, row):
    with step(
        1,
        "Bring the vehicle to {request}, answer Failed_NoNegotiation",
        expect="SAFE-STOP: no further request, TCP connection closed by it",
    ):
        refused(charger, session, row["row"], "Failed_NoNegotiation")


@case(
    "HV-{family}-EVCC-{row}-FAILRC",
    rows="families.toml",
    where="session",
    title="FAILED codes in {response}",
    purpose="After a {response} that refuses, with FAILED or with a particular code, the vehicle leaves (SAFE-STOP).",
    refs=["ISO15118:?/refusal", "ISO15118:?/safe-stop"],
    basis="{basis}",
    confidence="medium",
    pics="{pics}",
    editions=["{edition}"],
    faults=["{failed_faults}"],
    needs=["{needs}"],
    duration_s=120,
)
def test_refusal(bench, truck, step, check, charger, session, row):
    with step(
        1,
        "Bring the vehicle to {request} without deviation, answer it with ResponseCode FAILED",
        expect="SAFE-STOP: no further request, pilot in B, TCP connection closed by it",
    ):
        refused(charger, session, row["row"], "FAILED")
    with step(2, "The same in a session of its own for each of {codes}", expect="SAFE-STOP each time"):
        for code in row["codes"].split(", "):
            session.fresh()
            refused(charger, session, row["row"], code)


@case(
    "HV-{family}-EVCC-{row}-BADSID",
    rows="families.toml",
    where="session",
    title="Wrong session id in {response}",
    purpose="When {response} carries a wrong session id ({bad_id}) the vehicle uses nothing of it and leaves (SAFE-STOP).",
    refs=["ISO15118:?/session-id", "ISO15118:?/safe-stop"],
    basis="derived",
    confidence="medium",
    pics="{pics}",
    editions=["{edition}"],
    faults=["{session_faults}"],
    needs=["{needs}"],
    duration_s=60,
)
def test_wrong_session_id(bench, truck, step, check, charger, session, row):
    with step(
        1,
        "Bring the vehicle to {request} without deviation, answer it rightly but for the session id: {bad_id}",
        expect="SAFE-STOP: no further request, pilot in B, TCP connection closed by it",
    ):
        exchange = row["row"]
        wrong = NO_ID if exchange == "SessionSetup" else FOREIGN_ID
        request = session.good_up_to(exchange, lambda: charger.session_id(exchange, wrong))
        if exchange != "SessionSetup" and request.session_id == wrong:
            raise Inconclusive(Reason.PRECONDITION, f"the session has the id {wrong.hex()}, which was to be a foreign one")
        answer = session.answer(
            request, name=response_of(exchange), where=lambda message: message.session_id == wrong, what=f"id {wrong.hex()}"
        )
        session.safe_stop(answer, exchange=exchange)


@case(
    "HV-{family}-EVCC-{row}-WRONGMSG",
    rows="families.toml",
    title="{wrong} instead of {response}",
    purpose="When the answer to {request} is a valid message of another type the vehicle leaves (SAFE-STOP).",
    refs=["ISO15118:?/wrong-message", "ISO15118:?/safe-stop"],
    basis="{basis}",
    confidence="medium",
    pics="{pics}",
    editions=["{edition}"],
    faults=["{wrong_faults}"],
    needs=["{needs}"],
    duration_s=60,
)
def test_wrong_message(bench, truck, step, check, charger, session, row):
    with step(
        1,
        "Bring the vehicle to {request} without deviation, answer it with {wrong}",
        expect="SAFE-STOP: no further request, pilot in B, TCP connection closed by it",
    ):
        exchange = row["row"]
        request = session.good_up_to(exchange, lambda: charger.answer_with(exchange, row["wrong"]))
        answer = session.answer(request, name=row["wrong"])
        # Before an agreement every payload type but one is to be ignored, and those of ISO 15118-20 are others: then the timer runs out.
        over_ns = session.timer_end(request, exchange) if exchange == "SupportedAppProtocol" and truck.edition == ISO_20 else answer.t_ns
        session.safe_stop(over_ns, exchange=exchange, since=answer)
