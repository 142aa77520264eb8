"""Bytes of ISO 13400 and back; whatever comes, a refusal at worst."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.protocols.doip.codec import DoipError, DoipMessage, Header, Splitter, decode, encode, frame
from harness.protocols.doip.tables import LAYOUTS, HeaderNack, PayloadType

ACTIVATION = bytes.fromhex("02FD000500000007 0E80 00 00000000")
READ_VIN = bytes.fromhex("02FD800100000007 0E80 1027 22F190")


def test_known_messages_are_read_and_written() -> None:
    activation = decode(ACTIVATION)
    assert (activation.name, dict(activation.values)) == (
        "RoutingActivationReq",
        {"source": 0x0E80, "activation": 0, "reserved": bytes(4)},
    )
    request = decode(READ_VIN)
    assert dict(request.values) == {"source": 0x0E80, "target": 0x1027, "data": bytes.fromhex("22F190")}
    assert encode(activation) == ACTIVATION
    assert encode(request) == READ_VIN


def test_optional_fields_may_be_left_out() -> None:
    short = decode(bytes.fromhex("02FD400200000003 00 02 01"))
    assert "max_size" not in short.values
    long = decode(bytes.fromhex("02FD400200000007 00 02 01 00001068"))
    assert long.number("max_size") == 4200
    assert decode(bytes.fromhex("02FD800200000005 1027 0E80 00")).raw("previous") == b""


@pytest.mark.parametrize(
    ("text", "nack"),
    [
        ("02FC000700000000", HeaderNack.INCORRECT_PATTERN),
        ("09F6000700000000", HeaderNack.INCORRECT_PATTERN),
        ("02FD123400000000", HeaderNack.UNKNOWN_TYPE),
        ("02FD8001FFFFFFFF", HeaderNack.TOO_LARGE),
        ("02FD000700000001 00", HeaderNack.INVALID_LENGTH),
        ("02FD800100000004 0E801027", HeaderNack.INVALID_LENGTH),
        ("02FD000700000000 00", HeaderNack.INVALID_LENGTH),
        ("02FD00", HeaderNack.INVALID_LENGTH),
    ],
)
def test_wrong_bytes_are_told_by_the_code_of_their_refusal(text: str, nack: HeaderNack) -> None:
    with pytest.raises(DoipError) as caught:
        decode(bytes.fromhex(text))
    assert caught.value.nack is nack


@pytest.mark.parametrize(
    ("kind", "values", "complaint"),
    [
        (PayloadType.ALIVE_RES, {"source": 0x10000}, "number of 2 bytes"),
        (PayloadType.ALIVE_RES, {"target": 1}, "has no target"),
        (PayloadType.IDENTIFICATION_REQ_VIN, {"vin": b"short"}, "must be 17 bytes"),
        (PayloadType.DIAGNOSTIC, {"source": 1, "target": 2}, "cannot have 4 bytes"),
    ],
)
def test_messages_that_cannot_be_are_not_written(kind: PayloadType, values: dict[str, int | bytes], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        encode(DoipMessage(kind, values))


def test_a_stream_is_put_together_however_it_was_cut() -> None:
    whole = ACTIVATION + READ_VIN + ACTIVATION
    byte_by_byte, at_once = Splitter(), Splitter()
    pieces = [piece for index in range(len(whole)) for piece in byte_by_byte.feed(whole[index : index + 1])]
    assert pieces == at_once.feed(whole) == [ACTIVATION, READ_VIN, ACTIVATION]
    assert not byte_by_byte.waits


def test_what_is_refused_is_passed_over_and_a_wrong_pattern_loses_the_stream() -> None:
    stream = Splitter(longest=100)
    unknown, long, whole = stream.feed(frame(0x1234, bytes(5)) + frame(0x8001, bytes(200)) + READ_VIN)
    assert isinstance(unknown, DoipError)
    assert isinstance(long, DoipError)
    assert (unknown.nack, long.nack, whole) == (HeaderNack.UNKNOWN_TYPE, HeaderNack.TOO_LARGE, READ_VIN)
    (pattern,) = stream.feed(frame(0x0007, inverse=0) + READ_VIN)
    assert isinstance(pattern, DoipError)
    assert stream.is_lost
    assert stream.feed(READ_VIN) == []


def _values(kind: PayloadType) -> st.SearchStrategy[DoipMessage]:
    layout = LAYOUTS[kind]
    rows = {}
    for row in (*layout.fields, *layout.optional):
        numbers: st.SearchStrategy[int | bytes] = st.integers(0, (1 << 8 * row.size) - 1)
        raw: st.SearchStrategy[int | bytes] = st.binary(min_size=row.size or 1, max_size=row.size or 60)
        rows[row.name] = numbers if row.is_number else raw
    return st.fixed_dictionaries(rows).map(lambda values: DoipMessage(kind, values))


@given(st.sampled_from(PayloadType).flatmap(_values))
def test_every_message_comes_back_as_it_was(message: DoipMessage) -> None:
    assert decode(encode(message)) == message


@given(st.lists(st.binary(max_size=64), max_size=20))
def test_no_bytes_break_the_splitter_or_make_it_grow(pieces: list[bytes]) -> None:
    stream = Splitter(longest=256)
    for piece in pieces:
        for each in stream.feed(piece):
            assert isinstance(each, DoipError) or Header.of(each).length <= 256
        assert len(stream._held) <= 264


@given(st.binary(max_size=80))
def test_any_bytes_are_a_message_or_refused(data: bytes) -> None:
    header = Header.of(data) if len(data) >= 8 else None
    if header is None or header.fault() or len(data) != 8 + header.length:
        with pytest.raises(DoipError):
            decode(data)
    else:
        assert encode(decode(data)) == data


@given(st.sampled_from(PayloadType), st.binary(max_size=60))
def test_any_payload_behind_a_right_header_is_a_message_or_refused(kind: PayloadType, payload: bytes) -> None:
    data = frame(kind, payload)
    if LAYOUTS[kind].fits(len(payload)):
        assert encode(decode(data)) == data
    else:
        with pytest.raises(DoipError, match="cannot have"):
            decode(data)
