"""Services, negative response codes and identification DIDs of UDS as data (section 4 of the reference)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

__all__ = ["DIDS", "NEGATIVE", "POSITIVE_OFFSET", "SERVICES", "SUPPRESS", "UNTOLD_TO_ALL", "Did", "Nrc", "Service", "Sid", "service_of"]

POSITIVE_OFFSET = 0x40
"""Added to the service identifier in a positive response."""
NEGATIVE = 0x7F
SUPPRESS = 0x80
"""Bit of the sub-function that asks for no positive response."""


class Sid(IntEnum):
    """Service identifiers of requests."""

    SESSION_CONTROL = 0x10
    ECU_RESET = 0x11
    CLEAR_DTC = 0x14
    READ_DTC = 0x19
    READ_DID = 0x22
    SECURITY_ACCESS = 0x27
    COMMUNICATION_CONTROL = 0x28
    AUTHENTICATION = 0x29
    WRITE_DID = 0x2E
    ROUTINE_CONTROL = 0x31
    REQUEST_DOWNLOAD = 0x34
    REQUEST_UPLOAD = 0x35
    TRANSFER_DATA = 0x36
    TRANSFER_EXIT = 0x37
    TESTER_PRESENT = 0x3E
    CONTROL_DTC_SETTING = 0x85


class Nrc(IntEnum):
    """Negative response codes."""

    GENERAL_REJECT = 0x10
    SERVICE_NOT_SUPPORTED = 0x11
    SUB_FUNCTION_NOT_SUPPORTED = 0x12
    INCORRECT_LENGTH = 0x13
    RESPONSE_TOO_LONG = 0x14
    BUSY_REPEAT = 0x21
    CONDITIONS_NOT_CORRECT = 0x22
    REQUEST_SEQUENCE = 0x24
    OUT_OF_RANGE = 0x31
    SECURITY_DENIED = 0x33
    INVALID_KEY = 0x35
    TOO_MANY_ATTEMPTS = 0x36
    DELAY_NOT_EXPIRED = 0x37
    UPLOAD_NOT_ACCEPTED = 0x70
    TRANSFER_SUSPENDED = 0x71
    PROGRAMMING_FAILURE = 0x72
    WRONG_BLOCK = 0x73
    RESPONSE_PENDING = 0x78
    SUB_FUNCTION_NOT_IN_SESSION = 0x7E
    SERVICE_NOT_IN_SESSION = 0x7F


UNTOLD_TO_ALL = frozenset(
    (
        Nrc.SERVICE_NOT_SUPPORTED,
        Nrc.SUB_FUNCTION_NOT_SUPPORTED,
        Nrc.OUT_OF_RANGE,
        Nrc.SUB_FUNCTION_NOT_IN_SESSION,
        Nrc.SERVICE_NOT_IN_SESSION,
    )
)
"""Codes that are not sent to a request to everybody."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service."""

    sid: Sid
    name: str
    """As messages are called: ``ReadDataByIdentifier``."""
    has_sub_function: bool
    shortest: int
    """Bytes of the shortest request."""


_ROWS = (
    Service(Sid.SESSION_CONTROL, "DiagnosticSessionControl", True, 2),
    Service(Sid.ECU_RESET, "ECUReset", True, 2),
    Service(Sid.CLEAR_DTC, "ClearDiagnosticInformation", False, 4),
    Service(Sid.READ_DTC, "ReadDTCInformation", True, 2),
    Service(Sid.READ_DID, "ReadDataByIdentifier", False, 3),
    Service(Sid.SECURITY_ACCESS, "SecurityAccess", True, 2),
    Service(Sid.COMMUNICATION_CONTROL, "CommunicationControl", True, 3),
    Service(Sid.AUTHENTICATION, "Authentication", True, 2),
    Service(Sid.WRITE_DID, "WriteDataByIdentifier", False, 4),
    Service(Sid.ROUTINE_CONTROL, "RoutineControl", True, 4),
    Service(Sid.REQUEST_DOWNLOAD, "RequestDownload", False, 3),
    Service(Sid.REQUEST_UPLOAD, "RequestUpload", False, 3),
    Service(Sid.TRANSFER_DATA, "TransferData", False, 2),
    Service(Sid.TRANSFER_EXIT, "RequestTransferExit", False, 1),
    Service(Sid.TESTER_PRESENT, "TesterPresent", True, 2),
    Service(Sid.CONTROL_DTC_SETTING, "ControlDTCSetting", True, 2),
)
SERVICES: Mapping[int, Service] = {row.sid: row for row in _ROWS}
"""By service identifier."""


@dataclass(frozen=True, slots=True)
class Did:
    """One identification DID."""

    did: int
    name: str
    form: str
    """``printable``, ``vin``, ``session``, ``date`` (BCD) or ``plain``: how its content is checked."""


DIDS: Mapping[int, Did] = {
    row.did: row
    for row in (
        Did(0xF186, "active diagnostic session", "session"),
        Did(0xF187, "vehicle manufacturer spare part number", "printable"),
        Did(0xF188, "ECU software number of the manufacturer", "printable"),
        Did(0xF189, "ECU software version of the manufacturer", "printable"),
        Did(0xF18A, "system supplier identifier", "printable"),
        Did(0xF18B, "ECU manufacturing date", "date"),
        Did(0xF18C, "ECU serial number", "printable"),
        Did(0xF190, "vehicle identification number", "vin"),
        Did(0xF191, "ECU hardware number of the manufacturer", "printable"),
        Did(0xF192, "hardware number of the supplier", "printable"),
        Did(0xF193, "hardware version of the supplier", "printable"),
        Did(0xF194, "software number of the supplier", "printable"),
        Did(0xF195, "software version of the supplier", "printable"),
        Did(0xF197, "system name or engine type", "printable"),
        Did(0xF198, "repair shop code", "plain"),
        Did(0xF199, "programming date", "date"),
        Did(0xF19D, "ECU installation date", "date"),
        Did(0xF19E, "ODX file identifier", "printable"),
    )
}
"""The identification set of section 4.4."""


def service_of(data: bytes) -> tuple[Service | None, bool]:
    """The service of a message, and whether it is a response; ``None`` for one that the table does not know."""
    if not data:
        return None, False
    if data[0] == NEGATIVE:
        return (SERVICES.get(data[1]) if len(data) > 1 else None), True
    if (service := SERVICES.get(data[0])) is not None:
        return service, False
    return SERVICES.get(data[0] - POSITIVE_OFFSET), True
