"""Long requests and answers over ISO-TP (reference catalogue UDS-TP)."""

import itertools

from harness.case import case
from harness.protocols.isotp import FlowPolicy

from .diagnosis import words

OVERFLOW, UNDEFINED = 2, 5
CONTINUE, WAIT = 0, 1
LEAVE = "300000"
FIRST_OF_FIVE, FIRST_OF_A_MEGABYTE = "100522F190F18600", "1000001000002200"


def pieces(request):
    """First frame and further frames of *request* (hex digits)."""
    data = bytes.fromhex(request)
    first = bytes((0x10, len(data))) + data[:6]
    rest = data[6:]
    return first.hex(), [(bytes((0x21 + index,)) + rest[at : at + 7]).hex() for index, at in enumerate(range(0, len(rest), 7))]


def long_answer_begins(bench, truck, tester, diagnosis):
    """Ask for a long answer and wait for its first frame; the request, first frames, further frames so far."""
    since_ns, data = bench.now_ns - 1, truck.pixit("long_answer")
    tester.uds(bytes.fromhex(data), diagnosis.address)
    request = diagnosis.sent(data, since=since_ns)
    until_ns = bench.now_ns + truck.limit("uds.patience").nominal_ns
    while bench.now_ns < until_ns and not diagnosis.frames("TP.FF", since=request.t_ns):
        diagnosis.pause("uds.poll")
    bench.given("ReadDataByIdentifier.Req", since=since_ns, where=bench.is_ours, what="the request")
    return request


def is_flow(bench, flow, status, block_size=0):
    """Whether *flow* is a flow control of the tester with this status and block size."""
    return bench.is_ours(flow) and flow["status"] == status and flow["block_size"] == block_size


def further(diagnosis, since):
    """Number of further frames after *since*."""
    return len(diagnosis.frames("TP.CF", since=since))


@case(
    "UDS-TP-015",
    title="Length of a single frame",
    purpose="A request in a full frame and one in a short frame are answered alike.",
    refs=["ISO15765:?/segmentation"],
    basis="derived",
    confidence="medium",
    pics="D.UDS",
    faults=["short_frames_unheard"],
    pixit=["diagnostic_address"],
    duration_s=8,
)
def test_length_of_a_single_frame(bench, step, check, diagnosis):
    with step(1, "Read the active session by a frame of 8 bytes and by one of 4 bytes", expect="The same answer to both"):
        diagnosis.ready()
        for name, filled in (("frame of 8 bytes", True), ("frame of 4 bytes", False)):
            since_ns = diagnosis.raw("0322F186", filled=filled)
            diagnosis.pause("uds.patience")
            heard = diagnosis.heard(since=since_ns, sid=0x22)
            check(f"{name}: answer", words(heard[0] if heard else None), equals="62 F1 86 01", message=heard[0] if heard else None)


@case(
    "UDS-TP-016",
    title="Answer of several frames",
    purpose="A long answer comes as announced: length, sequence numbers from 1, no faster than the tester asks for.",
    refs=["ISO15765:?/segmentation"],
    basis="quoted",
    confidence="medium",
    pics="D.UDS",
    faults=["sequence_begins_at_0", "length_seven_more", "first_frame_twice"],
    pixit=["diagnostic_address", "long_answer"],
    duration_s=12,
)
def test_answer_of_several_frames(truck, step, check, diagnosis):
    with step(1, "Ask for a long answer", expect="First frame, leave of the tester, further frames in sequence, the whole answer"):
        diagnosis.ready()
        exchange = diagnosis.ask(truck.pixit("long_answer"))
        since_ns = exchange.request.t_ns
        diagnosis.positive(exchange, "long answer")
        firsts, rest = diagnosis.frames("TP.FF", since=since_ns), diagnosis.frames("TP.CF", since=since_ns)
        check("first frames", len(firsts), equals=1, message=firsts[0] if firsts else None)
        wrong = [frame for index, frame in enumerate(rest) if frame["sequence"] != (index + 1) % 16]
        check("frames out of sequence", len(wrong), equals=0, message=wrong[0] if wrong else None)
        if firsts:
            check("bytes", len(exchange.data), equals=firsts[0]["length"], message=firsts[0])


