"""CCS that never begins, stops, comes late, comes as something else or in another length (reference catalogue 8.3)."""

from itertools import pairwise

from harness.case import case
from harness.core import Inconclusive, Reason

from ..words import is_ready

CHARGING = ("BCL", "BCS.RTS", "BSM")
FIRST_CCS_BITS = ("timeout_ccs", "timeout_cro")
LENGTHS = (7, 8)
SHORT = 6


@case(
    "GBT-VN.301",
    title="CCS never starts",
    purpose="When CCS does not begin after CRO(AA), the vehicle reports it within 1 s to 5.5 s and ends charging.",
    refs=["GBT27930-2015:8/TB6a", "GBT27930-2015:?/charging-stop"],
    basis="derived",
    confidence="low",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "first_ccs_never_missed",
        "first_ccs_missed_after_8s",
        "first_ccs_missed_after_half_a_second",
        "missing_first_ccs_told_as_csd",
    ],
    needs=["energise"],
    duration_s=14,
)
def test_bem_when_ccs_never_starts(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to BRO(AA), then send CRO(AA) and no CCS", expect="BCL and BCS"):
        session.vehicle_ready()
        charger.withhold("CCS")
        charger.hold(None)
        cro = bench.reach("CRO", within=truck.limit("approach.charging"), where=is_ready, what="CRO(AA)")
        bench.expect("BCL", within=truck.limit("response.BCL"), after=cro.start_ns)
        bench.expect("BCS", within=truck.limit("response.BCS"), after=cro.start_ns)
    with step(2, "Go on without CCS", expect="BEM, timeout of CCS or of CRO, between 1 s and 5.5 s after CRO(AA)"):
        session.await_error("TB6a", after=bench.last("CRO"))
        bench.withheld("CCS", since=0)
        bem = bench.expect("BEM", within=truck.limit("timeout.TB6a"), after=bench.last("CRO").start_ns)
        told = "+".join(bit for bit in FIRST_CCS_BITS if bem[bit] == 1)
        check("BEM names", told or "neither", equals=told if told in FIRST_CCS_BITS else " or ".join(FIRST_CCS_BITS), message=bem)
    with step(3, "Stay silent", expect="the same BEM only; BCL, BCS and BSM have ended; contactors open where they can be seen"):
        charger.silence()
        silent_ns = bench.now_ns
        session.reports(bem, told)
        session.ended(CHARGING, after=bem)
        session.contactors_open(after=bem)
        session.silent(since=silent_ns)


@case(
    "GBT-VN.303",
    title="All charger frames stop",
    purpose="When the charger falls silent altogether, the vehicle reports the missing CCS, ends charging and opens its contactors.",
    refs=["GBT27930-2015:8/TB6", "GBT27930-2015:?/charging-stop"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "ccs_timeout_ignored",
        "ccs_timeout_3s",
        "ccs_timeout_600ms",
        "bem_ends_within_2s",
        "contactors_stay_closed_after_ccs_timeout",
    ],
    needs=["energise"],
    duration_s=10,
)
def test_bem_when_the_charger_is_silent(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging", expect="BSM with charging permitted"):
        bsm = session.charging()
        bench.run_for(truck.limit("stimulus.charge_before_stop").nominal_ns)
        session.still_charging(since=bsm)
    with step(2, "Send nothing at all any more", expect="BEM between 1.0 s and 1.2 s after the last CCS"):
        charger.silence()
        silent_ns = bench.now_ns
        bench.run_for(truck.limit("stimulus.ccs_gone").nominal_ns)
        session.silent(since=silent_ns)
        bem = bench.expect("BEM", within=truck.limit("timeout.TB6"), after=bench.last("CCS").start_ns)
    with step(
        3,
        "Stay silent",
        expect="BEM every 250 ms tells the timeout of CCS; BCL, BCS and BSM have ended; contactors open where they can be seen",
    ):
        session.reports(bem, "timeout_ccs", severity="failure")
        session.ended(CHARGING, after=bem)
        session.contactors_open(after=bem)
        session.silent(since=silent_ns)


@case(
    "GBT-VN.304",
    title="CCS replaced by another type",
    purpose="CML in the place and period of CCS does not keep the charge alive: the vehicle reports the missing CCS.",
    refs=["GBT27930-2015:8/TB6", "GBT27930-2015:?/charging-stop"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["cml_counts_as_ccs", "ccs_timeout_3s", "bem_wrong_bit_ccs", "contactors_stay_closed_after_ccs_timeout"],
    needs=["energise"],
    duration_s=10,
)
def test_cml_does_not_replace_ccs(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging", expect="BSM with charging permitted"):
        bsm = session.charging()
        bench.run_for(truck.limit("stimulus.charge_before_stop").nominal_ns)
        session.still_charging(since=bsm)
    with step(2, "Send CML every 50 ms instead of CCS", expect="BEM between 1.0 s and 1.2 s after the last CCS"):
        charger.withhold("CCS")
        told_ns = bench.now_ns
        charger.also_send("CML", every_ns=truck.limit("period.CCS").nominal_ns)
        bench.run_for(truck.limit("stimulus.ccs_gone").nominal_ns)
        bench.withheld("CCS", since=told_ns + truck.limit("tail.tester").upper_ns)
        least = truck.limit("stimulus.ccs_gone").nominal_ns // truck.limit("period.CCS").upper_ns
        bench.given("CML", since=told_ns, at_least=least, what="CML in the period of CCS")
        bem = bench.expect("BEM", within=truck.limit("timeout.TB6"), after=bench.last("CCS").start_ns)
    with step(
        3,
        "Stay silent",
        expect="BEM every 250 ms tells the timeout of CCS; BCL, BCS and BSM have ended; contactors open where they can be seen",
    ):
        charger.silence()
        silent_ns = bench.now_ns
        session.reports(bem, "timeout_ccs", severity="failure")
        session.ended(CHARGING, after=bem)
        session.contactors_open(after=bem)
        session.silent(since=silent_ns)


@case(
    "GBT-VN.305",
    title="CCS length",
    purpose="CCS of 7 and of 8 bytes is accepted; what the vehicle makes of 6 bytes is recorded, and a good session follows.",
    refs=["GBT27930-2015:?/CCS-length", "GBT27930-2015:8/TB6"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2015", "2023A"],
    faults=["refuses_ccs_of_7", "ccs_of_6_counts_for_a_second", "ccs_of_6_taken_for_timeout", "locks_up_after_ccs_of_6"],
    needs=["energise"],
    duration_s=35,
)
def test_both_lengths_of_ccs_are_accepted(bench, truck, step, check, check_time, charger, session):
    with step(1, "Bring the vehicle to charging and let the output settle", expect="current flows"):
        bsm = session.charging()
        bench.run_for(truck.limit("stimulus.settle").nominal_ns)
        session.current()
        session.still_charging(since=bsm)
        told = bench.last("CCS").data.ljust(max(LENGTHS), b"\xff")
    with step(2, "Send the same CCS with 7, then with 8 bytes", expect="charging goes on with either"):
        for length in LENGTHS:
            charger.override_data("CCS", told[:length])
            bench.reach(
                "CCS",
                within=truck.limit("approach.own"),
                where=lambda ccs, length=length: len(ccs.data) == length,
                what=f"CCS of {length} bytes",
            )
            session.goes_on(truck.limit("stimulus.ccs_length").nominal_ns, since=bsm)
    with step(3, "Send it with 6 bytes", expect="accepted, or taken for not received: BEM between 1.0 s and 1.2 s; recorded"):
        charger.override_data("CCS", told[:SHORT])
        first = bench.reach("CCS", within=truck.limit("approach.own"), where=lambda ccs: len(ccs.data) == SHORT, what="CCS of 6 bytes")
        bench.run_for(truck.limit("stimulus.ccs_length").nominal_ns)
        session.held("CCS", since=first)
        usual = bench.messages("CCS", where=lambda ccs: len(ccs.data) != SHORT)[-1]
        bems = bench.messages("BEM", since=usual)
        if bems:
            check_time("CCS of 6 bytes not received, BEM", bems[0].t_ns - usual.t_ns, truck.limit("timeout.CCS_length"), message=bems[0])
            session.names(bems[0], "timeout_ccs")
            session.contactors_open(after=bems[0])
        else:
            session.goes_on(session.watch_ns, since=bsm)
        outcome = "not received" if bems else "accepted"
        check("CCS of 6 bytes", outcome, equals=outcome, message=first, note="recorded")
    with step(4, "Unplug, then complete a good session", expect="every message of the vehicle in time"):
        session.good_session()


@case(
    "GBT-VB.301",
    title="CCS gap at the edge",
    purpose="A gap of CCS of 0.9 s is survived, one of 1.3 s is reported.",
    refs=["GBT27930-2015:8/TB6"],
    basis="project",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["ccs_timeout_600ms", "ccs_timeout_ignored", "ccs_timeout_3s", "silent_after_bus_off"],
    needs=["energise"],
    duration_s=14,
)
def test_gap_of_ccs_at_the_edge(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging", expect="BSM with charging permitted"):
        bsm = session.charging()
        bench.run_for(truck.limit("stimulus.charge_before_stop").nominal_ns)
        session.still_charging(since=bsm)
    with step(2, "Leave a gap of 0.9 s in CCS", expect="charging goes on"):
        charger.withhold("CCS")
        bench.run_for(truck.limit("tail.tester").upper_ns)
        before = bench.last("CCS")
        resume(bench, truck, charger, session, before, truck.limit("stimulus.ccs_gap_short"))
        session.in_window(bench.last("CCS"), since=before, window=truck.limit("window.ccs_gap_short"))
        session.goes_on(session.watch_ns, since=bsm)
    with step(3, "Leave a gap of 1.3 s in CCS", expect="BEM between 1.0 s and 1.2 s after the last CCS before the gap"):
        charger.withhold("CCS")
        bench.run_for(truck.limit("tail.tester").upper_ns)
        before = bench.last("CCS")
        resume(bench, truck, charger, session, before, truck.limit("stimulus.ccs_gap_long"))
        session.in_window(bench.last("CCS"), since=before, window=truck.limit("window.ccs_gap_long"))
        bem = bench.expect("BEM", within=truck.limit("timeout.TB6"), after=before.start_ns)
        session.names(bem, "timeout_ccs")
        charger.silence()
        session.ended(CHARGING, after=bem)


def resume(bench, truck, charger, session, before, gap):
    """Let CCS go on so that the first one after *before* comes closest to the end of *gap*."""
    session.wait_until(before.start_ns + gap.nominal_ns - truck.limit("period.CCS").nominal_ns // 2)
    bench.withheld("CCS", since=before, what="CCS in the gap")
    charger.resume("CCS")
    bench.reach("CCS", within=truck.limit("approach.own"), what="CCS after the gap")


@case(
    "GBT-VB.302",
    title="Slow charger",
    purpose="CCS every 200 ms keeps the charge alive: the limit is its timeout, not its period.",
    refs=["GBT27930-2015:8/TB6"],
    basis="project",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["ccs_timeout_150ms", "bcl_only_beside_ccs", "ccs_without_permission_ignored@2011"],
    needs=["energise"],
    duration_s=17,
)
def test_slow_ccs_is_enough(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging", expect="BSM with charging permitted"):
        bsm = session.charging()
        session.still_charging(since=bsm)
    with step(2, "Send CCS every 200 ms for 10 s", expect="charging goes on; BCL keeps its period"):
        slow = truck.limit("stimulus.ccs_slow")
        charger.pace("CCS", slow.nominal_ns)
        bench.run_for(truck.limit("tail.tester").upper_ns)
        start_ns = bench.now_ns
        session.goes_on(truck.limit("stimulus.ccs_slow_watch").nominal_ns, since=bsm)
        times = [ccs.t_ns for ccs in bench.messages("CCS", since=start_ns)]
        if min((after - before for before, after in pairwise(times)), default=0) < slow.lower_ns:
            raise Inconclusive(Reason.PRECONDITION, f"CCS did not come every {slow.value} {slow.unit}")
        session.keeps_pace("BCL", since=start_ns)
