"""What one case produces while it runs: steps, checks, findings; and the verdict that follows from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal

from harness.case.identification import ITEMS, Identified
from harness.case.metadata import StepPlan
from harness.core import (
    Check,
    Criterion,
    DecisionRule,
    ExpectationFailed,
    Finding,
    HarnessError,
    Inconclusive,
    Limit,
    Limits,
    Message,
    Reason,
    RemoteProtocolError,
    Severity,
    TimeBase,
    Verdict,
    did_you_mean,
    judge_number,
    judge_quality,
    ns_in,
    round_up,
    unless_jitter,
    worst,
)

__all__ = ["CaseRecorder", "Outcome", "StepResult"]

Number = int | float | Decimal


@dataclass(slots=True)
class StepResult:
    """What became of one planned step."""

    plan: StepPlan
    state: str = "not_reached"
    """``done``, ``failed`` (left by an exception) or ``not_reached``."""
    started_ns: int | None = None
    checks: list[int] = field(default_factory=list)
    """Positions in ``CaseRecorder.checks``."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Verdict of a case with the first reason of the worst kind."""

    verdict: Verdict
    reason_code: str = ""
    reason: str = ""
    step: int | None = None
    expected: str = ""
    observed: str = ""
    state: str = "completed"
    """``completed``, ``aborted`` or ``infrastructure_error``."""
    t_ns: int | None = None
    """When that was seen which decided; ``None``: at the end of the case, or not known."""


