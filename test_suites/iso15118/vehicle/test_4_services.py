"""Services and authorization: what the station offers, and how long it is busy (reference 9.4)."""

from harness.case import case
from harness.core import Inconclusive, Reason

from ..words import AUTHORIZATION, ISO_20, PARAMETERS, SELECTION, request_of, response_of

AC_MODE, AC_SERVICE = "AC_three_phase_core", 1
OTHER_SERVICE, UNKNOWN_SERVICE = 7, 62002
VAS = {"ServiceID": UNKNOWN_SERVICE, "ServiceName": "unknown", "ServiceCategory": "OtherCustom", "FreeService": True}
SERVICE_DISCOVERY = "ServiceDiscovery"
WAITING = "Ongoing_WaitingForCustomerInteraction"


def offered_modes(message):
    """Energy transfer modes or services that ServiceDiscoveryRes offers."""
    paths = (
        "ChargeService.SupportedEnergyTransferMode.EnergyTransferMode",
        "ChargeService.EnergyTransferType",
        "EnergyTransferServiceList",
    )
    return [value for path, value in message.values.items() if path.startswith(paths) and not path.endswith("FreeService")]


def is_ongoing(message):
    """A response of a station that is busy."""
    return message.values.get("EVSEProcessing") == "Ongoing"


def is_finished(message):
    """A response of a station that is done."""
    return message.values.get("EVSEProcessing") == "Finished"


@case(
    "HV-SVC-01",
    title="Service list without DC",
    purpose="When the station offers no energy transfer that the inlet can use the vehicle leaves without selecting one (SAFE-STOP).",
    refs=["ISO15118:?/service-list", "ISO15118:?/safe-stop"],
    basis="derived",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["selects_what_is_not_offered", "keeps_tcp_open.ServiceDiscovery"],
    duration_s=30,
)
def test_no_dc_in_the_service_list(bench, truck, step, check, charger, session):
    with step(
        1,
        "Bring the vehicle to ServiceDiscoveryReq, answer with alternating current only",
        expect="SAFE-STOP: no further request, nothing selected, TCP connection closed by it",
    ):
        request = session.good_up_to(SERVICE_DISCOVERY, lambda: charger.services(AC_SERVICE, modes=[AC_MODE]))
        only_ac = [AC_SERVICE] if truck.edition == ISO_20 else [AC_MODE]
        answer = session.answer(
            request,
            name=response_of(SERVICE_DISCOVERY),
            where=lambda message: offered_modes(message) == only_ac,
            what="an offer of AC only",
        )
        session.safe_stop(answer, exchange=SERVICE_DISCOVERY)


