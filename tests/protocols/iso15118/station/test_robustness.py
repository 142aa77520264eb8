"""Whatever comes from the network, the station answers or closes; it never breaks."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.core import Chunk, Datagram, Level
from harness.protocols.iso15118 import sap
from harness.protocols.iso15118.envelope import document_of
from harness.protocols.iso15118.exi import codec
from harness.protocols.iso15118.exi.schema import schema_set
from harness.protocols.iso15118.station import StationMachine, StationOptions
from harness.protocols.iso15118.station.agreement import tables
from harness.protocols.iso15118.v2gtp import PayloadType, encode_frame
from tests.protocols.iso15118.documents import Drawn, document, messages

CAR, STATION, MS = "[fe80::a]:50000", "[fe80::b]:61341", 1_000_000
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NAMESPACES = {
    "din": sap.DIN_SPEC_70121,
    "iso2": sap.ISO_15118_2,
    "iso20_common": sap.ISO_15118_20_DC,
    "iso20_dc": sap.ISO_15118_20_DC,
}
PAYLOADS = {"iso20_common": PayloadType.EXI_COMMON, "iso20_dc": PayloadType.EXI_DC}


class Line:
    """A station without pilot on a connection that a test writes to."""

    def __init__(self):
        self.station = StationMachine(StationOptions(pilot=False, plain_20=True))
        self.now_ns, self.is_open = 0, False
        self.station.start(0)
        self.out = []
        self.give(Chunk(b"", begin=True, source=CAR, destination=STATION))

    def give(self, pdu):
        self.now_ns += 20 * MS
        self.note(self.station.receive(self.now_ns, pdu))
        while (due := self.station.next_deadline_ns()) is not None and due <= self.now_ns + 10 * MS:
            assert due >= self.now_ns
            self.now_ns = due
            self.note(self.station.handle_timers(due))

    def note(self, pdus):
        self.out += pdus

    def send(self, data):
        self.give(Chunk(data, source=CAR, destination=STATION))

    @property
    def ended(self):
        return any(isinstance(pdu, Chunk) and (pdu.end or pdu.reset) for pdu in self.out)

    def responses(self):
        return [pdu.data for pdu in self.out if isinstance(pdu, Chunk) and pdu.data]

    def agree(self, schema):
        protocol = NAMESPACES[schema]
        offer = sap.Offer(protocol.namespace, protocol.major, protocol.minor, 1, 1)
        self.send(encode_frame(PayloadType.EXI, sap.encode_request([offer])))
        return self


@QUICK
@given(st.lists(st.binary(max_size=60), max_size=6))
def test_random_bytes_on_a_connection(pieces):
    line = Line()
    for piece in pieces:
        if not line.ended:
            line.send(piece)
    line.give(Chunk(b"", end=True, source=CAR, destination=STATION))


@QUICK
@given(st.sampled_from(tuple(NAMESPACES)), st.lists(st.binary(min_size=1, max_size=60), max_size=5))
def test_random_payloads_close_the_connection_or_are_answered(schema, payloads):
    line = Line().agree(schema)
    for payload in payloads:
        if not line.ended:
            before = len(line.responses())
            line.send(encode_frame(PAYLOADS.get(schema, PayloadType.EXI), payload))
            assert line.ended or len(line.responses()) > before


@pytest.mark.parametrize("schema", ["din", "iso2"])
@pytest.mark.parametrize("seed", range(4))
def test_every_request_of_the_schema_at_every_place(schema, seed):
    kind = schema_set(schema)
    requests = [name for name in messages(kind) if name.startswith("V2G_Message/") and name.endswith("Req")]
    for number, name in enumerate(requests):
        made = document(kind, name, Drawn(100 * seed + number))
        line = Line().agree(schema)
        setup = document_of(schema, "SessionSetupReq", {"EVCCID": bytes(6)}, bytes(8), 0)
        line.send(encode_frame(PayloadType.EXI, codec(schema).encode(setup)))
        made["V2G_Message"]["Header"] = {"SessionID": line.station.session}
        before = len(line.responses())
        line.send(encode_frame(PayloadType.EXI, codec(schema).encode(made)))
        assert line.ended or len(line.responses()) > before, name
        for data in line.responses()[1:]:
            assert not codec(schema).decode(data[8:]).findings


@QUICK
@given(st.binary(max_size=40), st.booleans())
def test_random_datagrams_of_the_discovery(data, framed):
    line = Line()
    payload = encode_frame(PayloadType.SDP_REQUEST, data) if framed else data
    line.give(Datagram(payload, CAR, "[ff02::1]:15118"))
    answers = [pdu for pdu in line.out if isinstance(pdu, Datagram)]
    assert len(answers) == (1 if framed and data in (b"\x00\x00", b"\x10\x00") else 0)


@QUICK
@given(st.floats(-20, 20), st.sampled_from(("cp_v", "contactor", "inlet_v", "plug", "weather")))
def test_any_level_on_the_pilot(value, line):
    from harness.sim.ccs_station import ccs_station

    machine, cable, *_ = ccs_station({})
    machine.begin()
    machine.start(0)
    cable.start(0)
    for now_ns in (MS, 100 * MS, 700 * MS):
        cable.receive(now_ns, Level(line, value))
        cable.handle_timers(now_ns)
        assert (cable.next_deadline_ns() or now_ns) >= now_ns


@pytest.mark.parametrize("schema", ["iso20_common", "iso20_dc"])
@pytest.mark.parametrize("seed", range(4))
def test_every_request_of_iso_15118_20(schema, seed):
    kind = schema_set(schema)
    for number, name in enumerate(one for one in messages(kind) if one.endswith("Req")):
        made = document(kind, name, Drawn(100 * seed + number))
        line = Line().agree(schema)
        setup = document_of("iso20_common", "SessionSetupReq", {"EVCCID": "WMIV1234567890ABCDEX"}, bytes(8), 0)
        line.send(encode_frame(PayloadType.EXI_COMMON, codec("iso20_common").encode(setup)))
        assert line.station.session
        made[name]["Header"] = {"SessionID": line.station.session, "TimeStamp": 0}
        before = len(line.responses())
        line.send(encode_frame(PAYLOADS[schema], codec(schema).encode(made)))
        assert line.ended or len(line.responses()) > before, name


@pytest.mark.parametrize(
    "exchange", ["ServiceDetail", "ServiceSelection", "DC_ChargeParameterDiscovery", "ScheduleExchange", "DC_ChargeLoop"]
)
@pytest.mark.parametrize("seed", range(6))
def test_drawn_contents_of_iso_15118_20_are_answered_in_their_place(exchange, seed):
    line = Line().agree("iso20_common")
    setup = document_of("iso20_common", "SessionSetupReq", {"EVCCID": "WMIV1234567890ABCDEX"}, bytes(8), 0)
    line.send(encode_frame(PayloadType.EXI_COMMON, codec("iso20_common").encode(setup)))
    row = line.station._talk.table.row(exchange)
    line.station._talk.expected = frozenset((exchange,))
    made = document(schema_set(row.schema), row.request, Drawn(seed))
    made[row.request]["Header"] = {"SessionID": line.station.session, "TimeStamp": 0}
    line.send(encode_frame(row.payload_type, codec(row.schema).encode(made)))
    decoded = codec(row.schema).decode(line.responses()[-1][8:])
    assert decoded.name == row.response
    assert not decoded.findings


@pytest.mark.parametrize("schema", ["din", "iso2"])
@pytest.mark.parametrize("seed", range(4))
def test_drawn_contents_are_answered_in_their_place(schema, seed):
    for row in tables()[{"din": "din70121", "iso2": "iso15118-2"}[schema]].rows:
        made = document(schema_set(schema), f"V2G_Message/{row.request}", Drawn(seed))
        [content] = made["V2G_Message"]["Body"].values()
        if not row.applies(content):
            continue
        line = Line().agree(schema)
        setup = document_of(schema, "SessionSetupReq", {"EVCCID": bytes(6)}, bytes(8), 0)
        line.send(encode_frame(PayloadType.EXI, codec(schema).encode(setup)))
        line.station._talk.expected = frozenset((row.exchange,))
        made["V2G_Message"]["Header"] = {"SessionID": line.station.session}
        line.send(encode_frame(PayloadType.EXI, codec(schema).encode(made)))
        decoded = codec(schema).decode(line.responses()[-1][8:])
        assert (decoded.name, decoded.findings) == (row.response, ())
