"""Routing activation, alive checks, inactivity and protection of connections (reference catalogue DOIP)."""

from harness.case import case
from harness.core import Inconclusive, Reason
from harness.protocols.doip.codec import DoipMessage
from harness.protocols.doip.tables import PayloadType

from .gateway import MAIN, READ_VIN, SUCCESS

ACTIVATED = "DoIP.RoutingActivationRes"
NO_SUCH_TYPE = 0x7F
NO_SOCKET, OTHER_SOURCE, UNKNOWN_TYPE, NEEDS_TLS = 0x01, 0x02, 0x06, 0x07


def activation(gateway, truck, name, source, kind=0):
    """Ask for routing activation and expect the answer."""
    since_ns = gateway.view.now_ns
    gateway.ask_activation(name, source, kind)
    request = gateway.own(since_ns, lambda seen: seen.name == "DoIP.RoutingActivationReq")
    return gateway.answered(ACTIVATED, to=request, limit=truck.limit("doip.control"), what="answer to the activation")


@case(
    "DOIP-003",
    title="Routing activation",
    purpose="Default activation succeeds; an unknown type, a second address on a connection and one connection too many are refused.",
    refs=["ISO13400-2:?/activation"],
    basis="quoted",
    confidence="medium",
    pics="N.DOIP",
    faults=["activation_untold", "activates_any_type", "changes_source_of_socket", "activates_more_than_told", "refuses_every_activation"],
    pixit=["doip_testers"],
    duration_s=15,
)
def test_routing_activation(truck, step, check, gateway):
    with step(1, "Ask for the default activation", expect="Code 10"):
        gateway.found()
        gateway.connect()
        answer = activation(gateway, truck, MAIN, gateway.testers[0])
        check("code", answer["code"], equals=SUCCESS, message=answer)
    with step(2, "Ask for an unknown type on another connection", expect="Code 06"):
        gateway.connect("second")
        answer = activation(gateway, truck, "second", gateway.testers[1], NO_SUCH_TYPE)
        check("code", answer["code"], equals=UNKNOWN_TYPE, message=answer)
        gateway.client.close("second")
    with step(3, "Ask for another address on the first connection", expect="Code 02"):
        answer = activation(gateway, truck, MAIN, gateway.testers[1])
        check("code", answer["code"], equals=OTHER_SOURCE, message=answer)
        gateway.client.close()
    with step(4, "Activate all connections and ask for one more", expect="Code 01"):
        status = gateway.asked(DoipMessage(PayloadType.STATUS_REQ))
        most = gateway.answered("DoIP.EntityStatusRes", to=status, limit=truck.limit("doip.control"))["max_sockets"]
        if not most < min(len(gateway.testers), truck.limit("doip.most_sockets").value + 1):
            raise Inconclusive(Reason.PRECONDITION, f"{most} connections, but {len(gateway.testers)} addresses of testers are declared")
        for number in range(most):
            gateway.connect(f"{number}")
            gateway.activate(f"{number}", tester=number)
        gateway.connect("last")
        answer = activation(gateway, truck, "last", gateway.testers[most])
        check("code", answer["code"], equals=NO_SOCKET, message=answer)


