"""Control modes and schedules of ISO 15118-20 (reference 9.4, the rows of -20)."""

from harness.case import case
from harness.protocols.iso15118.services import CONTROL_MODE, ControlMode, ParameterSet, set_content
from harness.protocols.iso15118.station.iso20.content import default_sets

from ..words import LOOP, response_of
from .services20 import bodies, offered, only, own_service, selected_set

UNKNOWN_MODE = 9


def offer_modes(truck, charger, *modes):
    """Offer the service that the vehicle takes in these control modes only."""
    sets = default_sets(own_service(truck), modes, volts=int(truck.limit("stimulus.nominal_voltage").value))
    charger.change("ServiceDetail", {"ServiceParameterList": set_content(sets)})


def only_mode(bench, mode):
    """Make sure that the station offered that control mode only, with the details of the service."""
    detail = bench.last("ServiceDetailRes")
    only("control modes", [] if detail is None else offered(detail, CONTROL_MODE), [int(mode)])


def check_bodies(bench, truck, check, session, first, mode):
    """Check the control mode of the requests from ScheduleExchangeReq to the charge loop; its PowerDeliveryReq."""
    check(f"control mode of {first.name}", bodies(first), equals=mode, message=first)
    power = session.request("PowerDelivery_start", since=first)
    check(f"control mode of {power.name}", bodies(power), equals=mode, message=power)
    loop = session.request(LOOP[truck.edition], since=power)
    check(f"control mode of {loop.name}", bodies(loop), equals=mode, message=loop)
    bench.run_for(truck.limit("stimulus.charge").nominal_ns)
    return power


@case(
    "HV-SCH-04",
    title="Dynamic mode",
    purpose="Where dynamic mode only is offered, the bodies of ScheduleExchange, PowerDelivery and ChargeLoop are those of that mode.",
    refs=["ISO15118-20:?/control-mode"],
    basis="quoted",
    confidence="medium",
    pics="(E.CCS OR E.MCS) AND E.DYNAMIC",
    editions=["iso15118-20"],
    faults=["scheduled_body_in_schedule_exchange", "scheduled_body_in_power_delivery", "scheduled_body_in_charge_loop"],
    needs=["energise"],
    duration_s=30,
)
def test_dynamic_mode(bench, truck, step, check, charger, session):
    with step(1, "Offer dynamic mode only, bring the vehicle to ScheduleExchange", expect="the vehicle selects the parameter set"):
        offer_modes(truck, charger, ControlMode.DYNAMIC)
        request = session.good_up_to("ScheduleExchange")
        only_mode(bench, ControlMode.DYNAMIC)
        selection = bench.last("ServiceSelectionReq")
        check("selected parameter set", selected_set(selection) if selection is not None else None, equals=1, message=selection)
    with step(2, "Let the vehicle charge", expect="Dynamic bodies in ScheduleExchangeReq, PowerDeliveryReq and DC_ChargeLoopReq"):
        check_bodies(bench, truck, check, session, request, "Dynamic")
        session.completes()


@case(
    "HV-SCH-05",
    title="Scheduled mode",
    purpose="Where scheduled mode only is offered, the bodies are those of that mode and the power profile follows an offered schedule.",
    refs=["ISO15118-20:?/control-mode", "ISO15118-20:?/power-profile"],
    basis="derived",
    confidence="medium",
    pics="(E.CCS OR E.MCS) AND E.SCHEDULED",
    editions=["iso15118-20"],
    faults=[
        "dynamic_body_in_schedule_exchange",
        "dynamic_body_in_power_delivery",
        "dynamic_body_in_charge_loop",
        "schedule_that_was_not_offered",
    ],
    needs=["energise"],
    duration_s=30,
)
def test_scheduled_mode(bench, truck, step, check, charger, session):
    with step(1, "Offer scheduled mode only, bring the vehicle to ScheduleExchange", expect="the vehicle selects the parameter set"):
        offer_modes(truck, charger, ControlMode.SCHEDULED)
        request = session.good_up_to("ScheduleExchange")
        only_mode(bench, ControlMode.SCHEDULED)
        selection = bench.last("ServiceSelectionReq")
        check("selected parameter set", selected_set(selection) if selection is not None else None, equals=1, message=selection)
    with step(2, "Let the vehicle charge", expect="Scheduled bodies; EVPowerProfile refers to a ScheduleTupleID that was offered"):
        power = check_bodies(bench, truck, check, session, request, "Scheduled")
        offer = bench.last("ScheduleExchangeRes")
        known = [value for path, value in offer.values.items() if path.endswith("ScheduleTupleID")] if offer is not None else []
        chosen = power.values.get("EVPowerProfile.Scheduled_EVPPTControlMode.SelectedScheduleTupleID")
        check("schedule of the power profile", chosen in known, equals=True, message=power, note=f"{chosen}, offered {known}")
        session.completes()


