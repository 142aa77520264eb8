"""Readiness of the output with the charger under test: CRO (reference catalogue 9, stage 2)."""

from harness.case import case

from ..words import is_not_ready, is_ready

ALLOWED_CRO = (0x00, 0xAA)


@case(
    "GBT-DP.2003",
    title="CRO is sent",
    purpose="After BRO(AA) the charger ends CML and sends CRO every 250 ms, 00 or AA; it says AA in time and stays at it.",
    refs=["GBT27930-2015:?/CRO-start", "GBT27930-2015:?/CML-stop", "GBT27930-2015:?/CRO-values"],
    basis="quoted",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "cro_never_sent",
        "cro_6s_late",
        "cro_invalid_55",
        "cro_period_500ms",
        "cro_never_aa",
        "cro_falls_back_to_00",
        "cml_continues_beside_cro",
        "cro_length_2",
    ],
    needs=["energise"],
    duration_s=10,
    sut="charger",
)
def test_cro_follows_bro_aa(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to CML, get ready", expect="CML on the bus"):
        vehicle.hold("ready")
        session.configuration()
    with step(2, "Send BRO(AA) every 250 ms", expect="CRO within the limit"):
        bro = bench.reach("BRO", within=truck.limit("approach.next_message"), where=is_ready, what="BRO(AA)")
        cro = bench.expect("CRO", within=truck.limit("response.CRO"), after=bro.start_ns)
    with step(3, "Keep BRO(AA), send neither BCL nor BCS", expect="CRO every 250 ms, 00 or AA, AA in time and for good; no CML any more"):
        ready = bench.expect("CRO", within=truck.limit("response.output_ready"), after=bro.start_ns, where=is_ready, what="CRO(AA)")
        bench.run_for(truck.limit("stimulus.cro_watch").nominal_ns)
        session.held("BRO", since=bro, where=is_ready, what="BRO(AA)")
        for name in ("BCL", "BCS.RTS"):
            bench.withheld(name, since=0)
        session.kept_up("CRO", since=cro, until=bench.now_ns)
        cros = bench.messages("CRO")
        wrong = [found for found in cros if found["ready"] not in ALLOWED_CRO or (found.t_ns > ready.t_ns and not is_ready(found))]
        check("CRO of another value", len(wrong), equals=0, message=wrong[0] if wrong else cro)
        check("CRO.length", max(len(found.data) for found in cros), limit=truck.limit("length.CRO"), message=cro)
        late = bench.messages("CML", since=cro.t_ns + truck.limit("tail.CML").upper_ns)
        check("CML ended", len(late), equals=0, message=late[0] if late else cro)
        session.no_error()


@case(
    "GBT-DN.2007",
    title="BRO(AA) interrupted while CRO(00)",
    purpose=(
        "BRO(AA) ends while the output gets ready: CRO goes on for 5 s, then CEM reports the missing BRO; a charger that gets ready"
        " meanwhile goes on to charging. The error message is our reading: the published text of the amendment is cut there."
    ),
    refs=["GBT27930-2015:8/TC5"],
    basis="quoted",
    confidence="medium",
    pics="C.DC AND C.CRO00",
    editions=["2011", "2015", "2023A"],
    faults=["cem_bro_in_cro_never", "cem_bro_in_cro_7s", "cem_bro_in_cro_3s", "cro_ends_with_bro", "cro_jumps_to_aa_without_bro"],
    needs=["energise"],
    duration_s=10,
    sut="charger",
)
def test_charger_waits_for_lost_bro(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to CRO(00)", expect="CRO(00) on the bus"):
        session.configuration()
        bench.reach("CRO", within=truck.limit("response.output_ready"), where=is_not_ready, what="CRO(00)")
    with step(2, "Send no BRO any more", expect="CRO every 250 ms, then CEM 5 s after the last BRO(AA), or CRO(AA) before that"):
        vehicle.withhold("BRO")
        last = session.last_bro()
        session.await_cem_or_output(last)
        bench.withheld("BRO", since=last)
        cem = session.waits_for_bro(last)
    with step(3, "Go on so", expect="CEM tells the timeout of BRO and nothing else; after CRO(AA) the charge runs instead"):
        session.ends_or_charges(cem, last)


@case(
    "GBT-DN.2008",
    title="Wrong type instead of BRO(AA) while CRO(00)",
    purpose=(
        "Another message takes the place of BRO(AA) while the output gets ready: as if nothing came. CRO goes on for 5 s, then CEM; a"
        " charger that gets ready meanwhile goes on to charging. The error message is our reading of an amendment that is cut there."
    ),
    refs=["GBT27930-2015:8/TC5"],
    basis="quoted",
    confidence="medium",
    pics="C.DC AND C.CRO00",
    editions=["2011", "2015", "2023A"],
    faults=["bsm_feeds_bro_timeout_in_cro", "bsm_taken_for_bro_aa", "cro_pauses_beside_bsm"],
    needs=["energise"],
    duration_s=10,
    sut="charger",
)
def test_another_message_is_no_bro_aa(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to CRO(00)", expect="CRO(00) on the bus"):
        session.configuration()
        bench.reach("CRO", within=truck.limit("response.output_ready"), where=is_not_ready, what="CRO(00)")
    with step(
        2, "Send BSM every 250 ms in the place of BRO", expect="CRO every 250 ms, then CEM 5 s after the last BRO(AA), or CRO(AA) before"
    ):
        vehicle.send_instead("BRO", "BSM")
        last = session.last_bro()
        session.await_cem_or_output(last)
        bench.withheld("BRO", since=last)
        bench.given("BSM", since=last)
        cem = session.waits_for_bro(last)
    with step(3, "Go on so", expect="CEM tells the timeout of BRO and nothing else; after CRO(AA) the charge runs instead"):
        session.ends_or_charges(cem, last)


@case(
    "GBT-DN.2009",
    title="BRO(00) received while CRO(00)",
    purpose=(
        "The vehicle takes BRO(AA) back while the output gets ready. Two readings are accepted (project choice): the charger ends CRO"
        " within 1 s, or it treats BRO(AA) as missing and reports it after 5 s. It must not start, and a new session must work."
    ),
    refs=["GBT27930-2015:8/TC5", "GBT27930-2015:?/BRO-withdrawn"],
    basis="quoted",
    confidence="low",
    pics="C.DC AND C.CRO00",
    editions=["2015", "2023A"],
    faults=["bro_00_in_cro_taken_for_aa", "cro_aa_although_bro_says_00", "bro_00_feeds_timeout_in_cro", "dead_after_withdrawn_bro"],
    needs=["energise"],
    duration_s=45,
    sut="charger",
)
def test_charger_does_not_start_a_vehicle_that_is_not_ready(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to CRO(00)", expect="CRO(00) on the bus"):
        session.configuration()
        bench.reach("CRO", within=truck.limit("response.output_ready"), where=is_not_ready, what="CRO(00)")
    with step(2, "Send BRO(00) in the place of BRO(AA)", expect="CRO ends within 1 s, or CEM 5 s after the last BRO(AA); no CRO(AA)"):
        vehicle.set_ready(False)
        withdrawn = bench.reach("BRO", within=truck.limit("approach.next_message"), where=is_not_ready, what="BRO(00)")
        session.gives_up(session.last_bro(), withdrawn)
        bench.withheld("BRO", since=withdrawn, where=is_ready, what="BRO(AA)")
    with step(3, "Unplug, plug in again, get ready", expect="a proper session up to a running charge"):
        vehicle.set_ready(None)
        session.starts_again()


@case(
    "GBT-DN.2010",
    title="BCL missing after CRO(AA)",
    purpose="The vehicle stays at BRO(AA) after CRO(AA): CRO(AA) goes on for 1 s, then CEM reports the missing BCL.",
    refs=["GBT27930-2015:8/TC6"],
    basis="quoted",
    confidence="medium",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "cem_bcl_at_start_never",
        "cem_bcl_at_start_1300ms",
        "cem_bcl_at_start_wrong_bit",
        "bro_feeds_bcl_timeout_at_start",
        "ccs_before_bcl",
    ],
    needs=["energise"],
    duration_s=10,
    sut="charger",
)
def test_cem_when_bcl_never_comes(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to CRO(AA)", expect="CRO(AA) on the bus"):
        vehicle.hold("ready")
        cro = session.output_ready()
    with step(2, "Keep BRO(AA), send neither BCL nor BCS", expect="CRO(AA) every 250 ms, no CCS, CEM 1 s after the first CRO(AA)"):
        session.await_error("TC6", after=cro)
        session.held("BRO", since=cro, where=is_ready, what="BRO(AA)")
        for name in ("BCL", "BCS.RTS"):
            bench.withheld(name, since=0)
        cem = session.cem("TC6", after=cro)
        session.kept_up("CRO", since=cro, until=cem, where=is_ready, what="CRO(AA)")
        found = bench.messages("CCS")
        check("CCS seen", len(found), equals=0, message=found[0] if found else cro)
    with step(3, "Stay silent", expect="CEM tells the timeout of BCL and nothing else, every 250 ms (should)"):
        session.reports(cem, "timeout_bcl")