class CaseRecorder:
    """Collects the steps and checks of one attempt of one case."""

    def __init__(
        self,
        steps: Sequence[StepPlan],
        *,
        now_ns: Callable[[], int],
        time_base: TimeBase | None,
        rule: DecisionRule,
        link: str = "",
    ) -> None:
        """*link* is that on which frames are counted unless a check says otherwise; empty if there is only one."""
        self._link = link
        self.steps = [StepResult(step) for step in steps]
        self.checks: list[Check] = []
        self.findings: list[Finding] = []
        self.identified: list[Identified] = []
        self._now_ns = now_ns
        self._time_base = time_base
        self._rule = rule
        self._current: StepResult | None = None
        self._left: StepResult | None = None
        """The step that an exception left."""
        self._closing = False
        self._periods: dict[int, Limit] = {}
        """Limits of the checks of cyclic messages, by their place in ``checks``."""

    @contextmanager
    def step(self, number: int, text: str, expect: str) -> Iterator[None]:
        """Carry out step *number*; its text and expectation are literals in the source."""
        result = next((step for step in self.steps if step.plan.number == number), None)
        if result is None or (result.plan.text, result.plan.expect) != (text, expect):
            raise RuntimeError(f"step {number} is not the one of the plan")
        self._current = self._left = result
        result.started_ns = self._now_ns()
        result.state = "failed"
        try:
            yield
        finally:
            # What is recorded from here on, the rules of the standard for example, belongs to no step.
            self._current = None
        result.state = "done"
        self._left = None

    @contextmanager
    def closing(self) -> Iterator[None]:
        """What is checked meanwhile shows that no harm was done; it counts as ever, but is not what the case is about."""
        before, self._closing = self._closing, True
        try:
            yield
        finally:
            self._closing = before

    def add(self, check: Check) -> Check:
        """Record a finished check in the step that is running."""
        if self._closing:
            check = replace(check, closing=True)
        if self._current is not None:
            self._current.checks.append(len(self.checks))
            check = check.at_step(self._current.plan.number)
        self.checks.append(check)
        return check

    def check(
        self,
        name: str,
        observed: Number | str | bytes | bool | None,
        *,
        limit: Limit | None = None,
        between: tuple[Number, Number] | None = None,
        at_least: Number | None = None,
        at_most: Number | None = None,
        equals: Number | str | bytes | None = None,
        unit: str = "1",
        uncertainty: Number | None = None,
        message: Message | None = None,
        severity: str = "failure",
        note: str = "",
    ) -> Check:
        """Compare *observed* with exactly one criterion and record the result; a miss does not end the step.

        Numbers are judged under the decision rule of the plan; *uncertainty* is U (k = 2) in *unit*.
        *message* gives the frames that show the value.

        Raises:
            ValueError: there is not exactly one criterion.
        """
        given = [name for name, value in (("limit", limit), ("between", between), ("equals", equals)) if value is not None]
        one_sided = at_least is not None or at_most is not None
        if len(given) + one_sided != 1:
            raise ValueError(f"check '{name}' needs exactly one criterion")
        frames = message.frames if message else ()
        t_ns = message.t_ns if message else self._now_ns()
        if message and self._link and message.link not in ("", self._link):
            note = "; ".join(filter(None, (note, f"frames of '{message.link}'")))
        weight = Severity(severity)
        if equals is not None:
            seen, wanted, met = _words(observed, unit), _words(equals, unit), _plain(observed) == _plain(equals)
            return self.add(judge_quality(name, met, observed=seen, expected=wanted, severity=weight, note=note, frames=frames, t_ns=t_ns))
        criterion = limit.criterion() if limit else Criterion(*_bounds(between or (at_least, at_most)), unit)
        if isinstance(observed, bool) or not isinstance(observed, int | float | Decimal):
            seen, wanted = _words(observed, ""), str(criterion)
            return self.add(
                judge_quality(name, False, observed=seen, expected=wanted, severity=weight, note=note, frames=frames, t_ns=t_ns)
            )
        error = None if uncertainty is None else _decimal(uncertainty)
        return self.add(
            judge_number(
                name,
                _decimal(observed),
                criterion,
                uncertainty=error,
                rule=self._rule,
                severity=weight,
                note=note,
                frames=frames,
                t_ns=t_ns,
            )
        )

    def check_time(
        self,
        name: str,
        elapsed_ns: int,
        limit: Limit,
        *,
        message: Message | None = None,
        severity: str = "failure",
        note: str = "",
        cyclic: bool = False,
    ) -> Check:
        """Judge a measured interval against *limit*, with the uncertainty of the rig's time base; INCONC without one.

        *cyclic*: it is an interval of a cyclic message, which a tester with too much jitter of its own cannot judge; see
        ``leave_periods_open``.
        """
        if self._time_base is None:
            check = judge_quality(
                name,
                True,
                observed=f"{ns_in(elapsed_ns, limit.unit):f} {limit.unit}",
                expected=str(limit.criterion()),
                severity=Severity(severity),
                frames=message.frames if message else (),
                t_ns=message.t_ns if message else self._now_ns(),
            )
            return self.add(check.inconclusive(Reason.NO_TIMEBASE, "; ".join(filter(None, (note, "the rig declares no clock")))))
        if cyclic:
            self._periods[len(self.checks)] = limit
        uncertainty = round_up(ns_in(round(self._time_base.interval_uncertainty_ns(elapsed_ns)) or 1, limit.unit))
        return self.check(
            name, ns_in(elapsed_ns, limit.unit), limit=limit, uncertainty=uncertainty, message=message, severity=severity, note=note
        )

    def leave_periods_open(self, jitter_ns: int, limits: Limits) -> None:
        """The bench was stopped and *jitter_ns* is the tester's worst: intervals that it cannot carry become inconclusive."""
        for index, limit in self._periods.items():
            self.checks[index] = unless_jitter(self.checks[index], jitter_ns, (limit.lower_ns, limit.upper_ns), limits)

    def identify(
        self,
        item: str,
        path: str,
        value: str | None,
        *,
        unit: str = "",
        data: bytes = b"",
        message: Message | None = None,
        note: str = "",
    ) -> None:
        """Record what was read of the item under test; see ``Identified``. It judges nothing.

        Raises:
            ValueError: nobody knows the item, or it was not read and *note* does not say why.
        """
        if item not in ITEMS:
            raise ValueError(f"there is no item '{item}' of identification{did_you_mean(item, ITEMS)}")
        if value is None and not note:
            raise ValueError(f"'{item}' was not read over {path}, and no note says why")
        frames, t_ns = (message.frames, message.t_ns) if message else ((), None)
        step = self._current.plan.number if self._current else None
        told = data or (message.data if message else b"") if value is not None else b""
        self.identified.append(Identified(item, path, value, unit, told, note, step, tuple(frames), t_ns))

    def fail(self, name: str, *, observed: str, expected: str, note: str = "") -> Check:
        """Record that something expected did not happen."""
        return self.add(judge_quality(name, False, observed=observed, expected=expected, note=note, t_ns=self._now_ns()))

    def unreached(self, name: str, *, observed: str, expected: str, reason: Reason = Reason.PRECONDITION) -> Check:
        """Record that a precondition was not reached."""
        check = judge_quality(name, False, observed=observed, expected=expected, t_ns=self._now_ns())
        return self.add(check.inconclusive(reason, "precondition"))

    def step_verdict(self, result: StepResult) -> Verdict:
        """Worst check of a step; INCONC if it recorded none or was not reached."""
        if result.state == "not_reached" or not result.checks:
            return Verdict.INCONC
        return worst(self.checks[index].verdict for index in result.checks)

    def outcome(self, error: BaseException | None = None) -> Outcome:
        """Verdict of the case after its steps and judges; *error* is what ended it early."""
        # A check says more than the exception that it led to, so it comes first.
        candidates = [_outcome_of_check(check) for check in self.checks if check.verdict > Verdict.PASS]
        ended = None if error is None else _outcome_of_error(error, self._left)
        if ended is not None:
            candidates.append(ended)
        for result in self.steps:
            if result.state == "not_reached" and error is None:
                candidates.append(_no_check(result, "was not reached"))
            elif result.state == "failed" and error is None:
                candidates.append(_no_check(result, "was left by an exception that the case swallowed"))
            elif result.state == "done" and not result.checks:
                candidates.append(_no_check(result, "recorded no check"))
        state = "completed" if ended is None else ended.state
        verdict = worst(candidate.verdict for candidate in candidates)
        if verdict <= Verdict.PASS:
            if any(check.verdict is Verdict.PASS for check in self.checks):
                return Outcome(Verdict.PASS)
            return Outcome(Verdict.INCONC, Reason.NO_CHECK, "nothing was judged", observed="no judged check")
        first = min(
            (candidate for candidate in candidates if candidate.verdict is verdict),
            key=lambda candidate: candidate.step if candidate.step is not None else len(self.steps) + 1,
        )
        return replace(first, state=state)


