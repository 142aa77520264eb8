"""Headers, streams and diagnostic messages (reference catalogue DOIP)."""

import random

from harness.case import case
from harness.core import Inconclusive, Reason
from harness.protocols.doip.codec import DoipMessage, frame
from harness.protocols.doip.tables import LAYOUTS, PayloadType

from .gateway import MAIN, READ_VIN, SUCCESS

ANSWER, ACK, NACK, HEADER_NACK = "ReadDataByIdentifier.Res", "DoIP.DiagnosticAck", "DoIP.DiagnosticNack", "DoIP.HeaderNack"
INCORRECT_PATTERN, UNKNOWN_TYPE, TOO_LARGE, INVALID_LENGTH = 0, 1, 2, 4
INVALID_SOURCE, UNKNOWN_TARGET = 2, 3
NO_SUCH_TYPE = 0x1234
LONGEST = 0xFFFFFFFF
REQUESTS = (READ_VIN, bytes.fromhex("22F18C"), bytes.fromhex("3E00"))


@case(
    "DOIP-004",
    title="Diagnostic message before the activation",
    purpose="A diagnostic message on a connection without routing activation is refused or ends the connection.",
    refs=["ISO13400-2:?/activation", "ISO13400-2:?/diagnostics"],
    basis="quoted",
    confidence="medium",
    pics="N.DOIP",
    faults=["serves_before_activation"],
    pixit=["doip_testers", "doip_target"],
    duration_s=10,
)
def test_diagnostics_before_activation(step, gateway):
    with step(1, "Send a diagnostic message on a fresh connection", expect="Refusal or end of the connection, no answer of the unit"):
        gateway.found()
        gateway.connect()
        gateway.refused(to=gateway.sent(gateway.diagnostic(READ_VIN)))


@case(
    "DOIP-005",
    title="Wrong pattern",
    purpose="A header whose inverse version does not match is refused with code 00, and the connection is closed.",
    refs=["ISO13400-2:?/header"],
    basis="quoted",
    confidence="medium",
    pics="N.DOIP",
    faults=["wrong_pattern_keeps_socket", "header_refusals_untold", "header_refusals_out_of_memory"],
    pixit=["doip_testers"],
    duration_s=10,
)
def test_wrong_pattern(truck, step, check, gateway):
    with step(1, "Send a header with a wrong inverse version", expect="Refusal with code 00"):
        gateway.activated()
        request = gateway.sent(frame(PayloadType.ALIVE_REQ, version=2, inverse=2))
        refusal = gateway.answered(HEADER_NACK, to=request, limit=truck.limit("doip.control"), what="refusal of the header")
        check("code", refusal["code"], equals=INCORRECT_PATTERN, message=refusal)
    with step(2, "Wait", expect="Connection closed"):
        gateway.closed(to=request, limit=truck.limit("doip.close"))


@case(
    "DOIP-006",
    title="Unknown payload type",
    purpose="An unknown payload type is refused with code 01, and the connection stays open and in use.",
    refs=["ISO13400-2:?/header"],
    basis="quoted",
    confidence="medium",
    pics="N.DOIP",
    faults=["unknown_type_closes_socket", "header_refusals_untold", "header_refusals_out_of_memory"],
    pixit=["doip_testers", "doip_target"],
    duration_s=10,
)
def test_unknown_payload_type(truck, step, check, gateway):
    with step(1, "Send a message of an unknown type", expect="Refusal with code 01"):
        gateway.activated()
        request = gateway.sent(frame(NO_SUCH_TYPE, b"\x01\x02"))
        refusal = gateway.answered(HEADER_NACK, to=request, limit=truck.limit("doip.control"), what="refusal of the header")
        check("code", refusal["code"], equals=UNKNOWN_TYPE, message=refusal)
    with step(2, "Wait, then send a diagnostic message", expect="Connection open, message acknowledged"):
        gateway.stays_open(to=request, during_ns=truck.limit("doip.control").upper_ns)
        request = gateway.sent(gateway.diagnostic(READ_VIN))
        gateway.answered(ACK, to=request, limit=truck.limit("doip.ack"), what="acknowledgement")


@case(
    "DOIP-007",
    title="Message too long",
    purpose="A message that is announced longer than the entity takes is refused with code 02 or 04.",
    refs=["ISO13400-2:?/header"],
    basis="quoted",
    confidence="medium",
    pics="N.DOIP",
    faults=["header_refusals_untold", "header_refusals_out_of_memory"],
    pixit=["doip_testers"],
    duration_s=10,
)
def test_message_too_long(truck, step, check, gateway):
    with step(1, "Announce a diagnostic message of the greatest length", expect="Refusal with code 02 or 04"):
        gateway.activated()
        request = gateway.sent(frame(PayloadType.ALIVE_REQ) + frame(PayloadType.DIAGNOSTIC, length=LONGEST))
        refusal = gateway.answered(HEADER_NACK, to=request, limit=truck.limit("doip.control"), what="refusal of the header")
        is_right = refusal["code"] in (TOO_LARGE, INVALID_LENGTH)
        check("code", "02 or 04" if is_right else f"{refusal['code']:02X}", equals="02 or 04", message=refusal)


