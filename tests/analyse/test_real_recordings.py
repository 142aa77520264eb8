"""Recordings of real vehicles, as they are and with one thing changed. Skipped where the recordings are absent."""

from __future__ import annotations

import re
from functools import cache

import pytest

from harness.analyse.analysis import analyse_captures
from harness.analyse.comparison import compare
from harness.analyse.timeline import render_timelines
from harness.core import Verdict
from harness.rig.registry import standards

SESSION = "gbt27930/passenger-car-full-session.candump.log"


@pytest.fixture
def analyse(shared, write):
    def run(change=None, name=SESSION):
        path = shared(name)
        return judged(path) if change is None else judged.__wrapped__(write(change(path.read_text(encoding="utf-8"))))

    return run


@cache
def judged(path):
    (analysis,) = analyse_captures([path], standards())
    (link,) = analysis.links
    return link, {check.name: check for check in link.checks}


def test_session_of_a_passenger_car_is_told_from_handshake_to_manual_stop(analyse):
    link, _ = analyse()
    assert (link.recognition.standard, link.recognition.dialect) == ("gbt27930", "2015")
    assert (link.recognition.matched, link.recognition.foreign) == (1814, 43)
    (session,) = link.sessions
    assert [phase.name for phase in session.phases] == [
        "handshake", "recognition", "configuration a", "configuration b", "charging", "stop", "statistics",
    ]  # fmt: skip
    assert (session.ended_by, session.complete) == ("charger", True)
    assert session.end_reason.startswith("CST: manual stop, answered by BST: charger stopped (CST received) 0.018 s later")
    assert session.facts["VIN"] == "LTESTHDTP00000001"
    assert session.facts["highest voltage"] == "426.1 V (BHM), 426.1 V (BCP)"


def test_only_the_strict_periods_of_sold_equipment_fail(analyse):
    _, checks = analyse()
    failed = {name for name, check in checks.items() if check.verdict is not Verdict.PASS}
    assert failed == {f"F5 {name} period" for name in ("BCL", "CCS", "CST", "BSD", "CSD")}
    assert (str(checks["F5 BCL period"].statistics.minimum), str(checks["F5 BCL period"].value)) == ("22.685", "81.418")
    assert "median 49.999 ms" in checks["F5 BCL period"].note
    assert "median 68.861 ms" in checks["F5 CCS period"].note


def test_cleared_reserved_bits_of_the_car_are_warnings(analyse):
    _, checks = analyse()
    assert {name for name, check in checks.items() if check.findings and check.verdict is Verdict.PASS and name[:2] != "F5"} == {
        "F4 BSM reserved bits",
        "F4 BST reserved bits",
    }


def nth(pattern, replacement, which):
    """Replace one occurrence only."""

    def change(text):
        matches = list(re.finditer(pattern, text))
        match = matches[which]
        return text[: match.start()] + match.expand(replacement) + text[match.end() :]

    return change


