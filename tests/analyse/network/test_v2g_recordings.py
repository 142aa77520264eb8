"""The recordings of real vehicles, chargers and emulators: every message read, the story told, the verdict as expected."""

from __future__ import annotations

import random
import re
import struct
from dataclasses import replace

import pytest

from harness.analyse.analysis import analyse_captures
from harness.analyse.captures import read_capture
from harness.analyse.export import document_of
from harness.analyse.shapes import ANALYSIS
from harness.analyse.timeline import render_timelines
from harness.core import ConfigError, Verdict
from harness.protocols.gbt27930 import STANDARD as GBT
from harness.protocols.iso15118 import STANDARD
from tests.analyse.network.packets import packets, pcap
from tests.protocols.iso15118.recordings import FOLDER, MESSAGES
from tests.protocols.iso15118.scripted import records, session

EXPECTED = {
    "DIN_DC_DS5366_Josev.pcapng": ("din70121", "DIN SPEC 70121 2.0", "none", 460.0, "vehicle"),
    "ISO-2_DC_DS5366.pcapng": ("iso15118-2", "ISO 15118-2 2.0", "none", 376.5, "vehicle"),
    "ISO-2_DC_Renegotiation_DS5366_RiseV2G.pcapng": ("iso15118-2", "ISO 15118-2 2.0", "none", 460.0, "vehicle"),
    "audi-dc-iso2.pcap": ("iso15118-2", "ISO 15118-2 2.0", "none", 372.3, "vehicle"),
    "ISO-20_TLS13_DC_DS5366_Josev.pcapng": ("iso15118-20", "ISO 15118-20 1.0", "TLS 1.3", 400.0, "vehicle"),
}


def recording(name):
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"the recording '{name}' is not on this machine (recordings are not part of the repository)")
    return path


@pytest.mark.parametrize("name", MESSAGES)
def test_recording_is_read_told_and_judged(name):
    (analysis,) = analyse_captures([recording(name)], [GBT, STANDARD])
    (link,) = analysis.links
    dialect, agreed, security, volts, ended_by = EXPECTED[name]
    assert (link.standard.name, link.recognition.dialect) == ("iso15118", dialect)
    assert sum(bool(getattr(message, "connection", 0)) for message in link.messages) == MESSAGES[name]
    assert not [message for message in link.messages if message.name in ("V2GTP", "TLS")]
    (told,) = link.sessions
    assert (told.complete, told.ended_by, told.facts["security"]) == (True, ended_by, security)
    assert f"agreed on {agreed}" in "\n".join(told.story["en"])
    assert f"max {volts:g} V" in "\n".join(told.story["en"])
    assert f"最大 {volts:g} V" in "\n".join(told.story["zh"])
    assert link.verdict is Verdict.PASS
    assert {check.name.split()[0] for check in link.checks} == set(STANDARD.rules)


def test_renegotiation_shows_as_a_phase_and_keeps_the_order():
    (analysis,) = analyse_captures([recording("ISO-2_DC_Renegotiation_DS5366_RiseV2G.pcapng")], [STANDARD])
    phases = [phase.name for phase in analysis.links[0].sessions[0].phases]
    assert phases[7:10] == ["charging", "renegotiation", "parameters"]


def test_story_phases_and_checks_stand_in_the_document_and_on_the_page():
    analyses = analyse_captures([recording("DIN_DC_DS5366_Josev.pcapng")], [STANDARD])
    document = document_of(analyses)
    ANALYSIS.check(document)
    (told,) = document["captures"][0]["links"][0]["sessions"]
    assert set(told["story"]) == {"zh", "en"}
    page = render_timelines(analyses)
    assert "电缆检查" in page
    assert "双方商定 DIN SPEC 70121 2.0" in page
    assert "CurrentDemandReq" in page


