"""Charging: BCL, BCS, BSM, and how it is ended by BST, CST or a lost CCS (reference catalogue 8.3)."""

from harness.case import case

BSM_STATES = ("cell_voltage_state", "soc_state", "over_current", "over_temp", "insulation", "connector")


@case(
    "GBT-VP.301",
    title="BCL",
    purpose="While charging the vehicle sends BCL of 5 bytes every 50 ms, within its own maxima.",
    refs=["GBT27930-2015:?/BCL-content", "GBT27930-2015:?/BCL-period"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "bcl_period_80ms",
        "bcl_byte_order_swapped",
        "bcl_demand_above_bcp",
        "bcl_voltage_below_battery",
        "bcl_voltage_sinks_below_battery",
        "bcl_length_6",
        "bcl_mode_undefined",
    ],
    needs=["energise"],
    duration_s=10,
)
def test_bcl_demands_every_50_ms(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging", expect="BSM with charging permitted"):
        bsm = session.charging()
    with step(2, "Follow the demand", expect="BCL of 5 bytes every 50 ms, not above BCP, at least the voltage of the battery"):
        bcls = bench.collect("BCL", during=truck.limit("stimulus.watch_charging").nominal_ns)
        session.still_charging(since=bsm)
        session.held("CCS", since=bsm)
        least = truck.limit("stimulus.watch_charging").nominal_ns // truck.limit("period.BCL").upper_ns
        check("BCL count", len(bcls), at_least=least)
        bcp = bench.last("BCP")
        demanding = [bcl for bcl in bcls if bcl["current_a"] <= float(truck.limit("approach.demand").upper)]
        voltages = [bcl["voltage_v"] for bcl in bcls] or [0]
        currents = [bcl["current_a"] for bcl in bcls] or [0]
        check("BCL.length", max((len(bcl.data) for bcl in bcls), default=0), limit=truck.limit("length.BCL"))
        check("BCL.voltage", max(voltages), at_most=bcp["max_voltage_v"], unit="V", note="highest, limit from BCP")
        check(
            "BCL.voltage of use",
            min((bcl["voltage_v"] for bcl in demanding), default=0),
            at_least=bcp["voltage_v"],
            unit="V",
            note="lowest that goes with a current, battery voltage of BCP",
        )
        check("BCL.current", min(currents), between=(bcp["max_current_a"], 0), unit="A", note="largest, limit from BCP")
        check(
            "BCL.current demanded",
            min(currents),
            at_most=float(truck.limit("approach.demand").upper),
            unit="A",
            note="a running charge demands current",
        )
        session.no_error()


@case(
    "GBT-VP.302",
    title="BCS",
    purpose="While charging the vehicle sends BCS of 9 bytes every 250 ms; what it measures follows what the charger delivers.",
    refs=["GBT27930-2015:?/BCS-content", "GBT27930-2015:?/BCS-period"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "bcs_period_400ms",
        "bcs_current_sign_flipped",
        "bcs_stale_values",
        "bcs_voltage_5_percent_high",
        "bcs_current_raw_zero",
        "bcs_soc_above_100",
        "bcs_soc_jump",
        "tp_length_wrong",
        "tp_packet_count_wrong",
        "tp_packet_skipped",
        "tp_padding_zero",
        "tp_sequence_from_zero",
    ],
    needs=["energise"],
    duration_s=14,
)
def test_bcs_measures_what_is_delivered(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging and let the output settle", expect="BCS on the bus, current flows"):
        bsm = session.charging()
        bench.run_for(truck.limit("stimulus.settle").nominal_ns)
        session.current()
        bench.reach("BCS", within=truck.limit("approach.own"))
    with step(2, "Charge", expect="BCS of 9 bytes every 250 ms, voltage and current as delivered"):
        announced = bench.collect("BCS.RTS", during=session.watch_ns)
        session.still_charging(since=bsm)
        check("BCS.RTS count", len(announced), at_least=session.watch_ns // truck.limit("period.BCS").upper_ns)
        compare_with_output(bench, truck, check, "demanded current")
    with step(3, "Deliver half of the current and let it settle", expect="BCS follows to the new current"):
        delivered = bench.last("CCS")["current_a"]
        charger.limit(current_a=abs(delivered) / 2)
        bench.run_for(truck.limit("stimulus.settle").nominal_ns)
        bench.reach("BCS", within=truck.limit("approach.own"))
        session.still_charging(since=bsm)
        lower, upper = (
            abs(delivered) * float(share) / 100 for share in (truck.limit("tolerance.halved").lower, truck.limit("tolerance.halved").upper)
        )
        bench.reach(
            "CCS",
            within=truck.limit("approach.own"),
            where=lambda ccs: lower <= abs(ccs["current_a"]) <= upper,
            what="CCS of half the current",
        )
        bench.reach("BCS", within=truck.limit("approach.own"))
        compare_with_output(bench, truck, check, "half current")
        session.no_error()


def compare_with_output(bench, truck, check, what):
    """BCS against the CCS of the same time, within the relative tolerance of the profile plus one unit."""
    bcs, ccs = bench.last("BCS"), bench.last("CCS")
    check("BCS.length", len(bcs.data), limit=truck.limit("length.BCS"), message=bcs)
    share = float(truck.limit("tolerance.BCS").upper) / 100
    for signal, unit, name in (("voltage_v", "V", "BCS.voltage"), ("current_a", "A", "BCS.current")):
        width = abs(ccs[signal]) * share + float(truck.limit("tolerance.BCS_unit").upper)
        delivered = (ccs[signal] - width, ccs[signal] + width)
        check(name, bcs[signal], between=delivered, unit=unit, message=bcs, note=f"{what}, CCS {ccs[signal]:g} {unit}")


@case(
    "GBT-VP.303",
    title="BSM",
    purpose="While charging the vehicle sends BSM of 7 bytes every 250 ms with charging permitted and its states normal.",
    refs=["GBT27930-2015:?/BSM-content", "GBT27930-2015:?/BSM-period"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "bsm_period_400ms",
        "bsm_permitted_zero",
        "bsm_states_untrusted",
        "bsm_length_8",
        "bsm_state_undefined",
        "bsm_temps_swapped",
        "bsm_wrong_priority",
    ],
    needs=["energise"],
    duration_s=10,
)
def test_bsm_permits_charging(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging", expect="BCS on the bus"):
        session.vehicle_ready()
        charger.hold(None)
        bcs = bench.reach("BCS", within=truck.limit("approach.charging"))
    with step(2, "Charge", expect="BSM of 7 bytes every 250 ms, charging permitted, states normal"):
        bsm = bench.expect("BSM", within=truck.limit("response.BSM"))
        more = bench.collect("BSM", during=truck.limit("stimulus.watch_charging").nominal_ns)
        session.still_charging(since=bcs)
        session.held("CCS", since=bsm)
        check("BSM count", len(more), at_least=truck.limit("stimulus.watch_charging").nominal_ns // truck.limit("period.BSM").upper_ns)
        check("BSM.length", len(bsm.data), limit=truck.limit("length.BSM"), message=bsm)
        refused = [found for found in [bsm, *more] if found["permitted"] != 1]
        check("BSM without permission", len(refused), equals=0, message=refused[0] if refused else bsm)
        never = [name for name in BSM_STATES if not any(found[name] == 0 for found in [bsm, *more])]
        check("BSM states never normal", "+".join(never) or "none", equals="none", message=bsm)
        session.no_error()


@case(
    "GBT-VP.308",
    title="Vehicle ends charging",
    purpose="By its declared stop means the vehicle ends charging with BST every 10 ms and the right reason.",
    refs=["GBT27930-2015:?/BST-reason", "GBT27930-2015:?/BST-period", "GBT27930-2015:?/charging-stop"],
    basis="derived",
    confidence="high",
    pics="V.DC AND V.STOP",
    editions=["2011", "2015", "2023A"],
    faults=["bst_wrong_reason", "bst_reason_lost", "bst_period_50ms", "bcl_continues_after_bst", "never_stops_by_itself"],
    pixit=["stop_reason"],
    needs=["energise"],
    duration_s=9,
)
def test_vehicle_ends_charging(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging", expect="BSM with charging permitted"):
        bsm = session.charging()
        bench.run_for(truck.limit("stimulus.charge_before_stop").nominal_ns)
        session.still_charging(since=bsm)
    with step(2, "Use the declared stop means of the vehicle", expect="BST"):
        charger.withhold("CST")
        session.stop_vehicle()
        bst = bench.expect("BST", within=truck.limit("response.vehicle_stop"))
    with step(
        3, "Answer with CST a little later", expect="BST every 10 ms until then with the declared reason; BCL, BCS and BSM have ended"
    ):
        session.repeats("BST", truck.limit("stimulus.cst_soon").nominal_ns)
        bench.withheld("CST", since=0)
        charger.resume("CST")
        bench.reach("CST", within=truck.limit("approach.own"))
        session.stops_with(str(truck.pixit("stop_reason")), since=bst.start_ns - 1)
        session.ended(("BCL", "BCS.RTS", "BSM"), after=bst)
        session.no_error()


@case(
    "GBT-VP.309",
    title="Charger ends charging",
    purpose="After CST the vehicle ends BCL, BCS and BSM and answers within 100 ms with BST, reason CST received.",
    refs=["GBT27930-2015:?/BST-after-CST", "GBT27930-2015:?/charging-stop"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "ignores_cst",
        "bst_300ms_late",
        "bst_without_cst_bit",
        "bst_once_after_cst",
        "bst_tells_a_fault",
        "bst_of_a_charge_tells_a_fault",
        "bcl_continues_after_cst",
        "bcs_continues_after_stop",
        "bsm_continues_after_stop",
        "bst_length_8",
    ],
    needs=["energise"],
    duration_s=9,
)
def test_vehicle_follows_cst(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging", expect="BSM with charging permitted"):
        bsm = session.charging()
        bench.run_for(truck.limit("stimulus.charge_before_stop").nominal_ns)
        session.still_charging(since=bsm)
    with step(2, "Send CST (manual stop) every 10 ms", expect="first BST within 100 ms, reason CST received"):
        charger.stop("manual")
        cst = bench.reach("CST", within=truck.limit("approach.own"), where=lambda message: message["manual"] == 1, what="CST, manual stop")
        bst = bench.expect("BST", within=truck.limit("response.BST"), after=cst.start_ns)
    with step(
        3, "Watch the end", expect="at least three BST, each tells CST received and nothing else; BCL, BCS and BSM have ended, no BEM"
    ):
        session.ended(("BCL", "BCS.RTS", "BSM"), after=bst)
        session.stops_with("charger_stopped", since=cst)
        check("BST count", len(bench.messages("BST", since=cst)), limit=truck.limit("count.BST"), message=bst)
        session.no_error()


@case(
    "GBT-VN.302",
    title="CCS stops",
    purpose="When CCS fails to come for one second, the vehicle reports it, ends charging and opens its contactors.",
    refs=["GBT27930-2015:8/TB6", "GBT27930-2015:?/charging-stop"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "ccs_timeout_ignored",
        "ccs_timeout_3s",
        "bem_wrong_bit_ccs",
        "contactors_stay_closed_after_ccs_timeout",
        "bcl_continues_after_ccs_timeout",
        "bem_length_8",
        "bem_period_1s",
    ],
    needs=["energise"],
    duration_s=10,
)
def test_bem_when_ccs_stops(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging", expect="BSM with charging permitted"):
        bsm = session.charging()
        bench.run_for(truck.limit("stimulus.charge_before_stop").nominal_ns)
        session.still_charging(since=bsm)
    with step(2, "Withhold CCS, nothing else", expect="BEM between 1.0 s and 1.2 s after the last CCS"):
        charger.withhold("CCS")
        told_ns = bench.now_ns
        bench.run_for(truck.limit("stimulus.ccs_gone").nominal_ns)
        bench.withheld("CCS", since=told_ns + truck.limit("tail.tester").upper_ns)
        last_ccs = bench.last("CCS")
        bem = bench.expect("BEM", within=truck.limit("timeout.TB6"), after=last_ccs.start_ns)
    with step(
        3,
        "Stay silent",
        expect="BEM every 250 ms tells the timeout of CCS; BCL, BCS and BSM have ended; contactors open where they can be seen",
    ):
        charger.silence()
        silent_ns = bench.now_ns
        session.reports(bem, "timeout_ccs", severity="failure")
        session.ended(("BCL", "BCS.RTS", "BSM"), after=bem)
        session.contactors_open(after=bem)
        session.silent(since=silent_ns)
