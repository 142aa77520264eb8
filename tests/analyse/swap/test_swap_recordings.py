"""Recordings of a swap: recognised, told, judged; each rule is broken by a truck with a fault and found at its frame."""

from __future__ import annotations

import pytest

from harness.core import Severity, Verdict, ms, s

PHASES = [
    *("session", "authentication", "prepare", "high voltage off", "unlock", "pack out", "pack in", "mate", "lock", "check"),
    *("re-energise", "restored"),
]
CODES = ("TSTPB01ABCDEF1A1B0000001", "TSTPB02GHJKLM2B2C0000002")


def test_healthy_swap_is_told_phase_by_phase_and_gives_no_finding(nominal, analyse):
    analysis = analyse(nominal)
    link, own = analysis.links
    (session,) = link.sessions
    assert [link.standard.name, own.standard.name] == ["swap", "vehicle"]
    assert link.recognition.matched + own.recognition.matched == len(nominal)
    assert "project-defined: no conformity to a named standard is claimed" in link.recognition.evidence
    assert [phase.name for phase in session.phases] == PHASES
    assert (session.complete, session.ended_by) == (True, "station")
    assert (session.facts["pack before"], session.facts["pack after"]) == CODES
    assert (session.facts["lock cycles"], session.facts["lock points"]) == ("0 to 1", "4")
    assert link.findings == []
    assert link.verdict is Verdict.PASS
    assert {check.name.split()[0] for check in link.checks} == set(link.standard.rules)
    assert {check.name.split()[1] for check in link.checks if check.name.startswith("TIMER")} == {
        *("T_ACK", "T_AUTH", "T_PREP", "T_HV_DOWN", "T_UNLOCK", "T_REMOVE", "T_INSTALL", "T_MATE", "T_LOCK"),
        *("T_BMS_FIRST", "T_ID", "T_LIM", "T_INS", "T_PRECHARGE", "T_READY"),
    }
    assert own.findings == [], "the messages of the swap are not for the truck's network to judge"


def test_story_is_in_both_languages_and_says_what_a_recording_cannot_show(nominal, judged):
    (session,) = judged(nominal).sessions
    assert len(session.story["zh"]) == len(session.story["en"])
    assert session.story["zh"][0].startswith("按协议配置HTSWAP 0.1（project-defined）解读；不声称符合任何具名标准")
    assert any(line.startswith(f"Pack {CODES[0]} was replaced by {CODES[1]}") for line in session.story["en"])
    assert session.story["en"][-1].startswith("Levels of lines")


def unlock_without_permit(yard):
    yard.opened()
    yard.command("unlock", s(0.5))


def plugged(yard):
    yard.order(lambda: yard.yard.plug_charger(True), ms(300))
    yard.opened()
    yard.command("prepare_swap", s(2.7))


def driven_with_an_open_lock(yard):
    yard.order(lambda: yard.yard.driver(key="ready", brake="released", gear="drive", speed=30), ms(300))
    yard.order(lambda: yard.yard.force_point(2, "intermediate"), s(1))


def idle(yard):
    yard.order(lambda: None, s(0.5))


def unlocked(yard):
    yard.unlocked()


def without_interlock(yard):
    yard.whole(hvil=False)


def incomplete_identity(yard):
    yard.order(lambda: yard.station.to_pack("new", "identity", CODES[1], drop_packet=2), ms(10))
    yard.whole()


@pytest.mark.parametrize(
    ("rule", "fault", "script", "shown"),
    [
        ("INV-1 lock leaves its place", "unlocks_without_permit", unlock_without_permit, {"LockState": "unlocking"}),
        ("INV-2 contactors", "ignores_hvil", without_interlock, {"HvilLoop": "open"}),
        ("INV-3 ready to drive", "drives_with_lock_intermediate", driven_with_an_open_lock, {"LockState": "intermediate"}),
        ("INV-4 permit while charging", "skips_coupler_check", plugged, {"SwapPermit": "permitted"}),
        ("INV-5 counters and checksums", "frozen_counter", idle, {}),
        ("INV-5 counters and checksums", "wrong_checksum", idle, {}),
        ("INV-6 nothing cached", "accepts_incomplete_identity", incomplete_identity, {"MainNeg": "closed"}),
        ("INV-7 done only when done", "acks_before_feedback", unlocked, {"AckCmd": "unlock", "AckResult": "done"}),
        ("TIMER T_UNLOCK", "slow_lock", lambda yard: (yard.unlocked(), yard.order(lambda: None, s(8))), {"SwapCmd": "unlock"}),
    ],
)
def test_fault_is_found_by_its_rule_at_its_frame(play, judged, said, rule, fault, script, shown):
    records = play(script, fault)
    link = judged(records)
    check = next(check for check in link.checks if check.name == rule)
    assert (link.verdict, check.verdict) == (Verdict.FAIL, Verdict.FAIL)
    assert {each.name for each in link.checks if each.verdict is Verdict.FAIL} == {rule}
    record = records[check.frames[0] - 1]
    assert abs(record.t_ns - records[0].t_ns - check.t_ns) <= 1000
    decoded = said(record)
    if shown:
        assert {key: decoded.values.get(key) for key in shown} == shown
    else:
        assert decoded.message in ("VEH_STS", "LOCK_STS")
    assert check.findings[0].severity is Severity.FAILURE
