"""Megawatt charging: service, parameter set, limits and bodies of a vehicle with an MCS inlet (reference 9.7)."""

from harness.case import case
from harness.core import Inconclusive, Reason
from harness.protocols.iso15118.exi import codec
from harness.protocols.iso15118.message import content_of
from harness.protocols.iso15118.rational import rational
from harness.protocols.iso15118.services import CONNECTOR, ControlMode, McsConnector, ParameterSet, Service, set_content
from harness.protocols.iso15118.station.iso20.content import default_sets

from ..words import LOOP, request_of, response_of
from .services20 import has_bpt_body, offered, only, own_service, selected_service, selected_set, services

CPD, DETAIL = "DC_ChargeParameterDiscovery", "ServiceDetail"


def declared_limits(message):
    """Voltage, current and power of DC_ChargeParameterDiscoveryReq, whichever body it has."""

    def told(name):
        paths = (f"{way}DC_CPDReqEnergyTransferMode.{name}" for way in ("", "BPT_"))
        return next((value for path in paths if (value := message.quantity(path)) is not None), None)

    return told("EVMaximumVoltage"), told("EVMaximumChargeCurrent"), told("EVMaximumChargePower")


def target_current(message):
    """Current that a loop request asks for: the target in scheduled mode, the limit in dynamic mode."""
    for name in ("Scheduled_DC_CLReqControlMode.EVTargetCurrent", "Dynamic_DC_CLReqControlMode.EVMaximumChargeCurrent"):
        for way in ("", "BPT_"):
            value = message.quantity(f"{way}{name}")
            if value is not None:
                return value
    return None


def told_current(message):
    """Current limit that the station tells in a loop response."""
    paths = (f"{way}{mode}_DC_CLResControlMode.EVSEMaximumChargeCurrent" for way in ("", "BPT_") for mode in ("Scheduled", "Dynamic"))
    return next((value for path in paths if (value := message.quantity(path)) is not None), None)


@case(
    "HV-MCS-01",
    title="MCS service selected",
    purpose="Where DC and MCS are offered a vehicle with an MCS inlet selects the MCS service, with a parameter set that was offered.",
    refs=["ISO15118-20:?/mcs-service"],
    basis="quoted",
    confidence="medium",
    pics="E.MCS",
    editions=["iso15118-20"],
    faults=["selects_dc_on_an_mcs_inlet", "unknown_parameter_set_selected", "details_of_another_service"],
    duration_s=30,
)
def test_mcs_service_selected(bench, truck, step, check, charger, session):
    wanted = int(own_service(truck))
    with step(1, "Offer services 2 and 8 (6 and 9 too to a bidirectional vehicle)", expect="ServiceDetailReq for the MCS service"):
        wide = [Service.DC, Service.MCS, *((Service.DC_BPT, Service.MCS_BPT) if truck.pics("E.BPT") else ())]
        charger.services(*wide)
        detail = session.good_up_to("ServiceDetail")
        only("services", services(bench.last("ServiceDiscoveryRes")), wide)
        check("ServiceID of ServiceDetailReq", detail.values.get("ServiceID"), equals=wanted, message=detail)
        answer = session.answer(detail, name="ServiceDetailRes")
    with step(2, "Wait for the selection", expect="the MCS service; its parameter set is one of ServiceDetailRes"):
        selection = session.request("ServiceSelection", since=detail)
        check("selected service", selected_service(selection), equals=wanted, message=selection)
        numbers = [value for path, value in answer.values.items() if path.endswith("ParameterSetID")]
        number = selected_set(selection)
        check("parameter set was offered", number in numbers, equals=True, message=selection, note=f"{number}, offered {numbers}")


@case(
    "HV-MCS-02",
    title="Only DC offered at an MCS inlet",
    purpose="Where the station offers no MCS service the vehicle does as declared: it takes the DC service, or leaves (SAFE-STOP).",
    refs=["ISO15118-20:?/mcs-fallback", "ISO15118:?/safe-stop"],
    basis="quoted",
    confidence="medium",
    pics="E.MCS",
    editions=["iso15118-20"],
    faults=["goes_on_without_a_usable_service", "keeps_tcp_open.ServiceDiscovery"],
    duration_s=30,
)
def test_only_dc_at_an_mcs_inlet(bench, truck, step, check, charger, session):
    falls_back = truck.pics("E.MCSDC")
    with step(1, "Offer service 2 only, bring the vehicle to ServiceDiscovery", expect="ServiceDiscoveryReq"):
        charger.services(Service.DC)
        request = session.good_up_to("ServiceDiscovery")
        answer = session.answer(request, name="ServiceDiscoveryRes")
        only("services", services(answer), [Service.DC])
    with step(2, "Wait", expect="as declared: ServiceSelectionReq with service 2, or SAFE-STOP without a selection"):
        if falls_back:
            selection = bench.expect("ServiceSelectionReq", within=truck.limit("approach.request"), after=answer)
            check("selected service", selected_service(selection), equals=int(Service.DC), message=selection)
        else:
            session.safe_stop(answer, exchange="ServiceDiscovery")


