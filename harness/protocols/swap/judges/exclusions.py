"""INV-2, INV-3 and INV-4: two things that must never be at the same time.

The two are told by different messages, each at its own cycle: a pair counts once it has lasted for longer than messages may lag.
INV-2 has two exceptions. At speed the vehicle must not cut the voltage when a lock or a coupler opens, since that would take its drive
away at once; and a contactor that is welded is closed whatever the vehicle does. Cases ask for both (open at speed, weld).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.core.check import Check, Finding
from harness.core.durations import format_s
from harness.core.message import Message, Value
from harness.core.standard import JudgeContext
from harness.protocols.swap.judges.finding import found, verdict

__all__ = ["judge_exclusions"]

_SETTLE = "rule.settle"
Told = Mapping[str, Mapping[str, Value]]
"""The last values of every message by its name."""


@dataclass(frozen=True, slots=True)
class _Exclusion:
    rule: str
    tells: frozenset[str]
    """Messages that can show it."""
    needs: frozenset[str]
    """Messages without which it cannot be judged."""
    holds: Callable[[Told], str]
    """What is there at the same time; empty if nothing is."""
    expected: str


def _contactors(told: Told) -> str:
    pack, lock = told["PACK_STS2"], told["LOCK_STS"]
    closed = [name for name in ("MainPos", "MainNeg", "Precharge") if pack.get(name) == "closed"]
    if not closed or pack.get("Weld") == "welded" or (told.get("VEH_STS", {}).get("VehSpeed") or 0) != 0:
        return ""
    loose = [f"{name} {lock[name]!s}" for name, good in _MATED.items() if name in lock and lock[name] != good]
    return f"{closed[0]} closed with {', '.join(loose)}" if loose else ""


_MATED = {"LockState": "locked", "HvilLoop": "closed", "ElecConn": "mated"}


def _ready(told: Told) -> str:
    state = told["LOCK_STS"].get("LockState")
    return f"KeyState ready with LockState {state!s}" if told["VEH_STS"].get("KeyState") == "ready" and state != "locked" else ""


def _permit(told: Told) -> str:
    both = told["VEH_STS"].get("SwapPermit") == "permitted" and told["LOCK_STS"].get("ChargeCoupler") == "plugged"
    return "SwapPermit permitted with ChargeCoupler plugged" if both else ""


_BOTH = frozenset(("VEH_STS", "LOCK_STS"))
_EXCLUSIONS = (
    _Exclusion(
        "INV-2 contactors",
        frozenset(("PACK_STS2", "LOCK_STS")),
        frozenset(("PACK_STS2", "LOCK_STS")),
        _contactors,
        "at a standstill no contactor that is not welded closed unless locked, mated and the interlock loop closed",
    ),
    _Exclusion("INV-3 ready to drive", _BOTH, _BOTH, _ready, "KeyState ready with LockState locked only"),
    _Exclusion("INV-4 permit while charging", _BOTH, _BOTH, _permit, "no SwapPermit while the charge coupler is plugged"),
)
_SHOWN_ONCE = frozenset(name for each in _EXCLUSIONS for name in each.needs) | {"VEH_STS"}
_FROM_PACK = "PACK_STS2"


def judge_exclusions(messages: Sequence[Message], context: JudgeContext) -> Iterator[Check]:
    """One check for each of the three rules."""
    settle = context.limits.get(_SETTLE)
    if settle is None:
        return
    for each in _EXCLUSIONS:
        judged, findings = _pairs(each, messages, context, settle.upper_ns)
        yield from verdict(each.rule, findings, judged, "states seen", each.expected)


def _pairs(each: _Exclusion, messages: Sequence[Message], context: JudgeContext, settle_ns: int) -> tuple[int, list[Finding]]:
    told: dict[str, Mapping[str, Value]] = {}
    findings: list[Finding] = []
    judged, since_ns, is_told = 0, 0, False
    before = ""
    for message in messages:
        if message.name not in _SHOWN_ONCE or (message.name != _FROM_PACK and message.sender not in context.parties):
            continue
        told[message.name] = message.values
        if message.name not in each.tells or not each.needs <= told.keys():
            continue
        judged += 1
        what = each.holds(told)
        if what and not before:
            since_ns, is_told = message.t_ns, False
        if what and not is_told and message.t_ns - since_ns > settle_ns:
            findings.append(found(each.rule, f"{what} for {format_s(message.t_ns - since_ns)} s", message))
            is_told = True
        before = what
    return judged, findings
