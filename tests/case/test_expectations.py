"""Expectations on a scripted bench: what came, what came late, what did not come, and what is recorded of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from harness.case.expectations import CaseBench
from harness.case.metadata import StepPlan
from harness.case.recorder import CaseRecorder
from harness.case.suites.pics import Declaration
from harness.case.sut import Sut
from harness.core import (
    ConfigError,
    DecisionRule,
    Direction,
    ExpectationFailed,
    Frame,
    Inconclusive,
    Level,
    Limit,
    Message,
    Pdu,
    Reason,
    Record,
    RigError,
    TimeBase,
    Trace,
    Verdict,
    ms,
    s,
)

NAMES = {1: "CHM", 2: "BHM", 3: "BRM", 4: "BEM"}


class ScriptedBench:
    """Time passes from row to row of a script: (instant, link, PDU); roles are plain objects."""

    def __init__(self, rows: Sequence[tuple[int, str, Pdu]], roles: dict[str, tuple[object, ...]] | None = None) -> None:
        self.trace = Trace()
        self.rows = sorted(rows, key=lambda row: row[0])
        self.time_ns = 0
        self.roles = roles or {}
        self.called: list[str] = []

    def nodes(self, role: str) -> tuple[object, ...]:
        return self.roles[role]

    def links(self) -> tuple[str, ...]:
        return ("can", "pilot", "can_b", "pilot_b")

    def lines_of(self, link: str) -> tuple[str, ...]:
        return (link.replace("can", "pilot"),)

    def now_ns(self) -> int:
        return self.time_ns

    def call(self, role: str, action: Callable[[], object]) -> object:
        self.called.append(role)
        return action()

    def run_until(self, t_ns: int, stop: Callable[[], bool] | None = None) -> bool:
        if stop is not None and stop():
            return True
        while self.rows and self.rows[0][0] <= t_ns:
            at_ns, link, pdu = self.rows.pop(0)
            self.time_ns = at_ns
            self.trace.append(at_ns, at_ns, link, Direction.RX, "sut", pdu)
            if stop is not None and stop():
                return True
        self.time_ns = max(self.time_ns, t_ns)
        return False


class TwoFrames:
    """Frame 0x0n00 begins message n, frame 0x000n ends it (or is all of it)."""

    def __init__(self) -> None:
        self.begun: dict[int, Record] = {}

    def feed(self, record: Record) -> list[Message]:
        assert isinstance(record.pdu, Frame)
        if record.pdu.can_id >= 0x100:
            self.begun[record.pdu.can_id >> 8] = record
            return []
        first = self.begun.pop(record.pdu.can_id, record)
        data = record.pdu.data
        return [
            Message(
                NAMES[record.pdu.can_id],
                record.t_ns,
                {"first": data[0] if data else None},
                data=data,
                start_ns=first.t_ns,
                frames=sorted({first.number, record.number}),
                link=record.link,
            )
        ]


def _limit(upper: str = "1", lower: str | None = None, unit: str = "s") -> Limit:
    return Limit("T", unit, None, None if lower is None else Decimal(lower), Decimal(upper), "S1", "R", "high")


class Case:
    """A bench of one case in its only step."""

    def __init__(self, *rows: tuple[int, str, Pdu], roles: dict[str, tuple[object, ...]] | None = None) -> None:
        self.running = ScriptedBench(rows, roles)
        self.recorder = CaseRecorder(
            [StepPlan(1, "do", "see", 1)], now_ns=self.running.now_ns, time_base=TimeBase("virtual", 1, 0, 0), rule=DecisionRule.SIMPLE
        )
        self.bench = CaseBench(self.running, self.recorder, TwoFrames, "can")

    def checks(self) -> list[tuple[str, Verdict, str, str]]:
        return [(check.name, check.verdict, check.observed, check.expected) for check in self.recorder.checks]


def can(t_ns: int, can_id: int, data: bytes = b"\x01") -> tuple[int, str, Pdu]:
    return t_ns, "can", Frame(can_id, data)


class TestExpect:
    """A message that must come, in its time."""

    def test_a_message_in_time_is_returned_with_its_time_as_a_check(self):
        case = Case(can(ms(10), 1), can(ms(300), 2))
        chm = case.bench.reach("CHM", within=s(1))
        message = case.bench.expect("BHM", within=_limit(), after=chm)
        assert (message.name, message.t_ns, case.bench.now_ns) == ("BHM", ms(300), ms(300))
        assert case.checks()[1] == ("BHM time", Verdict.PASS, "0.29 s", "<= 1 s")
        assert case.recorder.checks[1].frames == (2,)

    def test_a_late_message_fails_with_the_time_it_took(self):
        case = Case(can(ms(1_700), 2))
        with pytest.raises(ExpectationFailed, match=r"BHM came after 1\.7 s, expected <= 1 s"):
            case.bench.expect("BHM", within=_limit())
        assert case.checks() == [("BHM time", Verdict.FAIL, "1.7 s", "<= 1 s")]

    def test_a_long_limit_is_watched_a_fifth_longer(self):
        case = Case(can(s(71), 2))
        with pytest.raises(ExpectationFailed, match="BHM came after 71 s"):
            case.bench.expect("BHM", within=_limit("60"))

    def test_a_message_that_never_comes_fails_with_what_was_seen_last(self):
        case = Case(can(ms(100), 4, b"\xaa"))
        with pytest.raises(ExpectationFailed) as caught:
            case.bench.expect("BHM", within=_limit())
        assert str(caught.value) == "BHM not seen within <= 1 s after t=0.000000 s; last frame from the SUT: 00000004#AA at t=0.100000 s"
        assert case.checks() == [("BHM seen", Verdict.FAIL, "not seen", "BHM within <= 1 s")]
        assert case.bench.now_ns == s(2)

    def test_total_silence_is_said(self):
        case = Case()
        with pytest.raises(ExpectationFailed, match="nothing at all was received from the SUT"):
            case.bench.expect("BHM", within=_limit())

    def test_a_message_that_comes_too_early_fails(self):
        case = Case(can(ms(100), 4))
        with pytest.raises(ExpectationFailed, match=r"BEM came after 0\.1 s, expected 4\.5\.\.5\.5 s"):
            case.bench.expect("BEM", within=_limit("5.5", "4.5"))

    def test_only_a_message_with_the_wanted_content_counts(self):
        case = Case(can(ms(100), 2, b"\x00"), can(ms(200), 2, b"\xaa"))
        message = case.bench.expect("BHM", within=_limit(), where=lambda message: message["first"] == 0xAA, what="BHM(AA)")
        assert message.t_ns == ms(200)
        assert case.checks()[0][0] == "BHM(AA) time"

    def test_time_counts_from_now_or_from_the_end_of_another_message(self):
        case = Case(can(ms(100), 0x100), can(ms(150), 1), can(ms(400), 2), can(ms(600), 2))
        case.bench.run_for(ms(500))
        chm = case.bench.last("CHM")
        assert case.bench.expect("BHM", within=_limit(), after=chm).t_ns == ms(400)
        assert case.bench.expect("BHM", within=_limit()).t_ns == ms(600)
        assert [row[2] for row in case.checks()] == ["0.25 s", "0.1 s"]

    def test_a_message_of_several_frames_is_there_with_its_last(self):
        case = Case(can(ms(100), 0x300), can(ms(900), 3))
        with pytest.raises(ExpectationFailed, match=r"BRM came after 0\.9 s"):
            case.bench.expect("BRM", within=_limit("0.8"))
        assert case.checks() == [("BRM time", Verdict.FAIL, "0.9 s", "<= 0.8 s")]
        assert case.recorder.checks[0].frames == (1, 2)

    def test_a_message_that_had_begun_before_is_no_answer(self):
        case = Case(can(ms(50), 0x300), can(ms(100), 1), can(ms(150), 3), can(ms(300), 0x300), can(ms(400), 3))
        chm = case.bench.reach("CHM", within=s(1))
        assert case.bench.expect("BRM", within=_limit(), after=chm).start_ns == ms(300)

    def test_a_message_of_the_same_instant_as_the_stimulus_is_no_answer(self):
        case = Case(can(ms(100), 2), can(ms(200), 2))
        first = case.bench.reach("BHM", within=s(1))
        assert case.bench.expect("BHM", within=_limit(), after=first).t_ns == ms(200)


class TestReach:
    """A precondition of the purpose."""

    def test_what_is_reached_is_a_passed_check(self):
        case = Case(can(ms(100), 2))
        assert case.bench.reach("BHM", within=_limit()).name == "BHM"
        assert case.checks() == [("BHM reached", Verdict.PASS, "BHM", "BHM")]

    def test_what_is_not_reached_is_inconclusive(self):
        case = Case(can(ms(1_001), 2))
        with pytest.raises(Inconclusive, match=r"BHM was not reached within 1\.000 s; nothing at all") as caught:
            case.bench.reach("BHM", within=s(1))
        assert caught.value.reason == Reason.PRECONDITION
        assert case.checks() == [("BHM reached", Verdict.INCONC, "not reached", "BHM within 1.000 s")]
        assert case.recorder.checks[0].reason == Reason.PRECONDITION

    def test_what_came_before_does_not_count(self):
        case = Case(can(ms(100), 2))
        case.bench.run_for(ms(200))
        with pytest.raises(Inconclusive):
            case.bench.reach("BHM", within=s(1))


class TestAbsent:
    """A message that must not come."""

    def test_silence_passes_after_the_whole_time(self):
        case = Case(can(ms(100), 1), can(ms(1_101), 4))
        case.bench.absent("BEM", during=ms(1_100))
        assert case.bench.now_ns == ms(1_100)
        assert case.checks() == [("no BEM", Verdict.PASS, "none", "none")]
        assert case.recorder.checks[0].note == "watched for 1.100 s"

    def test_what_comes_fails_at_once_and_the_step_goes_on(self):
        case = Case(can(ms(100), 4))
        case.bench.absent("BEM", during=s(1))
        assert case.bench.now_ns == ms(100)
        assert case.checks() == [("no BEM", Verdict.FAIL, "BEM at t=0.100000 s", "none")]
        assert case.recorder.checks[0].frames == (1,)

    def test_what_came_since_an_earlier_instant_counts(self):
        case = Case(can(ms(100), 4))
        case.bench.run_for(ms(500))
        case.bench.absent("BEM", during=ms(100), since=ms(50), what="BEM after CRO")
        case.bench.absent("BEM", during=ms(100), since=ms(100))
        assert [(row[0], row[1]) for row in case.checks()] == [("BEM after CRO", Verdict.FAIL), ("no BEM", Verdict.PASS)]

    def test_other_content_does_not_count(self):
        case = Case(can(ms(100), 4, b"\x00"))
        case.bench.absent("BEM", during=s(1), where=lambda message: message["first"] == 1)
        assert case.checks()[0][1] is Verdict.PASS


class TestReading:
    """What was on the link so far."""

    def test_collect_returns_what_came_in_the_span(self):
        case = Case(*(can(ms(100 * n), 2, bytes([n])) for n in range(1, 8)))
        case.bench.run_for(ms(200))
        found = case.bench.collect("BHM", during=ms(300), where=lambda message: message["first"] != 4)
        assert [message.t_ns for message in found] == [ms(300), ms(500)]
        assert case.bench.now_ns == ms(500)

    def test_messages_are_listed_since_a_message_or_an_instant(self):
        case = Case(can(ms(1), 2), can(ms(2), 1), can(ms(3), 2), can(ms(4), 2))
        case.bench.run_for(ms(10))
        assert [message.t_ns for message in case.bench.messages("BHM")] == [ms(1), ms(3), ms(4)]
        assert [message.t_ns for message in case.bench.messages("BHM", since=case.bench.last("CHM"))] == [ms(3), ms(4)]
        assert [message.t_ns for message in case.bench.messages("BHM", since=ms(3))] == [ms(4)]
        assert case.bench.last("BHM").t_ns == ms(4)
        assert case.bench.last("BEM") is None
        assert len(case.bench.all_messages()) == 4

    def test_other_links_are_not_decoded_but_their_levels_are_known(self):
        case = Case((ms(1), "body", Frame(2)), (ms(2), "pilot", Level("k5k6", 1)), (ms(5), "pilot", Level("k5k6", 0)))
        case.bench.run_for(ms(3))
        assert case.bench.all_messages() == []
        assert (case.bench.level("k5k6"), case.bench.level("plug")) == (1, None)
        case.bench.run_for(ms(3))
        assert case.bench.level_changes("k5k6") == [(ms(2), 1), (ms(5), 0)]

    def test_another_bus_has_its_own_messages_and_levels(self):
        plugged, frame = (ms(1), "pilot_b", Level("plug", 1)), (ms(2), "can_b", Frame(2))
        case = Case(plugged, frame, (ms(3), "pilot", Level("plug", 0)), can(ms(4), 1))
        case.bench.run_for(ms(5))
        other = case.bench.on("can_b")
        assert (case.bench.level("plug"), other.level("plug")) == (0, 1)
        assert [[message.name for message in bench.all_messages()] for bench in (case.bench, other)] == [["CHM"], ["BHM"]]

    def test_a_level_is_awaited(self):
        case = Case((ms(2), "pilot", Level("k5k6", 1)), (ms(5), "pilot", Level("k5k6", 0)))
        assert case.bench.wait_level("k5k6", 0, within=_limit()) == ms(5)
        assert case.bench.wait_level("k5k6", 1, within=_limit("0.1")) is None

    def test_what_is_no_message_is_found_and_awaited(self):
        case = Case(can(s(1), 1), (s(2), "body", Frame(2)), can(s(3), 2), can(s(4), 2))
        record = case.bench.wait_record(lambda record: record.pdu == Frame(2, b"\x01"), since=s(1), until_ns=s(10))
        assert record is not None
        assert (record.t_ns, record.link, case.running.time_ns) == (s(3), "can", s(3))
        assert case.bench.wait_record(lambda record: record.pdu == Frame(7), since=0, until_ns=s(5)) is None
        assert case.running.time_ns == s(5)
        assert [record.t_ns for record in case.bench.records(since=s(1))] == [s(3), s(4)]
        assert [record.t_ns for record in case.bench.records(where=lambda record: record.pdu == Frame(1, b"\x01"))] == [s(1)]
        assert not case.checks()

    def test_what_no_line_shows_is_inconclusive_and_the_case_goes_on(self):
        case = Case()
        case.bench.unobserved("state B", line="cp_v", expected="within 0.25 s")
        [check] = case.recorder.checks
        assert (check.verdict, check.reason, check.observed) == (Verdict.INCONC, Reason.NO_LINE, "no line 'cp_v'")

    def test_raw_frames_are_found_by_identifier(self):
        case = Case(can(ms(1), 2), can(ms(2), 1), can(ms(3), 2), (ms(4), "body", Frame(2)))
        case.bench.run_for(ms(10))
        assert [record.t_ns for record in case.bench.frames(2)] == [ms(1), ms(3)]
        assert [record.t_ns for record in case.bench.frames(2, since=ms(1))] == [ms(3)]


class Machine:
    """What a case steers."""

    def __init__(self) -> None:
        self.phase = "IDLE"

    def begin(self, phase: str, *, fast: bool = False) -> str:
        self.phase = f"{phase} {fast}"
        return "begun"


class TestSteering:
    """The tester's machines act between two events."""

    def test_methods_and_values_go_through_the_bench(self):
        case = Case(roles={"charger": (Machine(),)})
        charger = case.bench.control("charger")
        assert charger.begin("HANDSHAKE", fast=True) == "begun"
        assert charger.phase == "HANDSHAKE True"
        assert set(case.running.called) == {"charger"}
        assert len(case.running.called) >= 2

    def test_a_value_cannot_be_set_past_the_bench(self):
        charger = Case(roles={"charger": (Machine(),)}).bench.control("charger")
        with pytest.raises(AttributeError):
            charger.phase = "CHARGING"

    def test_a_model_that_plays_another_part_is_named_by_its_role(self):
        charger = Case(roles={"charger": (Machine(),)}).bench.control("charger")
        with pytest.raises(RigError, match=r"role 'charger' has no 'plug_in': its model in the rig \(Machine\) plays another part"):
            charger.plug_in()

    def test_a_role_that_the_rig_lacks_is_inconclusive(self):
        with pytest.raises(Inconclusive, match="the rig has no role 'station'") as caught:
            Case().bench.control("station")
        assert caught.value.reason == Reason.NO_LINE

    def test_a_link_that_the_role_does_not_stand_on_is_inconclusive(self):
        case = Case(roles={"charger": (Machine(),)})
        assert case.bench.has_node("charger")
        assert not case.bench.has_node("charger", 1)
        with pytest.raises(Inconclusive, match="no link number 2 for 'charger'"):
            case.bench.control("charger", 1)


