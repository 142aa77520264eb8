"""Frames out of datagrams and streams, whole, in pieces and wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.errors import LocalProtocolError
from harness.protocols.iso15118.v2gtp import BadHeader, Frame, HeaderFault, PayloadType, StreamDecoder, decode_datagram, encode_frame

ONE = Frame(PayloadType.EXI, b"\x80\x98\x01")
TWO = Frame(PayloadType.EXI_DC, bytes(300))


def test_a_header_is_version_inverse_type_and_length():
    assert encode_frame(PayloadType.EXI, b"\x80\x98\x01") == bytes.fromhex("01fe800100000003809801")
    assert encode_frame(0x9000, b"\x10\x00") == bytes.fromhex("01fe9000000000021000")


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"version": 256}, "version 256"),
        ({"inverse": -1}, "inverse version -1"),
        ({"length": 2**32}, "length 4294967296 does not fit its field (0..4294967295)"),
    ],
)
def test_numbers_that_do_not_fit_the_header_are_refused(changed, text):
    with pytest.raises(LocalProtocolError) as caught:
        encode_frame(0x8001, b"", **changed)
    assert text in str(caught.value)
    with pytest.raises(LocalProtocolError, match="payload type 65536"):
        encode_frame(65536, b"")


@given(st.lists(st.integers(1, 40), max_size=40))
def test_frames_come_out_of_a_stream_however_it_is_cut(cuts):
    data = b"".join(encode_frame(frame.payload_type, frame.payload) for frame in (ONE, TWO, ONE))
    decoder, found = StreamDecoder(), []
    for cut in cuts:
        found += decoder.receive(data[:cut])
        data = data[cut:]
    found += decoder.receive(data)
    assert found == [ONE, TWO, ONE]
    assert decoder.pending == 0


def test_a_frame_waits_for_its_last_byte():
    data = encode_frame(PayloadType.EXI, b"abc")
    decoder = StreamDecoder()
    assert decoder.receive(data[:-1]) == []
    assert decoder.pending == len(data) - 1
    assert decoder.receive(data[-1:]) == [Frame(PayloadType.EXI, b"abc")]


WRONG = {
    HeaderFault.VERSION: encode_frame(0x8001, b"abc", version=0xFF),
    HeaderFault.INVERSE: encode_frame(0x8001, b"abc", inverse=0xFF),
    HeaderFault.PAYLOAD_TYPE: encode_frame(0x7001, b"abc"),
    HeaderFault.EMPTY: encode_frame(0x8001, b""),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_frame_is_passed_over_and_the_next_one_read(fault):
    decoder = StreamDecoder()
    bad, good = decoder.receive(WRONG[fault] + encode_frame(ONE.payload_type, ONE.payload))
    assert isinstance(bad, BadHeader)
    assert (bad.fault, bad.data) == (fault, WRONG[fault])
    assert good == ONE
    assert decoder.broken is None
    assert decode_datagram(WRONG[fault]) == bad


def test_texts_of_faults_name_what_was_found():
    assert [decode_datagram(data).text for data in WRONG.values()] == [
        "version 0xFF, expected 0x01",
        "inverse version 0xFF, expected 0xFE",
        "payload type 0x7001 is none of ISO 15118",
        "payload length 0",
    ]


def test_after_a_length_that_nobody_sends_the_stream_is_given_up():
    decoder = StreamDecoder(longest=1000)
    [bad] = decoder.receive(encode_frame(0x8001, b"abc", length=1001))
    assert (bad.fault, bad.text) == (HeaderFault.TOO_LONG, "payload length 1001, more than 1000 is not taken")
    assert decoder.broken == bad
    assert decoder.receive(encode_frame(ONE.payload_type, ONE.payload)) == []
    assert decoder.pending == 0


def test_a_wrong_version_with_a_senseless_length_breaks_the_stream_too():
    decoder = StreamDecoder()
    [bad] = decoder.receive(b"GET / HTTP/1.1\r\n\r\n")
    assert bad.fault is HeaderFault.VERSION
    assert decoder.broken == bad


def test_a_datagram_holds_one_frame_exactly():
    data = encode_frame(PayloadType.SDP_REQUEST, b"\x10\x00")
    assert decode_datagram(data) == Frame(PayloadType.SDP_REQUEST, b"\x10\x00")
    assert decode_datagram(data[:-1]).fault is HeaderFault.INCOMPLETE
    assert decode_datagram(data + b"\0").fault is HeaderFault.SURPLUS
    assert decode_datagram(data[:7]).text == "7 bytes, a header has 8"


@given(st.binary(max_size=64))
def test_any_bytes_are_a_frame_or_a_bad_header(data):
    assert isinstance(decode_datagram(data), (Frame, BadHeader))
    assert all(isinstance(item, (Frame, BadHeader)) for item in StreamDecoder().receive(data))


def test_manufacturers_have_types_of_their_own():
    assert decode_datagram(encode_frame(0xA000, b"x")) == Frame(0xA000, b"x")