@case(
    "HV-SCH-06",
    title="ScheduleExchange Ongoing for ever",
    purpose="While the station answers Ongoing the vehicle asks again; after its patience of 60 s it leaves (SAFE-STOP).",
    refs=["V2G20-1582", "ISO15118:?/safe-stop"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["iso15118-20"],
    faults=["waits_for_ever_for_a_schedule", "gives_up_a_schedule_early", "keeps_tcp_open.ScheduleExchange"],
    duration_s=120,
)
def test_schedule_exchange_ongoing(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to ScheduleExchange, answer Ongoing from then on", expect="ScheduleExchangeReq"):
        first = session.good_up_to("ScheduleExchange", lambda: charger.ongoing("ScheduleExchange"))
        answer = session.answer(
            first, name=response_of("ScheduleExchange"), where=lambda message: message.text("EVSEProcessing") == "Ongoing", what="Ongoing"
        )
    with step(2, "Go on so", expect="the vehicle repeats its request for 55 s to 65 s, then SAFE-STOP"):
        margin_ns = truck.limit("tolerance.ongoing").upper_ns
        window = session.window_of("ScheduleExchange", early_ns=margin_ns, late_ns=margin_ns)
        session.gives_up(first, "ScheduleExchange", window, begins=(answer.t_ns, answer.t_ns))


@case(
    "HV-SCH-07",
    title="No usable parameter set",
    purpose="Where ServiceDetail holds no parameter set with a known control mode the vehicle selects none and leaves (SAFE-STOP).",
    refs=["V2G20-464", "ISO15118:?/safe-stop"],
    basis="derived",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["iso15118-20"],
    faults=["takes_any_parameter_set", "keeps_tcp_open.ServiceDetail"],
    duration_s=30,
)
def test_no_usable_parameter_set(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to ServiceDetail, answer with an unknown control mode", expect="no ServiceSelectionReq, SAFE-STOP"):
        sets = [
            ParameterSet(one.number, {**one.values, CONTROL_MODE: UNKNOWN_MODE})
            for one in default_sets(own_service(truck), (ControlMode.SCHEDULED,), volts=int(truck.limit("stimulus.nominal_voltage").value))
        ]
        order = {"ServiceParameterList": set_content(sets)}
        request = session.good_up_to("ServiceDetail", lambda: charger.change("ServiceDetail", order))
        answer = session.answer(request, name="ServiceDetailRes")
        only("control modes", offered(answer, CONTROL_MODE), [UNKNOWN_MODE])
        session.safe_stop(answer, exchange="ServiceDetail")


@case(
    "HV-PRE-05",
    title="EVProcessing in pre-charging",
    purpose="The last DC_PreChargeReq before PowerDeliveryReq says EVProcessing Finished.",
    refs=["V2G20-2005", "V2G20-2006"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["iso15118-20"],
    faults=["pre_charge_never_finished", "power_delivery_after_ongoing"],
    needs=["energise"],
    duration_s=30,
)
def test_processing_in_pre_charge(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle through pre-charging", expect="the last DC_PreChargeReq says Finished, then PowerDeliveryReq"):
        power = session.good_up_to("PowerDelivery_start")
        asked = [message for message in bench.messages("DC_PreChargeReq") if message.frame < power.frame]
        check("DC_PreChargeReq count", len(asked), at_least=1, message=power)
        if asked:
            check("EVProcessing of the last one", asked[-1].text("EVProcessing"), equals="Finished", message=asked[-1])
    with step(2, "Ask the vehicle to stop once it charges", expect="a regular end"):
        session.request(LOOP[truck.edition], since=power)
        session.completes()
