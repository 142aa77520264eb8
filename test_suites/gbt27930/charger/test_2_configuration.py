"""Configuration with the charger under test: CML, CTS (reference catalogue 9, stage 2)."""

from harness.case import case

from ..words import is_crm_aa, is_not_ready, is_ready

CENTURY = 0x20


def tells_its_ratings(truck, check, cmls):
    """Every CML carries the declared ratings of the charger."""
    for signal, unit, declared in (
        ("max_voltage_v", "V", truck.pixit("cml_max_voltage_v")),
        ("min_voltage_v", "V", truck.pixit("cml_min_voltage_v")),
        ("max_current_a", "A", truck.pixit("cml_max_current_a")),
        ("min_current_a", "A", truck.pixit("cml_min_current_a")),
    ):
        if signal not in cmls[0].values:
            continue  # 2011 has no smallest current.
        wrong = [cml for cml in cmls if cml[signal] != float(declared)]
        shown = (wrong or cmls)[0]
        check(f"CML.{signal.rpartition('_')[0]}", shown[signal], equals=float(declared), unit=unit, message=shown)


def tells_a_date(check, times):
    """Every CTS that supplies a time is packed BCD, with the low byte of the year first."""
    supplied = [cts for cts in times if cts.data.strip(b"\xff")]
    wrong = [cts for cts in supplied if any(byte >> 4 > 9 or byte & 0x0F > 9 for byte in cts.data) or cts.data[-1] != CENTURY]
    check("CTS without a date of this century", len(wrong), equals=0, message=(wrong or supplied or times)[0] if times else None)


