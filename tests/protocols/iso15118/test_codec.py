"""The codec on streams and documents that are written down here."""

import pytest

from harness.core.errors import LocalProtocolError, RemoteProtocolError
from harness.protocols.iso15118.exi import Code, Codec, ExiDecodeError, ExiEncodeError, Reason, codec
from harness.protocols.iso15118.exi.bits import BitWriter
from harness.protocols.iso15118.exi.fast import Decoders, Encoders
from harness.protocols.iso15118.exi.reader import read_document
from harness.protocols.iso15118.exi.schema import schema_set

SESSION_SETUP = bytes.fromhex("8098004011d01801f7e81d792800")
SESSION_SETUP_DOCUMENT = {
    "V2G_Message": {"Header": {"SessionID": b"\0"}, "Body": {"SessionSetupReq": {"EVCCID": bytes.fromhex("007dfa075e4a")}}}
}
HEADER = {"SessionID": bytes(8)}
STATUS = {"EVReady": True, "EVErrorCode": "NO_ERROR", "EVRESSSOC": 55}


def volts(value):
    return {"Multiplier": -1, "Unit": "V", "Value": value}


def pre_charge(**changed):
    status = STATUS | changed
    content = {"DC_EVStatus": status, "EVTargetVoltage": volts(3612), "EVTargetCurrent": {"Multiplier": -1, "Unit": "A", "Value": 20}}
    return {"V2G_Message": {"Header": HEADER, "Body": {"PreChargeReq": content}}}


def both(one, payload):
    """The reading by the public call and by the exact reader alone."""
    decoded = one.decode(payload)
    exact = read_document(one.schema, one._grammar, payload)
    assert (decoded.document, decoded.findings, decoded.trailing) == (exact.document, exact.findings, exact.trailing)
    return decoded


def test_a_recorded_request_is_read_and_written():
    one = codec("iso2")
    decoded = both(one, SESSION_SETUP)
    assert decoded.document == SESSION_SETUP_DOCUMENT
    assert decoded.name == "SessionSetupReq"
    assert one.encode(SESSION_SETUP_DOCUMENT) == SESSION_SETUP


def test_the_name_of_a_message_without_body_is_that_of_the_root():
    one = codec("iso20_dc")
    made = {"DC_CableCheckReq": {"Header": HEADER | {"TimeStamp": 1_700_000_000}}}
    assert one.decode(one.encode(made)).name == "DC_CableCheckReq"


def test_an_empty_body_is_a_message():
    made = {"V2G_Message": {"Header": HEADER, "Body": {}}}
    assert both(codec("iso2"), codec("iso2").encode(made)).name == "V2G_Message"


def test_bytes_after_the_message_are_kept_apart():
    assert both(codec("iso2"), SESSION_SETUP + b"\0").trailing == b"\0"
    assert both(codec("iso2"), SESSION_SETUP + b"\x12\x34").trailing == b"\x12\x34"
    assert not both(codec("iso2"), SESSION_SETUP + b"\x12\x34").findings


def test_padding_other_than_zeros_is_reported():
    payload = codec("iso2").encode(pre_charge())
    spoiled = payload[:-1] + bytes((payload[-1] | 1,))
    [finding] = both(codec("iso2"), spoiled).findings
    assert (finding.reason, finding.path) == (Reason.PADDING, "V2G_Message")


