"""The tester's own jitter against the tolerance of a period: a verdict that it cannot carry is left open."""

from __future__ import annotations

from decimal import Decimal

from harness.core.check import Check
from harness.core.durations import ns_in
from harness.core.limit import Limits
from harness.core.verdict import Reason

__all__ = ["unless_jitter"]

_SHARE = "judge.jitter_share"


def unless_jitter(check: Check, jitter_ns: int, tolerance_ns: tuple[int, int], limits: Limits) -> Check:
    """*check* of a period with these bounds, inconclusive if the tester's own jitter takes too much of the tolerance.

    How much is too much, in percent of half the width, is the row ``judge.jitter_share`` of *limits*; without it, all of it.
    """
    row = limits.get(_SHARE)
    share = Decimal(100) if row is None or row.upper is None else row.upper
    lower_ns, upper_ns = tolerance_ns
    if jitter_ns * 2 * 100 <= share * (upper_ns - lower_ns):
        return check
    told = f"the tester's own jitter of {ns_in(jitter_ns, 'ms')} ms exceeds {share} % of the tolerance"
    return check.inconclusive(Reason.TESTER_JITTER, "; ".join(filter(None, (check.note, told))))