@case(
    "HV-SVC-02",
    title="Another id of the charge service",
    purpose="The vehicle selects the charge service by the id that the station gave it, whatever number that is.",
    refs=["ISO15118:?/service-id"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["iso15118-2"],
    faults=["selects_service_1", "leaves_at_another_service_id"],
    duration_s=30,
)
def test_service_id_is_echoed(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to ServiceDiscoveryReq, offer the charge service with id 7", expect="the selection names service 7"):
        order = {"ChargeService.ServiceID": OTHER_SERVICE}
        request = session.good_up_to(SERVICE_DISCOVERY, lambda: charger.change(SERVICE_DISCOVERY, order))
        told = session.answer(
            request,
            name=response_of(SERVICE_DISCOVERY),
            where=lambda message: message.values.get("ChargeService.ServiceID") == OTHER_SERVICE,
            what="charge service 7",
        )
        selection = session.next_of(SELECTION[truck.edition], after=told, within=truck.limit("approach.request"))
        chosen = selection.quantity("SelectedServiceList.SelectedService[1].ServiceID")
        check("selected ServiceID", chosen, equals=OTHER_SERVICE, message=selection)
    with step(2, "Go on", expect="AuthorizationReq"):
        session.next_of("Authorization", after=selection, within=truck.limit("approach.request"))


@case(
    "HV-SVC-03",
    title="Unknown value-added service",
    purpose="A value-added service that the vehicle does not know keeps it from nothing: it asks for details or not, and goes on.",
    refs=["ISO15118:?/unknown-service"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["iso15118-2", "iso15118-20"],
    faults=["leaves_at_unknown_service", "asks_for_a_service_that_is_not_offered", "selects_unknown_service"],
    duration_s=30,
)
def test_unknown_service_is_no_obstacle(bench, truck, step, check, charger, session):
    exchange = PARAMETERS[truck.edition]
    with step(1, "Bring the vehicle to ServiceDiscoveryReq, offer value-added service 62002 too", expect="the vehicle asks for parameters"):
        request = session.good_up_to(SERVICE_DISCOVERY, lambda: charger.services(added=[VAS]))
        told = session.answer(
            request,
            name=response_of(SERVICE_DISCOVERY),
            where=lambda message: UNKNOWN_SERVICE in message.values.values(),
            what="an offer of service 62002",
        )
        parameters = session.next_of(exchange, after=told, within=truck.limit("approach.request"))
    with step(2, "Look at what it asked for and selected", expect="details of offered services only; service 62002 not selected"):
        offered = {value for path, value in told.values.items() if path.endswith("ServiceID")}
        details = bench.messages("ServiceDetailReq", since=told)
        foreign = [message for message in details if message.values.get("ServiceID") not in offered]
        check("details of services not offered", len(foreign), equals=0, message=foreign[0] if foreign else None)
        selections = bench.messages(request_of(SELECTION[truck.edition]), since=told)
        check("selections", len(selections), at_least=1, message=parameters)
        chosen = [value for message in selections for path, value in message.values.items() if path.endswith("ServiceID")]
        check("unknown service selected", str(UNKNOWN_SERVICE in chosen), equals="False", message=selections[-1] if selections else None)


@case(
    "HV-SVC-04",
    title="FAILED_ServiceIDInvalid in ServiceDetailRes",
    purpose="When the station refuses the details of a service as unknown the vehicle leaves (SAFE-STOP).",
    refs=["V2G2-425", "ISO15118:?/safe-stop"],
    basis="quoted",
    confidence="medium",
    pics="(E.CCS OR E.MCS) AND E.VAS",
    editions=["iso15118-2"],
    faults=["accepts_failed.ServiceDetail", "keeps_tcp_open.ServiceDetail"],
    duration_s=30,
)
def test_details_refused(bench, truck, step, check, charger, session):
    with step(
        1,
        "Offer value-added service 62002, answer ServiceDetailReq with FAILED_ServiceIDInvalid",
        expect="SAFE-STOP: no further request, TCP connection closed by it",
    ):
        charger.services(added=[VAS])
        request = session.good_up_to("ServiceDetail", lambda: charger.code("ServiceDetail", "FAILED_ServiceIDInvalid"))
        code = "FAILED_ServiceIDInvalid"
        answer = session.answer(request, where=lambda message: message.text("ResponseCode") == code, what=code)
        session.safe_stop(answer, exchange="ServiceDetail")


def selection_refused(truck, charger, session, code):
    """One session that ends with a refusal of the selection."""
    exchange = SELECTION[truck.edition]
    request = session.good_up_to(exchange, lambda: charger.code(exchange, code))
    answer = session.answer(request, where=lambda message: message.text("ResponseCode") == code, what=code)
    session.safe_stop(answer, exchange=exchange)


@case(
    "HV-SVC-05",
    title="Selection refused",
    purpose="When the station refuses the selected service or the selected payment the vehicle leaves (SAFE-STOP).",
    refs=["ISO15118:?/refusal", "ISO15118:?/safe-stop"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2"],
    faults=[
        "accepts_failed.ServicePaymentSelection",
        "accepts_failed.PaymentServiceSelection@iso15118-2",
        "accepts_invalid_payment",
        "keeps_tcp_open.ServicePaymentSelection",
    ],
    duration_s=60,
)
def test_selection_refused(bench, truck, step, check, charger, session):
    with step(
        1, "Answer the selection with FAILED_ServiceSelectionInvalid", expect="SAFE-STOP: no further request, TCP connection closed by it"
    ):
        selection_refused(truck, charger, session, "FAILED_ServiceSelectionInvalid")
    with step(2, "In a new session answer it with FAILED_PaymentSelectionInvalid", expect="SAFE-STOP again"):
        session.fresh()
        selection_refused(truck, charger, session, "FAILED_PaymentSelectionInvalid")


@case(
    "HV-AUT-01",
    title="Authorization Ongoing, then Finished",
    purpose="While the station says Ongoing the vehicle repeats its request for authorization; after Finished it goes on.",
    refs=["ISO15118:?/ongoing"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["gives_up_after_ten_ongoing", "repeats_authorization_late", "goes_on_without_authorization"],
    duration_s=60,
)
def test_authorization_takes_a_while(bench, truck, step, check, check_time, charger, session):
    exchange = AUTHORIZATION[truck.edition]
    with step(1, "Answer the first requests for authorization with Ongoing", expect="the vehicle repeats its request, each time in time"):
        rounds = int(truck.limit("stimulus.ongoing").value)
        first = session.good_up_to(exchange, lambda: charger.ongoing_times(exchange, rounds))
        previous = first
        for _ in range(rounds):
            answer = session.answer(previous, name=response_of(exchange), where=is_ongoing, what="Ongoing")
            previous = session.next_of(exchange, after=answer, within=truck.limit("ongoing.repeat"))
    with step(2, "Answer with Finished", expect="the next request of another kind"):
        answer = session.answer(previous, name=response_of(exchange), where=is_finished, what="Finished")
        following = SERVICE_DISCOVERY if truck.edition == ISO_20 else PARAMETERS[truck.edition]
        request = session.next_of(following, after=answer, within=truck.limit("ongoing.repeat"))
        early = [message for message in bench.messages(request_of(following), since=first) if message.t_ns < answer.t_ns]
        check("requests before Finished", len(early), equals=0, message=request)


@case(
    "HV-AUT-02",
    title="Authorization Ongoing for ever",
    purpose="A vehicle that is told Ongoing in authorization waits for about 60 s, then it leaves (SAFE-STOP).",
    refs=["ISO15118:?/ongoing", "ISO15118:?/safe-stop"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["waits_for_ever_while_ongoing", "gives_up_after_ten_ongoing", "keeps_tcp_open.ContractAuthentication"],
    duration_s=120,
)
def test_authorization_never_finished(bench, truck, step, check, charger, session):
    exchange = AUTHORIZATION[truck.edition]
    with step(1, "Answer the first request for authorization with Ongoing", expect="the request"):
        request = session.good_up_to(exchange, lambda: charger.ongoing(exchange))
        answer = session.answer(request, name=response_of(exchange), where=is_ongoing, what="Ongoing")
    with step(2, "Go on so", expect="the vehicle repeats its request for 55 s to 65 s, then SAFE-STOP"):
        margin_ns = truck.limit("tolerance.ongoing").upper_ns
        window = session.window_of(exchange, early_ns=margin_ns, late_ns=margin_ns)
        session.gives_up(request, exchange, window, begins=(answer.t_ns, answer.t_ns))


@case(
    "HV-AUT-03",
    title="Station waits for its customer",
    purpose="While the station says that it waits for its customer the vehicle keeps waiting, or leaves, as declared.",
    refs=["ISO15118:?/customer"],
    basis="derived",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["iso15118-2"],
    faults=["gives_up_on_the_customer", "goes_on_without_the_customer"],
    duration_s=180,
)
def test_station_waits_for_its_customer(bench, truck, step, check, charger, session):
    with step(
        1,
        "Answer AuthorizationReq with Ongoing_WaitingForCustomerInteraction for longer than the vehicle waits while Ongoing",
        expect="the vehicle waits or leaves, as declared",
    ):
        request = session.good_up_to("Authorization", lambda: charger.change("Authorization", {"EVSEProcessing": WAITING}))
        session.answer(request, where=lambda message: message.text("EVSEProcessing") == WAITING, what="the word of the wait for a customer")
        watched_ns = truck.limit("stimulus.customer").nominal_ns
        bench.run_for(max(0, request.t_ns + watched_ns - bench.now_ns))
        session.none_of("ChargeParameterDiscovery", since=request)
        recent = bench.messages("AuthorizationReq", since=bench.now_ns - truck.limit("ongoing.pause").upper_ns)
        check("what the vehicle does", "waits" if recent else "leaves", equals="waits" if truck.pics("E.CUSTOMER") else "leaves")
    with step(2, "Tell Finished", expect="a vehicle that waits goes on with ChargeParameterDiscoveryReq; one that left stays away"):
        charger.revert()
        charger.speak(truck.edition)
        if not recent:
            session.none_of("ChargeParameterDiscovery", since=request)
            return
        last = bench.last("AuthorizationReq")
        if last is None:
            raise Inconclusive(Reason.PRECONDITION, "no AuthorizationReq was seen")
        session.next_of("ChargeParameterDiscovery", after=last, within=truck.limit("ongoing.repeat"))
