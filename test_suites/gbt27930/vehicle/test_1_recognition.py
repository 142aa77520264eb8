"""Recognition by a charger that refuses, errs or is not the right one (reference catalogue 8.1)."""

from harness.case import case
from harness.protocols.j1939 import AbortReason, GrantPolicy

from ..words import is_crm_00, is_crm_aa

TP_DT_OF_VEHICLE = 0x1CEB56F4

UNDEFINED = 0x55
"""A value of CRM that is neither 00 nor AA."""

CRM_OF_ANOTHER_STATION = 0x1801F457
CRM_OF_11_BITS = 0x456
CRM_OF_PRIORITY_7 = 0x1C01F456


def is_undefined(crm):
    return crm["recognition"] == UNDEFINED


def is_short_aa(crm):
    return len(crm.data) == 7 and crm.data[0] == 0xAA


def before(messages, end):
    return [message for message in messages if message.t_ns < end.t_ns]


@case(
    "GBT-VN.105",
    title="BRM aborted",
    purpose="When the charger aborts every transfer of BRM, the vehicle announces it again and reports CRM(AA) missing after 5 s.",
    refs=["GBT27930-2015:8/TB2", "GBT27930-2015:?/BRM-period"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["gives_up_after_abort", "abort_taken_for_grant", "abort_restarts_crmaa_timeout", "bem_crmaa_never", "rts_only_once"],
    duration_s=10,
)
def test_bem_when_every_brm_is_aborted(bench, truck, step, check, charger, session):
    with step(1, "Begin a session, then send CRM(00) and abort every transfer", expect="RTS for BRM"):
        session.handshake()
        charger.grant("BRM", GrantPolicy.refuse(AbortReason.RESOURCES))
        charger.hold("recognition")
        crm = bench.reach("CRM", within=truck.limit("approach.next_message"))
        rts = bench.expect("BRM.RTS", within=truck.limit("response.BRM"), after=crm.start_ns)
    with step(2, "Keep CRM(00) and the aborts", expect="RTS again each period, no data, BEM 5 s after the first BRM"):
        charger.silence_after("BEM")
        session.await_error("TB2", after=rts)
        heard = bench.messages("BRM.RTS", since=rts)
        bench.given("TP.ABORT", since=crm, at_least=max(1, len(heard)), where=lambda abort: abort.sender == "charger")
        bench.withheld("TP.CTS", since=0)
        session.held("CRM", since=crm, where=is_crm_00, what="CRM(00)")
        bem = bench.expect("BEM", within=truck.limit("timeout.TB2"), after=rts.start_ns)
        session.announced_until(bem, "BRM", since=rts, refused=True)
        check("BRM data without grant", len(bench.frames(TP_DT_OF_VEHICLE)), equals=0)
    with step(3, "Stay silent", expect="BEM tells the timeout of CRM(AA), every 250 ms (should); no BRM"):
        charger.silence()
        session.reports(bem, "timeout_crmaa")
        session.silent(since=bem.t_ns)
        session.ended(("BRM.RTS",), after=bem)


@case(
    "GBT-VN.106",
    title="CRM of undefined value",
    purpose="A CRM that says neither 00 nor AA recognises nobody: BRM goes on for 5 s, then BEM reports the missing CRM(AA).",
    refs=["GBT27930-2015:?/CRM-values", "GBT27930-2015:8/TB2"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["undefined_crm_accepted", "undefined_crm_restarts_timeout", "undefined_crm_stops_brm", "bem_wrong_bit_crmaa"],
    duration_s=10,
)
def test_bem_when_crm_is_undefined(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to a complete BRM", expect="BRM on the bus"):
        brm = session.recognition()
    with step(2, "Send CRM with the undefined value 0x55", expect="BRM every 250 ms and no BCP, BEM 5 s after the first BRM"):
        charger.silence_after("BEM")
        charger.override("CRM", recognition=UNDEFINED)
        odd = bench.reach("CRM", within=truck.limit("approach.next_message"), where=is_undefined, what="CRM(55)")
        session.await_error("TB2", after=brm)
        session.held("CRM", since=odd, where=is_undefined, what="CRM(55)")
        bem = bench.expect("BEM", within=truck.limit("timeout.TB2"), after=brm.start_ns)
        announced = before(bench.messages("BRM.RTS", since=brm.start_ns - 1), bem)
        check("BRM.RTS count before BEM", len(announced), at_least=(bem.start_ns - brm.start_ns) // truck.limit("period.BRM").upper_ns)
        check("BCP seen", len(bench.messages("BCP.RTS")), equals=0)
    with step(3, "Stay silent", expect="BEM tells the timeout of CRM(AA), every 250 ms (should); no BRM"):
        charger.silence()
        session.reports(bem, "timeout_crmaa")
        session.silent(since=bem.t_ns)
        session.ended(("BRM.RTS", "BRM"), after=bem)


@case(
    "GBT-VN.107",
    title="CRM of wrong length",
    purpose="A CRM(AA) of 7 bytes should count as not received; whatever the vehicle makes of it, it takes no harm.",
    refs=["GBT27930-2015:?/correct-message", "GBT27930-2015:8/TB2"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["short_crm_leads_nowhere", "short_crm_leaves_brm_and_bcp", "short_crm_locks_up", "contactors_close_on_short_crm"],
    needs=["energise"],
    duration_s=25,
)
def test_vehicle_copes_with_a_short_crm(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to a complete BRM", expect="BRM on the bus"):
        brm = session.recognition()
    with step(2, "Send CRM(AA) with 7 bytes", expect="BRM goes on, BEM 5 s after the first one (should), or BCP alone; no charging"):
        charger.silence_after("BEM")
        charger.override_data("CRM", b"\xaa" + bench.last("CRM").data[1:7])
        short = bench.reach("CRM", within=truck.limit("approach.next_message"), where=is_short_aa, what="CRM(AA) of 7 bytes")
        bench.run_for(truck.limit("response.BCP").upper_ns)
        accepted = bench.messages("BCP.RTS", since=short)
        shown = accepted[0] if accepted else None
        check("CRM of 7 bytes not accepted", len(accepted), equals=0, severity="warning", message=shown)
        if accepted:
            session.ended(("BRM.RTS", "BRM"), after=accepted[0])
        else:
            session.names(bench.expect("BEM", within=truck.limit("timeout.TB2"), after=brm.start_ns), "timeout_crmaa")
        session.held("CRM", since=short, where=is_short_aa, what="CRM(AA) of 7 bytes")
        session.not_charging()
    with step(3, "Unplug, then complete a session", expect="every message of the vehicle in time, to BSD"):
        session.good_session()


@case(
    "GBT-VN.108",
    title="CRM under a wrong identifier",
    purpose="CRM(AA) of another station or as an 11-bit frame recognises nobody, and one of another priority does no harm.",
    refs=["GBT27930-2015:?/two-nodes", "GBT27930-2015:?/BRM-period"],
    basis="project",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["crm_of_any_station_accepted", "crm_of_11_bits_accepted", "priority_7_stops_recognition", "priority_7_locks_up"],
    needs=["energise"],
    duration_s=20,
)
def test_crm_counts_under_its_own_identifier_only(bench, truck, step, check, charger, session):
    during_ns = truck.limit("stimulus.odd_crm").nominal_ns
    sent = during_ns // truck.limit("period.CRM").upper_ns

    def unimpressed(can_id):
        began_ns = bench.now_ns
        brms = bench.collect("BRM.RTS", during=during_ns)
        session.framed(can_id, since=began_ns - 1, at_least=sent)
        bench.withheld("CRM", since=brm, where=is_crm_aa, what="CRM(AA)")
        check("BRM.RTS count", len(brms), at_least=during_ns // truck.limit("period.BRM").upper_ns)
        check("BCP seen", len(bench.messages("BCP.RTS")), equals=0)

    with step(1, "Bring the vehicle to a complete BRM", expect="BRM on the bus"):
        brm = session.recognition()
    with step(2, "Send CRM(AA) from the address 0x57 in place of CRM(00)", expect="BRM goes on, no BCP"):
        charger.readdress("CRM", CRM_OF_ANOTHER_STATION)
        charger.hold("identified")
        unimpressed(CRM_OF_ANOTHER_STATION)
    with step(3, "Send CRM(AA) as a frame of 11 bits", expect="BRM goes on, no BCP"):
        charger.readdress("CRM", CRM_OF_11_BITS, extended=False)
        unimpressed(CRM_OF_11_BITS)
    with step(4, "Send CRM(AA) with priority 7", expect="BRM goes on (recorded), or BCP begins; no charging"):
        since_ns = bench.now_ns - 1
        charger.readdress("CRM", CRM_OF_PRIORITY_7)
        bench.run_for(during_ns)
        session.framed(CRM_OF_PRIORITY_7, since=since_ns, at_least=sent)
        bcps = bench.messages("BCP.RTS", since=since_ns)
        check("CRM of priority 7 not accepted", len(bcps), equals=0, severity="warning", message=bcps[0] if bcps else None)
        # The first announcement after the change may have been on its way before it.
        brms = bench.messages("BRM.RTS", since=since_ns + truck.limit("period.BRM").upper_ns)
        check("BRM or BCP goes on", len(bcps) + len(brms), at_least=1)
        session.not_charging()
    with step(5, "Unplug, then complete a session", expect="every message of the vehicle in time, to BSD"):
        session.good_session()


@case(
    "GBT-VN.113",
    title="CRM(AA) without a granted BRM",
    purpose="CRM(AA) although no BRM was granted: the vehicle goes on with BRM or with BCP (recorded), and takes no harm.",
    refs=["GBT27930-2015:?/BRM-stop", "GBT27930-2015:?/BCP-start"],
    basis="project",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["stuck_after_ungranted_crmaa", "locks_up_after_ungranted_crmaa", "contactors_close_after_ungranted_crmaa"],
    needs=["energise"],
    duration_s=20,
)
def test_crm_aa_before_brm_does_no_harm(bench, truck, step, check, charger, session):
    with step(1, "Begin a session, then send CRM(00) and grant no BRM", expect="RTS for BRM"):
        session.handshake()
        charger.never_grant("BRM")
        charger.hold("recognition")
        crm = bench.reach("CRM", within=truck.limit("approach.next_message"))
        bench.expect("BRM.RTS", within=truck.limit("response.BRM"), after=crm.start_ns)
    with step(2, "Send CRM(AA)", expect="BRM or BCP goes on (recorded which), no charging"):
        charger.override("CRM", recognition=0xAA)
        crm = bench.reach("CRM", within=truck.limit("approach.next_message"), where=is_crm_aa, what="CRM(AA)")
        bench.run_for(truck.limit("stimulus.ungranted_crmaa").nominal_ns)
        session.held("CRM", since=crm, where=is_crm_aa, what="CRM(AA)")
        bench.withheld("TP.CTS", since=0, where=lambda grant: grant["message"] == "BRM", what="grant for BRM")
        brms, bcps = bench.messages("BRM.RTS", since=crm), bench.messages("BCP.RTS", since=crm)
        check("BRM goes on", len(brms), at_least=1, severity="warning", message=bcps[0] if bcps else None)
        check("BRM or BCP goes on", len(brms) + len(bcps), at_least=1, message=crm)
        session.not_charging()
    with step(3, "Unplug, then complete a session", expect="every message of the vehicle in time, to BSD"):
        session.good_session()
