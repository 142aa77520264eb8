"""The comparison itself: the first session of each recording, with the tolerances of the profile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.analyse.analysis import CaptureAnalysis, LinkAnalysis
from harness.analyse.comparison.content import compare_lengths, compare_values
from harness.analyse.comparison.cycles import compare_cycles
from harness.analyse.comparison.deviation import KINDS, Comparison, Deviation
from harness.analyse.comparison.side import Side, side_of
from harness.analyse.comparison.steps import compare_delays, compare_order
from harness.core import ConfigError, Limits, Problem, Session, Standard, ns_from

__all__ = ["compare"]


@dataclass(frozen=True, slots=True)
class _Tolerance:
    delay_ns: int | None
    """``None``: timing is not compared."""
    value_share: float


def compare(good: CaptureAnalysis, bad: CaptureAnalysis) -> Comparison:
    """Compare the first session of each recording.

    Raises:
        ConfigError: a recording shows no session, or they are of different standards.
    """
    (good_link, one), (bad_link, other) = _session(good), _session(bad)
    standard = good_link.standard
    assert standard is not None
    assert bad_link.standard is not None
    if bad_link.standard.name != standard.name:
        text = f"a session of {bad_link.standard.title} cannot be compared with one of {standard.title}"
        raise ConfigError(Problem(text, bad.capture.path))
    sides = side_of(good, good_link, one, standard), side_of(bad, bad_link, other, standard)
    tolerance, notes = _tolerance(good_link.limits or bad_link.limits, (good_link, bad_link))
    notes += [
        f"{analysis.capture.path.name} holds {count} sessions, the first one is compared"
        for analysis in (good, bad)
        if (count := sum(len(link.sessions) for link in analysis.links if link.standard is standard)) > 1
    ]
    found = _deviations(*sides, standard, tolerance)
    ordered = tuple(sorted(found, key=lambda item: (item.at_ns, KINDS.index(item.kind))))
    return Comparison(good.capture.path, bad.capture.path, standard.title, (one, other), ordered, _facts(one, other), tuple(notes))


def _deviations(good: Side, bad: Side, standard: Standard, tolerance: _Tolerance) -> Iterator[Deviation]:
    slack_ns = tolerance.delay_ns
    yield from compare_order(good, bad, slack_ns or 0)
    if slack_ns is not None:
        yield from compare_delays(good, bad, slack_ns)
        yield from compare_cycles(good, bad, slack_ns)
    yield from compare_lengths(good, bad)
    yield from compare_values(good, bad, standard, tolerance.value_share)


def _facts(one: Session, other: Session) -> tuple[tuple[str, str, str], ...]:
    """What the parties told differently."""
    return tuple(
        (name, one.facts.get(name, "-"), other.facts.get(name, "-"))
        for name in dict.fromkeys((*one.facts, *other.facts))
        if one.facts.get(name) != other.facts.get(name)
    )


def _session(analysis: CaptureAnalysis) -> tuple[LinkAnalysis, Session]:
    for link in analysis.links:
        if link.sessions:
            return link, link.sessions[0]
    raise ConfigError(Problem("no session to compare was found in this recording", analysis.capture.path))


def _tolerance(limits: Limits, links: Sequence[LinkAnalysis]) -> tuple[_Tolerance, list[str]]:
    delay, value = limits.get("recording.compare_delay"), limits.get("recording.compare_value")
    delay_ns = None if delay is None or delay.upper is None else ns_from(delay.upper, delay.unit)
    notes = [f"timing is not compared: {link.clock.text}" for link in links if link.clock is not None and link.clock.base is None]
    share = 0.0 if value is None or value.upper is None else float(value.upper) / 100
    return _Tolerance(None if notes else delay_ns, share), notes[:1]
