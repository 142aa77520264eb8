"""What a station may ask for in the charge loop: parameters, schedule or services anew, a confirmed reading, standby (reference 9.6)."""

from harness.case import case
from harness.core import Inconclusive, Reason
from harness.protocols.iso15118.station import Schedule

from ..words import is_start, request_of, response_of
from .course import next_request, requests_between

LOOP = "DC_ChargeLoop"
TARGET = ("Scheduled_DC_CLReqControlMode.EVTargetCurrent", "BPT_Scheduled_DC_CLReqControlMode.EVTargetCurrent")


def progress(word):
    """What tells a PowerDeliveryReq with that ChargeProgress."""
    return lambda message: message.text("ChargeProgress") == word


def goes_on(bench, truck, charger, session, since):
    """Take back what the station asked for, and check that the vehicle charges again and ends regularly."""
    charger.revert()
    charger.speak(truck.edition)
    bench.expect(request_of(session.loop), within=truck.limit("approach.request"), after=since)
    bench.run_for(truck.limit("stimulus.charge").nominal_ns)
    session.completes()


@case(
    "HV-END-09",
    title="Renegotiation by the station",
    purpose="Asked for ReNegotiation the vehicle sends PowerDelivery(Renegotiate), then ChargeParameterDiscovery, and charges on.",
    refs=["V2G2-841"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS AND E.RENEG",
    editions=["iso15118-2"],
    faults=["renegotiation_ignored", "renegotiation_as_stop", "renegotiation_without_parameters"],
    needs=["energise"],
    duration_s=60,
)
def test_renegotiation(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging, notify ReNegotiation", expect="PowerDeliveryReq with ChargeProgress Renegotiate"):
        session.charging()
        asked_ns = session.notify("ReNegotiation")
        power = bench.expect(
            "PowerDeliveryReq", within=truck.limit("end.reaction"), after=asked_ns, where=progress("Renegotiate"), what="Renegotiate"
        )
        answer = session.answer(power, name="PowerDeliveryRes")
    with step(2, "Answer PowerDeliveryReq", expect="ChargeParameterDiscoveryReq is the next request"):
        following = next_request(bench, answer, truck.limit("approach.request"))
        name = "none" if following is None else following.name
        check("next request", name, equals="ChargeParameterDiscoveryReq", message=following)
    with step(3, "Ask for nothing more", expect="charging goes on until a regular end"):
        goes_on(bench, truck, charger, session, answer)


@case(
    "HV-END-10",
    title="Schedule and service renegotiation",
    purpose="Asked for it the vehicle agrees on a schedule anew, or on a service by SessionStop(ServiceRenegotiation), and charges on.",
    refs=["V2G20-1477", "V2G20-1956"],
    basis="quoted",
    confidence="medium",
    pics="(E.CCS OR E.MCS) AND E.RENEG",
    editions=["iso15118-20"],
    faults=[
        "schedule_renegotiation_ignored",
        "schedule_renegotiation_as_stop",
        "renegotiation_without_parameters",
        "service_renegotiation_ignored",
        "service_renegotiation_as_terminate",
        "service_renegotiation_without_discovery",
    ],
    needs=["energise"],
    duration_s=120,
)
def test_schedule_and_service_renegotiation(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to charging, notify ScheduleRenegotiation", expect="a new ScheduleExchangeReq, no end of the session"):
        session.charging()
        asked_ns = session.notify("ScheduleRenegotiation")
        exchange = bench.expect("ScheduleExchangeReq", within=truck.limit("end.reaction"), after=asked_ns)
        ends = bench.messages("SessionStopReq", since=asked_ns)
        check("SessionStopReq before it", len(ends), equals=0, message=ends[0] if ends else None)
    with step(2, "Ask for nothing more", expect="charging goes on"):
        charger.revert()
        charger.speak(truck.edition)
        bench.expect(request_of(LOOP), within=truck.limit("approach.request"), after=exchange)
        bench.run_for(truck.limit("stimulus.charge").nominal_ns)
    with step(
        3, "Notify ServiceRenegotiation", expect="SessionStopReq with ServiceRenegotiation, then ServiceDiscoveryReq on the same connection"
    ):
        asked_ns = session.notify("ServiceRenegotiation")
        stop = bench.expect("SessionStopReq", within=truck.limit("approach.end"), after=asked_ns)
        check("ChargingSession", stop.text("ChargingSession"), equals="ServiceRenegotiation", message=stop)
        answer = session.answer(stop, name="SessionStopRes")
        following = next_request(bench, answer, truck.limit("approach.request"))
        name = "none" if following is None else following.name
        check("next request on the connection", name, equals="ServiceDiscoveryReq", message=following)
        check("SessionID", "" if following is None else (following.session_id or b"").hex(), equals=(stop.session_id or b"").hex())
    with step(4, "Ask for nothing more", expect="charging again, then a regular end"):
        goes_on(bench, truck, charger, session, answer)


@case(
    "HV-END-11",
    title="MeteringConfirmation requested",
    purpose="Asked for it the vehicle confirms a meter reading within 2 s if declared so; it charges on in any case.",
    refs=["ISO15118-20:?/metering-confirmation"],
    basis="derived",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["iso15118-20"],
    faults=["metering_confirmation_missing", "stops_on_metering_confirmation", "metering_confirmation_of_another_reading"],
    needs=["energise"],
    duration_s=60,
)
def test_metering_confirmation(bench, truck, step, check, charger, session):
    declared = truck.pics("E.METER")
    with step(
        1,
        "Bring the vehicle to charging, notify MeteringConfirmation with a reading",
        expect="as declared: MeteringConfirmationReq within 2 s, or none",
    ):
        session.charging()
        asked_ns = session.notify("MeteringConfirmation")
        within = truck.limit("end.metering")
        bench.run_for(truck.limit("stimulus.charge").nominal_ns)
        told = [message for message in bench.messages("DC_ChargeLoopRes", since=asked_ns) if message.text("EVSEStatus.EVSENotification")]
        if declared:
            confirmed = bench.messages("MeteringConfirmationReq", since=asked_ns)
            if not confirmed:
                confirmed = [bench.expect("MeteringConfirmationReq", within=within, after=told[0])]
            readings = [one.shown("MeterInfo.ChargedEnergyReadingWh") for one in told if one.frame < confirmed[0].frame]
            seen = confirmed[0].shown("SignedMeteringData.MeterInfo.ChargedEnergyReadingWh")
            check("confirmed reading", seen, equals=readings[-1] if readings else "none", message=confirmed[0])
        else:
            came = bench.messages("MeteringConfirmationReq", since=asked_ns)
            check("MeteringConfirmationReq", len(came), equals=0, message=came[0] if came else None, note="declared: none")
    with step(2, "Ask for nothing more", expect="charging goes on until a regular end"):
        ends = bench.messages("SessionStopReq", since=asked_ns)
        check("SessionStopReq", len(ends), equals=0, message=ends[0] if ends else None)
        goes_on(bench, truck, charger, session, bench.now_ns)


def target(message):
    """Current that a loop request asks for in scheduled mode."""
    return next((value for name in TARGET if (value := message.quantity(name)) is not None), None)


def without_power(truck, charger):
    """A schedule that grants nothing at first; its power afterwards."""
    power_w = float(truck.limit("stimulus.schedule_power").value)
    charger.schedules(Schedule(1, ((0, 0.0), (int(truck.limit("stimulus.zero_power").value), power_w))))


def bring_to_standby(bench, truck, charger, session):
    """PowerDeliveryReq by which the vehicle stands by, with what came before it."""
    without_power(truck, charger)
    since_ns = bench.now_ns
    session.plug_in()
    start = session.request("PowerDelivery_start", since=since_ns)
    offers = bench.messages("ScheduleExchangeRes", since=since_ns)
    begins = ".ChargingSchedule.PowerSchedule.PowerScheduleEntries.PowerScheduleEntry[1].Power"
    granted = [value for path, value in offers[-1].values.items() if path.endswith(begins)] if offers else []
    if granted != [0.0]:
        raise Inconclusive(Reason.PRECONDITION, f"the tester's schedules begin with {granted} W, not with one of 0 W; {start.name} came")
    found = bench.messages("PowerDeliveryReq", since=since_ns, where=progress("Standby"))
    within = truck.limit("end.reaction")
    return (
        found[0] if found else bench.expect("PowerDeliveryReq", within=within, where=progress("Standby"), what="PowerDeliveryReq(Standby)")
    )


@case(
    "HV-END-12",
    title="Standby",
    purpose="A vehicle that stands by asks for no current until it starts again; where standby is refused it goes on without.",
    refs=["ISO15118-20:?/standby"],
    basis="derived",
    confidence="medium",
    pics="(E.CCS OR E.MCS) AND E.STANDBY AND E.SCHEDULED",
    editions=["iso15118-20"],
    faults=["demands_in_standby", "no_start_after_standby", "insists_on_standby", "leaves_when_standby_is_refused"],
    needs=["energise"],
    duration_s=150,
)
def test_standby(bench, truck, step, check, charger, session):
    with step(1, "Offer a schedule that grants no power at first", expect="PowerDeliveryReq with Standby in the charge loop"):
        standby = bring_to_standby(bench, truck, charger, session)
        session.answer(standby, name=response_of("PowerDelivery_start"), where=lambda message: message.text("ResponseCode") == "OK")
    with step(2, "Allow it", expect="no demand until PowerDeliveryReq with Start, which comes when the schedule grants power"):
        bench.run_for(truck.limit("stimulus.zero_power").nominal_ns)
        starts = bench.messages("PowerDeliveryReq", since=standby, where=is_start)
        idle = requests_between(bench, request_of(LOOP), standby, starts[0] if starts else None)
        asked = [value for message in idle if (value := target(message)) is not None]
        check(
            "current asked for in standby",
            max(asked, default=0.0),
            limit=truck.limit("standby.current"),
            unit="A",
            message=standby,
            note=f"{len(asked)} requests",
        )
        start = bench.expect("PowerDeliveryReq", within=truck.limit("approach.request"), after=standby, where=is_start, what="Start")
        loop = bench.expect(request_of(LOOP), within=truck.limit("approach.request"), after=start)
        bench.run_for(truck.limit("stimulus.charge").nominal_ns)
        last = bench.last(request_of(LOOP))
        check("current asked for after it", target(last) or 0.0, limit=truck.limit("standby.after"), unit="A", message=last or loop)
        session.completes()
    with step(
        3,
        "In a session of its own answer WARNING_StandbyNotAllowed",
        expect="the vehicle goes on in the charge loop and does not ask again",
    ):
        session.fresh()
        charger.code("PowerDelivery_standby", "WARNING_StandbyNotAllowed")
        standby = bring_to_standby(bench, truck, charger, session)
        session.answer(standby, name="PowerDeliveryRes", where=lambda message: message.text("ResponseCode").startswith("WARNING"))
        bench.run_for(truck.limit("stimulus.charge").nominal_ns)
        again = bench.messages("PowerDeliveryReq", since=standby, where=progress("Standby"))
        check("PowerDeliveryReq with Standby again", len(again), equals=0, message=again[0] if again else None)
        loops = bench.messages(request_of(LOOP), since=standby)
        check(f"{request_of(LOOP)} after it", len(loops), at_least=1, message=standby)
        session.completes()
