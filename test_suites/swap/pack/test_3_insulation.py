"""Insulation of the new pack, insulation monitors, precharge (SWP-INS, SWP-PRC)."""

import math

from harness.case import case
from harness.core import Inconclusive, Reason


@case(
    "SWP-INS-059",
    title="Good insulation",
    purpose="A pack with an insulation far above the limit gets high voltage.",
    refs=["HTSWAP-0.1:5.4/insulation"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    faults=["refuses_good_insulation"],
    needs=["energise"],
    messages=["PACK_STS2.InsulationRes", "PACK_STS2.InsulationStatus"],
    duration_s=40,
)
def test_good_insulation(step, swap, fitting):
    with step(1, "Fit a pack with 2000 kohm, command PostCheck and Success", expect="Taken, high voltage on"):
        good = fitting.number("insulation.good")
        swap.pack("new").change("PACK_STS2", InsulationRes=good)
        order = fitting.checked_from()
        fitting.stated("PACK_STS2", "good insulation", InsulationRes=good)
        fitting.accepted(order)


@case(
    "SWP-INS-060",
    title="Insulation at its limit",
    purpose="Just above 100 ohm for each volt of the highest voltage the truck takes the pack and warns, just below it refuses it.",
    refs=["HTSWAP-0.1:5.4/insulation", "HTSWAP-0.1:5.4/refusal"],
    basis="quoted",
    confidence="medium",
    pics="S.SWAP",
    faults=["ignores_insulation", "no_insulation_warning", "insulation_limit_90", "refuses_good_insulation"],
    needs=["energise"],
    messages=["PACK_STS2.InsulationRes", "PACK_STS2.InsulationStatus", "PACK_LIM.MaxVoltage"],
    duration_s=80,
)
def test_insulation_at_its_limit(bench, truck, step, swap, fitting):
    with step(1, "Fit a pack 5 % above the limit, command PostCheck and Success", expect="Taken, high voltage on, a warning in DM1"):
        swap.live()
        highest = swap.latest("PACK_LIM").number("MaxVoltage")
        least = fitting.number("insulation.least") * highest / 1000
        margin = fitting.number("insulation.margin") / 100
        above, below = math.ceil(least * (1 + margin)), math.floor(least * (1 - margin))
        swap.pack("new").change("PACK_STS2", InsulationRes=above, InsulationStatus="warning")
        swap.pack("new").limits(voltage=highest)
        order = fitting.checked_from()
        fitting.stated("PACK_LIM", "highest voltage", MaxVoltage=highest)
        fitting.stated("PACK_STS2", "insulation above the limit", InsulationRes=above)
        fitting.accepted(order)
        bench.run_for(truck.limit("pack.told").upper_ns)
        fitting.troubled(since=order)
    with step(2, "Swap again, fit a pack 5 % below the limit, command PostCheck and Success", expect="Refused, no high voltage, a trouble"):
        fitting.next_swap()
        swap.pack("new").change("PACK_STS2", InsulationRes=below, InsulationStatus="warning")
        order = fitting.checked_from()
        fitting.stated("PACK_LIM", "highest voltage", MaxVoltage=highest)
        fitting.stated("PACK_STS2", "insulation below the limit", InsulationRes=below)
        fitting.refused(order)


@case(
    "SWP-INS-061",
    title="Insulation not measured",
    purpose="A pack that never comes to an end with its measurement is refused at T_INS.",
    refs=["HTSWAP-0.1:5.4/insulation", "HTSWAP-0.1:5.4/refusal"],
    basis="project",
    confidence="medium",
    pics="S.SWAP",
    faults=["believes_unmeasured_insulation", "waits_for_insulation_for_ever", "gives_packs_up_early"],
    needs=["energise"],
    messages=["PACK_STS2.InsulationStatus"],
    duration_s=80,
)
def test_insulation_not_measured(step, swap, fitting):
    with step(1, "Fit a pack that goes on measuring, command PostCheck", expect="VehSwapMode error at T_INS"):
        swap.pack("new").change("PACK_STS2", InsulationStatus="measuring", InsulationRes=None)
        order = fitting.checked_from()
        fitting.given_up(order, "timer.T_INS", "PACK_STS2", lambda status: status["InsulationStatus"] != "measuring")
    with step(2, "Report success all the same", expect="No high voltage, a trouble in DM1"):
        fitting.powerless(order)
        fitting.troubled(since=order)


@case(
    "SWP-INS-062",
    title="Two insulation monitors",
    purpose="The monitors of pack and truck do not stay on together, where they would disturb each other.",
    refs=["HTSWAP-0.1:5.4/insulation"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    faults=["two_imds", "own_monitor_off_late"],
    needs=["energise"],
    messages=["PACK_STS2.ImdActive"],
    duration_s=40,
)
def test_two_monitors(bench, truck, step, check, check_time, swap):
    with step(1, "After a whole swap switch on the monitor of the pack", expect="One of the two is off within 1 s"):
        swap.restored()
        bench.run_for(truck.limit("approach.settle").nominal_ns)
        if not swap.level("vehicle_imd"):
            raise Inconclusive(Reason.PRECONDITION, "the truck's own insulation monitor is off with high voltage on")
        swap.pack("new").imd(True)
        begin = bench.reach(
            "PACK_STS2", within=truck.limit("approach.awake"), where=lambda status: status["ImdActive"] == "on", what="monitor on"
        )
        limit = truck.limit("insulation.monitors")
        bench.run_for(2 * limit.upper_ns)
        off_ns = swap.zero_ns("vehicle_imd", since=begin)
        quiet = bench.messages("PACK_STS2", since=begin, where=lambda status: status["ImdActive"] == "off")
        ends = [t_ns for t_ns in (off_ns, quiet[0].t_ns if quiet else None) if t_ns is not None]
        if not ends:
            check("monitor of the truck", "on, with that of the pack", equals="off", message=begin)
        else:
            check_time("monitors on together", min(ends) - begin.t_ns, limit, message=begin)


@case(
    "SWP-PRC-063",
    title="Precharge",
    purpose="The main contactors are asked for when the link has 95 % of the pack's voltage, not before, and in time.",
    refs=["HTSWAP-0.1:5.4/precharge"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    faults=["closes_main_early", "slow_precharge", "main_late", "never_closes_main_on_a_new_pack"],
    needs=["energise"],
    messages=["PACK_STS1.PackVoltage"],
    duration_s=40,
)
def test_precharge(bench, truck, step, check, check_time, swap, fitting):
    with step(1, "Fit a pack, command PostCheck and Success", expect="Precharge, then main contactors within T_PRECHARGE"):
        swap.checked()
        order = swap.order("success")
        limit = truck.limit("timer.T_PRECHARGE")
        bench.run_for(2 * limit.nominal_ns)
        requests = [(t_ns, level) for t_ns, level in bench.level_changes("hv_request") if t_ns > order.t_ns]
        check("requests for the contactors", " ".join(f"{level:g}" for _, level in requests), equals="1 2", message=order)
        begin_ns = next((t_ns for t_ns, level in requests if level == 1), order.t_ns)
        main_ns = next((t_ns for t_ns, level in requests if level == 2), None)
        if main_ns is not None:
            check_time("precharge", main_ns - begin_ns, limit, message=order)
    with step(2, "Look at the link when the main contactors were asked for", expect="At least 95 % of the pack's voltage"):
        if main_ns is None:
            check("main contactors", "not asked for", equals="asked for", message=order)
        else:
            before = [value for t_ns, value in bench.level_changes("link_v") if t_ns <= main_ns]
            if not before:
                raise Inconclusive(Reason.NO_LINE, "the rig has no line 'link_v'")
            pack = next(each for each in reversed(bench.messages("PACK_STS1")) if each.t_ns <= main_ns)
            share = round(100 * before[-1] / pack.number("PackVoltage"), 1)
            check("link of the pack's voltage", share, at_least=fitting.number("precharge.share"), unit="%", message=pack)


@case(
    "SWP-PRC-064",
    title="Precharge that does not succeed",
    purpose="A precharge that stays low is given up: no main contactor, contactors open, a trouble.",
    refs=["HTSWAP-0.1:5.4/precharge"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    faults=["precharges_for_ever", "closes_on_stuck_precharge", "failed_precharge_not_recorded"],
    needs=["energise"],
    duration_s=60,
)
def test_stuck_precharge(bench, truck, step, check, swap, fitting):
    with step(1, "Fit a pack with which the link stays at 40 %, command PostCheck and Success", expect="Given up, contactors open"):
        swap.pack("new").stick_precharge(fitting.number("precharge.stuck") / 100)
        swap.checked()
        swap.is_without_trouble()
        order = swap.order("success")
        bench.run_for(truck.limit("timer.T_PRECHARGE").nominal_ns + truck.limit("pack.told").upper_ns)
        requests = [level for t_ns, level in bench.level_changes("hv_request") if t_ns > order.t_ns]
        if 1 not in requests:
            raise Inconclusive(Reason.PRECONDITION, "the truck did not begin a precharge")
        share = fitting.first_voltage_share(since=order)
        if share > fitting.number("precharge.stuck_most") / 100:
            raise Inconclusive(
                Reason.PRECONDITION, f"the pack gives {share:.0%} of its voltage in the precharge, not as little as it should"
            )
        check("highest request for the contactors", max(requests), at_most=1, message=order)
        check("last request for the contactors", requests[-1], equals=0, message=order)
        contactors = bench.last("PACK_STS2")
        told = [contactors[name] for name in ("MainPos", "MainNeg", "Precharge")] if contactors else []
        check("contactors of the pack", " ".join(map(str, told)), equals="open open open", message=contactors)
    with step(2, "Read DM1", expect="A trouble"):
        fitting.troubled(since=order)
