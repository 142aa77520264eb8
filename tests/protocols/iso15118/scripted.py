"""A whole ISO 15118-2 session as documents, and records of it as a recording gives them; tests change what they need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from harness.core import Chunk, Datagram, Direction, Message, Record, ms
from harness.protocols.iso15118 import sap
from harness.protocols.iso15118.decoder import IsoDecoder
from harness.protocols.iso15118.exi import codec
from harness.protocols.iso15118.v2gtp import PayloadType, encode_frame

VEHICLE, CHARGER = "[fe80::1]:50000", "[fe80::2]:61341"
ID, ZERO = bytes.fromhex("0102030405060708"), bytes(8)
EV = {"EVReady": True, "EVErrorCode": "NO_ERROR", "EVRESSSOC": 40}
EVSE = {"NotificationMaxDelay": 0, "EVSENotification": "None", "EVSEIsolationStatus": "Valid", "EVSEStatusCode": "EVSE_Ready"}


def volts(value):
    return {"Multiplier": -1, "Unit": "V", "Value": round(10 * value)}


def amps(value):
    return {"Multiplier": 0, "Unit": "A", "Value": value}


@dataclass(frozen=True)
class Line:
    """One message of the script."""

    name: str
    content: dict = field(default_factory=dict)
    after_ms: int = 20
    session_id: bytes = ID
    payload: bytes = b""
    """Instead of what the content encodes to."""

    def frame(self):
        return encode_frame(PayloadType.EXI, self.payload or self._encoded())

    def _encoded(self):
        if self.name == "supportedAppProtocolReq":
            return sap.encode_request(
                [sap.Offer("urn:iso:15118:2:2013:MsgDef", 2, 0, 7, 1), sap.Offer("urn:din:70121:2012:MsgDef", 2, 0, 8, 2)]
            )
        if self.name == "supportedAppProtocolRes":
            return sap.encode_response(sap.Answer(sap.ResponseCode.OK, self.content.get("SchemaID", 7)))
        header = {"SessionID": self.session_id}
        return codec("iso2").encode({"V2G_Message": {"Header": header, "Body": {self.name: self.content}}})


def exchange(base, request=None, response=None, code="OK"):
    return [Line(f"{base}Req", request or {}), Line(f"{base}Res", {"ResponseCode": code, **(response or {})})]


SERVICE = {
    "ServiceID": 1,
    "ServiceCategory": "EVCharging",
    "FreeService": False,
    "SupportedEnergyTransferMode": {"EnergyTransferMode": ["DC_extended"]},
}
PARAMETERS = {"DC_EVStatus": EV, "EVMaximumCurrentLimit": amps(200), "EVMaximumVoltageLimit": volts(460)}
OFFERED = {
    "DC_EVSEStatus": EVSE,
    "EVSEMaximumCurrentLimit": amps(150),
    "EVSEMaximumPowerLimit": {"Multiplier": 3, "Unit": "W", "Value": 60},
    "EVSEMaximumVoltageLimit": volts(1000),
    "EVSEMinimumCurrentLimit": amps(0),
    "EVSEMinimumVoltageLimit": volts(150),
    "EVSEPeakCurrentRipple": amps(1),
}


def demand(volt, ampere):
    return exchange(
        "CurrentDemand",
        {"DC_EVStatus": EV, "EVTargetCurrent": amps(120), "ChargingComplete": False, "EVTargetVoltage": volts(450)},
        {
            "DC_EVSEStatus": EVSE,
            "EVSEPresentVoltage": volts(volt),
            "EVSEPresentCurrent": amps(ampere),
            "EVSECurrentLimitAchieved": False,
            "EVSEVoltageLimitAchieved": False,
            "EVSEPowerLimitAchieved": False,
            "EVSEID": "ZZ00000",
            "SAScheduleTupleID": 1,
        },
    )


def power(progress):
    return exchange("PowerDelivery", {"ChargeProgress": progress, "SAScheduleTupleID": 1}, {"DC_EVSEStatus": EVSE})


def session():
    """A session in which everything is as it should be."""
    setup = exchange("SessionSetup", {"EVCCID": b"\x00\x01\x02\x03\x04\x05"}, {"EVSEID": "ZZ00000"}, "OK_NewSessionEstablished")
    return [
        Line("supportedAppProtocolReq"),
        Line("supportedAppProtocolRes"),
        replace(setup[0], session_id=ZERO),
        setup[1],
        *exchange("ServiceDiscovery", {}, {"PaymentOptionList": {"PaymentOption": ["ExternalPayment"]}, "ChargeService": SERVICE}),
        *exchange(
            "PaymentServiceSelection",
            {"SelectedPaymentOption": "ExternalPayment", "SelectedServiceList": {"SelectedService": [{"ServiceID": 1}]}},
        ),
        *exchange("Authorization", {}, {"EVSEProcessing": "Ongoing"}),
        *exchange("Authorization", {}, {"EVSEProcessing": "Finished"}),
        *exchange(
            "ChargeParameterDiscovery",
            {"RequestedEnergyTransferMode": "DC_extended", "DC_EVChargeParameter": PARAMETERS},
            {"EVSEProcessing": "Finished", "DC_EVSEChargeParameter": OFFERED},
        ),
        *exchange("CableCheck", {"DC_EVStatus": EV}, {"DC_EVSEStatus": EVSE, "EVSEProcessing": "Finished"}),
        *exchange(
            "PreCharge",
            {"DC_EVStatus": EV, "EVTargetVoltage": volts(400), "EVTargetCurrent": amps(1)},
            {"DC_EVSEStatus": EVSE, "EVSEPresentVoltage": volts(399.5)},
        ),
        *power("Start"),
        *demand(400, 10),
        *demand(401.5, 120),
        *demand(399, 90),
        *power("Stop"),
        *exchange("SessionStop", {"ChargingSession": "Terminate"}),
    ]


def place(lines, name, nth=0):
    """Where the message *name* stands for the *nth* time."""
    return [index for index, line in enumerate(lines) if line.name == name][nth]


def changed(name, nth=0, **changes):
    """The session with one message changed."""
    lines = session()
    index = place(lines, name, nth)
    lines[index] = replace(lines[index], **changes)
    return lines


def records(lines: Iterable[Line], *, close_ms: int | None = 10) -> list[Record]:
    """Discovery and the connection with *lines*; *close_ms* after the last of them the vehicle closes it."""
    asked = encode_frame(PayloadType.SDP_REQUEST, b"\x10\x00")
    answer = encode_frame(
        PayloadType.SDP_RESPONSE, bytes.fromhex("fe800000000000000000000000000002") + (61341).to_bytes(2, "big") + b"\x10\x00"
    )
    found: list[Record] = []

    def add(t_ns, pdu):
        found.append(Record(len(found) + 1, t_ns, t_ns, "net", Direction.RX, "", pdu))

    add(0, Datagram(asked, "[fe80::1]:49999", "[ff02::1]:15118"))
    add(ms(5), Datagram(answer, "[fe80::2]:15118", "[fe80::1]:49999"))
    t_ns = ms(20)
    add(t_ns, Chunk(b"", False, VEHICLE, CHARGER, True))
    add(t_ns, Chunk(b"", False, CHARGER, VEHICLE, True))
    for line in lines:
        t_ns += ms(line.after_ms)
        way = (CHARGER, VEHICLE) if line.name.endswith("Res") else (VEHICLE, CHARGER)
        add(t_ns, Chunk(line.frame(), False, *way))
    if close_ms is not None:
        add(t_ns + ms(close_ms), Chunk(b"", True, VEHICLE, CHARGER))
    return found


def decoded(trace: Iterable[Record]) -> list[Message]:
    decoder = IsoDecoder()
    return [message for record in trace for message in decoder.feed(record)]
