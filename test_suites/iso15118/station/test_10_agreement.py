"""SupportedAppProtocol at the station (reference catalogue 9.10)."""

from harness.case import case
from harness.protocols.iso15118.sap import Offer

from ..words import DIN, ISO_2
from .session import offer_of

REQUEST, RESPONSE = "supportedAppProtocolReq", "supportedAppProtocolRes"


@case(
    "HV-SECC-SAP2",
    title="Unknown namespace in SupportedAppProtocol",
    purpose="A station that speaks none of the offered protocols answers Failed_NoNegotiation and ends the connection.",
    refs=["ISO15118:?/station-agreement"],
    basis="quoted",
    confidence="medium",
    pics="S.CCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["accepts_unknown_protocol", "keeps_tcp_open_without_protocol"],
    duration_s=20,
    sut="charger",
)
def test_unknown_namespace(bench, truck, step, check, vehicle, session):
    with step(1, "Offer a protocol that nobody speaks", expect="the offer is on the link"):
        known = offer_of(truck.edition)
        unknown = Offer(f"{known.namespace}:unknown", known.major, known.minor, 1, 1)
        vehicle.offer(unknown)
        request = session.run_to("SupportedAppProtocol", REQUEST)
        session.offered(request, unknown)
    with step(2, "Stay silent", expect="Failed_NoNegotiation, TCP connection ended by the station"):
        session.refused(request, "Failed_NoNegotiation")


@case(
    "HV-SECC-PRIO",
    title="Priority of the offers",
    purpose="Of the protocols that it speaks the station chooses the one that the vehicle ranked highest, wherever it stands.",
    refs=["V2G2-169"],
    basis="quoted",
    confidence="medium",
    pics="S.CCS",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["takes_first_offer", "takes_last_offer", "takes_din_before_all@iso15118-2"],
    duration_s=30,
    sut="charger",
)
def test_priority(bench, truck, step, check, vehicle, session):
    own, other = truck.edition, ISO_2 if truck.edition == DIN else DIN
    speaks_other = truck.pics("S.DIN") if other == DIN else truck.pics("S.I2")

    def chosen(*offers):
        """SchemaID of the station's answer to *offers*."""
        vehicle.offer(*offers)
        request = session.run_to("SupportedAppProtocol", REQUEST)
        session.offered(request, *offers)
        answer = session.answer(request)
        return (answer.quantity("SchemaID") if answer and answer.name == RESPONSE else None), answer

    with step(1, "Offer the protocol first with priority 1, another one behind it with priority 2", expect="SchemaID of the first"):
        schema_id, answer = chosen(offer_of(own, 1, 11), offer_of(other, 2, 12))
        check("SchemaID", schema_id, equals=11, message=answer)
    with step(2, "Offer the same with priority 1, but behind the other one", expect="the same SchemaID"):
        session.fresh()
        schema_id, answer = chosen(offer_of(other, 2, 12), offer_of(own, 1, 11))
        check("SchemaID", schema_id, equals=11, message=answer)
    with step(3, "Reverse the priorities", expect="SchemaID of the best common offer"):
        session.fresh()
        schema_id, answer = chosen(offer_of(own, 2, 11), offer_of(other, 1, 12))
        check("SchemaID", schema_id, equals=12 if speaks_other else 11, message=answer)
