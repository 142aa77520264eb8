"""Order and pace of the requests of a whole session (reference catalogue 9.3)."""

from itertools import pairwise

from harness.case import case
from harness.core import Inconclusive, Reason, ns_in

from ..words import EXCHANGES, ISO_2, OPTIONAL, request_of, timer_of
from .leaving import is_close
from .order import check_order, exchange_of, talk_of


def whole_session(bench, truck, session):
    """A session from the plug to the end of the connection, whatever the vehicle does; its first request.

    The station asks for the end after a while of charging.
    """
    since_ns = bench.now_ns
    session.plug_in()
    session.discovery(since=since_ns)
    first = session.request("SupportedAppProtocol", since=since_ns)
    until_ns = first.t_ns + truck.limit("approach.slow").upper_ns
    loop = request_of(session.loop)
    bench.wait_record(lambda record: is_close(record) or bool(bench.messages(loop)), since=first.t_ns - 1, until_ns=until_ns)
    if not bench.records(since=first.t_ns - 1, where=is_close):
        bench.run_for(truck.limit("stimulus.charge").nominal_ns)
        session.ask_to_stop()
    bench.wait_record(is_close, since=first.t_ns - 1, until_ns=bench.now_ns + truck.limit("approach.end").upper_ns)
    return first


def check_complete(check, edition, requests):
    """Check that *requests* go all the way to SessionStopReq, with energy in between."""
    seen = {exchange_of(request) for request in requests}
    missing = [name for name in EXCHANGES[edition] if name not in seen and name not in OPTIONAL[edition]]
    check("exchanges left out", ", ".join(missing) or "none", equals="none", message=requests[-1], note=f"{len(requests)} requests")


@case(
    "HV-SEQ-01",
    title="Order of the requests",
    purpose="In a whole session the vehicle sends every request of its protocol in its order; only loops are repeated.",
    refs=["V2G-DC-436..469", "V2G2-540..596"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["skips_pre_charge", "asks_for_services_twice", "keeps_tcp_open.SessionStop"],
    needs=["energise"],
    duration_s=60,
)
def test_order_of_requests(bench, truck, step, check, charger, session):
    with step(1, "Run a whole session, ask for its end while charging", expect="every request in the order of the protocol, none left out"):
        first = whole_session(bench, truck, session)
        requests = check_order(bench, check, truck.edition, since=first)
        check_complete(check, truck.edition, requests)
        closed = bench.records(since=requests[-1], where=is_close)
        check("TCP connection ended by the vehicle", "yes" if closed else "no", equals="yes", message=requests[-1])


@case(
    "HV-SEQ-02",
    title="Pace of the requests",
    purpose="After each response the next request comes within 40 s; the gaps of the charge loop are recorded.",
    refs=["V2G2-443"],
    basis="derived",
    confidence="low",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["parameters_after_41s"],
    needs=["energise"],
    duration_s=110,
)
def test_pace_of_requests(bench, truck, step, check, check_time, charger, session):
    with step(1, "Run a whole session, answer at once, ask for its end while charging", expect="every gap below 40 s"):
        first = whole_session(bench, truck, session)
        gaps = []
        talk = talk_of(bench, first)
        for response, request in pairwise(talk):
            if response.is_response and request.is_request:
                gaps.append((request.t_ns - response.t_ns, request))
        longest = max(gaps, key=lambda gap: gap[0])
        limit = truck.limit("sequence.gap")
        check_time(f"longest gap, before {longest[1].name}", longest[0], limit, message=longest[1], note=f"of {len(gaps)}")
        loops = [gap_ns for gap_ns, request in gaps if exchange_of(request) == session.loop][1:]
        check("gaps in the charge loop", len(loops), at_least=1, note=spread(loops))
        requests = [message for message in talk if message.is_request]
        check_complete(check, truck.edition, requests)


def spread(gaps):
    """Shortest, mean and longest of *gaps*."""
    if not gaps:
        return ""
    told = (min(gaps), sum(gaps) // len(gaps), max(gaps))
    return " / ".join(f"{ns_in(gap, 'ms'):.1f}" for gap in told) + " ms (shortest / mean / longest)"


@case(
    "HV-SEQ-03",
    title="One request at a time",
    purpose="The vehicle waits for slow responses: no second request before the response to the first.",
    refs=["ISO15118:?/one-request"],
    basis="derived",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["asks_twice_for_services", "gives_up_early.ServiceDiscovery", "gives_up_early.PreCharge@iso15118-2"],
    needs=["energise"],
    duration_s=120,
)
def test_one_request_at_a_time(bench, truck, step, check, charger, session):
    with step(
        1, "Answer every request after 90 % of its message timer, ask for the end while charging", expect="requests and responses alternate"
    ):
        share = int(truck.limit("stimulus.slow_response").value)
        if truck.edition == ISO_2:
            session.offer_added_service()
        for exchange in EXCHANGES[truck.edition]:
            charger.delay(exchange, truck.limit(timer_of(exchange)).upper_ns * share // 100)
        first = whole_session(bench, truck, session)
        talk = talk_of(bench, first)
        pairs = [after for before, after in pairwise(talk) if before.is_request and after.is_request]
        told = "none" if not pairs else f"{len(pairs)}, first {pairs[0].name}"
        check("requests before a response", told, equals="none", message=pairs[0] if pairs else None)
        requests = [message for message in talk if message.is_request]
        made_slow(check, truck, talk)
        check_complete(check, truck.edition, requests)


def made_slow(check, truck, talk):
    """Make sure that the responses took as long as they were to.

    Raises:
        Inconclusive: one came too soon.
    """
    least_pct = truck.limit("stimulus.slow_response").lower
    took = []
    for request, response in pairwise(talk):
        if request.is_request and response.is_response:
            timer_ns = truck.limit(timer_of(exchange_of(request))).upper_ns
            took.append(100 * (response.t_ns - request.t_ns) / timer_ns)
            if took[-1] < least_pct:
                raise Inconclusive(Reason.PRECONDITION, f"{response.name} of the tester came after {took[-1]:.0f} % of the message timer")
    check("slow responses, least", round(min(took)), at_least=int(least_pct), unit="%", note=f"{len(took)} responses")
