"""From what a case recorded to its line in ``records.jsonl``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from harness.case.documents import (
    BenchMode,
    CheckDoc,
    CriterionDoc,
    DecisionDoc,
    EvidenceDoc,
    FailureDoc,
    FindingDoc,
    RecordDoc,
    SessionDoc,
    StepDoc,
    ValueDoc,
)
from harness.case.recorder import CaseRecorder, Outcome
from harness.case.suites.deviations import Deviation
from harness.core import COVERAGE_FACTOR, Check, Finding, Message, Reason, Record, Verdict, ns_in

__all__ = ["Circumstances", "check_document", "condense_session", "failure_excerpt", "finding_document", "make_record", "seconds"]

_EXCERPT = 8
"""Decoded frames shown with a failure."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What surrounds an attempt of a case."""

    case_id: str
    suite: str
    attempt: int
    edition: str
    """Edition of the standard that it was run for; empty if the suite knows none."""
    started_at: str
    ended_at: str
    bus_time_ns: int
    operator: str | None
    site: str | None
    bench_mode: BenchMode
    evidence: Sequence[EvidenceDoc]
    jitter_ns: int
    bench: Mapping[str, str] = field(default_factory=dict)
    """How time was kept and what the ports are."""
    dropped: int = 0
    """PDUs that a port lost."""
    deviation: Deviation | None = None


def make_record(
    recorder: CaseRecorder, outcome: Outcome, around: Circumstances, messages: Sequence[Message], trace: Iterable[Record]
) -> RecordDoc:
    """The record of one attempt. A declared deviation that did not show turns PASS into INCONC, reason XPASS."""
    if around.deviation is not None and outcome.verdict is Verdict.PASS:
        text = f"passed although deviation '{around.deviation.ticket}' is declared; remove the entry"
        outcome = Outcome(Verdict.INCONC, Reason.XPASS, text)
    findings = [finding for check in recorder.checks for finding in check.findings if check.verdict <= Verdict.PASS]
    return {
        "schema": "precert-record/1",
        "id": around.case_id,
        "suite": around.suite,
        "attempt": around.attempt,
        "edition": around.edition,
        "execution": {
            "state": outcome.state,  # type: ignore[typeddict-item]
            "attempt": around.attempt,
            "started_at": around.started_at,
            "ended_at": around.ended_at,
            "bus_time_s": seconds(around.bus_time_ns),
            "operator": around.operator,
            "site": around.site,
        },
        "steps": [_step(recorder, index) for index in range(len(recorder.steps))],
        "checks": [check_document(check) for check in recorder.checks],
        "verdict": outcome.verdict.word,  # type: ignore[typeddict-item]
        "reason": outcome.reason,
        "reason_code": str(outcome.reason_code),
        "findings": [finding_document(finding) for finding in [*recorder.findings, *findings]],
        "deviations": [dict(around.deviation.to_json())] if around.deviation else [],
        "performed_by": "self",
        "scope_status": "not-accredited",
        "bench_mode": around.bench_mode,
        "evidence": list(around.evidence),
        "equipment": [],
        "tester": {"jitter_s": seconds(around.jitter_ns), "bench": dict(around.bench), "dropped": around.dropped},
        "failure": failure_excerpt(outcome, messages, trace) if outcome.verdict > Verdict.PASS else None,
        "session": condense_session(messages),
        **({"identified": [each.to_json() for each in recorder.identified]} if recorder.identified else {}),  # type: ignore[typeddict-item]
    }


def seconds(duration_ns: int) -> str:
    """Exact decimal seconds."""
    return f"{ns_in(duration_ns, 's'):f}"


def condense_session(messages: Sequence[Message]) -> SessionDoc:
    """The sequence worth drawing: each message when it begins, changes its content noticeably, or has paused."""
    rows: list[tuple[str, str, str, str]] = []
    last: dict[str, tuple[int, bytes]] = {}
    for message in messages:
        if message.name.endswith(".RTS") or message.name.startswith("TP."):
            continue
        before = last.get(message.name)
        paused = before is not None and message.t_ns - before[0] > 3_000_000_000
        changed = before is not None and len(message.data) == 1 and before[1] != message.data
        if before is None or paused or changed:
            rows.append((seconds(message.start_ns), message.sender, message.name, message.data[:8].hex(" ").upper()))
        last[message.name] = (message.t_ns, message.data)
    return {"messages": rows}


