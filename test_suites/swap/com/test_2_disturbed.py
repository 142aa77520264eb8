"""A disturbed station link and a silent pack (SWP-COM-005 to 010)."""

from harness.case import case
from harness.core import Inconclusive, Reason


@case(
    "SWP-COM-005",
    title="Commands lost while the lock moves",
    purpose="Without commands of the station the lock holds from T_LINK_LOST on and the truck says so; with them it comes to an end.",
    refs=["HTSWAP-0.1:5.4/link-lost"],
    basis="project",
    confidence="medium",
    pics="S.SWAP",
    faults=["lock_runs_on_without_station", "hides_lost_station", "lock_stays_held"],
    duration_s=120,
)
def test_commands_lost_while_the_lock_moves(bench, truck, station, step, check, swap):
    with step(1, "Bring the truck to S4, command Unlock, end the commands while the lock moves", expect="Lock holds, communication lost"):
        swap.hv_down()
        swap.begins_to_unlock()
        station.silence()
        # A command may be on its way.
        bench.run_for(truck.limit("approach.own").nominal_ns)
        latest = swap.latest("STA_CMD")
        bench.run_for(truck.limit("com.silence").nominal_ns)
        swap.link.withheld("STA_CMD", since=latest, what="commands")
        begun = swap.movements(since=latest.t_ns + truck.limit("timer.T_LINK_LOST").nominal_ns + truck.limit("com.held").upper_ns)
        check("lock points that begin to move", begun, equals=0, message=swap.latest("LOCK_STS"))
        told = swap.latest("VEH_STS")
        check("DenyReason", told["DenyReason"], equals="communication", message=told)
    with step(2, "Send commands again", expect="The lock reaches an end within T_ABANDON"):
        station.speak()
        since_ns = bench.now_ns
        bench.run_for(truck.limit("approach.settle").nominal_ns)
        swap.link.given("STA_CMD", since=since_ns, what="commands")
        ended = swap.wait(
            "LOCK_STS",
            since=since_ns,
            until_ns=since_ns + truck.limit("timer.T_ABANDON").nominal_ns,
            where=lambda sts: sts["LockState"] in ("unlocked", "locked"),
        )
        state = swap.latest("LOCK_STS")["LockState"]
        check("lock", "at an end" if ended else "not at an end", equals="at an end", message=ended, note=f"LockState {state!s}")


