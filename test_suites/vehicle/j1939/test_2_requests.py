"""Requests, refusals and floods of requests (reference catalogue J19-REQ)."""

from harness.case import case
from harness.core import Frame, Inconclusive, Reason
from harness.protocols.j1939 import GLOBAL, build_id
from harness.protocols.j1939.groups import BY_NAME

REFUSED = 1
SUPPORTED = ("ComponentId", "SoftwareId", "EcuId", "DM2", "DM5", "VehicleId")


@case(
    "J19-REQ-010",
    title="Supported groups, asked of the unit",
    purpose="Each group that every controller has is answered within 200 ms when the unit is asked for it.",
    refs=["J1939-21:?/request"],
    basis="quoted",
    confidence="medium",
    pics="N.J1939",
    faults=["answers_after_700ms", "vin_request_ignored"],
    pixit=["unit_address"],
    duration_s=10,
)
def test_supported_groups_are_answered(bench, truck, step, check, check_time, unit):
    with step(1, "Ask the unit for each group in turn", expect="Each begins within 200 ms"):
        unit.running()
        for name in SUPPORTED:
            request = unit.asked(BY_NAME[name].pgn, unit.address)
            bench.run_for(truck.limit("request.late").upper_ns)
            answer = unit.answer_to(BY_NAME[name].pgn, after=request)
            check(f"{name} answered", "yes" if answer else "no", equals="yes", message=request)
            if answer:
                check_time(f"{name} time", answer.start_ns - request.t_ns, truck.limit("request.answer"), message=answer)


@case(
    "J19-REQ-011",
    title="Unsupported group, asked of the unit",
    purpose="A group that the unit has not is refused to the global address within 200 ms, with the right group.",
    refs=["J1939-21:?/refusal"],
    basis="quoted",
    confidence="medium",
    pics="N.J1939",
    faults=["unknown_group_unanswered", "refusal_of_wrong_group", "answers_after_700ms", "refusal_says_done"],
    pixit=["unit_address", "unsupported_pgn"],
    duration_s=6,
)
def test_unsupported_group_is_refused(bench, truck, step, check, unit):
    with step(1, "Ask the unit for a group that it has not", expect="Refusal to everybody within 200 ms that names the group"):
        unit.running()
        pgn = int(truck.pixit("unsupported_pgn"))
        request = unit.asked(pgn, unit.address)
        refusal = bench.expect(
            "Acknowledgment", within=truck.limit("request.answer"), after=request, where=unit.is_own, what="refusal of the unit"
        )
        check("control byte", refusal["control"], equals=REFUSED, message=refusal)
        check("destination", refusal["destination"], equals=GLOBAL, message=refusal)
        check("group", refusal["about"], equals=pgn, message=refusal)


@case(
    "J19-REQ-012",
    title="Unsupported group, asked of everybody",
    purpose="A request to everybody for a group that the unit has not brings no answer.",
    refs=["J1939-21:?/request-all"],
    basis="quoted",
    confidence="medium",
    pics="N.J1939",
    faults=["unknown_group_refused_to_all", "answers_after_700ms"],
    pixit=["unit_address", "unsupported_pgn"],
    duration_s=6,
)
def test_unsupported_group_brings_nothing_to_all(bench, truck, step, check, unit):
    with step(1, "Ask everybody for a group that the unit has not", expect="No answer of the unit for 1.25 s"):
        unit.running()
        pgn = int(truck.pixit("unsupported_pgn"))
        request = unit.asked(pgn, GLOBAL)
        bench.absent("Acknowledgment", during=truck.limit("request.silence").nominal_ns, since=request, where=unit.is_own)
        answer = unit.answer_to(pgn, after=request)
        check("the group itself", "sent" if answer else "none", equals="none", message=answer or request)
    with step(2, "Ask the unit for its component identification", expect="Answered: it listens"):
        request = unit.asked(BY_NAME["ComponentId"].pgn, unit.address)
        bench.run_for(truck.limit("request.late").upper_ns)
        check("ComponentId answered", "yes" if unit.answer_to(BY_NAME["ComponentId"].pgn, after=request) else "no", equals="yes")


@case(
    "J19-REQ-013",
    title="Short request",
    purpose="A request of two bytes is ignored and does not disturb the unit.",
    refs=["J1939-21:?/short-request"],
    basis="derived",
    confidence="medium",
    pics="N.J1939",
    faults=["short_request_answered", "resets_on_short_request"],
    pixit=["unit_address"],
    duration_s=6,
)
def test_short_request_is_ignored(bench, truck, step, check, unit):
    with step(1, "Send a request of two bytes to the unit", expect="Neither answer nor refusal, no new claim"):
        first = unit.running()
        request = unit.asked(BY_NAME["ComponentId"].pgn, unit.address, length=2)
        bench.absent("Acknowledgment", during=truck.limit("request.silence").nominal_ns, since=request, where=unit.is_own)
        answer = unit.answer_to(BY_NAME["ComponentId"].pgn, after=request)
        check("ComponentId", "sent" if answer else "none", equals="none", message=answer or request)
        again = unit.claims(since=request, name=first["name"])
        check("claims after it", len(again), equals=0, message=again[0] if again else None)
        check("cyclic messages after it", "seen" if unit.cyclic(since=request) else "none", equals="seen")


