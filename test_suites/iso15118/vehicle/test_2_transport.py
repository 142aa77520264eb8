"""V2GTP frames: headers, pieces, surplus bytes, unreadable content (reference catalogue 9.2)."""

from harness.case import case
from harness.core import Chunk, Direction, Inconclusive, Reason
from harness.protocols.iso15118.message import CHARGER, UNREADABLE, V2gMessage

from ..words import EXCHANGES, ISO_20, request_of, response_of
from .approach import ADDED_SERVICE
from .hits import as_hits
from .raw import HEADER_BYTES

UNKNOWN_SERVICE = 62_002


def is_from_tester(record):
    """Bytes of the tester's station."""
    return isinstance(record.pdu, Chunk) and record.direction is Direction.TX and bool(record.pdu.data)


def with_header(data, *, length=None):
    """The frame *data* with another length field, by default the right one."""
    length = len(data) - HEADER_BYTES if length is None else length
    return data[:4] + length.to_bytes(4, "big") + data[HEADER_BYTES:]


@case(
    "HV-TP-01",
    title="V2GTP header of the first request",
    purpose="The first request on TCP stands in a V2GTP frame of payload type 8001 whose length field is right.",
    refs=["ISO15118:?/v2gtp-header"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["first_request_of_type_8002", "first_request_with_wrong_length", "first_request_with_wrong_version"],
    duration_s=5,
)
def test_header_of_the_first_request(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to the first bytes on TCP", expect="a header of 01 FE 8001 with the length of what follows"):
        charger.withhold("SupportedAppProtocol")
        since_ns = bench.now_ns
        session.plug_in()
        session.discovery(since=since_ns)
        limit = truck.limit("approach.request")
        first = bench.wait_record(is_first_bytes, since=since_ns, until_ns=bench.now_ns + limit.upper_ns)
        if first is None:
            raise Inconclusive(Reason.PRECONDITION, "the vehicle sent nothing on TCP")
        bench.run_for(truck.limit("stimulus.bytes_watch").nominal_ns)
        if bench.records(since=first.t_ns - 1, where=is_from_tester):
            raise Inconclusive(Reason.PRECONDITION, "the tester answered, so that more than one request was sent")
        sent = b"".join(record.pdu.data for record in bench.records(since=first.t_ns - 1, where=is_first_bytes))
        frame = f"frame {first.number}"
        check("version and payload type", sent[:4].hex(" ").upper(), equals="01 FE 80 01", note=frame)
        check("length field", int.from_bytes(sent[4:HEADER_BYTES], "big"), equals=len(sent) - HEADER_BYTES, note=frame)


def is_first_bytes(record):
    """Bytes of the vehicle on TCP."""
    return isinstance(record.pdu, Chunk) and record.direction is Direction.RX and bool(record.pdu.data)


@case(
    "HV-TP-02",
    title="Wrong header of a response",
    purpose="A response whose header has length 0, type 7001, version FF or inverse FF is ignored: the message timer runs out (SAFE-STOP).",
    refs=["ISO15118:?/v2gtp-ignored", "ISO15118:?/safe-stop"],
    basis="quoted",
    confidence="medium",
    pics="(E.CCS OR E.MCS) AND E.INVALID",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["response_with_wrong_header_taken", "gives_up_early.SessionSetup", "waits_for_ever.SessionSetup"],
    duration_s=40,
)
def test_wrong_header(bench, truck, step, check, charger, session):
    with step(1, "Answer SessionSetupReq with a header of length 0 and nothing behind it", expect="message timer, then SAFE-STOP"):
        ignored(session, lambda: charger.raw("SessionSetup", lambda data: data[:4] + bytes(4)))
    with step(2, "The same in a new session with payload type 7001", expect="message timer, then SAFE-STOP"):
        session.fresh()
        ignored(session, lambda: charger.header("SessionSetup", payload_type=0x7001))
    with step(3, "The same in a new session with version FF", expect="message timer, then SAFE-STOP"):
        session.fresh()
        ignored(session, lambda: charger.header("SessionSetup", version=0xFF))
    with step(4, "The same in a new session with inverse version FF", expect="message timer, then SAFE-STOP"):
        session.fresh()
        ignored(session, lambda: charger.header("SessionSetup", inverse=0xFF))


def ignored(session, order):
    """A session whose SessionSetupRes must be ignored."""
    request = session.good_up_to("SessionSetup", order)
    session.answer(request, name=UNREADABLE, what="wrong frame")
    session.no_response(request, "SessionSetup", ignored=UNREADABLE)


@case(
    "HV-TP-03",
    title="Response in pieces of one byte",
    purpose="Responses that come byte by byte within the message timer are understood.",
    refs=["ISO15118:?/v2gtp-stream"],
    basis="project",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["expects_whole_frames"],
    duration_s=10,
)
def test_response_in_pieces(bench, truck, step, check, charger, session):
    with step(
        1, "Send SessionSetupRes and the next two responses byte by byte, 10 ms apart", expect="the next request each time, up to the third"
    ):
        places = [name for name in EXCHANGES[truck.edition][1:] if name != "ServiceDetail"][:4]
        for exchange in places[:3]:
            charger.segments(exchange, 1, truck.limit("stimulus.piece_gap").nominal_ns)
        request = session.good_up_to(places[0])
        for exchange in places[1:]:
            following = bench.expect(request_of(exchange), within=truck.limit("approach.own_next"), after=request)
            pieces = [record for record in bench.records(since=request, where=is_from_tester) if record.t_ns < following.t_ns]
            if any(len(record.pdu.data) != 1 for record in pieces) or len(pieces) <= HEADER_BYTES:
                raise Inconclusive(Reason.PRECONDITION, "the tester did not send its response byte by byte")
            check(f"pieces before {following.name}", len(pieces), at_least=HEADER_BYTES + 1, message=following)
            request = following


@case(
    "HV-TP-04",
    title="Response twice in one segment",
    purpose="A response that comes twice is no answer to the next request: it is ignored, or the vehicle leaves (SAFE-STOP).",
    refs=["ISO15118:?/v2gtp-stream"],
    basis="project",
    confidence="medium",
    pics="(E.CCS OR E.MCS) AND E.INVALID",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["asks_twice_after_session_setup", "hangs_after_session_setup"],
    needs=["energise"],
    duration_s=60,
)
def test_response_twice(bench, truck, step, check, charger, session):
    with step(
        1,
        "Answer SessionSetupReq with two equal responses in one segment, and the next request not at all",
        expect="nothing is asked before an answer: either SAFE-STOP at once, or after the message timer of the next request",
    ):
        following = EXCHANGES[truck.edition][2]
        charger.withhold(following)
        request = session.good_up_to("SessionSetup", lambda: charger.raw("SessionSetup", lambda data: data + data))
        answer = session.answer(request, name="SessionSetupRes")
        copies = [one for one in bench.messages("SessionSetupRes", since=request) if one.frames == answer.frames]
        if len(copies) != 2:
            raise Inconclusive(Reason.PRECONDITION, f"{len(copies)} SessionSetupRes in the segment of the tester, the step needs 2")
        session.leaves_or_waits(answer, following)
    with step(2, "Unplug, plug in, and do everything right", expect="a complete session"):
        session.next_session()


@case(
    "HV-TP-05",
    title="Declared length larger than the data",
    purpose="A frame that says to be longer than it is never becomes complete: the message timer runs out (SAFE-STOP).",
    refs=["ISO15118:?/v2gtp-stream", "ISO15118:?/safe-stop"],
    basis="project",
    confidence="medium",
    pics="(E.CCS OR E.MCS) AND E.INVALID",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["waits_for_ever.SessionSetup", "gives_up_early.SessionSetup", "keeps_tcp_open.SessionSetup"],
    duration_s=15,
)
def test_frame_that_never_ends(bench, truck, step, check, charger, session):
    with step(1, "Answer SessionSetupReq with 1000 added to the length field", expect="message timer, then SAFE-STOP"):
        more = int(truck.limit("stimulus.length_added").value)
        make = lambda data: with_header(data, length=len(data) - HEADER_BYTES + more)  # noqa: E731
        request = session.good_up_to("SessionSetup", lambda: charger.raw("SessionSetup", make))
        until_ns = request.t_ns + truck.limit("approach.own").upper_ns
        if bench.wait_record(is_from_tester, since=request, until_ns=until_ns) is None:
            raise Inconclusive(Reason.PRECONDITION, "the tester sent no frame")
        session.no_response(request, "SessionSetup")


@case(
    "HV-TP-06",
    title="Response that cannot be decoded",
    purpose="After a response whose EXI stream is none of the schema the vehicle leaves (SAFE-STOP), and the next plug-in works.",
    refs=["V2G2-538", "ISO15118:?/safe-stop"],
    basis="derived",
    confidence="medium",
    pics="(E.CCS OR E.MCS) AND E.INVALID",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["unreadable_response_taken", "dead_after_unreadable_response", "keeps_tcp_open.SessionSetup"],
    needs=["energise"],
    duration_s=60,
)
def test_unreadable_response(bench, truck, step, check, charger, session):
    with step(1, "Answer SessionSetupReq with bytes that are no message", expect="SAFE-STOP"):
        make = lambda data: data[:HEADER_BYTES] + b"\xff" * (len(data) - HEADER_BYTES)  # noqa: E731
        request = session.good_up_to("SessionSetup", lambda: charger.raw("SessionSetup", make))
        answer = session.answer(request, name=UNREADABLE, what="unreadable response")
        session.safe_stop(answer, exchange="SessionSetup")
    with step(2, "Unplug, plug in, and do everything right", expect="a complete session"):
        session.next_session()


@case(
    "HV-TP-07",
    title="Zero byte behind the message",
    purpose="A zero byte behind the EXI stream, as some real controllers send it, does not matter.",
    refs=["ISO15118:?/trailing-byte"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["leaves_after_service_discovery"],
    needs=["energise"],
    duration_s=30,
)
def test_trailing_zero(bench, truck, step, check, charger, session):
    with step(1, "Append a zero byte to every response, and charge", expect="the session reaches charging and goes on"):
        charger.raw("", lambda data: with_header(data + b"\0"))
        since_ns = bench.now_ns
        session.plug_in()
        session.discovery(since=since_ns)
        request = bench.expect(request_of(session.loop), within=truck.limit("approach.request"), after=since_ns)
        messages = [message for message in bench.all_messages() if isinstance(message, V2gMessage)]
        answers = [message for message in messages if message.sender == CHARGER and message.connection]
        padded = [message for message in answers if message.data.endswith(b"\0") and "behind the message" in message.note]
        if len(padded) != len(answers):
            raise Inconclusive(Reason.PRECONDITION, f"{len(padded)} of {len(answers)} responses of the tester ended with a zero byte")
        check("responses with a zero byte behind", len(padded), at_least=1, message=request)
        bench.run_for(truck.limit("stimulus.charge").nominal_ns)
        session.completes()


@case(
    "HV-TP-08",
    title="Texts as references",
    purpose="A response whose repeated texts are references to earlier ones (EXI value hits) is understood.",
    refs=["ISO15118:?/value-hits"],
    basis="project",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["iso15118-2", "iso15118-20"],
    faults=["leaves_after_service_detail"],
    duration_s=10,
)
def test_texts_as_references(bench, truck, step, check, charger, session):
    with step(
        1,
        "Answer ServiceDetailReq, or ServiceDiscoveryReq where no detail is asked for, with repeated texts as references",
        expect="the session goes on with the selection of services",
    ):
        exchange = repeat_texts(truck, charger)
        schema = "iso20_common" if truck.edition == ISO_20 else "iso2"
        request = session.good_up_to(exchange, lambda: charger.raw(exchange, lambda data: as_hits(data, schema)))
        answer = session.answer(request, name=response_of(exchange), where=lambda one: "as a reference" in one.note, what="references")
        selection = "ServiceSelectionReq" if truck.edition == ISO_20 else "PaymentServiceSelectionReq"
        bench.expect(selection, within=truck.limit("approach.own_next"), after=answer)


def repeat_texts(truck, charger):
    """Let the station say the same texts more than once in one response; the exchange."""
    if truck.edition == ISO_20:
        return "ServiceDetail"  # Its parameter sets have the same names anyway.
    if truck.pics("E.VAS"):
        charger.services(added=[ADDED_SERVICE])
        sets = [{"ParameterSetID": number, "Parameter": [{"Name": "Protocol", "stringValue": "http"}]} for number in (1, 2)]
        charger.change("ServiceDetail", {"ServiceParameterList": {"ParameterSet": sets}})
        return "ServiceDetail"
    charger.services(added=[ADDED_SERVICE, {**ADDED_SERVICE, "ServiceID": UNKNOWN_SERVICE}])
    return "ServiceDiscovery"
