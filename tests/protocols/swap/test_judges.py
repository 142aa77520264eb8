"""The rules INV-1 to INV-7 on traces made by hand: what keeps them, and what breaks each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import pytest

from harness.core import Check, Limit, Message, TimeBase, Value
from harness.core.standard import JudgeContext
from harness.protocols.swap.judges import RULES, judge_all
from harness.protocols.swap.profile import default_profile

PROFILE = default_profile()
MS = 1_000_000
ADDRESS = {"vcu": 0xD0, "bsc": 0xD8, "bms": 0xF4, "sta": 0xE5}
SENDER = {"VEH_STS": "vcu", "LOCK_STS": "bsc", "ACK": "bsc", "PACK_STS2": "bms", "PACK_ID": "bms", "PACK_LIM": "bms"}
LOCKED: Mapping[str, Value] = {
    "LockState": "locked",
    "LockCmdEcho": "none",
    "ElecConn": "mated",
    "HvilLoop": "closed",
    "ChargeCoupler": "free",
}
STILL: Mapping[str, Value] = {"SwapPermit": "permitted", "LinkVoltage": 12.0, "VehSpeed": 0.0, "KeyState": "on"}
PACK: Mapping[str, Value] = {"MainPos": "open", "MainNeg": "open", "Precharge": "open", "Weld": "none", "InsulationStatus": "ok"}


def limit(key: str, unit: str, *, value: str | None = None, upper: str | None = None, confidence: str = "medium") -> Limit:
    number = [None if text is None else Decimal(text) for text in (value, upper)]
    return Limit(key, unit, number[0], None, number[1], "P", "R", confidence)


LIMITS = {
    row.key: row
    for row in (
        limit("voltage.touchable", "V", value="60"),
        limit("rule.settle", "ms", upper="250"),
        limit("rule.next_status", "%", upper="120"),
        limit("cycle.mean", "%", upper="10"),
        limit("cycle.single", "%", upper="20", confidence="low"),
        limit("rule.cycle_count", "1", value="10"),
    )
}


def message(at_ms: float, name: str, values: Mapping[str, Value], counter: int = 0) -> Message:
    sender = SENDER[name]
    content = {**values, "Counter": counter % 16, "Check": 0, "source": ADDRESS[sender]}
    return Message(name, int(at_ms * MS), content, frames=(1,), link="swap", sender=sender)


def judged(messages: Sequence[Message]) -> dict[str, Check]:
    """The checks by the number of their rule; those on cycles by their whole name."""
    context = JudgeContext(LIMITS, TimeBase("virtual", 1, 0, 0), parties=frozenset(("vcu", "bsc")))
    checks = judge_all(sorted(messages, key=lambda each: each.t_ns), (), context, PROFILE)
    assert all(check.name.split()[0] in RULES for check in checks)
    return {check.name if "cycle" in check.name else check.name.split()[0]: check for check in checks}


def lasting(name: str, values: Mapping[str, Value], start_ms: float, end_ms: float) -> Iterator[Message]:
    """*name* every 50 ms with a running counter."""
    for number in range(int((end_ms - start_ms) / 50) + 1):
        yield message(start_ms + 50 * number, name, values, number)


def test_a_rule_that_saw_nothing_gives_no_check():
    assert judged([]) == {}


@pytest.mark.parametrize(
    ("vehicle", "lock", "said"),
    [
        ({}, {"LockState": "unlocking", "LockCmdEcho": "unlock"}, ""),
        ({"SwapPermit": "not_permitted"}, {"LockState": "unlocking"}, "SwapPermit not_permitted"),
        ({"LinkVoltage": 60.0}, {"LockState": "unlocking"}, "LinkVoltage 60.0 V"),
        ({"LinkVoltage": 59.9}, {"LockState": "unlocking"}, ""),
        ({"LinkVoltage": None}, {"LockState": "unlocked"}, "LinkVoltage None V"),
        ({"VehSpeed": 3.0}, {"LockState": "intermediate", "LockCmdEcho": "unlock"}, "VehSpeed 3.0 km/h"),
        # Feedback that moves without an order is no unlocking.
        ({"VehSpeed": 30.0, "SwapPermit": "not_permitted"}, {"LockState": "intermediate"}, ""),
    ],
)
def test_lock_leaves_its_place_only_when_it_may(vehicle, lock, said):
    trace = [message(0, "VEH_STS", {**STILL, **vehicle}), message(10, "LOCK_STS", LOCKED), message(60, "LOCK_STS", {**LOCKED, **lock})]
    check = judged(trace)["INV-1"]
    assert check.verdict.word == ("fail" if said else "pass")
    assert said in check.observed


@pytest.mark.parametrize(
    ("rule", "vehicle", "lock", "pack", "lasts_ms", "broken"),
    [
        ("INV-2", {}, {"HvilLoop": "open"}, {"MainPos": "closed"}, 300, True),
        ("INV-2", {}, {"HvilLoop": "open"}, {"MainPos": "closed"}, 250, False),
        ("INV-2", {}, {"LockState": "intermediate"}, {"Precharge": "closed"}, 300, True),
        ("INV-2", {}, {"ElecConn": "open"}, {"MainNeg": "closed", "Weld": "welded"}, 300, False),
        ("INV-2", {"VehSpeed": 30.0}, {"LockState": "intermediate"}, {"MainPos": "closed"}, 300, False),
        ("INV-2", {}, {}, {"MainPos": "closed"}, 300, False),
        ("INV-3", {"KeyState": "ready"}, {"LockState": "unlocked"}, {}, 300, True),
        ("INV-3", {"KeyState": "ready"}, {"LockState": "unlocked"}, {}, 250, False),
        ("INV-3", {"KeyState": "ready"}, {}, {}, 300, False),
        ("INV-4", {}, {"ChargeCoupler": "plugged"}, {}, 300, True),
        ("INV-4", {}, {"ChargeCoupler": "plugged"}, {}, 250, False),
        ("INV-4", {"SwapPermit": "not_permitted"}, {"ChargeCoupler": "plugged"}, {}, 300, False),
    ],
)
def test_what_must_never_be_at_the_same_time(rule, vehicle, lock, pack, lasts_ms, broken):
    names = {"VEH_STS": {**STILL, **vehicle}, "LOCK_STS": {**LOCKED, **lock}, "PACK_STS2": {**PACK, **pack}}
    trace = [each for name, values in names.items() for each in lasting(name, values, 0, lasts_ms)]
    assert judged(trace)[rule].verdict.word == ("fail" if broken else "pass")


def test_counters_run_and_a_pause_forgives():
    trace = [message(50 * number, "LOCK_STS", LOCKED, number) for number in range(20)]
    assert judged(trace)["INV-5"].verdict.word == "pass"
    assert judged([*trace, message(1000, "LOCK_STS", LOCKED, 3)])["INV-5"].verdict.word == "fail"
    assert judged([*trace, message(1300, "LOCK_STS", LOCKED, 3)])["INV-5"].verdict.word == "pass"


def test_a_damaged_message_breaks_the_fifth_rule():
    error = Message(
        "SWAP.ERROR",
        MS,
        {"reason": "checksum", "about": "LOCK_STS", "source": 0xD8},
        frames=(1,),
        sender="bsc",
        note="LOCK_STS with a wrong checksum",
    )
    check = judged([error])["INV-5"]
    assert (check.verdict.word, check.observed) == ("fail", "LOCK_STS with a wrong checksum")


@pytest.mark.parametrize(("cycle_ms", "verdict"), [(50, "pass"), (55, "pass"), (55.1, "fail"), (44.9, "fail")])
def test_mean_cycle_at_its_bounds(cycle_ms, verdict):
    trace = [message(cycle_ms * number, "LOCK_STS", LOCKED, number) for number in range(12)]
    assert judged(trace)["INV-5 mean cycle of LOCK_STS"].verdict.word == verdict


def test_a_limit_of_low_confidence_warns_only():
    trace = [message(50 * number + (15 if number == 5 else 0), "LOCK_STS", LOCKED, number) for number in range(12)]
    check = judged(trace)["INV-5 single cycle of LOCK_STS"]
    assert check.verdict.word == "pass"
    assert [finding.severity.value for finding in check.findings] == ["warning"]


@pytest.mark.parametrize("lacking", ["", "PACK_ID", "PACK_LIM", "InsulationStatus"])
def test_nothing_cached_of_an_earlier_pack(lacking):
    before = [message(0, name, {}) for name in ("PACK_ID", "PACK_LIM")]
    mating = [message(10, "LOCK_STS", {**LOCKED, "ElecConn": "open"}), message(60, "LOCK_STS", LOCKED)]
    told = [message(100, name, {}) for name in ("PACK_ID", "PACK_LIM") if name != lacking]
    measured = "measuring" if lacking == "InsulationStatus" else "ok"
    pack = [
        message(200, "PACK_STS2", {**PACK, "InsulationStatus": measured}),
        message(300, "PACK_STS2", {**PACK, "Precharge": "closed", "InsulationStatus": measured}),
    ]
    check = judged([*before, *mating, *told, *pack])["INV-6"]
    assert check.verdict.word == ("fail" if lacking else "pass")
    assert lacking in check.observed


def test_a_pack_that_was_there_from_the_begin_is_not_judged():
    assert "INV-6" not in judged([message(0, "LOCK_STS", LOCKED), message(10, "PACK_STS2", {**PACK, "MainPos": "closed"})])


@pytest.mark.parametrize(
    ("command", "state", "after_ms", "verdict"),
    [
        ("unlock", "unlocked", 0, "pass"),
        # LOCK_STS comes every 50 ms.
        ("unlock", "unlocked", 60, "pass"),
        ("unlock", "unlocked", 61, "fail"),
        ("unlock", "jammed", 0, "fail"),
        ("lock", "locked", 0, "pass"),
        ("lock", "locking", 0, "fail"),
    ],
)
def test_done_only_when_it_is_done(command, state, after_ms, verdict):
    other = "locking" if command == "lock" else "unlocking"
    trace = [
        message(0, "LOCK_STS", {**LOCKED, "LockState": other}),
        message(100, "ACK", {"AckCmd": command, "AckResult": "done"}),
        message(100 + after_ms, "LOCK_STS", {**LOCKED, "LockState": state}),
    ]
    if after_ms == 0:
        trace[2] = message(99, "LOCK_STS", {**LOCKED, "LockState": state})
    assert judged(trace)["INV-7"].verdict.word == verdict


def test_only_the_next_status_may_tell_what_is_done():
    trace = [
        message(0, "LOCK_STS", {**LOCKED, "LockState": "unlocking"}),
        message(100, "ACK", {"AckCmd": "unlock", "AckResult": "done"}),
        message(110, "LOCK_STS", {**LOCKED, "LockState": "unlocking"}),
        message(150, "LOCK_STS", {**LOCKED, "LockState": "unlocked"}),
    ]
    assert judged(trace)["INV-7"].observed == "unlock done with LockState unlocking"


@pytest.mark.parametrize(
    ("command", "name", "signal", "good", "bad"),
    [
        ("pack_removing", "LOCK_STS", "PackPresent", "no", "yes"),
        ("pack_installing", "LOCK_STS", "PackSeated", "yes", "no"),
        ("pack_placed", "LOCK_STS", "ElecConn", "mated", "open"),
        ("success", "VEH_STS", "HvBusState", "energised", "de_energised"),
    ],
)
def test_done_of_every_command_with_a_feedback_is_judged(command, name, signal, good, bad):
    done = message(100, "ACK", {"AckCmd": command, "AckResult": "done"})
    for state, verdict in ((good, "pass"), (bad, "fail")):
        assert judged([message(50, name, {**STILL, **LOCKED, signal: state}), done])["INV-7"].verdict.word == verdict
    assert "INV-7" not in judged([message(50, name, {}), done])
