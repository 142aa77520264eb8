"""What the battery reports to the charger under test: abnormal, untrusted, paused (reference catalogue 9, stage 3)."""

from harness.case import case

ABNORMAL = (
    ("cell_voltage_state", 1),
    ("cell_voltage_state", 2),
    ("soc_state", 1),
    ("soc_state", 2),
    ("over_current", 1),
    ("over_temp", 1),
    ("insulation", 1),
    ("connector", 1),
)
UNTRUSTED = ("over_current", "over_temp", "insulation", "connector")


def is_permitted(message):
    return message["permitted"] == 1


def is_forbidden(message):
    return message["permitted"] == 0


def stops_at(bench, truck, check, vehicle, session, signal, value):
    """From a running charge: BSM reports one abnormal state, and the charger stops."""
    vehicle.withhold("BSD")
    vehicle.override("BSM", **{signal: value})
    bsm = bench.reach(
        "BSM", within=truck.limit("approach.own"), where=lambda message: message[signal] == value, what=f"BSM {signal} = {value}"
    )
    cst = bench.expect("CST", within=truck.limit("response.CST_after_BSM"), after=bsm.start_ns, what=f"CST after {signal} = {value}")
    watched_ns = truck.limit("stimulus.cst_watch").nominal_ns
    csts = bench.collect("CST", during=watched_ns)
    bench.withheld("BSD", since=bsm)
    session.came_every_period("CST", csts, watched_ns)
    session.ended(("CCS",), after=cst)
    session.output_off(after=cst)
    vehicle.override("BSM")
    vehicle.resume("BSD")


