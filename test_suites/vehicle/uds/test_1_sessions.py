"""Sessions, times, busy units (reference catalogue UDS-SES, UDS-TIM)."""

from harness.case import case
from harness.core import Inconclusive, Reason

from .diagnosis import words

BUSY = 0x21


@case(
    "UDS-SES-001",
    title="Default session",
    purpose="The unit opens the default session and tells P2 and P2* as declared, within P2.",
    refs=["ISO14229:?/sessions", "ISO14229:?/p2"],
    basis="quoted",
    confidence="medium",
    pics="D.UDS",
    faults=["session_times_missing", "session_times_other", "answers_after_120ms"],
    pixit=["diagnostic_address", "p2_ms", "p2_star_ms"],
    duration_s=8,
)
def test_default_session(truck, step, check, check_time, diagnosis):
    with step(1, "Ask for the default session (10 01)", expect="50 01 with P2 and P2* as declared"):
        diagnosis.ready()
        exchange = diagnosis.ask("1001")
        told = diagnosis.positive(exchange, "10 01")
        check("length of the answer", len(told), equals=5, message=exchange.final)
        if len(told) == 5:
            check("P2", int.from_bytes(told[1:3], "big"), equals=int(truck.pixit("p2_ms")), unit="ms", message=exchange.final)
            check("P2*", 10 * int.from_bytes(told[3:5], "big"), equals=int(truck.pixit("p2_star_ms")), unit="ms", message=exchange.final)
    with step(2, "Look at the time of the answer", expect="Within P2"):
        if exchange.answers:
            first = exchange.answers[0]
            check_time("time of the answer", first.start_ns - exchange.request.t_ns, truck.limit("uds.p2"), message=first)
        else:
            check("answer", "none", equals="seen", message=exchange.request)


@case(
    "UDS-SES-002",
    title="Extended session",
    purpose="The unit opens the extended session and tells that it is the active one.",
    refs=["ISO14229:?/sessions"],
    basis="quoted",
    confidence="medium",
    pics="D.UDS",
    faults=["extended_session_refused", "active_session_constant"],
    pixit=["diagnostic_address"],
    duration_s=8,
)
def test_extended_session(step, check, diagnosis):
    with step(1, "Ask for the extended session (10 03)", expect="50 03"):
        diagnosis.ready()
        told = diagnosis.positive(diagnosis.ask("1003"), "10 03")
        check("session in the answer", told[:1].hex(), equals="03")
    with step(2, "Read the active session (22 F186)", expect="03"):
        check("active session", diagnosis.session(), equals="03")


@case(
    "UDS-SES-003",
    title="Programming session from the default session",
    purpose="What a request for the programming session brings in the default session is what the maker declares.",
    refs=["ISO14229:?/sessions"],
    basis="derived",
    confidence="medium",
    pics="D.UDS",
    faults=["programming_from_default"],
    pixit=["diagnostic_address", "programming_entry"],
    needs=["writes"],
    duration_s=8,
)
def test_programming_session(truck, step, check, diagnosis):
    with step(
        1, "Ask for the programming session (10 02) in the default session", expect="As declared: refused with 22 or 7E, or accepted"
    ):
        diagnosis.ready()
        exchange = diagnosis.ask("1002")
        if truck.pixit("programming_entry") == "refused":
            diagnosis.refused(exchange, (0x22, 0x7E), "10 02")
        else:
            diagnosis.positive(exchange, "10 02")


@case(
    "UDS-SES-004",
    title="S3 timeout",
    purpose="Without requests the extended session stays for 4.5 s and is over after 5.5 s.",
    refs=["ISO14229:?/s3"],
    basis="quoted",
    confidence="medium",
    pics="D.UDS",
    faults=["s3_of_60s", "s3_of_2s"],
    pixit=["diagnostic_address"],
    duration_s=20,
)
def test_s3_timeout(step, check, diagnosis):
    with step(1, "Open the extended session, 4.5 s of silence, read the active session", expect="03"):
        diagnosis.extended()
        diagnosis.pause("uds.s3_kept")
        check("active session after 4.5 s", diagnosis.session(), equals="03")
    with step(2, "5.5 s of silence, read the active session", expect="01"):
        diagnosis.pause("uds.s3_over")
        check("active session after 5.5 s", diagnosis.session(), equals="01")


