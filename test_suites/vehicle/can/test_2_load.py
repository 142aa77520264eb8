"""Bus load, in every state and under a flood (reference catalogue CAN-LOAD, CAN-FUZ-024)."""

from harness.case import case
from harness.core import Frame, Inconclusive, Reason
from harness.protocols.canbus import INTERFRAME_BITS, bus_columns, bus_load, count_bits
from harness.protocols.vehicle.traffic import distances_of

FLOOD = Frame(0, bytes.fromhex("55AA55AA55AA55AA"), extended=False)


def load_between(bench, truck, bus, start_ns, end_ns):
    """The load from one instant to another, in windows of the profile."""
    rate, data_rate = bus.rates_bps
    columns = bus_columns(bench.records(since=start_ns))
    window_ns = truck.limit("can.load_window").nominal_ns
    return bus_load(columns, rate, data_bitrate_bps=data_rate, window_ns=window_ns, start_ns=start_ns, end_ns=end_ns)


def judge_load(bench, truck, check, bus, start_ns):
    """Mean and peak since then against their limits."""
    load = load_between(bench, truck, bus, start_ns, bench.now_ns)
    check("mean load", round(load.mean_pct, 2), limit=truck.limit("can.load_mean"), unit="%")
    peak = load.peak
    check("highest load of a window", round(peak.load_pct, 2), limit=truck.limit("can.load_peak"), unit="%", note=f"{peak.frames} frames")


@case(
    "CAN-LOAD-003",
    title="Bus load",
    purpose="At rest, driving, and charging where declared, the mean load stays below 50 %, that of 100 ms below 70 %.",
    refs=["CANBENCH:?/load"],
    basis="project",
    confidence="medium",
    pics="B.BUS",
    faults=["bursts_of_150ms", "takes_half_of_the_bus"],
    pixit=["unit_address", "database"],
    needs=["energise"],
    duration_s=65,
)
def test_load_is_within_limits(bench, truck, step, check, bus):
    with step(
        1,
        "Watch the bus for 60 s, at rest, driving, and charging where that is declared",
        expect="Mean load below 50 %, windows of 100 ms below 70 %",
    ):
        start_ns = bus.running()
        bus.watch(since_ns=start_ns)
        judge_load(bench, truck, check, bus, start_ns)


@case(
    "CAN-LOAD-004",
    title="Bus load while charging",
    purpose="While the truck charges or its pack is swapped the load stays within the same limits.",
    refs=["CANBENCH:?/load"],
    basis="project",
    confidence="medium",
    pics="B.CHARGE",
    faults=["charging_bursts_of_150ms"],
    pixit=["unit_address", "database"],
    needs=["energise"],
    duration_s=65,
)
def test_load_is_within_limits_while_charging(bench, truck, step, check, bus):
    with step(1, "Bring the truck into the state in which it charges, watch for 60 s", expect="Mean below 50 %, windows below 70 %"):
        bus.running()
        start_ns = bus.charge(True)
        bench.run_for(truck.limit("can.watch").nominal_ns)
        bus.require(start_ns)
        judge_load(bench, truck, check, bus, start_ns)


@case(
    "CAN-FUZ-024",
    title="Flood of the highest priority",
    purpose="A flood of identifier 0 delays messages of the truck; none is lost, and after it everything is as before within 1 s.",
    refs=["CANBENCH:?/robust"],
    basis="project",
    confidence="medium",
    pics="B.BUS",
    faults=["drops_at_800_frames_per_s", "stops_at_800_frames_per_s"],
    pixit=["unit_address", "database"],
    needs=["active_bus"],
    duration_s=20,
)
def test_flood_of_highest_priority_loses_nothing(bench, truck, step, check, check_time, bus, tester):
    with step(1, "Send identifier 0 at 60 % load for 10 s", expect="Every message of the truck comes, though later"):
        bus.running()
        share, length_ns = truck.limit("can.flood_load"), truck.limit("can.flood_length").nominal_ns
        bits = count_bits(FLOOD).nominal + INTERFRAME_BITS
        start_ns = bench.now_ns
        tester.flood([FLOOD], float(share.value) / 100 * bus.rates_bps[0] / bits, length_ns)
        bench.run_for(length_ns)
        end_ns = bench.now_ns
        load = load_between(bench, truck, bus, start_ns, end_ns)
        if load.mean_pct < float(share.value):
            raise Inconclusive(Reason.PRECONDITION, f"the flood took {load.mean_pct:.1f} % of the bus only")
        found = bus.cyclic(bus.series(start_ns, end_ns))
        check("messages that did not come at all", bus.missing(found), equals="none")
        for each in found:
            lost = length_ns // each.row.period_ns - len(each.records)
            told = distances_of(each)
            note = f"longest distance {max(told.each) / 1e6:.2f} ms" if told else ""
            check(f"{each.name}: messages lost", max(0, lost), limit=truck.limit("can.flood_lost"), note=note)
    with step(2, "Watch the bus after the flood", expect="Every message comes again within 1 s"):
        bench.run_for(2 * truck.limit("can.flood_recovery").upper_ns)
        after = bus.cyclic(bus.series(end_ns))
        check("messages that did not come back", bus.missing(after), equals="none")
        for each in after:
            late_ns = max(0, each.records[0].t_ns - end_ns - each.row.period_ns)
            check_time(f"{each.name}: beyond its period", late_ns, truck.limit("can.flood_recovery"))
