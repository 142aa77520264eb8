"""End of charging that the charger leaves unanswered, gets wrong or begins anew (reference catalogue 8.4, the negative cases)."""

from harness.case import case
from harness.core import Inconclusive, Reason

from ..words import bits_set
from .answers import BST_FAULTS


@case(
    "GBT-VN.401",
    title="No CST",
    purpose="When the charger does not answer BST with CST, the vehicle reports it after 5 s and its contactors open.",
    refs=["GBT27930-2015:8/TB7", "GBT27930-2015:?/BST-period", "GBT27930-2015:?/charging-stop"],
    basis="derived",
    confidence="high",
    pics="V.DC AND V.STOP",
    editions=["2011", "2015", "2023A"],
    faults=[
        "bem_cst_late",
        "bem_cst_4_8s",
        "bem_cst_never",
        "bem_wrong_bit_cst",
        "ccs_taken_for_cst_after_bst",
        "bst_ends_before_cst",
        "contactors_stay_closed_without_cst",
    ],
    needs=["energise"],
    duration_s=16,
)
def test_bem_when_cst_never_comes(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging", expect="BSM with charging permitted"):
        session.charge()
        charger.withhold("CST")
        charger.hold("charging")
    with step(
        2, "Use the declared stop means of the vehicle, keep CCS, send no CST", expect="BST, then BEM 5.0 s to 5.5 s after the first BST"
    ):
        session.stop_vehicle()
        bst = bench.expect("BST", within=truck.limit("response.vehicle_stop"))
        session.await_error("TB7", after=bst)
        bench.withheld("CST", since=0)
        session.held("CCS", since=bst)
        bem = bench.expect("BEM", within=truck.limit("timeout.TB7"), after=bst.start_ns)
    with step(3, "Compare the intervals of BST", expect="BST every 10 ms from the first one to BEM, no BSD"):
        stops = [found for found in bench.messages("BST", since=bst.start_ns - 1) if found.start_ns <= bem.start_ns]
        check("BST count", len(stops), at_least=(bem.start_ns - bst.start_ns) // truck.limit("period.BST").upper_ns)
        session.intervals(stops, bem)
        statistics = bench.messages("BSD")
        check("BSD without CST", len(statistics), equals=0, message=statistics[0] if statistics else None)
    with step(4, "Fall silent", expect="BEM every 250 ms tells the timeout of CST; contactors open where they can be seen"):
        charger.silence()
        session.reports(bem, "timeout_cst")
        session.contactors_open(after=bst)


@case(
    "GBT-VN.402",
    title="No CSD",
    purpose="When the charger sends no CSD, the vehicle keeps BSD and reports the timeout 10 s after its first BST.",
    refs=["GBT27930-2015:8/TB8", "GBT27930-2015:?/BSD-period"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["bem_csd_late", "bem_csd_never", "bem_csd_5s", "bem_wrong_bit_csd", "bsd_ends_after_five"],
    needs=["energise"],
    duration_s=20,
)
def test_bem_when_csd_never_comes(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging", expect="BSM with charging permitted"):
        session.charge()
        charger.withhold("CSD")
    with step(2, "Stop by CST until BST and BSD have come, then fall silent", expect="BST, then BSD within 10 s"):
        charger.stop("manual")
        cst = bench.reach("CST", within=truck.limit("approach.own"))
        bst = bench.expect("BST", within=truck.limit("response.BST"), after=cst.start_ns)
        bsd = bench.expect("BSD", within=truck.limit("response.BSD"), after=cst.start_ns)
        charger.silence()
        silent_ns = bench.now_ns
    with step(3, "Stay silent", expect="BSD every 250 ms, BEM 10 s to 13 s after the first BST"):
        session.await_error("TB8", after=bst)
        session.silent(since=silent_ns)
        bench.withheld("CSD", since=0)
        bem = bench.expect("BEM", within=truck.limit("timeout.TB8"), after=bst.start_ns)
        found = [later for later in bench.messages("BSD", since=bsd.start_ns - 1) if later.start_ns <= bem.start_ns]
        check("BSD count", len(found), at_least=(bem.start_ns - bsd.start_ns) // truck.limit("period.BSD").upper_ns)
        session.intervals(found, bem)
    with step(4, "Stay silent further", expect="BEM tells the timeout of CSD; contactors have opened where they can be seen"):
        session.reports(bem, "timeout_csd")
        session.contactors_open(after=bst)


@case(
    "GBT-VN.403",
    title="Wrong message instead of CST",
    purpose="CSD does not stand for CST: the vehicle goes on with BST and reports the missing CST after 5 s.",
    refs=["GBT27930-2015:8/TB7", "GBT27930-2015:?/charging-stop"],
    basis="derived",
    confidence="medium",
    pics="V.DC AND V.STOP",
    editions=["2011", "2015", "2023A"],
    faults=["csd_taken_for_cst", "csd_ends_the_session_without_cst", "csd_restarts_the_wait_for_cst", "bem_wrong_bit_cst"],
    needs=["energise"],
    duration_s=16,
)
def test_csd_does_not_stand_for_cst(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging", expect="BSM with charging permitted"):
        session.charge()
        charger.withhold("CST")
        charger.hold("charging")
    with step(2, "Use the declared stop means, answer BST with CSD at once", expect="BEM 5.0 s to 5.5 s after the first BST"):
        session.stop_vehicle()
        bst = bench.expect("BST", within=truck.limit("response.vehicle_stop"))
        charger.withhold("CCS")
        charger.also_send("CSD", every_ns=truck.limit("period.CSD").nominal_ns)
        csd = bench.reach("CSD", within=truck.limit("approach.own"))
        session.await_error("TB7", after=bst)
        bench.withheld("CST", since=0)
        session.held("CSD", since=csd)
        bem = bench.expect("BEM", within=truck.limit("timeout.TB7"), after=bst.start_ns)
    with step(3, "Compare the intervals of BST", expect="BST every 10 ms from the first one to BEM, no BSD"):
        stops = [found for found in bench.messages("BST", since=bst.start_ns - 1) if found.start_ns <= bem.start_ns]
        check("BST count", len(stops), at_least=(bem.start_ns - bst.start_ns) // truck.limit("period.BST").upper_ns)
        session.intervals(stops, bem)
        statistics = bench.messages("BSD")
        check("BSD without CST", len(statistics), equals=0, message=statistics[0] if statistics else None)
    with step(4, "Fall silent", expect="BEM tells the timeout of CST; contactors open where they can be seen"):
        charger.silence()
        session.reports(bem, "timeout_cst")
        session.contactors_open(after=bst)


@case(
    "GBT-VN.404",
    title="Current does not fall",
    purpose="If the current does not fall after BST and CST, the contactors stay closed for the declared time, and the vehicle reports.",
    refs=["GBT27930-2015:?/contactors-under-load", "GBT27930-2015:8/TB8"],
    basis="project",
    confidence="medium",
    pics="V.DC AND V.STOP",
    editions=["2011", "2015", "2023A"],
    faults=[
        "opens_under_load_at_once",
        "opens_under_load_after_9_5s",
        "bem_csd_never",
        "contactors_stick",
    ],
    pixit=["open_under_load_s"],
    needs=["energise"],
    duration_s=40,
)
def test_contactors_do_not_open_under_load(bench, truck, step, check, check_time, charger, session):
    kept = truck.limit("stimulus.kept_current")
    with step(1, "Bring the vehicle to charging and to a steady current", expect="BSM with charging permitted, the current flows"):
        session.charge()
        if bench.level("k5k6") is None:
            raise Inconclusive(Reason.NO_LINE, "the rig has no line that tells the contactors of the vehicle")
        charger.keep_current(float(kept.value))
        charger.override("CCS", current_a=-float(kept.value))
        bench.run_for(truck.limit("stimulus.settle").nominal_ns)
        flows(bench, float(kept.lower), since=bench.now_ns - truck.limit("period.CCS").upper_ns * 2)
    with step(2, "Use the declared stop means, answer with CST, keep the current", expect="contactors closed for the declared time"):
        charger.hold("charging")
        session.stop_vehicle()
        bst = bench.expect("BST", within=truck.limit("response.vehicle_stop"))
        charger.also_send("CST", every_ns=truck.limit("period.CST").nominal_ns, bms_stopped=1)
        cst = bench.reach("CST", within=truck.limit("approach.own"))
        bench.wait_level("k5k6", 0, within=truck.limit("stimulus.current_kept"))
        opened = [t_ns for t_ns, level in bench.level_changes("k5k6") if level == 0 and t_ns > bst.start_ns]
        until_ns = opened[0] if opened else bench.now_ns
        flows(bench, float(kept.lower), since=bst, until_ns=until_ns)
        if opened:
            least = float(truck.pixit("open_under_load_s")) - truck.limit("tolerance.open_under_load").upper_ns / 1e9
            closed_s = (until_ns - bst.start_ns) / 1e9
            check("contactors closed under load", closed_s, at_least=least, unit="s", note="from the first BST, PIXIT open_under_load_s")
        else:
            check("contactors under load", "closed", equals="closed", note="opened at no time while the current flowed")
    with step(3, "Send no CSD", expect="a report of the vehicle: BEM, or a fault or error in BST"):
        session.await_error("TB8", after=bst)
        session.held("CST", since=cst)
        told = reports_of_trouble(bench, bst)
        seen = told[0].name if told else "none"
        check("report of the vehicle", seen, equals=seen if told else "BEM, or a fault in BST", message=told[0] if told else bst)
        for bem in [message for message in told if message.name == "BEM" and message["timeout_csd"] == 1][:1]:
            check_time("BEM time", bem.t_ns - bst.start_ns, truck.limit("timeout.TB8"), message=bem)
    with step(4, "Let the current fall, fall silent", expect="contactors open"):
        charger.keep_current(None)
        charger.silence()
        bench.wait_level("k5k6", 0, within=truck.limit("response.contactors"))
        check("contactors", "closed" if bench.level("k5k6") else "open", equals="open")


def reports_of_trouble(bench, bst):
    """BEM and every BST that tells a fault or an error, from *bst* on, in the order of their time."""
    stops = [stop for stop in bench.messages("BST", since=bst.start_ns - 1) if bits_set(stop, BST_FAULTS) != "none"]
    return sorted([*bench.messages("BEM", since=bst), *stops], key=lambda message: message.t_ns)


def flows(bench, least_a, since, until_ns=None):
    """Make sure that the charger told and delivered the kept current all the time, as far as the rig measures it."""
    start_ns = since if isinstance(since, int) else since.t_ns
    bench.given("CCS", since=since, where=lambda ccs: abs(ccs["current_a"]) >= least_a, what="CCS of the kept current")
    end_ns = bench.now_ns if until_ns is None else until_ns
    told = [(t_ns, level) for t_ns, level in bench.level_changes("dc_a") if t_ns <= end_ns]
    before = [level for t_ns, level in told if t_ns <= start_ns][-1:]
    if any(level < least_a for level in [*before, *(level for t_ns, level in told if start_ns < t_ns < end_ns)]):
        raise Inconclusive(Reason.PRECONDITION, "the tester's charger did not keep the current up")


@case(
    "GBT-VN.405",
    title="No restart without re-plugging",
    purpose="After a normal end neither CHM nor CRM(00) begins another charge while the connector stays in.",
    refs=["GBT27930-2015:?/no-restart"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2015", "2023A"],
    faults=["restarts_on_chm_without_replugging", "restarts_on_crm_without_replugging", "stays_ended_after_replugging"],
    needs=["energise"],
    duration_s=45,
)
def test_no_restart_without_replugging(bench, truck, step, check, charger, session):
    during_ns = truck.limit("stimulus.restart_without_plug").nominal_ns
    with step(1, "Complete a session to CSD", expect="BSD and CSD on the bus"):
        session.charge()
        session.stop_by_charger()
        csd = bench.reach("CSD", within=truck.limit("approach.next_message"))
        session.ended(("BSD",), after=csd)
    with step(2, "Leave the connector in, send CHM, go on if the vehicle answers", expect="no charge; an answer is recorded"):
        begun_ns = bench.now_ns
        charger.begin("handshake")
        bench.run_for(during_ns)
        bench.given("CHM", since=begun_ns)
        session.stayed_plugged_in(since=begun_ns)
        answers = bench.messages("BHM", since=begun_ns)
        check("BHM without re-plugging", len(answers), equals=0, severity="info", message=answers[0] if answers else None)
        session.not_charging(since=begun_ns)
    with step(3, "Send CRM(00), go on if the vehicle answers", expect="no charge; an answer is recorded"):
        begun_ns = bench.now_ns
        charger.begin("recognition")
        bench.run_for(during_ns)
        bench.given("CRM", since=begun_ns)
        session.stayed_plugged_in(since=begun_ns)
        answers = bench.messages("BRM.RTS", since=begun_ns)
        check("BRM without re-plugging", len(answers), equals=0, severity="info", message=answers[0] if answers else None)
        session.not_charging(since=begun_ns)
    with step(4, "Unplug, plug in, complete a session", expect="every message of the vehicle in time, to BSD"):
        session.good_session()


@case(
    "GBT-VN.406",
    title="No reconnect after end-phase timeout",
    purpose="After the timeout of CSD the vehicle does not begin recognition anew; a session after re-plugging is complete.",
    refs=["GBT27930-2015:?/end-no-reconnect", "GBT27930-2015:8/TB8"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["reconnects_after_csd_timeout", "stays_failed_after_replugging", "bem_csd_never"],
    needs=["energise"],
    duration_s=45,
)
def test_no_reconnect_after_a_timeout_of_the_end(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging, stop by CST, send no CSD", expect="BST and BSD on the bus"):
        session.charge()
        charger.withhold("CSD")
        _, bst, _ = session.stop_by_charger()
        charger.silence()
        silent_ns = bench.now_ns
    with step(2, "Stay silent", expect="BEM 10 s to 13 s after the first BST tells the timeout of CSD"):
        session.await_error("TB8", after=bst)
        session.silent(since=silent_ns)
        bench.withheld("CSD", since=0)
        bem = bench.expect("BEM", within=truck.limit("timeout.TB8"), after=bst.start_ns)
        session.reports(bem, "timeout_csd")
    with step(3, "Send CRM(00), go on if the vehicle answers", expect="no BRM, no charge"):
        charger.silence(False)
        begun_ns = bench.now_ns
        charger.begin("recognition")
        bench.run_for(truck.limit("stimulus.restart_without_plug").nominal_ns)
        bench.given("CRM", since=begun_ns)
        session.stayed_plugged_in(since=begun_ns)
        answers = bench.messages("BRM.RTS", since=begun_ns)
        check("BRM after the timeout", len(answers), equals=0, message=answers[0] if answers else None)
        session.not_charging(since=begun_ns)
    with step(4, "Unplug, plug in, complete a session", expect="every message of the vehicle in time, to BSD"):
        session.good_session()
