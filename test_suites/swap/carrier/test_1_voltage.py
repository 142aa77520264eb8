"""High voltage before the lock opens (SWP-HV)."""

from harness.case import case
from harness.core import Inconclusive, Reason


@case(
    "SWP-HV-023",
    title="Discharge before the permit",
    purpose="PrepareSwap at full voltage opens the contactors, then brings the link below 60 V within T_HV_DOWN; then comes the permit.",
    refs=["HTSWAP-0.1:5.4/hv-down"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    messages=["VEH_STS.HvBusState", "VEH_STS.LinkVoltage"],
    faults=["slow_discharge", "no_discharge", "discharges_before_opening", "unlocks_at_80v"],
    needs=["energise"],
    duration_s=30,
)
def test_discharge_before_the_permit(bench, truck, step, check, check_time, swap, carrier):
    touchable = float(truck.limit("voltage.touchable").value)
    with step(1, "Authenticate the station with high voltage on, command PrepareSwap", expect="Link below 60 V within T_HV_DOWN"):
        swap.authenticated()
        full_v = swap.level("link_v")
        if full_v <= touchable:
            raise Inconclusive(Reason.PRECONDITION, f"the link has {full_v:g} V before PrepareSwap: there is nothing to discharge")
        order = swap.order("prepare_swap")
        limit = truck.limit("timer.T_HV_DOWN")
        told = swap.wait(
            "VEH_STS",
            since=order,
            until_ns=order.t_ns + limit.upper_ns,
            where=lambda sts: sts["HvBusState"] == "de_energised" and sts.number("LinkVoltage") < touchable,
        )
        check("link that the truck tells", "de-energised" if told else "energised", equals="de-energised", message=told or order)
        # So long that a link which falls too late gives a time.
        bench.run_for(2 * limit.upper_ns)
        dead_ns = carrier.below_ns("link_v", touchable, since=order)
        check(f"link at {touchable:g} V", "below" if dead_ns is not None else "not below", equals="below", message=order)
        if dead_ns is not None:
            check_time("PrepareSwap to the link below the limit", dead_ns - order.t_ns, limit, message=order)
    with step(2, "Look at the order of contactors, voltage and permit", expect="Contactors open, then the voltage falls, then the permit"):
        opened_ns = carrier.below_ns("pack_v", touchable, since=order)
        falling_ns = carrier.below_ns("link_v", full_v * float(truck.limit("voltage.falling").value) / 100, since=order)
        opened = opened_ns is not None and (falling_ns is None or opened_ns <= falling_ns)
        check(
            "contactors", "open before the voltage falls" if opened else "not open", equals="open before the voltage falls", message=order
        )
        due_ns = order.t_ns + truck.limit("timer.T_PREP").upper_ns
        swap.wait("VEH_STS", since=order, until_ns=due_ns, where=lambda sts: sts["SwapPermit"] == "permitted")
        permits = swap.link.messages("VEH_STS", since=order, where=lambda sts: sts["SwapPermit"] == "permitted")
        early = [sts for sts in permits if sts.number("LinkVoltage") >= touchable]
        check("states with a permit and voltage", len(early), equals=0, message=early[0] if early else swap.latest("VEH_STS"))
        check("permit", "given" if permits else "not given", equals="given", message=permits[0] if permits else order)


@case(
    "SWP-HV-024",
    title="Link that stays above the limit",
    purpose="While a supply holds the link above 60 V there is no permit, and the truck tells that high voltage is the reason.",
    refs=["HTSWAP-0.1:5.4/hv-down", "HTSWAP-0.1:5.4/permit"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    messages=["VEH_STS.DenyReason"],
    faults=["permits_with_voltage", "unlocks_at_80v", "wrong_deny_reason", "deaf_after_a_refusal"],
    needs=["energise"],
    duration_s=60,
)
def test_link_that_stays_above_the_limit(bench, truck, step, swap, carrier):
    with step(1, "Authenticate the station, hold the link at 100 V, command PrepareSwap", expect="No permit, reason HV present"):
        swap.authenticated()
        carrier.hold_link(truck.limit("stimulus.held_link"))
        swap.refuses_permit("hv_present")
    with step(2, "Hold the link at 70 V and command PrepareSwap again", expect="No permit, reason HV present"):
        carrier.hold_link(truck.limit("stimulus.held_link_low"))
        swap.refuses_permit("hv_present")
    with step(3, "Free the link and command PrepareSwap again", expect="Permit: it was the voltage"):
        swap.set_line("hold_link_v", -1.0, lambda: swap.yard.hold_link(None))
        bench.run_for(truck.limit("approach.settle").nominal_ns)
        swap.accepted(swap.order("prepare_swap"), truck.limit("timer.T_PREP"))


@case(
    "SWP-HV-025",
    title="Welded contactor",
    purpose="A pack that tells a welded contactor gets no permit, and the truck tells a fault.",
    refs=["HTSWAP-0.1:5.4/hv-down", "HTSWAP-0.1:5.4/faults"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    messages=["PACK_STS2.Weld"],
    faults=["ignores_weld", "weld_not_recorded"],
    duration_s=40,
)
def test_welded_contactor(bench, truck, step, check, swap):
    with step(1, "Authenticate the station, have the pack tell a weld, command PrepareSwap", expect="No permit, fault in DM1"):
        swap.authenticated()
        swap.is_without_trouble()
        swap.pack("old").change("PACK_STS2", Weld="welded")
        since_ns = bench.now_ns
        bench.run_for(truck.limit("approach.settle").nominal_ns)
        bench.given("PACK_STS2", since=since_ns, where=lambda sts: sts["Weld"] == "welded", what="weld of the pack")
        swap.refuses_permit()
        check("troubles in DM1", "told" if swap.faults() else "none told", equals="told", message=swap.dm1())
