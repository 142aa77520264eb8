"""The attestation: an in-toto statement about the results in a DSSE envelope, signed with Ed25519."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pydantic import JsonValue

from harness.case.documents import ResultsDoc
from harness.case.run.results import all_passed, counted_as
from harness.case.run.runfolder import canonical_json
from harness.report.package.signing.keys import Attestor

__all__ = ["EnvelopeError", "envelope_bytes", "open_envelope", "statement", "statement_faults"]

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://in-toto.io/attestation/test-result/v0.1"

_SUBJECTS = ("data/report/report.pdf", "data/results/results.json")


class EnvelopeError(ValueError):
    """No envelope, an unknown key, or a signature that does not belong to the payload."""


def statement(results: ResultsDoc, digests: Mapping[str, str]) -> dict[str, JsonValue]:
    """The statement about *results*; *digests* are SHA-256 by path of the files in the package.

    PASSED stands only where every applicable case passed.
    """
    words = {row["id"]: counted_as(row) for row in results["results"]}
    subject = {path: digests[path] for path in sorted(digests) if path in _SUBJECTS}
    configuration = {path: digests[path] for path in sorted(digests) if path.startswith("data/plan/")}
    return {
        "_type": STATEMENT_TYPE,
        "subject": _descriptors(subject),
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "result": "PASSED" if all_passed(results) else "FAILED",
            "configuration": _descriptors(configuration),
            "passedTests": [row for row, word in words.items() if word == "pass"],
            "warnedTests": [],
            "failedTests": [row for row, word in words.items() if word in ("fail", "inconc", "error")],
        },
    }


def envelope_bytes(document: Mapping[str, JsonValue], attestor: Attestor) -> bytes:
    """*document* signed: a DSSE envelope as JSON."""
    payload = canonical_json(document).rstrip(b"\n")
    signature = attestor.key.sign(_encoded(PAYLOAD_TYPE, payload))
    key_id = hashlib.sha256(attestor.certificate.public_key.dump()).hexdigest()
    envelope = {
        "payload": base64.b64encode(payload).decode("ascii"),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": key_id, "sig": base64.b64encode(signature).decode("ascii")}],
    }
    return canonical_json(envelope)


def open_envelope(content: bytes, keys: Mapping[str, bytes]) -> tuple[dict[str, JsonValue], str]:
    """Statement and id of the key that signed it; *keys* are public keys (DER) by id.

    Raises:
        EnvelopeError: see there.
    """
    try:
        envelope = json.loads(content)
        payload = base64.b64decode(envelope["payload"], validate=True)
        kind = envelope["payloadType"]
        (signature,) = envelope["signatures"]
        key_id, sig = str(signature["keyid"]), base64.b64decode(signature["sig"], validate=True)
    except (ValueError, KeyError, TypeError) as error:
        raise EnvelopeError(f"no DSSE envelope: {error}") from error
    if key_id not in keys:
        raise EnvelopeError(f"signed with an unknown key {key_id[:16]}")
    public = load_der_public_key(keys[key_id])
    if not isinstance(public, Ed25519PublicKey):
        raise EnvelopeError("the key is no Ed25519 key")
    try:
        public.verify(sig, _encoded(kind, payload))
    except InvalidSignature:
        raise EnvelopeError("the signature does not belong to the payload") from None
    document = json.loads(payload)
    if kind != PAYLOAD_TYPE or not isinstance(document, dict):
        raise EnvelopeError(f"the payload is no in-toto statement but '{kind}'")
    return cast("dict[str, JsonValue]", document), key_id


def statement_faults(stated: Mapping[str, JsonValue], expected: Mapping[str, JsonValue]) -> list[str]:
    """Members in which a statement is not the one that follows from results and files."""
    found = [key for key in ("_type", "subject", "predicateType") if stated.get(key) != expected[key]]
    predicate, should = stated.get("predicate"), expected["predicate"]
    if not isinstance(predicate, dict) or not isinstance(should, dict):
        return [*found, "predicate"]
    return found + [f"predicate.{key}" for key in should if predicate.get(key) != should[key]]


def _descriptors(digests: Mapping[str, str]) -> list[JsonValue]:
    return [{"name": path, "digest": {"sha256": digest}} for path, digest in digests.items()]


def _encoded(kind: str, payload: bytes) -> bytes:
    """Pre-authentication encoding of DSSE."""
    name = kind.encode("utf-8")
    return b"DSSEv1 %d %s %d %s" % (len(name), name, len(payload), payload)
