"""The permit to swap and its conditions (SWP-PRE)."""

from harness.case import case


@case(
    "SWP-PRE-017",
    title="Permit with all conditions",
    purpose="With every condition met PrepareSwap brings the permit within T_PREP.",
    refs=["HTSWAP-0.1:5.4/permit"],
    basis="project",
    confidence="medium",
    pics="S.SWAP",
    faults=["permits_after_15s", "permit_told_from_the_start", "tells_a_reason_with_the_permit"],
    duration_s=30,
)
def test_permit_with_all_conditions(truck, step, check, swap):
    with step(1, "Authenticate the station and command PrepareSwap", expect="Permit within T_PREP, ACK done, no DenyReason"):
        swap.authenticated()
        check("permit before", swap.latest("VEH_STS")["SwapPermit"], equals="not_permitted")
        order = swap.order("prepare_swap")
        permitted = swap.link.expect(
            "VEH_STS", within=truck.limit("timer.T_PREP"), after=order, where=lambda sts: sts["SwapPermit"] == "permitted", what="permit"
        )
        check("DenyReason", permitted["DenyReason"], equals="none", message=permitted)
        swap.accepted(order, truck.limit("timer.T_PREP"))


@case(
    "SWP-PRE-{row}",
    rows="conditions.toml",
    title="{title}",
    purpose="{purpose}",
    refs=["HTSWAP-0.1:5.4/permit"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    faults=["{faults}"],
    duration_s=40,
)
def test_no_permit_without_a_condition(bench, truck, step, swap, row):
    speed = float(truck.limit("stimulus.speed").value)
    ways = {
        "park_brake": lambda: swap.yard.driver(brake="released"),
        "speed_kmh": lambda: swap.yard.driver(speed=speed),
        "key": lambda: swap.yard.driver(key="ready"),
        "charge_plug": lambda: swap.yard.plug_charger(True),
    }
    back = {
        "park_brake": lambda: swap.yard.driver(brake="applied"),
        "speed_kmh": lambda: swap.yard.driver(speed=0.0),
        "key": lambda: swap.yard.driver(key="on"),
        "charge_plug": lambda: swap.yard.plug_charger(False),
    }
    with step(1, "Authenticate the station, {stimulus}, and command PrepareSwap", expect="No permit, reason {reason}"):
        swap.authenticated()
        line = row["line"]
        swap.set_line(line, speed if line == "speed_kmh" else float(row["level"]), ways[line])
        bench.run_for(truck.limit("approach.settle").nominal_ns)
        swap.refuses_permit(row["reason"])
    with step(2, "Take that back and command PrepareSwap again", expect="Permit: it was this condition"):
        swap.set_line(line, float(row["good"]), back[line])
        bench.run_for(truck.limit("approach.settle").nominal_ns)
        swap.accepted(swap.order("prepare_swap"), truck.limit("timer.T_PREP"))


@case(
    "SWP-PRE-022",
    title="Condition lost after the permit",
    purpose="A parking brake that is released after the permit takes it back within 500 ms, and Unlock is not obeyed.",
    refs=["HTSWAP-0.1:5.4/permit"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    faults=["keeps_permit_without_brake", "unlocks_without_permit"],
    duration_s=30,
)
def test_condition_lost_after_the_permit(truck, step, swap):
    with step(1, "Bring the truck to S4 and release the brake", expect="Permit withdrawn within 500 ms"):
        swap.hv_down()
        released_ns = swap.set_line("park_brake", 0.0, lambda: swap.yard.driver(brake="released"))
        swap.link.expect(
            "VEH_STS",
            within=truck.limit("permit.withdrawn"),
            after=released_ns,
            where=lambda sts: sts["SwapPermit"] == "not_permitted",
            what="withdrawn permit",
        )
    with step(2, "Command Unlock", expect="Not obeyed: lock stays"):
        order = swap.order("unlock")
        swap.not_obeyed(order)
