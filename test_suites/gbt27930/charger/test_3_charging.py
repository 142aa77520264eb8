"""Charging with the charger under test: CCS, optional messages, lost BCS and BCL (reference catalogue 9, stage 3)."""

from harness.case import case
from harness.core import s


def follows_the_demand(bench, truck, check, what):
    """The last CCS against the demand and the capability, and against what was measured on the cable or by the truck."""
    ccs, bcl, cml, bcs = (bench.last(name) for name in ("CCS", "BCL", "CML", "BCS"))
    share, unit = float(truck.limit("tolerance.CCS").upper) / 100, float(truck.limit("tolerance.CCS_unit").upper)
    permitted_a = min(abs(bcl["current_a"]), abs(cml["max_current_a"]))
    check("CCS.length", len(ccs.data), limit=truck.limit("length.CCS"), message=ccs)
    if "permitted" in ccs.values:  # 2011 has no permission.
        check("CCS.permitted", ccs["permitted"], equals=1, message=ccs)
    check("CCS.current", ccs["current_a"], between=(-permitted_a * (1 + share) - unit, 0), unit="A", message=ccs, note=f"{what}, demand")
    check("CCS.voltage", ccs["voltage_v"], at_most=bcl["voltage_v"] * (1 + share) + unit, unit="V", message=ccs, note=f"{what}, demand")
    line_v, line_a = bench.level("dc_v"), bench.level("dc_a")
    source = "BCS" if line_v is None or line_a is None else "cable"
    measured_v, measured_a = (bcs["voltage_v"], -bcs["current_a"]) if source == "BCS" else (line_v, line_a)
    for name, told, measured, symbol in (("voltage", ccs["voltage_v"], measured_v, "V"), ("current", -ccs["current_a"], measured_a, "A")):
        width = abs(measured) * share + unit
        note = f"{what}, measured by {source} {measured:g} {symbol}"
        check(f"CCS.{name} measured", told, between=(measured - width, measured + width), unit=symbol, message=ccs, note=note)