@case(
    "GBT-DP.3003",
    title="Abnormal BSM",
    purpose="Each abnormal state of the battery in BSM makes the charger end CCS and its output and send CST every 10 ms.",
    refs=["GBT27930-2015:?/BSM-stop", "GBT27930-2015:?/CST-period"],
    basis="derived",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "low_cell_voltage_ignored",
        "high_soc_ignored",
        "abnormal_connector_ignored",
        "abnormal_insulation_ignored_while_permitted",
        "over_temperature_only_pauses",
        "abnormal_bsm_heeded_after_five",
        "cst_period_15ms",
        "ccs_continues_beside_cst",
    ],
    needs=["energise"],
    duration_s=200,
    sut="charger",
)
def test_abnormal_states_stop_the_charge(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to charging, report a cell voltage that is too high", expect="CST every 10 ms, no CCS, no current"):
        session.charge()
        stops_at(bench, truck, check, vehicle, session, *ABNORMAL[0])
    with step(
        2,
        "Report every other abnormal state of SPN 3090 to 3095 likewise, each in a session of its own",
        expect="each time CST every 10 ms, no CCS, no current",
    ):
        for signal, value in ABNORMAL[1:]:
            session.unplug()
            session.charge()
            stops_at(bench, truck, check, vehicle, session, signal, value)
        session.no_error()


@case(
    "GBT-DP.3004",
    title="Untrusted BSM",
    purpose="States of the battery that are not to be trusted change nothing: CCS and the output go on.",
    refs=["GBT27930-2015:?/BSM-untrusted"],
    basis="derived",
    confidence="high",
    pics="C.DC",
    editions=["2015", "2023A"],
    faults=[
        "untrusted_insulation_stops",
        "untrusted_connector_stops",
        "untrusted_over_current_stops",
        "untrusted_temperature_pauses",
        "two_untrusted_states_stop",
    ],
    needs=["energise"],
    duration_s=35,
    sut="charger",
)
def test_untrusted_states_change_nothing(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to charging", expect="CCS with current"):
        ccs = session.charge()
    with step(2, "Report each of SPN 3092 to 3095 untrusted in turn, then all together", expect="CCS every 50 ms, permitted, with current"):
        for names in (*((name,) for name in UNTRUSTED), UNTRUSTED):
            vehicle.override("BSM", **dict.fromkeys(names, 2))
            bsm = bench.reach(
                "BSM", within=truck.limit("approach.own"), where=lambda message, names=names: all(message[name] == 2 for name in names)
            )
            session.repeats("CCS", session.watch_ns)
            session.held("BSM", since=bsm, where=lambda message, names=names: all(message[name] == 2 for name in names))
            vehicle.override("BSM")
        found = bench.messages("CCS", since=ccs)
        least_a = float(truck.limit("approach.current").lower)
        refused = [later for later in found if later["permitted"] != 1 or abs(later["current_a"]) < least_a]
        check("CCS without output", len(refused), equals=0, message=refused[0] if refused else ccs)
        session.goes_on(since=ccs)
    with step(3, "End the charge by BST", expect="CST"):
        session.wind_down()


@case(
    "GBT-DP.3005",
    title="Pause and resume",
    purpose="A battery that forbids charging for a while pauses the output; after 10 min without permission the charger stops.",
    refs=["GBT27930-2015:?/BSM-pause", "GBT27930-2015:8/TC13"],
    basis="derived",
    confidence="high",
    pics="C.DC",
    editions=["2015", "2023A"],
    faults=[
        "pause_ignored",
        "pause_told_but_not_done",
        "ccs_ends_in_pause",
        "resume_ignored",
        "second_pause_ignored",
        "pause_ends_after_5_min",
        "pauses_add_up",
        "pause_never_ends",
    ],
    needs=["energise"],
    duration_s=760,
    sut="charger",
)
def test_battery_pauses_and_resumes(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to charging", expect="CCS with current"):
        first = session.charge()
    with step(2, "Forbid charging by BSM for the time of the profile", expect="CCS every 50 ms, not permitted, no current, no CST"):
        forbids(bench, truck, check, vehicle, session)
    with step(3, "Permit charging again", expect="CCS permitted, then with current"):
        vehicle.override("BSM")
        bsm = bench.reach("BSM", within=truck.limit("approach.own"), where=is_permitted)
        bench.expect("CCS", within=truck.limit("response.pause"), after=bsm.start_ns, where=is_permitted, what="CCS permitted")
        least_a = float(truck.limit("approach.current").lower)
        bench.expect("CCS", within=truck.limit("approach.charging"), after=bsm.start_ns, where=lambda ccs: abs(ccs["current_a"]) >= least_a)
        session.goes_on(since=first)
    with step(4, "Forbid charging for ever", expect="CCS not permitted, then CST 10 min after the first BSM that forbids it"):
        bsm = forbids(bench, truck, check, vehicle, session)
        cst = bench.expect("CST", within=truck.limit("timeout.TC13"), after=bsm.start_ns)
        session.kept_up("CCS", since=first, until=cst)
        session.held("BSM", since=bsm, where=lambda message: is_forbidden(message) or message.t_ns > cst.t_ns)
        session.ended(("CCS",), after=cst)


def forbids(bench, truck, check, vehicle, session):
    """Forbid charging, see the output pause and stay so; the first BSM that forbids it."""
    vehicle.override("BSM", permitted=0)
    bsm = bench.reach("BSM", within=truck.limit("approach.own"), where=is_forbidden)
    bench.expect("CCS", within=truck.limit("response.pause"), after=bsm.start_ns, where=is_forbidden, what="CCS not permitted")
    bench.run_for(truck.limit("response.output_off").upper_ns)
    ccss = session.repeats("CCS", truck.limit("stimulus.battery_pause").nominal_ns)
    low_a = float(truck.limit("approach.current").lower)
    wrong = [ccs for ccs in ccss if ccs["permitted"] != 0 or abs(ccs["current_a"]) >= low_a]
    check("CCS with output in the pause", len(wrong), equals=0, message=(wrong or ccss)[0] if ccss else None)
    measured = bench.level("dc_a")
    if measured is not None:
        check("output current in the pause", measured, at_most=low_a, unit="A")
    session.goes_on(since=bsm)
    return bsm
