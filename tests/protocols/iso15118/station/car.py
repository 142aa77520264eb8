"""A tiny vehicle that asks for what a script says, for tests of the station; and a bench with both."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.bench.kernel import Kernel
from harness.bench.links import LineLink
from harness.bench.links.network import NetworkLink
from harness.core import Level, ms, s
from harness.protocols.ip.host import Broken, Ended, Heard, Host, Opened, Received, Refused
from harness.protocols.iso15118 import STANDARD, sap
from harness.protocols.iso15118.decoder import IsoDecoder
from harness.protocols.iso15118.discovery import PORT, Request, encode_request, read_response
from harness.protocols.iso15118.envelope import document_of, physical
from harness.protocols.iso15118.exi import ExiDecodeError, codec
from harness.protocols.iso15118.message import content_of
from harness.protocols.iso15118.station import StationCable, StationMachine, StationOptions
from harness.protocols.iso15118.v2gtp import Frame, PayloadType, StreamDecoder, decode_datagram, encode_frame

VOLTS = {"A": 12.0, "B": 9.0, "C": 6.0}
STATUS = {"EVReady": True, "EVErrorCode": "NO_ERROR", "EVRESSSOC": 40}
V, A = 700, 100


@dataclass
class Ask:
    """One request of the script."""

    name: str
    content: dict = field(default_factory=dict)
    repeats: object = None
    """Called with the content of the response: whether to ask again."""
    cp: str = ""
    """State of the pilot before it."""
    session_id: bytes | None = None
    payload: bytes | None = None


def ongoing(answer):
    return answer.get("EVSEProcessing") == "Ongoing"


def low(answer):
    told = answer["EVSEPresentVoltage"]
    return abs(told["Value"] * 10 ** told["Multiplier"] - V) > 20


def dc_limits(unit_power=True):
    return {
        "DC_EVStatus": STATUS,
        "EVMaximumCurrentLimit": physical(300, "A"),
        "EVMaximumPowerLimit": physical(200_000, "W"),
        "EVMaximumVoltageLimit": physical(800, "V"),
    }


TARGET = {"DC_EVStatus": STATUS, "EVTargetVoltage": physical(V, "V"), "EVTargetCurrent": physical(5, "A")}
DEMAND = {
    "DC_EVStatus": STATUS,
    "EVTargetCurrent": physical(A, "A"),
    "ChargingComplete": False,
    "EVTargetVoltage": physical(800, "V"),
}


def iso2(loops=5):
    """A whole session of ISO 15118-2."""
    count = iter(range(1, loops))
    return [
        Ask("SessionSetupReq", {"EVCCID": bytes(6)}),
        Ask("ServiceDiscoveryReq"),
        Ask("PaymentServiceSelectionReq", {
            "SelectedPaymentOption": "ExternalPayment", "SelectedServiceList": {"SelectedService": [{"ServiceID": 1}]},
        }),
        Ask("AuthorizationReq", repeats=ongoing),
        Ask("ChargeParameterDiscoveryReq", {
            "RequestedEnergyTransferMode": "DC_extended", "DC_EVChargeParameter": dc_limits(),
        }, repeats=ongoing),
        Ask("CableCheckReq", {"DC_EVStatus": STATUS}, repeats=ongoing, cp="C"),
        Ask("PreChargeReq", TARGET, repeats=low),
        Ask("PowerDeliveryReq", {"ChargeProgress": "Start", "SAScheduleTupleID": 1}),
        Ask("CurrentDemandReq", DEMAND, repeats=lambda answer: next(count, None) is not None),
        Ask("PowerDeliveryReq", {"ChargeProgress": "Stop", "SAScheduleTupleID": 1}),
        Ask("WeldingDetectionReq", {"DC_EVStatus": STATUS}, cp="B"),
        Ask("SessionStopReq", {"ChargingSession": "Terminate"}),
    ]  # fmt: skip


def din(loops=5):
    """A whole session of DIN SPEC 70121."""
    count = iter(range(1, loops))
    return [
        Ask("SessionSetupReq", {"EVCCID": bytes(6)}),
        Ask("ServiceDiscoveryReq"),
        Ask("ServicePaymentSelectionReq", {
            "SelectedPaymentOption": "ExternalPayment", "SelectedServiceList": {"SelectedService": [{"ServiceID": 1}]},
        }),
        Ask("ContractAuthenticationReq", repeats=ongoing),
        Ask("ChargeParameterDiscoveryReq", {
            "EVRequestedEnergyTransferType": "DC_extended", "DC_EVChargeParameter": dc_limits(),
        }, repeats=ongoing),
        Ask("CableCheckReq", {"DC_EVStatus": STATUS}, repeats=ongoing, cp="C"),
        Ask("PreChargeReq", TARGET, repeats=low),
        Ask("PowerDeliveryReq", {"ReadyToChargeState": True}),
        Ask("CurrentDemandReq", DEMAND, repeats=lambda answer: next(count, None) is not None),
        Ask("PowerDeliveryReq", {"ReadyToChargeState": False}),
        Ask("WeldingDetectionReq", {"DC_EVStatus": STATUS}, cp="B"),
        Ask("SessionStopReq"),
    ]  # fmt: skip


EDITIONS = {
    "iso15118-2": ("iso2", sap.ISO_15118_2, iso2),
    "din70121": ("din", sap.DIN_SPEC_70121, din),
}


class CarPilot:
    """The vehicle on the pilot link."""

    name = "car pilot"

    def __init__(self):
        self.heard = {}
        self.out = []
        self.state = "A"
        self.now_ns = 0

    def present(self, state):
        self.state = state
        self.out += [Level("cp_v", VOLTS[state])]

    def start(self, now_ns):
        return []

    def receive(self, now_ns, pdu):
        self.now_ns = now_ns
        self.heard[pdu.line] = pdu.value
        if pdu.line == "plug":
            self.present("B" if pdu.value else "A")
        return self.take()

    def next_deadline_ns(self):
        return self.now_ns if self.out else None

    def handle_timers(self, now_ns):
        self.now_ns = now_ns
        return self.take()

    def take(self):
        out, self.out = self.out, []
        return out


class Car:
    """The vehicle on the network: discovery, TCP, agreement, then the script; it ends the connection behind the last response."""

    name = "car"
    address = "fe80::a"

    def __init__(self, edition="iso15118-2", script=None, *, offers=None, pilot=None, begin_s=2.0, pause_ns=20_000_000):
        self.schema, self.protocol, make = EDITIONS[edition]
        self.offers = offers or [sap.Offer(self.protocol.namespace, self.protocol.major, 0, 1, 1)]
        self.script = make() if script is None else script
        self.host = Host(self.address)
        self.pilot = pilot
        self.pause_ns = pause_ns
        self.due = [(s(begin_s), self.discover)]
        self.stream = StreamDecoder()
        self.answers = []
        """Name, content and session id of every response."""
        self.frames = []
        self.discovered = []
        self.refused = self.ended_ns = self.broken = None
        self.session_id = bytes(8)
        self.place = -1
        self.now_ns = 0
        self.asked = []

    def discover(self):
        self.host.bind(50_000)
        data = encode_frame(PayloadType.SDP_REQUEST, encode_request(Request(0x10, 0)))
        self.host.send_datagram(data, f"[ff02::1]:{PORT}", 50_000)

    def send(self, ask):
        if ask.cp and self.pilot is not None and self.pilot.state != ask.cp:
            self.pilot.present(ask.cp)
            self.due.append((self.now_ns + ms(50), lambda: self.connection.is_open and self.send(ask)))
            return
        self.asked.append(ask.name)
        if ask.payload is not None:
            payload = ask.payload
        else:
            session_id = self.session_id if ask.session_id is None else ask.session_id
            payload = codec(self.schema).encode(document_of(self.schema, ask.name, ask.content, session_id, 0))
        self.connection.send(encode_frame(PayloadType.EXI, payload))

    def start(self, now_ns):
        return []

    def receive(self, now_ns, pdu):
        self.now_ns = now_ns
        for event in self.host.receive(pdu):
            match event:
                case Heard(datagram):
                    frame = decode_datagram(datagram.data)
                    self.discovered.append(datagram.data)
                    if isinstance(frame, Frame) and len(self.discovered) == 1:
                        told = read_response(frame.payload)
                        self.connection = self.host.connect(f"[{told.address}]:{told.port}")
                case Opened():
                    self.connection.send(encode_frame(PayloadType.EXI, sap.encode_request(self.offers)))
                    self.asked.append("supportedAppProtocolReq")
                case Received(_, data):
                    for frame in self.stream.receive(data):
                        self.answered(now_ns, frame)
                case Ended():
                    self.ended_ns = now_ns
                    self.connection.close()
                case Broken():
                    self.broken = now_ns
                case Refused():
                    self.refused = now_ns
        return self.host.take()

    def answered(self, now_ns, frame):
        self.frames.append((now_ns, frame))
        if not isinstance(frame, Frame):
            return
        schema = "sap" if self.place < 0 else self.schema
        try:
            decoded = codec(schema).decode(frame.payload)
        except ExiDecodeError:
            return
        name, content, session_id = content_of(decoded.document)
        self.answers.append((name, content, session_id))
        if name == "SessionSetupRes":
            self.session_id = session_id
        if self.place >= len(self.script):
            return
        if self.place < 0 or not (self.script[self.place].repeats and self.script[self.place].repeats(content)):
            self.place += 1
        if str(content.get("ResponseCode", "")).upper().startswith("FAILED") or self.place >= len(self.script):
            if self.connection.is_open:
                self.due.append((now_ns + ms(50), self.connection.close))
        else:
            ask = self.script[self.place]
            self.due.append((now_ns + self.pause_ns, lambda: self.connection.is_open and self.send(ask)))

    def next_deadline_ns(self):
        return min((t for t, _ in self.due), default=None)

    def handle_timers(self, now_ns):
        self.now_ns = now_ns
        due, self.due = [d for d in self.due if d[0] <= now_ns], [d for d in self.due if d[0] > now_ns]
        for _, action in due:
            action()
        return self.host.take()

    def codes(self):
        return {name: content.get("ResponseCode") for name, content, _ in self.answers}


class Stand:
    """Station and car on one kernel."""

    def __init__(self, edition="iso15118-2", script=None, *, options=None, editions=None, faults=(), **car):
        self.kernel = Kernel()
        self.kernel.add_link(NetworkLink("charge"))
        self.kernel.add_link(LineLink("pilot"))
        self.station = StationMachine(options or StationOptions(), editions=editions, faults=faults)
        self.cable = StationCable(self.station, self.station.pilot)
        self.car_pilot = CarPilot()
        self.car = Car(edition, script, pilot=self.car_pilot, **car)
        for node, link, role in (
            (self.station, "charge", "charger"), (self.cable, "pilot", "charger"),
            (self.car, "charge", "truck"), (self.car_pilot, "pilot", "truck"),
        ):  # fmt: skip
            self.kernel.attach(node, link, role=role)
        self.station.begin()
        self.kernel.start()

    def order(self, action):
        """Steer the station between two events."""
        action(self.station)
        self.kernel.poke(self.station)
        return self

    def run(self, seconds=30.0):
        self.kernel.run_until(self.kernel.now_ns + s(seconds))
        return self

    def closer(self):
        """Who ended the connection first."""
        return next(record.sender for record in self.kernel.trace if getattr(record.pdu, "end", False))

    def messages(self):
        decoder = IsoDecoder()
        return [message for record in self.kernel.trace if record.link == "charge" for message in decoder.feed(record)]

    def sent(self, name):
        """Responses of the station by name, as they were on the wire."""
        return [message for message in self.messages() if message.name == name]

    def levels(self, line):
        return [(record.t_ns, record.pdu.value) for record in self.kernel.trace if record.link == "pilot" and record.pdu.line == line]


__all__ = ["EDITIONS", "STANDARD", "Ask", "Car", "Stand", "din", "iso2"]
