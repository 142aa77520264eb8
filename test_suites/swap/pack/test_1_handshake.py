"""The handshake with the pack after a swap: first message, silence, version, limits, state of charge, faults (SWP-BMS)."""

from harness.case import case
from harness.core import Inconclusive, Reason


@case(
    "SWP-BMS-047",
    title="First message of the new pack",
    purpose="What a pack tells after a swap is shown soon after its first message, not what the old one told.",
    refs=["HTSWAP-0.1:5.4/handshake", "HTSWAP-0.1:5.5/invariants"],
    basis="project",
    confidence="medium",
    pics="S.SWAP AND S.UDS",
    faults=["pack_data_late", "keeps_old_soc", "gives_packs_up_early"],
    pixit=["did_pack_soc", "did_pack_soc_step"],
    needs=["energise"],
    messages=["PACK_STS1.SOC"],
    duration_s=40,
)
def test_first_message(bench, truck, step, check, check_time, swap, fitting):
    with step(1, "Fit a pack that falls silent before its first message, command PostCheck", expect="Nothing of the old pack is shown"):
        swap.live()
        old = swap.latest("PACK_STS1").number("SOC")
        new = swap.pack("new")
        new.silent(True)
        order = fitting.checked_from()
        bench.withheld("PACK_STS1", since=fitting.mated_ns())
        shown = fitting.soc()
        check(
            "state of charge shown",
            "none" if shown is None else shown,
            equals="none",
            message=order,
            note=f"that of the old pack is {old} %",
        )
    with step(2, "Let the pack speak before T_BMS_FIRST is over", expect="Its state of charge is shown within T_BMS_FIRST, PostCheck done"):
        bench.run_for(truck.limit("pack.start").nominal_ns)
        new.silent(False)
        first = bench.reach("PACK_STS1", within=truck.limit("pack.start"))
        limit = truck.limit("timer.T_BMS_FIRST")
        shown_ns = fitting.soc_ns(first.number("SOC"), until_ns=first.t_ns + 2 * limit.nominal_ns)
        if shown_ns is None:
            check("state of charge shown", "not that of the pack", equals=f"{first['SOC']} %", message=first)
        else:
            check_time("state of charge shown", shown_ns - first.t_ns, limit, message=first)
        swap.accepted(order, truck.limit("timer.T_INS"))


@case(
    "SWP-BMS-048",
    title="Silent pack",
    purpose="A pack that says nothing after the swap is given up at T_BMS_FIRST, no earlier and no later.",
    refs=["HTSWAP-0.1:5.4/handshake"],
    basis="project",
    confidence="medium",
    pics="S.SWAP",
    faults=["bms_wait_4s", "gives_packs_up_early", "accepts_silent_pack", "pack_silent_for_ever"],
    needs=["energise"],
    duration_s=40,
)
def test_silent_pack(step, swap, fitting):
    with step(1, "Fit a silent pack, command PostCheck", expect="VehSwapMode error at T_BMS_FIRST"):
        swap.pack("new").silent(True)
        order = fitting.checked_from()
        fitting.given_up(order, "timer.T_BMS_FIRST", "PACK_STS1")
    with step(2, "Report success all the same", expect="No high voltage, a trouble in DM1"):
        fitting.powerless(order)
        fitting.troubled(since=order)


