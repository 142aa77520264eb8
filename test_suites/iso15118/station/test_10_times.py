"""Times of the station: responses, silence of the vehicle, a setup that does not come about (reference catalogue 9.10)."""

from harness.case import case
from harness.core import Inconclusive, Reason
from harness.protocols.iso15118.message import V2gMessage

from ..words import LOOP, PARAMETERS, request_of
from .session import is_begin, is_knock


@case(
    "HV-SECC-PERF",
    title="Response times",
    purpose="In a whole session every response of the station leaves within its performance time.",
    refs=["ISO15118:?/station-performance"],
    basis="derived",
    confidence="medium",
    pics="S.CCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=[
        "slow.SupportedAppProtocol",
        "slow.SessionSetup",
        "slow.ChargeParameterDiscovery@iso15118-2",
        "slow.CableCheck@iso15118-2",
        "slow.CurrentDemand@iso15118-2",
        "slow.DC_CableCheck@iso15118-20",
        "slow.DC_ChargeLoop@iso15118-20",
        "slow.ContractAuthentication@din70121",
        "slow.SessionStop",
    ],
    needs=["energise"],
    duration_s=40,
    sut="charger",
)
def test_response_times(bench, truck, step, check, check_time, vehicle, session):
    with step(1, "Run a whole session, end it from the vehicle after a while", expect="SessionStopRes at its end"):
        session.plug_in()
        bench.reach(request_of(LOOP[truck.edition]), within=truck.limit("approach.request"))
        bench.run_for(truck.limit("stimulus.charge").nominal_ns)
        vehicle.stop()
        bench.reach("SessionStopRes", within=truck.limit("approach.end"))
    with step(2, "Measure from each request to its response", expect="every response within the performance time of its exchange"):
        for name, (elapsed_ns, response) in longest_responses(bench).items():
            limit = truck.limit(f"performance.{name}")
            check_time(f"{response.name} after its request", elapsed_ns, limit, message=response)


def longest_responses(bench):
    """The longest time from a request to its response, by the name of the exchange, with the response."""
    found: dict[str, tuple[int, V2gMessage | None]] = {}
    request: V2gMessage | None = None
    for message in bench.all_messages():
        if not isinstance(message, V2gMessage) or not message.connection:
            continue
        if message.is_request:
            request = message
        elif request is not None and message.is_response and message.base == request.base:
            elapsed_ns = message.t_ns - request.t_ns
            if elapsed_ns > found.get(message.base, (-1, None))[0]:
                found[message.base] = (elapsed_ns, message)
            request = None
    return found


@case(
    "HV-SECC-SEQTO",
    title="Sequence timeout",
    purpose="When nothing follows a response the station ends the connection after the sequence timeout, not before and not later.",
    refs=["V2G2-443"],
    basis="quoted",
    confidence="medium",
    pics="S.CCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["sequence_timeout_70s", "sequence_timeout_40s"],
    duration_s=160,
    sut="charger",
)
def test_sequence_timeout(bench, truck, step, check, vehicle, session):
    with step(1, "Fall silent after SessionSetupRes", expect="TCP connection ended by the station after the sequence timeout"):
        silent_after(bench, truck, vehicle, session, "SessionSetup")
    with step(2, "In a new session, fall silent after the response to the parameters", expect="the same"):
        session.fresh()
        silent_after(bench, truck, vehicle, session, PARAMETERS[truck.edition])


def silent_after(bench, truck, vehicle, session, exchange):
    """Let the truck fall silent after the response to *exchange*, and check the end of the connection."""
    session.plug_in()
    response = bench.reach(f"{exchange}Res", within=truck.limit("approach.request"))
    vehicle.silence()
    session.closed(response, key="station.sequence")


def linked(bench, truck, vehicle, session):
    """Plug in and look for the station once, without a session; when the data link came up, and the station's answer."""
    vehicle.withhold("SECCDiscovery")
    linked_ns = session.plug_in()
    vehicle.look()
    return linked_ns, bench.reach("SECCDiscoveryRes", within=truck.limit("approach.own"))


@case(
    "HV-SECC-SAP5",
    title="TCP after the setup timeout",
    purpose="A station with which no session came about takes no TCP connection any more after its setup timeout.",
    refs=["ISO15118:?/station-setup"],
    basis="quoted",
    confidence="medium",
    pics="S.CCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["tcp_for_ever", "setup_timeout_30s"],
    duration_s=40,
    sut="charger",
)
def test_tcp_after_setup_timeout(bench, truck, step, check, vehicle, session):
    with step(1, "Plug in, look for the station, but ask for no connection", expect="the station answers the discovery"):
        linked_ns, answer = linked(bench, truck, vehicle, session)
    with step(2, "Ask for a connection after the setup timeout", expect="none is established"):
        late_ns = linked_ns + truck.limit("stimulus.setup_over").nominal_ns
        bench.run_for(max(0, late_ns - bench.now_ns))
        bench.withheld("supportedAppProtocolReq", since=0)
        vehicle.knock(answer.text("SECCAddress"), int(answer.quantity("SECCPort")))
        begun = bench.wait_record(is_begin, since=late_ns - 1, until_ns=bench.now_ns + truck.limit("stimulus.sdp_watch").nominal_ns)
        if not bench.records(since=late_ns - 1, where=is_knock):
            raise Inconclusive(Reason.PRECONDITION, "the tester's truck asked for no connection")
        check("connection established", "yes" if begun else "no", equals="no", note=f"asked at t = {late_ns / 1e9:.3f} s")


@case(
    "HV-SECC-SDP4",
    title="Discovery after the setup timeout",
    purpose="A station with which no session came about does not answer the discovery any more after its setup timeout.",
    refs=["ISO15118:?/station-setup"],
    basis="quoted",
    confidence="medium",
    pics="S.CCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["discovery_for_ever", "setup_timeout_30s"],
    duration_s=40,
    sut="charger",
)
def test_discovery_after_setup_timeout(bench, truck, step, check, vehicle, session):
    with step(1, "Plug in, look for the station once, ask for no connection", expect="the station answers"):
        linked_ns, _ = linked(bench, truck, vehicle, session)
    with step(2, "Look for the station after the setup timeout", expect="no answer"):
        late_ns = linked_ns + truck.limit("stimulus.setup_over").nominal_ns
        bench.run_for(max(0, late_ns - bench.now_ns))
        bench.withheld("supportedAppProtocolReq", since=0)
        asked_ns = bench.now_ns
        vehicle.look()
        bench.absent("SECCDiscoveryRes", during=truck.limit("stimulus.sdp_watch").nominal_ns, since=asked_ns)
        bench.given("SECCDiscoveryReq", since=asked_ns - 1)
