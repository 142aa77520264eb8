"""Each timer of section 4.3 in a recording: its report at both ends of the window, and just outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from harness.core import Check, Verdict, ms
from tests.protocols.gbt27930.traces.conftest import Tape

Judge = Callable[..., dict[str, Check]]
BEM, CEM = 0x081E56F4, 0x081FF456
BCL, BCS, CCS, BSM = 0x181056F4, 0x1CEC56F4, 0x1812F456, 0x181356F4
CM_CHARGER, DT_VEHICLE = 0x1CECF456, 0x1CEB56F4


@dataclass(frozen=True)
class Story:
    """What leads to a report."""

    timer: str
    begin: Callable[[Tape, float], object]
    """Puts the session on the tape, which goes on until the instant given."""
    armed_ms: float
    data: str
    """The error message."""
    low_ms: float
    high_ms: float

    def __str__(self) -> str:
        return self.timer


def handshake_only(tape: Tape, until_ms: float) -> None:
    tape.every(250, "CHM", 0, until_ms)
    tape.every(250, "BHM", 10, until_ms)


def not_recognised(tape: Tape, until_ms: float) -> None:
    tape.handshake().transfer(2020, "BRM")
    tape.every(250, "CRM(00)", 2250, until_ms)


def no_parameters_of_the_charger(tape: Tape, until_ms: float) -> None:
    tape.recognition().transfers(500, "BCP", 2140, until_ms - 50)


def no_cro(tape: Tape, until_ms: float) -> None:
    tape.configuration()
    tape.every(250, "BRO(AA)", 3720, until_ms)


def one_cro(tape: Tape, until_ms: float) -> None:
    no_cro(tape, until_ms)
    tape.send(4000, "CRO(00)")


def cro_never_ready(tape: Tape, until_ms: float) -> None:
    no_cro(tape, until_ms)
    tape.every(250, "CRO(00)", 3480, until_ms)


def no_ccs(tape: Tape, until_ms: float) -> None:
    tape.charging(until_ms).drop(lambda at_ms, frame: at_ms > 5000 and frame.can_id == CCS)


def no_cst(tape: Tape, until_ms: float) -> None:
    tape.charging(8000).every(10, "BST", 8010, until_ms)


def no_csd(tape: Tape, until_ms: float) -> None:
    tape.charging(8000).every(10, "BST", 8010, 8100)
    tape.every(10, "CST", 8030, 8100)
    tape.every(250, "BSD", 8130, until_ms)


def no_brm(tape: Tape, until_ms: float) -> None:
    tape.handshake().every(250, "CRM(00)", 2250, until_ms)


def no_bcp(tape: Tape, until_ms: float) -> None:
    tape.recognition().every(250, "CRM(AA)", 2370, until_ms)


def no_bro(tape: Tape, until_ms: float) -> None:
    tape.recognition().transfer(2140, "BCP")
    tape.every(250, "CML", 2201, until_ms)


def never_ready(tape: Tape, until_ms: float) -> None:
    no_bro(tape, until_ms)
    tape.every(250, "BRO(00)", 2220, until_ms)


def bro_stops(tape: Tape, until_ms: float) -> None:
    tape.configuration().every(250, "CRO(00)", 3480, until_ms)


def no_demand(tape: Tape, until_ms: float) -> None:
    tape.configuration().every(250, "CRO(AA)", 3480, until_ms)


def no_status(tape: Tape, until_ms: float) -> None:
    no_demand(tape, until_ms)
    tape.every(50, "BCL", 3500, until_ms)


def demand_stops(tape: Tape, until_ms: float) -> None:
    tape.charging(until_ms).drop(lambda at_ms, frame: at_ms > 5010 and frame.can_id == BCL)


def status_stops(tape: Tape, until_ms: float) -> None:
    """The last BCS is complete at 5021 ms."""
    tape.charging(until_ms).drop(lambda at_ms, frame: at_ms > 5030 and frame.can_id in (BCS, CM_CHARGER, DT_VEHICLE))


def no_bst(tape: Tape, until_ms: float) -> None:
    tape.charging(8000).every(10, "CST", 8030, until_ms)


def no_bsd(tape: Tape, until_ms: float) -> None:
    no_bst(tape, until_ms)
    tape.every(10, "BST", 8050, 8150)


STORIES = [
    Story("TB1", handshake_only, 0, "F1F0F0FC", 30_000, 33_000),
    Story("TB2", not_recognised, 2020, "F4F0F0FC", 5000, 5500),
    Story("TB3", no_parameters_of_the_charger, 2140, "F0F1F0FC", 5000, 5500),
    Story("TB4", no_cro, 3220, "F0F4F0FC", 5000, 5500),
    Story("TB4", one_cro, 4000, "F0F4F0FC", 5000, 5500),
    Story("TB5", cro_never_ready, 3220, "F0F4F0FC", 60_000, 63_000),
    Story("TB6", no_ccs, 4970.5, "F0F0F1FC", 1000, 1200),
    Story("TB7", no_cst, 8010, "F0F0F4FC", 5000, 5500),
    Story("TB8", no_csd, 8010, "F0F0F0FD", 10_000, 13_000),
    Story("TC1", no_brm, 2000, "FDF0C0FC", 5000, 5500),
    Story("TC2", no_bcp, 2120, "FCF1C0FC", 5000, 5500),
    Story("TC3", no_bro, 2201, "FCF4C0FC", 5000, 5500),
    Story("TC4", never_ready, 2201, "FCF4C0FC", 60_000, 63_000),
    Story("TC5", bro_stops, 3470, "FCF4C0FC", 5000, 5500),
    Story("TC6", no_demand, 3480, "FCF0C4FC", 1000, 1200),
    Story("TC7", no_status, 3480, "FCF0C1FC", 5000, 5500),
    Story("TC8", demand_stops, 5000, "FCF0C4FC", 1000, 1200),
    Story("TC9", status_stops, 5021, "FCF0C1FC", 5000, 5500),
    Story("TC11", no_bst, 8030, "FCF0D0FC", 5000, 5500),
    Story("TC12", no_bsd, 8030, "FCF0C0FD", 10_000, 13_000),
]


def reported(story: Story, after_ms: float) -> Tape:
    tape = Tape()
    story.begin(tape, story.armed_ms + after_ms)
    tape.put(story.armed_ms + after_ms, BEM if story.timer.startswith("TB") else CEM, story.data)
    return tape


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_report_passes_at_both_ends_of_its_window_and_not_beyond(judge: Judge, story: Story) -> None:
    for after_ms, right in ((story.low_ms, True), (story.high_ms, True), (story.low_ms - 1, False), (story.high_ms + 1, False)):
        checks = judge(reported(story, after_ms))
        check = checks[f"timeout {story.timer}"]
        assert (check.verdict, check.observed) == (Verdict.PASS if right else Verdict.FAIL, f"{after_ms / 1000:g} s")
        assert check.t_ns == ms(story.armed_ms + after_ms)
        assert not [name for name in checks if name.startswith("timeout") and name != check.name]


@pytest.mark.parametrize("story", [story for story in STORIES if story.timer not in ("TB1", "TC8")], ids=str)
def test_side_that_goes_on_after_its_time_without_a_report_fails(judge: Judge, story: Story) -> None:
    party, other = ("vehicle", "charger") if story.timer.startswith("TB") else ("charger", "vehicle")
    tape = Tape()
    story.begin(tape, story.armed_ms + story.high_ms + 2000)
    tape.send(story.armed_ms + story.high_ms + 2000, "BSM" if party == "vehicle" else "CTS")
    check = judge(tape)[f"timeout {story.timer}"]
    error = "BEM" if party == "vehicle" else "CEM"
    assert check.verdict is Verdict.FAIL
    assert check.observed.startswith(f"no {error} (timeout_")
    assert (check.t_ns, check.occurrences) == (ms(story.armed_ms), 1)
    assert f"timeout {story.timer}" not in judge(tape, [other])


@pytest.mark.parametrize(("over_ms", "missed"), [(5500, False), (5500.5, True)])
def test_report_is_missed_only_after_the_window(judge: Judge, over_ms: float, missed: bool) -> None:
    """CRM(AA) comes so long after the first BRM, and the vehicle talks to the end."""
    tape = Tape().handshake()
    tape.transfers(250, "BRM", 2020, 2020 + 5480)
    tape.every(250, "CRM(00)", 2250, 2020 + over_ms)
    if missed:
        tape.announce(2020 + 5500.2, "BRM")
    tape.send(2020 + over_ms, "CRM(AA)")
    assert ("timeout TB2" in judge(tape)) is missed


def test_report_that_names_another_timeout_has_no_reason(judge: Judge) -> None:
    tape = Tape().charging(6000).drop(lambda at_ms, frame: at_ms > 5000 and frame.can_id == CCS)
    tape.put(6000.5, BEM, "F0F1F0FC")
    check = judge(tape)["timeout BEM reason"]
    assert (check.verdict, check.observed) == (Verdict.FAIL, "BEM reports timeout_cml, which was not awaited")
    assert (check.t_ns, check.occurrences, len(check.frames)) == (ms(6000.5), 1, 1)


def test_second_report_of_a_side_is_not_looked_at(judge: Judge) -> None:
    tape = Tape().charging(6000).drop(lambda at_ms, frame: at_ms > 5000 and frame.can_id == CCS)
    tape.put(6050.5, BEM, "F0F0F1FC")
    tape.put(6300.5, BEM, "F0F1F1FC")
    assert {name for name in judge(tape) if name.startswith("timeout")} == {"timeout TB6"}
