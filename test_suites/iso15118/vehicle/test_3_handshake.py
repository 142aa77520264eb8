"""Agreement on a protocol (reference catalogue 9.3)."""

from harness.case import case
from harness.core import Inconclusive, Reason

from ..words import DIN, ISO_2, ISO_20, request_of, response_of
from .raw import frames_of_vehicle

NAMESPACES = {
    "urn:din:70121:2012:MsgDef": DIN,
    "urn:iso:15118:2:2013:MsgDef": ISO_2,
    "urn:iso:std:iso:15118:-20:DC": ISO_20,
}
DECLARED = {DIN: "E.DIN", ISO_2: "E.I2", ISO_20: "E.I20"}
PAYLOAD_TYPES = {DIN: {"8001"}, ISO_2: {"8001"}, ISO_20: {"8002", "8004"}}
AGREED_WITH_DEVIATION = "OK_SuccessfulNegotiationWithMinorDeviation"


def offers_of(request):
    """Namespace, schema id and priority of each entry of supportedAppProtocolReq."""
    paths = [path.removesuffix(".ProtocolNamespace") for path in request.values if path.endswith(".ProtocolNamespace")]
    return [tuple(request.values.get(f"{path}.{name}") for name in ("ProtocolNamespace", "SchemaID", "Priority")) for path in paths]


def listed(values):
    return ", ".join(map(str, values))


