"""The lock of the carrier (SWP-LCK)."""

from harness.case import case
from harness.core import Inconclusive, Reason


@case(
    "SWP-LCK-026",
    title="Unlock in time",
    purpose="Unlock brings every fitted lock point to unlocked within T_UNLOCK, and is acknowledged as done after that.",
    refs=["HTSWAP-0.1:5.4/lock"],
    basis="quoted",
    confidence="medium",
    pics="S.SWAP",
    pixit=["lock_points"],
    faults=["slow_lock", "lock_point_3_stuck", "acks_before_feedback", "lock_always_locked", "last_point_untold"],
    duration_s=40,
)
def test_unlock_in_time(truck, step, check, swap, carrier):
    with step(1, "Bring the truck to S4 and command Unlock", expect="All lock points unlocked within T_UNLOCK, ACK done after that"):
        swap.hv_down()
        order = swap.order("unlock")
        carrier.moves_to("unlocked", order, truck.limit("timer.T_UNLOCK"))
    with step(2, "Look at the lock points", expect="As many as are declared, all unlocked"):
        unlocked = swap.points().count("unlocked")
        check("unlocked lock points", unlocked, equals=int(truck.pixit("lock_points")), message=swap.latest("LOCK_STS"))


@case(
    "SWP-LCK-027",
    title="Lock point that stays locked",
    purpose="A lock point whose feedback stays locked makes the lock jammed and ends Unlock by time-out; the pack must not be removed.",
    refs=["HTSWAP-0.1:5.4/lock"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    pixit=["lock_points"],
    faults=["three_points_are_enough", "waits_for_lock_for_ever", "jam_told_late", "removal_with_jammed_lock"],
    duration_s=60,
)
def test_lock_point_that_stays_locked(bench, truck, step, check, check_time, swap, carrier):
    with step(1, "Bring the truck to S4, hold the feedback of a point at locked, command Unlock", expect="ACK time-out, lock jammed"):
        swap.hv_down()
        carrier.force(carrier.point, "locked")
        order = swap.order("unlock")
        ack = swap.answered(order, "timeout", swap.around("timer.T_UNLOCK", "lock.tolerance"))
        if ack:
            check_time("Unlock to its time-out", ack.t_ns - order.t_ns, swap.around("timer.T_UNLOCK", "lock.tolerance"), message=ack)
        bench.run_for(truck.limit("approach.settle").nominal_ns)
        status = swap.latest("LOCK_STS")
        check("LockState", status["LockState"], equals="jammed", message=status)
    with step(2, "Command PackRemoving", expect="Rejected"):
        swap.rejected(swap.order("pack_removing"))


@case(
    "SWP-LCK-028",
    title="Lock point that contradicts itself",
    purpose="A lock point that tells locked and unlocked in turn brings the lock to the state error.",
    refs=["HTSWAP-0.1:5.4/lock"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    pixit=["lock_points"],
    faults=["believes_contradictory_point", "tells_resting_lock_as_moving"],
    duration_s=40,
)
def test_lock_point_that_contradicts_itself(bench, truck, step, check, swap, carrier):
    with step(1, "Bring the truck to S4, have the feedback of a point jump between its ends", expect="LockState error"):
        swap.hv_down()
        since_ns, point = bench.now_ns, carrier.point
        for number in range(int(truck.limit("stimulus.jumps").value)):
            carrier.force(point, ("unlocked", "locked")[number % 2])
            bench.run_for(truck.limit("stimulus.jump_every").nominal_ns)
        bench.run_for(truck.limit("approach.settle").nominal_ns)
        status = swap.latest("LOCK_STS")
        check("LockState", status["LockState"], equals="error", message=status)
        told = set(swap.lock_states(since=since_ns))
        check("states of a lock that moves", ", ".join(sorted(told & {"unlocking", "locking"})) or "none", equals="none", message=status)


@case(
    "SWP-LCK-029",
    title="Unlock without a permit",
    purpose="Unlock in S0 is rejected, and the lock does not change for 30 s.",
    refs=["HTSWAP-0.1:5.4/lock", "HTSWAP-0.1:5.4/permit"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    faults=["unlocks_without_permit"],
    duration_s=50,
)
def test_unlock_without_a_permit(step, swap):
    with step(1, "With high voltage on and no session, command Unlock and watch for 30 s", expect="Rejected, lock unchanged"):
        swap.live()
        order = swap.order("unlock")
        swap.not_obeyed(order, watch="lock.watch")


@case(
    "SWP-LCK-030",
    title="Unlock for a station that is not ready",
    purpose="Unlock is rejected while the robot is clear of the truck and the station is not ready.",
    refs=["HTSWAP-0.1:5.4/lock"],
    basis="project",
    confidence="medium",
    pics="S.SWAP",
    messages=["STA_CMD.StationReady", "STA_CMD.RobotClear"],
    faults=["ignores_station_ready", "deaf_after_a_refusal"],
    duration_s=50,
)
def test_unlock_for_a_station_that_is_not_ready(truck, step, swap):
    with step(1, "Bring the truck to S4, tell robot clear and station not ready, command Unlock", expect="Rejected, lock stays"):
        swap.hv_down()
        order = swap.order("unlock", StationReady="no", RobotClear="yes")
        if (order["StationReady"], order["RobotClear"]) != ("no", "yes"):
            raise Inconclusive(Reason.PRECONDITION, "the station does not tell that it is not ready")
        swap.not_obeyed(order)
    with step(2, "Tell that the station is ready and command Unlock again", expect="Unlocked: it was the station"):
        swap.accepted(swap.order("unlock", StationReady="yes"), truck.limit("timer.T_UNLOCK"))


@case(
    "SWP-LCK-031",
    title="Lock with an open connector",
    purpose="Lock is rejected while the pack sits on the truck without its connector mated.",
    refs=["HTSWAP-0.1:5.4/lock", "HTSWAP-0.1:5.4/mate"],
    basis="quoted",
    confidence="medium",
    pics="S.SWAP",
    faults=["locks_with_connector_open"],
    duration_s=60,
)
def test_lock_with_an_open_connector(bench, truck, step, swap, carrier):
    with step(1, "Bring the truck to S7, tell PackPlaced, command Lock with the connector open", expect="Rejected, lock stays unlocked"):
        swap.seated()
        swap.order("pack_placed")
        carrier.needs_level("elec_conn", 0.0)
        bench.run_for(truck.limit("approach.settle").nominal_ns)
        order = swap.order("lock")
        swap.not_obeyed(order, state="unlocked")


@case(
    "SWP-LCK-032",
    title="Lock in time",
    purpose="Lock brings every fitted lock point to locked within T_LOCK, and is acknowledged as done after that.",
    refs=["HTSWAP-0.1:5.4/lock"],
    basis="quoted",
    confidence="medium",
    pics="S.SWAP",
    faults=["slow_to_lock", "acks_before_feedback", "new_pack_never_told_locked", "last_point_untold"],
    pixit=["lock_points"],
    duration_s=60,
)
def test_lock_in_time(truck, step, check, swap, carrier):
    with step(1, "Bring the truck to S8 and command Lock", expect="All lock points locked within T_LOCK, ACK done after that"):
        swap.mated()
        order = swap.order("lock")
        carrier.moves_to("locked", order, truck.limit("timer.T_LOCK"))
        locked = swap.points().count("locked")
        check("locked lock points", locked, equals=int(truck.pixit("lock_points")), message=swap.latest("LOCK_STS"))


@case(
    "SWP-LCK-033",
    title="Lock that does not close",
    purpose="A lock that stays in between ends Lock by time-out, brings the mode error and a fault in DM1, and the truck does not drive.",
    refs=["HTSWAP-0.1:5.4/lock", "HTSWAP-0.1:5.4/no-drive", "HTSWAP-0.1:5.4/faults"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    pixit=["lock_points"],
    faults=["lock_failure_not_recorded", "lock_failure_hidden", "drives_after_lock_failure", "waits_for_lock_for_ever"],
    needs=["energise"],
    duration_s=90,
)
def test_lock_that_does_not_close(bench, truck, step, check, swap, carrier):
    with step(1, "Bring the truck to S8, hold the feedback of a point in between, command Lock", expect="ACK time-out, mode error, DM1"):
        swap.mated()
        swap.is_without_trouble()
        carrier.force(carrier.point, "intermediate")
        order = swap.order("lock")
        swap.answered(order, "timeout", swap.around("timer.T_LOCK", "lock.tolerance"))
        bench.run_for(truck.limit("troubles.told").upper_ns)
        check("VehSwapMode", swap.mode(), equals="error", message=swap.latest("VEH_STS"))
        check("troubles in DM1", "told" if swap.faults() else "none told", equals="told", message=swap.dm1())
    with step(2, "Try to drive", expect="No torque, no request for high voltage"):
        swap.stays_put(truck.limit("drive.try"))
        check("request for high voltage", swap.highest("hv_request", since=order), equals=0)


@case(
    "SWP-LCK-034",
    title="Lock that opens at speed",
    purpose="A lock point that opens at 30 km/h is told to the driver and in DM1 within 1 s; the high voltage is not cut at speed.",
    refs=["HTSWAP-0.1:5.4/open-at-speed"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    pixit=["lock_points"],
    faults=["lock_open_not_told", "lock_open_told_late", "cuts_power_at_speed", "open_lock_told_locked_at_speed"],
    needs=["energise"],
    duration_s=90,
)
def test_lock_that_opens_at_speed(bench, truck, step, check, check_time, swap, carrier):
    with step(1, "Swap the pack, drive, and bring a lock point in between", expect="Warning lamp in DM1 within 1 s, high voltage stays on"):
        swap.restored()
        swap.is_without_trouble()
        speed, pedal = (float(truck.limit(key).value) for key in ("stimulus.driving", "stimulus.pedal"))
        swap.set_line("speed_kmh", speed, lambda: swap.yard.driver(key="ready", brake="released", gear="drive", pedal=pedal, speed=speed))
        bench.run_for(truck.limit("approach.settle").nominal_ns)
        if not swap.level("torque_nm"):
            raise Inconclusive(Reason.PRECONDITION, "the truck does not drive: there is no torque")
        opened_ns = carrier.force(carrier.point, "intermediate")
        bench.run_for(truck.limit("drive.watch").nominal_ns)
        lamps = ("red_stop", "amber_warning", "malfunction")
        told = bench.messages("DM1", since=opened_ns, where=lambda dm1: swap.has_trouble(dm1) and any(dm1[lamp] == 1 for lamp in lamps))
        check("warning in DM1", "told" if told else "not told", equals="told", message=told[0] if told else swap.dm1())
        if told:
            check_time("open lock to the warning", told[0].t_ns - opened_ns, truck.limit("lock.warned"), message=told[0])
        status = swap.latest("LOCK_STS")
        check("lock told", "not locked" if status["LockState"] != "locked" else "locked", equals="not locked", message=status)
        check(
            "lowest request for high voltage",
            carrier.lowest("hv_request", since=opened_ns),
            equals=carrier.level_at("hv_request", opened_ns - 1),
        )


@case(
    "SWP-LCK-035",
    title="Loss of power while the lock moves",
    purpose="After a loss of power while unlocking the truck tells what its sensors see, not what it remembers, and does not drive.",
    refs=["HTSWAP-0.1:5.4/restart", "HTSWAP-0.1:5.4/no-drive"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    pixit=["lock_points"],
    faults=["state_from_memory", "drives_with_lock_intermediate"],
    needs=["energise"],
    duration_s=70,
)
def test_loss_of_power_while_the_lock_moves(bench, truck, station, step, check, swap, carrier):
    with step(1, "Command Unlock in S4, cut the power while the lock moves, and bring all feedback to unlocked", expect="Nothing is sent"):
        swap.hv_down()
        swap.begins_to_unlock()
        off_ns = swap.set_line("kl30", 0.0, lambda: swap.yard.power(False))
        station.end()
        for point in range(1, int(truck.pixit("lock_points")) + 1):
            carrier.force(point, "unlocked")
        bench.run_for(truck.limit("stimulus.without_power").nominal_ns)
        # A truck that goes on sending has its power still.
        swap.link.withheld("LOCK_STS", since=off_ns + truck.limit("approach.own").nominal_ns, what="states of a truck without power")
    with step(2, "Bring the power back", expect="The lock is unlocked, as its sensors see it"):
        on_ns = swap.set_line("kl30", 1.0, lambda: swap.yard.power(True))
        bench.run_for(truck.limit("approach.awake").upper_ns)
        told = swap.lock_states(since=on_ns)
        check("states of the lock", " > ".join(told) or "nothing told", equals="unlocked")
        if told:
            check("states of the points", ", ".join(sorted(set(swap.points()))), equals="unlocked", message=swap.latest("LOCK_STS"))
    with step(3, "Try to drive", expect="No torque, no request for high voltage"):
        swap.stays_put(truck.limit("drive.try"))
        check("request for high voltage", swap.highest("hv_request", since=on_ns), equals=0)
