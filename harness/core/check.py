"""Checks: one comparison each, with the value seen, the limit, the uncertainty and the frames that show it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from decimal import Decimal

from harness.core.decision import Criterion, Decision, DecisionRule, decide
from harness.core.verdict import Reason, Verdict

__all__ = ["Check", "Finding", "Severity", "Statistics", "judge_number", "judge_quality"]


class Severity(enum.StrEnum):
    """What a check that is not met costs."""

    INFO = "info"
    WARNING = "warning"
    """A *should*: a finding beside the verdict, never a FAIL."""
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark with its place in the trace."""

    text: str
    at_ns: int | None = None
    frame: int | None = None
    """``Record.number`` of the frame that shows it."""
    severity: Severity = Severity.FAILURE
    rule: str = ""
    """Name of the rule or check that remarks it (``F5 BCL``)."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """Sample behind a judged value, in the unit of its criterion."""

    n: int
    minimum: Decimal
    mean: Decimal
    maximum: Decimal


@dataclass(frozen=True, slots=True)
class Check:
    """One judged comparison."""

    name: str
    """Short and stable, for example ``BHM.max_voltage`` or ``F5 BCL period``."""
    verdict: Verdict
    observed: str
    """What was seen, as printed; digits as judged."""
    expected: str
    """The criterion in words or numbers, as printed."""
    value: Decimal | None = None
    """The judged number, ``None`` for a qualitative check."""
    criterion: Criterion | None = None
    uncertainty: Decimal | None = None
    """U with k = 2 in the unit of the criterion; ``None``: not evaluated."""
    decision: Decision | None = None
    statistics: Statistics | None = None
    severity: Severity = Severity.FAILURE
    reason: Reason | None = None
    note: str = ""
    frames: tuple[int, ...] = ()
    """Frame numbers that show it."""
    t_ns: int | None = None
    step: int | None = None
    """Number of the step, ``None`` for the judges that run over the whole case."""
    findings: tuple[Finding, ...] = field(default=())
    """Single occurrences behind a check over many frames; the first ones only, see ``occurrences``."""
    occurrences: int = 0
    """How many times the rule was broken."""
    closing: bool = False
    """It belongs to the session that a case completes to show that no harm was done, not to its own purpose."""

    @property
    def is_numeric(self) -> bool:
        """Whether a number was compared with a limit."""
        return self.criterion is not None

    def at_step(self, step: int | None) -> Check:
        """The same check, recorded in *step*."""
        return replace(self, step=step)

    def inconclusive(self, reason: Reason, note: str) -> Check:
        """The same observation with a verdict that *reason* takes away; of less severity than failure, nothing is judged."""
        verdict = Verdict.INCONC if self.severity is Severity.FAILURE else Verdict.NONE
        return replace(self, verdict=verdict, reason=reason, note=note)


def judge_number(
    name: str,
    value: Decimal,
    criterion: Criterion,
    *,
    uncertainty: Decimal | None = None,
    rule: DecisionRule = DecisionRule.SIMPLE,
    severity: Severity = Severity.FAILURE,
    note: str = "",
    frames: tuple[int, ...] = (),
    t_ns: int | None = None,
    statistics: Statistics | None = None,
    findings: tuple[Finding, ...] = (),
    occurrences: int = 0,
) -> Check:
    """Compare *value* with *criterion* under *rule*. A value that is no finite number is INCONC, reason NO_VALUE.

    Of less severity than failure, a miss is a finding and no FAIL, and what cannot be judged is NONE.
    """
    if not value.is_finite():
        unjudged = Check(name, Verdict.NONE, str(value), str(criterion), severity=severity, frames=frames, t_ns=t_ns)
        return unjudged.inconclusive(Reason.NO_VALUE, note)
    if uncertainty is None and rule is not DecisionRule.SIMPLE:
        rule, note = DecisionRule.SIMPLE, "; ".join(filter(None, (note, "U not evaluated, simple acceptance")))
    decision = decide(value, criterion, uncertainty, rule)
    observed = f"{value:f}" if criterion.unit == "1" else f"{value:f} {criterion.unit}"
    verdict, own = _weigh(decision.verdict, severity, name, observed, str(criterion), frames, t_ns)
    return Check(
        name, verdict, observed, str(criterion), value, criterion, uncertainty, decision, statistics, severity,
        decision.reason, note, frames, t_ns, None, findings + own, occurrences,
    )  # fmt: skip


def judge_quality(
    name: str,
    met: bool,
    *,
    observed: str,
    expected: str,
    severity: Severity = Severity.FAILURE,
    note: str = "",
    frames: tuple[int, ...] = (),
    t_ns: int | None = None,
    findings: tuple[Finding, ...] = (),
    occurrences: int = 0,
) -> Check:
    """A check without a number: *met* decides."""
    verdict, own = _weigh(Verdict.PASS if met else Verdict.FAIL, severity, name, observed, expected, frames, t_ns)
    return Check(
        name, verdict, observed, expected, severity=severity, note=note, frames=frames, t_ns=t_ns,
        findings=findings + own, occurrences=occurrences,
    )  # fmt: skip


def _weigh(
    verdict: Verdict, severity: Severity, name: str, observed: str, expected: str, frames: tuple[int, ...], t_ns: int | None
) -> tuple[Verdict, tuple[Finding, ...]]:
    if verdict <= Verdict.PASS or severity is Severity.FAILURE:
        return verdict, ()
    if verdict is Verdict.INCONC:
        return Verdict.NONE, ()
    finding = Finding(f"{name}: {observed}, expected {expected}", t_ns, frames[0] if frames else None, severity, name)
    return Verdict.PASS, (finding,)
