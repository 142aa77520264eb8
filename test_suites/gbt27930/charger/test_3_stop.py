"""How the charger under test ends charging: on BST, by its operator, without BST (reference catalogue 9, stage 3)."""

from harness.case import case


@case(
    "GBT-DP.3006",
    title="BST",
    purpose="After BST the charger ends CCS and its output and sends CST every 10 ms with the reason that BST was received.",
    refs=["GBT27930-2015:?/CST-after-BST", "GBT27930-2015:?/CST-period", "GBT27930-2015:?/output-end"],
    basis="derived",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "bst_ignored",
        "cst_after_bst_6s_late",
        "cst_tells_manual_after_bst",
        "cst_reason_lost_after_first",
        "cst_tells_a_fault_after_bst",
        "cst_length_8",
        "cst_period_14ms",
        "output_goes_on_after_bst",
    ],
    needs=["energise"],
    duration_s=25,
    sut="charger",
)
def test_charger_follows_bst(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to charging", expect="CCS with current"):
        session.charge()
    with step(2, "Send BST every 10 ms, no BSD yet", expect="first CST within the limit"):
        vehicle.withhold("BSD")
        vehicle.stop()
        bst = bench.reach("BST", within=truck.limit("approach.next_message"))
        cst = bench.expect("CST", within=truck.limit("response.CST"), after=bst.start_ns)
    with step(3, "Go on so", expect="CST every 10 ms tells BST received and nothing else; no CCS, no current, no error"):
        watched_ns = truck.limit("stimulus.cst_watch").nominal_ns
        csts = bench.collect("CST", during=watched_ns)
        bench.withheld("BSD", since=0)
        session.came_every_period("CST", csts, watched_ns)
        session.stops_with(("bms_stopped",), since=cst.start_ns - 1)
        session.ended(("CCS",), after=cst)
        session.output_off(after=bst)
        session.no_error()


@case(
    "GBT-DP.3007",
    title="Charger stop",
    purpose="When its operator ends charging, the charger sends CST every 10 ms with the reason manual, and ends CCS and its output.",
    refs=["GBT27930-2015:?/CST-operator", "GBT27930-2015:?/CST-period", "GBT27930-2015:?/output-end"],
    basis="derived",
    confidence="high",
    pics="C.DC AND C.STOP",
    editions=["2011", "2015", "2023A"],
    faults=[
        "stop_button_ignored",
        "cst_manual_bit_missing",
        "cst_bits_of_wrong_order",
        "cst_tells_emergency_on_manual_stop",
        "cst_turns_to_bms_stopped",
        "ccs_continues_after_manual_stop",
    ],
    needs=["energise"],
    duration_s=25,
    sut="charger",
)
def test_operator_ends_the_charge(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to charging", expect="CCS with current"):
        ccs = session.charge()
    with step(2, "Let the operator stop at the charger, send no BSD yet", expect="CST within the limit"):
        vehicle.withhold("BSD")
        pressed_ns = session.press("stop_button")
        cst = bench.expect("CST", within=truck.limit("response.operator_stop"), after=pressed_ns)
        bench.withheld("BST", since=ccs, where=lambda message: message.t_ns < cst.t_ns)
    with step(3, "Answer with BST", expect="CST every 10 ms tells manual and nothing else; no CCS, no current, no error"):
        bench.reach("BST", within=truck.limit("approach.next_message"))
        watched_ns = truck.limit("stimulus.cst_watch").nominal_ns
        csts = bench.collect("CST", during=watched_ns)
        bench.withheld("BSD", since=0)
        session.came_every_period("CST", csts, watched_ns)
        session.stops_with(("manual",), since=cst.start_ns - 1)
        session.ended(("CCS",), after=cst)
        session.output_off(after=cst)
        session.no_error()


@case(
    "GBT-DN.3009",
    title="BST missing after CST, nothing received",
    purpose="Without BST the charger keeps CST for 5 s, then reports the missing BST by CEM.",
    refs=["GBT27930-2015:8/TC11"],
    basis="derived",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=["cem_bst_never", "cem_bst_6s", "cem_bst_wrong_bit", "cst_stops_after_1s", "csd_without_bsd"],
    needs=["energise"],
    duration_s=30,
    sut="charger",
)
def test_cem_when_bst_never_comes(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to charging, report abnormal insulation", expect="CST on the bus"):
        session.charge()
        vehicle.hold("stopping")
        vehicle.withhold("BST")
        cst = session.abnormal()
    with step(2, "Send neither BST nor BSD", expect="CST every 10 ms, CEM 5 s after the first one"):
        session.await_error("TC11", after=cst)
        for name in ("BST", "BSD"):
            bench.withheld(name, since=0)
        cem = session.cem("TC11", after=cst)
        session.kept_up("CST", since=cst, until=cem)
    with step(3, "Stay silent", expect="CEM tells the timeout of BST and nothing else, every 250 ms (should); no current"):
        session.reports(cem, "timeout_bst")
        session.output_off(after=cst)


@case(
    "GBT-DN.3010",
    title="BST missing after CST, wrong message type",
    purpose="Another message in the place of BST does not count: CST goes on for 5 s, then CEM reports the missing BST.",
    refs=["GBT27930-2015:8/TC11"],
    basis="derived",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=["bcl_taken_for_bst", "bcl_feeds_bst_timeout", "bcl_brings_ccs_back"],
    needs=["energise"],
    duration_s=30,
    sut="charger",
)
def test_another_message_is_no_bst(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to charging, report abnormal insulation", expect="CST on the bus"):
        session.charge()
        vehicle.hold("stopping")
        vehicle.send_instead("BST", "BCL")
        cst = session.abnormal()
    with step(2, "Send BCL every 10 ms in the place of BST", expect="CST every 10 ms, no CCS, CEM 5 s after the first CST"):
        session.await_error("TC11", after=cst)
        session.replaced("BST", "BCL", since=cst)
        cem = session.cem("TC11", after=cst)
        session.kept_up("CST", since=cst, until=cem)
        ccss = bench.messages("CCS", since=cst.t_ns + truck.limit("tail.CCS").upper_ns)
        check("CCS seen", len(ccss), equals=0, message=ccss[0] if ccss else cst)
    with step(3, "Go on so", expect="CEM tells the timeout of BST and nothing else, every 250 ms (should); no current"):
        session.reports(cem, "timeout_bst")
        session.output_off(after=cst)
