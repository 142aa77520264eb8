"""Which protocol is agreed on."""

import pytest

from harness.core.errors import RemoteProtocolError
from harness.protocols.iso15118.exi import ExiEncodeError, codec
from harness.protocols.iso15118.sap import (
    DIN_SPEC_70121,
    ISO_15118_2,
    ISO_15118_20_AC,
    ISO_15118_20_DC,
    PROTOCOLS,
    Answer,
    Offer,
    ResponseCode,
    choose,
    encode_request,
    encode_response,
    read_request,
    read_response,
)

DIN = Offer(DIN_SPEC_70121.namespace, 2, 0, 1, 2)
ISO2 = Offer(ISO_15118_2.namespace, 2, 0, 2, 1)
TESLA = Offer("urn:tesla:din:2018:MsgDef", 1, 0, 3, 1)


def test_the_highest_ranked_of_the_common_protocols_is_taken():
    assert choose([DIN, ISO2], PROTOCOLS) == (Answer(ResponseCode.OK, 2), ISO_15118_2)
    assert choose([DIN, ISO2], [DIN_SPEC_70121]) == (Answer(ResponseCode.OK, 1), DIN_SPEC_70121)
    assert choose([TESLA, DIN], PROTOCOLS) == (Answer(ResponseCode.OK, 1), DIN_SPEC_70121)


def test_another_minor_version_is_accepted_and_said():
    offer = Offer(ISO_15118_2.namespace, 2, 1, 7, 1)
    assert choose([offer], PROTOCOLS) == (Answer(ResponseCode.MINOR_DEVIATION, 7), ISO_15118_2)


def test_nothing_in_common_fails():
    major = Offer(ISO_15118_2.namespace, 1, 0, 7, 1)
    for offers in ([], [TESLA], [major]):
        assert choose(offers, PROTOCOLS) == (Answer(ResponseCode.FAILED, None), None)


def test_requests_come_back():
    offers = [DIN, ISO2, TESLA]
    payload = encode_request(offers)
    assert payload[:1] == b"\x80"
    assert read_request(codec("sap").decode(payload).document) == offers


@pytest.mark.parametrize("answer", [Answer(ResponseCode.OK, 2), Answer(ResponseCode.FAILED, None), Answer(ResponseCode.MINOR_DEVIATION, 0)])
def test_responses_come_back(answer):
    payload = encode_response(answer)
    assert payload[:2] == b"\x80\x40" or answer.code is not ResponseCode.OK
    assert read_response(codec("sap").decode(payload).document) == answer


def test_a_known_request_of_a_vehicle_is_read():
    payload = bytes.fromhex("8000dbab9371d3234b71d1b981899189d191818991d26b9b3a232b30020000040040")
    assert read_request(codec("sap").decode(payload).document) == [Offer("urn:din:70121:2012:MsgDef", 2, 0, 1, 1)]


def test_numbers_out_of_range_need_leave():
    wrong = [Offer("urn:x", 2, 0, 1, 21)]
    with pytest.raises(ExiEncodeError, match=r"AppProtocol\[0\]/Priority: 21 is outside 1..20"):
        encode_request(wrong)
    decoded = codec("sap").decode(encode_request(wrong, allow_invalid=True))
    assert read_request(decoded.document) == wrong
    assert len(decoded.findings) == 1


def test_another_message_is_refused():
    request, response = ({"supportedAppProtocolReq": {"AppProtocol": []}}, {"supportedAppProtocolRes": {"ResponseCode": "OK"}})
    with pytest.raises(RemoteProtocolError, match="expected supportedAppProtocolRes, found supportedAppProtocolReq"):
        read_response(request)
    with pytest.raises(RemoteProtocolError, match="expected supportedAppProtocolReq, found supportedAppProtocolRes"):
        read_request(response)
    with pytest.raises(RemoteProtocolError, match="entry of supportedAppProtocolReq is not readable"):
        read_request({"supportedAppProtocolReq": {"AppProtocol": [{}]}})
    with pytest.raises(RemoteProtocolError, match="'OK' is none of"):
        read_response(response)


def test_every_protocol_names_its_schema_sets():
    assert ISO_15118_20_DC.schemas == ("iso20_common", "iso20_dc")
    assert ISO_15118_20_AC.schemas == ("iso20_common", "iso20_ac")
    for protocol in PROTOCOLS:
        for name in protocol.schemas:
            assert codec(name).schema.elements