@case(
    "GBT-DP.2001",
    title="CML and CTS are sent",
    purpose="The charger takes BCP by transport protocol, ends CRM(AA) and sends CML every 250 ms with its ratings, and CTS if it has it.",
    refs=["GBT27930-2015:?/CML-start", "GBT27930-2015:?/CML-content", "GBT27930-2015:?/CTS-content", "GBT27930-2015:?/BCP-accepted"],
    basis="quoted",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "bcp_never_granted",
        "bcp_not_acknowledged",
        "cml_never_sent",
        "cml_period_500ms",
        "cml_high_byte_first",
        "cml_currents_exchanged",
        "cml_current_is_a_discharge",
        "cml_current_without_offset",
        "cml_changes_after_first",
        "crm_aa_continues_beside_cml",
        "cts_missing",
        "cts_binary",
        "cts_year_high_byte_first",
        "cts_period_1s",
        "cml_8_in_2011@2011",
    ],
    pixit=["cml_max_voltage_v", "cml_min_voltage_v", "cml_max_current_a", "cml_min_current_a"],
    needs=["energise"],
    duration_s=8,
    sut="charger",
)
def test_cml_follows_bcp(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to CRM(AA)", expect="CRM(AA) on the bus"):
        vehicle.withhold("BRO")
        crm = session.identified()
    with step(2, "Send BCP by transport protocol", expect="CTS and acknowledgement, then CML within the limit"):
        rts = bench.reach("BCP.RTS", within=truck.limit("approach.next_message"))
        cml = bench.expect("CML", within=truck.limit("response.CML"), after=rts.start_ns)
        session.granted("BCP", since=crm)
        bench.given("BCP", since=crm)
    with step(3, "Send no BRO", expect="CML every 250 ms with the declared ratings, CTS every 500 ms if declared; no CRM any more"):
        cmls = bench.collect("CML", during=session.watch_ns)
        bench.withheld("BRO", since=0)
        session.came_every_period("CML", cmls, session.watch_ns)
        tells_its_ratings(truck, check, [cml, *cmls])
        if truck.pics("C.CTS"):
            times = bench.messages("CTS", since=cml.start_ns - 1)
            check("CTS count", len(times), at_least=session.watch_ns // truck.limit("period.CTS").upper_ns)
        tells_a_date(check, bench.messages("CTS"))
        session.ended(("CRM",), after=cml)
        session.no_error()


@case(
    "GBT-DP.2002",
    title="BRO(00) handled",
    purpose="A vehicle that is not ready yet is waited for: CML goes on unchanged beside BRO(00).",
    refs=["GBT27930-2015:?/CML-stop", "GBT27930-2015:8/TC3"],
    basis="quoted",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=["bro_00_taken_for_aa", "bro_00_not_counted", "cml_ends_at_bro_00", "cml_current_zero_beside_bro_00", "cml_period_500ms"],
    needs=["energise"],
    duration_s=10,
    sut="charger",
)
def test_cml_goes_on_beside_bro_00(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to CML", expect="CML on the bus"):
        vehicle.set_ready(False)
        cml = session.configuration()
    with step(2, "Send BRO(00) every 250 ms for the time of the profile", expect="CML every 250 ms, always the same, no CRO, no error"):
        bro = bench.reach("BRO", within=truck.limit("approach.next_message"), where=is_not_ready, what="BRO(00)")
        held_ns = truck.limit("stimulus.bro_00_held").nominal_ns
        cmls = bench.collect("CML", during=held_ns)
        bench.withheld("BRO", since=0, where=is_ready, what="BRO(AA)")
        session.came_every_period("CML", cmls, held_ns)
        session.held("BRO", since=bro, where=is_not_ready, what="BRO(00)")
        others = [later for later in cmls if later.data != cml.data]
        check("CML of other content", len(others), equals=0, message=others[0] if others else cml)
        cros = bench.messages("CRO")
        check("CRO seen", len(cros), equals=0, message=cros[0] if cros else cml)
        session.no_error()


@case(
    "GBT-DN.2001",
    title="BCP timeout, nothing received",
    purpose="Without BCP the charger keeps CRM(AA) for 5 s, then reports the missing BCP by CEM.",
    refs=["GBT27930-2015:8/TC2"],
    basis="quoted",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "cem_bcp_never",
        "cem_bcp_7s",
        "cem_bcp_wrong_bit",
        "crm_aa_stops_after_3s",
        "silent_vehicle_awaited_for_ever",
        "cml_without_bcp",
    ],
    needs=["energise"],
    duration_s=10,
    sut="charger",
)
def test_cem_when_bcp_never_comes(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to CRM(AA)", expect="CRM(AA) on the bus"):
        vehicle.withhold("BCP")
        crm = session.identified()
    with step(2, "Send no BCP", expect="CRM(AA) every 250 ms, CEM 5 s after the first one"):
        session.await_error("TC2", after=crm)
        bench.withheld("BCP.RTS", since=0)
        cem = session.cem("TC2", after=crm)
        session.kept_up("CRM", since=crm, until=cem, where=is_crm_aa, what="CRM(AA)")
    with step(3, "Stay silent", expect="CEM tells the timeout of BCP and nothing else, every 250 ms (should)"):
        session.reports(cem, "timeout_bcp")


@case(
    "GBT-DN.2002",
    title="BCP transport error",
    purpose="A BCP whose transfer breaks off is no BCP: CRM(AA) goes on for 5 s, then CEM reports the missing BCP.",
    refs=["GBT27930-2015:8/TC2", "GBT27930-2015:?/transport-complete"],
    basis="quoted",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=["bcp_announcement_taken_for_bcp", "bcp_announcement_feeds_timeout", "second_bcp_announcement_suffices"],
    needs=["energise"],
    duration_s=10,
    sut="charger",
)
def test_broken_bcp_is_no_bcp(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to CRM(AA)", expect="CRM(AA) on the bus"):
        vehicle.carry("BCP", "broken")
        crm = session.identified()
    with step(2, "Announce BCP, never send its second packet", expect="no CML, CEM 5 s after the first CRM(AA)"):
        session.await_error("TC2", after=crm)
        bench.given("BCP.RTS", since=crm)
        bench.withheld("BCP", since=0, what="complete BCP")
        cem = session.cem("TC2", after=crm)
        session.kept_up("CRM", since=crm, until=cem, where=is_crm_aa, what="CRM(AA)")
        cmls = bench.messages("CML")
        check("CML seen", len(cmls), equals=0, message=cmls[0] if cmls else crm)
    with step(3, "Go on so", expect="CEM tells the timeout of BCP and nothing else, every 250 ms (should)"):
        session.reports(cem, "timeout_bcp")


@case(
    "GBT-DN.2003",
    title="BRO timeout, nothing received",
    purpose="Without any BRO the charger keeps CML for 5 s, then reports the missing BRO by CEM.",
    refs=["GBT27930-2015:8/TC3"],
    basis="quoted",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=["cem_bro_never", "cem_bro_7s", "cem_bro_wrong_bit", "cml_stops_after_3s", "cro_without_bro"],
    needs=["energise"],
    duration_s=10,
    sut="charger",
)
def test_cem_when_bro_never_comes(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to CML", expect="CML on the bus"):
        vehicle.withhold("BRO")
        cml = session.configuration()
    with step(2, "Send no BRO", expect="CML every 250 ms, CEM 5 s after the first one"):
        session.await_error("TC3", after=cml)
        bench.withheld("BRO", since=0)
        cem = session.cem("TC3", after=cml)
        session.kept_up("CML", since=cml, until=cem)
    with step(3, "Stay silent", expect="CEM tells the timeout of BRO and nothing else, every 250 ms (should); no CML any more"):
        session.reports(cem, "timeout_bro")
        session.ended(("CML",), after=cem)


@case(
    "GBT-DN.2004",
    title="BRO timeout, wrong message type",
    purpose="Another message in the place of BRO does not count: CML goes on for 5 s, then CEM reports the missing BRO.",
    refs=["GBT27930-2015:8/TC3"],
    basis="quoted",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=["bcl_taken_for_bro_aa", "bcl_feeds_bro_timeout", "cml_pauses_beside_bcl"],
    needs=["energise"],
    duration_s=10,
    sut="charger",
)
def test_another_message_is_no_bro(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to CML", expect="CML on the bus"):
        vehicle.send_instead("BRO", "BCL")
        cml = session.configuration()
    with step(2, "Send BCL every 250 ms in the place of BRO", expect="CML every 250 ms, no CRO, CEM 5 s after the first CML"):
        session.await_error("TC3", after=cml)
        session.replaced("BRO", "BCL", since=cml)
        cem = session.cem("TC3", after=cml)
        session.kept_up("CML", since=cml, until=cem)
        cros = bench.messages("CRO")
        check("CRO seen", len(cros), equals=0, message=cros[0] if cros else cml)
    with step(3, "Go on so", expect="CEM tells the timeout of BRO and nothing else, every 250 ms (should)"):
        session.reports(cem, "timeout_bro")


@case(
    "GBT-DN.2005",
    title="BRO(AA) timeout",
    purpose="A vehicle that never gets ready is waited for 60 s beside CML, then CEM reports the missing BRO.",
    refs=["GBT27930-2015:8/TC4"],
    basis="quoted",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=["cem_bro_aa_never", "cem_bro_aa_66s", "cem_bro_aa_30s", "bro_00_feeds_60s_timeout", "cml_stops_after_50s"],
    needs=["energise"],
    duration_s=69,
    sut="charger",
)
def test_cem_when_vehicle_never_gets_ready(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to CML", expect="CML on the bus"):
        vehicle.set_ready(False)
        cml = session.configuration()
    with step(2, "Send BRO(00) every 250 ms for ever", expect="CML every 250 ms, CEM 60 s after the first one"):
        bro = bench.reach("BRO", within=truck.limit("approach.next_message"), where=is_not_ready, what="BRO(00)")
        session.await_error("TC4", after=cml)
        session.held("BRO", since=bro, where=is_not_ready, what="BRO(00)")
        cem = session.cem("TC4", after=cml)
        session.kept_up("CML", since=cml, until=cem)
    with step(3, "Go on so", expect="CEM tells the timeout of BRO and nothing else, every 250 ms (should); no CML any more"):
        session.reports(cem, "timeout_bro")
        session.ended(("CML",), after=cem)


@case(
    "GBT-DN.2006",
    title="BCP keeps coming during CML",
    purpose="A vehicle that stays at BCP is configured; without BRO the charger reports it 5 s after the first CML.",
    refs=["GBT27930-2015:8/TC3", "GBT27930-2015:?/BCP-accepted"],
    basis="quoted",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=["bcp_feeds_bro_timeout", "second_bcp_taken_for_bro_aa", "second_bcp_brings_crm_back"],
    needs=["energise"],
    duration_s=10,
    sut="charger",
)
def test_bcp_is_no_bro(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to CRM(AA), stay at BCP", expect="BCP granted and acknowledged, CML within the limit"):
        vehicle.hold("parameters")
        session.identified()
        rts = bench.reach("BCP.RTS", within=truck.limit("approach.next_message"))
        cml = bench.expect("CML", within=truck.limit("response.CML"), after=rts.start_ns)
        session.granted("BCP", since=0)
    with step(2, "Keep BCP every 500 ms, send no BRO", expect="CML every 250 ms, no CRM, CEM 5 s after the first CML"):
        session.await_error("TC3", after=cml)
        session.held("BCP.RTS", since=cml)
        bench.withheld("BRO", since=0)
        cem = session.cem("TC3", after=cml)
        session.kept_up("CML", since=cml, until=cem)
        crms = [crm for crm in bench.messages("CRM", since=cml.t_ns + truck.limit("tail.CRM").upper_ns) if crm.t_ns < cem.t_ns]
        check("CRM ended", len(crms), equals=0, message=crms[0] if crms else cml)
    with step(3, "Go on so", expect="CEM tells the timeout of BRO and nothing else, every 250 ms (should)"):
        session.reports(cem, "timeout_bro")
