"""Generated documents of every message of every schema set survive encoding and decoding, by both paths alike."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.protocols.iso15118.exi import SCHEMAS, codec
from harness.protocols.iso15118.exi.reader import read_document
from tests.protocols.iso15118.documents import NOT_EXPRESSIBLE, Drawn, document, messages

EVERY = [(name, message) for name in SCHEMAS for message in messages(codec(name).schema)]


class Hypothesis:
    """Decisions of hypothesis."""

    def __init__(self, data):
        self._data = data

    def number(self, low, high):
        return self._data.draw(st.integers(low, high))


def check(one, made):
    exact = one.layout(made).payload
    assert one.encode(made) == exact
    decoded = one.decode(exact)
    assert (decoded.document, decoded.findings, decoded.trailing) == (made, (), b"")
    reading = read_document(one.schema, one._grammar, exact)
    assert repr(reading.document) == repr(decoded.document)
    assert not reading.findings


@settings(max_examples=150)
@given(data=st.data())
def test_generated_documents_of_all_messages_come_back(data):
    name, message = data.draw(st.sampled_from(EVERY))
    check(codec(name), document(codec(name).schema, message, Hypothesis(data)))


@pytest.mark.parametrize(("name", "message"), EVERY)
def test_each_message_comes_back(name, message):
    for seed in range(2):
        check(codec(name), document(codec(name).schema, message, Drawn(seed)))


@pytest.mark.parametrize("name", SCHEMAS)
def test_messages_without_signature_take_the_compiled_path(name):
    """Only XML signatures (mixed text, any element) and texts beyond ASCII may need the exact reader and writer."""
    one = codec(name)
    signatures = {namespace for namespace in one.schema.namespaces if namespace.endswith("xmldsig#")}
    taken = 0
    for message in messages(one.schema):
        code = one.schema.root_code(message.partition("/")[0])
        if one.schema.namespaces[one.schema.elements[code].qname[0]] in signatures:
            continue
        for seed in range(3):
            made = document(one.schema, message, Drawn(seed), plain=True)
            payload = one.encode_regular(made)
            assert payload is not None, message
            assert one.decode_regular(payload).document == made
            taken += 1
    assert taken >= {"sap": 6}.get(name, 40)


def test_what_documents_cannot_express_is_two_elements_of_signatures():
    assert {"SignatureProperties", "SignatureProperty"} == NOT_EXPRESSIBLE