@case(
    "J19-REQ-014",
    title="Flood of requests",
    purpose="A hundred requests a second for half a minute keep the unit neither from answering nor from its cyclic messages.",
    refs=["J1939-21:?/flood", "J1939-71:?/cycles"],
    basis="project",
    confidence="medium",
    pics="N.J1939",
    faults=["resets_under_a_flood", "cyclic_messages_stop_under_a_flood", "answers_after_700ms"],
    pixit=["unit_address"],
    needs=["active_bus"],
    duration_s=50,
)
def test_flood_of_requests_does_not_stop_the_unit(bench, truck, step, check, tester, unit):
    with step(1, "Watch the cyclic messages, then flood the unit with requests", expect="Same mean periods, no new claim"):
        first = unit.running()
        length_ns = truck.limit("stimulus.flood").nominal_ns
        start_ns = bench.now_ns
        bench.run_for(truck.limit("stimulus.flood_before").nominal_ns)
        before = unit.rates(since=start_ns, until=bench.now_ns)
        if not before:
            raise Inconclusive(Reason.PRECONDITION, "the unit sends no cyclic messages")
        own = unit.asked(BY_NAME["ComponentId"].pgn, unit.address)
        request = Frame(build_id(own["pgn"], own["source"], unit.address), own.data)
        bench.run_for(truck.limit("request.late").upper_ns)
        flood_ns = bench.now_ns
        tester.flood([request], float(truck.limit("stimulus.flood_rate").value), length_ns)
        bench.run_for(length_ns)
        sent = bench.messages("Request", since=flood_ns - 1, where=bench.is_ours)
        ordered = truck.limit("stimulus.flood").value * truck.limit("stimulus.flood_rate").value
        if len(sent) * 100 < ordered * truck.limit("stimulus.flood_sent").lower:
            raise Inconclusive(Reason.PRECONDITION, f"the tester sent {len(sent)} requests only")
        during = unit.rates(since=flood_ns, until=flood_ns + length_ns)
        for name, rate in before.items():
            deviation = 100 * (1 - during.get(name, 0.0) / rate)
            check(f"{name}: fewer messages than before", round(deviation, 1), limit=truck.limit("cycle.mean"), unit="%")
        again = unit.claims(since=flood_ns, name=first["name"])
        check("claims during the flood", len(again), equals=0, message=again[0] if again else None)
    with step(2, "Ask the unit once more", expect="Answered within 200 ms"):
        bench.run_for(truck.limit("stimulus.watch").nominal_ns)
        request = unit.asked(BY_NAME["SoftwareId"].pgn, unit.address)
        bench.run_for(truck.limit("request.late").upper_ns)
        answer = unit.answer_to(BY_NAME["SoftwareId"].pgn, after=request)
        check("SoftwareId answered", "yes" if answer else "no", equals="yes", message=request)


@case(
    "J19-REQ-015",
    title="Form of a refusal",
    purpose="A refusal has FF in bytes 2 to 4, the address of the requester in byte 5 and the group in bytes 6 to 8.",
    refs=["J1939-21:?/refusal"],
    basis="derived",
    confidence="medium",
    pics="N.J1939",
    faults=["refusal_to_wrong_address", "refusal_filled_with_zeros", "refusal_of_wrong_group", "refusal_of_7_bytes"],
    pixit=["unit_address", "unsupported_pgn"],
    duration_s=6,
)
def test_refusal_names_requester_and_group(bench, truck, step, check, unit):
    with step(1, "Ask the unit for a group that it has not", expect="Bytes of the refusal as they must be"):
        unit.running()
        pgn = int(truck.pixit("unsupported_pgn"))
        request = unit.asked(pgn, unit.address)
        refusal = bench.reach("Acknowledgment", within=truck.limit("request.late"), where=unit.is_own, what="refusal of the unit")
        check("length", len(refusal.data), equals=8, message=refusal)
        check("bytes 2 to 4", refusal.data[1:4].hex(" ").upper(), equals="FF FF FF", message=refusal)
        check("byte 5", refusal.data[4], equals=request["source"], message=refusal)
        check("bytes 6 to 8", int.from_bytes(refusal.data[5:8], "little"), equals=pgn, message=refusal)
