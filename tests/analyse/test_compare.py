"""A good recording against a bad one: the first deviation of each kind, with both frames."""

from __future__ import annotations

import json
import re

import pytest
from typer.testing import CliRunner

from harness.analyse import shapes
from harness.analyse.analysis import analyse_captures
from harness.analyse.comparison import compare
from harness.analyse.strings import load_strings
from harness.cli import app
from harness.rig.registry import standards


@pytest.fixture
def compared(write, simulated_session):
    """The comparison of the good session with a changed one."""

    def run(change):
        lines = simulated_session.splitlines(keepends=True)
        paths = [write(simulated_session, "good.log"), write("".join(change(lines)), "bad.log")]
        return compare(*analyse_captures(paths, standards()))

    return run


def shifted(lines, seconds, since):
    """The lines, those from position *since* on later."""
    later = [re.sub(r"\((\d+\.\d+)\)", lambda match: f"({float(match[1]) + seconds:.6f})", line) for line in lines[since:]]
    return lines[:since] + later


def first_with(lines, text):
    return next(index for index, line in enumerate(lines) if text in line)


def test_recording_does_not_deviate_from_itself(compared):
    comparison = compared(lambda lines: lines)
    assert comparison.first is None
    assert comparison.facts == ()


def test_jitter_inside_the_tolerance_is_no_deviation(compared):
    assert compared(lambda lines: shifted(lines, 0.4, first_with(lines, "1801F456#00"))).first is None


def test_event_that_never_comes_is_an_order_deviation_where_it_was_due(compared):
    comparison = compared(lambda lines: [line for line in lines if "100956F4#AA" not in line])
    first = comparison.first
    assert first.kind == "order"
    assert first.text.startswith("BRO(AA) never comes, there 1.")
    assert first.good.text == "100956F4#AA"
    assert first.bad is not None
    assert first.bad.t_ns <= comparison.sessions[1].start_ns + first.at_ns


def test_new_event_is_an_order_deviation_with_what_the_good_session_did_there(compared):
    def change(lines):
        index = first_with(lines, "1812F456")
        stamp = re.match(r"\(\S+\)", lines[index])[0]
        return [*lines[:index], f"{stamp} can0 081E56F4#F0F0F1FC\n", *lines[index:]]

    first = compared(change).first
    assert (first.kind, first.text) == ("order", "BEM! is new")
    assert first.bad.text == "081E56F4#F0F0F1FC"
    assert first.good.word == "CCS"


def test_event_that_comes_too_early_is_an_order_deviation(compared):
    def change(lines):
        early = first_with(lines, "1808F456")
        stamp = lines[early].split()[0]
        return [*lines[: early + 1], f"{stamp} can0 1812F456#0000A00F0000FDFF\n", *lines[early + 1 :]]

    first = compared(change).first
    assert first.kind == "order"
    assert re.match(r"CCS comes \d\.\d+ s before BCS, in the good recording after it", first.text)
    assert first.bad.t_ns < first.good.t_ns


def test_late_step_is_a_timing_deviation_with_both_delays(compared):
    comparison = compared(lambda lines: shifted(lines, 3.0, first_with(lines, "100AF456#AA")))
    first = comparison.first
    assert first.kind == "timing"
    assert re.search(r"\S+ comes 3\.\d+ s after \S+, in the good recording \d\.\d+ s|pauses for", first.text)


def test_gap_of_a_cyclic_message_is_a_timing_deviation(compared):
    def change(lines):
        ccs = [index for index, line in enumerate(lines) if "1812F456" in line]
        gone = set(ccs[20:34])
        return [line for index, line in enumerate(lines) if index not in gone]

    first = compared(change).first
    assert first.kind == "timing"
    assert re.match(r"CCS pauses for 0\.75\d s, in the good recording for at most 0\.05\d s", first.text)


def stamp_of(line):
    return float(re.match(r"\((\d+\.\d+)\)", line)[1])


def without(lines, identifier, from_s, until_s=1e12):
    """The lines, those of an identifier left out from so many seconds after its first one on."""
    begin = stamp_of(lines[first_with(lines, identifier)])
    return [line for line in lines if identifier not in line or not from_s <= stamp_of(line) - begin <= until_s]


def cycles(comparison):
    return {(one.cycle.word, one.key) for one in comparison.deviations if one.cycle}