@case(
    "UDS-SES-005",
    title="Tester present",
    purpose="Tester present every 2 s without answer keeps the session and brings no frames.",
    refs=["ISO14229:?/s3", "ISO14229:?/suppress"],
    basis="quoted",
    confidence="medium",
    pics="D.UDS",
    faults=["tester_present_unheard", "suppress_ignored"],
    pixit=["diagnostic_address"],
    duration_s=35,
)
def test_tester_present(bench, truck, step, check, tester, diagnosis):
    with step(1, "Open the extended session, send 3E 80 every 2 s for 20 s", expect="No answers"):
        diagnosis.extended()
        since_ns, every_ns = bench.now_ns, truck.limit("uds.s3_client").nominal_ns
        tester.tester_present(every_ns, diagnosis.address)
        diagnosis.pause("uds.presence")
        tester.tester_present(0, diagnosis.address)
        diagnosis.pause("uds.patience")
        least = truck.limit("uds.presence").nominal_ns // every_ns - 1
        bench.given("TesterPresent.Req", since=since_ns, at_least=least, where=bench.is_ours, what="tester present")
        heard = diagnosis.heard(since=since_ns)
        check("answers", len(heard), equals=0, message=heard[0] if heard else None)
    with step(2, "Read the active session", expect="03"):
        check("active session", diagnosis.session(), equals="03")


@case(
    "UDS-SES-006",
    title="Two requests at once",
    purpose="Of two session changes at once the first is answered; the second is ignored, refused as busy, or answered after it.",
    refs=["ISO14229:?/busy"],
    basis="derived",
    confidence="medium",
    pics="D.UDS",
    faults=["first_request_forgotten", "busy_told_otherwise", "active_session_constant"],
    pixit=["diagnostic_address"],
    duration_s=8,
)
def test_two_requests_at_once(bench, step, check, tester, diagnosis):
    with step(
        1, "Send 10 03 and 10 01 one after the other", expect="Answer to the first one, none, 21 or an answer after it to the second"
    ):
        diagnosis.ready()
        since_ns = bench.now_ns - 1
        tester.uds(bytes.fromhex("1003"), diagnosis.address)
        tester.uds(bytes.fromhex("1001"), diagnosis.address)
        diagnosis.sent("1001", since=since_ns)
        diagnosis.pause("uds.patience")
        bench.given("DiagnosticSessionControl.Req", since=since_ns, at_least=2, where=bench.is_ours, what="two requests")
        answers = diagnosis.heard(since=since_ns, sid=0x10)
        sessions = [answer.data[1] for answer in answers if answer.data[0] == 0x50]
        refusals = [words(answer) for answer in answers if answer.data[0] != 0x50 and answer.data[2] != BUSY]
        check("first positive answer", f"{sessions[0]:02X}" if sessions else "none", equals="03", message=answers[0] if answers else None)
        check("other refusals than busy", len(refusals), equals=0, message=answers[0] if answers else None)
        check("answers", len(answers), at_most=2)
    with step(2, "Read the active session", expect="That of the last positive answer"):
        check("active session", diagnosis.session(), equals=f"{sessions[-1]:02x}" if sessions else "03")


@case(
    "UDS-SES-{row}",
    rows="refusals.toml",
    where="session",
    title="{title}",
    purpose="{purpose}",
    refs=["{ref}"],
    basis="{basis}",
    confidence="medium",
    pics="D.UDS",
    faults=["{fault}"],
    pixit=["diagnostic_address"],
    duration_s=8,
)
def test_refused_request(step, diagnosis, row):
    with step(1, "Send {shown}", expect="{expect}"):
        diagnosis.ready()
        diagnosis.refused(diagnosis.ask(row["request"]), row["codes"], row["shown"])


@case(
    "UDS-SES-009",
    title="Unknown service to everybody",
    purpose="A service that nobody knows, asked of everybody, brings no answer.",
    refs=["ISO14229:?/functional"],
    basis="quoted",
    confidence="medium",
    pics="D.UDS",
    faults=["refusals_to_all"],
    pixit=["diagnostic_address"],
    duration_s=8,
)
def test_unknown_service_to_everybody(truck, step, diagnosis):
    with step(1, "Ask everybody for service BA", expect="No answer for P2 and 50 ms"):
        diagnosis.ready()
        patience_ns = truck.limit("uds.functional_silence").nominal_ns
        diagnosis.silent(diagnosis.ask("BA", functional=True, patience_ns=patience_ns), "service BA to everybody")


