"""Charging with pauses, derating and untrusted states: the charge goes on (reference catalogue 8.3)."""

from harness.case import case

BSM_STATES = ("cell_voltage_state", "soc_state", "over_current", "over_temp", "insulation", "connector")
CST_STATES = (
    "condition_reached",
    "manual",
    "fault",
    "bms_stopped",
    "over_temp_fault",
    "connector_fault",
    "internal_over_temp",
    "energy_fault",
    "emergency_stop",
    "other_fault",
    "current_error",
    "voltage_error",
)
UNTRUSTED = 2


def is_paused(ccs):
    return ccs["permitted"] == 0


def is_untrusted(message):
    return message["permitted"] == UNTRUSTED


def names_a_reason(cst):
    return any(cst[name] == 1 for name in CST_STATES)


def flows(bench, truck):
    """Whether CCS tells a current that can be compared."""
    least_a = float(truck.limit("approach.current").lower)
    return lambda ccs: abs(ccs["current_a"]) >= least_a


@case(
    "GBT-VP.305",
    title="Charger pause",
    purpose="A pause of the charger leaves the session alive; BCL goes on, and charging resumes with the permission.",
    refs=["GBT27930-2015:?/pause"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2015", "2023A"],
    faults=["bcl_stops_in_pause", "ends_long_pause_itself", "ccs_without_permission_refused", "no_demand_after_pause"],
    needs=["energise"],
    duration_s=47,
)
def test_session_survives_a_pause_of_the_charger(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging", expect="current flows"):
        bsm = session.charging()
        session.current()
        session.still_charging(since=bsm)
    with step(2, "Pause the output for 30 s: CCS without permission, 0 A", expect="BCL, BCS and BSM go on, no BST, no BEM"):
        charger.pause()
        paused = bench.reach("CCS", within=truck.limit("approach.own"), where=is_paused, what="CCS without permission")
        session.goes_on(truck.limit("stimulus.pause").nominal_ns, since=bsm)
        bench.withheld("CCS", since=paused, where=lambda ccs: ccs["permitted"] != 0, what="CCS with permission")
        session.held("CCS", since=paused)
        idle_ns = bench.last("CCS").start_ns - 1
        bench.given("CCS", since=idle_ns, where=lambda ccs: ccs["current_a"] == 0, what="CCS of 0 A")
        bcs, unit_a = bench.last("BCS"), float(truck.limit("tolerance.BCS_unit").upper)
        check("BCS.current in the pause", bcs["current_a"], between=(-unit_a, unit_a), unit="A", message=bcs)
    with step(3, "Permit charging again", expect="the vehicle demands current, and current flows"):
        charger.pause(False)
        resumed = bench.reach(
            "CCS", within=truck.limit("approach.own"), where=lambda ccs: ccs["permitted"] == 1, what="CCS with permission"
        )
        demand = bench.expect("BCL", within=truck.limit("period.BCL"), after=bench.last("BCL"))
        check("BCL.current", demand["current_a"], at_most=float(truck.limit("approach.demand").upper), unit="A", message=demand)
        bench.reach("CCS", within=truck.limit("approach.charging"), where=flows(bench, truck), what="CCS of a current")
        session.goes_on(session.watch_ns, since=resumed)


@case(
    "GBT-VP.306",
    title="Vehicle pause",
    purpose="The vehicle announces a pause of its own by BSM without permission and without any fault, and ends it in time.",
    refs=["GBT27930-2015:?/pause", "GBT27930-2015:8/TC13"],
    basis="derived",
    confidence="medium",
    pics="V.DC AND V.PAUSE",
    editions=["2015", "2023A"],
    faults=[
        "vehicle_pause_not_told",
        "vehicle_pause_never_ends",
        "vehicle_pause_told_as_fault",
        "own_pause_ends_the_charge",
        "bcl_stops_in_own_pause",
    ],
    needs=["energise"],
    duration_s=30,
)
def test_vehicle_pauses_and_resumes(bench, truck, step, check, check_time, charger, session):
    with step(1, "Bring the vehicle to charging", expect="current flows"):
        bsm = session.charging()
        session.current()
        session.still_charging(since=bsm)
    with step(2, "Use the declared pause means of the vehicle", expect="BSM without permission, all of its states normal"):
        asked_ns = session.pause_vehicle()
        paused = bench.expect("BSM", within=truck.limit("response.vehicle_pause"), after=asked_ns, where=is_paused, what="BSM(00)")
        check("BSM states", abnormal(paused) or "all normal", equals="all normal", message=paused)
        bench.reach("CCS", within=truck.limit("approach.own"), where=is_paused, what="CCS without permission, the charger's answer")
        bench.run_for(truck.limit("stimulus.vehicle_pause").nominal_ns)
        for name in ("BST", "BEM"):
            found = bench.messages(name, since=bsm)
            check(f"{name} in the pause", len(found), equals=0, message=found[0] if found else None)
        bench.withheld("CST", since=bsm, what="end of charging by CST")
        for told in [found for found in bench.messages("BSM", since=paused.start_ns - 1) if abnormal(found)][:1] or [paused]:
            check("BSM states in the pause", abnormal(told) or "all normal", equals="all normal", message=told)
        refused = bench.messages("BSM", since=paused, where=lambda found: found["permitted"] != 0)
        check("BSM with permission in the pause", len(refused), equals=0, message=refused[0] if refused else None)
    with step(3, "Let the vehicle go on", expect="BSM with permission, current flows again, within 10 min of the pause"):
        ended_ns = session.pause_vehicle(False)
        again = bench.expect(
            "BSM",
            within=truck.limit("response.vehicle_pause"),
            after=ended_ns,
            where=lambda found: found["permitted"] == 1,
            what="BSM with permission",
        )
        check_time("pause", again.t_ns - paused.t_ns, truck.limit("pause.longest"), message=again)
        demand = bench.last("BCL")
        check("BCL.current", demand["current_a"], at_most=float(truck.limit("approach.demand").upper), unit="A", message=demand)
        bench.reach("CCS", within=truck.limit("approach.charging"), where=flows(bench, truck), what="CCS of a current")
        session.goes_on(session.watch_ns, since=bsm)


def abnormal(bsm):
    """Those states of BSM that are not normal, joined by ``+``; empty if there is none."""
    return "+".join(name for name in BSM_STATES if bsm[name] != 0)


@case(
    "GBT-VP.307",
    title="Demand follows capability",
    purpose="A charger that delivers less than demanded is no fault; BCS tells the current that really flows.",
    refs=["GBT27930-2015:?/derating", "GBT27930-2015:?/BCS-content"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["derating_taken_for_fault", "bcs_tells_the_demand", "bcs_stale_values"],
    needs=["energise"],
    duration_s=23,
)
def test_less_current_than_demanded_is_no_fault(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging and let the output settle", expect="current flows"):
        bsm = session.charging()
        bench.run_for(truck.limit("stimulus.settle").nominal_ns)
        before = session.current()
        session.still_charging(since=bsm)
    with step(2, "Deliver a quarter of it for 10 s", expect="charging goes on; BCS tells the real current"):
        share = truck.limit("stimulus.derated_to")
        charger.limit(current_a=abs(before["current_a"]) * float(share.value) / 100)
        session.goes_on(truck.limit("stimulus.derated").nominal_ns, since=bsm)
        lowest, highest = (abs(before["current_a"]) * float(bound) / 100 for bound in (share.lower, share.upper))
        ccs = bench.reach(
            "CCS", within=truck.limit("approach.own"), where=lambda ccs: lowest <= abs(ccs["current_a"]) <= highest, what="derated CCS"
        )
        bench.reach("BCS", within=truck.limit("approach.own"))
        bcs = bench.last("BCS")
        width = abs(ccs["current_a"]) * float(truck.limit("tolerance.BCS").upper) / 100 + float(truck.limit("tolerance.BCS_unit").upper)
        real = (ccs["current_a"] - width, ccs["current_a"] + width)
        check("BCS.current", bcs["current_a"], between=real, unit="A", message=bcs, note=f"CCS {ccs['current_a']:g} A")
        demand = bench.last("BCL")
        check("BCL.current", demand["current_a"], at_most=float(truck.limit("approach.demand").upper), unit="A", message=demand)
        session.no_error()


@case(
    "GBT-VP.310",
    title="Untrusted values",
    purpose="What the charger tells as untrusted changes nothing: neither a permission nor a stop of that state is followed.",
    refs=["GBT27930-2015:?/untrusted"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2015", "2023A"],
    faults=["untrusted_permission_ends_charge", "untrusted_permission_taken_for_pause", "untrusted_cst_followed"],
    needs=["energise"],
    duration_s=18,
)
def test_untrusted_states_change_nothing(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging", expect="current flows"):
        bsm = session.charging()
        session.current()
        session.still_charging(since=bsm)
    with step(2, "Send CCS with an untrusted permission", expect="charging goes on, with the demand of before"):
        charger.override("CCS", permitted=UNTRUSTED)
        first = bench.reach("CCS", within=truck.limit("approach.own"), where=is_untrusted, what="CCS, permission untrusted")
        session.goes_on(truck.limit("stimulus.untrusted").nominal_ns, since=bsm)
        session.held("CCS", since=first, where=is_untrusted, what="CCS with an untrusted permission")
        demand = bench.last("BCL")
        check("BCL.current", demand["current_a"], at_most=float(truck.limit("approach.demand").upper), unit="A", message=demand)
    with step(3, "Send CST every 10 ms in which every state is untrusted", expect="charging goes on, no BST"):
        charger.override("CCS")
        charger.also_send("CST", every_ns=truck.limit("period.CST").nominal_ns, **dict.fromkeys(CST_STATES, UNTRUSTED))
        cst = bench.reach("CST", within=truck.limit("approach.own"), where=lambda cst: not names_a_reason(cst), what="CST, all untrusted")
        session.goes_on(truck.limit("stimulus.untrusted").nominal_ns, since=bsm, stops=names_a_reason)
        session.held("CST", since=cst)
    with step(4, "End the charge by a proper CST", expect="BST within 100 ms"):
        charger.stop_sending("CST")
        charger.stop("manual")
        proper = bench.reach("CST", within=truck.limit("approach.own"), where=names_a_reason, what="CST, manual stop")
        bst = bench.expect("BST", within=truck.limit("response.BST"), after=proper.start_ns)
        session.stopped_for(bst, "charger_stopped")
