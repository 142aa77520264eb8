"""Handshake and recognition: CHM/BHM, CRM/BRM (reference catalogue 8.1)."""

from harness.case import case
from harness.core import s

from ..words import is_crm_00, is_crm_aa

TP_DT_OF_VEHICLE = 0x1CEB56F4


def has_no_region(message):
    return message["region_code"] == b"\xff\xff\xff"


@case(
    "GBT-VP.101",
    title="BHM answer",
    purpose="The vehicle answers CHM with BHM, repeats it, and reports its declared maximum voltage.",
    refs=["GBT27930-2015:?/BHM-start", "GBT27930-2015:?/BHM-content"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2015", "2023A"],
    faults=[
        "bhm_never_sent",
        "bhm_late",
        "bhm_voltage_wrong",
        "bhm_voltage_wrong_in_third_frame",
        "bhm_length_3",
        "bhm_period_400ms",
        "bhm_standard_frame",
        "wakes_up_late",
    ],
    pixit=["bhm_max_voltage_v"],
    duration_s=4,
)
def test_bhm_answers_chm(bench, truck, step, check, charger, session):
    with step(1, "Plug in and send CHM V1.1 every 250 ms", expect="BHM within the limit after the first CHM"):
        charger.hold("handshake")
        session.plug_in()
        charger.begin("handshake")
        chm = bench.reach("CHM", within=truck.limit("approach.own"))
        bhm = bench.expect("BHM", within=truck.limit("response.BHM"), after=chm.start_ns)
    with step(2, "Keep CHM on the bus", expect="BHM every 250 ms with the declared maximum voltage"):
        bhms = bench.collect("BHM", during=session.watch_ns)
        session.held("CHM", since=chm)
        bench.withheld("CRM", since=0)
        session.came_every_period("BHM", bhms, session.watch_ns)
        declared_v = float(truck.pixit("bhm_max_voltage_v"))
        for told in [bhm, *(later for later in bhms if later["max_voltage_v"] != declared_v)][:2]:
            check("BHM.max_voltage", told["max_voltage_v"], equals=declared_v, unit="V", message=told)
        session.no_error()


@case(
    "GBT-VP.102",
    title="BRM by transport protocol",
    purpose="After CRM(00) the vehicle stops BHM and sends BRM of 49 bytes (2011: 41) by transport protocol, with its declared VIN.",
    refs=["GBT27930-2015:?/BRM-start", "GBT27930-2015:?/BRM-length", "GBT27930-2015:?/BHM-stop"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "brm_never_sent",
        "brm_280ms_late",
        "brm_short_41",
        "brm_vin_wrong",
        "brm_vin_changes",
        "brm_vin_wrong_in_seventh",
        "bhm_keeps_running_in_recognition",
        "brm_49_in_2011@2011",
    ],
    pixit=["vin"],
    duration_s=4,
)
def test_brm_follows_crm00(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to BHM (2011: plug in)", expect="BHM on the bus (2011: nothing yet)"):
        session.handshake()
    with step(2, "Send CRM(00) every 250 ms and grant all packets", expect="RTS for BRM within one period, then the complete BRM"):
        charger.hold("recognition")
        crm = bench.reach("CRM", within=truck.limit("approach.next_message"))
        bench.expect("BRM.RTS", within=truck.limit("response.BRM"), after=crm.start_ns)
        brm = bench.expect("BRM", within=truck.limit("response.transfer"), after=crm.start_ns)
    with step(3, "Examine the BRM", expect="49 bytes (2011: 41), the declared VIN"):
        check("BRM.length", len(brm.data), limit=truck.limit("length.BRM"), message=brm)
        vin = str(truck.pixit("vin")).encode("ascii")
        check("BRM.vin", brm["vin"], equals=vin, message=brm)
        if isinstance(told := brm["vin"], bytes):
            bench.identify("vin", "GB/T 27930", told.decode("ascii", "replace"), data=told, message=brm)
    with step(4, "Keep CRM(00)", expect="no BHM any more, the same BRM again"):
        session.ended(("BHM",), after=crm)
        session.held("CRM", since=crm, where=is_crm_00, what="CRM(00)")
        others = [later for later in bench.messages("BRM", since=brm) if later.data != brm.data]
        check("BRM of other content", len(others), equals=0, message=others[0] if others else brm)
        session.no_error()


@case(
    "GBT-VP.103",
    title="BRM repeats until recognised",
    purpose="While the charger stays at CRM(00) the vehicle repeats BRM and reports no error; CRM(AA) still ends that.",
    refs=["GBT27930-2015:?/BRM-period", "GBT27930-2015:8/TB2"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["brm_once_only", "crm_aa_unheard_after_3500ms", "bem_crmaa_early", "brm_period_500ms", "bem_idle_in_recognition"],
    duration_s=8,
)
def test_brm_repeats_while_crm00(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to a complete BRM", expect="BRM on the bus"):
        brm = session.recognition()
    with step(2, "Keep CRM(00) for the time of the profile", expect="BRM every 250 ms, no BEM"):
        held_ns = truck.limit("stimulus.crm00_held").nominal_ns
        announced = bench.collect("BRM.RTS", during=held_ns)
        session.held("CRM", since=brm, where=is_crm_00, what="CRM(00)")
        bench.withheld("CRM", since=0, where=is_crm_aa, what="CRM(AA)")
        session.came_every_period("BRM.RTS", announced, held_ns)
        session.no_error()
    with step(3, "Send CRM(AA)", expect="RTS for BCP within one period"):
        charger.hold("identified")
        crm = bench.reach("CRM", within=truck.limit("approach.own"), where=is_crm_aa, what="CRM(AA)")
        bench.expect("BCP.RTS", within=truck.limit("response.BCP"), after=crm.start_ns)


@case(
    "GBT-VP.104",
    title="Recognised",
    purpose="After CRM(AA) the vehicle stops BRM and announces BCP.",
    refs=["GBT27930-2015:?/BRM-stop", "GBT27930-2015:?/BCP-start"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["brm_after_recognition", "bcp_late", "bcp_late_after_repeated_brm", "bcp_never_sent", "version_1_1_in_2011@2011"],
    duration_s=7,
)
def test_bcp_follows_crm_aa(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to a complete BRM, keep CRM(00) for a few periods", expect="BRM on the bus, again and again"):
        brm = session.recognition()
        session.repeats("BRM.RTS", truck.limit("stimulus.crm00_repeated").nominal_ns)
        session.held("CRM", since=brm, where=is_crm_00, what="CRM(00)")
    with step(2, "Send CRM(AA) every 250 ms", expect="RTS for BCP within one period"):
        charger.hold("identified")
        crm = bench.reach("CRM", within=truck.limit("approach.own"), where=is_crm_aa, what="CRM(AA)")
        bench.expect("BCP.RTS", within=truck.limit("response.BCP"), after=crm.start_ns)
    with step(3, "Keep CRM(AA)", expect="no BRM any more"):
        session.ended(("BRM.RTS", "BRM"), after=crm)
        session.held("CRM", since=crm, where=is_crm_aa, what="CRM(AA)")
        session.no_error()


@case(
    "GBT-VP.105",
    title="Long insulation test",
    purpose="The vehicle bears a long insulation test: BHM throughout, no BEM, and BRM after CRM(00).",
    refs=["GBT27930-2015:?/BHM-stop", "GBT27930-2015:8/TB1"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2015", "2023A"],
    faults=["bem_during_long_handshake", "bhm_stops_after_10s"],
    duration_s=26,
)
def test_vehicle_bears_a_long_insulation_test(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to BHM", expect="BHM on the bus"):
        bhm = session.handshake()
    with step(2, "Keep CHM for the time of the profile", expect="BHM every 250 ms throughout, no BEM"):
        held_ns = truck.limit("stimulus.long_insulation").nominal_ns
        bhms = bench.collect("BHM", during=held_ns)
        session.held("CHM", since=bhm)
        bench.withheld("CRM", since=0)
        session.came_every_period("BHM", bhms, held_ns)
        session.no_error()
    with step(3, "Send CRM(00)", expect="RTS for BRM within one period"):
        charger.hold("recognition")
        crm = bench.reach("CRM", within=truck.limit("approach.next_message"))
        bench.expect("BRM.RTS", within=truck.limit("response.BRM"), after=crm.start_ns)


@case(
    "GBT-VP.106",
    title="Charger of the 2011 edition",
    purpose="CRM(00) without any CHM: the vehicle should go on with BRM; in any case a proper session works right afterwards.",
    refs=["GBT27930-2015:?/compatibility-2011"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2015", "2023A"],
    faults=["locks_up_after_2011_charger"],
    needs=["energise"],
    duration_s=20,
)
def test_vehicle_copes_with_a_2011_charger(bench, truck, step, check, charger, session):
    with step(1, "Plug in and send CRM(00) without CHM", expect="BRM (should), or silence"):
        charger.hold("recognition")
        session.plug_in()
        charger.begin("recognition")
        started_ns = bench.now_ns
        bench.run_for(truck.limit("response.BHM").upper_ns)
        session.held("CRM", since=started_ns, where=is_crm_00, what="CRM(00)")
        bench.withheld("CHM", since=0)
        found = bench.messages("BRM")
        check("BRM answers CRM(00) without CHM", len(found), at_least=1, severity="warning", message=found[0] if found else None)
        session.not_charging()
    with step(2, "Unplug, then complete a session that begins with CHM", expect="every message of the vehicle in time, to BSD"):
        session.good_session()


@case(
    "GBT-VP.107",
    title="Optional field of CRM",
    purpose="The vehicle accepts a CRM whose optional region code is not supplied (FF FF FF).",
    refs=["GBT27930-2015:?/CRM-region"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2015", "2023A"],
    faults=["refuses_missing_region_code"],
    duration_s=3,
)
def test_region_code_may_be_missing(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to BHM", expect="BHM on the bus"):
        session.handshake()
    with step(2, "Send CRM(00) with region code FF FF FF", expect="RTS for BRM within one period"):
        charger.override("CRM", region_code=b"\xff\xff\xff")
        charger.hold("recognition")
        crm = bench.reach("CRM", within=truck.limit("approach.next_message"), where=has_no_region, what="CRM without region code")
        bench.expect("BRM.RTS", within=truck.limit("response.BRM"), after=crm.start_ns)
        bench.reach("BRM", within=truck.limit("approach.next_message"))
    with step(3, "Send CRM(AA) with region code FF FF FF", expect="RTS for BCP within one period"):
        charger.hold("identified")
        crm = bench.reach(
            "CRM", within=truck.limit("approach.own"), where=lambda crm: is_crm_aa(crm) and has_no_region(crm), what="CRM(AA)"
        )
        bench.expect("BCP.RTS", within=truck.limit("response.BCP"), after=crm.start_ns)
        session.no_error()


@case(
    "GBT-VN.101",
    title="No CHM",
    purpose="Without any message of the charger the vehicle reports the missing CRM about 60 s after it woke up.",
    refs=["GBT27930-2015:8/TB1b"],
    basis="derived",
    confidence="medium",
    pics="V.DC AND V.AUX",
    editions=["2015", "2023A"],
    faults=["no_bem_without_chm", "bem_wrong_bit_crm", "bem_once_only"],
    pixit=["wakeup_s"],
    duration_s=71,
)
def test_bem_when_chm_never_comes(bench, truck, step, check, charger, session):
    with step(1, "Plug in with auxiliary supply and send nothing", expect="BEM about 60 s after wake-up"):
        plugged_ns = session.wake_up()
        awake_ns = plugged_ns + s(float(truck.pixit("wakeup_s")))
        session.await_error("TB1b", after=awake_ns)
        session.silent(since=0)
        bem = bench.expect("BEM", within=truck.limit("timeout.TB1b"), after=awake_ns)
    with step(2, "Stay silent to the end of the waiting time", expect="BEM every 250 ms, timeout of CRM(00)"):
        session.reports(bem, "timeout_crm00", severity="failure")
        bench.run_for(max(0, plugged_ns + truck.limit("stimulus.silence").nominal_ns - bench.now_ns))
        session.silent(since=0)
        check("messages before BEM", len([m for m in bench.all_messages() if m.sender == "vehicle" and m.t_ns < bem.t_ns]), equals=0)


@case(
    "GBT-VN.102",
    title="CHM but no CRM",
    purpose="When CHM ends without CRM, the vehicle reports the missing CRM 30 s after the first CHM.",
    refs=["GBT27930-2015:8/TB1"],
    basis="derived",
    confidence="medium",
    pics="V.DC AND V.AUX",
    editions=["2015", "2023A"],
    faults=["no_bem_after_chm_silence", "bem_crm00_late"],
    pixit=["wakeup_s"],
    duration_s=33,
)
def test_bem_when_crm_never_comes(bench, truck, step, check, charger, session):
    with step(1, "Plug in with auxiliary supply and send CHM", expect="BHM on the bus"):
        session.handshake(wakeup_s=float(truck.pixit("wakeup_s")))
        first_chm = bench.messages("CHM")[0]
    with step(2, "End CHM after the time of the profile, then stay silent", expect="BEM 30 s after the first CHM"):
        bench.run_for(max(0, first_chm.t_ns + truck.limit("stimulus.chm_before_silence").nominal_ns - bench.now_ns))
        charger.silence()
        silent_ns = bench.now_ns
        session.no_error()
        bem = bench.expect("BEM", within=truck.limit("timeout.TB1"), after=first_chm.start_ns)
    with step(3, "Stay silent", expect="BEM tells the timeout of CRM(00), every 250 ms (should)"):
        session.reports(bem, "timeout_crm00")
        session.silent(since=silent_ns)


@case(
    "GBT-VN.103",
    title="No CRM(AA)",
    purpose="When the charger never recognises the vehicle, BRM goes on for 5 s, then BEM reports the missing CRM(AA).",
    refs=["GBT27930-2015:8/TB2", "GBT27930-2015:?/BRM-stop"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["bem_crmaa_late", "bem_crmaa_never", "bem_wrong_bit_crmaa", "bem_two_bits", "bem_idle", "brm_continues_after_bem"],
    duration_s=10,
)
def test_bem_when_crm_aa_never_comes(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to a complete BRM", expect="BRM on the bus"):
        brm = session.recognition()
        first_ns = brm.start_ns
    with step(2, "Keep CRM(00)", expect="BEM 5 s after the first BRM, BRM every 250 ms until then"):
        charger.silence_after("BEM")
        bench.run_for(truck.limit("period.CRM").upper_ns)
        bench.withheld("CRM", since=first_ns, where=is_crm_aa, what="CRM(AA)")
        bem = bench.expect("BEM", within=truck.limit("timeout.TB2"), after=first_ns)
        announced = [m for m in bench.messages("BRM.RTS", since=first_ns - 1) if m.t_ns < bem.t_ns]
        least = (bem.start_ns - first_ns) // truck.limit("period.BRM").upper_ns
        check("BRM.RTS count before BEM", len(announced), at_least=least)
        session.held("CRM", since=brm, where=is_crm_00, what="CRM(00)")
    with step(3, "Stay silent", expect="BEM tells the timeout of CRM(AA), every 250 ms (should); no BRM"):
        charger.silence()
        session.reports(bem, "timeout_crmaa")
        session.silent(since=bem.t_ns)
        session.ended(("BRM.RTS", "BRM"), after=bem)


@case(
    "GBT-VN.104",
    title="BRM never granted",
    purpose="When the charger grants no packet of BRM, the vehicle asks again and reports the missing CRM(AA) after 5 s.",
    refs=["GBT27930-2015:8/TB2", "GBT27930-2015:?/BRM-period"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "rts_only_once",
        "brm_abandoned_after_three_tries",
        "bem_crmaa_never",
        "crmaa_timeout_restarts_with_each_brm",
        "sends_data_without_grant",
    ],
    duration_s=10,
)
def test_bem_when_brm_is_never_granted(bench, truck, step, check, charger, session):
    with step(1, "Begin a session, then send CRM(00) and grant nothing", expect="RTS for BRM"):
        session.handshake()
        charger.never_grant("BRM")
        charger.hold("recognition")
        crm = bench.reach("CRM", within=truck.limit("approach.next_message"))
        rts = bench.expect("BRM.RTS", within=truck.limit("response.BRM"), after=crm.start_ns)
    with step(2, "Keep CRM(00) without a grant", expect="RTS again, no data, BEM 5 s after the first BRM"):
        charger.silence_after("BEM")
        session.await_error("TB2", after=rts)
        bench.withheld("TP.CTS", since=0)
        session.held("CRM", since=crm, where=is_crm_00, what="CRM(00)")
        bem = bench.expect("BEM", within=truck.limit("timeout.TB2"), after=rts.start_ns)
        session.announced_until(bem, "BRM", since=rts)
        check("BRM data without grant", len(bench.frames(TP_DT_OF_VEHICLE)), equals=0)
    with step(3, "Stay silent", expect="BEM tells the timeout of CRM(AA), every 250 ms (should)"):
        charger.silence()
        session.reports(bem, "timeout_crmaa")
        session.silent(since=bem.t_ns)
