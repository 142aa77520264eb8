"""Cycle times, start-up, sleep and wake-up (reference catalogue CAN-CYC)."""

from dataclasses import replace
from decimal import Decimal

from harness.case import case
from harness.core import Inconclusive, Reason, s
from harness.protocols.vehicle.traffic import distances_of, most_within

MS = 1_000_000
PARTS = Decimal(100)


def seconds_of(truck, key):
    """A PIXIT value in seconds, in nanoseconds."""
    return s(float(truck.pixit(key)))


def asleep(bench, truck, bus):
    """Turn the key off and wait until the after-run is over; the instant of the key."""
    bus.running()
    off_ns = bus.key(False)
    bench.run_for(seconds_of(truck, "after_run_s"))
    return off_ns


def single_limit(truck, period_ns):
    """Shortest and longest single distance of a period."""
    share, extra = truck.limit("can.period_single"), truck.limit("can.period_extra")
    off = Decimal(period_ns) / MS * share.upper / PARTS + Decimal(extra.nominal_ns) / MS
    return replace(share, unit="ms", lower=Decimal(period_ns) / MS - off, upper=Decimal(period_ns) / MS + off)


@case(
    "CAN-CYC-007",
    title="Cycle times",
    purpose="Each cyclic message keeps its period: the mean to 5 %, each distance to 20 % and 1 ms, and none is left out.",
    refs=["CANBENCH:?/cycles"],
    basis="project",
    confidence="medium",
    pics="B.BUS",
    faults=["speed_every_130ms", "speed_jitters_by_30ms", "speed_with_gaps", "distance_never_sent"],
    pixit=["unit_address", "database"],
    needs=["energise"],
    duration_s=65,
)
def test_cycle_times_are_kept(bench, truck, step, check, check_time, bus):
    with step(
        1,
        "Watch the bus for 60 s, at rest, driving, and charging where that is declared",
        expect="Periods within their tolerances, no message left out",
    ):
        found = bus.watch()
        check("messages that did not come at all", bus.missing(found), equals="none")
        for each in bus.cyclic(found):
            told = distances_of(each)
            if told is None:
                check(f"{each.name}: frames", len(each.records), at_least=2)
                continue
            period_ns, limit = each.row.period_ns, single_limit(truck, each.row.period_ns)
            mean = bus.off_period(told, period_ns)
            check(f"{each.name}: mean off its period", mean, limit=truck.limit("can.period_mean"), unit="%", note=told.text())
            check_time(f"{each.name}: shortest distance", min(told.each), limit)
            check_time(f"{each.name}: longest distance", max(told.each), limit)
            share = truck.limit("can.period_missing").upper
            gaps = sum(distance * PARTS > period_ns * share for distance in told.each)
            check(f"{each.name}: messages left out", gaps, equals=0)


@case(
    "CAN-CYC-008",
    title="Start-up",
    purpose="The first frame of the unit comes within 1 s of power, and start-up brings no burst of more than 10 frames in 5 ms.",
    refs=["CANBENCH:?/start"],
    basis="project",
    confidence="medium",
    pics="B.BUS",
    faults=["claims_after_1_5s", "burst_at_start"],
    pixit=["unit_address", "database"],
    duration_s=10,
)
def test_start_up_is_quick_and_without_a_burst(bench, truck, step, check, check_time, bus):
    with step(1, "Switch power off and on, watch the start", expect="First frame within 1 s, no more than 10 frames in 5 ms"):
        bus.running()
        bus.power(False)
        bench.run_for(truck.limit("stimulus.off").nominal_ns)
        before_ns = bench.now_ns
        bench.run_for(truck.limit("stimulus.off").nominal_ns)
        if bus.own(before_ns):
            raise Inconclusive(Reason.PRECONDITION, "the unit goes on without its supply")
        on_ns = bus.power(True)
        bench.run_for(truck.limit("stimulus.on").nominal_ns)
        bus.require(on_ns)
        own = bus.own(on_ns)
        check("frames of the unit", "seen" if own else "none", equals="seen")
        if own:
            check_time("power to the first frame of the unit", own[0].t_ns - on_ns, truck.limit("can.first_frame"))
        window_ns = truck.limit("can.burst_window").nominal_ns
        burst = most_within(bus.frames(on_ns), window_ns)
        check(f"most frames in {window_ns / MS:g} ms", burst, limit=truck.limit("can.burst"))


@case(
    "CAN-CYC-009",
    title="Sleep",
    purpose="After the key is off the bus falls silent within the declared after-run and stays so for a minute.",
    refs=["CANBENCH:?/sleep"],
    basis="derived",
    confidence="medium",
    pics="B.SLEEP",
    faults=["never_sleeps", "sleeps_after_20s"],
    pixit=["unit_address", "database", "after_run_s"],
    duration_s=75,
)
def test_bus_falls_silent(bench, truck, step, check, check_time, bus):
    with step(1, "Turn the key off, wait for the declared after-run, then for 60 s", expect="Silence for 60 s"):
        off_ns = asleep(bench, truck, bus)
        quiet_ns = bench.now_ns
        bench.run_for(truck.limit("can.silence").nominal_ns)
        if foreign := [record for record in bench.records(since=off_ns) if record.direction.value == "tx"]:
            raise Inconclusive(Reason.PRECONDITION, f"the tester itself sent {len(foreign)} frames")
        late = bus.frames(quiet_ns)
        last_ns = max((record.t_ns for record in bus.frames(off_ns)), default=off_ns)
        check("frames after the after-run", len(late), equals=0, note=f"last frame {(last_ns - off_ns) / 1e9:.3f} s after the key")


@case(
    "CAN-CYC-010",
    title="Wake-up",
    purpose="A frame on the sleeping bus brings the cyclic messages of the unit back within the declared time.",
    refs=["CANBENCH:?/sleep"],
    basis="derived",
    confidence="medium",
    pics="B.SLEEP",
    faults=["not_woken_by_frames", "wakes_after_3s"],
    pixit=["unit_address", "database", "after_run_s", "wake_up_s"],
    needs=["active_bus"],
    duration_s=25,
)
def test_frame_wakes_the_unit(bench, truck, step, check, check_time, bus, tester):
    with step(1, "Turn the key off and wait until the bus is silent, then send one frame", expect="Cyclic messages in the declared time"):
        asleep(bench, truck, bus)
        quiet_ns = bench.now_ns
        bench.run_for(truck.limit("can.before_wake").nominal_ns)
        if bus.frames(quiet_ns):
            raise Inconclusive(Reason.PRECONDITION, "the bus does not fall silent")
        since_ns = bench.now_ns - 1
        tester.send(int(truck.limit("can.wake_group").value), bytes(8))
        bench.run_for(truck.limit("approach.own").nominal_ns)
        sent = [record for record in bench.records(since=since_ns) if record.direction.value == "tx"]
        if not sent:
            raise Inconclusive(Reason.PRECONDITION, "the tester sent no frame")
        limit = bus.declared("wake_up_s", "s", "CANBENCH:?/sleep")
        bench.run_for(2 * limit.upper_ns)
        found = bus.cyclic_of_unit(sent[0].t_ns)
        first_ns = min((each.records[0].t_ns for each in found), default=None)
        check("cyclic messages of the unit", "seen" if found else "none", equals="seen")
        if first_ns is not None:
            check_time("frame to the first cyclic message", first_ns - sent[0].t_ns, limit, note=limit.text)