class TestSut:
    """Declarations and limits by name."""

    SUT = Sut(Declaration(Path("truck.toml"), {"V.DC": True}, {"V.DC": "inlet"}, {"vin": "LPR"}), {"T": _limit()})

    def test_what_is_declared_is_given(self):
        assert (self.SUT.pics("V.DC"), self.SUT.pixit("vin"), self.SUT.limit("T").upper) == (True, "LPR", Decimal(1))

    @pytest.mark.parametrize(
        ("ask", "message"),
        [
            (lambda sut: sut.pics("V.DX"), r"PICS item 'V.DX' is missing in truck.toml \(did you mean 'V.DC'\?\)"),
            (lambda sut: sut.pixit("vim"), r"PIXIT value 'vim' is missing in truck.toml \(did you mean 'vin'\?\)"),
            (lambda sut: sut.limit("U"), r"limit 'U' is missing in the profile \(have: T\)"),
        ],
    )
    def test_what_is_not_declared_is_an_error_and_never_false(self, ask: Callable[[Sut], object], message: str):
        with pytest.raises(ConfigError, match=message):
            ask(self.SUT)


class TestLateCase:
    """On the clock the thread of the case wakes up after what it waited for; the bench has gone on meanwhile."""

    def test_what_came_while_the_case_woke_up_is_not_missed(self):
        case = Case(can(ms(10), 1), can(ms(30), 2), can(ms(40), 3))
        case.bench.reach("CHM", within=s(1))
        case.running.run_until(ms(500))
        assert case.bench.reach("BHM", within=s(1)).t_ns == ms(30)
        assert case.bench.reach("BRM", within=s(1)).t_ns == ms(40)

    def test_what_came_before_the_last_wait_ended_is_no_news(self):
        case = Case(can(ms(10), 2), can(ms(20), 1))
        case.bench.reach("CHM", within=s(1))
        case.running.run_until(ms(500))
        with pytest.raises(Inconclusive):
            case.bench.reach("BHM", within=s(1))

    def test_time_that_passed_by_order_is_followed(self):
        case = Case(can(ms(10), 2))
        case.bench.run_for(ms(100))
        with pytest.raises(Inconclusive):
            case.bench.reach("BHM", within=s(1))