@case(
    "UDS-TP-017",
    title="Block size 1 and distance of 20 ms",
    purpose="The unit sends one frame for each leave where the tester asks for blocks of one, and no faster than every 20 ms.",
    refs=["ISO15765:?/flow-control"],
    basis="quoted",
    confidence="medium",
    pics="D.UDS",
    faults=["st_min_ignored", "block_size_ignored"],
    pixit=["diagnostic_address", "long_answer"],
    duration_s=12,
)
def test_block_size_and_distance(bench, truck, step, check, check_time, tester, diagnosis):
    with step(1, "Ask for a long answer with blocks of one frame", expect="No two further frames without leave between them"):
        diagnosis.ready()
        # The tester asks to wait before it gives leave, so that a unit that goes on by itself has the time to show it.
        tester.flow(FlowPolicy(block_size=1, waits=1, wait_gap_ns=truck.limit("uds.functional_silence").nominal_ns))
        exchange = diagnosis.ask(truck.pixit("long_answer"))
        since_ns = exchange.request.t_ns
        leaves = [flow for flow in bench.messages("TP.FC", since=since_ns) if bench.is_ours(flow) and flow["status"] == CONTINUE]
        bench.given("TP.FC", since=since_ns, where=lambda flow: is_flow(bench, flow, CONTINUE, 1), what="leave of the tester for one frame")
        rest = diagnosis.frames("TP.CF", since=since_ns)
        early = [frame for index, frame in enumerate(rest) if sum(flow.t_ns < frame.t_ns for flow in leaves) <= index]
        check("frames without leave", len(early), equals=0, message=early[0] if early else None)
        diagnosis.positive(exchange, "long answer")
    with step(2, "Ask for a long answer with a distance of 20 ms", expect="No frames closer to each other"):
        tester.flow(FlowPolicy(st_min=round(truck.limit("uds.st_min").lower_ns / 1e6)))
        exchange = diagnosis.ask(truck.pixit("long_answer"))
        since_ns = exchange.request.t_ns
        bench.given("TP.FC", since=since_ns, where=lambda flow: is_flow(bench, flow, CONTINUE) and flow["st_min"] > 0, what="distance")
        rest = diagnosis.frames("TP.CF", since=exchange.request.t_ns)
        gaps = [(later.t_ns - earlier.t_ns, later) for earlier, later in itertools.pairwise(rest)]
        check("distances seen", "some" if gaps else "none", equals="some")
        if gaps:
            least_ns, frame = min(gaps, key=lambda gap: gap[0])
            check_time("least distance of frames", least_ns, truck.limit("uds.st_min"), message=frame)
        diagnosis.positive(exchange, "long answer")


@case(
    "UDS-TP-018",
    title="No flow control",
    purpose="Without leave the unit sends nothing but the first frame, once, and gives up after N_Bs.",
    refs=["ISO15765:?/n-bs"],
    basis="quoted",
    confidence="medium",
    pics="D.UDS",
    faults=["sends_without_flow_control", "first_frame_twice", "waits_5s_for_flow", "waits_300ms_for_flow"],
    pixit=["diagnostic_address", "long_answer"],
    duration_s=25,
)
def test_no_flow_control(bench, truck, step, check, tester, diagnosis):
    with step(1, "Ask for a long answer and give no leave", expect="One first frame, nothing after it"):
        diagnosis.ready()
        tester.flow(FlowPolicy(silent=True))
        request = long_answer_begins(bench, truck, tester, diagnosis)
        diagnosis.pause("uds.watch")
        bench.withheld("TP.FC", since=request, where=bench.is_ours, what="flow control of the tester")
        check("first frames", len(diagnosis.frames("TP.FF", since=request.t_ns)), equals=1)
        check("further frames", further(diagnosis, request.t_ns), equals=0)
    with step(2, "Give leave 0.85 s after the first frame of another answer", expect="The unit sends on"):
        request = long_answer_begins(bench, truck, tester, diagnosis)
        diagnosis.pause("uds.n_bs_kept")
        diagnosis.raw(LEAVE)
        diagnosis.pause("uds.patience")
        check("further frames", "some" if further(diagnosis, request.t_ns) else "none", equals="some", message=request)
    with step(3, "Give leave 1.15 s after the first frame of another answer", expect="The unit has given up"):
        request = long_answer_begins(bench, truck, tester, diagnosis)
        first = diagnosis.frames("TP.FF", since=request.t_ns)
        check("first frames", "some" if first else "none", equals="some", message=request)
        diagnosis.pause("uds.n_bs_over")
        diagnosis.raw(LEAVE)
        diagnosis.pause("uds.patience")
        check("further frames", further(diagnosis, request.t_ns), equals=0, message=request)


