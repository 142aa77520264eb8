"""Every V2G message of the recorded sessions decodes and gives the same bytes again."""

import pytest

from harness.protocols.iso15118.exi import codec
from harness.protocols.iso15118.exi.reader import read_document
from harness.protocols.iso15118.v2gtp import Frame, PayloadType
from tests.protocols.iso15118.recordings import FOLDER, MESSAGES, frames

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recordings in {FOLDER}")

SPOKEN = {"urn:din:70121:2012:MsgDef": "din", "urn:iso:15118:2:2013:MsgDef": "iso2", "urn:iso:std:iso:15118:-20:DC": "iso20_dc"}
OF_ISO20 = {PayloadType.EXI_COMMON: "iso20_common", PayloadType.EXI_DC: "iso20_dc"}


def messages(path):
    """Schema set and payload of every message; the handshake of a connection decides about what comes after it."""
    offered, spoken = {}, {}
    for connection, frame in frames(path):
        assert isinstance(frame, Frame)
        schema = OF_ISO20.get(frame.payload_type) or spoken.get(connection, "sap")
        yield schema, frame.payload
        if schema != "sap":
            continue
        match codec("sap").decode(frame.payload).document:
            case {"supportedAppProtocolReq": {"AppProtocol": entries}}:
                offered[connection] = {entry["SchemaID"]: entry["ProtocolNamespace"] for entry in entries}
            case {"supportedAppProtocolRes": {"SchemaID": schema_id}}:
                spoken[connection] = SPOKEN[offered[connection][schema_id]]


@pytest.mark.parametrize("name", MESSAGES)
def test_recorded_messages_give_the_same_bytes_again(name):
    count = 0
    for schema, payload in messages(FOLDER / name):
        decoded = codec(schema).decode(payload)
        assert not decoded.findings
        assert codec(schema).encode(decoded.document) + decoded.trailing == payload
        assert not decoded.trailing
        count += 1
    assert count == MESSAGES[name]


@pytest.mark.parametrize("name", MESSAGES)
def test_compiled_functions_and_exact_reader_agree_on_recorded_messages(name):
    for schema, payload in set(messages(FOLDER / name)):
        one = codec(schema)
        exact = read_document(one.schema, one._grammar, payload).document
        assert repr(one.decode_regular(payload).document) == repr(exact)
        assert one.encode_regular(exact) == one.layout(exact).payload == payload
