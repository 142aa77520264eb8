"""F7: what one message says must fit what another said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from harness.core.check import Check, Finding, Severity, judge_number
from harness.core.decision import Criterion
from harness.core.message import Message, Value
from harness.protocols.gbt27930.judges.view import MAX_FINDINGS, View, decimal, place, severity_of
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.gbt27930.sessions.split import Talk

__all__ = ["judge_consistency"]


@dataclass(frozen=True, slots=True)
class _Comparison:
    relation: str
    """Short name, for example ``BCL voltage``."""
    text: str
    """What is compared with what."""
    value: Decimal
    criterion: Criterion
    severity: Severity = Severity.FAILURE
    excess: Decimal = field(init=False)
    """By how much the value leaves the criterion, negative inside of it."""

    def __post_init__(self) -> None:
        sides = [] if self.criterion.lower is None else [self.criterion.lower - self.value]
        sides += [] if self.criterion.upper is None else [self.value - self.criterion.upper]
        object.__setattr__(self, "excess", max(sides))


_Compared = tuple[Message, _Comparison]
"""The message that is judged, and with what."""


@dataclass(slots=True)
class _Relation:
    """All comparisons of one relation; of the many that are alike only the worst one is kept."""

    worst: _Compared
    compared: int = 0
    broken: int = 0
    shown: list[_Compared] = field(default_factory=list)
    """The first ones outside."""

    def add(self, message: Message, comparison: _Comparison) -> None:
        """Count one more."""
        self.compared += 1
        if comparison.excess > self.worst[1].excess:
            self.worst = (message, comparison)
        if comparison.excess > 0:
            self.broken += 1
            if len(self.shown) < MAX_FINDINGS:
                self.shown.append((message, comparison))


def judge_consistency(view: View) -> Iterator[Check]:
    """One check per relation of which both sides were seen."""
    relations: dict[str, _Relation] = {}
    for talk in view.talks:
        for message, comparison in _compare(view, _Latest(), talk):
            if not view.judges(message.sender):
                continue
            relation = relations.get(comparison.relation)
            if relation is None:
                relation = relations[comparison.relation] = _Relation((message, comparison))
            relation.add(message, comparison)
    for name, relation in relations.items():
        yield _check(f"F7 {name}", relation)


def _check(rule: str, relation: _Relation) -> Check:
    message, worst = relation.worst
    findings = tuple(
        Finding(f"{c.text}: {c.value} {c.criterion.unit}, expected {c.criterion}", at.t_ns, place(at)[0], c.severity, rule)
        for at, c in relation.shown
        if c.severity is Severity.FAILURE
    )
    return judge_number(
        rule,
        worst.value,
        worst.criterion,
        severity=worst.severity,
        note=f"{worst.text}; {relation.compared} compared, {relation.broken} outside",
        frames=place(message)[1],
        t_ns=message.t_ns,
        findings=findings,
        occurrences=relation.broken,
    )


class _Latest:
    """The last complete message of every name so far."""

    def __init__(self) -> None:
        self._messages: dict[str, Message] = {}

    def put(self, message: Message) -> None:
        """Remember *message*."""
        self._messages[message.name] = message

    def value(self, name: str, signal: str) -> Decimal | None:
        """A signal of the last message *name*."""
        message = self._messages.get(name)
        return None if message is None else _number(message, signal)

    def raw(self, name: str, signal: str) -> Value:
        """The same as it was decoded."""
        message = self._messages.get(name)
        return None if message is None else message.values.get(signal)

    def forget(self, *names: str) -> None:
        """Drop what an earlier attempt said."""
        for name in names:
            self._messages.pop(name, None)


def _number(message: Message, signal: str) -> Decimal | None:
    return _exact(message.values.get(signal))


def _exact(value: Value) -> Decimal | None:
    return decimal(value) if isinstance(value, (int, float)) else None


def _compare(view: View, latest: _Latest, talk: Talk) -> Iterator[_Compared]:
    for attempt in talk.attempts:
        latest.forget("BCS")
        for event in attempt.events:
            message = event.message
            row = MESSAGES.get(message.name)
            if row is None or message.sender != row.sender:
                continue
            for comparison in _comparisons(view, latest, message):
                yield message, comparison
            latest.put(message)


def _comparisons(view: View, latest: _Latest, message: Message) -> Iterable[_Comparison]:
    match message.name:
        case "BCP":
            return _parameters(view, latest, message)
        case "BCL":
            return _demand(latest, message)
        case "BCS":
            return _start(view, latest, message)
        case "BSM":
            return _order(message, "BSM temperatures", "highest minus lowest", "max_temp_degc", "min_temp_degc", "Cel")
        case "BSD":
            return _statistics(view, latest, message)
        case "CML":
            return _capability(message)
    return ()


def _parameters(view: View, latest: _Latest, bcp: Message) -> Iterator[_Comparison]:
    highest, announced = _number(bcp, "max_voltage_v"), latest.value("BHM", "max_voltage_v")
    limit = view.limit("consistency.bhm_bcp")
    if highest is None:
        return
    if announced is not None and limit is not None:
        text = f"BCP highest voltage {highest} V against {announced} V in BHM"
        yield _Comparison("BHM and BCP voltage", text, abs(highest - announced), limit.criterion(), severity_of(limit))
    rated = latest.value("BRM", "rated_voltage_v")
    if rated is not None:
        yield _Comparison("BRM rated voltage", "BRM rated voltage against the highest of BCP", rated, Criterion(None, highest, "V"))


def _demand(latest: _Latest, bcl: Message) -> Sequence[_Comparison]:
    values = bcl.values
    highest, own, offered = latest.raw("BCP", "max_voltage_v"), latest.raw("BCP", "max_current_a"), latest.raw("CML", "max_current_a")
    return _demanded(values.get("voltage_v"), values.get("current_a"), highest, own, offered)


@lru_cache(maxsize=1024, typed=True)
def _demanded(volts: Value, amperes: Value, highest: Value, own: Value, offered: Value) -> Sequence[_Comparison]:
    """What a demand is compared with. It comes every 50 ms, mostly the same: hence remembered."""
    found = []
    voltage, most = _exact(volts), _exact(highest)
    if voltage is not None and most is not None:
        found.append(_Comparison("BCL voltage", "voltage demand against the highest of BCP", voltage, Criterion(None, most, "V")))
    current = _exact(amperes)
    if current is None:
        return found
    if (limit := _exact(own)) is not None:
        found.append(
            _Comparison("BCL current", "current demand against the highest of BCP", abs(current), Criterion(None, abs(limit), "A"))
        )
    if (limit := _exact(offered)) is not None:
        text = "current demand against the largest of CML (for information: the charger may limit)"
        found.append(_Comparison("BCL current and CML", text, abs(current), Criterion(None, abs(limit), "A"), Severity.INFO))
    return found


def _start(view: View, latest: _Latest, bcs: Message) -> Iterator[_Comparison]:
    if latest.value("BCS", "voltage_v") is not None:
        return
    soc, before, limit = _number(bcs, "soc_pct"), latest.value("BCP", "soc_pct"), view.limit("consistency.soc_start")
    if soc is not None and before is not None and limit is not None:
        text = f"first BCS state of charge {soc} % against {before} % in BCP"
        yield _Comparison("BCS state of charge", text, abs(soc - before), limit.criterion(), severity_of(limit))
    voltage, battery, limit = _number(bcs, "voltage_v"), latest.value("BCP", "voltage_v"), view.limit("consistency.voltage_start")
    if voltage is not None and battery is not None and limit is not None:
        text = f"first BCS voltage {voltage} V against {battery} V in BCP"
        # A battery that is there has a voltage: 0 V tells nothing that a measurement could fit.
        share = (abs(voltage - battery) / battery * 100).quantize(Decimal("0.01")) if battery else Decimal(100)
        yield _Comparison("BCS voltage", text, share, limit.criterion(), severity_of(limit))


def _statistics(view: View, latest: _Latest, bsd: Message) -> Iterator[_Comparison]:
    yield from _order(bsd, "BSD cell voltages", "highest minus lowest", "max_cell_voltage_v", "min_cell_voltage_v", "V")
    yield from _order(bsd, "BSD temperatures", "highest minus lowest", "max_temp_degc", "min_temp_degc", "Cel")
    soc, last, limit = _number(bsd, "soc_pct"), latest.value("BCS", "soc_pct"), view.limit("consistency.soc_end")
    if soc is not None and last is not None and limit is not None:
        text = f"BSD state of charge {soc} % against {last} % in the last BCS"
        yield _Comparison("BSD state of charge", text, abs(soc - last), limit.criterion(), severity_of(limit))


def _capability(cml: Message) -> Iterator[_Comparison]:
    yield from _order(cml, "CML voltages", "highest minus lowest", "max_voltage_v", "min_voltage_v", "V")
    most, least = _number(cml, "max_current_a"), _number(cml, "min_current_a")
    if most is not None and least is not None:
        text, criterion = "largest minus smallest current", Criterion(Decimal(0), None, "A")
        # Chargers in the field are known to exchange the two.
        yield _Comparison("CML currents", text, abs(most) - abs(least), criterion, Severity.WARNING)


def _order(message: Message, relation: str, text: str, high: str, low: str, unit: str) -> Iterator[_Comparison]:
    above, below = _number(message, high), _number(message, low)
    if above is not None and below is not None:
        yield _Comparison(relation, text, above - below, Criterion(Decimal(0), None, unit))
