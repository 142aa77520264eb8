"""The truck charges at stations that only say what recorded stations said: every answer of a real one is understood."""

from __future__ import annotations

import pytest

from harness.bench.kernel import Kernel
from harness.bench.links.network import NetworkLink
from harness.protocols.ip.host import Heard, Host, Received
from harness.protocols.iso15118 import STANDARD
from harness.protocols.iso15118.discovery import PORT
from harness.protocols.iso15118.editions import EDITIONS
from harness.protocols.iso15118.exi import codec
from harness.protocols.iso15118.message import content_of
from harness.protocols.iso15118.physical import quantity_of
from harness.protocols.iso15118.rational import number_of
from harness.protocols.iso15118.v2gtp import Frame, PayloadType, StreamDecoder, encode_frame
from harness.protocols.iso15118.vehicle import Phase
from harness.sim.ccs_truck import ccs_truck
from tests.protocols.iso15118.recordings import FOLDER, MESSAGES
from tests.protocols.iso15118.test_recordings import SPOKEN, messages

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recordings in {FOLDER}")

TYPES = {"iso20_common": PayloadType.EXI_COMMON, "iso20_dc": PayloadType.EXI_DC}
EDITION = {"din": "din70121", "iso2": "iso15118-2", "iso20_dc": "iso15118-20"}
CELL_V = 3.28


class RecordedStation:
    """Answers a request with the next recorded response of its kind, with the last one when there is no other."""

    name = "recorded station"

    def __init__(self, recording):
        self.host = Host("fe80::b")
        self.stream = StreamDecoder()
        self.answers, self.spoken, self.asked = {}, "", None
        for schema, payload in messages(recording):
            name, _content, _ = content_of(codec(schema).decode(payload).document)
            if schema != "sap" and name.endswith("Res"):
                self.answers.setdefault(name, []).append((schema, payload))
                self.spoken = schema if schema in EDITION else self.spoken
        self.edition = EDITION[self.spoken]
        schema, payload = self.answers[self.pre_charge][-1]
        told = content_of(codec(schema).decode(payload).document)[1]["EVSEPresentVoltage"]
        self.volts = number_of(told) if "Exponent" in told else quantity_of(told)

    @property
    def pre_charge(self):
        return "DC_PreChargeRes" if self.edition == "iso15118-20" else "PreChargeRes"

    def start(self, now_ns):
        self.host.bind(PORT)
        self.host.listen(50_000)
        return self.host.take()

    def receive(self, now_ns, pdu):
        for event in self.host.receive(pdu):
            if isinstance(event, Heard):
                answer = bytes.fromhex("fe80" + "00" * 13 + "0b") + (50_000).to_bytes(2, "big") + b"\x10\x00"
                self.host.send_datagram(encode_frame(PayloadType.SDP_RESPONSE, answer), event.datagram.source, PORT)
            elif isinstance(event, Received):
                for frame in self.stream.receive(event.data):
                    event.connection.send(self.answer(frame))
        return self.host.take()

    def answer(self, frame):
        assert isinstance(frame, Frame)
        if self.asked is None:
            self.asked = []
            answer = {"supportedAppProtocolRes": {"ResponseCode": "OK_SuccessfulNegotiation", "SchemaID": 1}}
            return encode_frame(PayloadType.EXI, codec("sap").encode(answer))
        for schema in EDITIONS[self.edition].schemas:
            if schema in TYPES and frame.payload_type != TYPES[schema]:
                continue
            name = content_of(codec(schema).decode(frame.payload).document)[0]
            self.asked.append(name)
            answers = self.answers[name.replace("Req", "Res")]
            schema, payload = answers.pop(0) if len(answers) > 1 else answers[0]
            return encode_frame(TYPES.get(schema, PayloadType.EXI), payload)
        raise AssertionError(frame)

    def next_deadline_ns(self):
        return None

    def handle_timers(self, now_ns):
        return []


@pytest.mark.parametrize("name", MESSAGES)
def test_truck_charges_at_a_recorded_station(name):
    station = RecordedStation(FOLDER / name)
    # The recorded vehicle of ISO 15118-20 chose the dynamic mode; one of the stations tells a current that cannot be.
    options = {"control_modes": ["dynamic"], "over_current_s": 60.0, "max_voltage_v": 500, "loop_s": 0.05}
    cells = round(station.volts / CELL_V)
    [truck] = ccs_truck({"pilot": False, "protocols": [station.edition], "plain_20": True, "cells_in_series": cells, **options})
    kernel = Kernel()
    kernel.add_link(NetworkLink("charge"))
    kernel.attach(station, "charge", role="charger")
    kernel.attach(truck, "charge", role="truck")
    kernel.start()
    loop = "DC_ChargeLoopReq" if station.edition == "iso15118-20" else "CurrentDemandReq"
    while (station.asked or []).count(loop) < 6:
        assert kernel.step(), (truck.reason, station.asked[-3:])
        assert truck.phase is not Phase.OVER, (truck.reason, station.asked[-3:])
    truck.stop()
    kernel.poke(truck)
    kernel.run_until(kernel.now_ns + 10_000_000_000)
    assert truck.phase is Phase.OVER
    assert truck.reason in ("ordered", "StopCharging", "Terminate")
    assert station.asked[-1] == "SessionStopReq"
    decoder = STANDARD.decoder()
    assert [m for record in kernel.trace for m in decoder.feed(record) if m.note] == []


def test_every_protocol_is_recorded():
    assert {RecordedStation(FOLDER / name).edition for name in MESSAGES} == set(EDITION.values())
    assert set(SPOKEN.values()) == set(EDITION)