@case(
    "DOIP-011",
    title="Message in pieces",
    purpose="A message that comes in segments of one byte is read.",
    refs=["ISO13400-2:?/stream"],
    basis="derived",
    confidence="medium",
    pics="N.DOIP",
    faults=["fragments_lost", "answers_lost_over_ip"],
    pixit=["doip_testers", "doip_target"],
    duration_s=10,
)
def test_message_in_pieces(truck, step, gateway):
    with step(1, "Send a diagnostic message byte by byte", expect="Acknowledged and answered"):
        gateway.activated()
        request = gateway.sent(gateway.diagnostic(READ_VIN), segments=1)
        gateway.answered(ACK, to=request, limit=truck.limit("doip.ack"), what="acknowledgement")
        gateway.answered(ANSWER, to=request, limit=truck.limit("doip.answer"), what="answer of the unit")


@case(
    "DOIP-012",
    title="Messages in one segment",
    purpose="Three messages in one segment are all read.",
    refs=["ISO13400-2:?/stream"],
    basis="derived",
    confidence="medium",
    pics="N.DOIP",
    faults=["reads_first_of_segment", "closes_on_coalesced"],
    pixit=["doip_testers", "doip_target"],
    duration_s=10,
)
def test_messages_in_one_segment(bench, truck, step, check, gateway):
    with step(1, "Send three diagnostic messages in one segment", expect="Three acknowledgements, connection open"):
        gateway.activated()
        request = gateway.sent(b"".join(gateway.diagnostic(data) for data in REQUESTS))
        gateway.stays_open(to=request, during_ns=truck.limit("doip.ack").upper_ns)
        check("acknowledgements", len(gateway.replies(ACK, to=request)), equals=len(REQUESTS), message=request)


@case(
    "DOIP-013",
    title="Acknowledgement before the answer",
    purpose="A diagnostic message is acknowledged, then answered, and the VIN is the same as on the bus.",
    refs=["ISO13400-2:?/diagnostics"],
    basis="quoted",
    confidence="medium",
    pics="N.DOIP AND D.UDS",
    faults=["acknowledges_after_answer", "acknowledgement_untold", "vin_over_ip_differs", "answers_lost_over_ip"],
    pixit=["doip_testers", "doip_target", "diagnostic_address"],
    duration_s=12,
)
def test_acknowledgement_before_answer(bench, truck, step, check, tester, gateway):
    with step(1, "Read the VIN over IP", expect="Acknowledgement, then the answer"):
        gateway.activated()
        request = gateway.sent(gateway.diagnostic(READ_VIN))
        ack = gateway.answered(ACK, to=request, limit=truck.limit("doip.ack"), what="acknowledgement")
        answer = gateway.answered(ANSWER, to=request, limit=truck.limit("doip.answer"), what="answer of the unit")
        order = "acknowledgement first" if ack.t_ns < answer.t_ns else "answer first"
        check("order", order, equals="acknowledgement first", message=ack)
    with step(2, "Read the VIN of the same unit on the bus", expect="The same VIN"):
        tester.uds(READ_VIN, int(truck.pixit("diagnostic_address")))
        told = bench.reach(ANSWER, within=truck.limit("doip.answer"), what="answer on the bus")
        check("VIN over IP", answer.data[3:].decode("ascii", "replace"), equals=told.data[3:].decode("ascii", "replace"), message=answer)


@case(
    "DOIP-014",
    title="Unknown target",
    purpose="A diagnostic message to an address that no unit has is refused with code 03.",
    refs=["ISO13400-2:?/diagnostics"],
    basis="quoted",
    confidence="medium",
    pics="N.DOIP",
    faults=["unknown_target_untold", "unknown_target_unreachable"],
    pixit=["doip_testers", "doip_unused"],
    duration_s=10,
)
def test_unknown_target(truck, step, check, gateway):
    with step(1, "Send a diagnostic message to an unused address", expect="Refusal with code 03"):
        gateway.activated()
        request = gateway.sent(gateway.diagnostic(READ_VIN, target=int(truck.pixit("doip_unused"))))
        refusal = gateway.answered(NACK, to=request, limit=truck.limit("doip.ack"), what="refusal of the message")
        check("code", refusal["code"], equals=UNKNOWN_TARGET, message=refusal)