@case(
    "SWP-COM-006",
    title="Pack silent with high voltage on",
    purpose="A pack that falls silent while the truck drives loses the request for its contactors within 1 s, torque ends, DM1 tells it.",
    refs=["HTSWAP-0.1:5.4/pack-lost"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    faults=["hv_stays_without_pack", "no_fault_without_pack", "torque_goes_on_without_pack", "pack_missed_late"],
    needs=["energise"],
    duration_s=90,
)
def test_pack_silent_with_high_voltage(bench, truck, step, check, check_time, swap):
    with step(1, "Swap the pack, have the driver drive, and stop the messages of the pack", expect="No request, no torque, DM1 within 1 s"):
        swap.restored()
        swap.is_without_trouble()
        pedal = float(truck.limit("stimulus.pedal").value)
        swap.set_line("pedal_percent", pedal, lambda: swap.yard.driver(key="ready", brake="released", gear="drive", pedal=pedal))
        bench.run_for(truck.limit("approach.settle").nominal_ns)
        if not (swap.level("hv_request") and swap.level("torque_nm")):
            raise Inconclusive(Reason.PRECONDITION, "the truck does not drive: there is no torque")
        swap.pack("new").silent(True)
        bench.run_for(truck.limit("approach.settle").nominal_ns)
        last = bench.messages("PACK_STS2")[-1]
        bench.run_for(truck.limit("com.watch").nominal_ns)
        bench.withheld("PACK_STS2", since=last, what="messages of the pack")
        for line in ("hv_request", "torque_nm"):
            gone_ns = swap.zero_ns(line, since=last)
            check(f"line {line}", swap.level(line), equals=0)
            if gone_ns is not None:
                check_time(f"last message of the pack to {line} 0", gone_ns - last.t_ns, truck.limit("com.reaction"))
        told = next(iter(bench.messages("DM1", since=last, where=swap.has_trouble)), None)
        check("trouble in DM1", "told" if told else "not told", equals="told", message=told)
        if told:
            check_time("last message of the pack to the trouble in DM1", told.t_ns - last.t_ns, truck.limit("com.told"), message=told)


@case(
    "SWP-COM-007",
    title="Commands with a wrong checksum",
    purpose="Unlock with a wrong checksum, ten times, is not obeyed.",
    refs=["HTSWAP-0.1:5.1/receive"],
    basis="project",
    confidence="medium",
    pics="S.SWAP",
    faults=["accepts_wrong_checksum"],
    duration_s=40,
)
def test_commands_with_a_wrong_checksum(bench, truck, station, step, swap):
    with step(1, "Bring the truck to S4 and command Unlock with wrong checksums", expect="Not obeyed: no ACK done, lock stays"):
        swap.hv_down()
        since_ns, count = bench.now_ns - 1, int(truck.limit("com.spoiled").value)
        station.spoil_checksum(2 * count)
        station.command("unlock")
        swap.wait_spoiled(count, since=since_ns, until_ns=since_ns + truck.limit("com.watch").nominal_ns)
        station.silence()
        bench.run_for(truck.limit("com.watch").nominal_ns)
        swap.link.given("SWAP.ERROR", since=since_ns, where=swap.link.is_ours, at_least=count, what="commands with a wrong checksum")
        swap.link.withheld("STA_CMD", since=since_ns, where=lambda command: command["SwapCmd"] == "unlock", what="right commands")
        swap.unheeded(since=since_ns)


@case(
    "SWP-COM-008",
    title="Commands with a constant counter",
    purpose="Commands whose counter stands still count as lost from T_LINK_LOST on: Unlock is not obeyed.",
    refs=["HTSWAP-0.1:5.1/receive", "HTSWAP-0.1:5.4/link-lost"],
    basis="project",
    confidence="medium",
    pics="S.SWAP",
    faults=["accepts_frozen_counter"],
    duration_s=40,
)
def test_commands_with_a_constant_counter(bench, truck, station, step, check, swap):
    with step(1, "Bring the truck to S4, let the counter stand still, command Unlock", expect="Not obeyed, communication lost, lock stays"):
        swap.hv_down()
        station.freeze_counter()
        bench.run_for(truck.limit("timer.T_LINK_LOST").nominal_ns)
        since_ns = bench.now_ns - 1
        station.command("unlock")
        bench.run_for(truck.limit("com.watch").nominal_ns)
        sent = swap.link.messages("STA_CMD", since=since_ns)
        swap.link.given("STA_CMD", since=since_ns, at_least=int(truck.limit("com.spoiled").value), what="commands")
        swap.link.withheld(
            "STA_CMD", since=since_ns, where=lambda command: command["Counter"] != sent[0]["Counter"], what="commands with another counter"
        )
        told = swap.latest("VEH_STS")
        check("DenyReason", told["DenyReason"], equals="communication", message=told)
        station.silence()
        swap.unheeded(since=since_ns)


@case(
    "SWP-COM-009",
    title="Commands that are too short",
    purpose="Unlock in frames of six bytes is not obeyed.",
    refs=["HTSWAP-0.1:5.1/receive"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    faults=["accepts_short_frame"],
    duration_s=40,
)
def test_commands_that_are_too_short(bench, truck, station, step, swap):
    with step(1, "Bring the truck to S4 and command Unlock in frames of six bytes", expect="Not obeyed: no ACK done, lock stays"):
        swap.hv_down()
        since_ns = bench.now_ns - 1
        station.shorten(int(truck.limit("com.short").value))
        station.command("unlock")
        bench.run_for(truck.limit("com.watch").nominal_ns)
        station.silence()
        bench.run_for(truck.limit("com.watch").nominal_ns)
        swap.link.given(
            "SWAP.ERROR",
            since=since_ns,
            where=lambda error: swap.link.is_ours(error) and error["reason"] == "length",
            at_least=int(truck.limit("com.spoiled").value),
            what="commands that are too short",
        )
        swap.link.withheld("STA_CMD", since=since_ns, where=lambda command: command["SwapCmd"] == "unlock", what="whole commands")
        swap.unheeded(since=since_ns)


@case(
    "SWP-COM-010",
    title="Repeated command",
    purpose="Unlock that comes again with its sequence number is answered from the state and not carried out twice.",
    refs=["HTSWAP-0.1:5.3/sequence-number"],
    basis="project",
    confidence="medium",
    pics="S.SWAP",
    faults=["executes_repeated_command", "repeated_command_unanswered", "moves_on_repeated_command"],
    duration_s=60,
)
def test_repeated_command(bench, truck, station, step, check, swap):
    with step(1, "Bring the truck to S5, pause the command, send it again", expect="ACK done again, lock and its count of cycles stay"):
        swap.unlocked()
        bench.run_for(truck.limit("approach.settle").nominal_ns)
        number = swap.latest("STA_CMD")["CmdSeq"]
        cycles = swap.latest("LOCK_STS")["LockCycles"]
        station.rest()
        rested_ns = bench.now_ns - 1
        bench.run_for(truck.limit("approach.settle").nominal_ns)
        swap.link.given("STA_CMD", since=rested_ns, where=lambda command: command["SwapCmd"] == "none", what="pause")
        repeated_ns = bench.now_ns - 1
        station.repeat()
        again = swap.commanded("unlock", repeated_ns)
        swap.link.given("STA_CMD", since=repeated_ns, where=lambda command: command["CmdSeq"] == number, what="the number of before")
        swap.accepted(again, truck.limit("timer.T_ACK"))
        bench.run_for(truck.limit("com.watch").nominal_ns)
        swap.still(since=again)
        status = swap.latest("LOCK_STS")
        check("cycles of the lock", status["LockCycles"], equals=cycles, message=status)
