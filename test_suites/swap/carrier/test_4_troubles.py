"""The fault memory after swaps that failed, and after a good one (SWP-DTC)."""

from harness.case import case
from harness.core import Inconclusive, Reason


@case(
    "SWP-DTC-068",
    title="Fault memory after failed swaps",
    purpose="A jammed lock, a lock that does not close and a silent pack leave one entry each in DM1 or DM2, each with one occurrence.",
    refs=["HTSWAP-0.1:5.4/faults"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    pixit=["lock_points"],
    faults=["counts_twice", "records_nothing", "lock_failure_not_recorded", "never_heals"],
    duration_s=150,
)
def test_fault_memory_after_failed_swaps(bench, truck, step, check, swap, carrier):
    point = carrier.point
    with step(1, "Have a lock point jam at Unlock, free it, abort the swap", expect="One entry more, one occurrence"):
        swap.hv_down()
        before = carrier.entries()
        carrier.force(point, "locked")
        swap.ends(swap.order("unlock"), "timeout", swap.around("timer.T_UNLOCK", "lock.tolerance"))
        jammed = carrier.entries()
        check("new entries", carrier.added(before, jammed), equals="1 with 1 occurrence", message=swap.dm1())
        carrier.force(point, None)
        swap.ends(swap.order("abort"), "done", truck.limit("abort.relocked"))
        bench.run_for(truck.limit("troubles.told").upper_ns)
        check("troubles in DM1 after the abort", swap.faults(), equals=0, message=swap.dm1())
    with step(2, "Swap again, have a lock point stay in between at Lock, free it, lock", expect="One entry more, one occurrence"):
        swap.again()
        swap.mated()
        carrier.force(point, "intermediate")
        swap.ends(swap.order("lock"), "timeout", swap.around("timer.T_LOCK", "lock.tolerance"))
        unlocked = carrier.entries()
        check("new entries", carrier.added(jammed, unlocked), equals="1 with 1 occurrence", message=swap.dm1())
        carrier.force(point, None)
        swap.ends(swap.order("lock"), "done", truck.limit("timer.T_LOCK"))
    with step(3, "Silence the pack and command PostCheck", expect="One entry more, one occurrence"):
        swap.pack("new").silent(True)
        bench.run_for(truck.limit("approach.settle").nominal_ns)
        silenced = bench.now_ns
        swap.order("post_check")
        bench.run_for(truck.limit("timer.T_BMS_FIRST").nominal_ns + truck.limit("troubles.told").upper_ns)
        bench.withheld("PACK_STS2", since=silenced, what="messages of the pack")
        silent = carrier.entries()
        check("new entries", carrier.added(unlocked, silent), equals="1 with 1 occurrence", message=swap.dm1())


@case(
    "SWP-DTC-069",
    title="Fault memory after a good swap",
    purpose="After a nominal swap no fault is active.",
    refs=["HTSWAP-0.1:5.4/faults"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    faults=["fault_after_swap"],
    needs=["energise"],
    duration_s=60,
)
def test_fault_memory_after_a_good_swap(bench, truck, step, check, swap):
    with step(1, "Swap the pack and read DM1", expect="No active fault, no lamp"):
        restored = swap.restored()
        bench.run_for(truck.limit("troubles.settled").nominal_ns)
        told = bench.messages("DM1", since=restored, where=lambda dm1: dm1.sender in ("vcu", "bsc"))
        if not told:
            raise Inconclusive(Reason.PRECONDITION, "the truck sends no DM1")
        with_faults = [dm1 for dm1 in told if swap.has_trouble(dm1)]
        check("DM1 with a fault", len(with_faults), equals=0, message=with_faults[0] if with_faults else restored)
