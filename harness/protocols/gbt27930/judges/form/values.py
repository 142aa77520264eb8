"""F3: every signal inside its range, every state one that is defined."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf

from harness.core.check import Check, Finding, Severity, judge_quality
from harness.core.decision import Criterion
from harness.core.limit import Limit
from harness.core.message import Message
from harness.protocols.gbt27930.editions import edition_of
from harness.protocols.gbt27930.judges.view import MAX_FINDINGS, View, decimal, finding, place, severity_of
from harness.protocols.gbt27930.sessions.words import version_text

__all__ = ["judge_values"]

_STATES = frozenset((0, 1, 2))
"""Two-bit states: normal, the named state, untrusted. 11 is not defined."""
_PERMITTED = frozenset((0, 1))
"""Forbidden and permitted: for this state the message table knows no "untrusted"."""
_READY = frozenset((0x00, 0xAA, 0xFF))
"""Not ready, ready, invalid."""

_DEFINED: dict[str, dict[str, frozenset[int]]] = {
    "CRM": {"recognition": frozenset((0x00, 0xAA))},
    "BRM": {"battery_type": frozenset((*range(1, 9), 0xFF)), "ownership": frozenset((0, 1, 0xFF))},
    "BRO": {"ready": _READY},
    "CRO": {"ready": _READY},
    "BCL": {"mode": frozenset((1, 2))},
    "CCS": {"permitted": _STATES},
    "BSM": {
        **dict.fromkeys(("cell_voltage_state", "soc_state", "over_current", "over_temp", "insulation", "connector"), _STATES),
        "permitted": _PERMITTED,
    },
    "BEM": dict.fromkeys((f"timeout_{name}" for name in ("crm00", "crmaa", "cml", "cro", "ccs", "cst", "csd")), _STATES),
    "CEM": dict.fromkeys((f"timeout_{name}" for name in ("brm", "bcp", "bro", "bcs", "bcl", "bst", "bsd")), _STATES),
    "BST": dict.fromkeys(
        (
            "soc_reached", "voltage_reached", "cell_voltage_reached", "charger_stopped", "insulation_fault", "connector_over_temp",
            "component_over_temp", "connector_fault", "battery_over_temp", "relay_fault", "cp2_fault", "other_fault",
            "over_current_error", "voltage_error",
        ),
        _STATES,
    ),
    "CST": dict.fromkeys(
        (
            "condition_reached", "manual", "fault", "bms_stopped", "over_temp_fault", "connector_fault", "internal_over_temp",
            "energy_fault", "emergency_stop", "other_fault", "current_error", "voltage_error",
        ),
        _STATES,
    ),
}  # fmt: skip
"""Values that the standard defines for a state."""

_OPTIONAL = frozenset(("production_month", "production_day"))
"""Optional fields: filled with 1 they are not supplied."""
_FILLER = 0xFF
_VIN = re.compile(rb"[A-HJ-NPR-Z0-9]{17}")


@dataclass(frozen=True, slots=True)
class _Range:
    """The limit of one signal, ready for many values."""

    limit: Limit
    criterion: Criterion
    low: float
    high: float

    @classmethod
    def of(cls, limit: Limit) -> _Range:
        """That of *limit*."""
        criterion = limit.criterion()
        low = -inf if criterion.lower is None else float(criterion.lower)
        return cls(limit, criterion, low, inf if criterion.upper is None else float(criterion.upper))

    def holds(self, value: int | float) -> bool:
        """Whether *value* is inside. Only at a bound itself do the digits of its spelling matter."""
        if self.low < value < self.high:
            return True
        exact, lower, upper = decimal(value), self.criterion.lower, self.criterion.upper
        return (lower is None or exact >= lower) and (upper is None or exact <= upper)


def judge_values(view: View) -> Iterator[Check]:
    """One check per message that has ranges or states; one each for protocol version and VIN of BRM, and for the form of the time."""
    for name, messages in view.named.items():
        ranges = _ranges(view, name, messages[0])
        states = _DEFINED.get(name, {})
        if ranges or states:
            yield _judge(name, messages, ranges, states)
    yield from _judge_version(view)
    yield from _judge_vin(view.named.get("BRM", ()))
    yield from _judge_time(view.named.get("CTS", ()))


def _ranges(view: View, name: str, sample: Message) -> dict[str, _Range]:
    found = {signal: view.limit(f"range.{name}.{signal}", f"range.{signal}") for signal in sample.values}
    return {signal: _Range.of(limit) for signal, limit in found.items() if limit is not None}


def _judge(name: str, messages: Sequence[Message], ranges: dict[str, _Range], states: dict[str, frozenset[int]]) -> Check:
    rule = f"F3 {name} values"
    found: list[tuple[Finding, Message]] = []
    for message in messages:
        found += [(item, message) for item in _remarks(rule, message, ranges, states)]
    broken = [(item, message) for item, message in found if item.severity is Severity.FAILURE]
    shown = broken or found
    return judge_quality(
        rule,
        not broken,
        observed=f"{len(shown)} in {len(messages)} messages, first {shown[0][0].text}"
        if shown
        else f"{len(messages)} messages, all inside",
        expected="ranges of the profile, defined states",
        frames=place(shown[0][1])[1] if shown else (),
        t_ns=shown[0][1].t_ns if shown else None,
        findings=tuple(item for item, _ in shown[:MAX_FINDINGS]),
        occurrences=len(shown),
    )


def _remarks(rule: str, message: Message, ranges: dict[str, _Range], states: dict[str, frozenset[int]]) -> Iterator[Finding]:
    values = message.values
    for signal, allowed in ranges.items():
        value = values.get(signal)
        if not isinstance(value, (int, float)) or allowed.holds(value) or (signal in _OPTIONAL and value == _FILLER):
            continue
        text = f"{message.name} {signal} {value:g} {allowed.limit.unit}, expected {allowed.criterion}".replace(" 1,", ",")
        yield finding(rule, text, message, severity_of(allowed.limit))
    for signal, defined in states.items():
        value = values.get(signal)
        if isinstance(value, int) and value not in defined:
            yield finding(rule, f"{message.name} {signal} 0x{value:02X} is not defined", message)


def _judge_version(view: View) -> Iterator[Check]:
    """The version of the vehicle. To a charger that sends no CHM a vehicle of a later edition may speak as of 2011."""
    if not view.judges("vehicle"):
        return
    edition = edition_of(view.context.edition)
    talks = view.talks
    if edition.has_handshake:
        talks = [talk for talk in talks if talk.begins_midway or any(event.word == "CHM" for event in talk.events)]
    told = [event.message for talk in talks for event in talk.events if event.word == "BRM" and event.message.sender == "vehicle"]
    supplied = [(message, version) for message in told if isinstance(version := message.values.get("protocol_version"), bytes)]
    if not supplied:
        return
    rule = "F3 BRM version"
    wrong = [(message, version) for message, version in supplied if version != edition.version]
    message, version = wrong[0] if wrong else supplied[0]
    yield judge_quality(
        rule,
        not wrong,
        observed=version_text(version),
        expected=version_text(edition.version),
        frames=place(message)[1],
        t_ns=message.t_ns,
        findings=tuple(finding(rule, f"BRM tells version {version_text(v)}", m) for m, v in wrong[:MAX_FINDINGS]),
        occurrences=len(wrong),
    )


def _judge_vin(messages: Sequence[Message]) -> Iterator[Check]:
    supplied = [(m, vin) for m in messages if isinstance(vin := m.values.get("vin"), bytes) and vin.strip(b"\xff")]
    if not supplied:
        return
    wrong = [(message, vin) for message, vin in supplied if not _VIN.fullmatch(vin)]
    message, vin = wrong[0] if wrong else supplied[0]
    yield judge_quality(
        "F3 BRM VIN",
        not wrong,
        observed=repr(vin.decode("ascii", "backslashreplace")),
        expected="17 characters A-Z without I, O, Q, or 0-9",
        severity=Severity.WARNING,
        frames=place(message)[1],
        t_ns=message.t_ns,
        occurrences=len(wrong),
    )


def _judge_time(messages: Sequence[Message]) -> Iterator[Check]:
    supplied = [message for message in messages if message.data.strip(b"\xff")]
    wrong = [message for message in supplied if any(byte >> 4 > 9 or byte & 0x0F > 9 for byte in message.data)]
    if supplied:
        message = (wrong or supplied)[0]
        yield judge_quality(
            "F3 CTS time",
            not wrong,
            observed=message.data.hex(" ").upper(),
            expected="packed BCD digits, or FF where not supplied",
            severity=Severity.WARNING,
            frames=place(message)[1],
            t_ns=message.t_ns,
            occurrences=len(wrong),
        )