@case(
    "UDS-TIM-011",
    title="Time of answers",
    purpose="The first frame of the answer comes within P2 in each of 100 requests.",
    refs=["ISO14229:?/p2"],
    basis="quoted",
    confidence="medium",
    pics="D.UDS",
    faults=["answers_after_120ms"],
    pixit=["diagnostic_address"],
    duration_s=30,
)
def test_time_of_answers(truck, step, check, check_time, diagnosis):
    with step(1, "Read the VIN 100 times", expect="Every answer begins within P2"):
        diagnosis.ready()
        exchanges = [diagnosis.ask("22F190") for _ in range(int(truck.limit("uds.repeats").value))]
        times = sorted((one.answers[0].start_ns - one.request.t_ns, index) for index, one in enumerate(exchanges) if one.answers)
        check("requests answered", len(times), equals=len(exchanges))
        if times:
            spread = f"least {times[0][0] / 1e6:.3f} ms, median {times[len(times) // 2][0] / 1e6:.3f} ms"
            slowest = exchanges[times[-1][1]].answers[0]
            check_time("longest time of an answer", times[-1][0], truck.limit("uds.p2"), message=slowest, note=spread)


@case(
    "UDS-TIM-012",
    title="Answers that take longer",
    purpose="A service that takes longer is announced by 78 within P2 and again within P2* until its answer comes.",
    refs=["ISO14229:?/response-pending"],
    basis="quoted",
    confidence="medium",
    pics="D.UDS AND D.SLOW",
    faults=["silent_after_pending", "pending_after_120ms", "pending_never"],
    pixit=["diagnostic_address", "slow_routine"],
    needs=["writes"],
    duration_s=20,
)
def test_answers_that_take_longer(truck, step, check, check_time, diagnosis):
    with step(1, "Start the slow routine in the extended session", expect="78 within P2, each further one and the answer within P2*"):
        diagnosis.extended()
        exchange = diagnosis.ask(f"3101{truck.pixit('slow_routine')}", patience_ns=truck.limit("uds.p2_star").upper_ns)
        check("words that it takes longer", "some" if exchange.pending else "none", equals="some", message=exchange.request)
        last_ns = exchange.request.t_ns
        for number, answer in enumerate(exchange.answers):
            limit = truck.limit("uds.p2_star") if number else truck.limit("uds.p2")
            check_time(f"time to word {number + 1}", answer.start_ns - last_ns, limit, message=answer)
            last_ns = answer.t_ns
    with step(2, "Look at the end", expect="Positive answer"):
        diagnosis.positive(exchange, "slow routine")


@case(
    "UDS-TIM-013",
    title="Requests without a pause",
    purpose="A request right after an answer is answered.",
    refs=["ISO14229:?/busy"],
    basis="derived",
    confidence="medium",
    pics="D.UDS",
    faults=["deaf_after_answer"],
    pixit=["diagnostic_address"],
    duration_s=8,
)
def test_requests_without_a_pause(step, check, diagnosis):
    with step(1, "Read the active session twice, the second time right after the answer", expect="Both answered"):
        diagnosis.ready()
        first = diagnosis.ask("22F186")
        second = diagnosis.ask("22F186")
        diagnosis.positive(first, "first request")
        diagnosis.positive(second, "second request")


@case(
    "UDS-TIM-014",
    title="Request while the unit works",
    purpose="A request during a slow service is refused as busy or ignored, and the slow service ends as ever.",
    refs=["ISO14229:?/busy"],
    basis="derived",
    confidence="medium",
    pics="D.UDS AND D.SLOW",
    faults=["falls_when_asked_twice", "first_request_forgotten", "busy_told_otherwise"],
    pixit=["diagnostic_address", "slow_routine"],
    needs=["writes"],
    duration_s=20,
)
def test_request_while_the_unit_works(bench, truck, step, check, tester, diagnosis):
    with step(1, "Start the slow routine and read the active session meanwhile", expect="No answer, 21, or the answer"):
        diagnosis.extended()
        since_ns, data = bench.now_ns - 1, f"3101{truck.pixit('slow_routine')}"
        tester.uds(bytes.fromhex(data), diagnosis.address)
        slow = diagnosis.sent(data, since=since_ns)
        diagnosis.pause("uds.patience")
        if not diagnosis.heard(since=slow.t_ns, sid=0x31):
            raise Inconclusive(Reason.PRECONDITION, "the unit did not say that the routine takes longer")
        other = diagnosis.ask("22F186")
        is_fine = other.final is None or other.data[0] == 0x62 or other.data[2:3] == bytes((BUSY,))
        check("answer to the second request", "fine" if is_fine else words(other.final), equals="fine", message=other.request)
    with step(2, "Wait for the slow routine", expect="Positive answer"):
        diagnosis.positive(diagnosis.answered(slow, patience_ns=truck.limit("uds.p2_star").upper_ns), "slow routine")
