"""End of charging: BST, BSD, CSD, and the next session (reference catalogue 8.4, the positive cases)."""

from harness.case import case
from harness.core import s


def check_silence(bench, check, since_ns, what):
    """Check that the vehicle sent no message after *since_ns*."""
    sent = [message for message in bench.all_messages() if message.sender == "vehicle" and message.t_ns > since_ns]
    seen = "none" if not sent else f"{len(sent)}, first {sent[0].name}"
    watched = f"watched for {(bench.now_ns - since_ns) / 1e9:g} s"
    check(what, seen, equals="none", message=sent[0] if sent else None, note=watched)


@case(
    "GBT-VP.401",
    title="BST period",
    purpose="The vehicle that ends charging repeats BST every 10 ms until the charger answers with CST; BSD does not come before.",
    refs=["GBT27930-2015:?/BST-period", "GBT27930-2015:?/charging-stop"],
    basis="derived",
    confidence="high",
    pics="V.DC AND V.STOP",
    editions=["2011", "2015", "2023A"],
    faults=[
        "bst_ends_before_cst",
        "bst_missing_once",
        "bst_slows_down_without_cst",
        "bst_continues_beside_bsd",
        "bsd_before_cst",
        "bst_period_14ms",
        "bsd_missing_after_own_stop",
    ],
    needs=["energise"],
    duration_s=10,
)
def test_bst_is_repeated_until_cst(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging", expect="BSM with charging permitted"):
        session.charge()
        charger.withhold("CST")
    with step(2, "Use the declared stop means of the vehicle, answer with CST 200 ms later", expect="BST every 10 ms until CST, no BSD"):
        session.stop_vehicle()
        bst = bench.expect("BST", within=truck.limit("response.vehicle_stop"))
        bench.run_for(truck.limit("stimulus.cst_delay").nominal_ns)
        bench.withheld("CST", since=0)
        early = bench.messages("BSD")
        check("BSD before CST", len(early), equals=0, message=early[0] if early else None)
        charger.hold("stopping")
        charger.resume("CST")
        cst = bench.reach("CST", within=truck.limit("approach.own"))
        stops = [found for found in bench.messages("BST", since=bst.start_ns - 1) if found.start_ns <= cst.start_ns]
        check("BST count", len(stops), at_least=truck.limit("stimulus.cst_delay").nominal_ns // truck.limit("period.BST").upper_ns)
        session.intervals(stops, cst)
    with step(3, "Keep CST until BSD", expect="BSD within 10 s; BST has ended then, no BEM"):
        bsd = bench.expect("BSD", within=truck.limit("response.BSD"), after=cst.start_ns)
        session.ended(("BST",), after=bsd)
        session.no_error()


@case(
    "GBT-VP.402",
    title="BSD",
    purpose="After BST and CST the vehicle sends BSD of 7 bytes every 250 ms, before 10 s have passed.",
    refs=["GBT27930-2015:?/BSD-content", "GBT27930-2015:?/BSD-period", "GBT27930-2015:8/TC12"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "no_bsd",
        "bsd_late_12s",
        "bsd_length_6",
        "bsd_lowest_above_highest",
        "bsd_period_500ms",
        "bsd_soc_zero",
        "bem_after_regular_end",
        "bsd_cell_voltage_byte_order_swapped",
        "bsd_soc_in_tenths",
        "bsd_ends_after_five",
    ],
    needs=["energise"],
    duration_s=10,
)
def test_bsd_reports_the_statistics(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging, then stop by CST", expect="BST on the bus"):
        bsm = session.charging()
        bench.run_for(truck.limit("stimulus.charge_before_stop").nominal_ns)
        bench.reach("BCS", within=truck.limit("approach.next_message"))
        session.still_charging(since=bsm)
        charger.withhold("CSD")
        charger.stop("manual")
        cst = bench.reach("CST", within=truck.limit("approach.own"))
        bench.reach("BST", within=truck.limit("approach.next_message"))
    with step(2, "Let the current fall to zero, send no CSD yet", expect="BSD within 10 s of the first CST, close to the last BCS"):
        bsd = bench.expect("BSD", within=truck.limit("response.BSD"), after=cst.start_ns)
        bcs = bench.last("BCS")
        check("BSD.length", len(bsd.data), limit=truck.limit("length.BSD"), message=bsd)
        # A payload that is too short has no highest temperature; the length has failed then.
        for name, unit in (("cell_voltage_v", "V"), ("temp_degc", "Cel")):
            lowest, highest = bsd[f"min_{name}"], bsd[f"max_{name}"]
            if highest is not None:
                check(f"BSD.min_{name}", lowest, at_most=highest, unit=unit, message=bsd, note="not above the highest")
        check("BSD.soc against BCS", abs(bsd["soc_pct"] - bcs["soc_pct"]), limit=truck.limit("consistency.soc_end"), message=bsd)
        apart = abs(bsd["max_cell_voltage_v"] - bcs["max_cell_voltage_v"])
        check("BSD.max_cell_voltage against BCS", apart, limit=truck.limit("tolerance.BSD_cell"), message=bsd)
    with step(3, "Send no CSD", expect="BSD every 250 ms"):
        bsds = bench.collect("BSD", during=session.watch_ns)
        bench.withheld("CSD", since=0)
        session.came_every_period("BSD", bsds, session.watch_ns)
        session.no_error()


@case(
    "GBT-VP.403",
    title="CSD ends the session",
    purpose="After CSD the vehicle ends BSD within a few frames and sends nothing more; its contactors stay open.",
    refs=["GBT27930-2015:?/session-end", "GBT27930-2015:8/TB8"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["bsd_continues_after_csd", "csd_ignored", "bem_csd_although_csd_came", "bsm_after_the_session"],
    needs=["energise"],
    duration_s=24,
)
def test_csd_ends_the_session(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging, stop by CST, send no CSD yet", expect="BST and BSD on the bus"):
        session.charge()
        charger.withhold("CSD")
        charger.hold("statistics")
        _, bst, _ = session.stop_by_charger()
    with step(2, "Send CSD every 250 ms", expect="BSD ends after a few frames"):
        charger.resume("CSD")
        csd = bench.reach("CSD", within=truck.limit("approach.own"))
        session.ended(("BSD",), after=csd)
        after = len(bench.messages("BSD", since=csd))
        check("BSD after the first CSD", after, at_least=0, severity="info", note="recorded")
        session.held("CSD", since=csd)
    with step(3, "Keep CSD until the timeout of CSD would have been reported", expect="no further message; contactors stay open"):
        bench.run_for(max(0, bst.start_ns + truck.limit("timeout.TB8").upper_ns + session.watch_ns - bench.now_ns))
        session.held("CSD", since=csd)
        check_silence(bench, check, csd.start_ns + truck.limit("tail.BSD").upper_ns, "messages after the end")
        session.not_charging(since=csd)


@case(
    "GBT-VP.404",
    title="End with auxiliary power removed",
    purpose="When the auxiliary supply goes after the end of a session, the vehicle falls silent and does not wake up again.",
    refs=["GBT27930-2015:?/supply-off", "GBT27930-2015:?/session-end"],
    basis="derived",
    confidence="low",
    pics="V.DC AND V.AUX",
    editions=["2011", "2015", "2023A"],
    faults=["starts_anew_when_the_supply_goes", "bsd_continues_without_supply"],
    needs=["energise"],
    duration_s=80,
)
def test_vehicle_sleeps_without_the_auxiliary_supply(bench, truck, step, check, charger, session):
    with step(1, "Complete a session to CSD", expect="BSD and CSD on the bus"):
        session.charge()
        session.stop_by_charger()
        bench.reach("CSD", within=truck.limit("approach.next_message"))
    with step(2, "Switch the auxiliary supply off, leave the connector in", expect="no frame of the vehicle from then on, contactors open"):
        gone_ns = session.switch_supply_off()
        bench.run_for(truck.limit("tail.supply").upper_ns + truck.limit("stimulus.supply_off").nominal_ns)
        check_silence(bench, check, gone_ns + truck.limit("tail.supply").upper_ns, "messages without supply")
        session.not_charging(since=gone_ns)
        session.supply_stayed_off(since=gone_ns)


@case(
    "GBT-VP.405",
    title="Second session",
    purpose="After re-plugging the vehicle completes another session that keeps nothing of the first: neither its reconnects nor its pack.",
    refs=["GBT27930-2015:?/second-session", "GBT27930-2015:?/pack-swap"],
    basis="project",
    confidence="high",
    pics="V.DC AND (V.SWAP OR NOT V.SWAP)",
    editions=["2011", "2015", "2023A"],
    faults=[
        "reconnects_counted_across_sessions",
        "no_bsm_in_a_second_session",
        "bsd_lost_in_a_second_session",
        "brm_cached_from_old_pack",
        "bcp_cached_from_old_pack",
    ],
    needs=["energise"],
    duration_s=60,
)
def test_second_session_is_as_good_as_the_first(bench, truck, step, check, charger, session):
    again = int(truck.limit("stimulus.reconnects").value)
    with step(1, "Let recognition time out and reconnect, then complete the session", expect="BRM after each reconnect, BSD and CSD"):
        session.handshake()
        charger.hold("recognition")
        bench.reach("BRM", within=truck.limit("approach.next_message"))
        for _ in range(again):
            reconnect(bench, truck, charger)
            brm = bench.reach("BRM", within=truck.limit("approach.next_message"))
        charger.hold(None)
        bsm = bench.reach("BSM", within=truck.limit("response.ready"), where=lambda found: found["permitted"] == 1)
        bench.run_for(truck.limit("stimulus.charge_before_stop").nominal_ns)
        session.still_charging(since=bsm)
        _, _, bsd = session.stop_by_charger()
        bench.reach("CSD", within=truck.limit("approach.next_message"))
    with step(
        2,
        "Unplug, have the pack swapped if the vehicle is made for it, plug in, let recognition time out and reconnect as often",
        expect="the same VIN after each reconnect, and the pack that is in the vehicle now",
    ):
        session.ended_by_unplugging()
        swapped = session.swap_pack()
        session.handshake()
        charger.hold("recognition")
        told = bench.expect("BRM", within=truck.limit("response.transfer"))
        for _ in range(again):
            crm = reconnect(bench, truck, charger)
            told = bench.expect("BRM", within=truck.limit("response.transfer"), after=crm.start_ns - 1)
        check("BRM.vin", told["vin"], equals=brm["vin"], message=told)
        pack = "same pack" if told["pack_number"] == brm["pack_number"] else "other pack"
        check("BRM.pack_number", pack, equals="other pack" if swapped else "same pack", message=told, note="against the first session")
    with step(3, "Complete the session", expect="every message of the vehicle in time, to BSD; states of charge of one and the same pack"):
        charger.hold(None)
        second = session.complete(crm)
        least = truck.limit("stimulus.charge_before_stop").nominal_ns // truck.limit("period.BSM").upper_ns
        check("BSM in the second session", len(bench.messages("BSM", since=crm)), at_least=least)
        bcp = bench.last("BCP")
        apart = abs(bench.messages("BCS", since=crm)[0]["soc_pct"] - bcp["soc_pct"])
        check("BCP.soc against the first BCS", apart, limit=truck.limit("consistency.soc_start"), message=bcp)
        if not swapped:
            apart = abs(second["soc_pct"] - bsd["soc_pct"])
            check("BSD.soc against the first session", apart, limit=truck.limit("consistency.soc_end"), message=second, severity="warning")


def reconnect(bench, truck, charger):
    """Let the recognition time out, then begin it anew; the first CRM(00) of the reconnect."""
    charger.silence_after("BEM")
    bem = bench.reach("BEM", within=truck.limit("timeout.TB2").upper_ns + s(1))
    charger.silence(False)
    charger.begin("recognition")
    return bench.reach("CRM", within=truck.limit("approach.own"), where=lambda crm: crm.start_ns > bem.t_ns, what="CRM(00) after BEM")
