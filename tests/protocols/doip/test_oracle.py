"""The same messages through another implementation (doipclient), in both directions."""

from __future__ import annotations

from typing import Any

import doipclient.messages as peer
import pytest

from harness.protocols.doip.codec import HEADER_BYTES, DoipMessage, decode, encode, frame
from harness.protocols.doip.tables import LAYOUTS, PayloadType

VIN, EID, GID = b"LZZTEST01A1234567", bytes.fromhex("02AABBCCDDEE"), bytes.fromhex("02AABBCCDDEF")
DATA = bytes.fromhex("22F190")

MESSAGES: list[tuple[Any, PayloadType, dict[str, int | bytes]]] = [
    (peer.GenericDoIPNegativeAcknowledge(2), PayloadType.HEADER_NACK, {"code": 2}),
    (peer.VehicleIdentificationRequest(), PayloadType.IDENTIFICATION_REQ, {}),
    (peer.VehicleIdentificationRequestWithEID(EID), PayloadType.IDENTIFICATION_REQ_EID, {"eid": EID}),
    (peer.VehicleIdentificationRequestWithVIN(VIN.decode()), PayloadType.IDENTIFICATION_REQ_VIN, {"vin": VIN}),
    (
        peer.VehicleIdentificationResponse(VIN.decode(), 0x1025, EID, GID, 0, 0x10),
        PayloadType.ANNOUNCEMENT,
        {"vin": VIN, "address": 0x1025, "eid": EID, "gid": GID, "further_action": 0, "synchronisation": 0x10},
    ),
    (
        peer.RoutingActivationRequest(0x0E80, 1),
        PayloadType.ACTIVATION_REQ,
        {"source": 0x0E80, "activation": 1, "reserved": bytes(4)},
    ),
    (
        peer.RoutingActivationRequest(0x0E80, 0, 0, 7),
        PayloadType.ACTIVATION_REQ,
        {"source": 0x0E80, "activation": 0, "reserved": bytes(4), "oem": bytes((0, 0, 0, 7))},
    ),
    (
        peer.RoutingActivationResponse(0x0E80, 0x1025, 0x10),
        PayloadType.ACTIVATION_RES,
        {"target": 0x0E80, "source": 0x1025, "code": 0x10, "reserved": bytes(4)},
    ),
    (peer.AliveCheckRequest(), PayloadType.ALIVE_REQ, {}),
    (peer.AliveCheckResponse(0x0E80), PayloadType.ALIVE_RES, {"source": 0x0E80}),
    (peer.DoipEntityStatusRequest(), PayloadType.STATUS_REQ, {}),
    (peer.EntityStatusResponse(0, 4, 1), PayloadType.STATUS_RES, {"node_type": 0, "max_sockets": 4, "open_sockets": 1}),
    (
        peer.EntityStatusResponse(0, 4, 1, 4200),
        PayloadType.STATUS_RES,
        {"node_type": 0, "max_sockets": 4, "open_sockets": 1, "max_size": 4200},
    ),
    (peer.DiagnosticPowerModeRequest(), PayloadType.POWER_MODE_REQ, {}),
    (peer.DiagnosticPowerModeResponse(1), PayloadType.POWER_MODE_RES, {"mode": 1}),
    (peer.DiagnosticMessage(0x0E80, 0x1027, DATA), PayloadType.DIAGNOSTIC, {"source": 0x0E80, "target": 0x1027, "data": DATA}),
    (
        peer.DiagnosticMessagePositiveAcknowledgement(0x1027, 0x0E80, 0, DATA),
        PayloadType.DIAGNOSTIC_ACK,
        {"source": 0x1027, "target": 0x0E80, "code": 0, "previous": DATA},
    ),
    (
        peer.DiagnosticMessageNegativeAcknowledgement(0x1027, 0x0E80, 3, DATA),
        PayloadType.DIAGNOSTIC_NACK,
        {"source": 0x1027, "target": 0x0E80, "code": 3, "previous": DATA},
    ),
]


def told(message: Any) -> list[object]:
    """The fields of the other implementation; what it keeps as text is bytes after reading."""
    values = [getattr(message, f"_{name}") for name in message._fields]
    return [bytes(value) if isinstance(value, bytearray) else value.encode() if isinstance(value, str) else value for value in values]


@pytest.mark.parametrize(("theirs", "kind", "values"), MESSAGES, ids=[f"{row[1].name}-{index}" for index, row in enumerate(MESSAGES)])
def test_both_write_the_same_bytes_and_read_each_other(theirs: Any, kind: PayloadType, values: dict[str, int | bytes]) -> None:
    packed = frame(theirs.payload_type, theirs.pack())
    assert encode(DoipMessage(kind, values)) == packed
    assert dict(decode(packed).values) == values
    payload = packed[HEADER_BYTES:]
    assert told(type(theirs).unpack(payload, len(payload))) == told(theirs)


def test_every_payload_type_is_compared() -> None:
    assert {kind for _, kind, _ in MESSAGES} == set(LAYOUTS)
