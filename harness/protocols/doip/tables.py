"""Numbers of ISO 13400: ports, versions, payload types with their layouts, codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

__all__ = [
    "ANY_VERSION",
    "LAYOUTS",
    "PORT",
    "TLS_PORT",
    "VERSIONS",
    "Activation",
    "DiagnosticNack",
    "Field",
    "HeaderNack",
    "Layout",
    "PayloadType",
]

PORT, TLS_PORT = 13_400, 3_496
"""UDP and TCP; TCP protected by TLS (version 3)."""
VERSIONS = (1, 2, 3)
ANY_VERSION = 0xFF
"""Of requests for the identification by a tester that does not know the entity yet."""


class PayloadType(IntEnum):
    """What a message is."""

    HEADER_NACK = 0x0000
    IDENTIFICATION_REQ = 0x0001
    IDENTIFICATION_REQ_EID = 0x0002
    IDENTIFICATION_REQ_VIN = 0x0003
    ANNOUNCEMENT = 0x0004
    ACTIVATION_REQ = 0x0005
    ACTIVATION_RES = 0x0006
    ALIVE_REQ = 0x0007
    ALIVE_RES = 0x0008
    STATUS_REQ = 0x4001
    STATUS_RES = 0x4002
    POWER_MODE_REQ = 0x4003
    POWER_MODE_RES = 0x4004
    DIAGNOSTIC = 0x8001
    DIAGNOSTIC_ACK = 0x8002
    DIAGNOSTIC_NACK = 0x8003


class HeaderNack(IntEnum):
    """Why a message was not taken by its header."""

    INCORRECT_PATTERN = 0x00
    UNKNOWN_TYPE = 0x01
    TOO_LARGE = 0x02
    OUT_OF_MEMORY = 0x03
    INVALID_LENGTH = 0x04


class Activation(IntEnum):
    """Answers to a request for routing activation."""

    UNKNOWN_SOURCE = 0x00
    NO_SOCKET = 0x01
    OTHER_SOURCE = 0x02
    """The socket is activated for another address."""
    SOURCE_ACTIVE = 0x03
    """The address is active on another socket."""
    NO_AUTHENTICATION = 0x04
    NOT_CONFIRMED = 0x05
    UNKNOWN_TYPE = 0x06
    NEEDS_TLS = 0x07
    SUCCESS = 0x10
    CONFIRMATION_REQUIRED = 0x11


class DiagnosticNack(IntEnum):
    """Why a diagnostic message was not passed on."""

    INVALID_SOURCE = 0x02
    UNKNOWN_TARGET = 0x03
    TOO_LARGE = 0x04
    OUT_OF_MEMORY = 0x05
    UNREACHABLE = 0x06
    UNKNOWN_NETWORK = 0x07
    TRANSPORT_ERROR = 0x08


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a payload, most significant byte first."""

    name: str
    size: int
    """Bytes; 0: all that are left."""
    is_number: bool = True


@dataclass(frozen=True, slots=True)
class Layout:
    """Fields of one payload type."""

    name: str
    """As messages are called in a trace."""
    fields: tuple[Field, ...] = ()
    optional: tuple[Field, ...] = ()
    """Each may be left out together with those behind it."""

    @property
    def lengths(self) -> tuple[range, ...]:
        """Lengths that a payload can have."""
        at_least = sum(field.size for field in self.fields)
        if any(not field.size for field in (*self.fields, *self.optional)):
            return (range(at_least + self._least_rest, 1 << 32),)
        lengths = [at_least]
        for field in self.optional:
            lengths.append(lengths[-1] + field.size)
        return tuple(range(length, length + 1) for length in lengths)

    @property
    def _least_rest(self) -> int:
        # What is to be passed on has at least a byte; the copy of it in an answer may be left out.
        return 1 if self.fields and not self.fields[-1].size else 0

    def fits(self, length: int) -> bool:
        """Whether a payload may be so long."""
        return any(length in allowed for allowed in self.lengths)


def _raw(name: str, size: int = 0) -> Field:
    return Field(name, size, is_number=False)


_WAY = (Field("source", 2), Field("target", 2))
_VIN, _EID = _raw("vin", 17), _raw("eid", 6)
_OEM = (_raw("oem", 4),)

LAYOUTS: Mapping[PayloadType, Layout] = {
    PayloadType.HEADER_NACK: Layout("HeaderNack", (Field("code", 1),)),
    PayloadType.IDENTIFICATION_REQ: Layout("IdentificationReq"),
    PayloadType.IDENTIFICATION_REQ_EID: Layout("IdentificationReqEID", (_EID,)),
    PayloadType.IDENTIFICATION_REQ_VIN: Layout("IdentificationReqVIN", (_VIN,)),
    PayloadType.ANNOUNCEMENT: Layout(
        "Announcement", (_VIN, Field("address", 2), _EID, _raw("gid", 6), Field("further_action", 1)), (Field("synchronisation", 1),)
    ),
    PayloadType.ACTIVATION_REQ: Layout("RoutingActivationReq", (Field("source", 2), Field("activation", 1), _raw("reserved", 4)), _OEM),
    PayloadType.ACTIVATION_RES: Layout(
        "RoutingActivationRes", (Field("target", 2), Field("source", 2), Field("code", 1), _raw("reserved", 4)), _OEM
    ),
    PayloadType.ALIVE_REQ: Layout("AliveCheckReq"),
    PayloadType.ALIVE_RES: Layout("AliveCheckRes", (Field("source", 2),)),
    PayloadType.STATUS_REQ: Layout("EntityStatusReq"),
    PayloadType.STATUS_RES: Layout(
        "EntityStatusRes", (Field("node_type", 1), Field("max_sockets", 1), Field("open_sockets", 1)), (Field("max_size", 4),)
    ),
    PayloadType.POWER_MODE_REQ: Layout("PowerModeReq"),
    PayloadType.POWER_MODE_RES: Layout("PowerModeRes", (Field("mode", 1),)),
    PayloadType.DIAGNOSTIC: Layout("DiagnosticMessage", (*_WAY, _raw("data"))),
    PayloadType.DIAGNOSTIC_ACK: Layout("DiagnosticAck", (*_WAY, Field("code", 1)), (_raw("previous"),)),
    PayloadType.DIAGNOSTIC_NACK: Layout("DiagnosticNack", (*_WAY, Field("code", 1)), (_raw("previous"),)),
}
