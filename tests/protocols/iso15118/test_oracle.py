"""Our codec against the Java codec of the package ``iso15118``, an implementation that shares nothing with ours.

Runs only where PRECERT_ISO15118_PEER names an environment with that package, and takes minutes. What its layer of Java objects cannot
do is named here and counted apart; everything else must agree bit by bit, and in both directions.
"""

import json
import os
from collections import Counter

import pytest

from harness.protocols.iso15118.exi import SCHEMAS, ExiDecodeError, Reason, codec
from tests.protocols.iso15118.documents import Drawn, document, json_form, messages
from tests.protocols.iso15118.peer import JavaCodec, missing
from tests.protocols.iso15118.recordings import FOLDER, MESSAGES
from tests.protocols.iso15118.test_recordings import messages as recorded

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.xdist_group("java"),
    pytest.mark.skipif(
        "PRECERT_ISO15118_PEER" not in os.environ, reason="PRECERT_ISO15118_PEER names no environment with the package iso15118"
    ),
    pytest.mark.skipif(missing() is not None, reason=f"{missing()}"),
]

SEEDS = range(int(os.environ.get("PRECERT_ORACLE_SEEDS", "2")))
NO_BASE64 = "javax/mail/internet/MimeMultipart"
"""The package lacks a Java class that base64Binary of DIN SPEC 70121 needs on Java 11 and later."""
UNDERSTOOD = frozenset({"same", "zeros added", "no base64", "reference"})
"""Results that are no disagreement: the Java objects give absent optional numbers the value zero, and want an IDREF of DIN SPEC 70121
to point at an element of the same message."""
NEEDS_ROOT = frozenset({"din", "iso2"})
"""Here the Java codec only encodes a whole V2G_Message; other elements it decodes."""


@pytest.fixture(scope="module")
def java():
    with JavaCodec() as codec:
        yield codec


def comparable(schema):
    """Messages without XML signatures: the Java objects bring mixed text in another form."""
    for message in messages(schema):
        code = schema.root_code(message.partition("/")[0])
        signature = schema.namespaces[schema.elements[code].qname[0]].endswith("xmldsig#")
        if not signature:
            yield message


def without_zeros(content, wanted):
    """*content* without members that *wanted* lacks and that are zero: the Java objects give absent optional numbers that value."""
    if isinstance(content, dict) and isinstance(wanted, dict):
        return {key: without_zeros(value, wanted.get(key)) for key, value in content.items() if key in wanted or value != 0}
    if isinstance(content, list) and isinstance(wanted, list) and len(content) == len(wanted):
        return [without_zeros(one, other) for one, other in zip(content, wanted, strict=True)]
    return content


def verdict(answer, wanted, found):
    """How an answer of the Java codec compares; *found* is what it says, as a document."""
    error = str(answer.get("error", ""))
    if NO_BASE64 in error:
        return "no base64"
    if "UnmarshalException" in error and '"Id"' in json.dumps(wanted):
        return "reference"
    if error:
        return f"error {error}"
    if found == wanted:
        return "same"
    return "zeros added" if without_zeros(found, wanted) == wanted else f"differs: {json.dumps(found)[:2000]}"


def compare(java, name, made, encode):
    one = codec(name)
    payload, wanted = one.encode(made), json_form(one.schema, made)
    answer = java.ask(name, decode=payload.hex())
    yield "decode", (reading := verdict(answer, wanted, answer.get("document")))
    if encode:
        answer = java.ask(name, encode=wanted)
        written = bytes.fromhex(str(answer.get("payload", "")))
        yield "encode", "same" if written == payload else encoded(one, answer, wanted, written, reading)


def encoded(one, answer, wanted, written, reading):
    """How a stream of the Java codec with other bytes than ours compares; *reading* is how it read ours."""
    if not written:
        return verdict(answer, wanted, None)
    try:
        result = verdict(answer, wanted, json_form(one.schema, one.decode(written).document))
    except ExiDecodeError as error:
        # An added zero that its type does not allow is written as an event of the second level.
        return reading if error.reason is Reason.DEVIATION and reading == "zeros added" else f"not readable: {error}"
    return "other bytes" if result == "same" else result


@pytest.mark.parametrize("name", SCHEMAS)
def test_generated_messages_are_read_and_written_alike(java, name, record_property):
    counted, wrong = Counter(), []
    for message in comparable(codec(name).schema):
        for seed in SEEDS:
            made = document(codec(name).schema, message, Drawn(seed), plain=True)
            for direction, result in compare(java, name, made, name not in NEEDS_ROOT or "V2G_Message" in made):
                counted[direction, result if result in UNDERSTOOD else "wrong"] += 1
                if result not in UNDERSTOOD:
                    wrong.append(f"{message} seed {seed} {direction}: {result}")
    for (direction, result), count in counted.items():
        record_property(f"{name} {direction} {result}", count)
    print(f"{name}: {dict(counted)}")
    assert not wrong, "\n".join(wrong)
    assert counted["decode", "same"] >= counted.total() // 4
    assert counted["encode", "same"] >= counted.total() // 8


@pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recordings in {FOLDER}")
@pytest.mark.parametrize("name", MESSAGES)
def test_recorded_messages_are_read_alike(java, name):
    """The first of every kind, and then every 25th different one."""
    seen, count = set(), 0
    for number, (schema, payload) in enumerate(dict.fromkeys(recorded(FOLDER / name))):
        decoded = codec(schema).decode(payload)
        if decoded.name in seen and number % 25:
            continue
        seen.add(decoded.name)
        wanted = json_form(codec(schema).schema, decoded.document)
        answer = java.ask(schema, decode=payload.hex())
        assert verdict(answer, wanted, answer.get("document")) in {"same", "zeros added"}, answer
        count += 1
    assert count >= 15


def test_a_signature_in_the_header_is_read_and_written_alike(java):
    reference = {
        "URI": "#id1",
        "Transforms": {"Transform": [{"Algorithm": "http://www.w3.org/TR/canonical-exi/"}]},
        "DigestMethod": {"Algorithm": "http://www.w3.org/2001/04/xmlenc#sha256"},
        "DigestValue": bytes(range(32)),
    }
    signed = {
        "CanonicalizationMethod": {"Algorithm": "http://www.w3.org/TR/canonical-exi/"},
        "SignatureMethod": {"Algorithm": "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"},
        "Reference": [reference],
    }
    signature = {"SignedInfo": signed, "SignatureValue": {"value": bytes(64)}}
    header = {"SessionID": bytes(range(8)), "Signature": signature}
    made = {"V2G_Message": {"Header": header, "Body": {"AuthorizationReq": {"Id": "id1", "GenChallenge": bytes(16)}}}}
    assert dict(compare(java, "iso2", made, True)) == {"decode": "same", "encode": "same"}
