"""Handshake and recognition of the charger: CHM, CRM (reference catalogue 9, stage 1)."""

from harness.case import case

from ..words import is_crm_00, is_crm_aa

VERSION_1_1 = b"\x01\x01\x00"


def tells_its_number(truck, check, crms):
    """Every CRM carries the declared number of the charger."""
    declared = truck.pixit("charger_number")
    wrong = [crm for crm in crms if crm["charger_number"] != declared]
    shown = (wrong or crms)[0]
    check("CRM.charger_number", shown["charger_number"], equals=declared, message=shown)


@case(
    "GBT-DP.1001",
    title="CHM is sent",
    purpose="The charger begins with CHM of version 1.1 every 250 ms, and goes on with it while the vehicle is silent.",
    refs=["GBT27930-2015:?/CHM-start", "GBT27930-2015:?/CHM-version"],
    basis="quoted",
    confidence="high",
    pics="C.DC",
    editions=["2015", "2023A"],
    faults=[
        "chm_never_sent",
        "chm_late",
        "chm_version_high_byte_first",
        "chm_length_8",
        "chm_period_400ms",
        "chm_wrong_priority",
        "chm_stops_after_1s",
    ],
    duration_s=4,
    sut="charger",
)
def test_charger_begins_with_chm(bench, truck, step, check, vehicle, session):
    with step(1, "Plug in, start charging at the charger, send nothing", expect="CHM within the limit, version 1.1"):
        vehicle.withhold("BHM")
        started_ns = session.start()
        chm = bench.expect("CHM", within=truck.limit("response.CHM"), after=started_ns)
        check("CHM.protocol_version", chm["protocol_version"], equals=VERSION_1_1, message=chm)
    with step(2, "Stay silent", expect="CHM of 3 bytes every 250 ms, always the same, no error"):
        chms = session.repeats("CHM", session.watch_ns)
        bench.withheld("BHM", since=0)
        check("CHM.length", len(chm.data), limit=truck.limit("length.CHM"), message=chm)
        others = [later for later in chms if later.data != chm.data]
        check("CHM of other content", len(others), equals=0, message=others[0] if others else chm)
        session.no_error()


@case(
    "GBT-DP.1002",
    title="CRM(00) is sent",
    purpose="After BHM and the insulation test the charger ends CHM and sends CRM(00) every 250 ms; it tests with what BHM permits.",
    refs=["GBT27930-2015:?/CRM-start", "GBT27930-2015:?/CHM-stop", "GBT27930-2015:?/CRM-content", "GBT27930-2015:?/insulation-voltage"],
    basis="quoted",
    confidence="high",
    pics="C.DC",
    editions=["2015", "2023A"],
    faults=[
        "crm_never_sent",
        "crm_after_40s",
        "crm_recognition_55",
        "crm_number_high_byte_first",
        "crm_length_7",
        "crm_period_500ms",
        "chm_continues_beside_crm",
        "insulation_voltage_above_bhm",
    ],
    pixit=["charger_number"],
    needs=["energise"],
    duration_s=6,
    sut="charger",
)
def test_crm00_follows_bhm(bench, truck, step, check, vehicle, session):
    with step(1, "Plug in, start charging at the charger", expect="CHM on the bus"):
        vehicle.withhold("BRM")
        chm = session.handshake()
    with step(
        2,
        "Answer with BHM every 250 ms",
        expect="CRM(00) within the limit after the first CHM, insulation test not above BHM if it can be seen",
    ):
        bhm = bench.reach("BHM", within=truck.limit("approach.next_message"))
        crm = bench.expect("CRM", within=truck.limit("response.CRM"), after=chm.start_ns, where=is_crm_00, what="CRM(00)")
        session.held("BHM", since=bhm)
        applied = [level for t_ns, level in bench.level_changes("dc_v") if t_ns <= crm.t_ns]
        if applied:
            highest = bhm["max_voltage_v"] + float(truck.limit("tolerance.insulation_voltage").upper)
            check("insulation test voltage", max(applied), at_most=highest, unit="V", note="highest, limit from BHM")
    with step(3, "Send no BRM", expect="CRM(00) of 8 bytes every 250 ms with the declared number; no CHM any more"):
        crms = bench.collect("CRM", during=session.watch_ns, where=is_crm_00)
        bench.withheld("BRM.RTS", since=0)
        session.came_every_period("CRM", crms, session.watch_ns)
        check("CRM.length", len(crm.data), limit=truck.limit("length.CRM"), message=crm)
        tells_its_number(truck, check, [crm, *crms])
        session.ended(("CHM",), after=crm)
        session.no_error()


