"""Charging disturbed by errors of the charger, reconnects, a dead bus and foreign traffic (reference catalogue 8.3)."""

from harness.case import case
from harness.core import Inconclusive, Reason, s

CHARGING = ("BCL", "BCS.RTS", "BSM")


def names_bcs(cem):
    return cem["timeout_bcs"] == 1


@case(
    "GBT-VN.309",
    title="CEM received",
    purpose="CEM of the charger ends charging; the vehicle waits for a reconnect and then completes a session.",
    refs=["GBT27930-2015:?/CEM", "GBT27930-2015:8/TB9", "GBT27930-2015:?/charging-stop"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "cem_ignored_while_charging",
        "bcl_continues_after_cem",
        "contactors_stay_closed_after_cem",
        "waits_5s_after_cem",
    ],
    needs=["energise"],
    duration_s=50,
)
def test_cem_ends_the_charge(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging", expect="BSM with charging permitted"):
        bsm = session.charging()
        bench.run_for(truck.limit("stimulus.charge_before_stop").nominal_ns)
        session.still_charging(since=bsm)
    with step(
        2, "Send CEM, timeout of BCS, every 250 ms beside CCS", expect="BCL, BCS and BSM end; contactors open where they can be seen"
    ):
        charger.also_send("CEM", every_ns=truck.limit("period.CEM").nominal_ns, timeout_bcs=1)
        cem = bench.reach("CEM", within=truck.limit("approach.own"), where=names_bcs, what="CEM, timeout of BCS")
        session.ended(CHARGING, after=cem.t_ns + truck.limit("tail.error").upper_ns)
        session.held("CCS", since=cem)
        session.held("CEM", since=cem, where=names_bcs)
        session.contactors_open(after=cem)
    with step(3, "Stay silent, then reconnect by CRM(00) 25 s after CEM and go on as usual", expect="a complete session"):
        charger.silence()
        silent_ns = bench.now_ns
        session.wait_until(cem.start_ns + truck.limit("stimulus.wait_after_cem").nominal_ns)
        session.silent(since=silent_ns)
        crm = session.reconnect()
        session.in_window(crm, since=cem, window=truck.limit("window.reconnect_after_cem"))
        session.complete(crm)


@case(
    "GBT-VN.310",
    title="Reconnect after a CCS timeout",
    purpose="After a missing CCS recognition restarts with CRM(00), three times in a row, and the last session completes.",
    refs=["GBT27930-2015:8/TB6", "GBT27930-2015:8/TB9"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "no_reconnect_after_ccs_timeout",
        "skips_brm_after_ccs_timeout",
        "second_reconnect_from_charging_refused",
        "no_demand_after_reconnect",
    ],
    needs=["energise"],
    duration_s=50,
)
def test_reconnects_after_a_ccs_timeout(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging, then withhold CCS", expect="BEM between 1.0 s and 1.2 s after the last CCS"):
        session.charging()
        bench.run_for(truck.limit("stimulus.charge_before_stop").nominal_ns)
        bem = lose_ccs(bench, truck, charger, session)
    with step(2, "Reconnect by CRM(00) 5 s after BEM, charge, withhold CCS again; twice", expect="BRM, a running charge and BEM each time"):
        for _ in range(int(truck.limit("stimulus.reconnects_from_charging").value) - 1):
            crm = reconnect(truck, session, bem)
            bench.expect("BRM.RTS", within=truck.limit("response.BRM"), after=crm.start_ns)
            bench.expect("BRM", within=truck.limit("response.transfer"), after=crm.start_ns)
            bench.expect("BSM", within=truck.limit("response.ready"), where=is_permitting, what="BSM with charging permitted")
            bench.run_for(truck.limit("stimulus.charge_before_stop").nominal_ns)
            bem = lose_ccs(bench, truck, charger, session)
    with step(3, "Reconnect for the third time and go on as usual", expect="a complete session"):
        session.complete(reconnect(truck, session, bem))


def is_permitting(bsm):
    return bsm["permitted"] == 1


def lose_ccs(bench, truck, charger, session):
    """Withhold CCS and wait for BEM; silence until further steering."""
    charger.withhold("CCS")
    told_ns = bench.now_ns
    bench.run_for(truck.limit("stimulus.ccs_gone").nominal_ns)
    bench.withheld("CCS", since=told_ns + truck.limit("tail.tester").upper_ns)
    bem = bench.expect("BEM", within=truck.limit("timeout.TB6"), after=bench.last("CCS").start_ns)
    session.names(bem, "timeout_ccs")
    charger.silence()
    return bem


def reconnect(truck, session, bem):
    """CRM(00) at the chosen time after BEM; the first one."""
    session.wait_until(bem.start_ns + truck.limit("stimulus.reconnect_after").nominal_ns)
    session.silent(since=bem.t_ns)
    crm = session.reconnect()
    session.in_window(crm, since=bem, window=truck.limit("window.reconnect_after"))
    return crm


@case(
    "GBT-VN.311",
    title="Bus-off",
    purpose="After a short interruption of the bus the vehicle goes on with right data; after a long one it has ended charging.",
    refs=["GBT27930-2015:?/bus-off", "GBT27930-2015:8/TB6", "GBT27930-2015:?/charging-stop"],
    basis="project",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "silent_after_bus_off",
        "false_data_after_bus_off",
        "demand_10_percent_lower_after_bus_off",
        "ccs_timeout_ignored",
        "contactors_stay_closed_after_ccs_timeout",
        "bem_ends_within_2s",
    ],
    needs=["energise", "active_bus"],
    duration_s=40,
)
def test_bus_off(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging and let the output settle", expect="current flows"):
        bsm = session.charging()
        bench.run_for(truck.limit("stimulus.settle").nominal_ns)
        session.current()
        session.still_charging(since=bsm)
    with step(2, "Short the CAN lines for 0.5 s", expect="charging goes on, with the right data"):
        before = bench.last("BCL")
        end_ns = short(bench, truck.limit("stimulus.short_survived").nominal_ns)
        bcl = bench.expect("BCL", within=truck.limit("response.bus_on"), after=end_ns)
        session.goes_on(session.watch_ns, since=bsm)
        share, unit_width = (float(truck.limit(f"tolerance.{row}").upper) for row in ("BCL_kept", "BCL_kept_unit"))
        for signal, unit in (("voltage_v", "V"), ("current_a", "A")):
            width = abs(before[signal]) * share / 100 + unit_width
            kept = (before[signal] - width, before[signal] + width)
            check(f"BCL.{signal} as before", bcl[signal], between=kept, unit=unit, message=bcl, note=f"before {before[signal]:g} {unit}")
        check("BCL.mode as before", bcl["mode"], equals=before["mode"], message=bcl)
        bcs, ccs = bench.last("BCS"), bench.last("CCS")
        width = ccs["voltage_v"] * float(truck.limit("tolerance.BCS").upper) / 100 + float(truck.limit("tolerance.BCS_unit").upper)
        real = (ccs["voltage_v"] - width, ccs["voltage_v"] + width)
        check("BCS.voltage", bcs["voltage_v"], between=real, unit="V", message=bcs, note=f"CCS {ccs['voltage_v']:g} V")
    with step(3, "Short the CAN lines for 3 s", expect="charging has ended: BEM of CCS, no BCL, BCS and BSM; contactors open"):
        last_ccs = bench.last("CCS")
        end_ns = short(bench, truck.limit("stimulus.short_ended").nominal_ns)
        bem = bench.expect("BEM", within=truck.limit("response.bus_on"), after=end_ns)
        session.reports(bem, "timeout_ccs", severity="failure")
        session.ended(CHARGING, after=end_ns)
        session.contactors_open(after=last_ccs)
    with step(4, "Unplug, then complete a good session", expect="every message of the vehicle in time"):
        session.good_session()


def short(bench, for_ns):
    """Short the bus and make sure that nothing got through; its end."""
    begin_ns, end_ns = bench.short_bus(for_ns)
    passed = [message for message in bench.all_messages() if begin_ns < message.t_ns <= end_ns]
    if passed:
        raise Inconclusive(Reason.PRECONDITION, f"{len(passed)} messages came while the bus was shorted, first {passed[0].name}")
    return end_ns


@case(
    "GBT-VN.312",
    title="Foreign traffic",
    purpose="500 foreign extended frames per second on the bus change no period of the vehicle by more than 10 %.",
    refs=["GBT27930-2015:?/foreign-traffic", "GBT27930-2015:?/periods"],
    basis="project",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["foreign_traffic_slows_bcl", "foreign_traffic_slows_bsm"],
    needs=["energise", "active_bus"],
    duration_s=18,
)
def test_foreign_traffic_has_no_effect(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging", expect="BSM with charging permitted"):
        bsm = session.charging()
        session.still_charging(since=bsm)
    with step(2, "Send 500 random foreign frames per second for 10 s", expect="charging goes on, every message in its period"):
        start_ns = bench.now_ns
        watch_ns = truck.limit("stimulus.foreign_watch").nominal_ns
        charger.also_send_random(per_s=float(truck.limit("stimulus.foreign").value))
        session.goes_on(watch_ns, since=bsm)
        charger.stop_sending("random")
        rate = len(bench.foreign(since=start_ns)) / (watch_ns / s(1))
        least = float(truck.limit("stimulus.foreign_least").lower)
        if rate < least:
            raise Inconclusive(Reason.PRECONDITION, f"{rate:.0f} foreign frames per second on the bus, the step needs {least:.0f}")
        check("foreign frames per second given", round(rate), at_least=least)
        for name in CHARGING:
            session.keeps_pace(name, since=start_ns)
