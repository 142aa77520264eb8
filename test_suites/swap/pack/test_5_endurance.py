"""Many swaps in a row (SWP-END)."""

from harness.case import case


@case(
    "SWP-END-070",
    title="Endurance",
    purpose="A hundred swaps in a row are one like the other: each succeeds, none takes longer than the first, the lock counts every one.",
    refs=["HTSWAP-0.1:5.4/sequence", "HTSWAP-0.1:5.5/invariants"],
    basis="project",
    confidence="medium",
    pics="S.SWAP",
    faults=["slower_after_three_swaps", "counts_every_second_cycle", "stays_in_post_check"],
    needs=["energise"],
    messages=["LOCK_STS.LockCycles"],
    duration_s=1500,
)
def test_endurance(truck, step, check, check_time, swap, fitting):
    with step(1, "Swap once", expect="Restored, one more cycle of the lock"):
        swap.live()
        first = fitting.timed_swap("new")
        check("swap", first.stopped or "whole", equals="whole")
        check("lock cycles of a swap", first.cycles, at_least=1)
    with step(2, "Swap 99 times more, with the two packs in turn", expect="Restored every time, the lock counts each swap alike"):
        count, drift = int(fitting.number("endurance.swaps")), truck.limit("endurance.drift")
        swaps = [first]
        while len(swaps) < count and fitting.is_like(swaps[-1], first, drift):
            swaps.append(fitting.timed_swap("old" if len(swaps) % 2 else "new"))
        alike = sum(fitting.is_like(each, first, drift) for each in swaps)
        check("swaps like the first", alike, equals=count, note=swaps[-1].stopped or "stopped at one that differs")
        check("lock cycles of the last swap", swaps[-1].cycles, equals=first.cycles)
    with step(3, "Compare the time of every swap with that of the first", expect="No drift"):
        check_time("largest difference to the first swap", max(abs(each.time_ns - first.time_ns) for each in swaps), drift)