@case(
    "UDS-TP-019",
    title="Flow control asks to wait",
    purpose="The unit waits as often as it is declared to, and gives up when it is asked once more.",
    refs=["ISO15765:?/flow-control"],
    basis="quoted",
    confidence="medium",
    pics="D.UDS",
    faults=["gives_up_at_first_wait", "waits_without_end"],
    pixit=["diagnostic_address", "long_answer", "wait_limit"],
    duration_s=20,
)
def test_flow_control_asks_to_wait(bench, truck, step, check, tester, diagnosis):
    gap_ns = truck.limit("uds.functional_silence").nominal_ns
    with step(1, "Ask the unit three times to wait, then give leave", expect="The whole answer"):
        diagnosis.ready()
        tester.flow(FlowPolicy(waits=3, wait_gap_ns=gap_ns))
        exchange = diagnosis.ask(truck.pixit("long_answer"))
        bench.given("TP.FC", since=exchange.request, at_least=3, where=lambda flow: is_flow(bench, flow, WAIT), what="three waits")
        diagnosis.positive(exchange, "long answer")
    with step(2, "Ask it to wait once more than declared, then give leave", expect="No further frames"):
        waits = int(truck.pixit("wait_limit")) + 1
        tester.flow(FlowPolicy(waits=waits, wait_gap_ns=gap_ns))
        request = long_answer_begins(bench, truck, tester, diagnosis)
        bench.run_for((waits + 1) * gap_ns)
        diagnosis.pause("uds.patience")
        bench.given("TP.FC", since=request, at_least=waits + 1, where=bench.is_ours, what="flow controls of the tester")
        check("further frames", further(diagnosis, request.t_ns), equals=0, message=request)


@case(
    "UDS-TP-020",
    title="Flow control without leave",
    purpose="An overflow and an undefined status end the answer; the next request is served.",
    refs=["ISO15765:?/flow-control"],
    basis="quoted",
    confidence="medium",
    pics="D.UDS",
    faults=["flow_status_ignored", "length_seven_more"],
    pixit=["diagnostic_address", "long_answer"],
    duration_s=15,
)
def test_flow_control_without_leave(bench, truck, step, check, tester, diagnosis):
    with step(1, "Answer the first frame with an overflow, another time with an undefined status", expect="No further frames"):
        diagnosis.ready()
        for name, status in (("overflow", OVERFLOW), ("undefined status", UNDEFINED)):
            tester.flow(FlowPolicy(status=status))
            request = long_answer_begins(bench, truck, tester, diagnosis)
            diagnosis.pause("uds.n_bs_over")
            bench.given("TP.FC", since=request, where=lambda flow, status=status: is_flow(bench, flow, status), what=name)
            check(f"{name}: further frames", further(diagnosis, request.t_ns), equals=0, message=request)
    with step(2, "Ask again and give leave", expect="The whole answer"):
        tester.flow(FlowPolicy(status=CONTINUE))
        diagnosis.positive(diagnosis.ask(truck.pixit("long_answer")), "long answer")


@case(
    "UDS-TP-021",
    title="Wrong sequence in a request",
    purpose="A long request with a gap in its sequence is dropped; the next one is served.",
    refs=["ISO15765:?/segmentation"],
    basis="quoted",
    confidence="medium",
    pics="D.UDS",
    faults=["sequence_unchecked", "long_request_unanswered"],
    pixit=["diagnostic_address", "long_request"],
    duration_s=10,
)
def test_wrong_sequence_in_a_request(bench, truck, step, check, diagnosis):
    first, rest = pieces(truck.pixit("long_request"))
    with step(1, "Send a long request whose second frame has the number 2", expect="No answer"):
        diagnosis.ready()
        since_ns = diagnosis.raw(first)
        diagnosis.pause("uds.functional_silence")
        leave = diagnosis.frames("TP.FC", since=since_ns - 1)
        check("leave of the unit", "seen" if leave else "none", equals="seen", message=leave[0] if leave else None)
        diagnosis.raw("22" + rest[0][2:])
        diagnosis.pause("uds.n_bs_over")
        heard = diagnosis.heard(since=since_ns)
        check("answers", len(heard), equals=0, message=heard[0] if heard else None)
    with step(2, "Send it again in sequence", expect="Answer"):
        diagnosis.positive(diagnosis.ask(truck.pixit("long_request")), "long request")


