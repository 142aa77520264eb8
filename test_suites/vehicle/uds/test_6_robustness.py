"""The bit for no positive response, reset, random requests, a passive look (reference catalogue UDS-SUP, RST, FUZ, LOG)."""

import random
from collections import Counter

from harness.case import case
from harness.core import Inconclusive, Reason
from harness.protocols.uds.addressing import ECU
from harness.protocols.uds.services import Nrc

from .diagnosis import PENDING, nrc_of, words

RESET = 0x11
LONGEST = 8
"""Bytes; what does not fit one frame goes out as a transfer."""
DEFINED = frozenset(Nrc)


@case(
    "UDS-SUP-053",
    title="No positive response wanted",
    purpose="The bit keeps a positive response back, but not a refusal.",
    refs=["ISO14229:?/suppress"],
    basis="quoted",
    confidence="medium",
    pics="D.UDS",
    faults=["suppress_ignored", "suppress_hides_refusals", "active_session_constant"],
    pixit=["diagnostic_address"],
    duration_s=10,
)
def test_no_positive_response_wanted(step, check, diagnosis):
    with step(1, "Send 10 83 and 3E 80", expect="No answers; the extended session is active"):
        diagnosis.ready()
        diagnosis.silent(diagnosis.ask("1083"), "10 83")
        diagnosis.silent(diagnosis.ask("3E80"), "3E 80")
        check("active session", diagnosis.session(), equals="03")
    with step(2, "Send 10 FF", expect="Refusal 12 or 7E"):
        diagnosis.refused(diagnosis.ask("10FF"), (0x12, 0x7E), "10 FF")


@case(
    "UDS-SUP-054",
    title="No positive response wanted of a slow service",
    purpose="After the word that the answer takes longer the answer comes, although it was not wanted.",
    refs=["ISO14229:?/suppress", "ISO14229:?/response-pending"],
    basis="quoted",
    confidence="medium",
    pics="D.UDS AND D.SLOW",
    faults=["suppress_drops_final"],
    pixit=["diagnostic_address", "slow_routine"],
    needs=["writes"],
    duration_s=20,
)
def test_no_positive_response_wanted_of_a_slow_service(truck, step, check, diagnosis):
    with step(1, "Start the slow routine with the bit set (31 81)", expect="78, in the end the positive answer"):
        diagnosis.extended()
        exchange = diagnosis.ask(f"3181{truck.pixit('slow_routine')}", patience_ns=truck.limit("uds.p2_star").upper_ns)
        check("words that it takes longer", "some" if exchange.pending else "none", equals="some", message=exchange.request)
        diagnosis.positive(exchange, "slow routine")


@case(
    "UDS-RST-055",
    title="Reset",
    purpose="A reset is answered; the unit is back in time and in the default session.",
    refs=["ISO14229:?/reset"],
    basis="derived",
    confidence="medium",
    pics="D.UDS",
    faults=["reset_keeps_session", "back_after_10s", "reset_unanswered", "back_after_3s"],
    pixit=["diagnostic_address"],
    needs=["writes"],
    duration_s=25,
)
def test_reset(bench, truck, step, check, check_time, diagnosis):
    with step(1, "Ask for a hard reset in the extended session (11 01)", expect="51 01"):
        diagnosis.extended()
        exchange = diagnosis.ask("1101")
        diagnosis.positive(exchange, "11 01")
    with step(2, "Read the active session until it is answered", expect="Within 2 s, default session"):
        since_ns = exchange.final.t_ns if exchange.final else bench.now_ns
        limit, told = truck.limit("uds.reset"), None
        while told is None and bench.now_ns < since_ns + 2 * limit.upper_ns:
            told = diagnosis.ask("22F186", patience_ns=truck.limit("uds.functional_silence").nominal_ns).final
        check("back after the reset", "yes" if told else "no", equals="yes")
        if told:
            check_time("time to be back", told.start_ns - since_ns, limit, message=told)
            check("active session", told.data[3:].hex(), equals="01", message=told)


@case(
    "UDS-FUZ-056",
    title="Random requests",
    purpose="1000 random requests bring defined refusals, answers of their service or nothing, and no reset.",
    refs=["ISO14229:?/robust"],
    basis="project",
    confidence="medium",
    pics="D.UDS",
    faults=["resets_on_some_requests", "refusal_undefined"],
    pixit=["diagnostic_address", "unit_address"],
    needs=["writes"],
    duration_s=120,
)
def test_random_requests(bench, truck, step, check, diagnosis):
    with step(1, "Send random requests of 1 to 8 bytes, resets left out", expect="Defined refusals, answers of the service, or none"):
        diagnosis.ready()
        draw, since_ns, odd = random.Random(truck.limit("uds.fuzz").key), bench.now_ns, []
        patience_ns = truck.limit("uds.fuzz_patience").nominal_ns
        count = int(truck.limit("uds.fuzz").value)
        untaken = []
        for data in [nonsense(draw) for _ in range(count)]:
            begin_ns = bench.now_ns - 1
            try:
                exchange = diagnosis.ask(data.hex(), patience_ns=patience_ns)
            except Inconclusive:
                untaken += announced(bench, begin_ns)
                diagnosis.pause("uds.n_bs_over")
                continue
            odd += [answer for answer in exchange.answers if not is_defined(data, answer)]
        check("transfers that the unit did not take", len(untaken), equals=0, message=untaken[0] if untaken else None)
        check("undefined answers", len(odd), equals=0, message=odd[0] if odd else None, note=words(odd[0]) if odd else "")
    with step(2, "Look for a reset, open the default session", expect="No new address claim, 50 01"):
        claims = [claim for claim in bench.messages("AddressClaimed", since=since_ns) if claim["source"] == diagnosis.unit]
        check("address claims", len(claims), equals=0, message=claims[0] if claims else None)
        diagnosis.positive(diagnosis.ask("1001"), "10 01")


