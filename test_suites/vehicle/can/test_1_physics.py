"""Bit rate, sample point, error frames, bus-off, CAN FD (reference catalogue CAN-RATE, CAN-ERR, CAN-FD)."""

from harness.case import case
from harness.core import Inconclusive, Reason

POINTS = ("can.sample_point_early", "can.sample_point_middle", "can.sample_point_late")
WRONG_RATES = ("can.rate_low", "can.rate_high")
TO_BUS_OFF = 32


@case(
    "CAN-RATE-001",
    title="Bit rate",
    purpose="At the declared bit rate the bus is read without errors; at a wrong one it is not.",
    refs=["ISO11898-1:?/bit-rate"],
    basis="derived",
    confidence="medium",
    pics="B.BUS",
    faults=["clock_off_by_5_percent"],
    pixit=["unit_address", "database"],
    duration_s=35,
)
def test_bit_rate_is_the_declared_one(bench, truck, step, check, bus):
    with step(1, "Listen at the declared bit rate for 10 s", expect="Frames, no error frame"):
        start_ns = bus.running()
        before = bus.means.error_frames()
        bench.run_for(truck.limit("can.rate_watch").nominal_ns)
        bus.require(start_ns)
        check("error frames", bus.means.error_frames() - before, limit=truck.limit("can.error_frames"))
        check("frames of the unit", "seen" if bus.own(start_ns) else "none", equals="seen")
    with step(2, "Listen at half and at twice the bit rate", expect="Nothing but errors"):
        for key in WRONG_RATES:
            rate = round(bus.rates_bps[0] * float(truck.limit(key).value) / 100)
            point = float(truck.limit("can.sample_point_middle").value)
            heard = bus.means.listen(rate, point, truck.limit("can.rate_watch").nominal_ns)
            told = f"{heard.frames} frames and {heard.errors} errors"
            is_deaf = heard.frames == 0 < heard.errors
            bench.ensured(f"nothing but errors at {rate} bit/s", is_deaf, observed=told, expected="no frame, at least 1 error")


@case(
    "CAN-RATE-002",
    title="Margin of the sample point",
    purpose="Controllers that sample early and late in the bit read the bus without errors.",
    refs=["ISO11898-1:?/bit-rate"],
    basis="derived",
    confidence="medium",
    pics="B.BUS",
    faults=["clock_off_by_2_percent"],
    pixit=["unit_address", "database"],
    duration_s=35,
)
def test_bus_is_read_at_early_and_late_sample_points(bench, truck, step, check, bus):
    with step(1, "Listen with sample points at 75, 80 and 87.5 % of the bit", expect="No errors"):
        start_ns = bus.running()
        for key in POINTS:
            point = float(truck.limit(key).value)
            heard = bus.means.listen(bus.rates_bps[0], point, truck.limit("can.rate_watch").nominal_ns)
            bus.require(start_ns)
            check(f"{point:g} %: frames that were read", heard.frames, at_least=1)
            check(f"{point:g} %: errors", heard.errors, limit=truck.limit("can.error_frames"))


@case(
    "CAN-ERR-005",
    title="Error frames",
    purpose="In a minute there is no error frame, and the error counters of the interface stay below 96.",
    refs=["ISO11898-1:?/errors"],
    basis="derived",
    confidence="medium",
    pics="B.BUS",
    faults=["clock_off_by_5_percent"],
    pixit=["unit_address", "database"],
    needs=["energise"],
    duration_s=65,
)
def test_there_are_no_error_frames(bench, truck, step, check, bus):
    with step(
        1, "Watch the bus for 60 s, at rest, driving, and charging where that is declared", expect="No error frame, error counters below 96"
    ):
        start_ns = bus.running()
        before = bus.means.error_frames()
        bus.watch(since_ns=start_ns)
        check("error frames", bus.means.error_frames() - before, limit=truck.limit("can.error_frames"))
        counters = bus.means.counters()
        check("highest error counter", counters.highest, limit=truck.limit("can.error_counter"))
        check("state of the interface", counters.state.value, equals="error-active")