def _outcome_of_check(check: Check) -> Outcome:
    code = check.reason or (Reason.RULE if check.step is None else Reason.EXPECTATION)
    text = f"{check.name}: {check.observed}, expected {check.expected}"
    if check.note:
        text += f" ({check.note})"
    return Outcome(check.verdict, code, text, check.step, check.expected, check.observed, t_ns=check.t_ns)


def _no_check(result: StepResult, what: str) -> Outcome:
    return Outcome(Verdict.INCONC, Reason.NO_CHECK, f"step {result.plan.number} {what}", result.plan.number, result.plan.expect, what)


def _outcome_of_error(error: BaseException, current: StepResult | None) -> Outcome:
    step = current.plan.number if current else None
    expect = current.plan.expect if current else ""
    text = str(error) or type(error).__name__
    match error:
        case Inconclusive():
            return Outcome(Verdict.INCONC, error.reason, text, step, expect, text, "aborted")
        case ExpectationFailed():
            return Outcome(Verdict.FAIL, Reason.EXPECTATION, text, step, expect, text, "aborted")
        case RemoteProtocolError():
            return Outcome(Verdict.FAIL, Reason.REMOTE_PROTOCOL, text, step, expect, text, "aborted")
        case HarnessError():
            return Outcome(Verdict.ERROR, Reason.EXCEPTION, text, step, expect, text, "infrastructure_error")
    return Outcome(Verdict.ERROR, Reason.EXCEPTION, f"{type(error).__name__}: {text}", step, expect, text, "infrastructure_error")


def _bounds(pair: tuple[Number | None, Number | None]) -> tuple[Decimal | None, Decimal | None]:
    lower, upper = pair
    return (None if lower is None else _decimal(lower)), (None if upper is None else _decimal(upper))


def _decimal(value: Number) -> Decimal:
    if isinstance(value, float):
        # Scaled signals are sums of binary fractions: 4000 * 0.1 - 0.1 is meant to be 399.9.
        return Decimal(str(round(value, 9))) + 0
    return Decimal(value)


def _plain(value: object) -> object:
    """Numbers as decimal numbers, so that equality is that of what is printed."""
    return _decimal(value) if isinstance(value, float) else value


def _words(value: object, unit: str) -> str:
    if value is None:
        return "not supplied"
    if value == "":
        return "(empty)"  # A report prints no check without a criterion.
    if isinstance(value, float | Decimal):
        value = f"{_decimal(value).normalize():f}"
    if isinstance(value, bytes):
        text = value.decode("ascii", "replace")
        return f"'{text}'" if text.isprintable() and text.isascii() else f"bytes {value.hex(' ').upper()}"
    return f"{value}" if unit in ("", "1") else f"{value} {unit}"
