"""F5 and F6 at their bounds: intervals, tails, bursts, and what comes before its time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from harness.core import Check, Limit, Reason, Verdict, ms
from tests.protocols.gbt27930.traces.conftest import Tape

Judge = Callable[..., dict[str, Check]]
BEM = 0x081E56F4
BOUNDS = {
    **dict.fromkeys(("CHM", "BHM", "CRM(00)", "CML", "BRO(00)", "CRO(00)", "BSM", "BSD", "CSD"), (225, 275)),
    "CTS": (450, 550), "BCL": (45, 55), "CCS": (45, 55), "BST": (7, 13), "CST": (7, 13),
}  # fmt: skip
LONG = {"BRM": (225, 275), "BCP": (450, 550), "BCS": (225, 275), "BMV": (9000, 11000), "BMT": (9000, 11000), "BSP": (9000, 11000)}
OWN = {"BMV": "4A01" * 5, "BMT": "50" * 9, "BSP": "FF" * 16}


def period(judge: Judge, tape: Tape, name: str, **more: object) -> Check:
    return judge(tape, **more)[f"F5 {name.partition('(')[0]} period"]


@pytest.mark.parametrize("word", BOUNDS)
def test_interval_of_a_message_ends_at_its_bounds(judge: Judge, word: str) -> None:
    low, high = BOUNDS[word]
    for length_ms, right in ((low, True), (high, True), (low - 0.1, False), (high + 0.1, False)):
        tape = Tape()
        tape.send(10, word)
        tape.send(10 + length_ms, word)
        check = period(judge, tape, word)
        assert (check.verdict, check.observed) == (Verdict.PASS if right else Verdict.FAIL, f"{length_ms:g} ms")
        assert (check.expected, check.occurrences) == (f"{low}..{high} ms", 0 if right else 1)
        assert (check.frames, check.t_ns) == ((1, 2), ms(10 + length_ms))
        name = word.partition("(")[0]
        shown = [finding.text for finding in check.findings]
        assert shown == ([] if right else [f"{name} after {length_ms:g} ms, expected {low}..{high} ms"])


@pytest.mark.parametrize("name", LONG)
def test_interval_of_a_long_message_is_measured_between_its_announcements(judge: Judge, name: str) -> None:
    low, high = LONG[name]
    for length_ms, right in ((low, True), (high, True), (low - 1, False), (high + 1, False)):
        tape = Tape()
        for at_ms in (10, 10 + length_ms):
            tape.transfer(at_ms, name, OWN.get(name))
        check = period(judge, tape, name)
        assert (check.occurrences == 0) is right
        assert check.value == (length_ms if high < 9000 else Decimal(length_ms) / 1000)


def test_worst_interval_is_shown_with_the_sample_behind_it(judge: Judge) -> None:
    tape = Tape()
    for at_ms in (0, 50, 104, 164, 214):
        tape.send(at_ms, "BCL")
    check = period(judge, tape, "BCL")
    assert (check.observed, check.frames, check.t_ns) == ("60 ms", (3, 4), ms(164))
    assert check.note == "sent by the vehicle; strict: 1 of 4 outside; median 52 ms, 95th percentile 60 ms"
    assert check.statistics is not None
    assert [check.statistics.n, check.statistics.minimum, check.statistics.mean, check.statistics.maximum] == [4, 50, 53.5, 60]


@pytest.mark.parametrize(
    ("stamps", "observed", "which"),
    [
        ((0, 40, 90, 140), "40 ms", "median 50 ms, 95th percentile 50 ms"),
        ((0, 50, 110), "60 ms", "median 55 ms, 95th percentile 60 ms"),
        ((0, 44, 88, 138), "44 ms", "median 44 ms, 95th percentile 50 ms"),
    ],
)
def test_median_of_odd_and_even_samples(judge: Judge, stamps: tuple[int, ...], observed: str, which: str) -> None:
    tape = Tape()
    for at_ms in stamps:
        tape.send(at_ms, "BCL")
    check = period(judge, tape, "BCL")
    assert check.observed == observed
    assert check.note.endswith(which)
    assert judge(tape)["F5 BCL period, statistical"].note.endswith(which)


@pytest.mark.parametrize(("count", "shown"), [(19, "60 ms"), (20, "50 ms"), (39, "60 ms"), (40, "50 ms")])
def test_ninety_fifth_percentile_leaves_one_in_twenty_out(judge: Judge, count: int, shown: str) -> None:
    """Of so many intervals one in twenty, or one more, has 60 ms."""
    long = count // 20 if count % 20 == 0 else count // 20 + 1
    at_ms, tape = 0, Tape()
    tape.send(at_ms, "BCL")
    for number in range(count):
        at_ms += 60 if number < long else 50
        tape.send(at_ms, "BCL")
    assert judge(tape)["F5 BCL period, statistical"].observed == shown


def test_interval_to_the_same_message_of_another_value_is_none(judge: Judge) -> None:
    tape = Tape().recognition()
    assert "F5 CRM period" not in judge(tape)


@pytest.mark.parametrize(("bst_ms", "right"), [(155, True), (155.1, False)])
def test_vehicle_may_take_a_tail_to_say_that_it_ends_the_charge(judge: Judge, bst_ms: float, right: bool) -> None:
    """The last BCL is at 5950 ms; 55 ms of the period and 100 ms of the tail."""
    tape = Tape().charging(5990).drop(lambda at_ms, frame: at_ms > 5955 and frame.can_id != 0x1812F456)
    tape.every(50, "CCS", 6020.5, 6200)
    tape.every(10, "BST", 5950 + bst_ms, 6300)
    check = period(judge, tape, "BCL")
    assert (check.verdict is Verdict.PASS) is right
    if not right:
        assert [finding.text for finding in check.findings] == [
            "BCL not sent again for 155.1 ms although its phase went on, expected 45..55 ms"
        ]
        assert check.t_ns == ms(5950)


def test_message_that_stops_is_held_against_its_sender_as_long_as_the_peer_talks(judge: Judge) -> None:
    tape = Tape().charging(5000)
    tape.every(50, "BCL", 5000, 5500)
    check = period(judge, tape, "CCS")
    assert (check.verdict, check.observed, check.t_ns) == (Verdict.FAIL, "479.5 ms", ms(4970.5))
    quiet = Tape().charging(5000).drop(lambda at_ms, frame: at_ms > 4500 and frame.can_id in (0x181056F4, 0x1812F456, 0x1CECF456))
    assert period(judge, quiet, "BCL").verdict is Verdict.PASS


def test_message_that_goes_on_with_another_value_does_not_stop(judge: Judge) -> None:
    tape = Tape().configuration()
    tape.every(250, "CRO(00)", 3480, 5000)
    tape.every(250, "BRO(AA)", 3720, 6500)
    tape.every(250, "CRO(AA)", 6000, 6500)
    assert judge(tape)["F5 CRO period"].verdict is Verdict.PASS


@pytest.mark.parametrize(("gap_ms", "judged"), [(550, True), (550.1, False)])
def test_burst_of_errors_ends_after_two_periods(judge: Judge, gap_ms: float, judged: bool) -> None:
    tape = Tape().handshake()
    for at_ms in (7000, 7250, 7250 + gap_ms):
        tape.put(at_ms, BEM, "F4F0F0FC")
    check = judge(tape)["F5 BEM period"]
    assert (check.verdict is Verdict.FAIL, check.observed) == (judged, "550 ms" if judged else "250 ms")


def test_errors_of_another_content_are_another_burst(judge: Judge) -> None:
    tape = Tape().handshake()
    for at_ms, data in ((7000, "F4F0F0FC"), (7250, "F4F0F0FC"), (7300, "F4F1F0FC"), (7550, "F4F1F0FC")):
        tape.put(at_ms, BEM, data)
    assert judge(tape)["F5 BEM period"].verdict is Verdict.PASS


@pytest.mark.parametrize(("jitter_ms", "reason"), [(5, None), (5.1, Reason.TESTER_JITTER)])
def test_without_a_share_of_its_own_the_whole_tolerance_spoils_a_period(
    judge: Judge, limits: Mapping[str, Limit], jitter_ms: float, reason: Reason | None
) -> None:
    tape = Tape()
    tape.every(50, "BCL", 0, 300)
    rest = {key: row for key, row in limits.items() if key != "judge.jitter_share"}
    assert period(judge, tape, "BCL", limits=rest, tester_jitter_ns=ms(jitter_ms)).reason is reason


def test_period_without_its_limit_is_not_judged(judge: Judge, limits: Mapping[str, Limit]) -> None:
    tape = Tape()
    tape.every(50, "BCL", 0, 300)
    assert "F5 BCL period" not in judge(tape, limits={key: row for key, row in limits.items() if key != "period.BCL"})


# ---- F6: from when on and until when

TAILS = [
    ("CHM", "CRM(00)", 2000, 250), ("BHM", "CRM(00)", 2000, 250), ("CTS", "BRO(AA)", 3220, 500),
    ("CML", "BRO(AA)", 3220, 250), ("BRO(AA)", "CRO(AA)", 3480, 300), ("BCL", "CST", 8030, 100), ("CCS", "CST", 8030, 100),
    ("BSM", "CST", 8030, 250), ("BST", "BSD", 8360, 50), ("CST", "BSD", 8360, 50),
]  # fmt: skip


@pytest.mark.parametrize(("word", "end", "end_ms", "tail_ms"), TAILS)
def test_message_may_trail_its_end_by_its_tail(judge: Judge, word: str, end: str, end_ms: float, tail_ms: float) -> None:
    name = word.partition("(")[0]
    for late_ms, right in ((tail_ms, True), (tail_ms + 0.1, False)):
        tape = Tape().session()
        tape.send(end_ms + late_ms, word)
        check = judge(tape)[f"F6 {name} phase"]
        assert (check.verdict is Verdict.PASS) is right
        if not right:
            text = f"{word} {late_ms:.1f} ms after {end}, tail {tail_ms} ms"
            assert check.observed.endswith(f"out of phase, first {text}")
            assert [finding.text for finding in check.findings] == [text]
            assert (check.t_ns, check.occurrences) == (ms(end_ms + late_ms), 1)


EARLY = [
    ("BHM", "", "CHM"), ("BRO(00)", "", "CML"), ("CRO(00)", "", "BRO(AA)"), ("BCL", "", "CRO(AA)"), ("BSM", "", "CRO(AA)"),
    ("CCS", "", "BCL and BCS"), ("BSD", "", "BST and CST"), ("CSD", "", "BSD"),
]  # fmt: skip


@pytest.mark.parametrize(("word", "first", "missing"), EARLY)
def test_message_before_its_condition_fails(judge: Judge, word: str, first: str, missing: str) -> None:
    tape = Tape()
    tape.send(0, "CHM" if word != "BHM" else "CRM(00)")
    tape.send(100, word)
    check = judge(tape)[f"F6 {word.partition('(')[0]} phase"]
    assert (check.verdict, check.observed) == (Verdict.FAIL, f"1 of 1 out of phase, first {word} before {missing}")
    assert check.expected.startswith(f"after {missing}")
    assert (check.t_ns, check.frames, check.occurrences) == (ms(100), (2,), 1)


def test_message_at_the_instant_of_its_condition_is_in_its_phase(judge: Judge) -> None:
    tape = Tape().configuration()
    tape.send(3480, "CRO(AA)")
    tape.send(3480, "BCL")
    check = judge(tape)["F6 BCL phase"]
    assert (check.verdict, check.observed, check.expected) == (Verdict.PASS, "1 messages, all in phase", "after CRO(AA), until BST or CST")
    assert (check.t_ns, check.frames, check.findings) == (None, (), ())


@pytest.mark.parametrize(("late_ms", "right"), [(1000, True), (1000.1, False)])
def test_session_ends_within_a_second_of_an_error(judge: Judge, late_ms: float, right: bool) -> None:
    tape = Tape().charging(5000)
    tape.put(5000, BEM, "F0F0F1FC")
    tape.send(5000 + late_ms, "BCL")
    check = judge(tape)["F6 BCL phase"]
    assert (check.verdict is Verdict.PASS) is right
    if not right:
        assert check.observed.endswith("first BCL 1000.1 ms after an error message, without a reconnect")


@pytest.mark.parametrize(("word", "stays"), [("CHM", True), ("BST", True), ("CST", True), ("BHM", False), ("CML", False), ("BSM", False)])
def test_only_what_restarts_or_ends_a_session_may_follow_an_error(judge: Judge, word: str, stays: bool) -> None:
    tape = Tape().charging(5000)
    tape.put(5000, BEM, "F0F0F1FC")
    tape.send(7000, word)
    check = judge(tape).get(f"F6 {word} phase")
    assert (check is None or "after an error message" not in check.observed) is stays


def test_tail_that_the_profile_does_not_have_is_not_judged(judge: Judge, limits: Mapping[str, Limit]) -> None:
    tape = Tape().session()
    tape.every(50, "BCL", 8040, 8500)
    assert judge(tape)["F6 BCL phase"].verdict is Verdict.FAIL
    assert judge(tape, limits={key: row for key, row in limits.items() if key != "tail.BCL"})["F6 BCL phase"].verdict is Verdict.PASS
    tape = Tape().charging(5000)
    tape.put(5000, BEM, "F0F0F1FC")
    tape.send(6500, "BCL")
    assert judge(tape)["F6 BCL phase"].verdict is Verdict.FAIL
    assert judge(tape, limits={key: row for key, row in limits.items() if key != "tail.error"})["F6 BCL phase"].verdict is Verdict.PASS


@pytest.mark.parametrize(("at_ms", "right"), [(3520.9, False), (3521, True)])
def test_message_waits_for_the_last_of_its_conditions(judge: Judge, at_ms: float, right: bool) -> None:
    """BCL comes at 3500 ms, the first BCS is complete at 3521 ms."""
    tape = Tape().charging(3600).drop(lambda at, frame: frame.can_id == 0x1812F456)
    tape.send(at_ms, "CCS")
    check = judge(tape)["F6 CCS phase"]
    assert (check.verdict is Verdict.PASS) is right
    assert ("first CCS before BCS" in check.observed) is not right


def test_tail_of_low_confidence_warns_and_stands_behind_what_fails(judge: Judge, limits: Mapping[str, Limit]) -> None:
    weak = {**limits, "tail.BCL": replace(limits["tail.BCL"], confidence="low")}
    tape = Tape().session()
    tape.send(8200, "BCL")
    check = judge(tape, limits=weak)["F6 BCL phase"]
    assert (check.verdict, check.occurrences, len(check.findings)) == (Verdict.PASS, 1, 1)
    tape.send(3400, "BCL")
    check = judge(tape, limits=weak)["F6 BCL phase"]
    assert (check.verdict, check.occurrences) == (Verdict.FAIL, 1)
    assert check.observed.endswith("out of phase, first BCL before CRO(AA)")
