"""The sequence of a swap: nominal, out of turn, given up, stopped, without a station, with a driver who wants to drive (SWP-SEQ)."""

from harness.case import case


@case(
    "SWP-SEQ-036",
    title="Nominal swap",
    purpose="A whole swap goes through its phases in their order, each within its timer, and leaves a truck that drives with the new pack.",
    refs=["HTSWAP-0.1:5.4/sequence", "HTSWAP-0.1:5.4/timers"],
    basis="project",
    confidence="medium",
    pics="S.SWAP",
    faults=[
        "acks_session_late",
        "permits_after_15s",
        "slow_lock",
        "last_point_untold",
        "mode_stays_at_ready",
        "pack_told_present_for_ever",
        "couplers_told_open",
        "slow_to_lock",
        "refuses_good_insulation",
        "stays_in_post_check",
        "last_ack_missing",
        "fault_after_swap",
    ],
    pixit=["lock_points"],
    needs=["energise"],
    duration_s=60,
)
def test_nominal_swap(bench, truck, step, check, swap):
    link = swap.link
    with step(1, "Open a session and authenticate the station", expect="Session open, station authenticated"):
        swap.live()
        order = swap.order("session_open")
        swap.accepted(order, truck.limit("timer.T_ACK"))
        if truck.pics("S.AUTH"):
            swap.challenged()
    with step(2, "Command PrepareSwap", expect="Permit within T_PREP, link below 60 V, mode SwapReady"):
        order = swap.order("prepare_swap")
        permitted = link.expect(
            "VEH_STS",
            within=truck.limit("timer.T_PREP"),
            after=order,
            where=lambda sts: sts["SwapPermit"] == "permitted" and sts["VehSwapMode"] == "swap_ready",
            what="permit and mode swap_ready",
        )
        swap.accepted(order, truck.limit("timer.T_PREP"))
        check("link voltage", permitted["LinkVoltage"], limit=truck.limit("voltage.touchable"), message=permitted)
    with step(3, "Command Unlock", expect="Every lock point unlocked within T_UNLOCK"):
        order = swap.order("unlock")
        link.expect(
            "LOCK_STS", within=truck.limit("timer.T_UNLOCK"), after=order, where=lambda sts: sts["LockState"] == "unlocked", what="unlocked"
        )
        swap.accepted(order, truck.limit("timer.T_UNLOCK"))
        check("unlocked points", swap.points().count("unlocked"), equals=int(truck.pixit("lock_points")))
    with step(4, "Command PackRemoving, take the old pack away", expect="Mode SwapActive, the truck tells that the pack is gone"):
        order = swap.order("pack_removing")
        swap.bring_line("pack_present", 0.0, swap.yard.remove_pack, truck.limit("timer.T_REMOVE"))
        swap.accepted(order, truck.limit("timer.T_REMOVE"))
        status = swap.latest("LOCK_STS")
        check("pack on the truck", status["PackPresent"], equals="no", message=status)
        check("mode", swap.mode(), equals="swap_active", message=swap.latest("VEH_STS"))
    with step(5, "Command PackInstalling and PackPlaced, bring the new pack", expect="Pack seated, couplers mated, interlock closed"):
        order = swap.order("pack_installing")
        swap.bring_line("pack_seated", 1.0, lambda: swap.yard.seat("new"), truck.limit("timer.T_INSTALL"))
        swap.accepted(order, truck.limit("timer.T_INSTALL"))
        order = swap.order("pack_placed")
        swap.bring_line("elec_conn", 1.0, swap.yard.mate, truck.limit("timer.T_MATE"))
        swap.accepted(order, truck.limit("timer.T_MATE"))
        status = swap.latest("LOCK_STS")
        wanted = {"PackSeated": "yes", "ElecConn": "mated", "CoolConn": "mated", "HvilLoop": "closed"}
        off = [f"{name} {status[name]!s}" for name, word in wanted.items() if status.values.get(name, word) != word]
        check("pack and couplers not in place", " ".join(off) or "none", equals="none", message=status)
    with step(6, "Command Lock", expect="Every lock point locked within T_LOCK"):
        order = swap.order("lock")
        link.expect(
            "LOCK_STS", within=truck.limit("timer.T_LOCK"), after=order, where=lambda sts: sts["LockState"] == "locked", what="locked"
        )
        swap.accepted(order, truck.limit("timer.T_LOCK"))
        check("locked points", swap.points().count("locked"), equals=int(truck.pixit("lock_points")))
    with step(7, "Command PostCheck", expect="Check of the new pack done within T_INS"):
        order = swap.order("post_check")
        swap.accepted(order, truck.limit("timer.T_INS"))
        link.expect(
            "VEH_STS",
            within=truck.limit("timer.T_INS"),
            after=order,
            where=lambda sts: sts["VehSwapMode"] == "post_swap_check",
            what="mode post_swap_check",
        )
    with step(8, "Command Success", expect="High voltage within T_PRECHARGE, mode Restored within T_READY"):
        order = swap.order("success")
        link.expect(
            "VEH_STS",
            within=truck.limit("timer.T_PRECHARGE"),
            after=order,
            where=lambda sts: sts["HvBusState"] == "energised",
            what="high voltage",
        )
        link.expect(
            "VEH_STS", within=truck.limit("timer.T_READY"), after=order, where=lambda sts: sts["VehSwapMode"] == "restored", what="restored"
        )
        swap.accepted(order, truck.limit("timer.T_READY"))
    with step(9, "Let the driver drive", expect="Torque, no trouble of the swap in DM1"):
        swap.drives()
        bench.run_for(truck.limit("troubles.settled").nominal_ns)
        check("troubles in DM1", swap.faults(), equals=0, message=swap.dm1())


