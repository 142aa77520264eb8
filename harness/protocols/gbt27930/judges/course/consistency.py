"""F7: what one message says must fit what another said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from harness.core.check import Check, Finding, Severity, judge_number
from harness.core.decision import Criterion
from harness.core.message import Message
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
    message: Message
    """The message that is judged."""
    value: Decimal
    criterion: Criterion
    severity: Severity = Severity.FAILURE

    @property
    def excess(self) -> Decimal:
        """By how much the value leaves the criterion, negative inside of it."""
        sides = [] if self.criterion.lower is None else [self.criterion.lower - self.value]
        return max([*sides, *([] if self.criterion.upper is None else [self.value - self.criterion.upper])])


def judge_consistency(view: View) -> Iterator[Check]:
    """One check per relation of which both sides were seen."""
    compared: dict[str, list[_Comparison]] = {}
    for talk in view.talks:
        for comparison in _compare(view, _Latest(), talk):
            if view.judges(MESSAGES[comparison.message.name].sender):
                compared.setdefault(comparison.relation, []).append(comparison)
    for relation, comparisons in compared.items():
        yield _check(f"F7 {relation}", comparisons)


def _check(rule: str, comparisons: list[_Comparison]) -> Check:
    worst = max(comparisons, key=lambda comparison: comparison.excess)
    broken = [comparison for comparison in comparisons if comparison.excess > 0]
    findings = tuple(
        Finding(f"{c.text}: {c.value} {c.criterion.unit}, expected {c.criterion}", c.message.t_ns, place(c.message)[0], c.severity, rule)
        for c in broken[:MAX_FINDINGS]
        if c.severity is Severity.FAILURE
    )
    return judge_number(
        rule,
        worst.value,
        worst.criterion,
        severity=worst.severity,
        note=f"{worst.text}; {len(comparisons)} compared, {len(broken)} outside",
        frames=place(worst.message)[1],
        t_ns=worst.message.t_ns,
        findings=findings,
        occurrences=len(broken),
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

    def forget(self, *names: str) -> None:
        """Drop what an earlier attempt said."""
        for name in names:
            self._messages.pop(name, None)


def _number(message: Message, signal: str) -> Decimal | None:
    value = message.values.get(signal)
    return decimal(value) if isinstance(value, int | float) else None


def _compare(view: View, latest: _Latest, talk: Talk) -> Iterator[_Comparison]:
    for attempt in talk.attempts:
        latest.forget("BCS")
        for event in attempt.events:
            message = event.message
            row = MESSAGES.get(message.name)
            if row is None or message.sender != row.sender:
                continue
            match message.name:
                case "BCP":
                    yield from _parameters(view, latest, message)
                case "BCL":
                    yield from _demand(latest, message)
                case "BCS":
                    yield from _start(view, latest, message)
                case "BSM":
                    yield from _order(message, "BSM temperatures", "highest minus lowest", "max_temp_degc", "min_temp_degc", "Cel")
                case "BSD":
                    yield from _statistics(view, latest, message)
                case "CML":
                    yield from _capability(message)
            latest.put(message)


def _parameters(view: View, latest: _Latest, bcp: Message) -> Iterator[_Comparison]:
    highest, announced = _number(bcp, "max_voltage_v"), latest.value("BHM", "max_voltage_v")
    limit = view.limit("consistency.bhm_bcp")
    if highest is None:
        return
    if announced is not None and limit is not None:
        text = f"BCP highest voltage {highest} V against {announced} V in BHM"
        yield _Comparison("BHM and BCP voltage", text, bcp, abs(highest - announced), limit.criterion(), severity_of(limit))
    rated = latest.value("BRM", "rated_voltage_v")
    if rated is not None:
        yield _Comparison("BRM rated voltage", "BRM rated voltage against the highest of BCP", bcp, rated, Criterion(None, highest, "V"))


def _demand(latest: _Latest, bcl: Message) -> Iterator[_Comparison]:
    voltage, highest = _number(bcl, "voltage_v"), latest.value("BCP", "max_voltage_v")
    if voltage is not None and highest is not None:
        yield _Comparison("BCL voltage", "voltage demand against the highest of BCP", bcl, voltage, Criterion(None, highest, "V"))
    current = _number(bcl, "current_a")
    if current is None:
        return
    if (own := latest.value("BCP", "max_current_a")) is not None:
        yield _Comparison("BCL current", "current demand against the highest of BCP", bcl, abs(current), Criterion(None, abs(own), "A"))
    if (offered := latest.value("CML", "max_current_a")) is not None:
        text = "current demand against the largest of CML (for information: the charger may limit)"
        yield _Comparison("BCL current and CML", text, bcl, abs(current), Criterion(None, abs(offered), "A"), Severity.INFO)


def _start(view: View, latest: _Latest, bcs: Message) -> Iterator[_Comparison]:
    if latest.value("BCS", "voltage_v") is not None:
        return
    soc, before, limit = _number(bcs, "soc_pct"), latest.value("BCP", "soc_pct"), view.limit("consistency.soc_start")
    if soc is not None and before is not None and limit is not None:
        text = f"first BCS state of charge {soc} % against {before} % in BCP"
        yield _Comparison("BCS state of charge", text, bcs, abs(soc - before), limit.criterion(), severity_of(limit))
    voltage, battery, limit = _number(bcs, "voltage_v"), latest.value("BCP", "voltage_v"), view.limit("consistency.voltage_start")
    if voltage is not None and battery is not None and limit is not None:
        text = f"first BCS voltage {voltage} V against {battery} V in BCP"
        # A battery that is there has a voltage: 0 V tells nothing that a measurement could fit.
        share = (abs(voltage - battery) / battery * 100).quantize(Decimal("0.01")) if battery else Decimal(100)
        yield _Comparison("BCS voltage", text, bcs, share, limit.criterion(), severity_of(limit))


def _statistics(view: View, latest: _Latest, bsd: Message) -> Iterator[_Comparison]:
    yield from _order(bsd, "BSD cell voltages", "highest minus lowest", "max_cell_voltage_v", "min_cell_voltage_v", "V")
    yield from _order(bsd, "BSD temperatures", "highest minus lowest", "max_temp_degc", "min_temp_degc", "Cel")
    soc, last, limit = _number(bsd, "soc_pct"), latest.value("BCS", "soc_pct"), view.limit("consistency.soc_end")
    if soc is not None and last is not None and limit is not None:
        text = f"BSD state of charge {soc} % against {last} % in the last BCS"
        yield _Comparison("BSD state of charge", text, bsd, abs(soc - last), limit.criterion(), severity_of(limit))


def _capability(cml: Message) -> Iterator[_Comparison]:
    yield from _order(cml, "CML voltages", "highest minus lowest", "max_voltage_v", "min_voltage_v", "V")
    most, least = _number(cml, "max_current_a"), _number(cml, "min_current_a")
    if most is not None and least is not None:
        text, criterion = "largest minus smallest current", Criterion(Decimal(0), None, "A")
        # Chargers in the field are known to exchange the two.
        yield _Comparison("CML currents", text, cml, abs(most) - abs(least), criterion, Severity.WARNING)


def _order(message: Message, relation: str, text: str, high: str, low: str, unit: str) -> Iterator[_Comparison]:
    above, below = _number(message, high), _number(message, low)
    if above is not None and below is not None:
        yield _Comparison(relation, text, message, above - below, Criterion(Decimal(0), None, unit))