@pytest.mark.parametrize(
    ("identifier", "word", "period_s"), [("181056F4", "BCL", 0.05), ("1812F456", "CCS", 0.05), ("181356F4", "BSM", 0.25)]
)
def test_cyclic_message_that_stops_is_a_timing_deviation_from_when_it_was_missed(compared, identifier, word, period_s):
    comparison = compared(lambda lines: without(lines, identifier, 2.01))
    first, bad = comparison.first, comparison.sessions[1]
    assert (first.kind, first.key, first.cycle.word) == ("timing", "stops", word)
    assert first.cycle.period_ns == pytest.approx(period_s * 1e9, rel=0.05)
    assert first.bad.t_ns - bad.start_ns == first.cycle.last_seen_ns
    assert first.at_ns == pytest.approx(first.cycle.last_seen_ns + (period_s + 0.5) * 1e9, rel=0.01)
    assert re.fullmatch(
        rf"{word} stops: last seen at \d+\.\d{{3}} s, expected every 0\.\d{{3}} s, in the good recording until (BST|CST)", first.text
    )
    assert re.fullmatch(
        rf"{word} 停止发送：最后出现在 \d+\.\d{{3}} s，应每 0\.\d{{3}} s 出现一次，正常记录中持续到 (BST|CST)", first.text_zh
    )
    assert cycles(comparison) == {(word, "stops")}


def test_first_message_that_stops_is_the_first_deviation(compared):
    comparison = compared(lambda lines: without(without(lines, "181056F4", 3.01), "181356F4", 1.01))
    assert [one.cycle.word for one in comparison.deviations if one.cycle] == ["BSM", "BCL"]


@pytest.mark.parametrize(("early_s", "stops"), [(0.4, False), (0.8, True)])
def test_message_may_stop_a_little_earlier(compared, simulated_session, early_s, stops):
    lines = simulated_session.splitlines(keepends=True)
    bcl = [stamp_of(line) for line in lines if "181056F4" in line]
    comparison = compared(lambda lines: without(lines, "181056F4", bcl[-1] - bcl[0] - early_s))
    assert cycles(comparison) == ({("BCL", "stops")} if stops else set())


def test_message_that_comes_back_pauses_and_does_not_stop(compared):
    comparison = compared(lambda lines: without(lines, "181056F4", 1.01, 1.91))
    assert (comparison.first.key, cycles(comparison)) == ("pause", set())


def test_bus_on_which_nobody_talks_any_more_is_no_message_that_stops(compared):
    assert not cycles(compared(lambda lines: lines[: first_with(lines, "181056F4") + 900]))
    assert not cycles(compared(lambda lines: shifted(lines, 3.0, first_with(lines, "100AF456#AA"))))


def test_message_that_stops_where_its_end_never_comes_is_seen_until_the_session_ends(compared):
    def change(lines):
        return [line for line in without(lines, "181056F4", 2.01) if not re.search("101956F4|101AF456|181C56F4|181DF456", line)]

    comparison = compared(change)
    assert cycles(comparison) == {("BCL", "stops")}
    assert comparison.first.cycle.word == "BCL"


@pytest.mark.parametrize(("length_s", "goes_on"), [(0.5, False), (0.9, True)])
def test_message_that_goes_on_behind_its_end_is_a_timing_deviation(compared, length_s, goes_on):
    """BHM, every 250 ms, ends with CRM(00)."""

    def change(lines):
        end = stamp_of(lines[first_with(lines, "1801F456#00")])
        more = [f"({end + 0.001 + number * 0.25:.6f}) can0 182756F4#1027\n" for number in range(int(length_s / 0.25) + 1)]
        data = lines[first_with(lines, "182756F4")].split("#")[1]
        return sorted([*lines, *(line.replace("1027\n", data) for line in more)], key=stamp_of)

    comparison = compared(change)
    assert cycles(comparison) == ({("BHM", "goes_on")} if goes_on else set())
    if goes_on:
        assert re.fullmatch(
            r"BHM goes on after CRM\(00\): last seen at \d+\.\d{3} s, in the good recording every 0\.250 s and only before CRM\(00\)",
            comparison.first.text,
        )
        assert comparison.first.bad.t_ns > comparison.sessions[1].start_ns + comparison.first.at_ns - 1


def test_every_deviation_is_told_in_both_languages_about_the_same_parts():
    rows = {key: row for key, row in load_strings().items() if key.startswith("deviation.")}
    assert len(rows) == 12
    for row in rows.values():
        places = [sorted(re.findall(r"\{(\w+)\}", row[language])) for language in ("zh", "en")]
        assert places[0] == places[1]


