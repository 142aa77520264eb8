"""Whatever bytes come: a document or the codec's own error, in bounded memory; and never two readings of the same bytes."""

import random
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.protocols.iso15118.exi import SCHEMAS, Code, ExiDecodeError, ExiEncodeError, codec
from harness.protocols.iso15118.exi.reader import read_document
from tests.protocols.iso15118.documents import Drawn, document, messages

LONGEST = 65_535


def outcome(name, payload):
    """The document, or ``None`` for an error; the compiled functions must not see a regular message where the reader sees none."""
    one = codec(name)
    regular = one.decode_regular(payload)
    try:
        reading = read_document(one.schema, one._grammar, payload)
    except ExiDecodeError as error:
        bit = error.bit
        reading = None
    if reading is None:
        assert regular is None
        assert 0 <= bit <= 8 * len(payload)
        return None
    if regular is not None:
        assert repr(regular.document) == repr(reading.document)
        assert not reading.findings
        assert regular.trailing == reading.trailing
    return reading


@settings(max_examples=300)
@given(st.sampled_from(SCHEMAS), st.binary(max_size=80))
def test_random_bytes(name, tail):
    outcome(name, tail)
    outcome(name, b"\x80" + tail)


@pytest.mark.parametrize("name", SCHEMAS)
def test_mutated_messages_give_a_document_or_an_error(name):
    draw = random.Random(15118)
    one = codec(name)
    read = refused = 0
    for message in messages(one.schema):
        payload = one.encode(document(one.schema, message, Drawn(1)))
        for _ in range(12):
            reading = outcome(name, mutated(payload, draw))
            if reading is None:
                refused += 1
            else:
                read += 1
                written_again(one, reading)
    assert read
    assert refused


def mutated(payload, draw):
    data = bytearray(payload)
    for _ in range(draw.randint(1, 3)):
        place = draw.randrange(len(data)) if data else 0
        match draw.randrange(4):
            case 0:
                data[place : place + 1] = bytes((data[place] ^ 1 << draw.randrange(8),)) if data else b""
            case 1:
                del data[place:]
            case 2:
                data[place:place] = draw.randbytes(draw.randint(1, 4))
            case 3:
                data[place : place + 1] = draw.randbytes(1)
    return bytes(data)


def written_again(one, reading):
    """What was read can be written as it was, unless texts between elements have lost their place."""
    try:
        payload = one.encode(reading.document, allow_invalid=True)
    except ExiEncodeError:
        assert "#text" in repr(reading.document)
        return
    again = one.decode(payload)
    assert repr(again.document) == repr(reading.document)


@pytest.mark.parametrize("name", SCHEMAS)
def test_long_nonsense_takes_bounded_memory(name):
    draw = random.Random(1)
    tracemalloc.start()
    for filling in (b"\0" * LONGEST, b"\xff" * LONGEST, draw.randbytes(LONGEST)):
        for code in range(8):
            outcome(name, bytes((0x80, 32 * code)) + filling)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 64 * 2**20


def test_long_messages_are_left_to_the_exact_reader_and_writer():
    """Both take time in proportion to the length; the compiled functions would copy an ever longer integer."""
    one = codec("iso2")
    parameter = {"Name": "n" * 1000, "stringValue": "v" * 1000}

    def message(count):
        sets = [{"ParameterSetID": number, "Parameter": [parameter] * 16} for number in range(count)]
        return {"ServiceDetailRes": {"ResponseCode": "OK", "ServiceID": 1, "ServiceParameterList": {"ParameterSet": sets}}}

    assert one.encode_regular(message(1)) is not None
    assert one.encode_regular(message(3)) is None
    payload = one.encode(message(40))
    assert one.decode_regular(payload) is None
    assert one.decode(payload).document == message(40)


WRONG = (
    None,
    True,
    0,
    -1,
    4,
    101,
    256,
    70_000,
    2**70,
    1.0,
    "",
    "x",
    "OK",
    "充" * 70,
    b"",
    b"123456789",
    [],
    [{}],
    {},
    {"value": 1},
    Code(3),
)


@pytest.mark.parametrize("name", SCHEMAS)
def test_spoiled_documents_are_written_alike_by_both_paths_or_refused(name):
    """What the compiled functions write, the exact writer writes too: they never let through what it refuses."""
    draw = random.Random(20)
    one = codec(name)
    written = refused = 0
    for message in messages(one.schema):
        for seed in range(12):
            made = document(one.schema, message, Drawn(seed % 3))
            spoil(made[next(iter(made))], draw)
            regular = one.encode_regular(made)
            try:
                exact = one.layout(made).payload
            except ExiEncodeError:
                exact = None
                refused += 1
            assert regular is None or regular == exact
            if exact is not None:
                written += 1
                assert one.encode(made) == exact
    assert refused
    assert written


def spoil(content, draw):
    """Change one place of a document."""
    while isinstance(content, dict) and content:
        key = draw.choice(list(content))
        if draw.randrange(3) and isinstance(content[key], (dict, list)) and content[key]:
            content = content[key]
            if isinstance(content, list) and isinstance(content[0], dict):
                content = draw.choice(content)
            continue
        match draw.randrange(4):
            case 0:
                del content[key]
            case 1:
                content["Nothing"] = 1
            case 2:
                content[key] = [content[key]] * draw.randint(1, 3)
            case 3:
                content[key] = draw.choice(WRONG)
        return
    if isinstance(content, list):
        content.append(draw.choice(WRONG))
