"""What the vehicle must bear in handshake and recognition: unknown versions, the edges of timeouts, jitter (reference catalogue 8.1)."""

from harness.case import case

from ..words import is_crm_00, is_crm_aa

VERSION_2_0 = b"\x02\x00\x00"
NO_VERSION = b"\xff\xff\xff"


@case(
    "GBT-VN.109",
    title="Unknown version in CHM",
    purpose="A protocol version that the vehicle does not know leads to BHM or to silence, to no charging, and does no lasting harm.",
    refs=["GBT27930-2015:?/CHM-version"],
    basis="project",
    confidence="medium",
    pics="V.DC",
    editions=["2015", "2023A"],
    faults=["unknown_version_locks_up", "unknown_version_taken_for_2011", "contactors_close_on_unknown_version"],
    needs=["energise"],
    duration_s=35,
)
def test_unknown_version_does_no_harm(bench, truck, step, check, charger, session):
    def greet_with(version):
        charger.override_data("CHM", version)
        charger.hold("handshake")
        session.plug_in()
        charger.begin("handshake")
        chm = bench.reach("CHM", within=truck.limit("approach.own"), where=lambda chm: chm.data == version)
        bench.run_for(truck.limit("response.BHM").upper_ns)
        session.held("CHM", since=chm, where=lambda chm: chm.data == version)
        others = [m for m in bench.all_messages() if m.sender == "vehicle" and m.name not in ("BHM", "BEM")]
        check("messages but BHM and BEM", len(others), equals=0, message=others[0] if others else None)
        answers = bench.messages("BHM", since=chm)
        check("BHM answers", len(answers), at_least=1, severity="warning", message=answers[0] if answers else None)
        session.not_charging()

    with step(1, "Plug in and send CHM with version 02 00 00", expect="BHM (recorded) or silence, no charging"):
        greet_with(VERSION_2_0)
    with step(2, "Unplug, plug in and send CHM with version FF FF FF", expect="BHM (recorded) or silence, no charging"):
        session.ended_by_unplugging()
        greet_with(NO_VERSION)
    with step(3, "Unplug, then complete a session", expect="every message of the vehicle in time, to BSD"):
        session.good_session()


