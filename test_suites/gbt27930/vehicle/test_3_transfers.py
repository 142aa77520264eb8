"""Multi-packet messages of the charge: the optional ones, and transfers that the charger does not grant (reference catalogue 8.3)."""

from itertools import pairwise

from harness.case import case
from harness.core import Inconclusive, Message, Reason
from harness.protocols.j1939 import GrantPolicy

OPTIONAL = ("BMV", "BMT", "BSP")
BUSY = 1
TP_DT_OF_VEHICLE = 0x1CEB56F4


def is_from_charger(message):
    return message.sender == "charger"


@case(
    "GBT-VP.304",
    title="Optional messages",
    purpose="BMV, BMT and BSP, if the vehicle sends them, come every 10 s in their form; that the charger refuses them has no effect.",
    refs=["GBT27930-2015:?/optional-messages"],
    basis="derived",
    confidence="high",
    pics="V.DC AND (V.BMV OR V.BMT OR V.BSP)",
    editions=["2011", "2015", "2023A"],
    faults=[
        "bmv_odd_length",
        "bmv_byte_order_swapped",
        "bmv_period_5s",
        "bmt_offset_missing",
        "bsp_length_15",
        "bsp_length_20",
        "refused_bmv_ends_charge",
        "bcl_stops_beside_bmv",
    ],
    needs=["energise"],
    duration_s=72,
)
def test_optional_messages_do_not_disturb_the_charge(bench, truck, step, check, check_time, charger, session):
    with step(1, "Bring the vehicle to charging", expect="BSM with charging permitted"):
        bsm = session.charging()
        sent = [name for name in OPTIONAL if truck.pics(f"V.{name}")]
    with step(2, "Grant every transfer for 32 s", expect="each declared message every 10 s in its form; the others go on"):
        session.goes_on(truck.limit("stimulus.optional").nominal_ns, since=bsm)
        for name in OPTIONAL:
            found = bench.messages(name, since=bsm)
            if name not in sent:
                check(f"{name}, declared as not sent", len(found), equals=0, message=found[0] if found else None)
                continue
            check(
                f"{name} count", len(found), at_least=truck.limit("stimulus.optional").nominal_ns // truck.limit(f"period.{name}").upper_ns
            )
            for message in found[:1]:
                check(f"{name}.length", len(message.data), limit=truck.limit(f"length.{name}"), message=message)
            for gap_ns, message in intervals(found):
                check_time(f"{name} interval", gap_ns, truck.limit(f"period.{name}"), message=message, cyclic=True)
        session.keeps_pace("BCL", since=bsm)
        compare_contents(bench, truck, check, bsm)
    with step(3, "Refuse every transfer of them for 32 s", expect="charging goes on as before"):
        for name in OPTIONAL:
            charger.grant(name, GrantPolicy.refuse(BUSY))
        start_ns = bench.now_ns
        session.goes_on(truck.limit("stimulus.optional").nominal_ns, since=bsm)
        announced = sum(len(bench.messages(f"{name}.RTS", since=start_ns)) for name in OPTIONAL)
        bench.given("TP.ABORT", since=start_ns, at_least=max(1, announced), where=is_from_charger, what="refusal")


def intervals(messages):
    """Time from each message to the next one that begins with the same group of cells, with the later one."""
    groups: dict[object, list[Message]] = {}
    for message in messages:
        groups.setdefault(message["cell_001_group"] if message.name == "BMV" else None, []).append(message)
    return [(after.start_ns - before.start_ns, after) for members in groups.values() for before, after in pairwise(members)]


def compare_contents(bench, truck, check, since):
    """What the optional messages tell against BCS and BSM."""
    bcs, bsm = bench.last("BCS"), bench.last("BSM")
    bmvs, bmts = bench.messages("BMV", since=since), bench.messages("BMT", since=since)
    if bmvs:
        check("BMV cells", len(bmvs[-1].data) % 2, equals=0, message=bmvs[-1], note="two bytes each")
        highest = max(value for name, value in bmvs[-1].values.items() if name.endswith("voltage_v") and value is not None)
        apart = abs(highest - bcs["max_cell_voltage_v"])
        check("BMV highest against BCS", apart, limit=truck.limit("tolerance.BSD_cell"), message=bmvs[-1])
    if bmts:
        highest = max(value for value in bmts[-1].values.values() if value is not None)
        apart = abs(highest - bsm["max_temp_degc"])
        check("BMT highest against BSM", apart, limit=truck.limit("tolerance.temperature"), message=bmts[-1])


