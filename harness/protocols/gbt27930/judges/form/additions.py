"""What 2023 class A demands of the charger beyond 2015: F6 and F7 of that edition.

Only cases and recordings that are known to be of that edition are judged by these rules: its frames do not tell it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from harness.core.check import Check, judge_number
from harness.core.decision import Criterion
from harness.core.durations import ns_in
from harness.core.message import Message, Value
from harness.protocols.gbt27930.editions import Rule, edition_of
from harness.protocols.gbt27930.judges.view import View, decimal, place, severity_of
from harness.protocols.gbt27930.sessions.split import Attempt

__all__ = ["judge_additions"]

_Wait = tuple[int, Message]
"""How long something went on, and its last message."""


def judge_additions(view: View) -> Iterator[Check]:
    """One check per added rule of which both sides were seen."""
    rules = edition_of(view.context.edition).rules
    if not view.judges("charger"):
        return
    if Rule.BSM_TIMEOUT in rules:
        yield from _longest(view, "F6 CCS without BSM", "timeout.TC10", _without_bsm)
    if Rule.STOP_BELOW_MINIMUM in rules:
        yield from _longest(view, "F7 CCS below the smallest output", "response.below_minimum", _below_minimum)
    if Rule.STOP_ON_MISMATCH in rules:
        yield from _longest(view, "F7 CML without CST", "response.mismatch", _mismatched)
    if Rule.OUTPUT_WITHIN_DEMAND in rules:
        yield from _output_voltage(view)


def _longest(view: View, rule: str, key: str, waits_of: Callable[[Attempt], Iterator[_Wait]]) -> Iterator[Check]:
    """The longest of some waiting times against the upper end of a limit."""
    limit = view.limit(key)
    waits = [wait for attempt in view.attempts() for wait in waits_of(attempt)]
    if limit is None or not waits:
        return
    waited_ns, message = max(waits, key=lambda wait: wait[0])
    check = judge_number(
        rule,
        ns_in(waited_ns, limit.unit),
        Criterion(None, limit.criterion().upper, limit.unit),
        uncertainty=view.uncertainty(waited_ns, limit.unit),
        rule=view.context.rule,
        severity=severity_of(limit),
        note=limit.text,
        frames=place(message)[1],
        t_ns=message.t_ns,
    )
    yield view.timed(check)


def _without_bsm(attempt: Attempt) -> Iterator[_Wait]:
    """From each BSM, or the first one, to every CCS before the next."""
    bsm: Message | None = None
    for event in attempt.events:
        if event.word == "BSM":
            bsm = event.message
        elif event.word == "CCS" and bsm is not None:
            yield event.t_ns - bsm.t_ns, event.message


def _below_minimum(attempt: Attempt) -> Iterator[_Wait]:
    """From the first BCL of an uninterrupted demand below CML to every CCS after it."""
    least: Message | None = None
    since: Message | None = None
    for event in attempt.events:
        if event.word == "CML":
            least = event.message
        elif event.word == "BCL" and least is not None:
            since = (since or event.message) if _is_below(event.message, least) else None
        elif event.word == "CCS" and since is not None:
            yield event.t_ns - since.t_ns, event.message


def _mismatched(attempt: Attempt) -> Iterator[_Wait]:
    """From the first CML that does not fit the battery of BCP to every later CML and CRO."""
    battery_v: Value = None
    since: Message | None = None
    for event in attempt.events:
        if event.word == "BCP":
            battery_v = event.message.values.get("voltage_v")
        elif event.word == "CML" and since is None and _does_not_fit(event.message, battery_v):
            since = event.message
        if since is not None and event.word in ("CML", "CRO(00)", "CRO(AA)"):
            yield event.t_ns - since.t_ns, event.message


def _does_not_fit(capability: Message, battery_v: Value) -> bool:
    low, high = capability.values.get("min_voltage_v"), capability.values.get("max_voltage_v")
    if not isinstance(low, int | float) or not isinstance(high, int | float) or not isinstance(battery_v, int | float):
        return False
    return not low <= battery_v <= high


def _is_below(demand: Message, capability: Message) -> bool:
    pairs = ((demand.values.get(name), capability.values.get(least)) for name, least in _DEMANDS)
    return any(isinstance(a, int | float) and isinstance(b, int | float) and abs(a) < abs(b) for a, b in pairs)


_DEMANDS = (("voltage_v", "min_voltage_v"), ("current_a", "min_current_a"))


def _output_voltage(view: View) -> Iterator[Check]:
    """The voltage of CCS against the highest demand of the time that the charger needs to follow."""
    limit, memory = view.limit("consistency.output_voltage"), view.limit("response.output_voltage")
    if limit is None or memory is None:
        return
    compared = [item for attempt in view.attempts() for item in _against_demand(attempt, memory.upper_ns)]
    if not compared:
        return
    share, ccs, highest = max(compared, key=lambda item: item[0])
    yield judge_number(
        "F7 CCS voltage within the demand",
        share,
        limit.criterion(),
        severity=severity_of(limit),
        note=f"CCS voltage {ccs.number('voltage_v'):g} V against a demand of {highest} V; {len(compared)} compared",
        frames=place(ccs)[1],
        t_ns=ccs.t_ns,
    )


def _against_demand(attempt: Attempt, memory_ns: int) -> Iterator[tuple[Decimal, Message, Decimal]]:
    """Each CCS with its excess over the demand in percent, and that demand: the highest that may still be followed."""
    demands: list[tuple[int, Decimal]] = []
    for event in attempt.events:
        value = event.message.values.get("voltage_v") if event.word in ("BCL", "CCS") else None
        if not isinstance(value, int | float):
            continue
        # The last demand counts however old it is, an earlier one as long as the charger may still be on its way.
        demands = [item for item in demands[:-1] if event.t_ns - item[0] <= memory_ns] + demands[-1:]
        if event.word == "BCL":
            demands.append((event.t_ns, decimal(value)))
        elif demands and (highest := max(demand for _, demand in demands)) > 0:
            yield ((decimal(value) - highest) / highest * 100).quantize(Decimal("0.01")), event.message, highest