# -- errors -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payload", "reason", "bit", "path", "text"),
    [
        ("", Reason.SHORT, 0, "", "8 bits wanted, 0 left"),
        ("80", Reason.SHORT, 8, "", "7 bits wanted, 0 left"),
        ("24455849", Reason.HEADER, 0, "", "header byte 0x24, expected 0x80"),
        ("a098", Reason.HEADER, 0, "", "header byte 0xA0"),
        ("80a0", Reason.ROOT, 8, "", "code 80 names no message of 'iso2' (80 elements)"),
        ("80fe", Reason.ROOT, 8, "", "code 127"),
        ("8099", Reason.DEVIATION, 15, "V2G_Message", "beyond what the schema has here (Header)"),
        ("80980040", Reason.SHORT, 26, "V2G_Message/Header/SessionID", "1 bytes wanted, 0 left"),
        ("8098004011d01901", Reason.SHORT, 54, "V2G_Message/Body/SessionSetupReq/EVCCID", "6 bytes wanted, 1 left"),
        ("8098004031d01801f7e81d792800", Reason.DEVIATION, None, "V2G_Message/Header/SessionID", "expected the end of the element"),
    ],
)
def test_errors_name_bit_element_and_reason(payload, reason, bit, path, text):
    with pytest.raises(ExiDecodeError) as caught:
        codec("iso2").decode(bytes.fromhex(payload))
    error = caught.value
    assert (error.reason, error.path, error.pdu) == (reason, path, bytes.fromhex(payload))
    assert text in str(error)
    assert bit is None or error.bit == bit
    assert isinstance(error, RemoteProtocolError)


def test_an_unknown_body_is_a_deviation():
    start = BitWriter()
    for value, width in ((0x80, 8), (76, 7), (0, 1), (0, 1), (0, 1), (1, 8), (0, 8), (0, 1), (2, 2), (0, 1), (63, 6)):
        start.bits(value, width)
    with pytest.raises(ExiDecodeError, match=r"V2G_Message/Body: event code \d+ is beyond what the schema has here"):
        codec("iso2").decode(start.finish() + bytes(8))


def test_an_endless_number_is_refused():
    writer = BitWriter()
    for value, width in ((0x80, 8), (0, 2), (0, 3)):
        writer.bits(value, width)
    writer.octets(b"\xff" * 60_000)
    with pytest.raises(ExiDecodeError, match="integer of more than 100 groups"):
        codec("sap").decode(writer.finish())


def test_a_length_beyond_the_stream_costs_nothing():
    huge = BitWriter()
    for value, width in ((0x80, 8), (76, 7), (0, 1), (0, 1), (0, 1)):
        huge.bits(value, width)
    huge.unsigned(2**62)
    with pytest.raises(ExiDecodeError, match="bytes wanted, 0 left"):
        codec("iso2").decode(huge.finish())


def test_any_element_in_a_signature_is_refused():
    writer = BitWriter()
    one = codec("iso2")
    for value, width in ((0x80, 8), (one.schema.root_code("Object"), 7), (3, 3), (0, 32)):
        writer.bits(value, width)
    with pytest.raises(ExiDecodeError) as caught:
        one.decode(writer.finish())
    assert (caught.value.reason, caught.value.path) == (Reason.WILDCARD, "Object")


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({}, "a document is a mapping with the name of the message as its only key"),
        ([], "a document is a mapping"),
        ({"Nothing": {}}, "no message 'Nothing' in 'iso2'"),
        ({3: {}}, "no message 3 in 'iso2'"),
        ({"V2G_Message": 5}, "V2G_Message: has children, 5 is no mapping"),
        ({"V2G_Message": {"Body": {}}}, "V2G_Message: 'Header' is missing (left to write: Body)"),
        ({"V2G_Message": {"Header": HEADER, "Body": {}, "Tail": 1}}, "V2G_Message: 'Tail' cannot stand here"),
        ({"V2G_Message": {"Header": HEADER, "Body": {"SessionStopReq": {}, "AuthorizationReq": {}}}}, "cannot stand here"),
        ({"V2G_Message": {"Header": {"SessionID": b"123456789"}, "Body": {}}}, "SessionID: 9 bytes, 'sessionIDType' has 0..8"),
        ({"V2G_Message": {"Header": {"SessionID": "00"}, "Body": {}}}, "SessionID: '00' is no bytes value"),
        (pre_charge(EVReady=1), "EVReady: 1 is no truth value"),
        (pre_charge(EVErrorCode="NOTHING"), "EVErrorCode: 'NOTHING' is no word of 'DC_EVErrorCodeType' (have: NO_ERROR, "),
        (pre_charge(EVErrorCode=[]), "EVErrorCode: [] is no word"),
        (pre_charge(EVErrorCode=Code(15)), "Code(number=15) is only written where invalid values are allowed"),
        (pre_charge(EVRESSSOC=101), "EVRESSSOC: 101 is outside 0..100 of 'percentValueType'"),
        (pre_charge(EVRESSSOC=-1), "EVRESSSOC: -1 is outside 0..100"),
        (pre_charge(EVRESSSOC=1.5), "EVRESSSOC: 1.5 is no whole number"),
        (pre_charge(EVRESSSOC=True), "EVRESSSOC: True is no whole number"),
        (pre_charge(EVRESSSOC=None), "EVRESSSOC: None is no whole number"),
        (pre_charge(EVReady=None), "EVReady: None is no truth value"),
    ],
)
def test_documents_that_do_not_fit_are_refused(document, text):
    with pytest.raises(ExiEncodeError) as caught:
        codec("iso2").encode(document)
    assert text in str(caught.value)
    assert isinstance(caught.value, LocalProtocolError)