MUTATIONS = {
    "BRM announced with 41 bytes": ("F2 BRM length", nth("1CEC56F4#103100(..)FF", r"1CEC56F4#102900\1FF", 0)),
    "BRM announced with the wrong count": ("F8 vehicle transport", nth("1CEC56F4#10310007", r"1CEC56F4#10310008", 0)),
    "one packet of BRM dropped": ("F8 vehicle transport", nth(r"\(\S+\) can0 1CEB56F4#03.*\n", "", 0)),
    "padding changed": ("F8 vehicle transport", nth("1CEB56F4#022B00FFFFFFFFFF", "1CEB56F4#022B0000000000FF", 5)),
    "CTS for another PGN": ("F8 charger transport", nth("1CECF456#110201FFFF001100", "1CECF456#110201FFFF001500", 5)),
    "BHM one byte short": ("F2 BHM length", nth("182756F4#A510", "182756F4#A5", 20)),
    "BSM one byte long": ("F2 BSM length", nth("181356F4#(.{14})", r"181356F4#\g<1>FF", 20)),
    "BCL with another priority": ("F1 vehicle identifiers", nth("181056F4#", "141056F4#", 20)),
    "BCS as a single frame": ("F1 vehicle identifiers", nth("181356F4#.*", "1C1156F4#FE0E590E51C14D2B", 20)),
    "undefined charging mode": ("F3 BCL values", nth("181056F4#(.{8})02", r"181056F4#\g<1>07", 20)),
    "demand above own limit": ("F7 BCL voltage", nth("181056F4#A510", "181056F4#A710", 20)),
    "BHM other than BCP": ("F7 BHM and BCP voltage", lambda text: text.replace("182756F4#A510", "182756F4#A410")),
    "final SOC of another pack": ("F7 BSD temperatures", nth("181C56F4#4D4D014E013536", "181C56F4#4D4D014E013635", 0)),
    "BCL before CRO(AA)": ("F6 BCL phase", nth(r"(\(\S+\) can0 )100AF456#00\n", r"\g<0>\g<1>181056F4#A510D80E02\n", 0)),
    "BHM goes on": ("F6 BHM phase", nth(r"(\(\S+\) can0 )100AF456#00\n", r"\g<0>\g<1>182756F4#A510\n", 0)),
    "one BHM dropped": ("F5 BHM period", nth(r"\(\S+\) can0 182756F4#.*\n", "", 20)),
    "one BCS transfer dropped": ("F5 BCS period", nth(r".*1CEC56F4#10090002FF001100\n(?:.*\n)*?.*1CECF456#1309.*\n", "", 20)),
    "CCS lost without BEM": ("timeout TB6", lambda text: re.sub(r"\(17035601(59|60|61)\.\S+\) can0 1812F456.*\n", "", text)),
    "CEM out of the blue": ("timeout CEM reason", nth(r"(\(\S+\) can0 )181356F4#.*\n", r"\g<0>\g<1>081FF456#FDF0C0FC\n", 20)),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_changed_recording_turns_the_right_rule_red(analyse, name):
    rule, change = MUTATIONS[name]
    _, before = analyse()
    assert rule not in before or before[rule].verdict is Verdict.PASS
    _, after = analyse(change)
    assert after[rule].verdict is Verdict.FAIL
    assert after[rule].findings or after[rule].frames


def test_second_resolution_leaves_periods_open_and_judges_the_rest(analyse):
    link, checks = analyse(lambda text: re.sub(r"\((\d+)\.\d+\)", r"(\1)", text))
    assert link.clock.base is None
    decisive = {check.verdict for name, check in checks.items() if name.startswith("F5") and not name.endswith("statistical")}
    assert decisive == {Verdict.INCONC}
    assert {check.verdict for name, check in checks.items() if name[:2] in ("F1", "F2", "F8")} == {Verdict.PASS}


def test_stamp_that_steps_back_leaves_periods_open(analyse):
    link, checks = analyse(nth(r"\(1703560150\.", "(1703560140.", 10))
    assert "step back" in link.clock.text
    assert checks["F5 BCL period"].verdict is Verdict.INCONC


def test_session_recorded_twice_is_two_sessions(analyse):
    def twice(text):
        later = re.sub(r"\((\d+)\.", lambda match: f"({int(match[1]) + 600}.", text)
        return text + later

    link, _ = analyse(twice)
    assert [session.ended_by for session in link.sessions] == ["charger", "charger"]


@pytest.mark.parametrize(
    "name",
    [
        "chademo/leaf-start-stop.csv",
        "chademo/leaf-ze1-session.candump.txt",
        "chademo/leaf-ze1-running-charge.csv",
        "chademo/conversion-vehicle-failed-start.csv",
    ],
)
def test_other_buses_are_no_session_of_this_standard(analyse, name):
    link, checks = analyse(name=name)
    assert link.recognition is None
    assert checks == {}


def test_real_session_does_not_deviate_from_itself_and_shows_where_it_was_spoilt(analyse, shared, write):
    spoilt = write(nth(r".*100AF456#AA.*\n", "", 0)(shared(SESSION).read_text(encoding="utf-8")))
    good, same, bad = analyse_captures([shared(SESSION), shared(SESSION), spoilt], standards())
    assert compare(good, same).first is None
    first = compare(good, bad).first
    assert (first.kind, first.good.text, first.bad.text) == ("order", "100AF456#AA", "100AF456#00")


def test_page_of_a_real_session_shows_all_of_it(shared):
    page = render_timelines(analyse_captures([shared(SESSION)], standards()))
    assert '"n":"BCS.voltage_v"' in page
    assert "LTESTHDTP00000001" in page
