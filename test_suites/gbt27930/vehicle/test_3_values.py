"""CCS with too much voltage or current, and with values at the ends of their fields (reference catalogue 8.3)."""

from dataclasses import replace
from decimal import Decimal

from harness.case import case
from harness.core import Inconclusive, Reason

CHARGING = ("BCL", "BCS.RTS", "BSM")
VOLTAGE_REASONS = ("voltage_error", "voltage_reached")


@case(
    "GBT-VN.306",
    title="Voltage too high",
    purpose="When the charger tells more voltage than BCP permits, the vehicle ends charging within 1 s and says why.",
    refs=["GBT27930-2015:?/over-voltage", "GBT27930-2015:?/BST-reason", "GBT27930-2015:?/charging-stop"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "over_voltage_ignored",
        "over_voltage_from_20_percent",
        "over_voltage_after_3s",
        "over_voltage_told_as_insulation",
        "bcl_continues_after_bst",
    ],
    needs=["energise"],
    duration_s=10,
)
def test_over_voltage_ends_the_charge(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging", expect="BSM with charging permitted"):
        bsm = session.charging()
        bench.run_for(truck.limit("stimulus.charge_before_stop").nominal_ns)
        session.still_charging(since=bsm)
        permitted_v = bench.last("BCP")["max_voltage_v"]
    with step(2, "Tell 5 % more voltage than BCP permits", expect="BST within 1 s, voltage abnormal or total voltage reached"):
        told_v = permitted_v * (1 + float(truck.limit("stimulus.over_voltage").value) / 100)
        charger.override("CCS", voltage_v=told_v)
        first = bench.reach(
            "CCS", within=truck.limit("approach.own"), where=lambda ccs: ccs["voltage_v"] > permitted_v, what="CCS of too much voltage"
        )
        bst = bench.expect("BST", within=truck.limit("response.over_voltage"), after=first.start_ns)
        session.stopped_for(bst, *VOLTAGE_REASONS)
    with step(3, "Watch the end", expect="BCL, BCS and BSM have ended; contactors open where they can be seen"):
        session.ended(CHARGING, after=bst)
        session.contactors_open(after=bst)


@case(
    "GBT-VN.307",
    title="Current too high",
    purpose="When the charger tells clearly more current than demanded, the vehicle ends charging in its declared time and says why.",
    refs=["GBT27930-2015:?/over-current", "GBT27930-2015:?/BST-reason", "GBT27930-2015:?/charging-stop"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["over_current_ignored", "over_current_after_8s", "over_current_told_as_voltage", "bcl_continues_after_bst"],
    pixit=["over_current_s"],
    needs=["energise"],
    duration_s=25,
)
def test_over_current_ends_the_charge(bench, truck, step, check, check_time, charger, session):
    with step(1, "Offer 200 A, bring the vehicle to charging and let the output settle", expect="current flows"):
        charger.override("CML", max_current_a=-float(truck.limit("stimulus.offer").value))
        bsm = session.charging()
        bench.run_for(truck.limit("stimulus.settle").nominal_ns)
        session.current()
        session.still_charging(since=bsm)
        demand_a = bench.last("BCL")["current_a"]
    with step(2, "Tell 20 % more current than demanded, at least 20 A", expect="BST in the declared time, current abnormal"):
        share, least = truck.limit("stimulus.over_current"), truck.limit("stimulus.over_current_least")
        told_a = demand_a - max(abs(demand_a) * float(share.value) / 100, float(least.value))
        if told_a < float(truck.limit("range.CCS.current_a").lower):
            raise Inconclusive(Reason.PRECONDITION, f"CCS cannot tell {told_a:g} A, the vehicle demands {demand_a:g} A whatever is offered")
        charger.override("CCS", current_a=told_a)
        first = bench.reach(
            "CCS", within=truck.limit("approach.own"), where=lambda ccs: ccs["current_a"] < demand_a, what="CCS of too much current"
        )
        bst = bench.expect("BST", within=truck.limit("response.over_current"), after=first.start_ns)
        declared = replace(truck.limit("response.over_current"), upper=Decimal(str(truck.pixit("over_current_s"))))
        check_time("BST in the declared time", bst.t_ns - first.t_ns, declared, message=bst)
        session.held("CCS", since=first, where=lambda ccs: ccs["current_a"] < demand_a, what="CCS of too much current")
        session.stopped_for(bst, "over_current_error")
    with step(3, "Watch the end", expect="BCL, BCS and BSM have ended; contactors open where they can be seen"):
        session.ended(CHARGING, after=bst)
        session.contactors_open(after=bst)


@case(
    "GBT-VB.303",
    title="Corner values of CCS",
    purpose="CCS with the corner values of its fields locks nothing up; a voltage of 6553.5 V ends the charge.",
    refs=["GBT27930-2015:?/CCS-corner", "GBT27930-2015:?/over-voltage"],
    basis="project",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["ccs_time_above_600_refused", "ccs_without_voltage_refused", "ccs_voltage_read_signed", "over_voltage_ignored"],
    needs=["energise"],
    duration_s=40,
)
def test_corner_values_of_ccs(bench, truck, step, check, charger, session):
    corner_ns = truck.limit("stimulus.corner").nominal_ns
    with step(1, "Bring the vehicle to charging", expect="BSM with charging permitted"):
        bsm = session.charging()
        session.still_charging(since=bsm)
    with step(2, "Tell a charging time of 600 min, then the largest raw value", expect="charging goes on"):
        for told_min in (int(truck.limit("stimulus.time_limit").value), int(truck.limit("stimulus.time_raw").value)):
            charger.override("CCS", elapsed_min=told_min)
            first = bench.reach(
                "CCS",
                within=truck.limit("approach.own"),
                where=lambda ccs, t=told_min: ccs["elapsed_min"] == t,
                what=f"CCS, {told_min} min",
            )
            session.goes_on(corner_ns, since=bsm)
            session.held("CCS", since=first, where=lambda ccs, t=told_min: ccs["elapsed_min"] == t)
        charger.override("CCS")
    with step(3, "Tell an output voltage of 0 V", expect="charging goes on, or BST for the voltage; no BEM"):
        charger.override("CCS", voltage_v=0.0)
        first = bench.reach("CCS", within=truck.limit("approach.own"), where=lambda ccs: ccs["voltage_v"] == 0, what="CCS of 0 V")
        bench.run_for(corner_ns)
        session.no_error()
        stops = bench.messages("BST", since=first)
        if stops:
            session.stopped_for(stops[0], *VOLTAGE_REASONS)
            session.ended_by_unplugging()
            session.charging()
        else:
            session.goes_on(session.watch_ns, since=bsm)
    with step(4, "Tell the largest raw voltage, 6553.5 V", expect="BST within 1 s, voltage abnormal or total voltage reached"):
        raw_v = float(truck.limit("stimulus.voltage_raw").value)
        charger.override("CCS", voltage_v=raw_v)
        first = bench.reach("CCS", within=truck.limit("approach.own"), where=lambda ccs: ccs["voltage_v"] == raw_v, what="CCS of 6553.5 V")
        bst = bench.expect("BST", within=truck.limit("response.over_voltage"), after=first.start_ns)
        session.stopped_for(bst, *VOLTAGE_REASONS)
    with step(5, "Unplug, then complete a good session", expect="every message of the vehicle in time"):
        session.good_session()


@case(
    "GBT-VB.304",
    title="Long session",
    purpose="Charging times of 600 min and more end nothing, and a remaining time above 600 min is told as 600.",
    refs=["GBT27930-2015:?/time-limit", "GBT27930-2015:?/BCS-content"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["bcs_remaining_above_600", "ends_charge_at_600_min", "ccs_time_above_600_refused"],
    needs=["energise"],
    duration_s=25,
)
def test_times_end_at_600_min(bench, truck, step, check, charger, session):
    watch_ns = truck.limit("stimulus.time_watch").nominal_ns
    with step(1, "Bring the vehicle to charging, then deliver so little that more than 600 min are left", expect="charging goes on"):
        bsm = session.charging()
        small = truck.limit("stimulus.small_current")
        charger.limit(current_a=float(small.value))
        session.goes_on(truck.limit("stimulus.settle").nominal_ns, since=bsm)
        session.current()
        bench.reach(
            "CCS",
            within=truck.limit("approach.own"),
            where=lambda ccs: abs(ccs["current_a"]) <= float(small.upper),
            what="CCS of a small current",
        )
    with step(2, "Tell a charging time of 600 min", expect="remaining time of 600 min, charging goes on"):
        tell_time(bench, truck, charger, session, bsm, watch_ns, int(truck.limit("stimulus.time_limit").value))
        check_remaining(bench, truck, check, bsm)
    with step(3, "Tell a charging time beyond that", expect="remaining time of 600 min, charging goes on"):
        tell_time(bench, truck, charger, session, bsm, watch_ns, int(truck.limit("stimulus.time_limit").value) + 1)
        tell_time(bench, truck, charger, session, bsm, watch_ns, int(truck.limit("stimulus.time_raw").value))
        check_remaining(bench, truck, check, bsm)
    with step(4, "End the charge by CST", expect="BST within 100 ms, then BSD"):
        charger.stop("manual")
        cst = bench.reach("CST", within=truck.limit("approach.own"))
        bst = bench.expect("BST", within=truck.limit("response.BST"), after=cst.start_ns)
        session.stopped_for(bst, "charger_stopped")
        bench.expect("BSD", within=truck.limit("response.BSD"), after=cst.start_ns)


def tell_time(bench, truck, charger, session, since, watch_ns, minutes):
    """CCS with this charging time for a while, in which the charge must go on."""
    charger.override("CCS", elapsed_min=minutes)
    first = bench.reach(
        "CCS", within=truck.limit("approach.own"), where=lambda ccs: ccs["elapsed_min"] == minutes, what=f"CCS, {minutes} min"
    )
    session.goes_on(watch_ns, since=since)
    session.held("CCS", since=first, where=lambda ccs: ccs["elapsed_min"] == minutes)


def check_remaining(bench, truck, check, since):
    """The remaining time of every BCS; that it stands at the end of its range only warns, for it is an estimate."""
    told = bench.messages("BCS", since=since)
    longest = max(told, key=lambda bcs: bcs["remaining_min"])
    check("BCS.remaining", longest["remaining_min"], limit=truck.limit("range.BCS.remaining_min"), message=longest, note="longest")
    most = float(truck.limit("range.BCS.remaining_min").upper)
    last = told[-1]
    check("BCS.remaining at this current", last["remaining_min"], at_least=most, unit="min", message=last, severity="warning")