def nonsense(draw):
    """A random request that is no reset."""
    while (data := draw.randbytes(draw.randint(1, LONGEST)))[0] == RESET:
        pass
    return data


def announced(bench, since_ns):
    """The tester's first frame after *since_ns*, whose request did not come to its end.

    Raises:
        Inconclusive: there was none; the unit is not to blame (reason PRECONDITION).
    """
    frames = bench.messages("TP.FF", since=since_ns, where=bench.is_ours)
    if not frames:
        raise Inconclusive(Reason.PRECONDITION, "a random request was not on the bus")
    return frames[:1]


def is_defined(request, answer):
    """Whether *answer* is a refusal with a defined code, or an answer of the service of *request*."""
    code = nrc_of(answer)
    if code is not None:
        return code in DEFINED and answer.data[1] == request[0] and len(answer.data) == 3
    return answer.data[0] == request[0] + 0x40 & 0xFF


@case(
    "UDS-FUZ-057",
    title="Unused target addresses",
    purpose="A request to an address that is not in use brings no answer.",
    refs=["ISO14229:?/addresses"],
    basis="project",
    confidence="medium",
    pics="D.UDS",
    faults=["answers_other_targets"],
    pixit=["diagnostic_address", "diagnostic_addresses"],
    needs=["active_bus"],
    duration_s=20,
)
def test_unused_target_addresses(bench, truck, step, check, tester, diagnosis):
    with step(1, "Read the active session of every unused address", expect="No answers"):
        diagnosis.ready()
        used = {int(each, 16) for each in str(truck.pixit("diagnostic_addresses")).split()}
        since_ns, unused = bench.now_ns - 1, [target for target in diagnosis.addresses if target not in used]
        for target in unused:
            tester.uds(bytes.fromhex("22F186"), target)
            diagnosis.pause("uds.fuzz_gap")
        diagnosis.pause("uds.patience")
        asked = {one["target"] for one in bench.messages("ReadDataByIdentifier.Req", since=since_ns) if bench.is_ours(one)}
        if asked != set(unused):
            raise Inconclusive(Reason.PRECONDITION, f"{len(asked)} of {len(unused)} requests were on the bus")
        answers = [
            message for message in bench.all_messages() if message.t_ns > since_ns and message.sender == ECU and not bench.is_ours(message)
        ]
        check("answers", len(answers), equals=0, message=answers[0] if answers else None, note=f"{len(asked)} addresses")


@case(
    "UDS-LOG-060",
    title="Passive look at diagnostics",
    purpose="In what was recorded every request is answered in time and every announced answer comes.",
    refs=["ISO14229:?/p2", "ISO14229:?/response-pending"],
    basis="project",
    confidence="medium",
    pics="D.UDS AND D.SLOW",
    faults=["silent_after_pending", "answers_after_120ms"],
    pixit=["diagnostic_address", "slow_routine"],
    needs=["writes"],
    duration_s=30,
)
def test_passive_look(bench, truck, step, check, check_time, diagnosis):
    with step(1, "Ask for this and that", expect="Requests on the bus"):
        diagnosis.extended()
        requests = ("22F190", "22FFFF", f"3101{truck.pixit('slow_routine')}", "22F187", "1902FF", "1001")
        since_ns = bench.now_ns - 1
        asked = [diagnosis.ask(data, patience_ns=truck.limit("uds.p2_star").upper_ns) for data in requests]
        bench.given("ReadDataByIdentifier.Req", since=since_ns, where=bench.is_ours, what="requests")
    with step(2, "Look at what was recorded", expect="Each answer within P2 or P2*, none missing"):
        codes: Counter[int] = Counter()
        latest = []
        for exchange in asked:
            before_ns = exchange.request.t_ns
            for number, answer in enumerate(exchange.answers):
                limit = truck.limit("uds.p2_star") if number else truck.limit("uds.p2")
                latest.append(((answer.start_ns - before_ns) / limit.upper_ns, answer.start_ns - before_ns, limit, answer))
                before_ns = answer.t_ns
                if (code := nrc_of(answer)) is not None:
                    codes[code] += 1
        ended = sum(exchange.final is not None for exchange in asked)
        told = ", ".join(f"{code:02X}: {count}" for code, count in sorted(codes.items()))
        check("requests with a final answer", ended, equals=len(asked), note=f"refusals {told}; of them {PENDING:02X} announces an answer")
        if latest:
            _, elapsed_ns, limit, answer = max(latest, key=lambda row: row[0])
            check_time("latest answer", elapsed_ns, limit, message=answer)