@case(
    "SWP-SEQ-037",
    title="Command out of its turn",
    purpose="PackRemoving before Unlock is rejected, and the swap goes on as if it had not come.",
    refs=["HTSWAP-0.1:5.4/sequence"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    faults=["accepts_out_of_order", "deaf_after_a_refusal"],
    duration_s=40,
)
def test_command_out_of_its_turn(truck, step, check, swap):
    with step(1, "Bring the truck to S3 and command PackRemoving", expect="ACK rejected, lock stays, mode SwapReady"):
        swap.hv_down()
        order = swap.order("pack_removing")
        swap.not_obeyed(order)
        check("mode", swap.mode(), equals="swap_ready")
    with step(2, "Command Unlock", expect="Unlocked: the swap goes on"):
        order = swap.order("unlock")
        swap.accepted(order, truck.limit("timer.T_UNLOCK"))
        check("lock", swap.latest("LOCK_STS")["LockState"], equals="unlocked")


@case(
    "SWP-SEQ-038",
    title="Abort before the unlocking",
    purpose="A swap that is given up before the unlocking leaves the truck as it was within 10 s, and it drives.",
    refs=["HTSWAP-0.1:5.4/abort"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    faults=["ignores_abort", "last_ack_missing", "tells_movement_after_the_end", "no_torque"],
    needs=["energise"],
    duration_s=40,
)
def test_abort_before_the_unlocking(truck, step, swap):
    with step(1, "Bring the truck to S3 and command Abort", expect="ACK done, mode Normal and no permit within 10 s, lock stays"):
        swap.hv_down()
        order = swap.order("abort")
        swap.link.expect(
            "VEH_STS",
            within=truck.limit("abort.back"),
            after=order,
            where=lambda sts: sts["VehSwapMode"] in ("normal", "restored") and sts["SwapPermit"] == "not_permitted",
            what="mode normal without permit",
        )
        swap.accepted(order, truck.limit("abort.back"))
        swap.still(since=order)
    with step(2, "Let the driver drive", expect="Torque"):
        swap.drives()


@case(
    "SWP-SEQ-039",
    title="Abort after the unlocking, old pack seated",
    purpose="A swap that is given up while the old pack still sits on the truck ends with a locked pack and a truck that drives.",
    refs=["HTSWAP-0.1:5.4/abort"],
    basis="quoted",
    confidence="medium",
    pics="S.SWAP",
    faults=["abort_leaves_unlocked", "ignores_abort", "last_point_untold", "last_ack_missing", "mode_stays_at_ready", "no_torque"],
    needs=["energise"],
    pixit=["lock_points"],
    duration_s=60,
)
def test_abort_after_the_unlocking(truck, step, check, swap):
    with step(1, "Bring the truck to S5 and command Abort", expect="Every lock point locked again"):
        swap.unlocked()
        order = swap.order("abort")
        swap.link.expect(
            "LOCK_STS", within=truck.limit("abort.relocked"), after=order, where=lambda sts: sts["LockState"] == "locked", what="locked"
        )
        check("locked points", swap.points().count("locked"), equals=int(truck.pixit("lock_points")))
    with step(2, "Wait for the truck", expect="ACK done, mode Restored or Normal"):
        swap.accepted(order, truck.limit("abort.relocked"))
        swap.link.expect(
            "VEH_STS",
            within=truck.limit("abort.relocked"),
            after=order,
            where=lambda sts: sts["VehSwapMode"] in ("normal", "restored"),
            what="mode normal or restored",
        )
    with step(3, "Let the driver drive", expect="Torque"):
        swap.drives()


@case(
    "SWP-SEQ-040",
    title="Abort without a pack",
    purpose="A swap that is given up while no pack is on the truck leaves it disabled, with a reason and a trouble.",
    refs=["HTSWAP-0.1:5.4/abort", "HTSWAP-0.1:5.4/no-drive"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    faults=["abort_without_pack_hides", "abort_without_pack_restores", "records_nothing", "drives_without_pack"],
    duration_s=60,
)
def test_abort_without_a_pack(truck, step, check, swap):
    with step(1, "Bring the truck to S6 and command Abort", expect="Mode Error with a DenyReason, a trouble in DM1"):
        swap.removed()
        swap.is_without_trouble()
        order = swap.order("abort")
        told = swap.link.expect(
            "VEH_STS",
            within=truck.limit("abort.told"),
            after=order,
            where=lambda sts: sts["VehSwapMode"] == "error",
            what="mode error",
        )
        check("DenyReason is told", "none" if told["DenyReason"] in ("none", "sna") else "a reason", equals="a reason", message=told)
        swap.wait("DM1", since=order, until_ns=order.t_ns + truck.limit("abort.told").upper_ns, where=swap.has_trouble, on=swap.bench)
        check("troubles in DM1", swap.faults(), at_least=1, message=swap.dm1())
    with step(2, "Let the driver try to drive", expect="No torque, no request for high voltage"):
        swap.set_line("key", 2.0, lambda: swap.yard.driver(key="ready"))
        swap.stays_put(truck.limit("drive.watch"))
        check("request for high voltage", swap.highest("hv_request", since=order), equals=0)


@case(
    "SWP-SEQ-041",
    title="Emergency stop",
    purpose="With the emergency stop of the station no movement is begun and no high voltage is switched on.",
    refs=["HTSWAP-0.1:5.4/emergency-stop"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    faults=["ignores_emergency_stop", "lock_runs_on_without_station"],
    duration_s=40,
)
def test_emergency_stop(bench, truck, station, step, check, swap):
    with step(1, "Bring the truck to S4, tell the emergency stop and command Unlock", expect="Not obeyed: lock stays, no high voltage"):
        swap.hv_down()
        station.set(EmergencyStop="yes")
        bench.run_for(truck.limit("stop.reaction").upper_ns)
        swap.link.given("STA_CMD", since=0, where=lambda command: command["EmergencyStop"] == "yes", what="emergency stop")
        order = swap.order("unlock")
        bench.run_for(truck.limit("stop.watch").nominal_ns)
        swap.still(since=order)
        obeyed = swap.link.messages("ACK", since=order, where=lambda ack: ack["AckSeq"] == order["CmdSeq"] and ack["AckResult"] == "done")
        check("ACK done of the command", len(obeyed), equals=0, message=obeyed[0] if obeyed else order)
        check("request for high voltage", swap.highest("hv_request", since=order), equals=0)
    with step(2, "End the emergency stop, command Unlock while it is told again after the lock has begun to move", expect="Lock stops"):
        station.set(EmergencyStop="no")
        bench.run_for(truck.limit("approach.settle").nominal_ns)
        order = swap.begins_to_unlock()
        station.set(EmergencyStop="yes")
        bench.run_for(truck.limit("approach.own").nominal_ns)
        swap.link.given("STA_CMD", since=order, where=lambda command: command["EmergencyStop"] == "yes", what="emergency stop")
        stopped = swap.link.messages("STA_CMD", since=order, where=lambda command: command["EmergencyStop"] == "yes")[0]
        bench.run_for(truck.limit("stop.watch").nominal_ns)
        late = swap.last_movement(since=stopped)
        check("last movement after the stop", late / 1e6, at_most=truck.limit("stop.moved").upper, unit="ms", message=stopped)


@case(
    "SWP-SEQ-042",
    title="Station link lost without a pack",
    purpose="A station that stays away while no pack is on the truck leaves it in a safe state, from which a new session goes on.",
    refs=["HTSWAP-0.1:5.4/link-lost", "HTSWAP-0.1:5.4/no-drive"],
    basis="project",
    confidence="medium",
    pics="S.SWAP",
    faults=["dead_after_lost_link", "never_abandons", "abort_without_pack_hides", "drives_without_pack", "stays_in_post_check"],
    needs=["energise"],
    duration_s=180,
)
def test_station_link_lost_without_a_pack(bench, truck, station, step, check, swap):
    with step(
        1, "Bring the truck to S6 and let the station be silent longer than T_ABANDON", expect="Mode Error, lost station told, no drive"
    ):
        swap.removed()
        station.silence()
        # A command may be on its way.
        bench.run_for(truck.limit("approach.own").nominal_ns)
        silent_ns = bench.now_ns
        bench.run_for(truck.limit("timer.T_ABANDON").nominal_ns + truck.limit("lost.longer").nominal_ns)
        swap.link.withheld("STA_CMD", since=silent_ns, what="commands")
        check("request for high voltage", swap.highest("hv_request", since=silent_ns), equals=0)
        told = swap.latest("VEH_STS")
        check("mode", told["VehSwapMode"], equals="error", message=told)
        check("DenyReason", told["DenyReason"], equals="communication", message=told)
        swap.stays_put(truck.limit("drive.watch"))
    with step(2, "Open a new session", expect="Session open, station authenticated"):
        station.speak()
        station.session(int(truck.limit("session.other").value))
        order = swap.order("session_open")
        swap.accepted(order, truck.limit("timer.T_ACK"))
    with step(3, "Go on with the swap", expect="Mode Restored"):
        swap.stand_at("session")
        swap.authenticated()
        swap.stand_at("removed")
        swap.checked()
        order = swap.order("success")
        swap.link.expect(
            "VEH_STS", within=truck.limit("timer.T_READY"), after=order, where=lambda sts: sts["VehSwapMode"] == "restored", what="restored"
        )


@case(
    "SWP-SEQ-043",
    title="Key turned to ready without a pack",
    purpose="A driver who wants to drive while no pack is on the truck gets neither high voltage nor torque.",
    refs=["HTSWAP-0.1:5.4/no-drive"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    faults=["ready_without_pack", "drives_without_pack"],
    duration_s=60,
)
def test_key_turned_to_ready_without_a_pack(truck, step, check, swap):
    with step(1, "Bring the truck to S6, turn the key to ready, drive", expect="No high voltage, no torque, the truck does not tell ready"):
        swap.removed()
        since_ns = swap.set_line("key", 2.0, lambda: swap.yard.driver(key="ready"))
        swap.stays_put(truck.limit("drive.watch"))
        check("request for high voltage", swap.highest("hv_request", since=since_ns), equals=0)
        ready = swap.link.messages("VEH_STS", since=since_ns, where=lambda sts: sts["KeyState"] == "ready")
        check("states that tell ready", len(ready), equals=0, message=ready[0] if ready else swap.latest("VEH_STS"))