@case(
    "GBT-VB.101",
    title="CRM(AA) at the edge of its timeout",
    purpose="CRM(AA) is accepted just before 5 s are over, and no more just after BEM.",
    refs=["GBT27930-2015:8/TB2", "GBT27930-2015:?/BCP-start"],
    basis="project",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["bem_crmaa_at_4700ms", "bem_crmaa_at_5600ms", "crmaa_accepted_after_timeout", "crmaa_taken_for_reconnect"],
    duration_s=25,
)
def test_crm_aa_counts_until_its_timeout(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to a complete BRM", expect="BRM on the bus"):
        brm = session.recognition()
    with step(2, "Send CRM(AA) just before the timeout", expect="RTS for BCP within one period, no BEM"):
        session.wait_until(brm.start_ns + truck.limit("window.crmaa_in_time").nominal_ns)
        charger.hold("identified")
        crm = bench.reach("CRM", within=truck.limit("approach.own"), where=is_crm_aa, what="CRM(AA)")
        session.in_window(crm, since=brm, window=truck.limit("window.crmaa_in_time"))
        bench.expect("BCP.RTS", within=truck.limit("response.BCP"), after=crm.start_ns)
        session.no_error()
    with step(3, "Unplug, plug in, and keep CRM(00)", expect="BRM, then BEM 5 s after the first one"):
        session.ended_by_unplugging()
        brm = session.recognition()
        charger.silence_after("BEM")
        bem = bench.expect("BEM", within=truck.limit("timeout.TB2"), after=brm.start_ns)
        session.names(bem, "timeout_crmaa")
    with step(4, "Send CRM(AA) just after the timeout", expect="neither BCP nor BRM"):
        charger.hold("identified")
        session.wait_until(brm.start_ns + truck.limit("window.crmaa_late").nominal_ns)
        charger.silence(False)
        crm = bench.reach("CRM", within=truck.limit("approach.own"), where=is_crm_aa, what="CRM(AA)")
        session.in_window(crm, since=brm, window=truck.limit("window.crmaa_late"))
        bench.absent("BCP.RTS", during=session.watch_ns, since=bem)
        bench.absent("BRM.RTS", during=0, since=crm)
        session.held("CRM", since=crm, where=is_crm_aa, what="CRM(AA)")


@case(
    "GBT-VB.102",
    title="CRM(00) at the edge of its timeout",
    purpose="CRM(00) is accepted just before 30 s are over; later the vehicle has reported it missing.",
    refs=["GBT27930-2015:8/TB1", "GBT27930-2015:?/BRM-start"],
    basis="project",
    confidence="medium",
    pics="V.DC",
    editions=["2015", "2023A"],
    faults=[
        "bem_crm00_at_28500ms",
        "crm00_unheard_after_28s",
        "bem_crm00_late",
        "no_bem_after_chm_silence",
        "bem_wrong_bit_crm",
        "contactors_close_on_late_crm00",
    ],
    pixit=["wakeup_s"],
    duration_s=70,
)
def test_crm_00_counts_until_its_timeout(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to BHM", expect="BHM on the bus"):
        session.handshake(wakeup_s=float(truck.pixit("wakeup_s")))
        chm = bench.messages("CHM")[0]
    with step(2, "Keep CHM, and send CRM(00) just before the timeout", expect="RTS for BRM within one period, no BEM"):
        session.wait_until(chm.start_ns + truck.limit("window.crm00_in_time").nominal_ns)
        session.held("CHM", since=chm)
        charger.hold("recognition")
        crm = bench.reach("CRM", within=truck.limit("approach.own"), where=is_crm_00, what="CRM(00)")
        session.in_window(crm, since=chm, window=truck.limit("window.crm00_in_time"))
        bench.expect("BRM.RTS", within=truck.limit("response.BRM"), after=crm.start_ns)
        session.no_error()
    with step(3, "Unplug, plug in, and keep CHM", expect="BEM 30 s after the first CHM"):
        session.ended_by_unplugging()
        unplugged_ns = bench.now_ns
        session.handshake(wakeup_s=float(truck.pixit("wakeup_s")))
        chm = bench.messages("CHM", since=unplugged_ns)[0]
        charger.silence_after("BEM")
        bem = bench.expect("BEM", within=truck.limit("timeout.TB1"), after=chm.start_ns)
        session.names(bem, "timeout_crm00")
    with step(4, "Send CRM(00) after the timeout", expect="taken for a reconnect (should): RTS for BRM; no charging"):
        charger.hold("recognition")
        session.wait_until(chm.start_ns + truck.limit("window.crm00_late").nominal_ns)
        charger.silence(False)
        crm = bench.reach("CRM", within=truck.limit("approach.own"), where=is_crm_00, what="CRM(00)")
        session.in_window(crm, since=chm, window=truck.limit("window.crm00_late"))
        brms = bench.collect("BRM.RTS", during=session.watch_ns)
        check("BRM after the timeout", len(brms), at_least=1, severity="warning", message=brms[0] if brms else None)
        session.held("CRM", since=crm, where=is_crm_00, what="CRM(00)")
        session.not_charging()


@case(
    "GBT-VB.103",
    title="Jitter of the charger",
    purpose="Random intervals of CHM and CRM within their tolerance change nothing: the session runs to its end.",
    refs=["GBT27930-2015:?/periods"],
    basis="project",
    confidence="high",
    pics="V.DC",
    editions=["2015", "2023A"],
    faults=["late_chm_taken_for_timeout", "late_crm_taken_for_error", "bhm_period_280ms", "brm_period_500ms"],
    needs=["energise"],
    duration_s=25,
)
def test_jitter_of_the_charger_has_no_effect(bench, truck, step, check, charger, session):
    jitter = truck.limit("stimulus.jitter")
    with step(1, "Send CHM in random intervals", expect="BHM every 250 ms, no BEM"):
        charger.vary("CHM", jitter.lower_ns, jitter.upper_ns)
        charger.vary("CRM", jitter.lower_ns, jitter.upper_ns)
        session.handshake()
        held_ns = truck.limit("stimulus.crm00_held").nominal_ns
        bhms = bench.collect("BHM", during=held_ns)
        session.varied("CHM", since=0)
        bench.withheld("CRM", since=0)
        session.came_every_period("BHM", bhms, held_ns)
        session.no_error()
    with step(2, "Send CRM(00) in random intervals", expect="BRM every 250 ms, no BEM"):
        charger.hold("recognition")
        crm = bench.reach("CRM", within=truck.limit("approach.next_message"), where=is_crm_00, what="CRM(00)")
        bench.expect("BRM.RTS", within=truck.limit("response.BRM"), after=crm.start_ns)
        announced = bench.collect("BRM.RTS", during=held_ns)
        session.varied("CRM", since=crm)
        bench.withheld("CRM", since=0, where=is_crm_aa, what="CRM(AA)")
        session.came_every_period("BRM.RTS", announced, held_ns)
        session.no_error()
    with step(3, "Go on to the end of a session", expect="every message of the vehicle in time, to BSD"):
        charger.hold(None)
        session.complete_recognised()
        session.no_error()
