"""Couplers of the pack (SWP-MAT)."""

from harness.case import case


@case(
    "SWP-MAT-044",
    title="Seated, not mated",
    purpose="A pack that sits on the truck and does not mate ends PackPlaced by time-out with a reason; the lock does not close.",
    refs=["HTSWAP-0.1:5.4/mate"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    messages=["ACK.AckReason"],
    faults=["waits_for_mate_for_ever", "takes_unmated_pack"],
    duration_s=70,
)
def test_seated_not_mated(step, check, check_time, swap, carrier):
    with step(
        1, "Bring the truck to S7, tell PackPlaced, do not mate the pack", expect="ACK time-out with a reason at T_MATE, no movement"
    ):
        swap.seated()
        carrier.needs_level("elec_conn", 0.0)
        order = swap.order("pack_placed")
        ack = swap.answered(order, "timeout", swap.around("timer.T_MATE", "lock.tolerance"))
        if ack:
            check_time("PackPlaced to its time-out", ack.t_ns - order.t_ns, swap.around("timer.T_MATE", "lock.tolerance"), message=ack)
            check("reason", "told" if ack["AckReason"] not in ("none", "sna") else "none told", equals="told", message=ack)
    with step(2, "Command Lock", expect="Rejected, lock stays unlocked"):
        lock = swap.order("lock")
        swap.not_obeyed(lock, since=order, state="unlocked")


@case(
    "SWP-MAT-045",
    title="Interlock loop open after mating",
    purpose="With the interlock loop open after mating there is no high voltage, whatever the station commands, and a fault in DM1.",
    refs=["HTSWAP-0.1:5.4/mate", "HTSWAP-0.1:5.4/faults"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    messages=["LOCK_STS.HvilLoop", "VEH_STS.HvBusState"],
    faults=["ignores_hvil", "hvil_not_recorded", "couplers_told_closed"],
    needs=["energise"],
    duration_s=90,
)
def test_interlock_loop_open_after_mating(step, check, swap, carrier):
    with step(1, "Bring the truck to S8 with the interlock loop open, go on with Lock, PostCheck, Success", expect="No high voltage"):
        mated = swap.mated(hvil=False)
        carrier.needs_level("hvil", 0.0)
        swap.is_without_trouble()
        check("HvilLoop", swap.latest("LOCK_STS")["HvilLoop"], equals="open", message=mated)
        carrier.presses_on()
        check("request for high voltage", swap.highest("hv_request", since=mated), equals=0)
        check("HvBusState", swap.latest("VEH_STS")["HvBusState"], equals="de_energised", message=swap.latest("VEH_STS"))
    with step(2, "Look at DM1", expect="Fault told"):
        check("troubles in DM1", "told" if swap.faults() else "none told", equals="told", message=swap.dm1())


@case(
    "SWP-MAT-046",
    title="Coolant coupler open after mating",
    purpose="With the coolant coupler open after mating high voltage is refused or the current limited, and a fault stands in DM1.",
    refs=["HTSWAP-0.1:5.4/mate", "HTSWAP-0.1:5.4/faults"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    messages=["LOCK_STS.CoolConn", "PACK_LIM.MaxDischargeCurrent"],
    faults=["ignores_coolant_coupler", "coolant_coupler_not_recorded", "couplers_told_closed"],
    needs=["energise"],
    duration_s=90,
)
def test_coolant_coupler_open_after_mating(bench, truck, step, check, swap, carrier):
    with step(
        1, "Bring the truck to S8 with the coolant coupler open, go on with Lock, PostCheck, Success", expect="HV refused or limited"
    ):
        mated = swap.mated(cool=False)
        carrier.needs_level("cool_conn", 0.0)
        swap.is_without_trouble()
        check("CoolConn", swap.latest("LOCK_STS")["CoolConn"], equals="open", message=mated)
        carrier.presses_on()
        full_a = swap.latest("PACK_LIM").number("MaxDischargeCurrent")
        limited_a = full_a * float(truck.limit("coolant.limited").value) / 100
        full = float(truck.limit("stimulus.full_pedal").value)
        swap.set_line("pedal_percent", full, lambda: swap.yard.driver(key="ready", brake="released", gear="drive", pedal=full))
        bench.run_for(truck.limit("approach.settle").nominal_ns)
        refused = swap.highest("hv_request", since=mated) == 0
        limited = swap.highest("draw_a", since=mated) <= limited_a
        check("high voltage", "refused or limited" if refused or limited else "full", equals="refused or limited")
    with step(2, "Look at DM1", expect="Fault told"):
        check("troubles in DM1", "told" if swap.faults() else "none told", equals="told", message=swap.dm1())