def test_a_repeated_child_is_a_list():
    entry = {"ProtocolNamespace": "urn:x", "VersionNumberMajor": 2, "VersionNumberMinor": 0, "SchemaID": 1, "Priority": 1}
    one = codec("sap")
    assert one.decode(one.encode({"supportedAppProtocolReq": {"AppProtocol": [entry] * 20}})).document
    for wrong, text in (
        (entry, "'AppProtocol' may be repeated, so it is a list"),
        ("ab", "'AppProtocol' may be repeated, so it is a list, not 'ab'"),
        ([], "'AppProtocol' is missing"),
        ([entry] * 21, "'AppProtocol' cannot stand here: unknown to 'supportedAppProtocolReq()', too many"),
        ([entry, 5], r"supportedAppProtocolReq/AppProtocol[1]: has children, 5 is no mapping"),
    ):
        with pytest.raises(ExiEncodeError) as caught:
            one.encode({"supportedAppProtocolReq": {"AppProtocol": wrong}})
        assert text in str(caught.value)


# -- lists up to their bounds -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 1023, 1024])
def test_long_schedules_come_back(count):
    one = codec("iso2")
    entries = [{"RelativeTimeInterval": {"start": 60 * n}, "PMax": {"Multiplier": 3, "Unit": "W", "Value": n}} for n in range(count)]
    schedule = {"SAScheduleTuple": [{"SAScheduleTupleID": 1, "PMaxSchedule": {"PMaxScheduleEntry": entries}}]}
    made = {"SAScheduleList": schedule}
    payload = one.encode(made)
    assert payload == one.layout(made).payload
    assert both(one, payload).document == made


def test_texts_beyond_ascii_come_back():
    one = codec("iso2")
    made = {
        "ServiceDetailRes": {
            "ResponseCode": "OK",
            "ServiceID": 5,
            "ServiceParameterList": {"ParameterSet": [parameters("充电 \U0001f50c")]},
        }
    }
    assert both(one, one.encode(made)).document == made


def parameters(text):
    return {"ParameterSetID": 1, "Parameter": [{"Name": text, "stringValue": text}]}


# -- references to earlier texts --------------------------------------------------------------------------------------------------