@case(
    "HV-MCS-03",
    title="Megawatt envelope",
    purpose="Voltage, current and power that the vehicle declares agree with each other and with the MCS class.",
    refs=["ISO15118-20:?/mcs-envelope"],
    basis="quoted",
    confidence="medium",
    pics="E.MCS",
    editions=["iso15118-20"],
    pixit=["max_power_kw"],
    faults=["power_beyond_voltage_times_current", "current_beyond_the_mcs_class", "power_told_in_kilowatts"],
    duration_s=30,
)
def test_megawatt_envelope(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to DC_ChargeParameterDiscovery", expect="DC_ChargeParameterDiscoveryReq with its limits"):
        request = session.good_up_to(CPD)
        volts, amps, watts = declared_limits(request)
        check("limits told", None not in (volts, amps, watts), equals=True, message=request)
    with step(2, "Compare the limits", expect="within the MCS class, power no more than voltage times current, as declared"):
        check("EVMaximumVoltage", volts or 0.0, limit=truck.limit("mcs.voltage"), unit="V", message=request)
        check("EVMaximumChargeCurrent", amps or 0.0, limit=truck.limit("mcs.current"), unit="A", message=request)
        check("EVMaximumChargePower", watts or 0.0, limit=truck.limit("mcs.power"), unit="W", message=request)
        check("power by voltage times current", watts or 0.0, at_most=(volts or 0.0) * (amps or 0.0), unit="W", message=request)
        declared_w = 1000.0 * float(truck.pixit("max_power_kw"))
        apart_pct = 100 * abs((watts or 0.0) - declared_w) / declared_w
        check("power against the declared one", apart_pct, limit=truck.limit("mcs.declared"), unit="%", message=request, note=f"{watts} W")
        small = truck.limit("mcs.small_power")
        check("power of the MCS class", watts or 0.0, limit=small, unit="W", severity="warning", message=request)


@case(
    "HV-MCS-04",
    title="Exponents of rational numbers",
    purpose="The vehicle understands 3.75 MW whether it is written as 375 x 10^4 or as 3750 x 10^3: it asks for the same current.",
    refs=["ISO15118-20:?/rational-number"],
    basis="project",
    confidence="medium",
    pics="E.MCS",
    editions=["iso15118-20"],
    faults=["exponents_not_read", "leaves_at_exponent_4"],
    needs=["energise"],
    duration_s=60,
)
def test_exponents(bench, truck, step, check, charger, session):
    found = []
    with step(1, "Tell 3.75 MW as 375 x 10^4, bring the vehicle to charging", expect="the charge loop runs"):
        found.append(charge_with_exponent(bench, truck, charger, session, 4))
    with step(2, "In a session of its own tell 3.75 MW as 3750 x 10^3", expect="the charge loop runs, with the same current asked for"):
        session.completes()
        session.fresh()
        found.append(charge_with_exponent(bench, truck, charger, session, 3))
        low_a, high_a = sorted(found)
        apart_pct = 100 * (high_a - low_a) / max(high_a, 1.0)
        check(
            "difference of the currents", apart_pct, limit=truck.limit("mcs.same_current"), unit="%", note=f"{low_a:g} A and {high_a:g} A"
        )
        check("current asked for", low_a, limit=truck.limit("mcs.least_current"), unit="A")
    with step(3, "Ask the vehicle to stop", expect="a regular end"):
        session.completes()


def station_exponent(message):
    """Exponent of the power in DC_ChargeParameterDiscoveryRes, as it was on the wire."""
    _, content, _ = content_of(codec("iso20_dc").decode(message.data).document)
    for name, body in content.items():
        if name.endswith("EnergyTransferMode") and isinstance(body, dict) and isinstance(power := body.get("EVSEMaximumChargePower"), dict):
            return power.get("Exponent")
    return None


def charge_with_exponent(bench, truck, charger, session, exponent):
    """Bring the vehicle to charging with the station's power written so; the current that it asks for."""
    told = rational(float(truck.limit("mcs.station_power").value), exponent=exponent)
    mode = "BPT_" if truck.pics("E.BPT") else ""
    charger.change(CPD, {f"{mode}DC_CPDResEnergyTransferMode.EVSEMaximumChargePower": told})
    since_ns = bench.now_ns
    session.plug_in()
    session.discovery(since=since_ns)
    asked = session.request(CPD, since=since_ns)
    answer = session.answer(asked, name="DC_ChargeParameterDiscoveryRes")
    written = station_exponent(answer)
    if written != exponent:
        raise Inconclusive(Reason.PRECONDITION, f"the tester wrote its power with the exponent {written}, the step needs {exponent}")
    bench.expect(request_of(LOOP[truck.edition]), within=truck.limit("approach.request"), after=asked)
    bench.run_for(2 * truck.limit("stimulus.charge").nominal_ns)
    return target_current(bench.last(request_of(LOOP[truck.edition]))) or 0.0


@case(
    "HV-MCS-05",
    title="Another connector",
    purpose="Where MCS is offered for another connector only (7, marine) the vehicle does not select it and leaves (SAFE-STOP).",
    refs=["ISO15118-20:?/mcs-connector", "ISO15118:?/safe-stop"],
    basis="derived",
    confidence="medium",
    pics="E.MCS",
    editions=["iso15118-20"],
    faults=["takes_any_parameter_set", "keeps_tcp_open.ServiceDetail"],
    duration_s=30,
)
def test_another_connector(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to ServiceDetail, answer with Connector 7", expect="no ServiceSelectionReq, SAFE-STOP"):
        volts = int(truck.limit("stimulus.nominal_voltage").value)
        sets = [
            ParameterSet(one.number, {**one.values, CONNECTOR: int(McsConnector.MARINE)})
            for one in default_sets(own_service(truck), (ControlMode.SCHEDULED, ControlMode.DYNAMIC), volts=volts)
        ]
        order = {"ServiceParameterList": set_content(sets)}
        request = session.good_up_to(DETAIL, lambda: charger.change(DETAIL, order))
        answer = session.answer(request, name="ServiceDetailRes")
        only("connectors", offered(answer, CONNECTOR), [McsConnector.MARINE] * len(sets))
        session.safe_stop(answer, exchange=DETAIL)


@case(
    "HV-MCS-06",
    title="Limit lowered in the charge loop",
    purpose="When the station lowers its current limit (cooling fault) the vehicle goes on; whether its target follows is recorded.",
    refs=["V2G20-2188"],
    basis="derived",
    confidence="medium",
    pics="E.MCS",
    editions=["iso15118-20"],
    faults=["leaves_when_limits_fall", "stops_when_limits_fall"],
    needs=["energise"],
    duration_s=30,
)
def test_limit_lowered(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging", expect="the charge loop runs"):
        before = session.charging()
    with step(2, "Lower the current limit of the station to 500 A", expect="the charge loop goes on"):
        lowered_ns = bench.now_ns
        limit_a = float(truck.limit("stimulus.lowered_current").value)
        charger.limits(max_current_a=limit_a)
        bench.run_for(truck.limit("stimulus.charge").nominal_ns)
        stops = bench.messages("PowerDeliveryReq", since=lowered_ns) + bench.messages("SessionStopReq", since=lowered_ns)
        check("requests that end charging", len(stops), equals=0, message=stops[0] if stops else None)
        loops = bench.messages(request_of(LOOP[truck.edition]), since=lowered_ns)
        if told_current(bench.last(response_of(LOOP[truck.edition]))) != limit_a:
            raise Inconclusive(Reason.PRECONDITION, f"the tester did not tell a limit of {limit_a:g} A")
        check("DC_ChargeLoopReq after it", len(loops), at_least=2, message=loops[-1] if loops else None)
        asked = target_current(loops[-1]) if loops else None
        earlier = target_current(before) or 0.0
        told = f"{earlier:g} A before"
        check(
            "current asked for", asked or 0.0, at_most=limit_a, unit="A", severity="info", note=told, message=loops[-1] if loops else None
        )
    with step(3, "Ask the vehicle to stop", expect="a regular end"):
        session.completes()


@case(
    "HV-MCS-07",
    title="Bodies of the bidirectional MCS service",
    purpose="A vehicle that selects MCS_BPT uses the BPT bodies in DC_ChargeParameterDiscovery and DC_ChargeLoop.",
    refs=["ISO15118-20:?/mcs-bpt"],
    basis="quoted",
    confidence="medium",
    pics="E.MCS AND E.BPT",
    editions=["iso15118-20"],
    faults=["plain_body_in_parameters", "plain_body_in_charge_loop"],
    needs=["energise"],
    duration_s=30,
)
def test_bidirectional_bodies(bench, truck, step, check, charger, session):
    with step(
        1, "Offer service 9 only, bring the vehicle to DC_ChargeParameterDiscovery", expect="service 9 selected, BPT body in the request"
    ):
        charger.services(Service.MCS_BPT)
        request = session.good_up_to(CPD)
        only("services", services(bench.last("ServiceDiscoveryRes")), [Service.MCS_BPT])
        selection = bench.last("ServiceSelectionReq")
        check("selected service", selected_service(selection) if selection is not None else None, equals=9, message=selection)
        check(f"BPT body in {request.name}", has_bpt_body(request), equals=True, message=request)
    with step(2, "Let the vehicle charge", expect="BPT body in DC_ChargeLoopReq"):
        loop = session.request(LOOP[truck.edition], since=request)
        check(f"BPT body in {loop.name}", has_bpt_body(loop), equals=True, message=loop)
        bench.run_for(truck.limit("stimulus.charge").nominal_ns)
    with step(3, "Ask the vehicle to stop", expect="a regular end"):
        session.completes()