def test_tls_without_its_secrets_stays_sealed_and_says_so(write):
    name = "ISO-20_TLS13_DC_DS5366_Josev.pcapng"
    content = recording(name).read_bytes().replace(b"TRAFFIC_SECRET", b"TRAFFIC_NOTHIN")
    (analysis,) = analyse_captures([write(content, name)], [STANDARD])
    assert any("TLS 1.3 stays sealed: the recording carries no secrets for it" in note for note in analysis.capture.notes)
    (link,) = analysis.links
    assert link.verdict is Verdict.NONE
    assert "no usable keys" in "\n".join(link.sessions[0].story["en"])


def test_secrets_in_a_block_of_the_file_open_tls(write):
    name = "ISO-20_TLS13_DC_DS5366_Josev.pcapng"
    content = recording(name).read_bytes()
    lines = b"\n".join(re.findall(rb"[A-Z_]+_SECRET(?:_0)? [0-9a-f]{64} [0-9a-f]{64,96}", content)) + b"\n"
    body = struct.pack("<II", 0x544C534B, len(lines)) + lines + bytes(-len(lines) % 4)
    block = struct.pack("<II", 10, len(body) + 12) + body + struct.pack("<I", len(body) + 12)
    (first,) = struct.unpack_from("<I", content, 4)
    moved = content[:first] + block + content[first:].replace(b"TRAFFIC_SECRET", b"TRAFFIC_NOTHIN")
    (analysis,) = analyse_captures([write(moved, name)], [STANDARD])
    assert sum(bool(getattr(message, "connection", 0)) for message in analysis.links[0].messages) == MESSAGES[name]


def mutated(content, seed):
    """A damaged copy: bytes changed, cut out, doubled or cut off, anywhere behind the magic."""
    chance = random.Random(seed)
    data = bytearray(content)
    for _ in range(chance.choice((1, 3, 30))):
        if len(data) < 64:
            break
        at = chance.randrange(4, len(data))
        match chance.randrange(5):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                data[at] ^= 1 << chance.randrange(8)
            case 2:
                del data[at : at + chance.choice((1, 8, 200))]
            case 3:
                data[at:at] = data[at : at + chance.choice((1, 16, 400))]
            case 4 if chance.randrange(4) == 0:
                del data[max(200, at) :]
    return bytes(data)


def survives(path):
    """A damaged recording gives one clear message or an analysis that can be printed and exported."""
    try:
        analyses = analyse_captures([path], [GBT, STANDARD])
    except ConfigError as refusal:
        problems = refusal.problems
    else:
        problems = ()
    if problems:
        assert len(problems) == 1
        return False
    ANALYSIS.check(document_of(analyses))
    render_timelines(analyses)
    return True


@pytest.mark.parametrize("round_number", range(4))
def test_damaged_captures_are_read_or_refused(write, round_number):
    whole = pcap(packets(records(session())))
    outcomes = [survives(write(mutated(whole, 1000 * round_number + seed), "damaged.pcap")) for seed in range(20)]
    assert any(outcomes)


@pytest.mark.parametrize("name", MESSAGES)
def test_damaged_recordings_are_read_or_refused(write, name):
    content = recording(name).read_bytes()[:60_000]
    for seed in range(4):
        survives(write(mutated(content, seed), "damaged.bin"))


def test_damaged_contents_of_streams_never_stop_the_analysis():
    """What no damage of a file reaches so often: any bytes at all within intact packets."""
    chance = random.Random(7)
    for _ in range(60):
        trace = list(records(session()))
        for _ in range(chance.choice((1, 4))):
            index = chance.randrange(4, len(trace) - 1)
            data = bytearray(trace[index].pdu.data)
            for _ in range(chance.choice((1, 5))):
                data[chance.randrange(len(data))] = chance.randrange(256)
            trace[index] = trace[index]._replace(pdu=replace(trace[index].pdu, data=bytes(data)))
        claim = STANDARD.recognise(trace)
        assert claim is not None
        assert STANDARD.sessions(claim.messages, trace)


def test_capture_is_read_the_same_every_time(write):
    path = write(pcap(packets(records(session()))))
    assert read_capture(path).records == read_capture(path).records