@case(
    "CAN-ERR-006",
    title="Off the bus and back",
    purpose="After the tester was unplugged, and after bus-off, the unit is on the bus again within 2 s.",
    refs=["ISO11898-1:?/bus-off"],
    basis="derived",
    confidence="medium",
    pics="B.BUS",
    faults=["bus_off_for_good", "bus_off_for_3s", "bus_off_when_others_plug_in"],
    pixit=["unit_address", "database"],
    needs=["active_bus"],
    duration_s=25,
)
def test_unit_comes_back_to_the_bus(bench, truck, step, check, check_time, bus, tester):
    with step(1, "Unplug the tester for 5 s, plug it in again", expect="The unit sends again within 2 s"):
        bus.running()
        unplugged_ns, length_ns = bench.now_ns, truck.limit("can.unplugged").nominal_ns
        bus.means.unplug(length_ns)
        tester.send(int(truck.limit("can.wake_group").value), bytes(8))
        bench.run_for(length_ns)
        back_ns = bench.now_ns
        if any(record.direction.value == "tx" for record in bench.records(since=unplugged_ns)):
            raise Inconclusive(Reason.PRECONDITION, "the tester still sends: it was not unplugged")
        bench.run_for(2 * truck.limit("can.recovery").upper_ns)
        seen = bus.own(back_ns)
        check("frames of the unit", "seen" if seen else "none", equals="seen")
        if seen:
            check_time("plugged in to the first frame", seen[0].t_ns - back_ns, truck.limit("can.recovery"))
    with step(2, "Destroy every frame of the unit for half a second, so that it is bus-off", expect="The unit sends again within 2 s"):
        before = bus.means.error_frames()
        bus.means.destroy(bus.is_own, truck.limit("can.destroyed").nominal_ns)
        start_ns = bench.now_ns
        bench.run_for(truck.limit("can.destroyed").nominal_ns)
        destroyed = bus.means.error_frames() - before
        if destroyed < TO_BUS_OFF or bus.own(start_ns):
            raise Inconclusive(Reason.PRECONDITION, f"{destroyed} error frames in which the unit still sent do not make it bus-off")
        over_ns = bench.now_ns
        bench.run_for(2 * truck.limit("can.recovery").upper_ns)
        seen = bus.own(over_ns)
        check("frames of the unit after bus-off", "seen" if seen else "none", equals="seen")
        if seen:
            check_time("end of the disturbance to the first frame", seen[0].t_ns - over_ns, truck.limit("can.recovery"))


@case(
    "CAN-FD-025",
    title="FD frames on the bus of a classic unit",
    purpose="A unit without CAN FD lets FD frames pass, or is declared to destroy them.",
    refs=["ISO11898-1:?/fd"],
    basis="derived",
    confidence="medium",
    pics="B.FD",
    faults=["destroys_fd_frames", "silenced_by_fd_frames"],
    pixit=["unit_address", "database", "fd_frames"],
    needs=["active_bus"],
    duration_s=12,
)
def test_fd_frames_pass(bench, truck, step, check, bus, tester):
    with step(1, "Send a hundred FD frames", expect="No error frame, unless declared; the unit goes on sending"):
        bus.running()
        before, start_ns = bus.means.error_frames(), bench.now_ns
        many, length = int(truck.limit("can.fd_frames").value), int(truck.limit("can.fd_length").value)
        for number in range(many):
            tester.send_frame(int(truck.limit("can.fd_identifier").value), bytes((number & 0xFF,)) * length, extended=False, fd=True)
            bench.run_for(truck.limit("can.fd_every").nominal_ns)
        passed = [record for record in bench.records(since=start_ns) if record.pdu.fd]
        errors = bus.means.error_frames() - before
        if len(passed) < many and not errors:
            raise Inconclusive(Reason.PRECONDITION, f"the tester sent {len(passed)} of {many} FD frames")
        outcome = "passed" if passed and not errors else "destroyed"
        check("FD frames", outcome, equals=str(truck.pixit("fd_frames")), note=f"{len(passed)} on the bus, {errors} error frames")
        bench.run_for(truck.limit("can.recovery").upper_ns)
        over_ns = bench.now_ns
        bench.run_for(truck.limit("can.recovery").upper_ns)
        check("frames of the unit afterwards", "seen" if bus.own(over_ns) else "none", equals="seen")