@case(
    "UDS-TP-022",
    title="Missing frame in a request",
    purpose="The unit waits N_Cr for the next frame of a request and drops it then.",
    refs=["ISO15765:?/n-cr"],
    basis="quoted",
    confidence="medium",
    pics="D.UDS",
    faults=["waits_5s_for_frames", "waits_300ms_for_frames"],
    pixit=["diagnostic_address", "long_request"],
    duration_s=12,
)
def test_missing_frame_in_a_request(truck, step, check, diagnosis):
    first, rest = pieces(truck.pixit("long_request"))
    with step(1, "Send the second frame 0.85 s after the first one", expect="Answer"):
        diagnosis.ready()
        since_ns = diagnosis.raw(first)
        diagnosis.pause("uds.n_bs_kept")
        diagnosis.raw(rest[0])
        diagnosis.pause("uds.patience")
        heard = diagnosis.heard(since=since_ns, sid=0x22)
        check("answers", len(heard), equals=1)
    with step(2, "Send the second frame 1.15 s after the first one", expect="No answer"):
        since_ns = diagnosis.raw(first)
        diagnosis.pause("uds.n_bs_over")
        diagnosis.raw(rest[0])
        diagnosis.pause("uds.patience")
        heard = diagnosis.heard(since=since_ns, sid=0x22)
        check("answers", len(heard), equals=0, message=heard[0] if heard else None)


@case(
    "UDS-TP-023",
    title="First frames of odd lengths",
    purpose="A first frame for five bytes brings no leave, nor does one for a megabyte.",
    refs=["ISO15765:?/segmentation"],
    basis="derived",
    confidence="medium",
    pics="D.UDS",
    faults=["short_first_frame_taken", "room_without_end", "falls_on_short_first_frame"],
    pixit=["diagnostic_address"],
    duration_s=10,
)
def test_first_frames_of_odd_lengths(step, check, diagnosis):
    with step(1, "Send a first frame for 5 bytes, then one for 1 MB", expect="No flow control, or one that tells an overflow"):
        diagnosis.ready()
        for name, frame in (("5 bytes", FIRST_OF_FIVE), ("1 MB", FIRST_OF_A_MEGABYTE)):
            since_ns = diagnosis.raw(frame)
            diagnosis.pause("uds.n_bs_over")
            leave = [flow for flow in diagnosis.frames("TP.FC", since=since_ns - 1) if flow["status"] == CONTINUE]
            check(f"{name}: leave of the unit", len(leave), equals=0, message=leave[0] if leave else None)
    with step(2, "Read the active session", expect="Answer"):
        check("active session", diagnosis.session(), equals="01")


@case(
    "UDS-TP-024",
    title="Long request to everybody",
    purpose="A first frame to everybody brings neither leave nor an answer.",
    refs=["ISO14229:?/functional"],
    basis="quoted",
    confidence="medium",
    pics="D.UDS",
    faults=["functional_first_frame_taken"],
    pixit=["diagnostic_address", "long_request"],
    duration_s=10,
)
def test_long_request_to_everybody(truck, step, check, diagnosis):
    with step(1, "Send a long request to everybody", expect="No flow control, no answer"):
        diagnosis.ready()
        first, rest = pieces(truck.pixit("long_request"))
        since_ns = diagnosis.raw(first, functional=True)
        diagnosis.pause("uds.functional_silence")
        diagnosis.raw(rest[0], functional=True)
        diagnosis.pause("uds.patience")
        leave, heard = diagnosis.frames("TP.FC", since=since_ns - 1), diagnosis.heard(since=since_ns)
        check("leave of the unit", len(leave), equals=0, message=leave[0] if leave else None)
        check("answers", len(heard), equals=0, message=heard[0] if heard else None)


@case(
    "UDS-TP-025",
    title="Single frame during a long request",
    purpose="A new request in a single frame is served; the long one that it interrupts is dropped.",
    refs=["ISO15765:?/segmentation"],
    basis="derived",
    confidence="medium",
    pics="D.UDS",
    faults=["new_request_unheard_meanwhile"],
    pixit=["diagnostic_address", "long_request"],
    duration_s=10,
)
def test_single_frame_during_a_long_request(truck, step, check, diagnosis):
    first, rest = pieces(truck.pixit("long_request"))
    with step(1, "Begin a long request, then ask for the active session", expect="The active session"):
        diagnosis.ready()
        since_ns = diagnosis.raw(first)
        diagnosis.raw("0322F186")
        diagnosis.pause("uds.functional_silence")
        heard = diagnosis.heard(since=since_ns, sid=0x22)
        check("answer", words(heard[0] if heard else None), equals="62 F1 86 01", message=heard[0] if heard else None)
    with step(2, "Send the rest of the long request", expect="No answer"):
        since_ns = diagnosis.raw(rest[0])
        diagnosis.pause("uds.patience")
        heard = diagnosis.heard(since=since_ns)
        check("answers", len(heard), equals=0, message=heard[0] if heard else None)
