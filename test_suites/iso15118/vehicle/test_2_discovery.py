"""Discovery of the station (SDP): the requests of the vehicle, and answers that are late, wrong, or two (reference catalogue 9.2)."""

from itertools import pairwise

from harness.case import case
from harness.core import Inconclusive, Reason

from .raw import HEADER_BYTES, is_discovery, is_opening
from .seeking import is_answer

REQUEST_HEADER = bytes.fromhex("01FE900000000002")
ALL_NODES = "[ff02::1]:15118"
SECURITY = {0x00: "TLS", 0x10: "no TLS"}


def with_payload(length):
    """A discovery response whose payload has *length* bytes."""

    def make(data):
        payload = data[HEADER_BYTES:].ljust(length, b"\0")[:length]
        return data[:4] + length.to_bytes(4, "big") + payload

    return make


@case(
    "HV-SDP-01",
    title="SDP request is well formed",
    purpose="The discovery request has the right header, length and contents, and goes to the right address.",
    refs=["ISO15118:?/sdp-request"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["sdp_request_too_long", "sdp_request_asks_for_udp", "sdp_request_of_unknown_security", "sdp_request_with_wrong_version"],
    duration_s=5,
)
def test_request_is_well_formed(bench, truck, step, check, charger, seeking):
    with step(
        1,
        "Plug in and look at the first datagram",
        expect="V2GTP 01 FE 9000, length 2; security 00 or 10, transport 00; to ff02::1:15118",
    ):
        record = seeking.begin()
        data, frame = record.pdu.data, f"frame {record.number}"
        check("header", data[:HEADER_BYTES].hex(" ").upper(), equals=REQUEST_HEADER.hex(" ").upper(), note=frame)
        check("bytes behind the header", len(data) - HEADER_BYTES, equals=2, note=frame)
        told = data[HEADER_BYTES] if len(data) > HEADER_BYTES else -1
        known = "00 or 10"
        check("security", known if told in SECURITY else f"{told:02X}", equals=known, note=f"{told:02X}, {SECURITY.get(told, 'unknown')}")
        check("transport", data[HEADER_BYTES + 1 : HEADER_BYTES + 2].hex(), equals="00", note=frame)
        check("destination", record.pdu.destination, equals=ALL_NODES, note=frame)


@case(
    "HV-SDP-02",
    title="SDP request repeated when unanswered",
    purpose="While no answer comes the vehicle repeats its discovery request every 250 ms with the same contents.",
    refs=["ISO15118:?/sdp-repetition"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["sdp_not_repeated", "sdp_repeated_after_1s", "sdp_repeated_with_other_security"],
    duration_s=10,
)
def test_request_is_repeated(bench, truck, step, check, check_time, charger, seeking):
    with step(1, "Plug in and do not answer the discovery", expect="a first request"):
        charger.sdp_silent()
        first = seeking.begin()
        check("discovery request", "seen", equals="seen", note=f"frame {first.number}")
    with step(2, "Stay silent", expect="the same request again and again, 250 ms apart (up to 500 ms)"):
        limit = truck.limit("sdp.interval")
        bench.run_for(truck.limit("stimulus.sdp_watch").nominal_ns)
        bench.withheld("SECCDiscoveryRes", since=first.t_ns - 1)
        requests = bench.records(since=first.t_ns - 1, where=is_discovery)
        gaps = [(after.t_ns - before.t_ns, after) for before, after in pairwise(requests)]
        count = truck.limit("stimulus.sdp_watch").nominal_ns // limit.upper_ns
        check("discovery requests", len(requests), at_least=count)
        for name, (gap_ns, record) in (("shortest", min(gaps, default=(0, None))), ("longest", max(gaps, default=(0, None)))):
            if record is not None:
                check_time(f"interval of discovery requests, {name}", gap_ns, limit, note=f"frame {record.number}")
        others = [record for record in requests if record.pdu.data != first.pdu.data]
        check("requests of other contents", len(others), equals=0)


@case(
    "HV-SDP-03",
    title="SDP gives up",
    purpose="Without any answer the vehicle sends at most 50 requests, ends the setup after 20 s, and never leaves state B.",
    refs=["ISO15118:?/sdp-repetition", "ISO15118:?/setup-time"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["sdp_never_gives_up", "sdp_gives_up_after_60_requests", "state_c_without_communication"],
    duration_s=35,
)
def test_discovery_gives_up(bench, truck, step, check, charger, seeking):
    with step(1, "Plug in and do not answer the discovery", expect="a first request"):
        charger.sdp_silent()
        first = seeking.begin()
        check("discovery request", "seen", equals="seen", note=f"frame {first.number}")
    with step(2, "Stay silent for the setup time and longer", expect="no more than 50 requests, none after 20 s; state B all the time"):
        seeking.let_setup_pass(first)
        bench.withheld("SECCDiscoveryRes", since=first.t_ns - 1)
        requests = seeking.gave_up(first)
        check("discovery requests", len(requests), limit=truck.limit("sdp.requests"))
        seeking.opens_none(first.t_ns)


@case(
    "HV-SDP-04",
    title="Answer to the 50th request",
    purpose="The vehicle takes an answer to its last discovery request.",
    refs=["ISO15118:?/sdp-repetition"],
    basis="project",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["sdp_late_answer_ignored"],
    duration_s=25,
)
def test_last_request_is_answered(bench, truck, step, check, charger, seeking):
    count = int(truck.limit("sdp.requests").upper)
    with step(1, "Plug in and answer none but the 50th request", expect="50 requests"):
        charger.sdp_silent(count - 1)
        first = seeking.begin()
        until_ns = first.t_ns + truck.limit("setup.vehicle").upper_ns
        answered = bench.wait_record(is_answer, since=first.t_ns - 1, until_ns=until_ns)
        asked = len(bench.records(since=first.t_ns - 1, where=is_discovery))
        if answered is None or asked != count:
            raise Inconclusive(Reason.PRECONDITION, f"the vehicle sent {asked} requests, the tester answers the {count}th only")
        check("discovery requests", asked, equals=count)
    with step(2, "Wait", expect="the vehicle opens a TCP connection"):
        seeking.connects(answered.t_ns - 1)


@case(
    "HV-SDP-05",
    title="Wrong payload length in the SDP response",
    purpose="A discovery response whose payload has 0, 19 or 21 bytes is ignored and the request repeated.",
    refs=["ISO15118:?/sdp-response"],
    basis="quoted",
    confidence="medium",
    pics="(E.CCS OR E.MCS) AND E.INVALID",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["sdp_answer_of_any_length_taken"],
    duration_s=10,
)
def test_response_of_wrong_length(bench, truck, step, check, charger, seeking):
    with step(
        1,
        "Plug in; answer the first three requests with payloads of 0, 19 and 21 bytes, the fourth rightly",
        expect="the request again after 250 ms (up to 500 ms) each time, no TCP connection; one after the right answer",
    ):
        orders = [lambda length=length: charger.sdp_raw(with_payload(length)) for length in (0, 19, 21)]
        seeking.ignores(orders)


@case(
    "HV-SDP-06",
    title="Wrong payload type of the SDP response",
    purpose="A discovery response of payload type 7000 or 9003 is ignored and the request repeated.",
    refs=["ISO15118:?/sdp-response"],
    basis="quoted",
    confidence="medium",
    pics="(E.CCS OR E.MCS) AND E.INVALID",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["sdp_answer_of_any_type_taken"],
    duration_s=10,
)
def test_response_of_wrong_type(bench, truck, step, check, charger, seeking):
    with step(
        1,
        "Plug in; answer the first two requests with payload types 7000 and 9003, the third rightly",
        expect="the request again after 250 ms (up to 500 ms) each time, no TCP connection; one after the right answer",
    ):
        orders = [lambda number=number: charger.sdp_header(payload_type=number) for number in (0x7000, 0x9003)]
        seeking.ignores(orders)


@case(
    "HV-SDP-07",
    title="Wrong version of the SDP response",
    purpose="A discovery response with version FF and inverse FE, or with inverse version FF, is ignored and the request repeated.",
    refs=["ISO15118:?/sdp-response"],
    basis="quoted",
    confidence="medium",
    pics="(E.CCS OR E.MCS) AND E.INVALID",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["sdp_answer_of_any_version_taken"],
    duration_s=10,
)
def test_response_of_wrong_version(bench, truck, step, check, charger, seeking):
    with step(
        1,
        "Plug in; answer the first request with FF FE, the second with 01 FF, the third rightly",
        expect="the request again after 250 ms (up to 500 ms) each time, no TCP connection; one after the right answer",
    ):
        orders = [lambda: charger.sdp_header(version=0xFF), lambda: charger.sdp_header(inverse=0xFF)]
        seeking.ignores(orders)


@case(
    "HV-SDP-09",
    title="Port that cannot be used",
    purpose="When the announced port is outside of the dynamic range, or closed, the vehicle gives up in its setup time and stays sane.",
    refs=["ISO15118:?/sdp-response", "ISO15118:?/setup-time"],
    basis="project",
    confidence="medium",
    pics="(E.CCS OR E.MCS) AND E.INVALID",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["dead_after_refused_connection", "connects_for_ever", "state_c_without_communication"],
    needs=["energise"],
    duration_s=90,
)
def test_port_of_no_use(bench, truck, step, check, check_time, charger, session, seeking):
    with step(1, "Plug in and announce port 1", expect="no message on TCP; nothing is asked any more after 20 s; state B all the time"):
        no_use(bench, check, check_time, truck, charger, seeking, port=1)
    with step(2, "The same with a dynamic port on which nobody listens", expect="the same"):
        session.fresh()
        no_use(bench, check, check_time, truck, charger, seeking, port=int(truck.limit("stimulus.closed_port").value))
    with step(3, "Unplug, plug in, and answer rightly", expect="a complete session"):
        session.next_session()


def no_use(bench, check, check_time, truck, charger, seeking, port):
    """A discovery that announces a port of no use."""
    charger.sdp_answer(port=port)
    first = seeking.begin()
    seeking.let_setup_pass(first)
    bench.given("SECCDiscoveryRes", since=first.t_ns, where=lambda message: message["SECCPort"] == port, what=f"port {port}")
    seeking.gave_up(first)
    tries = bench.records(since=first.t_ns, where=is_opening)
    if tries:
        check_time("last attempt to connect", tries[-1].t_ns - first.t_ns, truck.limit("setup.vehicle"), note=f"{len(tries)} attempts")
    asked = bench.messages("supportedAppProtocolReq", since=first.t_ns)
    check("requests on TCP", len(asked), equals=0)


@case(
    "HV-SDP-10",
    title="Address that is not link-local",
    purpose="The vehicle connects to no address that is not link-local.",
    refs=["ISO15118:?/sdp-response"],
    basis="project",
    confidence="medium",
    pics="(E.CCS OR E.MCS) AND E.INVALID",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["sdp_global_address_taken", "state_c_without_communication"],
    duration_s=35,
)
def test_global_address(bench, truck, step, check, charger, seeking):
    with step(
        1, "Plug in and announce the global address 2001:db8::1", expect="no TCP connection; no request after 20 s; state B all the time"
    ):
        charger.sdp_answer(address="2001:db8::1")
        first = seeking.begin()
        seeking.let_setup_pass(first)
        bench.given("SECCDiscoveryRes", since=first.t_ns, where=lambda message: message["SECCAddress"] == "2001:db8::1")
        seeking.gave_up(first)
        seeking.opens_none(first.t_ns)


@case(
    "HV-SDP-11",
    title="Two stations answer",
    purpose="Of two different discovery responses the vehicle uses the first, and opens one TCP connection only.",
    refs=["ISO15118:?/sdp-response"],
    basis="project",
    confidence="medium",
    pics="(E.CCS OR E.MCS) AND E.INVALID",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["sdp_second_answer_taken"],
    duration_s=10,
)
def test_two_answers(bench, truck, step, check, charger, seeking):
    with step(
        1,
        "Plug in; answer the first request twice, the second time with another address and port",
        expect="one TCP connection, to what was announced first; the session goes on to SessionSetupReq",
    ):
        other = int(truck.limit("stimulus.closed_port").value)
        charger.sdp_second(truck.limit("stimulus.second_answer").nominal_ns, address="fe80::ccc", port=other)
        first = seeking.begin()
        seeking.connects(first.t_ns)
        bench.run_for(truck.limit("approach.own").upper_ns)
        answers = bench.messages("SECCDiscoveryRes", since=first.t_ns - 1)
        bench.given("SECCDiscoveryRes", since=first.t_ns, where=lambda message: message["SECCPort"] == other, what="second answer")
        opened = seeking.opened(first.t_ns - 1)
        wanted = f"[{answers[0]['SECCAddress']}]:{answers[0]['SECCPort']}"
        check("TCP connections", len(opened), equals=1, message=answers[0])
        check("destination", opened[0] if opened else "none", equals=wanted, message=answers[0])
        bench.expect("SessionSetupReq", within=truck.limit("approach.own_next"), after=first.t_ns)
