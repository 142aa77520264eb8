"""The same swap in other files, over the stream, by another profile; what is no swap; and whatever may stand on a wire."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import can
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from harness.analyse.analysis import analyse_captures
from harness.analyse.comparison import compare
from harness.analyse.export import document_of
from harness.analyse.replay import replay_file
from harness.analyse.shapes import ANALYSIS
from harness.analyse.timeline import render_timelines
from harness.bench.evidence import write_evidence
from harness.case.suites.profile import load_profile
from harness.cli import app
from harness.core import Chunk, ConfigError, Direction, Frame, Record, Verdict, ms, resource
from harness.core.standard import JudgeContext
from harness.protocols.swap import STANDARD
from harness.protocols.swap.profile import default_profile
from harness.protocols.swap.words import WORDS
from harness.rig.registry import standards
from tests.analyse.swap.conftest import as_log

LIMITS = load_profile(resource("test_suites", "swap", "profile.toml"))
OTHER = Path(__file__).parents[2] / "suites" / "swap" / "other-profile"


@pytest.mark.parametrize("ending", ["asc", "blf", "trc"])
def test_the_same_is_told_of_every_form(tmp_path, nominal, judged, ending):
    path = tmp_path / f"swap.{ending}"
    with can.Logger(path) as writer:
        for record in nominal:
            stamp = 1_700_000_000 + record.t_ns / 1e9
            writer.on_message_received(can.Message(stamp, record.pdu.can_id, data=record.pdu.data, channel=0, is_rx=True))
    (analysis,) = analyse_captures([path], [STANDARD])
    (link,), expected = analysis.links, judged(nominal)
    assert [(phase.name, phase.first_frame) for phase in link.sessions[0].phases] == [
        (phase.name, phase.first_frame) for phase in expected.sessions[0].phases
    ]
    assert (link.verdict, link.findings) == (Verdict.PASS, [])


def test_stream_of_the_station_link_in_our_own_evidence_is_told(tmp_path, play):
    records = play(lambda yard: yard.whole(), rig="virtual-swap-stream", link="station")
    (analysis,) = analyse_captures([write_evidence(tmp_path / "case", records)], standards())
    (link,) = analysis.links
    (session,) = link.sessions
    assert (link.standard.name, session.complete, len(session.facts["VIN"])) == ("swap", True, 17)
    assert (link.verdict, link.findings) == (Verdict.PASS, [])
    assert any(line == "No PACK_STS2 in the recording: INV-2, INV-6 cannot be judged." for line in session.story["en"])
    assert {check.name.split()[1] for check in link.checks if check.name.startswith("TIMER")}.isdisjoint({"T_BMS_FIRST", "T_ID", "T_LIM"})


def test_frame_of_the_stream_that_is_damaged_is_remarked(tmp_path, play):
    records = play(lambda yard: yard.unlocked(), rig="virtual-swap-stream", link="station")
    at = next(index for index, record in enumerate(records) if record.t_ns > ms(4000) and record.pdu.data[2:3] == b"Q")
    chunk = records[at].pdu
    records[at] = records[at]._replace(pdu=replace(chunk, data=chunk.data[:-1] + bytes((chunk.data[-1] ^ 1,))))
    (analysis,) = analyse_captures([write_evidence(tmp_path / "case", records)], standards())
    remarks = [(finding.rule, finding.frame) for finding in analysis.links[0].sessions[0].findings]
    assert remarks == [("dropped", at + 1)]


def test_another_profile_is_named_by_the_option(tmp_path, play, write):
    path = write(as_log(play(lambda yard: yard.whole(), rig=OTHER.with_suffix(".yaml"))), "other.log")
    found = CliRunner().invoke(app, ["analyse", str(path), "--interface", "swap"])
    assert found.exit_code == 1
    assert "no Battery swap" in found.output
    target = tmp_path / "found.json"
    found = CliRunner().invoke(app, ["analyse", str(path), "--profile", str(OTHER), "--json", str(target)])
    assert found.exit_code == 0, found.output
    document = json.loads(target.read_text(encoding="utf-8"))
    ANALYSIS.check(document)
    link = document["captures"][0]["links"][0]
    assert link["message_profile"] == {"en": "profile OTHER 1 of the tests", "zh": "测试用协议配置 OTHER 1"}
    assert link["sessions"][0]["complete"]
    expected = {check["name"]: check["expected"] for check in link["checks"]}
    assert expected["TIMER T_BMS_FIRST"] == "<= 4 s", "timers of the profile go before those of the suite"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--profile", "nowhere"], "nowhere: no swap profile here: a profile is a folder with profile.toml and a database"),
        (["--profile", str(OTHER), "--interface", "gbt27930"], "--profile goes with one standard that is spoken by a message profile"),
        (["--profile", str(OTHER), "--columns", "x.npz"], "--columns goes with --dbc only"),
        (["--replay", "x.jsonl"], "no model can replay a session of this standard (Battery swap"),
    ],
)
def test_options_that_do_not_go_are_told(tmp_path, monkeypatch, nominal, arguments, words):
    monkeypatch.chdir(tmp_path)
    Path("swap.log").write_text(as_log(nominal), encoding="utf-8")
    found = CliRunner().invoke(app, ["analyse", "swap.log", *arguments])
    assert found.exit_code != 0
    assert found.exception is None or isinstance(found.exception, SystemExit | ConfigError)
    assert words in f"{found.output}{found.exception}"
    assert [path.name for path in tmp_path.iterdir()] == ["swap.log"]


def test_page_has_lanes_of_lock_and_voltage_and_the_document_its_shape(nominal, analyse):
    analysis = analyse(nominal)
    ANALYSIS.check(json.loads(json.dumps(document_of([analysis]))))
    page = render_timelines([analysis])
    for lane in ("LOCK_STS.LockState", "VEH_STS.LinkVoltage", "VEH_STS.VehSwapMode", "PACK_STS2.MainPos"):
        assert f'"n":"{lane}"' in page
    for words in ("取出电池包", "no conformity to a named standard is claimed", "换电站"):
        assert words in page
    with pytest.raises(ConfigError, match="no model can replay"):
        replay_file(analysis)


def test_comparison_finds_the_state_that_never_comes(nominal, play, analyse):
    def stuck(yard):
        yard.order(lambda: yard.yard.force_point(3, "locked"), ms(1))
        yard.unlocked()

    found = compare(analyse(nominal), analyse(play(stuck)))
    assert any(one.parts.get("word") == "LOCK_STS(unlocked)" for one in found.deviations)
    assert not any("holds" in note for note in found.notes), "what another standard tells of the bus is no second swap"


def test_coarse_stamps_carry_no_verdict_on_timers(nominal, judged):
    step = ms(100)
    link = judged([record._replace(t_ns=record.t_ns // step * step) for record in nominal])
    timers = [check for check in link.checks if check.name.startswith("TIMER T_UNLOCK")]
    assert [check.verdict for check in timers] == [Verdict.INCONC]


def numbered(frames):
    return [Record(number, number * ms(10), number * ms(10), "can0", Direction.RX, "", frame) for number, frame in enumerate(frames, 1)]


def test_identifiers_alone_make_no_swap(nominal):
    empty = numbered([replace(record.pdu, data=b"\xff" * 8) for record in nominal])
    assert STANDARD.recognise(empty) is None
    one = [record for record in nominal if record.pdu.can_id == 0x10FF51D8]
    assert STANDARD.recognise(one) is None, "one message alone may be chance"
    assert STANDARD.recognise(numbered([Frame(record.pdu.can_id & 0x7FF, record.pdu.data, extended=False) for record in nominal])) is None


PROFILE = default_profile()
GOOD = [
    *(PROFILE.frame("STA_CMD", {"SwapCmd": word, "CmdSeq": 1, "SessionId": 7}) for word in WORDS["command"].all),
    *(PROFILE.frame("ACK", {"AckCmd": "unlock", "AckSeq": 1, "AckResult": word}) for word in WORDS["result"].all),
    *(PROFILE.frame("VEH_STS", {"VehSwapMode": word, "LinkVoltage": 500}) for word in WORDS["mode"].all),
    *(PROFILE.frame("LOCK_STS", {"LockState": word, "ElecConn": "open", "LockCycles": 1}) for word in WORDS["lock"].all),
    *(PROFILE.frame("PACK_STS2", {"MainPos": word}, counter=5) for word in WORDS["closed"].all),
]
"""Frames of the profile, all other signals without a value."""
IDENTIFIERS = [0x10FF50D0, 0x10FF51D8, 0x0CFF52E5, 0x10FF59D8, 0x14FF54F4, 0x14FF5AE5, 0x1CECFFF4, 0x1CEBFFF4, 0x18FECAD0]
FRAMES = st.lists(st.sampled_from(GOOD) | st.builds(Frame, st.sampled_from(IDENTIFIERS), st.binary(max_size=8)), max_size=40)


@given(FRAMES, st.binary(max_size=80))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_on_the_wire_makes_the_reading_fail(frames, stream):
    records = numbered([*frames, Chunk(b"**" + stream, False, "a", "b")])
    recognition = STANDARD.recognise(records)
    decoder = STANDARD.decoder()
    messages = [message for record in records for message in decoder.feed(record)]
    for session in STANDARD.sessions(messages, records):
        assert len(session.story["zh"]) == len(session.story["en"])
        assert session.start_ns <= session.end_ns
        assert all(phase.start_ns <= phase.end_ns for phase in session.phases)
    checks = STANDARD.judge(messages, records, JudgeContext(LIMITS, None))
    assert {check.name.split()[0] for check in checks} <= set(STANDARD.rules)
    assert recognition is None or recognition.matched <= len(records)
    assert all(isinstance(STANDARD.word(message), str) for message in messages)
