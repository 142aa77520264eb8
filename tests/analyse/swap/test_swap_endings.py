"""How a recorded swap ended: in order, refused, given up, stopped, left alone; recordings that begin or end in the middle."""

from __future__ import annotations

import pytest

from harness.core import Severity, ms, s


@pytest.fixture
def told(play, judged):
    """The swaps that a script leaves."""
    return lambda script, *faults: judged(play(script, *faults)).sessions


def remarks(session):
    return [(finding.rule, finding.severity, finding.text) for finding in session.findings]


def test_refused_permit_ends_the_swap_by_the_truck(play, judged, said):
    def refused(yard):
        yard.order(lambda: yard.yard.driver(brake="released"), ms(200))
        yard.opened()
        yard.command("prepare_swap", s(0.5))

    records = play(refused)
    (session,) = judged(records).sessions
    assert (session.ended_by, session.complete) == ("vehicle", False)
    assert session.end_reason.startswith("prepare_swap was answered rejected, reason parking_brake")
    (finding,) = session.findings
    assert (finding.rule, finding.severity) == ("answers", Severity.INFO)
    assert said(records[finding.frame - 1]).values["AckResult"] == "rejected"
    assert [phase.name for phase in session.phases] == ["session", "authentication"], "an order that is turned down begins no phase"


def test_abort_before_the_unlocking_ends_it_by_the_station(told):
    def aborted(yard):
        yard.opened()
        yard.command("prepare_swap", s(2.2))
        yard.command("abort", s(1), StaFailReason="operator")

    (session,) = told(aborted)
    assert (session.ended_by, session.complete) == ("station", False)
    assert "commanded abort" in session.end_reason
    assert "reason operator, answered done" in session.end_reason
    assert [phase.name for phase in session.phases][-1] == "abort"
    assert session.end_ns - session.start_ns < s(3.5), "what comes after the end is not of the swap"


def test_stuck_lock_is_the_cause_of_the_abort_that_follows(told):
    def stuck(yard):
        yard.order(lambda: yard.yard.force_point(3, "locked"), ms(100))
        yard.unlocked()
        yard.command("abort", s(8))
        yard.order(lambda: None, s(1))

    def given_up(yard):
        yard.order(lambda: yard.yard.force_point(3, "locked"), ms(100))
        yard.unlocked()
        yard.order(lambda: None, s(7.5))
        yard.command("abort", s(1))

    (session,) = told(given_up)
    assert session.ended_by == "vehicle"
    assert session.end_reason.startswith("unlock was answered timeout, reason lock_fault")
    assert "then: The station commanded abort" in session.end_reason
    assert ("states", Severity.WARNING, "LOCK_STS tells LockState jammed") in remarks(session)
    (session,) = told(stuck)
    assert session.ended_by == "station", "an abort before the truck gave up is the station's own"


def test_emergency_stop_and_silence_of_the_station_are_told(told):
    def stopped(yard):
        yard.opened()
        yard.command("prepare_swap", s(2.2))
        yard.order(lambda: yard.station.set(EmergencyStop="yes"), s(1))

    def silent(yard):
        yard.opened()
        yard.order(yard.station.silence, s(2))

    (session,) = told(stopped)
    assert (session.ended_by, session.end_reason[:38]) == ("station", "The station told an emergency stop at ")
    assert any(text == "STA_CMD tells EmergencyStop yes" for _, _, text in remarks(session))
    (session,) = told(silent)
    assert (session.ended_by, session.end_reason.partition(" after ")[0]) == ("station", "No valid message of the station")


def test_command_under_no_session_is_told_as_such(told):
    def alone(yard):
        yard.order(lambda: yard.station.session(0), ms(10))
        yard.command("unlock", ms(300))

    (session,) = told(alone)
    assert (session.ended_by, session.complete) == ("vehicle", False)
    assert any("no session was opened" in line for line in session.story["en"])


def test_two_swaps_are_told_apart_with_their_packs(play, judged):
    def twice(yard):
        yard.whole()
        yard.command("session_open", ms(50))
        yard.order(lambda: yard.station.challenge(0x0BADCAFE), ms(50))
        yard.command("prepare_swap", s(3))
        yard.command("unlock", s(3.2))
        yard.command("abort", s(6))

    first, second = judged(play(twice)).sessions
    assert (first.complete, second.complete) == (True, False)
    assert first.end_ns < second.start_ns
    assert [phase.name for phase in second.phases][-2:] == ["unlock", "abort"]
    assert second.facts["lock cycles"].startswith("1 to ")
    assert second.facts["pack before"] == first.facts["pack after"]


def test_recording_that_misses_the_begin_or_the_end(nominal, judged):
    cut = next(index for index, record in enumerate(nominal) if record.t_ns > nominal[0].t_ns + s(7))
    (late,) = judged(nominal[cut:]).sessions
    assert (late.complete, late.ended_by) == (False, "station")
    assert late.phases[0].name == "under way"
    assert "under way when the recording began" in late.story["en"][1]
    (early,) = judged(nominal[:cut]).sessions
    assert (early.complete, early.ended_by) == (False, "")
    assert early.end_reason.startswith("The recording ends in the middle of the swap")


def test_bus_without_commands_has_no_swap_but_its_rules_are_judged(play, judged):
    link = judged(play(lambda yard: yard.order(lambda: None, s(1))))
    assert link.sessions == ()
    assert {check.name.split()[0] for check in link.checks} >= {"INV-1", "INV-2", "INV-3", "INV-4", "INV-5"}
    assert link.findings == []
