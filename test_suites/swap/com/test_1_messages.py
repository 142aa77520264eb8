"""Messages of the truck: cycles, counters, checksums, words, senders (SWP-COM-001 to 004)."""

from itertools import pairwise

from harness.case import case

CYCLIC = ("VEH_STS", "LOCK_STS")
ANSWERS = ("ACK", "AUTH_RSP")


def jumps(messages):
    """How often the counter did not go on by one; its highest value is followed by 0, and none by itself."""
    counters = [int(message["Counter"]) for message in messages]
    highest = max(counters, default=0)
    return sum(now == before or now != (0 if before == highest else before + 1) for before, now in pairwise(counters))


@case(
    "SWP-COM-001",
    title="Cyclic messages with their periods",
    purpose="The truck sends VEH_STS and LOCK_STS with their periods: mean within 10 %, single ones within 20 %.",
    refs=["HTSWAP-0.1:5.2/cycles"],
    basis="project",
    confidence="medium",
    pics="S.SWAP",
    faults=["status_every_130ms", "jittery_lock_status", "lock_status_stops"],
    duration_s=20,
)
def test_cyclic_messages(truck, step, check, swap):
    with step(1, "Listen for 10 s", expect="Mean period within 10 %, single ones within 20 %"):
        swap.awake()
        since_ns = swap.listen("com.listen")
        for name, cycle in (("VEH_STS", truck.limit("cycle.VEH_STS")), ("LOCK_STS", truck.limit("cycle.LOCK_STS"))):
            seen = swap.link.messages(name, since=since_ns)
            check(f"{name} seen", "seen" if len(seen) > 1 else "not seen", equals="seen")
            if len(seen) < 2:
                continue
            gaps = [after.t_ns - before.t_ns for before, after in pairwise(seen)]
            mean = sum(gaps) / len(gaps) / cycle.nominal_ns
            worst = max(gaps, key=lambda gap: abs(gap - cycle.nominal_ns)) / cycle.nominal_ns
            check(f"{name}: deviation of the mean period", abs(mean - 1) * 100, limit=truck.limit("cycle.mean"))
            check(f"{name}: largest deviation of a period", abs(worst - 1) * 100, limit=truck.limit("cycle.single"))


@case(
    "SWP-COM-002",
    title="Counter and checksum",
    purpose="In 10 s every counter goes on by one and every checksum is right.",
    refs=["HTSWAP-0.1:5.1/guard"],
    basis="project",
    confidence="medium",
    pics="S.SWAP",
    faults=["frozen_counter", "wrong_checksum", "lock_status_stops"],
    duration_s=20,
)
def test_counter_and_checksum(step, check, swap):
    with step(1, "Listen for 10 s", expect="No jump of a counter, no wrong checksum"):
        swap.heard()
        since_ns = swap.listen("com.listen")
        for name in CYCLIC:
            seen = swap.link.messages(name, since=since_ns)
            wrong = swap.link.messages(
                "SWAP.ERROR", since=since_ns, where=lambda error, name=name: error["about"] == name and not swap.link.is_ours(error)
            )
            check(f"{name} in this time", "seen" if len(seen) + len(wrong) > 1 else "not seen", equals="seen")
            check(f"{name} with a wrong checksum", len(wrong), equals=0, message=wrong[0] if wrong else None)
            check(f"{name}: jumps of the counter", jumps(seen), equals=0)


@case(
    "SWP-COM-003",
    title="Words and reserved bits",
    purpose="Every state that the truck tells has a number of its table, and reserved bits are 1.",
    refs=["HTSWAP-0.1:5.3/encoding"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    faults=["reserved_bits_zero", "lock_state_outside_table", "acknowledges_nothing"],
    duration_s=30,
)
def test_words_and_reserved_bits(bench, truck, step, check, swap):
    with step(1, "Open a session, authenticate the station, listen for 10 s", expect="Known words, reserved bits 1"):
        swap.heard()
        swap.greet()
        bench.run_for(truck.limit("com.listen").nominal_ns)
        for name in (*CYCLIC, *ANSWERS):
            seen = [message for message in swap.link.messages(name) if not swap.link.is_ours(message)]
            if name == "ACK":
                check(f"{name} seen", "seen" if seen else "not seen", equals="seen")
            unknown = [message for message in seen if any(str(value).startswith("undefined_") for value in message.values.values())]
            check(f"{name} with an unknown word", len(unknown), equals=0, message=unknown[0] if unknown else None)
            zeros = [message for message in seen if message["Reserved"] != "ones"]
            check(f"{name} with a reserved bit at 0", len(zeros), equals=0, message=zeros[0] if zeros else None)


@case(
    "SWP-COM-004",
    title="One sender for each identifier",
    purpose="In 30 s no identifier of the truck comes from two senders: counters do not interleave, and there are not too many messages.",
    refs=["HTSWAP-0.1:5.1/senders"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    faults=["second_sender_of_lock_status", "lock_status_stops"],
    duration_s=40,
)
def test_one_sender_for_each_identifier(truck, step, check, swap):
    with step(1, "Listen for 30 s", expect="Counters of each message go on by one, no more messages than their period"):
        swap.heard()
        since_ns = swap.listen("com.listen_bus")
        for name, cycle in (("VEH_STS", truck.limit("cycle.VEH_STS")), ("LOCK_STS", truck.limit("cycle.LOCK_STS"))):
            seen = swap.link.messages(name, since=since_ns)
            check(f"{name} seen", "seen" if seen else "not seen", equals="seen")
            check(f"{name}: jumps of the counter", jumps(seen), equals=0)
            due = truck.limit("com.listen_bus").nominal_ns / cycle.nominal_ns
            check(f"{name}: share of the messages that are due", 100 * len(seen) / due, limit=truck.limit("com.share"))
