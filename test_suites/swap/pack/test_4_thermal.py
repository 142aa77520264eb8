"""Cooling of the new pack, leak, thermal runaway (SWP-THM)."""

from harness.case import case
from harness.core import Inconclusive, Reason


@case(
    "SWP-THM-065",
    title="Cooling on request",
    purpose="The pump runs within 5 s of the pack's request for cooling, and coolant flows through the pack.",
    refs=["HTSWAP-0.1:5.3/thermal"],
    basis="project",
    confidence="medium",
    pics="S.SWAP",
    faults=["pump_stays_off", "pump_after_7s"],
    needs=["energise"],
    messages=["PACK_THM.ThermalRequest", "PACK_THM.CoolantFlow"],
    duration_s=40,
)
def test_cooling(bench, truck, step, check, check_time, swap):
    with step(1, "After a whole swap have the pack ask for cooling", expect="The pump runs within 5 s"):
        swap.restored()
        if swap.level("pump"):
            raise Inconclusive(Reason.PRECONDITION, "the pump runs without a request")
        swap.pack("new").thermal(ThermalRequest="cool")
        asked = bench.reach(
            "PACK_THM", within=truck.limit("approach.awake"), where=lambda each: each["ThermalRequest"] == "cool", what="request"
        )
        limit = truck.limit("thermal.pump")
        # So long that a pump which runs too late gives a time.
        bench.run_for(2 * limit.upper_ns)
        begun_ns = next((t_ns for t_ns, level in bench.level_changes("pump") if t_ns > asked.t_ns and level), None)
        if begun_ns is None:
            check("pump", "off", equals="on", message=asked)
        else:
            check_time("pump on", begun_ns - asked.t_ns, limit, message=asked)
    with step(2, "Look at the flow that the pack tells", expect="Coolant flows"):
        bench.run_for(truck.limit("pack.told").upper_ns)
        flow = swap.latest("PACK_THM")
        check("coolant flow", str(flow["CoolantFlow"]), equals="yes", message=flow)


@case(
    "SWP-THM-066",
    title="Coolant leak",
    purpose="A leak brings a warning at once, and the high voltage goes off when the truck has stopped.",
    refs=["HTSWAP-0.1:5.3/thermal"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    faults=["ignores_leak", "leak_keeps_power", "leak_power_off_late"],
    needs=["energise"],
    messages=["PACK_THM.Leak"],
    duration_s=50,
)
def test_leak(bench, truck, step, check, check_time, swap, fitting):
    with step(1, "After a whole swap, at 30 km/h, have the pack tell a leak", expect="A warning in DM1"):
        swap.restored()
        swap.is_without_trouble()
        speed = fitting.number("thermal.speed")
        swap.set_line("speed_kmh", speed, lambda: swap.yard.driver(key="ready", brake="released", gear="drive", speed=speed))
        bench.run_for(truck.limit("approach.settle").nominal_ns)
        if not swap.level("hv_request"):
            raise Inconclusive(Reason.PRECONDITION, "high voltage is off already")
        swap.pack("new").thermal(Leak="yes")
        leak = bench.reach("PACK_THM", within=truck.limit("approach.awake"), where=lambda each: each["Leak"] == "yes", what="leak")
        bench.run_for(truck.limit("pack.told").upper_ns)
        fitting.troubled(since=leak)
    with step(2, "Stop the truck", expect="High voltage off within 5 s"):
        stopped_ns = swap.set_line("speed_kmh", 0.0, lambda: swap.yard.driver(speed=0.0, gear="park", brake="applied"))
        limit = truck.limit("thermal.off")
        bench.run_for(2 * limit.upper_ns)
        off_ns = next((t_ns for t_ns, level in bench.level_changes("hv_request") if t_ns >= stopped_ns and not level), None)
        if off_ns is None:
            check("high voltage", "on" if swap.level("hv_request") else "off before", equals="off", message=leak)
        else:
            check_time("high voltage off", off_ns - stopped_ns, limit, message=leak)


@case(
    "SWP-THM-067",
    title="Thermal runaway",
    purpose="A thermal runaway brings an alarm within 1 s, and the lock does not move on its own.",
    refs=["HTSWAP-0.1:5.3/thermal"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    faults=["ignores_runaway", "runaway_alarm_late", "moves_on_runaway"],
    needs=["energise"],
    messages=["PACK_THM.ThermalRunaway"],
    duration_s=50,
)
def test_runaway(bench, truck, step, swap):
    with step(1, "After a whole swap have the pack tell a thermal runaway", expect="An alarm in DM1 within 1 s"):
        swap.restored()
        swap.is_without_trouble()
        swap.pack("new").thermal(ThermalRunaway="yes")
        runaway = bench.reach(
            "PACK_THM", within=truck.limit("approach.awake"), where=lambda each: each["ThermalRunaway"] == "yes", what="runaway"
        )
        bench.expect("DM1", within=truck.limit("thermal.alarm"), after=runaway, where=swap.has_trouble, what="alarm")
    with step(2, "Watch the lock for 10 s", expect="No movement"):
        bench.run_for(truck.limit("thermal.watch").nominal_ns)
        swap.still(since=runaway)
