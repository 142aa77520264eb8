"""Configuration: BCP, CTS/CML, BRO/CRO (reference catalogue 8.2)."""

from harness.case import case

from ..words import is_crm_aa, is_not_ready, is_ready, severity_of

ALLOWED_BRO = (0x00, 0xAA)


@case(
    "GBT-VP.201",
    title="BCP",
    purpose="The vehicle sends BCP of 13 bytes every 500 ms with its declared battery parameters.",
    refs=["GBT27930-2015:?/BCP-content", "GBT27930-2015:?/BCP-period"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "bcp_length_12",
        "bcp_period_1s",
        "bcp_energy_wrong",
        "bcp_energy_changes",
        "bcp_current_offset_missing",
        "bcp_voltage_differs_from_bhm",
        "brm_rated_voltage_above_max",
    ],
    pixit=["bcp_max_voltage_v", "bcp_max_current_a", "bcp_energy_kwh", "bcp_max_cell_voltage_v", "bcp_max_temp_degc"],
    duration_s=6,
)
def test_bcp_carries_the_declared_parameters(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to CRM(AA)", expect="BCP on the bus"):
        bcp = session.identified()
    with step(2, "Examine the BCP", expect="13 bytes with the declared values"):
        check("BCP.length", len(bcp.data), limit=truck.limit("length.BCP"), message=bcp)
        check("BCP.max_voltage", bcp["max_voltage_v"], equals=float(truck.pixit("bcp_max_voltage_v")), unit="V", message=bcp)
        check("BCP.max_current", bcp["max_current_a"], equals=float(truck.pixit("bcp_max_current_a")), unit="A", message=bcp)
        check("BCP.energy", bcp["energy_kwh"], equals=float(truck.pixit("bcp_energy_kwh")), unit="kW.h", message=bcp)
        check("BCP.max_cell_voltage", bcp["max_cell_voltage_v"], equals=float(truck.pixit("bcp_max_cell_voltage_v")), unit="V", message=bcp)
        check("BCP.max_temp", bcp["max_temp_degc"], equals=float(truck.pixit("bcp_max_temp_degc")), unit="Cel", message=bcp)
        share_pct = round(100 * bcp["voltage_v"] / bcp["max_voltage_v"], 2) if bcp["voltage_v"] and bcp["max_voltage_v"] else 0.0
        plausible = truck.limit("plausible.battery_voltage")
        check("BCP.voltage against the highest", share_pct, limit=plausible, severity=severity_of(plausible), message=bcp)
    with step(3, "Keep CRM(AA)", expect="BCP every 500 ms, the same content"):
        announced = bench.collect("BCP.RTS", during=session.watch_ns)
        session.held("CRM", since=bcp, where=is_crm_aa, what="CRM(AA)")
        bench.withheld("CML", since=0)
        session.came_every_period("BCP.RTS", announced, session.watch_ns)
        others = [later for later in bench.messages("BCP", since=bcp) if later.data[:9] != bcp.data[:9]]
        check("BCP of other limits", len(others), equals=0, message=others[0] if others else bcp)
        session.no_error()


def configuration_is_accepted(bench, truck, check, session, since):
    """BCP has ended and BRO comes every 250 ms with 00 or AA only."""
    bros = bench.collect("BRO", during=session.watch_ns)
    session.held("CML", since=since)
    bench.withheld("CRO", since=0)
    session.came_every_period("BRO", bros, session.watch_ns)
    for bro in bros:
        if bro["ready"] not in ALLOWED_BRO:
            check("BRO value", f"0x{bro['ready']:02X}", equals="0x00 or 0xAA", message=bro)
            break
    else:
        check("BRO value", "0x00 or 0xAA", equals="0x00 or 0xAA", message=bros[-1] if bros else None)
    session.ended(("BCP.RTS", "BCP"), after=since)
    session.no_error()


@case(
    "GBT-VP.202",
    title="CTS and CML accepted",
    purpose="After CTS and CML the vehicle ends BCP and sends BRO every 250 ms, with the values 00 or AA only.",
    refs=["GBT27930-2015:?/BCP-stop", "GBT27930-2015:?/BRO-start", "GBT27930-2015:?/BRO-values"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["bro_invalid_value", "bro_undefined_without_cro", "bcp_continues_after_cml", "bro_period_500ms"],
    duration_s=5,
)
def test_cts_and_cml_are_accepted(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to BCP", expect="BCP on the bus"):
        session.identified()
    with step(2, "Send CTS every 500 ms and CML every 250 ms", expect="first BRO within one period"):
        charger.hold("configuration")
        bench.reach("CTS", within=truck.limit("approach.own"))
        cml = bench.reach("CML", within=truck.limit("approach.own"))
        bench.expect("BRO", within=truck.limit("response.BRO"), after=cml.start_ns)
    with step(3, "Keep CTS and CML", expect="BRO every 250 ms, 00 or AA; no BCP any more"):
        configuration_is_accepted(bench, truck, check, session, cml)
        session.held("CTS", since=cml)


@case(
    "GBT-VP.203",
    title="CML without CTS",
    purpose="CTS is optional: CML alone ends BCP and starts BRO.",
    refs=["GBT27930-2015:?/CTS-optional"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["ignores_cml_without_cts", "cml_without_smallest_current_ignored@2011"],
    duration_s=5,
)
def test_cml_alone_is_accepted(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to BCP", expect="BCP on the bus"):
        session.identified()
    with step(2, "Send CML every 250 ms and no CTS", expect="first BRO within one period"):
        charger.withhold("CTS")
        charger.hold("configuration")
        cml = bench.reach("CML", within=truck.limit("approach.own"))
        bench.expect("BRO", within=truck.limit("response.BRO"), after=cml.start_ns)
    with step(3, "Keep CML", expect="BRO every 250 ms, 00 or AA; no BCP any more"):
        configuration_is_accepted(bench, truck, check, session, cml)
        bench.withheld("CTS", since=0)


@case(
    "GBT-VP.204",
    title="CTS not supplied",
    purpose="A CTS of FF in all bytes means that no time is supplied; the vehicle goes on as with CML alone.",
    refs=["GBT27930-2015:?/CTS-not-supplied"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["rejects_cts_ff"],
    duration_s=5,
)
def test_cts_without_time_is_accepted(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to BCP", expect="BCP on the bus"):
        session.identified()
    with step(2, "Send CTS with FF in all bytes, and CML", expect="first BRO within one period"):
        charger.override_data("CTS", b"\xff" * 7)
        charger.hold("configuration")
        bench.reach("CTS", within=truck.limit("approach.own"), where=lambda cts: cts.data == b"\xff" * 7, what="CTS of FF")
        cml = bench.reach("CML", within=truck.limit("approach.own"))
        bench.expect("BRO", within=truck.limit("response.BRO"), after=cml.start_ns)
    with step(3, "Keep CTS and CML", expect="BRO every 250 ms, 00 or AA; no BCP any more"):
        configuration_is_accepted(bench, truck, check, session, cml)


@case(
    "GBT-VP.205",
    title="Becomes ready",
    purpose="The vehicle passes from BRO(00) to BRO(AA) within 60 s.",
    refs=["GBT27930-2015:8/TC4", "GBT27930-2015:?/BRO-values"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["never_ready", "not_ready_in_60s", "bro_falls_back_without_cro"],
    duration_s=6,
)
def test_vehicle_becomes_ready(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to BRO", expect="BRO on the bus"):
        session.configuration()
        first_cml = bench.messages("CML")[0]
    with step(2, "Keep CML", expect="BRO(AA) within 60 s of the first CML"):
        ready = bench.expect("BRO", within=truck.limit("response.ready"), after=first_cml.start_ns, where=is_ready, what="BRO(AA)")
    with step(3, "Keep CML", expect="BRO(AA) goes on"):
        later = bench.collect("BRO", during=session.watch_ns)
        session.held("CML", since=first_cml)
        bench.withheld("CRO", since=0)
        session.came_every_period("BRO", later, session.watch_ns)
        check("BRO(00) after BRO(AA)", len([bro for bro in later if not is_ready(bro)]), equals=0, message=ready)
        session.no_error()


@case(
    "GBT-VP.206",
    title="Charger not ready yet",
    purpose="The vehicle bears CRO(00) for 50 s: BRO(AA) goes on and no error is reported.",
    refs=["GBT27930-2015:8/TB4", "GBT27930-2015:8/TB5"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["gives_up_on_cro00", "starts_on_cro00"],
    duration_s=54,
)
def test_vehicle_bears_cro00(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to BRO(AA)", expect="BRO(AA) on the bus"):
        charger.set_ready(False)
        ready = session.vehicle_ready()
    with step(2, "Send CRO(00) for the time of the profile", expect="BRO(AA) every 250 ms, no BEM, no demand"):
        charger.hold("ready")
        cro = bench.reach("CRO", within=truck.limit("approach.own"), where=is_not_ready, what="CRO(00)")
        held_ns = truck.limit("stimulus.cro00_held").nominal_ns
        bros = bench.collect("BRO", during=held_ns, where=is_ready)
        session.held("CRO", since=cro, where=is_not_ready, what="CRO(00)")
        bench.withheld("CRO", since=0, where=is_ready, what="CRO(AA)")
        session.came_every_period("BRO", bros, held_ns)
        session.no_error()
        check("BCL before CRO(AA)", len(bench.messages("BCL", since=ready)), equals=0)


@case(
    "GBT-VP.207",
    title="Start of charging",
    purpose="After CRO(AA) the vehicle ends BRO and sends its first BCL and its first BCS within one second.",
    refs=[
        "GBT27930-2015:?/BRO-stop",
        "GBT27930-2015:?/BCL-start",
        "GBT27930-2015:?/BCS-start",
        "GBT27930-2015:?/optional-messages",
    ],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "bcl_late_after_cro",
        "bcs_late_after_cro",
        "bro_continues_after_cro_aa",
        "bcl_before_cro",
        "bsm_before_cro",
        "bcl_begins_with_0_v",
        "bmv_undeclared",
    ],
    needs=["energise"],
    duration_s=17,
)
def test_charging_starts_on_cro_aa(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to BRO(AA)", expect="BRO(AA) on the bus"):
        session.vehicle_ready()
    with step(2, "Send CRO(AA)", expect="first BCL and first BCS within one second"):
        charger.hold(None)
        cro = bench.reach("CRO", within=truck.limit("approach.own"), where=is_ready, what="CRO(AA)")
        bcl = bench.expect("BCL", within=truck.limit("response.BCL"), after=cro.start_ns)
        bench.expect("BCS", within=truck.limit("response.BCS"), after=cro.start_ns)
        least_v = (bench.last("BCP")["voltage_v"] or 0.0) if bcl["current_a"] else 0.0
        check("BCL.voltage", bcl["voltage_v"], at_least=least_v, unit="V", message=bcl, note="present battery voltage of BCP")
    with step(3, "Charge for longer than a period of the optional messages", expect="no BRO any more, no undeclared message"):
        session.ended(("BRO",), after=cro)
        bench.run_for(max(0, cro.t_ns + truck.limit("period.BMV").upper_ns - bench.now_ns))
        undeclared = [name for name in ("BMV", "BMT", "BSP") if bench.messages(f"{name}.RTS") and not truck.pics(f"V.{name}")]
        check("optional messages", "+".join(undeclared) or "as declared", equals="as declared")
        session.still_charging(since=cro)
        session.no_error()


@case(
    "GBT-VN.201",
    title="No CTS, no CML",
    purpose="When the charger sends neither CTS nor CML, BCP goes on for 5 s, then BEM reports the missing CML.",
    refs=["GBT27930-2015:8/TB3"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["no_bem_cml", "bem_cml_late", "bem_wrong_bit_cml"],
    duration_s=10,
)
def test_bem_when_neither_cts_nor_cml_comes(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to BCP", expect="BCP on the bus"):
        bcp = session.identified()
        charger.withhold("CRM")
        silent_ns = bench.now_ns
    with step(2, "Send neither CTS nor CML", expect="BEM 5 s after the first BCP, BCP every 500 ms until then"):
        session.await_error("TB3", after=bcp)
        for name, since_ns in (("CTS", 0), ("CML", 0), ("CRM", silent_ns + truck.limit("tail.tester").upper_ns)):
            bench.withheld(name, since=since_ns)
        bem = bench.expect("BEM", within=truck.limit("timeout.TB3"), after=bcp.start_ns)
        announced = [m for m in bench.messages("BCP.RTS", since=bcp.start_ns - 1) if m.t_ns < bem.t_ns]
        check("BCP.RTS count before BEM", len(announced), at_least=(bem.start_ns - bcp.start_ns) // truck.limit("period.BCP").upper_ns)
    with step(3, "Stay silent", expect="BEM tells the timeout of CML, every 250 ms (should)"):
        charger.silence()
        silent_ns = bench.now_ns
        session.reports(bem, "timeout_cml")
        session.silent(since=silent_ns)


@case(
    "GBT-VN.202",
    title="CTS but no CML",
    purpose="CTS alone does not take the place of CML: BEM reports the missing CML after 5 s.",
    refs=["GBT27930-2015:8/TB3", "GBT27930-2015:?/CTS-optional"],
    basis="derived",
    confidence="medium",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["cts_alone_accepted_as_cml"],
    duration_s=10,
)
def test_bem_when_only_cts_comes(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to BCP", expect="BCP on the bus"):
        bcp = session.identified()
    with step(2, "Send CTS every 500 ms and no CML", expect="BEM 5 s after the first BCP, no BRO"):
        charger.withhold("CML")
        charger.hold("configuration")
        cts = bench.reach("CTS", within=truck.limit("approach.own"))
        session.await_error("TB3", after=bcp)
        session.held("CTS", since=cts)
        bench.withheld("CML", since=0)
        bem = bench.expect("BEM", within=truck.limit("timeout.TB3"), after=bcp.start_ns)
        check("BRO without CML", len(bench.messages("BRO")), equals=0)
    with step(3, "Stay silent", expect="BEM tells the timeout of CML, every 250 ms (should)"):
        charger.silence()
        silent_ns = bench.now_ns
        session.reports(bem, "timeout_cml")
        session.silent(since=silent_ns)


@case(
    "GBT-VN.203",
    title="BCP never granted",
    purpose="When the charger grants no packet of BCP, the vehicle asks again and reports the missing CML after 5 s.",
    refs=["GBT27930-2015:8/TB3", "GBT27930-2015:?/BCP-period"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["bcp_rts_only_once", "no_bem_cml"],
    duration_s=10,
)
def test_bem_when_bcp_is_never_granted(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to BRM, then send CRM(AA) and grant nothing", expect="RTS for BCP"):
        session.recognition()
        charger.never_grant("BCP")
        charger.hold("identified")
        crm = bench.reach("CRM", within=truck.limit("approach.own"), where=is_crm_aa, what="CRM(AA)")
        rts = bench.expect("BCP.RTS", within=truck.limit("response.BCP"), after=crm.start_ns)
    with step(2, "Keep CRM(AA) without a grant", expect="RTS again, BEM 5 s after the first BCP"):
        session.await_error("TB3", after=rts)
        bench.withheld("TP.CTS", since=0, where=lambda grant: grant["message"] == "BCP", what="grant of BCP")
        session.held("CRM", since=crm, where=is_crm_aa, what="CRM(AA)")
        bem = bench.expect("BEM", within=truck.limit("timeout.TB3"), after=rts.start_ns)
        session.announced_until(bem, "BCP", since=rts)
    with step(3, "Stay silent", expect="BEM tells the timeout of CML, every 250 ms (should)"):
        charger.silence()
        silent_ns = bench.now_ns
        session.reports(bem, "timeout_cml")
        session.silent(since=silent_ns)


@case(
    "GBT-VN.204",
    title="No CRO at all",
    purpose="When the charger falls silent after BRO(AA), BEM reports the missing CRO 5 s after the first BRO(AA).",
    refs=["GBT27930-2015:8/TB4"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["bem_cro_late", "bem_cro_never", "bem_wrong_bit_cro"],
    duration_s=11,
)
def test_bem_when_cro_never_comes(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to BRO(AA)", expect="BRO(AA) on the bus"):
        ready = session.vehicle_ready()
    with step(2, "End CML and send nothing", expect="BEM 5 s after the first BRO(AA)"):
        charger.silence()
        silent_ns = bench.now_ns
        session.await_error("TB4", after=ready)
        session.silent(since=silent_ns)
        bem = bench.expect("BEM", within=truck.limit("timeout.TB4"), after=ready.start_ns)
    with step(3, "Stay silent", expect="BEM tells the timeout of CRO, every 250 ms (should); no demand"):
        session.reports(bem, "timeout_cro")
        session.silent(since=silent_ns)
        check("BCL without CRO(AA)", len(bench.messages("BCL")), equals=0)


@case(
    "GBT-VN.205",
    title="Charger never ready",
    purpose="When the charger stays at CRO(00), BEM reports the missing CRO(AA) 60 s after the first BRO(AA).",
    refs=["GBT27930-2015:8/TB5"],
    basis="derived",
    confidence="high",
    pics="V.DC",
    editions=["2011", "2015", "2023A"],
    faults=["bem_cro60_never", "bem_cro60_late"],
    duration_s=74,
)
def test_bem_when_charger_never_gets_ready(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to BRO(AA)", expect="BRO(AA) on the bus"):
        charger.set_ready(False)
        ready = session.vehicle_ready()
    with step(2, "Send CRO(00)", expect="BEM 60 s after the first BRO(AA)"):
        charger.hold("ready")
        cro = bench.reach("CRO", within=truck.limit("approach.own"), where=is_not_ready, what="CRO(00)")
        session.await_error("TB5", after=ready)
        session.held("CRO", since=cro, where=is_not_ready, what="CRO(00)")
        bench.withheld("CRO", since=0, where=is_ready, what="CRO(AA)")
        bem = bench.expect("BEM", within=truck.limit("timeout.TB5"), after=ready.start_ns)
    with step(3, "Keep CRO(00) to the end of the waiting time", expect="BEM tells the timeout of CRO, every 250 ms (should); no demand"):
        session.reports(bem, "timeout_cro")
        bench.run_for(max(0, ready.t_ns + truck.limit("stimulus.cro00_forever").nominal_ns - bench.now_ns))
        check("BCL without CRO(AA)", len(bench.messages("BCL")), equals=0)
