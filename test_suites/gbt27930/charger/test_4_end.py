"""End of the session with the charger under test: CSD, missing BSD, no restart (reference catalogue 9, stage 4)."""

from itertools import pairwise

from harness.case import case
from harness.core import s

KWH = 3_600_000


def delivered_kwh(ccss):
    """Energy that the charger itself told by CCS, in kWh."""
    joule = sum(abs(before["voltage_v"] * before["current_a"]) * (after.t_ns - before.t_ns) / s(1) for before, after in pairwise(ccss))
    return joule / KWH


@case(
    "GBT-DP.4001",
    title="CSD is sent",
    purpose="After BSD the charger ends CST, sends CSD every 250 ms with what it delivered, then falls silent and takes its supply off.",
    refs=["GBT27930-2015:?/CSD-start", "GBT27930-2015:?/CSD-content", "GBT27930-2015:?/CSD-end"],
    basis="derived",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "csd_never_sent",
        "csd_11s_late",
        "csd_energy_tenfold",
        "csd_energy_high_byte_first",
        "csd_number_differs",
        "csd_time_of_an_hour",
        "csd_for_ever",
        "csd_period_500ms",
        "csd_length_5",
        "cst_continues_beside_csd",
        "supply_stays_on",
        "csd_8_in_2011@2011",
    ],
    pixit=["charger_number"],
    needs=["energise"],
    duration_s=70,
    sut="charger",
)
def test_csd_follows_bsd(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to charging for the time of the profile, then send BST", expect="CST on the bus"):
        ccs = session.charging()
        bench.run_for(truck.limit("stimulus.charge_for_energy").nominal_ns)
        session.still_charging(since=ccs)
        vehicle.hold("statistics")
        vehicle.stop()
        bst = bench.reach("BST", within=truck.limit("approach.next_message"))
        bench.reach("CST", within=truck.limit("response.CST"))
    with step(2, "Send BSD every 250 ms", expect="CSD within the limit after the first BST, with time, energy and number"):
        bsd = bench.reach("BSD", within=truck.limit("approach.next_message"))
        csd = bench.expect("CSD", within=truck.limit("response.CSD"), after=bst.start_ns)
        ccss = bench.messages("CCS")
        energy = delivered_kwh(ccss)
        width = energy * float(truck.limit("tolerance.CSD_energy").upper) / 100 + float(truck.limit("tolerance.CSD_energy_unit").upper)
        check("CSD.length", len(csd.data), limit=truck.limit("length.CSD"), message=csd)
        check("CSD.energy", csd["energy_kwh"], between=(energy - width, energy + width), unit="kW.h", message=csd, note="sum over CCS")
        told = ccss[-1]["elapsed_min"]
        latest = told + int(truck.limit("tolerance.CSD_elapsed").upper)
        check("CSD.elapsed", csd["elapsed_min"], between=(told, latest), unit="min", message=csd, note="last CCS")
        check("CSD.charger_number", csd["charger_number"], equals=truck.pixit("charger_number"), message=csd)
    with step(3, "Keep BSD", expect="CSD every 250 ms, no CST; then silence, and no auxiliary supply where it is declared and can be seen"):
        bench.run_for(truck.limit("response.CSD_end").upper_ns)
        session.held("BSD", since=bsd)
        late = bench.messages("CST", since=csd.t_ns + truck.limit("tail.CST").upper_ns)
        check("CST ended", len(late), equals=0, message=late[0] if late else csd)
        csds = bench.messages("CSD")
        check("CSD count", len(csds), limit=truck.limit("count.CSD"), message=csds[-1])
        talked = session.heard_during(session.watch_ns)
        check("charger silent", len(talked), equals=0, message=talked[0] if talked else csds[-1])
        if truck.pics("C.AUX") and bench.level("aux_v") is not None:
            check("auxiliary supply", bench.level("aux_v"), limit=truck.limit("approach.supply_off"))
        session.no_error()


@case(
    "GBT-DP.4002",
    title="No restart without re-plugging",
    purpose="After the regular end of a session the charger answers no new start until the connector was out.",
    refs=["GBT27930-2015:?/no-restart", "GBT27930-2015:?/CSD-end"],
    basis="derived",
    confidence="high",
    pics="C.DC",
    editions=["2015", "2023A"],
    faults=["restarts_without_unplugging", "chm_begins_again_after_the_end", "dead_after_regular_end", "second_session_offers_nothing"],
    needs=["energise"],
    duration_s=75,
    sut="charger",
)
def test_no_restart_without_unplugging(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to charging, end the session by BST and BSD", expect="CSD, then silence"):
        session.charge()
        vehicle.stop()
        for name in ("BST", "BSD"):
            bench.reach(name, within=truck.limit("approach.next_message"))
        csd = bench.expect("CSD", within=truck.limit("approach.end"))
        bench.run_for(truck.limit("response.CSD_end").upper_ns)
        session.no_error()
    with step(2, "Start at the charger again, send BHM, the connector stays in", expect="no message of the charger"):
        pressed_ns = session.press("start_button")
        vehicle.send_once("BHM")
        talked = session.heard_during(truck.limit("stimulus.restart_watch").nominal_ns)
        bench.given("BHM", since=pressed_ns - 1)
        check("charger silent", len(talked), equals=0, message=talked[0] if talked else csd)
    with step(3, "Unplug, plug in again, start", expect="a proper session up to a running charge"):
        session.starts_again()


@case(
    "GBT-DN.4001",
    title="BSD missing after the vehicle's stop, nothing received",
    purpose="After BST of the vehicle no BSD comes: CST goes on every 10 ms for 10 s, then CEM reports the missing BSD.",
    refs=["GBT27930-2015:8/TC12", "GBT27930-2015:?/CST-period"],
    basis="derived",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=["cem_bsd_never", "cem_bsd_14s", "cem_bsd_8s", "cem_bsd_wrong_bit", "cst_stops_after_5s", "cst_slows_down_after_5s"],
    needs=["energise"],
    duration_s=40,
    sut="charger",
)
def test_cem_when_bsd_never_comes(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to charging, then send BST", expect="CST on the bus"):
        session.charge()
        vehicle.withhold("BSD")
        vehicle.stop()
        cst = bench.reach("CST", within=truck.limit("response.CST"))
    with step(2, "Send no BSD", expect="CST every 10 ms for 10 s, then CEM"):
        session.await_error("TC12", after=cst)
        bench.given("BST", since=0)
        bench.withheld("BSD", since=0)
        session.misses_bsd(cst)
    with step(3, "Stay silent", expect="CEM tells the timeout of BSD and nothing else, every 250 ms (should)"):
        session.reports(bench.messages("CEM")[0], "timeout_bsd")


@case(
    "GBT-DN.4002",
    title="BSD missing after the vehicle's stop, wrong message type",
    purpose="After BST of the vehicle another message takes the place of BSD: CST goes on every 10 ms for 10 s, then CEM (Amendment 1).",
    refs=["GBT27930-2015:8/TC12", "GBT27930-2015:?/CST-period"],
    basis="derived",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=["bsm_taken_for_bsd", "bsm_feeds_bsd_timeout"],
    needs=["energise"],
    duration_s=40,
    sut="charger",
)
def test_bsm_is_no_bsd(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to charging, then send BST", expect="CST on the bus"):
        session.charge()
        vehicle.send_instead("BSD", "BSM")
        vehicle.stop()
        cst = bench.reach("CST", within=truck.limit("response.CST"))
    with step(2, "Send BSM every 250 ms in the place of BSD", expect="CST every 10 ms for 10 s, then CEM; no CSD"):
        session.await_error("TC12", after=cst)
        bench.given("BST", since=0)
        session.substituted("BSD", "BSM", since=cst)
        session.misses_bsd(cst)
    with step(3, "Go on so", expect="CEM tells the timeout of BSD and nothing else, every 250 ms (should)"):
        session.reports(bench.messages("CEM")[0], "timeout_bsd")


@case(
    "GBT-DN.4003",
    title="BSD missing after the charger's stop, nothing received",
    purpose="After CST of the charger and BST no BSD comes: CST goes on every 10 ms for 10 s, then CEM reports the missing BSD.",
    refs=["GBT27930-2015:8/TC12", "GBT27930-2015:?/CST-period"],
    basis="derived",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=["cem_bsd_never_after_own_stop", "cst_ends_with_bst_after_own_stop", "csd_without_bsd_after_own_stop"],
    needs=["energise"],
    duration_s=40,
    sut="charger",
)
def test_cem_when_bsd_never_comes_after_own_stop(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to charging, report abnormal insulation, answer CST with BST", expect="CST on the bus"):
        session.charge()
        vehicle.withhold("BSD")
        cst = session.abnormal()
        bench.reach("BST", within=truck.limit("approach.next_message"))
    with step(2, "Send no BSD", expect="CST every 10 ms for 10 s, then CEM"):
        session.await_error("TC12", after=cst)
        bench.given("BST", since=0)
        bench.withheld("BSD", since=0)
        session.misses_bsd(cst)
    with step(3, "Stay silent", expect="CEM tells the timeout of BSD and nothing else, every 250 ms (should)"):
        session.reports(bench.messages("CEM")[0], "timeout_bsd")


@case(
    "GBT-DN.4004",
    title="BSD missing after the charger's stop, wrong message type",
    purpose="After CST of the charger and BST another message takes the place of BSD: CST goes on every 10 ms for 10 s, then CEM.",
    refs=["GBT27930-2015:8/TC12", "GBT27930-2015:?/CST-period"],
    basis="derived",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=["bcl_taken_for_bsd", "bcl_feeds_bsd_timeout"],
    needs=["energise"],
    duration_s=40,
    sut="charger",
)
def test_bcl_is_no_bsd(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to charging, report abnormal insulation, answer CST with BST", expect="CST on the bus"):
        session.charge()
        vehicle.send_instead("BSD", "BCL")
        cst = session.abnormal()
        bench.reach("BST", within=truck.limit("approach.next_message"))
    with step(2, "Send BCL every 250 ms in the place of BSD", expect="CST every 10 ms for 10 s, then CEM; no CSD"):
        session.await_error("TC12", after=cst)
        bench.given("BST", since=0)
        session.substituted("BSD", "BCL", since=cst)
        session.misses_bsd(cst)
    with step(3, "Go on so", expect="CEM tells the timeout of BSD and nothing else, every 250 ms (should)"):
        session.reports(bench.messages("CEM")[0], "timeout_bsd")