@case(
    "DOIP-015",
    title="Another source",
    purpose="A diagnostic message under another address than the activated one is refused with code 02 or ends the connection.",
    refs=["ISO13400-2:?/diagnostics"],
    basis="quoted",
    confidence="medium",
    pics="N.DOIP",
    faults=["takes_any_source"],
    pixit=["doip_testers", "doip_target"],
    duration_s=10,
)
def test_another_source(step, check, gateway):
    with step(1, "Send a diagnostic message under another address", expect="Refusal with code 02 or end of the connection, no answer"):
        gateway.activated()
        request = gateway.sent(gateway.diagnostic(READ_VIN, source=gateway.testers[1]))
        gateway.refused(to=request)
        for refusal in gateway.replies(NACK, to=request):
            check("code", refusal["code"], equals=INVALID_SOURCE, message=refusal)


@case(
    "DOIP-018",
    title="Answer time over IP",
    purpose="A hundred reads of the VIN over IP are each answered within P2 and an allowance for the network.",
    refs=["ISO13400-2:?/diagnostics"],
    basis="derived",
    confidence="medium",
    pics="N.DOIP AND D.UDS",
    faults=["relays_after_200ms"],
    pixit=["doip_testers", "doip_target"],
    duration_s=60,
)
def test_answer_time_over_ip(bench, truck, step, check, check_time, gateway):
    with step(1, "Read the VIN a hundred times", expect="Each answered within P2 and the allowance"):
        gateway.activated()
        times, slowest = [], None
        for _ in range(int(truck.limit("doip.repeats").value)):
            request = gateway.sent(gateway.diagnostic(READ_VIN))
            until_ns = request.t_ns + truck.limit("doip.answer").upper_ns
            while bench.now_ns < until_ns and not gateway.replies(ANSWER, to=request):
                bench.run_for(truck.limit("doip.poll").nominal_ns)
            answers = gateway.replies(ANSWER, to=request)
            if not answers:
                break
            times.append(answers[0].t_ns - request.t_ns)
            slowest = answers[0] if times[-1] == max(times) else slowest
        check("reads answered", len(times), equals=int(truck.limit("doip.repeats").value))
        ordered = sorted(times)
        for name, place in (("median", len(ordered) // 2), ("95th percentile", len(ordered) * 95 // 100), ("longest", -1)):
            check_time(f"{name} of the answer times", ordered[place], truck.limit("doip.p2"), message=slowest)


@case(
    "DOIP-020",
    title="Random headers",
    purpose="A thousand random headers do not stop the entity: it answers identification and activation afterwards.",
    refs=["ISO13400-2:?/robustness"],
    basis="project",
    confidence="medium",
    pics="N.DOIP",
    faults=["stalls_at_2gb"],
    pixit=["doip_testers"],
    needs=["active_bus"],
    duration_s=60,
)
def test_random_headers(bench, truck, step, check, gateway):
    with step(1, "Send random headers by datagrams and on connections", expect="The tester's headers are on the network"):
        gateway.found()
        draw, count, since_ns = random.Random(int(truck.limit("doip.seed").value)), int(truck.limit("doip.fuzz").value), bench.now_ns
        kinds = [*map(int, LAYOUTS), NO_SUCH_TYPE]
        for number in range(count):
            length = draw.choice((0, 1, 7, draw.getrandbits(16), draw.getrandbits(32)))
            header = frame(draw.choice(kinds), length=length) if number % 4 else draw.randbytes(8)
            if number % 2:
                gateway.client.datagram(header)
            else:
                gateway.client.connect("fuzz")
                gateway.client.send([header], "fuzz")
            bench.run_for(truck.limit("doip.fuzz_gap").nominal_ns)
            gateway.client.close("fuzz")
        sent = [seen for seen in gateway.view.all_messages() if seen.t_ns > since_ns and seen.name.startswith("DoIP.")]
        ours = sum(gateway.view.is_ours(seen) for seen in sent)
        if ours < count // 2:
            raise Inconclusive(Reason.PRECONDITION, f"the tester sent {ours} headers only")
    with step(2, "Ask for the identification and for routing activation", expect="Both answered"):
        bench.run_for(truck.limit("doip.settle").nominal_ns)
        request = gateway.asked(DoipMessage(PayloadType.IDENTIFICATION_REQ))
        gateway.answered("DoIP.Announcement", to=request, limit=truck.limit("doip.control"), what="identification")
        gateway.connect()
        gateway.ask_activation(MAIN, gateway.testers[0])
        bench.run_for(truck.limit("doip.control").upper_ns)
        codes = [seen["code"] for seen in gateway.view.messages("DoIP.RoutingActivationRes", since=request, where=gateway.is_on(MAIN))]
        check("routing activation", "given" if SUCCESS in codes else "none", equals="given", message=request)
