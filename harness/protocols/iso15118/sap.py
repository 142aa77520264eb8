"""SupportedAppProtocol: which of the protocols that the vehicle offers the two sides speak.

The vehicle ranks what it offers (priority 1 is the highest); the station takes, of those that it speaks too, the one ranked highest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from harness.core.errors import RemoteProtocolError
from harness.protocols.iso15118.exi import Document, codec

__all__ = [
    "DIN_SPEC_70121",
    "ISO_15118_2",
    "ISO_15118_20_AC",
    "ISO_15118_20_DC",
    "PROTOCOLS",
    "Answer",
    "Offer",
    "Protocol",
    "ResponseCode",
    "choose",
    "encode_request",
    "encode_response",
    "read_request",
    "read_response",
]


class ResponseCode(Enum):
    """The station's answer, as it is spelled in the message."""

    OK = "OK_SuccessfulNegotiation"
    MINOR_DEVIATION = "OK_SuccessfulNegotiationWithMinorDeviation"
    FAILED = "Failed_NoNegotiation"


@dataclass(frozen=True, slots=True)
class Protocol:
    """A protocol that can be agreed on."""

    namespace: str
    major: int
    minor: int
    schemas: tuple[str, ...]
    """Schema sets of its messages (names of ``harness.protocols.iso15118.exi.SCHEMAS``)."""


DIN_SPEC_70121 = Protocol("urn:din:70121:2012:MsgDef", 2, 0, ("din",))
ISO_15118_2 = Protocol("urn:iso:15118:2:2013:MsgDef", 2, 0, ("iso2",))
ISO_15118_20_DC = Protocol("urn:iso:std:iso:15118:-20:DC", 1, 0, ("iso20_common", "iso20_dc"))
ISO_15118_20_AC = Protocol("urn:iso:std:iso:15118:-20:AC", 1, 0, ("iso20_common", "iso20_ac"))
PROTOCOLS = (DIN_SPEC_70121, ISO_15118_2, ISO_15118_20_DC, ISO_15118_20_AC)


@dataclass(frozen=True, slots=True)
class Offer:
    """An entry of the vehicle's request."""

    namespace: str
    major: int
    minor: int
    schema_id: int
    priority: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The station's response."""

    code: ResponseCode
    schema_id: int | None


def choose(offers: Iterable[Offer], supported: Iterable[Protocol]) -> tuple[Answer, Protocol | None]:
    """What the station answers to *offers* if it speaks *supported*, and the protocol agreed on.

    An offer is understood if namespace and major version are equal; another minor version is accepted and said.
    """
    known = {(protocol.namespace, protocol.major): protocol for protocol in supported}
    for offer in sorted(offers, key=lambda offer: offer.priority):
        protocol = known.get((offer.namespace, offer.major))
        if protocol is not None:
            code = ResponseCode.OK if offer.minor == protocol.minor else ResponseCode.MINOR_DEVIATION
            return Answer(code, offer.schema_id), protocol
    return Answer(ResponseCode.FAILED, None), None


def encode_request(offers: Sequence[Offer], *, allow_invalid: bool = False) -> bytes:
    """EXI stream of the vehicle's request.

    Raises:
        ExiEncodeError: no entry, more than twenty, or a number out of its range.
    """
    entries = [
        {
            "ProtocolNamespace": offer.namespace,
            "VersionNumberMajor": offer.major,
            "VersionNumberMinor": offer.minor,
            "SchemaID": offer.schema_id,
            "Priority": offer.priority,
        }
        for offer in offers
    ]
    return codec("sap").encode({"supportedAppProtocolReq": {"AppProtocol": entries}}, allow_invalid=allow_invalid)


def encode_response(answer: Answer, *, allow_invalid: bool = False) -> bytes:
    """EXI stream of the station's response.

    Raises:
        ExiEncodeError: a number out of its range.
    """
    content: dict[str, object] = {"ResponseCode": answer.code.value}
    if answer.schema_id is not None:
        content["SchemaID"] = answer.schema_id
    return codec("sap").encode({"supportedAppProtocolRes": content}, allow_invalid=allow_invalid)


def read_request(document: Document) -> list[Offer]:
    """The entries of a decoded request, in the order sent.

    Raises:
        RemoteProtocolError: it is another message.
    """
    match document:
        case {"supportedAppProtocolReq": {"AppProtocol": [*entries]}}:
            return [_offer(entry) for entry in entries]
    raise _unexpected("supportedAppProtocolReq", document)


def _offer(entry: object) -> Offer:
    match entry:
        case {
            "ProtocolNamespace": str(namespace),
            "VersionNumberMajor": int(major),
            "VersionNumberMinor": int(minor),
            "SchemaID": int(schema_id),
            "Priority": int(priority),
        }:
            return Offer(namespace, major, minor, schema_id, priority)
    raise RemoteProtocolError(f"entry of supportedAppProtocolReq is not readable: {entry}", entry)


def read_response(document: Document) -> Answer:
    """A decoded response.

    Raises:
        RemoteProtocolError: it is another message, or its code is none of the three.
    """
    match document:
        case {"supportedAppProtocolRes": {"ResponseCode": str(code), **rest}}:
            schema_id = rest.get("SchemaID")
            return Answer(_code(code, document), schema_id if isinstance(schema_id, int) else None)
    raise _unexpected("supportedAppProtocolRes", document)


def _code(word: str, document: Document) -> ResponseCode:
    try:
        return ResponseCode(word)
    except ValueError:
        words = ", ".join(code.value for code in ResponseCode)
        raise RemoteProtocolError(f"ResponseCode '{word}' is none of {words}", document) from None


def _unexpected(wanted: str, document: Document) -> RemoteProtocolError:
    return RemoteProtocolError(f"expected {wanted}, found {', '.join(document)}: {document}", document)
