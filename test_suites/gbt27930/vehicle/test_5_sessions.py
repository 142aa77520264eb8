"""Transport protocol in whole sessions: no broadcast, two transfers at a time, spacing of the packets (reference catalogue 8.5)."""

from itertools import pairwise

from harness.case import case
from harness.protocols.j1939 import GrantPolicy

from ..words import is_crm_aa

TP_DT_OF_VEHICLE = 0x1CEB56F4
BAM_OF_VEHICLE = 0x1CECFFF4


def check_no_broadcast(bench, check, name):
    """Check that the vehicle announced nothing to all, decoded or not."""
    decoded, frames = bench.messages("TP.BAM"), bench.frames(BAM_OF_VEHICLE)
    check(name, len(decoded) + len(frames), equals=0, message=decoded[0] if decoded else None, note="TP.CM with control byte 0x20")


@case(
    "GBT-VT.508",
    title="BAM not used",
    purpose="The vehicle addresses every multi-packet message to the charger and never broadcasts one, refused or not.",
    refs=["GBT27930-2015:?/TP-addressed"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["brm_by_broadcast", "bcp_by_broadcast", "bcs_by_broadcast_when_not_answered", "bcs_by_broadcast_at_the_end"],
    needs=["energise"],
    duration_s=16,
)
def test_nothing_is_broadcast(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to BHM (2011: plug in), send CRM(00)", expect="BRM by RTS to the charger, no BAM"):
        session.handshake()
        charger.hold("recognition")
        bench.reach("CRM", within=truck.limit("approach.recognition"))
        announced = bench.collect("BRM.RTS", during=session.watch_ns)
        check("BRM.RTS count", len(announced), at_least=1, message=announced[0] if announced else None)
        check_no_broadcast(bench, check, "BAM in recognition")
    with step(2, "Send CRM(AA)", expect="BCP by RTS to the charger, no BAM"):
        charger.hold("identified")
        bench.reach("CRM", within=truck.limit("approach.next_message"), where=is_crm_aa, what="CRM(AA)")
        announced = bench.collect("BCP.RTS", during=session.watch_ns)
        check("BCP.RTS count", len(announced), at_least=1, message=announced[0] if announced else None)
        check_no_broadcast(bench, check, "BAM in configuration")
    with step(3, "Bring the vehicle to charging, leave every RTS of BCS unanswered", expect="RTS of BCS goes on, no BAM"):
        charger.hold(None)
        bench.reach("BSM", within=truck.limit("response.ready"))
        charger.never_grant("BCS")
        refused_ns = bench.now_ns
        announced = bench.collect("BCS.RTS", during=truck.limit("stimulus.bcs_not_granted").nominal_ns)
        least = truck.limit("stimulus.bcs_not_granted").nominal_ns // truck.limit("transport.announced_anew").upper_ns
        check("BCS.RTS count", len(announced), at_least=least)
        check_no_broadcast(bench, check, "BAM without answer to BCS")
        bench.withheld("TP.CTS", since=refused_ns + truck.limit("tail.tester").upper_ns, where=lambda cts: cts["message"] == "BCS")
    with step(4, "Answer again, stop by CST", expect="BST and BSD, no BAM in the whole session"):
        charger.grant("BCS", None)
        for _ in range(2):
            bench.reach("BCS", within=truck.limit("approach.next_message"))
        session.stop_by_charger()
        check_no_broadcast(bench, check, "BAM in the session")
        session.no_error()


def unexplained(bench, since_ns, until_ns):
    """Numbers of the vehicle's packets that are not the next one of a grant, counted from the CTS of both transfers."""
    frames = [(record.t_ns, record.pdu.data[0]) for record in bench.frames(TP_DT_OF_VEHICLE, since=since_ns)]
    events = [(t_ns, number, None) for t_ns, number in frames if t_ns <= until_ns]
    events += [(cts.t_ns, 0, cts) for cts in bench.messages("TP.CTS", since=since_ns) if cts.t_ns <= until_ns]
    due: dict[int, list[int]] = {}
    wrong = []
    for _, number, cts in sorted(events, key=lambda event: event[0]):
        if cts is not None:
            due[cts["pgn"]] = list(range(cts["next_packet"], cts["next_packet"] + cts["packets"]))
            continue
        waiting = [numbers for numbers in due.values() if numbers and numbers[0] == number]
        if waiting:
            waiting[-1].pop(0)
        else:
            wrong.append(number)
    return wrong


def check_bcs(bench, check, check_time, truck, since, until_ns):
    """Check that BCS went on from *since* to *until_ns*: how far apart, what it told, and whose packets were sent."""
    found = [bcs for bcs in bench.messages("BCS", since=since) if bcs.t_ns <= until_ns]
    instants = [since.t_ns, *(bcs.t_ns for bcs in found), until_ns]
    check_time("BCS gap, longest", max(after - before for before, after in pairwise(instants)), truck.limit("response.BCS_gap"))
    share = float(truck.limit("tolerance.BCS").upper) / 100
    wrong = []
    for bcs in found:
        ccs = next(told for told in reversed(bench.messages("CCS")) if told.t_ns <= bcs.t_ns)
        if abs(bcs["voltage_v"] - ccs["voltage_v"]) > share * ccs["voltage_v"]:
            wrong.append(bcs)
    check("BCS of another voltage than CCS", len(wrong), equals=0, message=wrong[0] if wrong else None, note=f"{len(found)} BCS")
    numbers = unexplained(bench, since.t_ns, until_ns)
    check("packets that no CTS explains", " ".join(map(str, numbers[:20])) or "none", equals="none")


@case(
    "GBT-VT.509",
    title="Two sessions",
    purpose="While BMV is held or under way, BCS goes on: interleaved correctly or first, never more than 5 s apart.",
    refs=["GBT27930-2015:?/TP-parallel", "GBT27930-2015:8/TC9"],
    basis="project",
    confidence="medium",
    pics="V.DC AND V.BMV",
    editions=["2011", "2015", "2023A"],
    faults=[
        "bcs_waits_for_bmv",
        "bcs_numbered_wrong_beside_bmv",
        "bcs_empty_beside_bmv",
        "hold_given_up_after_380ms",
        "bmv_cells_byte_order_swapped",
    ],
    needs=["energise"],
    duration_s=36,
)
def test_bcs_goes_on_beside_bmv(bench, truck, step, check, check_time, charger, session):
    held, every = truck.limit("stimulus.bmv_held"), truck.limit("stimulus.hold_every")
    with step(1, "Bring the vehicle to charging, hold BMV", expect="RTS of BMV within its period"):
        session.vehicle_ready()
        charger.grant("BMV", GrantPolicy.hold(held.nominal_ns, every.nominal_ns))
        charger.hold(None)
        bcs = bench.reach("BCS", within=truck.limit("approach.charging"))
        rts = bench.expect("BMV.RTS", within=truck.limit("response.BMV"), after=bcs.start_ns)
    with step(2, "Keep BMV held for 6 s", expect="BCS goes on, never more than 5 s apart"):
        bench.run_for(max(0, rts.t_ns + held.nominal_ns - every.nominal_ns // 4 - bench.now_ns))
        aborts = bench.messages("TP.ABORT", since=rts, where=lambda abort: abort.sender == "vehicle" and abort["message"] == "BMV")
        holds = bench.messages("TP.CTS", since=rts, where=lambda cts: cts["message"] == "BMV" and not cts["packets"])
        held_ns = (aborts[0].t_ns if aborts else bench.now_ns) - rts.t_ns
        least = max(1, held_ns // every.nominal_ns - 1)
        bench.given("TP.CTS", since=rts, at_least=least, where=lambda cts: cts in holds, what="CTS(0) for BMV")
        check_bcs(bench, check, check_time, truck, rts, bench.now_ns)
        check("Conn_Abort of the held BMV", len(aborts), equals=0, message=aborts[0] if aborts else None)
    with step(3, "Grant BMV", expect="complete BMV with the cell voltages"):
        bmv = bench.expect("BMV", within=truck.limit("response.BMV_transfer"), after=rts.start_ns - 1)
        cells = [value for name, value in bmv.values.items() if name.endswith("_voltage_v") and value is not None]
        apart = abs(max(cells) - bench.last("BCS")["max_cell_voltage_v"])
        check("highest cell of BMV against BCS", apart, limit=truck.limit("tolerance.BSD_cell"), message=bmv)
    with step(4, "Grant the next BMV at once", expect="complete BMV; BCS goes on, never more than 5 s apart"):
        charger.grant("BMV", None)
        rts = bench.expect("BMV.RTS", within=truck.limit("response.BMV"), after=rts)
        bench.expect("BMV", within=truck.limit("response.BMV_transfer"), after=rts.start_ns - 1)
        bench.run_for(session.watch_ns)
        check_bcs(bench, check, check_time, truck, rts, bench.now_ns)
        session.no_error()


def granted_packets(bench, until_ns):
    """Every granting CTS with the instants and numbers of the packets up to the next one."""
    granting = bench.messages("TP.CTS", where=lambda cts: cts["packets"] > 0 and cts.t_ns < until_ns)
    frames = [(record.t_ns, record.pdu.data[0]) for record in bench.frames(TP_DT_OF_VEHICLE)]
    ends = [*(cts.t_ns for cts in granting[1:]), until_ns]
    return [(cts, [found for found in frames if cts.t_ns < found[0] <= end_ns]) for cts, end_ns in zip(granting, ends, strict=True)]


@case(
    "GBT-VT.510",
    title="DT timing",
    purpose="With everything granted the packets follow each other and the CTS without loss and within the response time of a node.",
    refs=["GBT27930-2015:?/TP-data-gap"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["packets_205ms_apart", "packet_of_brm_stalls", "packet_of_bcs_stalls", "packet_of_brm_lost_once", "packet_of_bcs_lost_once"],
    needs=["energise"],
    duration_s=10,
)
def test_packets_follow_each_other(bench, truck, step, check, check_time, charger, session):
    with step(1, "Bring the vehicle to charging, grant all packets at once", expect="BRM, BCP and BCS complete"):
        bsm = session.charging()
        bench.run_for(truck.limit("stimulus.watch_charging").nominal_ns)
        session.still_charging(since=bsm)
        for name in ("BRM", "BCP", "BCS"):
            found = bench.messages(name)
            check(f"{name} count", len(found), at_least=1, message=found[0] if found else None)
    with step(2, "Compare the packets of each message with its grants", expect="all packets in order, gaps of 200 ms at most"):
        last = bench.last("TP.EOMA")
        for name in ("BRM", "BCP", "BCS"):
            mine = [item for item in granted_packets(bench, last.t_ns if last else bench.now_ns) if item[0]["message"] == name]
            lost = [
                cts
                for cts, sent in mine
                if [number for _, number in sent] != list(range(cts["next_packet"], cts["next_packet"] + cts["packets"]))
            ]
            check(f"{name} grants with lost packets", len(lost), equals=0, message=lost[0] if lost else None, note=f"of {len(mine)}")
            gaps = sorted(after - before for cts, sent in mine for before, after in pairwise([cts.t_ns, *(t_ns for t_ns, _ in sent)]))
            shown = f"{len(gaps)} gaps, shortest {gaps[0] / 1e6:.3f} ms, median {gaps[len(gaps) // 2] / 1e6:.3f} ms" if gaps else "no gaps"
            check_time(f"{name} packet gap, longest", gaps[-1] if gaps else 0, truck.limit("transport.Tr"), note=shown)
