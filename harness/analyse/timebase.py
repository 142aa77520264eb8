"""Whether the stamps of a recording can carry timing verdicts, and how far off they may be."""

from __future__ import annotations

from dataclasses import dataclass

from harness.analyse.captures import Timing
from harness.core import Limit, Limits, TimeBase, format_s, ns_from, ns_in

__all__ = ["Clock", "clock_of"]

_INTERVAL_NS = 250_000_000
"""Interval for which the uncertainty is told in words."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The time base of one link, and what to say about it."""

    base: TimeBase | None
    """``None``: no timing verdict is possible."""
    text: str


def clock_of(timing: Timing, limits: Limits) -> Clock:
    """Judge the stamps by the rows ``recording.*`` of a profile; rows that it lacks are not applied."""
    trouble = _trouble(timing, limits)
    if trouble:
        return Clock(None, f"the time stamps cannot carry a timing verdict: {trouble}")
    accuracy, drift = limits.get("recording.stamp_accuracy"), limits.get("recording.drift")
    base = TimeBase(
        "recording",
        timing.resolution_ns,
        0.0 if accuracy is None else accuracy.nominal_ns,
        0.0 if drift is None or drift.value is None else float(drift.value),
    )
    parts = [f"stamps count in steps of {_short(timing.resolution_ns)}"]
    if accuracy is not None:
        parts.append(f"assumed to be off by up to {accuracy.value} {accuracy.unit} (nobody declared this clock)")
    if timing.duplicates:
        parts.append(f"{timing.duplicates} equal stamps")
    uncertainty_ms = base.interval_uncertainty_ns(_INTERVAL_NS) / 1e6
    parts.append(f"U = {uncertainty_ms:.2f} ms (k = 2) on an interval of 250 ms")
    return Clock(base, "; ".join(parts))


def _trouble(timing: Timing, limits: Limits) -> str:
    backward, duplicates = limits.get("recording.max_backward"), limits.get("recording.max_duplicates")
    if backward is not None and _exceeds(timing.backward, backward):
        return f"{timing.backward} of them step back, the first at frame {timing.first_backward}"
    if duplicates is not None and _exceeds(timing.duplicate_share_pct, duplicates):
        share = f"{timing.duplicate_share_pct:.0f} %"
        return f"{share} of them equal the one before, so that frames were stamped in batches or not at all"
    coarsest = limits.get("recording.max_resolution")
    if coarsest is not None and coarsest.upper is not None and timing.resolution_ns > ns_from(coarsest.upper, coarsest.unit):
        return f"they count in steps of {_short(timing.resolution_ns)}"
    return ""


def _exceeds(value: float, limit: Limit) -> bool:
    return limit.upper is not None and value > limit.upper


def _short(duration_ns: int) -> str:
    if duration_ns >= 1_000_000_000:
        return f"{format_s(duration_ns, 0)} s"
    return f"{ns_in(duration_ns, 'ms').normalize():f} ms"