@case(
    "DOIP-008",
    title="Alive check",
    purpose="A tester that does not answer the alive check loses its connection after 500 ms, and another one gets its address.",
    refs=["ISO13400-2:?/sockets"],
    basis="quoted",
    confidence="medium",
    pics="N.DOIP",
    faults=["alive_check_ignored", "alive_check_after_2s", "shares_source_address"],
    pixit=["doip_testers"],
    duration_s=12,
)
def test_alive_check(bench, truck, step, check, gateway):
    with step(1, "Ask for the activated address on a second connection", expect="Alive check on the first"):
        first = gateway.activated()
        gateway.client.answer_alive_checks(False)
        gateway.connect("second")
        since_ns = bench.now_ns
        gateway.ask_activation("second", gateway.testers[0])
        request = gateway.own(since_ns, lambda seen: seen.name == "DoIP.RoutingActivationReq")
        control = truck.limit("doip.control")
        alive = gateway.view.expect("DoIP.AliveCheckReq", within=control, after=request, where=gateway.is_on(MAIN), what="alive check")
    with step(2, "Leave it unanswered", expect="First connection ended after 500 ms, second one activated"):
        limit = truck.limit("doip.alive")
        gateway.view.expect("TCP.Closed", within=limit, after=alive, where=gateway.is_on(MAIN), what="end of the first connection")
        answer = gateway.answered(ACTIVATED, to=request, limit=control, what="answer to the activation")
        check("code", answer["code"], equals=SUCCESS, message=answer)
        check("connections compared", "two" if answer["towards"] != first["towards"] else "one", equals="two", message=answer)


@case(
    "DOIP-009",
    title="Initial inactivity",
    purpose="A connection on which nothing comes is closed after 2 s.",
    refs=["ISO13400-2:?/sockets"],
    basis="quoted",
    confidence="medium",
    pics="N.DOIP",
    faults=["initial_inactivity_10s", "initial_inactivity_500ms"],
    duration_s=10,
)
def test_initial_inactivity(truck, step, gateway):
    with step(1, "Open a connection and stay silent", expect="Closed after 2 s"):
        gateway.found()
        opened = gateway.connect()
        limit = truck.limit("doip.initial")
        gateway.view.expect("TCP.Closed", within=limit, after=opened, where=gateway.is_on(MAIN), what="end of the connection")


@case(
    "DOIP-010",
    title="General inactivity",
    purpose="An activated connection on which nothing comes is closed after 300 s.",
    refs=["ISO13400-2:?/sockets"],
    basis="quoted",
    confidence="medium",
    pics="N.DOIP",
    faults=["general_inactivity_60s", "general_inactivity_400s"],
    pixit=["doip_testers"],
    duration_s=370,
)
def test_general_inactivity(truck, step, gateway):
    with step(1, "Activate routing and stay silent", expect="Closed after 300 s"):
        answer = gateway.activated()
        limit = truck.limit("doip.general")
        gateway.view.expect("TCP.Closed", within=limit, after=answer, where=gateway.is_on(MAIN), what="end of the connection")


@case(
    "DOIP-019",
    title="Protected connections only",
    purpose="An entity that demands protection activates no routing without it, and serves diagnostics over TLS.",
    refs=["ISO13400-2:?/tls"],
    basis="derived",
    confidence="medium",
    pics="N.DOIP AND N.DOIP_TLS",
    faults=["serves_plain_connections", "answers_lost_over_ip"],
    pixit=["doip_testers", "doip_target"],
    duration_s=15,
)
def test_unprotected_diagnostics_are_refused(bench, truck, step, check, gateway):
    with step(1, "Ask for activation and diagnostics without protection", expect="No activation, no answer of the unit"):
        gateway.found()
        since_ns = bench.now_ns
        gateway.client.connect("plain")
        gateway.ask_activation("plain", gateway.testers[0])
        gateway.client.send([gateway.diagnostic(READ_VIN)], "plain")
        bench.run_for(truck.limit("doip.control").upper_ns)
        codes = [seen["code"] for seen in gateway.view.messages(ACTIVATED, since=since_ns, where=gateway.is_entity)]
        check("activation without protection", "given" if SUCCESS in codes else "none", equals="none")
        answers = gateway.view.messages("ReadDataByIdentifier.Res", since=since_ns, where=gateway.is_entity)
        check("answer of the unit", "seen" if answers else "none", equals="none", message=answers[0] if answers else None)
    with step(2, "Ask again over TLS", expect="Activated, and the unit answers"):
        gateway.connect()
        gateway.activate()
        request = gateway.sent(gateway.diagnostic(READ_VIN))
        gateway.answered("ReadDataByIdentifier.Res", to=request, limit=truck.limit("doip.answer"), what="answer of the unit")
