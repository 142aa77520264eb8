"""Configuration: messages of the charger too early, too late, broken off, or without sense (reference catalogue 8.2)."""

from harness.case import case
from harness.core import Inconclusive, Reason, s

from ..words import is_crm_00, is_not_ready, is_ready

NOT_BCD = {
    "binary": bytes.fromhex("2D1E080106E907"),
    "31 February": bytes.fromhex("00001231022520"),
    "year 0": bytes.fromhex("00001201060000"),
}
"""CTS that tell no time: 1 June 2025 8:30:45 in binary numbers, a day that is none, a year that is none."""


@case(
    "GBT-VN.206",
    title="CRO stops",
    purpose="When CRO(00) ends after a while, BEM reports the missing CRO 5 s after the last one.",
    refs=["GBT27930-2015:8/TB4"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["cro_watch_not_armed_again", "cro_watch_ends_with_first_cro", "bem_cro_just_late", "bem_wrong_bit_cro"],
    duration_s=15,
)
def test_bem_when_cro_stops(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to BRO(AA)", expect="BRO(AA) on the bus"):
        charger.set_ready(False)
        ready = session.vehicle_ready()
    with step(2, "Send CRO(00) for the time of the profile", expect="BRO(AA) every 250 ms, no BEM"):
        charger.hold("ready")
        cro = bench.reach("CRO", within=truck.limit("approach.own"), where=is_not_ready, what="CRO(00)")
        held_ns = truck.limit("stimulus.cro00_before_silence").nominal_ns
        bros = bench.collect("BRO", during=held_ns, where=is_ready)
        session.held("CRO", since=cro, where=is_not_ready, what="CRO(00)")
        bench.withheld("CRO", since=0, where=is_ready, what="CRO(AA)")
        session.came_every_period("BRO", bros, held_ns)
        session.no_error()
    with step(3, "End CRO and send nothing", expect="BEM 5 s after the last CRO"):
        charger.silence()
        silent_ns = bench.now_ns
        bench.run_for(truck.limit("tail.tester").upper_ns)
        last = bench.last("CRO")
        session.await_error("TB4", after=last.t_ns)
        session.silent(since=silent_ns)
        bem = bench.expect("BEM", within=truck.limit("timeout.TB4"), after=last)
    with step(4, "Stay silent", expect="BEM tells the timeout of CRO, every 250 ms (should); no demand"):
        session.reports(bem, "timeout_cro")
        session.silent(since=silent_ns)
        session.not_charging(since=ready)


@case(
    "GBT-VN.207",
    title="CRO invalid",
    purpose="CRO with FF or 55 never starts charging; BEM reports the missing CRO.",
    refs=["GBT27930-2015:?/CRO-values", "GBT27930-2015:8/TB4", "GBT27930-2015:8/TB5"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["cro_ff_taken_for_ready", "cro_55_taken_for_ready", "no_bem_on_invalid_cro", "bem_wrong_bit_cro"],
    duration_s=12,
)
def test_invalid_cro_does_not_start_charging(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to BRO(AA)", expect="BRO(AA) on the bus"):
        ready = session.vehicle_ready()
    with step(2, "Send CRO with FF for the time of the profile", expect="BRO(AA) every 250 ms, no demand"):
        charger.override("CRO", ready=0xFF)
        charger.hold("ready")
        cro = bench.reach("CRO", within=truck.limit("approach.own"), where=lambda cro: cro["ready"] == 0xFF, what="CRO(FF)")
        during_ns = truck.limit("stimulus.cro_ff").nominal_ns
        bros = bench.collect("BRO", during=during_ns, where=is_ready)
        session.held("CRO", since=cro, where=lambda cro: cro["ready"] == 0xFF, what="CRO(FF)")
        session.came_every_period("BRO", bros, during_ns)
        session.not_charging(since=ready)
    with step(3, "Send CRO with 55", expect="BEM, at the earliest 5 s and at the latest 63 s after the first BRO(AA)"):
        charger.override("CRO", ready=0x55)
        cro = bench.reach("CRO", within=truck.limit("approach.own"), where=lambda cro: cro["ready"] == 0x55, what="CRO(55)")
        session.await_error("CRO_invalid", after=ready)
        session.held("CRO", since=cro, where=lambda cro: cro["ready"] == 0x55, what="CRO(55)")
        bem = bench.expect("BEM", within=truck.limit("timeout.CRO_invalid"), after=ready.start_ns)
    with step(4, "Keep CRO with 55", expect="BEM tells the timeout of CRO, every 250 ms (should); no demand"):
        session.reports(bem, "timeout_cro")
        bench.withheld("CRO", since=0, where=is_ready, what="CRO(AA)")
        session.not_charging(since=ready)


@case(
    "GBT-VN.211",
    title="CRO(AA) before CML",
    purpose="CRO(AA) before any CML is ignored, at once and later on: BCP goes on, and charging begins with the CRO(AA) after BRO(AA).",
    refs=["GBT27930-2015:?/CRO-order"],
    basis="project",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["early_cro_starts_charging", "early_cro_taken_for_cml", "early_cro_remembered"],
    needs=["energise"],
    duration_s=10,
)
def test_cro_before_cml_is_ignored(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to BCP", expect="BCP on the bus"):
        bcp = session.identified()
    with step(2, "Send CRO(AA) every 250 ms and no CML", expect="BCP every 500 ms, no BRO, no demand"):
        charger.also_send("CRO", every_ns=truck.limit("period.CRO").nominal_ns, ready=0xAA)
        cro = bench.reach("CRO", within=truck.limit("approach.own"), where=is_ready, what="CRO(AA)")
        announced = bench.collect("BCP.RTS", during=session.watch_ns)
        session.held("CRO", since=cro, where=is_ready, what="CRO(AA)")
        bench.withheld("CML", since=0)
        session.came_every_period("BCP.RTS", announced, session.watch_ns)
        check("BRO without CML", len(bench.messages("BRO")), equals=0)
        session.not_charging(since=bcp)
    with step(3, "End CRO, send CML until the vehicle is ready and beyond", expect="BRO(00), BRO(AA), no demand"):
        charger.stop_sending("CRO")
        charger.hold("configuration")
        cml = bench.reach("CML", within=truck.limit("approach.own"))
        bench.expect("BRO", within=truck.limit("response.BRO"), after=cml.start_ns)
        ready = bench.expect("BRO", within=truck.limit("response.ready"), after=cml.start_ns, where=is_ready, what="BRO(AA)")
        bros = bench.collect("BRO", during=session.watch_ns, where=is_ready)
        bench.withheld("CRO", since=cml.t_ns + truck.limit("tail.tester").upper_ns)
        session.came_every_period("BRO", bros, session.watch_ns)
        session.not_charging(since=ready)
        session.no_error()
    with step(4, "Send CRO(AA)", expect="first BCL within one second"):
        charger.hold(None)
        cro = bench.reach("CRO", within=s(2), where=is_ready, what="CRO(AA)")
        bench.expect("BCL", within=truck.limit("response.BCL"), after=cro.start_ns)


def bears(bench, truck, check, charger, session, kind):
    """The vehicle gets ready beside a CTS that tells no time, and its clock, if the rig sees it, stays as it is."""
    session.identified()
    before = len(bench.level_changes("clock_s"))
    charger.override_data("CTS", NOT_BCD[kind])
    charger.hold("configuration")
    cts = bench.reach("CTS", within=truck.limit("approach.own"), where=lambda cts: cts.data == NOT_BCD[kind], what=f"CTS ({kind})")
    cml = bench.reach("CML", within=truck.limit("approach.own"))
    bench.expect("BRO", within=truck.limit("response.BRO"), after=cml.start_ns)
    bench.expect("BRO", within=truck.limit("response.ready"), after=cml.start_ns, where=is_ready, what="BRO(AA)")
    bench.run_for(session.watch_ns)
    session.held("CTS", since=cts, where=lambda cts: cts.data == NOT_BCD[kind], what=f"CTS ({kind})")
    session.no_error()
    if bench.level("clock_s") is not None:
        changes = bench.level_changes("clock_s")[before:]
        note = f"to {changes[0][1]:.0f} s after the beginning of 2000" if changes else ""
        check("vehicle clock set", len(changes), equals=0, note=note)


@case(
    "GBT-VN.212",
    title="CTS is no time",
    purpose="A CTS in binary numbers, of 31 February or of the year 0 neither ends the session nor sets the clock of the vehicle.",
    refs=["GBT27930-2015:?/CTS-invalid"],
    basis="project",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "rejects_cts_in_binary",
        "rejects_31_february",
        "clock_set_from_binary",
        "clock_set_from_31_february",
        "clock_set_to_year_0",
    ],
    duration_s=40,
)
def test_cts_without_sense_is_borne(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to BRO(AA) beside a CTS in packed BCD", expect="BRO(AA) on the bus"):
        session.vehicle_ready()
        bench.given("CTS", since=0)
    with step(2, "Unplug, plug in, send CTS in binary numbers", expect="BRO(AA), clock not set"):
        session.ended_by_unplugging()
        bears(bench, truck, check, charger, session, "binary")
    with step(3, "Unplug, plug in, send CTS of 31 February", expect="BRO(AA), clock not set"):
        session.ended_by_unplugging()
        bears(bench, truck, check, charger, session, "31 February")
    with step(4, "Unplug, plug in, send CTS of the year 0", expect="BRO(AA), clock not set"):
        session.ended_by_unplugging()
        bears(bench, truck, check, charger, session, "year 0")


def stops(bench, truck, charger, session):
    """The tester stops with CST; BST with its reason, then BSD. The BST."""
    charger.stop("manual")
    cst = bench.reach("CST", within=truck.limit("approach.own"))
    bst = bench.expect("BST", within=truck.limit("response.BST"), after=cst.start_ns)
    bench.expect("BSD", within=truck.limit("response.BSD"), after=cst.start_ns)
    session.stops_with("charger_stopped", since=cst)
    return bst


@case(
    "GBT-VN.213",
    title="Charger stops in configuration",
    purpose="CST while BRO is sent ends the session: BST, then BSD, and the contactors open or stay open.",
    refs=["GBT27930-2015:?/CST-configuration", "GBT27930-2015:?/BST-after-CST"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "ignores_cst_before_charging",
        "no_bsd_without_charge",
        "bst_without_reason_before_charging",
        "contactors_close_after_early_cst",
    ],
    duration_s=20,
)
def test_cst_in_configuration_ends_the_session(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to BRO(AA)", expect="BRO(AA) on the bus"):
        ready = session.vehicle_ready()
    with step(2, "Stop with CST", expect="BST tells that CST was received, then BSD; contactors open"):
        bst = stops(bench, truck, charger, session)
        session.contactors_open(after=bst)
        session.ended(("BRO",), after=bst)
        check("BCL without CRO(AA)", len(bench.messages("BCL", since=ready)), equals=0)
    with step(3, "Unplug, plug in, bring the vehicle to BRO(00)", expect="BRO on the bus"):
        session.ended_by_unplugging()
        bro = session.configuration()
    with step(4, "Stop with CST", expect="BST, then BSD; contactors stay open (open, if the first BRO said AA already)"):
        bst = stops(bench, truck, charger, session)
        session.ended(("BRO",), after=bst)
        if is_ready(bro):
            session.contactors_open(after=bst)
            check("BCL without CRO(AA)", len(bench.messages("BCL", since=bro)), equals=0)
        else:
            session.not_charging(since=bro)


@case(
    "GBT-VN.214",
    title="CEM in configuration",
    purpose="After CEM the vehicle ends BCP, and with CRM(00) it begins again at recognition; that session is complete.",
    refs=["GBT27930-2015:8/error-handling", "GBT27930-2015:8/TB9"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["ignores_cem", "bcp_continues_after_cem", "no_restart_after_cem", "restarts_at_bcp_after_cem", "gives_up_1s_after_cem"],
    needs=["energise"],
    duration_s=10,
)
def test_vehicle_restarts_at_recognition_after_cem(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to BCP", expect="BCP on the bus"):
        session.identified()
    with step(2, "Send CEM (BCP not received) every 250 ms and no CRM", expect="no BCP any more"):
        charger.withhold("CRM")
        charger.also_send("CEM", every_ns=truck.limit("period.CEM").nominal_ns, timeout_bcp=1)
        cem = bench.reach("CEM", within=truck.limit("approach.own"), where=lambda cem: cem["timeout_bcp"] == 1, what="CEM")
        session.ended(("BCP.RTS", "BCP"), after=cem)
        session.held("CEM", since=cem)
        bench.withheld("CRM", since=cem.t_ns + truck.limit("tail.tester").upper_ns)
    with step(3, "End CEM, send CRM(00), go on as usual", expect="BRM, BCP, BRO, charging, regular end"):
        charger.revert()
        charger.begin("recognition")
        crm = bench.reach("CRM", within=truck.limit("approach.own"), where=is_crm_00, what="CRM(00)")
        session.complete(crm)


def sent_between(message, since, *, after, before, what):
    """Make sure that the tester hit the edge."""
    elapsed_ns = message.t_ns - since.start_ns
    if not after < elapsed_ns < before:
        raise Inconclusive(Reason.PRECONDITION, f"{what} was sent {elapsed_ns / 1e9:.3f} s after the first {since.name}: not at the edge")


def cro_aa_at(bench, truck, charger, session, delay):
    """First BRO(AA), and first CRO(AA) so long after it; CRO(00) until then."""
    charger.set_ready(False)
    ready = session.vehicle_ready()
    charger.hold("ready")
    cro = bench.reach("CRO", within=truck.limit("approach.own"), where=is_not_ready, what="CRO(00)")
    bench.run_for(max(0, ready.start_ns + delay.nominal_ns - bench.now_ns))
    session.held("CRO", since=cro, where=is_not_ready, what="CRO(00)")
    charger.set_ready(True)
    charger.hold(None)
    return ready, bench.reach("CRO", within=truck.limit("approach.own"), where=is_ready, what="CRO(AA)")


@case(
    "GBT-VB.201",
    title="CML and CRO(AA) at the edge of their timeouts",
    purpose="CML and CRO(AA) shortly before the timeout are accepted; after it BEM has been sent, and they change nothing.",
    refs=["GBT27930-2015:8/TB3", "GBT27930-2015:8/TB5"],
    basis="project",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "deaf_to_late_cml",
        "cml_accepted_after_bem",
        "deaf_to_late_cro_aa",
        "cro_aa_accepted_after_bem",
        "bem_cml_just_early",
        "bem_cro60_just_early",
    ],
    needs=["energise"],
    duration_s=165,
)
def test_edges_of_cml_and_cro(bench, truck, step, check, charger, session):
    cml_timeout, cro_timeout, reconnect = (truck.limit(f"timeout.{name}") for name in ("TB3", "TB5", "TB9"))
    with step(1, "Bring the vehicle to BCP, send the first CML shortly before the timeout", expect="BRO, no BEM"):
        bcp = session.identified()
        bench.run_for(max(0, bcp.start_ns + truck.limit("stimulus.CML_just_in_time").nominal_ns - bench.now_ns))
        charger.hold("configuration")
        cml = bench.reach("CML", within=truck.limit("approach.own"))
        sent_between(cml, bcp, after=0, before=cml_timeout.lower_ns, what="CML")
        bench.expect("BRO", within=truck.limit("response.BRO"), after=cml.start_ns)
        session.ended(("BCP.RTS", "BCP"), after=cml)
        session.no_error()
    with step(2, "Unplug, plug in, send the first CML after the timeout", expect="BEM 5 s after the first BCP, no BRO"):
        session.ended_by_unplugging()
        bcp = session.identified()
        bem = bench.expect("BEM", within=cml_timeout, after=bcp.start_ns)
        bench.run_for(max(0, bcp.start_ns + truck.limit("stimulus.CML_too_late").nominal_ns - bench.now_ns))
        charger.hold("configuration")
        cml = bench.reach("CML", within=truck.limit("approach.own"))
        sent_between(cml, bcp, after=cml_timeout.upper_ns, before=reconnect.lower_ns, what="CML")
        bench.run_for(session.watch_ns)
        late = bench.messages("BRO", since=bem)
        check("BRO after BEM", len(late), equals=0, message=late[0] if late else None)
        session.not_charging(since=bcp)
    with step(3, "Unplug, plug in, send CRO(00), then the first CRO(AA) shortly before the timeout", expect="BCL, no BEM"):
        session.ended_by_unplugging()
        since_ns = bench.now_ns
        ready, cro = cro_aa_at(bench, truck, charger, session, truck.limit("stimulus.CRO_just_in_time"))
        sent_between(cro, ready, after=0, before=cro_timeout.lower_ns, what="CRO(AA)")
        bench.expect("BCL", within=truck.limit("response.BCL"), after=cro.start_ns)
        session.no_error(since=since_ns)
    with step(4, "Unplug, plug in, send CRO(00), then the first CRO(AA) after the timeout", expect="BEM, no demand"):
        session.ended_by_unplugging()
        ready, cro = cro_aa_at(bench, truck, charger, session, truck.limit("stimulus.CRO_too_late"))
        sent_between(cro, ready, after=cro_timeout.upper_ns, before=cro_timeout.upper_ns + reconnect.lower_ns, what="CRO(AA)")
        bench.run_for(session.watch_ns)
        bench.expect("BEM", within=cro_timeout, after=ready.start_ns)
        session.not_charging(since=ready)
