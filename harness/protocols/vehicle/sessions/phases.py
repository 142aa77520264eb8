"""The course of a truck's network: before, while and after its controllers claim their addresses."""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.durations import ms
from harness.core.standard import Phase
from harness.protocols.vehicle.sessions.view import View

__all__ = ["phases_of"]

_SETTLED_NS = ms(250)
"""After so long no objection to a claim comes any more."""
_SAME_START_NS = 10 * _SETTLED_NS
"""Claims that follow each other so closely belong to one start of the truck."""


def phases_of(view: View) -> tuple[Phase, ...]:
    """Phases one behind the other; a recording without claims is running traffic throughout."""
    return tuple(_phases(view))


def _phases(view: View) -> Iterator[Phase]:
    claims = sorted((claim.t_ns, claim.frame) for one in view.controllers for claim in one.claims)
    if not claims:
        yield Phase("running", view.start_ns, view.end_ns, 1, f"addresses in use: {len(view.controllers)}")
        return
    starts: list[list[tuple[int, int]]] = []
    for claim in claims:
        if starts and claim[0] - starts[-1][-1][0] <= _SAME_START_NS:
            starts[-1].append(claim)
        else:
            starts.append([claim])
    at, frame = view.start_ns, 1
    for number, start in enumerate(starts):
        (begin, first), (last, _) = start[0], start[-1]
        end = min(last + _SETTLED_NS, view.end_ns)
        if begin > at:
            early = sum(one.first_ns < begin for one in view.controllers)
            yield Phase("before the claims" if not number else "running", at, begin, frame, f"addresses in use: {early}")
        yield Phase("address claims", begin, end, first, f"claims: {len(start)}")
        at, frame = end, first
    if at < view.end_ns:
        frame = next((record.number for record in view.records if record.t_ns >= at), frame)
        yield Phase("running", at, view.end_ns, frame, f"addresses in use: {len(view.controllers)}")