def test_length_is_compared(compared):
    first = compared(lambda lines: [re.sub(r"(1812F456#.{14}).*", r"\1", line) for line in lines]).first
    assert (first.kind, first.text) == ("length", "CCS has 7 bytes, in the good recording 8")
    assert len(first.good.text) == len(first.bad.text) + 2


def test_state_that_the_good_session_never_shows_is_a_value_deviation_in_words(compared):
    first = compared(lambda lines: [re.sub(r"(181356F4#.{12})D0", r"\1D1", line) for line in lines]).first
    assert (first.kind, first.text) == ("value", "BSM.insulation is abnormal (1), in the good recording normal (0)")


def test_quantity_outside_of_the_range_is_a_value_deviation_and_inside_is_none(compared):
    def demand(raw):
        return lambda lines: [re.sub(r"(181056F4#....)....", rf"\g<1>{raw}", line) for line in lines]

    assert compared(demand("DC05")).first is None
    first = compared(demand("A00F")).first
    assert (first.kind, first.text) == ("value", "BCL.current_a is 0 A, in the good recording -250 A")


def test_number_of_another_charger_is_a_fact_and_no_deviation(compared):
    comparison = compared(lambda lines: [re.sub(r"(1801F456#..)01", r"\g<1>02", line) for line in lines])
    assert comparison.first is None
    assert comparison.facts == (("charger number", "1, region 000", "2, region 000"),)


def test_unusable_stamps_leave_timing_out_with_a_note(compared):
    comparison = compared(lambda lines: [re.sub(r"\((\d+)\.\d+\)", r"(\1)", line) for line in lines])
    assert "timing is not compared" in comparison.notes[0]
    assert all(one.kind != "timing" for one in comparison.deviations)


@pytest.fixture
def run():
    return lambda *arguments: CliRunner().invoke(app, ["analyse", *map(str, arguments)])


def test_command_shows_the_first_deviation_and_both_frames(run, write, simulated_session, tmp_path):
    good = write(simulated_session, "good.log")
    bad = write(re.sub(r"(181356F4#.{12})D0", r"\1D1", simulated_session), "bad.log")
    target = tmp_path / "out.json"
    result = run("--compare", good, bad, "--json", target)
    assert result.exit_code == 1
    assert re.search(r"First deviation: value, \d+\.\d+ s into the session  BSM\.insulation is abnormal \(1\)", result.stdout)
    assert re.search(r"good  BSM  frame \d+, t=\d+\.\d{6} s  181356F4#\w{12}D0", result.stdout)
    assert re.search(r"bad   BSM  frame \d+, t=\d+\.\d{6} s  181356F4#\w{12}D1", result.stdout)
    document = json.loads(target.read_text(encoding="utf-8"))
    shapes.COMPARISON.check(document)
    assert document["first"] == document["deviations"][0]
    assert document["first"]["bad"]["data"].endswith("D1")
    assert document["first"]["text_zh"] == "BSM.insulation 为 abnormal (1)，正常记录中为 normal (0)"
    assert "中文  BSM.insulation 为 abnormal (1)" in result.stdout
    assert document["first"]["cycle"] is None
    assert run("--compare", good, good).exit_code == 0


def test_document_names_the_message_that_stops_when_it_was_seen_last_and_its_period(run, write, simulated_session, tmp_path):
    good = write(simulated_session, "good.log")
    bad = write("".join(without(simulated_session.splitlines(keepends=True), "181056F4", 2.01)), "bad.log")
    target = tmp_path / "out.json"
    assert run("--compare", good, bad, "--json", target).exit_code == 1
    document = json.loads(target.read_text(encoding="utf-8"))
    shapes.COMPARISON.check(document)
    cycle = document["first"]["cycle"]
    assert (cycle["word"], round(float(cycle["period_s"]), 2)) == ("BCL", 0.05)
    assert float(cycle["last_seen_s"]) < float(document["first"]["at_s"])


def test_wrong_use_is_exit_2_with_what_to_do(run, write, simulated_session, tmp_path):
    good = write(simulated_session, "good.log")
    truck = write("(1.0) can0 18FEDF00#0102\n", "truck.log")
    for arguments, text in (
        (("--compare", good), "takes exactly two recordings"),
        (("--compare", good, good, good), "takes exactly two recordings"),
        (("--compare", good, tmp_path), "takes exactly two recordings"),
        (("--compare", good, truck), "truck.log: no session to compare was found"),
        (("--compare", good, good, "--html", tmp_path / "x.html"), "--compare goes with --json only"),
    ):
        result = run(*arguments)
        assert result.exit_code == 2
        assert text in result.stderr
        assert result.stdout == ""