@case(
    "HV-SAP-01",
    title="Content of supportedAppProtocolReq",
    purpose="The vehicle offers one to twenty protocols with schema ids of their own and priorities of their own from 1.",
    refs=["V2G2-167"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["offers_with_equal_schema_ids", "offers_with_equal_priorities", "offers_with_priorities_from_2"],
    duration_s=5,
)
def test_content_of_the_offer(bench, truck, step, check, charger, session):
    with step(1, "Bring the vehicle to supportedAppProtocolReq", expect="1 to 20 entries; schema ids unique; priorities unique, from 1 on"):
        request = session.good_up_to("SupportedAppProtocol", lambda: charger.withhold("SupportedAppProtocol"))
        offers = offers_of(request)
        schemas, priorities = [schema for _, schema, _ in offers], sorted(priority for _, _, priority in offers)
        check("entries", len(offers), limit=truck.limit("sap.entries"), message=request)
        check("schema ids", "unique" if len(set(schemas)) == len(schemas) else listed(schemas), equals="unique", message=request)
        check("priorities", listed(priorities), equals=listed(range(1, len(offers) + 1)), message=request)
        known = [space for space, _, _ in offers if NAMESPACES.get(space) == truck.edition]
        check(f"offers of {truck.edition}", len(known), equals=1, message=request)


@case(
    "HV-SAP-02",
    title="Station chooses an entry of lower priority",
    purpose="The vehicle speaks exactly the protocol that the station chose, also if it ranked another one higher.",
    refs=["V2G2-169"],
    basis="derived",
    confidence="medium",
    pics="E.DIN AND E.I2 OR E.DIN AND E.I20 OR E.I2 AND E.I20",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["speaks_its_first_protocol@din70121", "requests_with_payload_type_of_its_own"],
    needs=["energise"],
    duration_s=30,
)
def test_lower_priority(bench, truck, step, check, charger, session):
    with step(1, "Choose the protocol of this run and charge", expect="the next requests are those of the chosen protocol"):
        first = session.good_up_to("SupportedAppProtocol")
        offers = sorted(offers_of(first), key=lambda offer: offer[2])
        ranked = [NAMESPACES.get(space, space) for space, _, _ in offers]
        others = [name for name in ranked if name in DECLARED and name != truck.edition and truck.pics(DECLARED[name])]
        if ranked and ranked[0] == truck.edition and not others:
            raise Inconclusive(Reason.PRECONDITION, "the vehicle offers nothing of lower priority that it is declared to speak")
        answer = session.answer(first, name="supportedAppProtocolRes", where=lambda one: one.text("ResponseCode").startswith("OK"))
        chosen = {schema: NAMESPACES.get(space, space) for space, schema, _ in offers}.get(answer["SchemaID"])
        if chosen != truck.edition:
            raise Inconclusive(Reason.PRECONDITION, f"the tester chose '{chosen}', this run needs {truck.edition}")
        setup = bench.expect("SessionSetupReq", within=truck.limit("approach.own_next"), after=answer)
        spoken = setup.edition.name if setup.edition is not None else "none"
        check("protocol", spoken, equals=truck.edition, message=setup, note=f"ranked {ranked.index(truck.edition) + 1} of {len(ranked)}")
    with step(2, "Look at the frames up to the charge loop", expect="only payload types of the chosen protocol"):
        bench.expect(request_of(session.loop), within=truck.limit("approach.request"), after=setup)
        used = {frame.payload_type for frame in frames_of_vehicle(bench, since=answer)}
        foreign = sorted(used - PAYLOAD_TYPES[truck.edition])
        check("foreign payload types", listed(foreign) or "none", equals="none", message=setup, note=f"used: {listed(sorted(used))}")


@case(
    "HV-SAP-03",
    title="Schema id that was not offered",
    purpose="When the station chooses a schema id that the vehicle did not offer, the vehicle leaves (SAFE-STOP).",
    refs=["ISO15118:?/sap-choice", "ISO15118:?/safe-stop"],
    basis="derived",
    confidence="medium",
    pics="(E.CCS OR E.MCS) AND E.INVALID",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["takes_any_schema_id", "keeps_tcp_open.SupportedAppProtocol"],
    duration_s=15,
)
def test_unknown_schema_id(bench, truck, step, check, charger, session):
    with step(1, "Answer supportedAppProtocolReq with OK_SuccessfulNegotiation and schema id 99", expect="SAFE-STOP"):
        unknown = int(truck.limit("stimulus.unknown_schema").value)
        request = session.good_up_to("SupportedAppProtocol", lambda: charger.change("SupportedAppProtocol", {"SchemaID": unknown}))
        if any(schema == unknown for _, schema, _ in offers_of(request)):
            raise Inconclusive(Reason.PRECONDITION, f"the vehicle offers schema id {unknown} itself")
        answer = session.answer(request, name="supportedAppProtocolRes", where=lambda one: one["SchemaID"] == unknown, what=f"id {unknown}")
        session.safe_stop(answer, exchange="SupportedAppProtocol")


@case(
    "HV-SAP-04",
    title="Minor deviation",
    purpose="When the station agrees with a minor deviation of the version, the session goes on.",
    refs=["ISO15118:?/sap-choice"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["refuses_minor_deviation"],
    needs=["energise"],
    duration_s=30,
)
def test_minor_deviation(bench, truck, step, check, charger, session):
    with step(1, "Answer supportedAppProtocolReq with OK_SuccessfulNegotiationWithMinorDeviation", expect="SessionSetupReq, then charging"):
        exchange = "SupportedAppProtocol"
        request = session.good_up_to(exchange, lambda: charger.code(exchange, AGREED_WITH_DEVIATION))
        answer = session.answer(
            request, name=response_of(exchange), where=lambda one: one["ResponseCode"] == AGREED_WITH_DEVIATION, what="minor deviation"
        )
        bench.expect("SessionSetupReq", within=truck.limit("approach.own_next"), after=answer)
        bench.expect(request_of(session.loop), within=truck.limit("approach.request"), after=answer)


@case(
    "HV-SAP-05",
    title="No agreement",
    purpose="When the station understands none of the offers the vehicle closes the connection and stays in state B.",
    refs=["ISO15118:?/sap-choice", "ISO15118:?/safe-stop"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS OR E.MCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["accepts_failed.SupportedAppProtocol", "keeps_tcp_open.SupportedAppProtocol", "state_c_without_agreement"],
    duration_s=15,
)
def test_no_agreement(bench, truck, step, check, charger, session):
    with step(
        1,
        "Answer supportedAppProtocolReq with Failed_NoNegotiation without schema id",
        expect="TCP connection closed, state B all the time",
    ):
        exchange = "SupportedAppProtocol"
        request = session.good_up_to(exchange, lambda: charger.code(exchange, "Failed_NoNegotiation"))
        answer = session.answer(
            request,
            name=response_of(exchange),
            where=lambda one: one["ResponseCode"] == "Failed_NoNegotiation" and "SchemaID" not in one.values,
            what="no agreement",
        )
        session.safe_stop(answer, exchange=exchange)
        session.stays_in_b(since=bench.last("SECCDiscoveryReq").t_ns)


@case(
    "HV-SAP-06",
    title="ISO 15118-20 only with TLS",
    purpose="On a connection without TLS the vehicle does not offer ISO 15118-20.",
    refs=["V2G20-1237"],
    basis="quoted",
    confidence="medium",
    pics="(E.CCS OR E.MCS) AND NOT E.LAB20",
    editions=["iso15118-20"],
    faults=["offers_iso_20_without_tls"],
    duration_s=35,
)
def test_no_iso_20_without_tls(bench, truck, step, check, charger, session):
    with step(1, "Answer the discovery with a port without TLS", expect="no connection, or offers without a namespace of ISO 15118-20"):
        port = charger.options.port
        charger.sdp_answer(security=0x10, port=port)
        since_ns = bench.now_ns
        session.plug_in()
        session.discovery(since=since_ns)
        bench.run_for(truck.limit("setup.vehicle").upper_ns)
        bench.given("SECCDiscoveryRes", since=since_ns, where=lambda one: one["Security"] == 0x10, what="answer without TLS")
        asked = bench.messages("supportedAppProtocolReq", since=since_ns)
        protected = [request for request in asked if request.security]
        if protected:
            raise Inconclusive(Reason.PRECONDITION, f"the connection uses {protected[0].security}")
        spaces = [space for request in asked for space, _, _ in offers_of(request)]
        wrong = [space for space in spaces if ":-20:" in str(space)]
        told = listed(wrong) or "none"
        check("offers of ISO 15118-20", told, equals="none", message=asked[0] if asked else None, note=f"{len(spaces)} offers")