@case(
    "GBT-VN.308",
    title="BCS not granted",
    purpose="BCS that the charger does not grant is announced again; BCL and BSM keep their periods, and no error is reported.",
    refs=["GBT27930-2015:?/BCS-grant"],
    basis="project",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["bcl_waits_for_bcs", "bcs_not_announced_anew"],
    needs=["energise"],
    duration_s=14,
)
def test_bcs_is_announced_again(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging", expect="BCS on the bus"):
        bsm = session.charging()
        bench.reach("BCS", within=truck.limit("approach.next_message"))
        session.still_charging(since=bsm)
    with step(2, "Leave the RTS of BCS unanswered for 4 s", expect="BCS announced again and again; BCL and BSM go on; no BEM"):
        charger.never_grant("BCS")
        start_ns = bench.now_ns
        refused_ns = truck.limit("stimulus.bcs_refused").nominal_ns
        session.goes_on(refused_ns, since=bsm, names=("BCL", "BSM"))
        granted_ns = start_ns + truck.limit("tail.tester").upper_ns
        bench.withheld("TP.CTS", since=granted_ns, where=lambda cts: cts["message"] == "BCS", what="grant of BCS")
        announced = bench.messages("BCS.RTS", since=start_ns)
        check("BCS.RTS count", len(announced), at_least=refused_ns // truck.limit("transport.announced_anew").upper_ns)
        session.no_error()
    with step(3, "Grant it again", expect="the next announcement in time, a complete BCS at once"):
        charger.grant("BCS", None)
        rts = bench.expect("BCS.RTS", within=truck.limit("transport.announced_anew"))
        bench.expect("BCS", within=truck.limit("response.BCS"), after=rts.start_ns - 1)
        session.goes_on(session.watch_ns, since=bsm)


@case(
    "GBT-VN.313",
    title="CST during a transfer of BMV",
    purpose="CST that meets a transfer of BMV is answered as ever; the transfer is completed or aborted.",
    refs=["GBT27930-2015:?/transfer-at-end", "GBT27930-2015:?/BST-after-CST"],
    basis="project",
    confidence="medium",
    pics="V.DC AND V.BMV",
    editions=["2011", "2015", "2023A"],
    faults=["bst_waits_for_bmv", "bmv_dropped_at_the_end"],
    needs=["energise"],
    duration_s=26,
)
def test_cst_meets_a_transfer(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging and wait for BMV", expect="packets of BMV"):
        session.charging()
        rts = bench.reach("BMV.RTS", within=truck.limit("period.BMV"))
        granted = bench.reach("TP.CTS", within=truck.limit("approach.own"), where=lambda cts: cts["message"] == "BMV", what="grant of BMV")
        bench.run_for(truck.limit("stimulus.packets_before_cst").nominal_ns)
        if not bench.frames(TP_DT_OF_VEHICLE, since=granted):
            raise Inconclusive(Reason.PRECONDITION, "no packet of BMV came after its grant")
    with step(2, "Send CST while its packets come", expect="BST within 100 ms"):
        charger.stop("manual")
        cst = bench.reach("CST", within=truck.limit("approach.own"))
        bench.withheld("BMV", since=rts, what="end of the transfer before CST")
        bst = bench.expect("BST", within=truck.limit("response.BST"), after=cst.start_ns)
    with step(3, "Watch the transfer", expect="complete or aborted in time, no other one; BCL, BCS and BSM have ended"):
        bench.run_for(truck.limit("response.transfer_closed").upper_ns)
        closed = [
            *bench.messages("TP.EOMA", since=rts, where=lambda ack: ack["message"] == "BMV"),
            *[abort for abort in bench.messages("TP.ABORT", since=rts) if abort.sender == "vehicle" and abort["message"] == "BMV"],
        ]
        check("BMV closed", "closed" if closed else "left open", equals="closed", message=closed[0] if closed else rts)
        more = bench.messages("BMV.RTS", since=cst.t_ns + truck.limit("tail.BMV").upper_ns)
        check("BMV announced again", len(more), equals=0, message=more[0] if more else None)
        session.ended(("BCL", "BCS.RTS", "BSM"), after=bst)
        session.no_error()
