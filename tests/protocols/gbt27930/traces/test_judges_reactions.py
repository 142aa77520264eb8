"""Timeout reactions in recordings: in time, too early, too late, missing, without a reason."""

from __future__ import annotations

import pytest

from harness.core import Reason, Verdict

BEM, CEM = 0x081E56F4, 0x081FF456
CCS, BCL, BRO = 0x1812F456, 0x181056F4, 0x100956F4


def no_ccs(tape, bem_ms):
    """The last CCS is at 4970.5 ms."""
    tape.charging(bem_ms).drop(lambda t, f: t > 5000 and f.can_id == CCS).put(bem_ms + 0.5, BEM, "F0F0F1FC")


def not_recognised(tape, bem_ms):
    """The first BRM is at 2020 ms."""
    tape.handshake().transfers(250, "BRM", 2020, bem_ms)
    tape.every(250, "CRM(00)", 2250, bem_ms)
    tape.put(bem_ms, BEM, "F4F0F0FC")


def no_bcl(tape, cem_ms):
    """The last BCL is at 5000 ms."""
    tape.charging(cem_ms).drop(lambda t, f: t > 5010 and f.can_id == BCL).put(cem_ms, CEM, "FCF0C4FC")


def charger_not_ready(tape, bem_ms):
    """The first BRO(AA) is at 3220 ms; CRO(00) goes on."""
    tape.configuration().every(250, "CRO(00)", 3480, bem_ms)
    tape.every(250, "BRO(AA)", 3720, bem_ms)
    tape.put(bem_ms, BEM, "F0F4F0FC")


@pytest.mark.parametrize(
    ("provoke", "timer", "good_ms", "early_ms", "late_ms"),
    [
        (no_ccs, "TB6", 6100, 5600, 6400),
        (not_recognised, "TB2", 7100, 6000, 8000),
        (no_bcl, "TC8", 6100, 5500, 6500),
        (charger_not_ready, "TB5", 64_000, 60_000, 70_000),
    ],
)
def test_report_is_judged_by_its_window(tape, judge, provoke, timer, good_ms, early_ms, late_ms):
    results = []
    for at_ms in (good_ms, early_ms, late_ms):
        fresh = type(tape)()
        provoke(fresh, at_ms)
        results.append(judge(fresh)[f"timeout {timer}"].verdict)
    assert results == [Verdict.PASS, Verdict.FAIL, Verdict.FAIL]


def test_missing_report_fails_if_the_side_went_on_as_if_nothing_were(tape, judge):
    tape.charging().drop(lambda t, f: t > 5000 and f.can_id == CCS)
    check = judge(tape)["timeout TB6"]
    assert check.verdict is Verdict.FAIL
    assert "no BEM" in check.observed


def test_missing_report_is_not_claimed_where_the_recording_ends_first(tape, judge):
    tape.charging(6100).drop(lambda t, f: t > 5000 and f.can_id == CCS)
    assert "timeout TB6" not in judge(tape)


def test_report_of_something_nobody_waited_for_fails(tape, judge):
    tape.charging().put(5000, CEM, "FDF0C0FC")
    assert judge(tape)["timeout CEM reason"].verdict is Verdict.FAIL


def test_reaction_without_a_time_base_is_inconclusive(tape, judge):
    no_ccs(tape, 6100)
    check = judge(tape, time_base=None)["timeout TB6"]
    assert (check.verdict, check.reason) == (Verdict.INCONC, Reason.NO_TIMEBASE)


def test_cases_measure_reactions_themselves(tape, judge):
    no_ccs(tape, 9000)
    assert not [name for name in judge(tape, ["vehicle"]) if name.startswith("timeout")]


def test_healthy_session_has_no_reaction_to_judge(tape, judge):
    assert not [name for name in judge(tape.session()) if name.startswith("timeout")]
