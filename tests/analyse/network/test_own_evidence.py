"""The evidence of our own runs is a recording like any other: the analyser tells the same sessions of it as the run saw."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.analyse.analysis import analyse_captures
from harness.bench.evidence import write_evidence
from harness.core import Chunk, Handshake, Verdict
from harness.protocols.iso15118 import STANDARD
from tests.protocols.iso15118.scripted import CHARGER, VEHICLE, records, session
from tests.protocols.iso15118.test_tls_records import AGREED, with_handshake


def told(messages):
    """What a message says, frame numbers included; the instants are those of the file either way."""
    return [(each.name, each.t_ns, each.values, each.frames, each.sender, each.note) for each in messages]


def protected(record):
    return record._replace(pdu=replace(record.pdu, security="TLS 1.2")) if isinstance(record.pdu, Chunk) else record


@pytest.mark.parametrize("security", ["", "TLS 1.2"])
def test_the_analyser_tells_the_same_sessions(tmp_path: Path, security: str):
    seen = [protected(record) if security else record for record in records(session())]
    decoder = STANDARD.decoder()
    messages = [message for record in seen for message in decoder.feed(record)]
    (expected,) = STANDARD.sessions(messages, seen)
    (analysis,) = analyse_captures([write_evidence(tmp_path / "case", seen)], [STANDARD])
    (link,) = analysis.links
    (found,) = link.sessions
    assert link.link == seen[0].link
    assert told(link.messages) == told(messages)
    assert {message.security for message in link.messages if message.name.endswith(("Req", "Res"))} >= {security}
    assert (found.complete, found.ended_by, found.end_reason, found.facts) == (
        expected.complete, expected.ended_by, expected.end_reason, expected.facts,
    )  # fmt: skip
    assert analysis.capture.notes == ()
    assert link.verdict is Verdict.PASS


def test_a_connection_that_was_torn_down_is_told_as_ended(tmp_path: Path):
    whole = records(session())
    torn = [record for record in whole if not (isinstance(record.pdu, Chunk) and record.pdu.end)][:-4]
    last = next(record for record in reversed(torn) if isinstance(record.pdu, Chunk))
    gone = last._replace(number=last.number + 1, t_ns=last.t_ns + 5_000_000, pdu=replace(last.pdu, data=b"", reset=True))
    (analysis,) = analyse_captures([write_evidence(tmp_path / "case", [*torn, gone])], [STANDARD])
    (found,) = analysis.links[0].sessions
    assert not found.complete
    assert found.ended_by


def test_the_outcome_of_a_handshake_is_told_as_the_run_saw_it(tmp_path: Path):
    seen = with_handshake(AGREED)
    decoder = STANDARD.decoder()
    messages = [message for record in seen for message in decoder.feed(record)]
    (analysis,) = analyse_captures([write_evidence(tmp_path / "case", seen)], [STANDARD])
    (link,) = analysis.links
    assert told(link.messages) == told(messages)
    (found,) = link.sessions
    assert (found.complete, found.facts["security"]) == (True, "TLS 1.2")
    assert any("encrypted with TLS 1.2 (ECDHE-ECDSA-AES128-SHA256), agreed on in frame 6" in line for line in found.story["en"])


def test_a_refused_handshake_is_told_with_its_alert(tmp_path: Path):
    seen = with_handshake([Handshake(VEHICLE, CHARGER, alert="unknown_ca")])[:6]
    (analysis,) = analyse_captures([write_evidence(tmp_path / "case", seen)], [STANDARD])
    (found,) = analysis.links[0].sessions
    assert (found.complete, found.ended_by) == (False, "vehicle")
    assert "TLS handshake with unknown_ca" in found.end_reason
