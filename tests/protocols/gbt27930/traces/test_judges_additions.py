"""The rules that 2023 class A adds for the charger, each at its bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from harness.case.suites.profile import load_profile
from harness.core import Check, Limit, Reason, Verdict, ms, resource
from tests.protocols.gbt27930.traces.conftest import Tape

Judge = Callable[..., dict[str, Check]]
BSM, CCS = 0x181356F4, 0x1812F456
MISMATCH, WITHOUT_BSM = "F7 CML without CST", "F6 CCS without BSM"
BELOW, OUTPUT = "F7 CCS below the smallest output", "F7 CCS voltage within the demand"


@pytest.fixture(scope="module")
def profile() -> dict[str, Limit]:
    return dict(load_profile(Path(resource("test_suites", "gbt27930", "profile-2023A.toml"))))


@pytest.fixture
def class_a(judge: Judge, profile: dict[str, Limit]) -> Judge:
    return lambda tape, parties=("charger",), **more: judge(tape, parties, **{"limits": profile, "edition": "2023A", **more})


def offered(low: int, high: int, *, until_ms: float = 0, word: str = "CML") -> Tape:
    """A battery of 378.2 V and one CML of these tenths of a volt at 2201 ms; *word* once more at *until_ms*."""
    tape = Tape().recognition()
    tape.transfer(2140, "BCP")
    data = (high.to_bytes(2, "little") + low.to_bytes(2, "little")).hex() + "DC05A00F"
    tape.send(2201, "CML", data)
    if until_ms:
        tape.send(until_ms, word, data if word == "CML" else None)
    return tape


@pytest.mark.parametrize(
    ("low", "high", "fits"),
    [(3782, 9500, True), (3783, 9500, False), (380, 3782, True), (380, 3781, False), (380, 9500, True), (4000, 5000, False)],
)
def test_battery_fits_the_charger_up_to_the_ends_of_its_range(class_a: Judge, low: int, high: int, fits: bool) -> None:
    checks = class_a(offered(low, high, until_ms=5000))
    assert (MISMATCH in checks) is not fits
    if not fits:
        assert (checks[MISMATCH].verdict, checks[MISMATCH].observed) == (Verdict.FAIL, "2.799 s")


@pytest.mark.parametrize("word", ["CML", "CRO(00)", "CRO(AA)"])
@pytest.mark.parametrize(("until_ms", "verdict", "observed"), [(3201, Verdict.PASS, "1 s"), (3202, Verdict.FAIL, "1.001 s")])
def test_charger_that_does_not_fit_ends_within_a_second(
    class_a: Judge, word: str, until_ms: float, verdict: Verdict, observed: str
) -> None:
    check = class_a(offered(4000, 5000, until_ms=until_ms, word=word))[MISMATCH]
    assert (check.verdict, check.observed, check.expected) == (verdict, observed, "<= 1 s")
    assert (check.t_ns, check.frames) == (ms(until_ms), (35,))


def test_what_the_charger_sends_otherwise_does_not_count_as_going_on(class_a: Judge) -> None:
    tape = offered(4000, 5000)
    tape.every(10, "CST", 2300, 4000)
    assert (class_a(tape)[MISMATCH].verdict, class_a(tape)[MISMATCH].observed) == (Verdict.PASS, "0 s")


def test_first_cml_that_does_not_fit_begins_the_time(class_a: Judge) -> None:
    tape = offered(4000, 5000, until_ms=2800)
    tape.send(3202, "CML")
    assert class_a(tape)[MISMATCH].observed == "1.001 s"


def test_cml_before_any_battery_voltage_fits(class_a: Judge) -> None:
    tape = offered(4000, 5000, until_ms=5000).drop(lambda at_ms, frame: 2130 < at_ms < 2200)
    assert MISMATCH not in class_a(tape)


@pytest.mark.parametrize("data", ["1C25", "1C257C"])
def test_cml_without_a_whole_range_fits(class_a: Judge, data: str) -> None:
    tape = offered(4000, 5000).drop(lambda at_ms, frame: at_ms > 2200)
    tape.send(2201, "CML", data)
    tape.send(5000, "CML", data)
    assert MISMATCH not in class_a(tape)


@pytest.mark.parametrize(("rule", "key"), [(MISMATCH, "response.mismatch"), (WITHOUT_BSM, "timeout.TC10")])
def test_rule_without_its_limit_or_a_clock_says_nothing_wrong(class_a: Judge, profile: dict[str, Limit], rule: str, key: str) -> None:
    tape = offered(4000, 5000, until_ms=9000) if rule == MISMATCH else charge_without_bsm(6000)
    assert class_a(tape)[rule].verdict is Verdict.FAIL
    check = class_a(tape, time_base=None)[rule]
    assert (check.verdict, check.reason, check.note) == (
        Verdict.INCONC,
        Reason.NO_TIMEBASE,
        "the time stamps cannot carry a timing verdict",
    )
    assert rule not in class_a(tape, limits={name: limit for name, limit in profile.items() if name != key})


def test_limit_of_low_confidence_warns(class_a: Judge, profile: dict[str, Limit]) -> None:
    row = replace(profile["response.mismatch"], confidence="low")
    check = class_a(offered(4000, 5000, until_ms=9000), limits={**profile, "response.mismatch": row})[MISMATCH]
    assert (check.verdict, len(check.findings)) == (Verdict.PASS, 1)


def charge_without_bsm(length_ms: float) -> Tape:
    """One BSM at 3802 ms, the last CCS so long after it."""
    tape = Tape().charging(until_ms=3790)
    tape.send(3802, "BSM")
    tape.send(3802 + length_ms, "CCS", "240BA00F0000FD")
    return tape


@pytest.mark.parametrize(
    ("length_ms", "verdict", "observed"), [(5500, Verdict.PASS, "5.5 s"), (5501, Verdict.FAIL, "5.501 s"), (10, Verdict.PASS, "0.01 s")]
)
def test_charge_goes_on_for_five_and_a_half_seconds_after_a_bsm(class_a: Judge, length_ms: float, verdict: Verdict, observed: str) -> None:
    check = class_a(charge_without_bsm(length_ms))[WITHOUT_BSM]
    assert (check.verdict, check.observed, check.t_ns) == (verdict, observed, ms(3802 + length_ms))


def test_longest_time_without_bsm_is_shown_and_each_bsm_begins_a_new_one(class_a: Judge) -> None:
    tape = charge_without_bsm(3000)
    tape.send(6900, "BSM")
    tape.send(8900, "CCS", "240BA00F0000FD")
    check = class_a(tape)[WITHOUT_BSM]
    assert (check.observed, check.t_ns) == ("3 s", ms(6802))


def small_demand(voltage: int, current_raw: int, length_ms: float) -> Tape:
    """CML of 38..950 V and at least 20 A; a demand of these tenths at 4000 ms, the last CCS so long after it."""
    tape = Tape().charging(until_ms=3990).replace("CML", "1C257C01DC05D80E")
    data = (voltage.to_bytes(2, "little") + current_raw.to_bytes(2, "little")).hex() + "02"
    tape.send(4000, "BCL", data)
    tape.send(4000 + length_ms, "CCS", "240BA00F0000FD")
    return tape


@pytest.mark.parametrize(
    ("voltage", "current_raw", "below"),
    [(4261, 3800, False), (4261, 3801, True), (380, 3800, False), (379, 3800, True), (4261, 3600, False), (4261, 4000, True)],
)
def test_demand_counts_as_small_below_the_smallest_output(class_a: Judge, voltage: int, current_raw: int, below: bool) -> None:
    checks = class_a(small_demand(voltage, current_raw, 2000))
    assert (BELOW in checks) is below
    if below:
        assert (checks[BELOW].verdict, checks[BELOW].observed) == (Verdict.FAIL, "2 s")


@pytest.mark.parametrize(("length_ms", "verdict", "observed"), [(1000, Verdict.PASS, "1 s"), (1001, Verdict.FAIL, "1.001 s")])
def test_charge_ends_within_a_second_of_a_small_demand(class_a: Judge, length_ms: float, verdict: Verdict, observed: str) -> None:
    check = class_a(small_demand(4261, 3801, length_ms))[BELOW]
    assert (check.verdict, check.observed, check.t_ns) == (verdict, observed, ms(4000 + length_ms))


def test_demand_that_rises_again_ends_the_time(class_a: Judge) -> None:
    tape = small_demand(4261, 3801, 900)
    tape.send(4950, "BCL")
    tape.send(8000, "CCS", "240BA00F0000FD")
    assert class_a(tape)[BELOW].observed == "0.9 s"


def test_second_small_demand_does_not_begin_the_time_anew(class_a: Judge) -> None:
    tape = small_demand(4261, 3801, 1001)
    tape.send(4500, "BCL", "A510D90E02")
    assert class_a(tape)[BELOW].observed == "1.001 s"


@pytest.mark.parametrize(
    ("raw", "verdict", "share"),
    [(4303, Verdict.PASS, "0.99"), (4304, Verdict.FAIL, "1.01"), (4261, Verdict.PASS, "0.00"), (2852, Verdict.PASS, "-33.07")],
)
def test_output_may_exceed_the_demand_by_a_hundredth(class_a: Judge, raw: int, verdict: Verdict, share: str) -> None:
    """The demand is 426.1 V."""
    tape = Tape().charging(until_ms=3600)
    tape.send(3620, "CCS", f"{raw.to_bytes(2, 'little').hex()}A00F0000FD")
    check = class_a(tape)[OUTPUT]
    assert (check.verdict, check.observed) == (verdict, f"{share} %")
    assert check.note == f"CCS voltage {raw / 10:g} V against a demand of 426.1 V; 1 compared"
    assert (check.t_ns, len(check.frames)) == (ms(3620), 1)


@pytest.mark.parametrize(("after_ms", "verdict"), [(1000, Verdict.PASS), (1001, Verdict.FAIL)])
def test_output_may_follow_the_demand_before_for_a_second(class_a: Judge, after_ms: float, verdict: Verdict) -> None:
    """The last high demand is at 3550 ms, the only low one at 3600 ms."""
    tape = Tape().charging(until_ms=3600).drop(lambda at_ms, frame: frame.can_id == CCS)
    tape.send(3600, "BCL", "200BD80E02")
    tape.send(3550 + after_ms, "CCS", "A510A00F0000FD")
    assert class_a(tape)[OUTPUT].verdict is verdict


def test_demand_of_nothing_is_not_compared(class_a: Judge) -> None:
    tape = Tape().charging(until_ms=3600).drop(lambda at_ms, frame: frame.can_id in (CCS, 0x181056F4))
    tape.send(3500, "BCL", "0000D80E02")
    tape.send(3620, "CCS", "240BA00F0000FD")
    assert OUTPUT not in class_a(tape)


@pytest.mark.parametrize("key", ["consistency.output_voltage", "response.output_voltage"])
def test_output_is_not_judged_without_its_limits(class_a: Judge, profile: dict[str, Limit], key: str) -> None:
    tape = Tape().charging(until_ms=4000)
    assert OUTPUT in class_a(tape)
    assert OUTPUT not in class_a(tape, limits={name: limit for name, limit in profile.items() if name != key})


def test_margin_of_the_output_is_a_number_of_the_profile(class_a: Judge, profile: dict[str, Limit]) -> None:
    row = replace(profile["consistency.output_voltage"], upper=Decimal("1.01"))
    tape = Tape().charging(until_ms=3600)
    tape.send(3620, "CCS", f"{(4304).to_bytes(2, 'little').hex()}A00F0000FD")
    assert class_a(tape, limits={**profile, "consistency.output_voltage": row})[OUTPUT].verdict is Verdict.PASS


@pytest.mark.parametrize("edition", ["2011", "2015"])
def test_no_other_edition_has_these_rules(class_a: Judge, edition: str) -> None:
    names = set(class_a(offered(4000, 5000, until_ms=9000), edition=edition)) | set(class_a(charge_without_bsm(6000), edition=edition))
    assert not {MISMATCH, WITHOUT_BSM, BELOW, OUTPUT} & names