@case(
    "GBT-DP.3001",
    title="CCS is sent",
    purpose="The charger takes BCS by transport protocol, ends CRO(AA) and sends CCS every 50 ms, with what it delivers on demand.",
    refs=["GBT27930-2015:?/CCS-start", "GBT27930-2015:?/CCS-content", "GBT27930-2015:?/CRO-stop", "GBT27930-2015:?/BCS-accepted"],
    basis="derived",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "bcs_never_granted",
        "ccs_never_sent",
        "ccs_period_69ms",
        "ccs_length_6",
        "ccs_high_byte_first",
        "ccs_current_is_a_discharge",
        "ccs_current_without_offset",
        "ccs_repeats_its_first_values",
        "ccs_voltage_5_percent_high",
        "ccs_never_permits",
        "ccs_time_in_seconds",
        "ccs_only_with_full_current",
        "cro_continues_beside_ccs",
        "output_30_percent_above_demand",
        "ccs_7_in_2011@2011",
        "ccs_8_in_2023@2023A",
        "output_above_the_demand@2023A",
    ],
    needs=["energise"],
    duration_s=23,
    sut="charger",
)
def test_ccs_follows_bcl_and_bcs(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to CRO(AA)", expect="CRO(AA) on the bus"):
        cro = session.output_ready()
    with step(2, "Send BCL every 50 ms and BCS every 250 ms", expect="CTS and acknowledgement for BCS, first CCS within the limit"):
        bench.reach("BCL", within=truck.limit("approach.own"))
        rts = bench.reach("BCS.RTS", within=truck.limit("approach.own"))
        ccs = bench.expect("CCS", within=truck.limit("response.CCS"), after=rts.t_ns)
        highest_v = bench.last("BCL")["voltage_v"] * (1 + float(truck.limit("tolerance.CCS").upper) / 100)
        check("CCS.voltage of the first", ccs["voltage_v"], at_most=highest_v, unit="V", message=ccs, note="demand of BCL")
        session.granted("BCS", since=cro)
    with step(3, "Let the output settle", expect="CCS every 50 ms, permitted, as demanded and as measured; no CRO any more"):
        ccss = session.repeats("CCS", truck.limit("stimulus.settle").nominal_ns)
        session.held("BCL", since=ccs)
        session.still_charging(since=ccs)
        least_a = float(truck.limit("approach.current").lower)
        check("CCS.current delivered", max((abs(found["current_a"]) for found in ccss), default=0), at_least=least_a, unit="A")
        follows_the_demand(bench, truck, check, "settled")
        check("CCS.elapsed", bench.last("CCS")["elapsed_min"], at_most=1 + (bench.now_ns - ccs.t_ns) // s(60), unit="min", note="highest")
        session.ended(("CRO",), after=ccs)
        session.goes_on(since=ccs)
    with step(4, "Lower the demand by BCL and let the output settle", expect="CCS every 50 ms with the lower current"):
        lower_a = -float(truck.limit("stimulus.lower_demand").value)
        vehicle.override("BCL", current_a=lower_a)
        bcl = bench.reach(
            "BCL",
            within=truck.limit("approach.own"),
            where=lambda message: message["current_a"] == lower_a,
            what="BCL with the lower demand",
        )
        session.repeats("CCS", truck.limit("stimulus.settle").nominal_ns)
        session.held("BCL", since=bcl)
        follows_the_demand(bench, truck, check, "lower demand")
        session.goes_on(since=ccs)
    with step(5, "End the charge by BST", expect="CST"):
        session.wind_down()


def offered(bench, truck, check, vehicle, session, name):
    """RTS for an optional message: accepted or refused, and the charge goes on."""
    vehicle.send_once(name)
    rts = bench.reach(f"{name}.RTS", within=truck.limit("approach.own"))
    session.repeats("CCS", truck.limit("stimulus.optional_watch").nominal_ns)

    def answers(message):
        return message.sender == "charger" and message["message"] == name

    found = [answer for control in ("TP.CTS", "TP.ABORT") for answer in bench.messages(control, since=rts.start_ns, where=answers)]
    first_ns = min((answer.t_ns for answer in found), default=None)
    check(f"answer to {name}", "none" if first_ns is None else "answered", equals="answered", message=found[0] if found else rts)
    if first_ns is not None:
        check(
            f"answer to {name} time", (first_ns - rts.t_ns) / s(1) * 1000, at_most=float(truck.limit("response.optional").upper), unit="ms"
        )
    session.held("BCL", since=rts)
    session.goes_on(since=rts)


@case(
    "GBT-DP.3002",
    title="BMV, BMT and BSP",
    purpose="The charger accepts or refuses the optional messages by transport protocol; the charge goes on either way.",
    refs=["GBT27930-2015:?/optional-messages"],
    basis="derived",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=[
        "bmv_ends_the_charge",
        "bmt_never_answered",
        "bmt_after_bmv_ends_the_charge",
        "bsp_announcement_ends_the_charge",
        "ccs_pauses_after_bmv",
    ],
    needs=["energise"],
    duration_s=30,
    sut="charger",
)
def test_optional_messages_do_no_harm(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to charging", expect="CCS with current"):
        session.charge()
    with step(2, "Announce BMV", expect="CTS or refusal, CCS every 50 ms goes on"):
        offered(bench, truck, check, vehicle, session, "BMV")
    with step(3, "Announce BMT", expect="CTS or refusal, CCS every 50 ms goes on"):
        offered(bench, truck, check, vehicle, session, "BMT")
    with step(4, "Announce BSP", expect="CTS or refusal, CCS every 50 ms goes on"):
        offered(bench, truck, check, vehicle, session, "BSP")
    with step(5, "End the charge by BST", expect="CST"):
        session.wind_down()


@case(
    "GBT-DN.3005",
    title="BCS lost during charging, nothing received",
    purpose="When BCS ends during charging, CCS goes on for 5 s after the last one, then CEM reports it and the output ends.",
    refs=["GBT27930-2015:8/TC9", "GBT27930-2015:?/output-end"],
    basis="derived",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=["cem_bcs_never", "cem_bcs_6s", "cem_bcs_wrong_bit", "bcl_feeds_bcs_timeout", "ccs_ends_with_bcs", "output_goes_on_after_cem"],
    needs=["energise"],
    duration_s=30,
    sut="charger",
)
def test_cem_when_bcs_ends(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to charging", expect="CCS with current"):
        ccs = session.charge()
    with step(2, "Send no BCS any more, go on with BCL", expect="CCS every 50 ms, CEM 5 s after the last BCS"):
        vehicle.withhold("BCS")
        last = session.last_own("BCS")
        session.await_error("TC9", after=last.t_ns)
        bench.withheld("BCS.RTS", since=last)
        cem = session.cem("TC9", after=last.t_ns)
        session.kept_up("CCS", since=ccs, until=cem)
    with step(3, "Go on so", expect="CEM tells the timeout of BCS and nothing else, every 250 ms (should); no CCS, no current"):
        session.reports(cem, "timeout_bcs")
        session.ended(("CCS",), after=cem)
        session.output_off(after=cem)


@case(
    "GBT-DN.3007",
    title="BCS lost during charging, transport error",
    purpose="A BCS whose transfer breaks off is no BCS: CCS goes on for 5 s after the last complete one, then CEM reports it.",
    refs=["GBT27930-2015:8/TC9", "GBT27930-2015:?/transport-complete"],
    basis="derived",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=["bcs_announcement_feeds_timeout", "bcs_announcement_taken_for_bcs", "charge_ends_at_broken_bcs"],
    needs=["energise"],
    duration_s=30,
    sut="charger",
)
def test_broken_bcs_is_no_bcs(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to charging", expect="CCS with current"):
        ccs = session.charge()
    with step(2, "Announce BCS, never send its second packet", expect="CCS every 50 ms, CEM 5 s after the last complete BCS"):
        vehicle.carry("BCS", "broken")
        last = session.last_own("BCS")
        session.await_error("TC9", after=last.t_ns)
        bench.given("BCS.RTS", since=last)
        bench.withheld("BCS", since=last, what="complete BCS")
        cem = session.cem("TC9", after=last.t_ns)
        session.kept_up("CCS", since=ccs, until=cem)
    with step(3, "Go on so", expect="CEM tells the timeout of BCS and nothing else, every 250 ms (should); no CCS, no current"):
        session.reports(cem, "timeout_bcs")
        session.ended(("CCS",), after=cem)
        session.output_off(after=cem)


@case(
    "GBT-DN.3006",
    title="BCL lost during charging, nothing received",
    purpose="When BCL ends during charging, CCS goes on for 1 s after the last one, then CEM reports it and the output ends.",
    refs=["GBT27930-2015:8/TC8", "GBT27930-2015:?/output-end"],
    basis="derived",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=["cem_bcl_never", "cem_bcl_1300ms", "cem_bcl_900ms", "cem_bcl_wrong_bit", "bsm_feeds_bcl_timeout", "ccs_ends_with_bcl"],
    needs=["energise"],
    duration_s=26,
    sut="charger",
)
def test_cem_when_bcl_ends(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to charging", expect="CCS with current"):
        ccs = session.charge()
    with step(2, "Send no BCL any more, go on with BCS and BSM", expect="CCS every 50 ms, CEM 1 s after the last BCL"):
        vehicle.withhold("BCL")
        last = session.last_own("BCL")
        session.await_error("TC8", after=last.t_ns)
        bench.withheld("BCL", since=last)
        cem = session.cem("TC8", after=last.t_ns)
        session.kept_up("CCS", since=ccs, until=cem)
    with step(3, "Go on so", expect="CEM tells the timeout of BCL and nothing else, every 250 ms (should); no CCS, no current"):
        session.reports(cem, "timeout_bcl")
        session.ended(("CCS",), after=cem)
        session.output_off(after=cem)


@case(
    "GBT-DN.3008",
    title="BCL lost during charging, wrong message type",
    purpose="Another message in the place of BCL does not count: CCS goes on for 1 s after the last BCL, then CEM reports it.",
    refs=["GBT27930-2015:8/TC8", "GBT27930-2015:?/output-end"],
    basis="derived",
    confidence="high",
    pics="C.DC",
    editions=["2011", "2015", "2023A"],
    faults=["bro_feeds_bcl_timeout", "bro_taken_for_bcl", "bro_brings_cro_back"],
    needs=["energise"],
    duration_s=26,
    sut="charger",
)
def test_another_message_is_no_bcl(bench, truck, step, check, vehicle, session):
    with step(1, "Bring the charger to charging", expect="CCS with current"):
        ccs = session.charge()
    with step(2, "Send BRO every 50 ms in the place of BCL", expect="CCS every 50 ms, no CRO, CEM 1 s after the last BCL"):
        vehicle.send_instead("BCL", "BRO")
        last = session.last_own("BCL")
        session.await_error("TC8", after=last.t_ns)
        session.replaced("BCL", "BRO", since=last)
        cem = session.cem("TC8", after=last.t_ns)
        session.kept_up("CCS", since=ccs, until=cem)
        cros = bench.messages("CRO", since=last)
        check("CRO seen", len(cros), equals=0, message=cros[0] if cros else cem)
    with step(3, "Go on so", expect="CEM tells the timeout of BCL and nothing else, every 250 ms (should); no CCS, no current"):
        session.reports(cem, "timeout_bcl")
        session.ended(("CCS",), after=cem)
        session.output_off(after=cem)
