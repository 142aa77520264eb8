"""What real recordings are like: foreign frames, cut ends, several sessions, bad stamps, lengths of other editions."""

from __future__ import annotations

import re

import pytest

from harness.analyse.analysis import analyse_captures
from harness.core import Verdict
from harness.rig.registry import standards


@pytest.fixture
def analyse(write, simulated_session):
    """The analysis of the only channel of a changed session, and its checks by name."""

    def run(change=lambda lines: lines):
        lines = simulated_session.splitlines(keepends=True)
        (analysis,) = analyse_captures([write("".join(change(lines)), "session.log")], standards())
        link = analysis.links[0]
        return link, {check.name: check for check in link.checks}

    return run


def where(lines, text):
    return next(index for index, line in enumerate(lines) if text in line)


def moved(lines, seconds):
    return [re.sub(r"\((\d+)\.", lambda match: f"({int(match[1]) + seconds}.", line) for line in lines]


def test_session_of_the_simulators_passes(analyse):
    link, _ = analyse()
    assert link.verdict is Verdict.PASS
    assert [session.complete for session in link.sessions] == [True]


def test_foreign_frames_are_counted_and_change_no_verdict(analyse):
    def change(lines):
        foreign = ["18FEDF00#0102030405060708", "0070F4B5#0000B5", "123#11", "18FF50E5##1AABB", "1CECF4AA#20090002FFCAFE00"]
        return [line for index, line in enumerate(lines) for line in (line, f"{line.split()[0]} can0 {foreign[index % 5]}\n")]

    link, checks = analyse(change)
    assert link.recognition.foreign == link.recognition.matched
    assert "0x0070F4B5" in link.recognition.evidence
    assert {name for name, check in checks.items() if check.verdict is Verdict.FAIL} == set()


def test_log_that_starts_in_mid_session_is_read_from_there(analyse):
    link, _ = analyse(lambda lines: lines[where(lines, "1812F456") + 40 :])
    (session,) = link.sessions
    assert not session.complete
    assert session.phases[0].name == "charging"
    assert session.ended_by == "charger"
    assert link.verdict is Verdict.PASS


def test_log_that_ends_in_mid_session_says_so(analyse):
    link, _ = analyse(lambda lines: lines[: where(lines, "101AF456") - 10])
    (session,) = link.sessions
    assert (session.complete, session.ended_by) == (False, "")
    assert "recording ends" in session.end_reason
    assert link.verdict is Verdict.PASS


def test_log_that_starts_within_a_transfer_is_read(analyse):
    link, checks = analyse(lambda lines: lines[where(lines, "1CEB56F4#02") :])
    assert not link.sessions[0].complete
    assert {name for name, check in checks.items() if check.verdict is Verdict.FAIL} <= {"F8 vehicle transport"}


def test_several_sessions_in_one_file_are_told_apart(analyse):
    link, _ = analyse(lambda lines: lines + moved(lines, 600) + moved(lines[:200], 1200))
    assert [session.complete for session in link.sessions] == [True, True, False]
    assert [session.ended_by for session in link.sessions] == ["charger", "charger", ""]


def test_few_equal_stamps_are_judged(analyse):
    def change(lines):
        index = where(lines, "1812F456")
        lines[index + 1] = f"{lines[index].split()[0]} {lines[index + 1].split(' ', 1)[1]}"
        return lines

    link, _ = analyse(change)
    assert link.timing.duplicates == 1
    assert link.clock.base is not None


def test_many_equal_stamps_leave_timing_open_and_judge_the_rest(analyse):
    link, checks = analyse(lambda lines: [re.sub(r"\((\d+\.\d)\d+\)", r"(\g<1>00000)", line) for line in lines])
    assert link.clock.base is None
    judged = {check.verdict for name, check in checks.items() if name.startswith("F5") and check.verdict is not Verdict.NONE}
    assert judged == {Verdict.INCONC}
    assert checks["F2 BHM length"].verdict is Verdict.PASS
    assert len(link.sessions) == 1


def test_stamp_that_steps_back_leaves_timing_open_and_keeps_the_order_of_the_file(analyse):
    def change(lines):
        index = where(lines, "1812F456") + 30
        return [*lines[:index], *moved(lines[index : index + 1], -5), *lines[index + 1 :]]

    link, _ = analyse(change)
    assert link.timing.backward == 1
    assert "step back" in link.clock.text
    assert [session.complete for session in link.sessions] == [True]


def test_brm_of_41_bytes_in_a_2015_session_is_a_finding_and_no_stumbling_block(analyse):
    def change(lines):
        start = where(lines, "1CEC56F4#103100")
        end = where(lines, "1CECF456#133100")
        part = "".join(lines[start : end + 1])
        for long, short in (("#10310007", "#10290006"), ("#11070", "#11060"), ("#13310007", "#13290006")):
            part = part.replace(long, short)
        return [*lines[:start], *[line for line in part.splitlines(keepends=True) if "1CEB56F4#07" not in line], *lines[end + 1 :]]

    link, checks = analyse(change)
    assert link.sessions[0].facts["VIN"] == "0PRECERT6TK000001"
    assert checks["F2 BRM length"].verdict is Verdict.FAIL
    assert link.sessions[0].phases[-1].name == "statistics"


@pytest.mark.parametrize(("length", "verdict"), [(6, Verdict.FAIL), (7, Verdict.PASS), (8, Verdict.PASS)])
def test_ccs_of_every_known_length_is_read(analyse, length, verdict):
    link, checks = analyse(lambda lines: [re.sub(rf"(1812F456#.{{{2 * length}}}).*", r"\1", line) for line in lines])
    assert checks["F2 CCS length"].verdict is verdict
    assert link.sessions[0].facts["output"].endswith("0..250 A (CCS)")
    assert link.recognition.dialect == "2015"