def test_wait_gives_the_first_message_behind_an_instant_and_records_no_check() -> None:
    case = Case(can(s(1), 1), can(s(2), 1, b"\x02"), can(s(3), 2))
    case.bench.run_for(s(2.5))
    found = case.bench.wait("CHM", since=s(1), until_ns=s(1))
    assert found is not None
    assert (found.t_ns, case.bench.now_ns) == (s(2), s(2.5))
    assert case.bench.wait("CHM", since=0, until_ns=s(1), where=lambda message: message["first"] == 2) == found
    assert case.bench.wait("BHM", since=found, until_ns=s(4)) is not None
    assert case.bench.now_ns == s(3)
    assert case.bench.wait("BEM", since=0, until_ns=s(5)) is None
    assert (case.bench.now_ns, case.checks()) == (s(5), [])


def test_message_whose_stamp_went_back_is_found_behind_later_ones() -> None:
    case = Case()
    for t_ns, can_id in ((s(10), 1), (s(11.5), 2), (s(10.8), 1), (s(12), 3)):
        case.running.trace.append(t_ns, t_ns, "can", Direction.RX, "sut", Frame(can_id, b"\x01"))
    assert [message.t_ns for message in case.bench.messages("CHM", since=s(10.5))] == [s(10.8)]
    assert len(case.bench.messages("CHM")) == 2