@case(
    "SWP-BMS-049",
    title="Unknown version of the protocol",
    purpose="A pack of a version that the truck does not know is refused, with a trouble.",
    refs=["HTSWAP-0.1:5.4/refusal"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    faults=["accepts_any_protocol", "protocol_not_recorded"],
    needs=["energise"],
    messages=["PACK_VER.ProtoMajor"],
    duration_s=40,
)
def test_unknown_version(step, swap, fitting):
    with step(1, "Fit a pack of version 15, command PostCheck and Success", expect="Refused, no high voltage, a trouble in DM1"):
        major = int(fitting.number("pack.unknown_version"))
        swap.pack("new").change("PACK_VER", ProtoMajor=major)
        order = fitting.checked_from()
        fitting.stated("PACK_VER", "other version", ProtoMajor=major)
        fitting.refused(order)


@case(
    "SWP-BMS-050",
    title="Limits of the new pack",
    purpose="The truck takes over the limits of the new pack and draws no more than they allow.",
    refs=["HTSWAP-0.1:5.4/handshake", "HTSWAP-0.1:5.5/invariants"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP AND S.UDS",
    faults=["keeps_old_limits", "ignores_limits"],
    pixit=["did_pack_limits", "did_pack_limits_step"],
    needs=["energise"],
    messages=["PACK_LIM.MaxDischargeCurrent"],
    duration_s=40,
)
def test_limits(bench, truck, step, check, swap, fitting):
    with step(1, "Fit a pack with lower limits than the old one", expect="The truck shows the new limits"):
        charge, discharge = fitting.number("pack.charge"), fitting.number("pack.discharge")
        before = swap.live() and swap.latest("PACK_LIM").number("MaxDischargeCurrent")
        if before <= discharge:
            raise Inconclusive(Reason.PRECONDITION, f"the old pack allows {before} A, no more than the new one is to allow")
        swap.pack("new").limits(charge=charge, discharge=discharge)
        swap.restored()
        fitting.stated("PACK_LIM", "lower limits", MaxDischargeCurrent=discharge)
        told = swap.latest("PACK_LIM")
        limits = fitting.current_limits()
        check("limits shown", f"{limits}", equals=f"{(told['MaxChargeCurrent'], told['MaxDischargeCurrent'])}", message=told)
    with step(2, "Have the driver press the pedal to the floor", expect="No more current than the new pack allows"):
        begin_ns = bench.now_ns
        swap.yard.driver(key="ready", brake="released", gear="drive", pedal=fitting.number("pack.full_pedal"))
        bench.run_for(truck.limit("drive.watch").nominal_ns)
        drawn = swap.highest("draw_a", since=begin_ns)
        if not drawn:
            raise Inconclusive(Reason.PRECONDITION, "the truck draws no current at full pedal")
        check("current drawn", drawn, at_most=discharge, unit="A", message=told)


@case(
    "SWP-BMS-051",
    title="Jump of the state of charge",
    purpose="The display follows from the empty old pack to the full new one within seconds.",
    refs=["HTSWAP-0.1:5.4/handshake", "HTSWAP-0.1:5.5/invariants"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP AND S.UDS",
    faults=["keeps_old_soc", "pack_data_late", "soc_told_a_tenth_low"],
    pixit=["did_pack_soc", "did_pack_soc_step"],
    needs=["energise"],
    messages=["PACK_STS1.SOC"],
    duration_s=40,
)
def test_state_of_charge(bench, truck, step, check, check_time, swap, fitting):
    with step(1, "Read the state of charge with the old pack", expect="That of the old pack"):
        swap.live()
        old = swap.latest("PACK_STS1")
        told, step_pct = old.number("SOC"), fitting.soc_step_pct
        check("state of charge shown", fitting.soc(), between=(told - step_pct, told + step_pct), unit="%", message=old)
    with step(2, "Swap, read the state of charge", expect="That of the new pack within 5 s of PostCheck"):
        fitting.checked_from()
        first = next(iter(bench.messages("PACK_STS1", since=fitting.mated_ns())), None)
        first = first or bench.reach("PACK_STS1", within=truck.limit("timer.T_BMS_FIRST"))
        if abs(first.number("SOC") - old.number("SOC")) < fitting.number("pack.soc_jump"):
            raise Inconclusive(Reason.PRECONDITION, f"both packs tell about {first['SOC']} %")
        limit = truck.limit("pack.shown")
        # The display may be read from PostCheck on; what it showed earlier is not asked.
        ready_ns = bench.now_ns
        shown_ns = fitting.soc_ns(first.number("SOC"), until_ns=ready_ns + 2 * limit.upper_ns)
        if shown_ns is None:
            check("state of charge shown", "not that of the new pack", equals=f"{first['SOC']} %", message=first)
        else:
            check_time("state of charge shown", shown_ns - ready_ns, limit, message=first)


@case(
    "SWP-BMS-052",
    title="Pack with a fault",
    purpose="A pack that tells a fault of the highest level gets no high voltage.",
    refs=["HTSWAP-0.1:5.4/refusal"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    faults=["ignores_pack_fault"],
    needs=["energise"],
    messages=["PACK_STS2.FaultLevel"],
    duration_s=40,
)
def test_pack_with_a_fault(step, swap, fitting):
    with step(1, "Fit a pack with FaultLevel 3, command PostCheck and Success", expect="Refused, no high voltage, a trouble in DM1"):
        swap.pack("new").change("PACK_STS2", FaultLevel="open_now")
        order = fitting.checked_from()
        fitting.stated("PACK_STS2", "fault of the pack", FaultLevel="open_now")
        fitting.refused(order)