@case(
    "GBT-DP.1003",
    title="CRM(AA) is sent",
    purpose="The charger takes BRM by transport protocol, ends CRM(00) and sends CRM(AA) every 250 ms.",
    refs=["GBT27930-2015:?/CRM-AA-start", "GBT27930-2015:?/BRM-accepted", "GBT27930-2015:?/CRM-content"],
    basis="quoted",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "brm_never_granted",
        "brm_not_acknowledged",
        "brm_cts_of_wrong_pgn",
        "brm_ignored",
        "brm_of_private_owner_ignored",
        "crm_00_between_crm_aa",
        "crm_aa_without_number",
        "crm_aa_6s_after_brm",
    ],
    pixit=["charger_number"],
    needs=["energise"],
    duration_s=7,
    sut="charger",
)
def test_crm_aa_follows_brm(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to CRM(00)", expect="CRM(00) on the bus"):
        vehicle.withhold("BCP")
        crm_00 = session.recognition()
    with step(2, "Send BRM by transport protocol", expect="CTS and acknowledgement, then CRM(AA) within the limit"):
        rts = bench.reach("BRM.RTS", within=truck.limit("approach.next_message"))
        crm_aa = bench.expect("CRM", within=truck.limit("response.CRM_AA"), after=rts.start_ns, where=is_crm_aa, what="CRM(AA)")
        session.granted("BRM", since=crm_00)
        bench.given("BRM", since=crm_00)
    with step(3, "Send no BCP", expect="CRM(AA) every 250 ms with the declared number; no CRM(00) any more"):
        crms = bench.collect("CRM", during=session.watch_ns, where=is_crm_aa)
        bench.withheld("BCP.RTS", since=0)
        session.came_every_period("CRM", crms, session.watch_ns)
        tells_its_number(truck, check, [crm_aa, *crms])
        late = bench.messages("CRM", since=crm_aa, where=is_crm_00)
        check("CRM(00) ended", len(late), equals=0, message=late[0] if late else crm_aa)
        session.no_error()


@case(
    "GBT-DN.1001",
    title="BRM timeout, nothing received",
    purpose="Without BRM the charger keeps CRM(00) for 5 s, then reports the missing BRM by CEM.",
    refs=["GBT27930-2015:8/TC1"],
    basis="quoted",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "cem_brm_never",
        "cem_brm_5600ms",
        "cem_brm_4900ms",
        "cem_brm_wrong_bit",
        "cem_two_bits",
        "cem_length_8",
        "cem_bits_of_wrong_order",
        "crm_00_stops_after_3s",
    ],
    needs=["energise"],
    duration_s=10,
    sut="charger",
)
def test_cem_when_brm_never_comes(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to CRM(00)", expect="CRM(00) on the bus"):
        vehicle.withhold("BRM")
        crm = session.recognition()
    with step(2, "Send no BRM", expect="CRM(00) every 250 ms, CEM 5 s after the first one"):
        session.await_error("TC1", after=crm)
        bench.withheld("BRM.RTS", since=0)
        cem = session.cem("TC1", after=crm)
        session.kept_up("CRM", since=crm, until=cem, where=is_crm_00, what="CRM(00)")
    with step(3, "Stay silent", expect="CEM tells the timeout of BRM and nothing else, every 250 ms (should)"):
        session.reports(cem, "timeout_brm")


@case(
    "GBT-DN.1002",
    title="BRM transport error",
    purpose="A BRM whose transfer breaks off is no BRM: CRM(00) goes on for 5 s, then CEM reports the missing BRM.",
    refs=["GBT27930-2015:8/TC1", "GBT27930-2015:?/transport-complete"],
    basis="quoted",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=["brm_announcement_taken_for_brm", "brm_announcement_feeds_timeout", "second_brm_announcement_suffices"],
    needs=["energise"],
    duration_s=10,
    sut="charger",
)
def test_broken_brm_is_no_brm(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to CRM(00)", expect="CRM(00) on the bus"):
        vehicle.carry("BRM", "broken")
        crm = session.recognition()
    with step(2, "Announce BRM, never send its second packet", expect="no CRM(AA), CEM 5 s after the first CRM(00)"):
        session.await_error("TC1", after=crm)
        bench.given("BRM.RTS", since=crm)
        bench.withheld("BRM", since=0, what="complete BRM")
        cem = session.cem("TC1", after=crm)
        session.kept_up("CRM", since=crm, until=cem, where=is_crm_00, what="CRM(00)")
        recognised = bench.messages("CRM", where=is_crm_aa)
        check("CRM(AA) seen", len(recognised), equals=0, message=recognised[0] if recognised else crm)
    with step(3, "Go on so", expect="CEM tells the timeout of BRM and nothing else, every 250 ms (should)"):
        session.reports(cem, "timeout_brm")


@case(
    "GBT-DN.1003",
    title="BHM keeps coming during CRM(00)",
    purpose="A vehicle that stays at BHM is not recognised: CRM(00) goes on for 5 s, then CEM reports the missing BRM.",
    refs=["GBT27930-2015:8/TC1"],
    basis="quoted",
    confidence="high",
    pics="C.DC",
    editions=["2015", "2023A"],
    faults=["bhm_feeds_brm_timeout", "bhm_taken_for_brm", "crm_00_pauses_while_bhm_comes"],
    needs=["energise"],
    duration_s=10,
    sut="charger",
)
def test_bhm_is_no_brm(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to CRM(00), stay at BHM", expect="CRM(00) on the bus"):
        vehicle.hold("handshake")
        crm = session.recognition()
    with step(2, "Keep BHM every 250 ms", expect="CRM(00) every 250 ms, no CHM, CEM 5 s after the first CRM(00)"):
        session.await_error("TC1", after=crm)
        session.held("BHM", since=crm)
        cem = session.cem("TC1", after=crm)
        session.kept_up("CRM", since=crm, until=cem, where=is_crm_00, what="CRM(00)")
        chms = bench.messages("CHM", since=crm.t_ns + truck.limit("tail.CHM").upper_ns)
        check("CHM ended", len(chms), equals=0, message=chms[0] if chms else crm)
    with step(3, "Go on so", expect="CEM tells the timeout of BRM and nothing else, every 250 ms (should)"):
        session.reports(cem, "timeout_brm")


@case(
    "GBT-DN.1004",
    title="BRM keeps coming during CRM(AA)",
    purpose="A vehicle that stays at BRM is recognised; without BCP the charger reports it 5 s after the first CRM(AA).",
    refs=["GBT27930-2015:8/TC2", "GBT27930-2015:?/BRM-accepted"],
    basis="quoted",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=["brm_feeds_bcp_timeout", "second_brm_taken_for_bcp", "second_brm_brings_crm_00_back"],
    needs=["energise"],
    duration_s=10,
    sut="charger",
)
def test_brm_is_no_bcp(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to CRM(00), stay at BRM", expect="BRM granted and acknowledged, CRM(AA) within the limit"):
        vehicle.hold("recognition")
        session.recognition()
        rts = bench.reach("BRM.RTS", within=truck.limit("approach.next_message"))
        crm = bench.expect("CRM", within=truck.limit("response.CRM_AA"), after=rts.start_ns, where=is_crm_aa, what="CRM(AA)")
        session.granted("BRM", since=0)
    with step(2, "Keep BRM every 250 ms, send no BCP", expect="CRM(AA) every 250 ms, CEM 5 s after the first one"):
        session.await_error("TC2", after=crm)
        session.held("BRM.RTS", since=crm)
        bench.withheld("BCP.RTS", since=0)
        cem = session.cem("TC2", after=crm)
        session.kept_up("CRM", since=crm, until=cem, where=is_crm_aa, what="CRM(AA)")
    with step(3, "Go on so", expect="CEM tells the timeout of BCP and nothing else, every 250 ms (should)"):
        session.reports(cem, "timeout_bcp")