def failure_excerpt(outcome: Outcome, messages: Sequence[Message], trace: Iterable[Record]) -> FailureDoc:
    """Step, expectation, observation and the frames up to what decided, decoded where a message ends in them."""
    decoded = {message.frames[-1]: message for message in messages if message.frames}
    link = messages[-1].link if messages else None
    upto_ns = outcome.t_ns
    records = [record for record in trace if link in (None, record.link) and (upto_ns is None or record.t_ns <= upto_ns)][-_EXCERPT:]
    frames = []
    for record in records:
        message = decoded.get(record.number)
        frames.append(f"t={record.t_ns / 1e9:.6f} s  {record.pdu}" + (f"  {describe(message)}" if message else ""))
    return {"step": outcome.step, "expected": outcome.expected, "observed": outcome.observed, "frames": frames}


def describe(message: Message) -> str:
    """Name and signals of a message on one line."""
    values = message.values
    shown = ", ".join(f"{name}={_plain(value)}" for name, value in list(values.items())[:8])
    return f"{message.name} {shown}" + (", ..." if len(values) > 8 else "")


def _plain(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex().upper()
    return f"{value:g}" if isinstance(value, float) else f"{value}"


def _step(recorder: CaseRecorder, index: int) -> StepDoc:
    step = recorder.steps[index]
    return {
        "n": step.plan.number,
        "state": step.state,  # type: ignore[typeddict-item]
        "verdict": recorder.step_verdict(step).word,  # type: ignore[typeddict-item]
        "t_s": None if step.started_ns is None else seconds(step.started_ns),
        "checks": list(step.checks),
    }


def check_document(check: Check) -> CheckDoc:
    """A check as it stands in records, results and analyses."""
    return {
        "step": check.step,
        "name": check.name,
        "kind": "numeric" if check.is_numeric else "qualitative",
        "criterion": _criterion(check),
        "value": _value(check),
        "observed": check.observed,
        "expected": check.expected,
        "decision": _decision(check),
        "verdict": check.verdict.word,  # type: ignore[typeddict-item]
        "reason": None if check.reason is None else str(check.reason),
        "severity": check.severity.value,
        "note": check.note,
        "frames": list(check.frames),
        "t_s": None if check.t_ns is None else seconds(check.t_ns),
        "findings": [finding_document(finding) for finding in check.findings],
        "occurrences": check.occurrences,
        **({"closing": True} if check.closing else {}),  # type: ignore[typeddict-item]
    }


def _criterion(check: Check) -> CriterionDoc:
    criterion = check.criterion
    return {
        "kind": criterion.kind if criterion else "qualitative",  # type: ignore[typeddict-item]
        "lower": _decimal(criterion.lower) if criterion else None,
        "upper": _decimal(criterion.upper) if criterion else None,
        "unit": criterion.unit if criterion else None,
        "text": check.expected,
        "rounding": "full-value",
    }


def _value(check: Check) -> ValueDoc | None:
    if check.value is None or check.criterion is None:
        return None
    uncertainty, statistics = check.uncertainty, check.statistics
    return {
        "v": f"{check.value:f}",
        "unit": check.criterion.unit,
        "U": _decimal(uncertainty),
        "k": None if uncertainty is None else str(COVERAGE_FACTOR),
        "p": None if uncertainty is None else "0.95",
        "n": statistics.n if statistics else None,
        "min": _decimal(statistics.minimum) if statistics else None,
        "mean": _decimal(statistics.mean) if statistics else None,
        "max": _decimal(statistics.maximum) if statistics else None,
    }


def _decision(check: Check) -> DecisionDoc | None:
    decision = check.decision
    if decision is None:
        return None
    return {
        "rule": decision.rule.value,
        "w": f"{decision.guard:f}",
        "acceptance_lower": _decimal(decision.accept_lower),
        "acceptance_upper": _decimal(decision.accept_upper),
        "conformity": None if decision.conformity is None else decision.conformity.value,
        "p_conform": None if decision.p_conform is None else f"{decision.p_conform:.6f}",
    }


def finding_document(finding: Finding) -> FindingDoc:
    """A finding as it stands in records, results and analyses."""
    return {
        "text": finding.text,
        "t_s": None if finding.at_ns is None else seconds(finding.at_ns),
        "frame": finding.frame,
        "severity": finding.severity.value,
        "rule": finding.rule,
    }


def _decimal(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