def with_texts(first, second, third):
    """A parameter list whose texts are written as given: a str as a literal, a tuple as a reference (kind, number, width)."""
    one = codec("iso2")
    writer = BitWriter()
    writer.bits(0x80, 8)
    writer.bits(one.schema.root_code("ServiceDetailRes"), 7)
    for value, width in ((0, 1), (0, 1), (0, 5), (0, 1)):  # ResponseCode OK
        writer.bits(value, width)
    for value, width in ((0, 1), (0, 1), (5, 8), (0, 1)):  # ServiceID 5
        writer.bits(value, width)
    for value, width in ((0, 2), (0, 1)):  # ServiceParameterList, ParameterSet
        writer.bits(value, width)
    for value, width in ((0, 1), (0, 1), (0, 1), (1, 8), (0, 1)):  # ParameterSetID 1, a short
        writer.bits(value, width)
    for number, (name, value) in enumerate(((first, None), (second, third))):
        writer.bits(0, 2 if number else 1)  # Parameter
        writer.bits(0, 1)  # attribute Name
        write_text(writer, name)
        if value is None:
            for bits, width in ((0, 3), (0, 1), (1, 1), (0, 1)):  # boolValue true
                writer.bits(bits, width)
        else:
            writer.bits(5, 3)  # stringValue
            writer.bits(0, 1)
            write_text(writer, value)
            writer.bits(0, 1)
        writer.bits(0, 1)  # end of the parameter
    for value, width in ((1, 2), (1, 2), (0, 1)):  # ends of set, list and message
        writer.bits(value, width)
    return writer.finish()


def write_text(writer, text):
    if isinstance(text, str):
        writer.unsigned(len(text) + 2)
        for character in text:
            writer.unsigned(ord(character))
    else:
        kind, number, width = text
        writer.unsigned(kind)
        if width:
            writer.bits(number, width)


LOCAL, GLOBAL = 0, 1


def names_and_value(document):
    one, two = document["ServiceDetailRes"]["ServiceParameterList"]["ParameterSet"][0]["Parameter"]
    return one["Name"], two["Name"], two["stringValue"]


def test_literals_alone_are_the_regular_case():
    payload = with_texts("Protocol", "Port", "http")
    decoded = both(codec("iso2"), payload)
    assert names_and_value(decoded.document) == ("Protocol", "Port", "http")
    assert codec("iso2").encode(decoded.document) == payload


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("Protocol", (LOCAL, 0, 0), "http"), ("Protocol", "Protocol", "http")),
        (("Protocol", (GLOBAL, 0, 0), "http"), ("Protocol", "Protocol", "http")),
        (("Protocol", "Port", (GLOBAL, 0, 1)), ("Protocol", "Port", "Protocol")),
        (("Protocol", "Port", (GLOBAL, 1, 1)), ("Protocol", "Port", "Port")),
    ],
)
def test_references_to_earlier_texts_are_read(texts, expected):
    decoded = both(codec("iso2"), with_texts(*texts))
    assert names_and_value(decoded.document) == expected
    [finding] = decoded.findings
    assert finding.reason is Reason.REPEATED_TEXT
    assert names_and_value(codec("iso2").decode(codec("iso2").encode(decoded.document)).document) == expected


@pytest.mark.parametrize("texts", [("Protocol", "Port", (LOCAL, 0, 0)), (((GLOBAL, 0, 0)), "Port", "x"), ("", (LOCAL, 0, 0), "x")])
def test_a_reference_to_nothing_is_an_error(texts):
    with pytest.raises(ExiDecodeError) as caught:
        codec("iso2").decode(with_texts(*texts))
    assert caught.value.reason is Reason.TEXT
    assert caught.value.path.startswith("ServiceDetailRes/ServiceParameterList/ParameterSet[0]/Parameter[")


# -- speed of the regular case ----------------------------------------------------------------------------------------------------


def test_the_sources_of_compiled_functions_can_be_read():
    schema = codec("iso2").schema
    assert "def decode(n, r):" in Decoders(schema).source("CurrentDemandReqType")
    assert "def encode(d, a):" in Encoders(schema).source("CurrentDemandReqType")


def test_a_prepared_codec_gives_the_same_answers_and_compiles_nothing_more(monkeypatch):
    one = Codec(schema_set("iso2"))
    one.prepare()
    monkeypatch.setattr(Decoders, "_compile", None)
    monkeypatch.setattr(Encoders, "_compile", None)
    assert one.decode_regular(SESSION_SETUP).document == SESSION_SETUP_DOCUMENT
    assert one.encode_regular(SESSION_SETUP_DOCUMENT) == SESSION_SETUP
