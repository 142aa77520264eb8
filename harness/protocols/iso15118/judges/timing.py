"""V6: response times, the time to the next request, loops, and the end of the connection, against the limits of a profile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby, pairwise

from harness.core.check import Check, Finding, Severity, Statistics, judge_number
from harness.core.durations import ns_in
from harness.core.limit import Limit
from harness.core.standard import JudgeContext
from harness.core.verdict import Reason, Verdict
from harness.protocols.iso15118.editions import EDITIONS
from harness.protocols.iso15118.judges.remarks import concerns
from harness.protocols.iso15118.message import CHARGER, VEHICLE, V2gMessage
from harness.protocols.iso15118.sequence import AGREEMENT, FIRST, STOP
from harness.protocols.iso15118.sessions.talk import Talk

__all__ = ["judge_timing"]

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class _Interval:
    """A measured time and the message that ends it."""

    ns: int
    message: V2gMessage
    frame: int
    t_ns: int


def judge_timing(talks: Sequence[Talk], context: JudgeContext) -> Iterator[Check]:
    """All times that the profile has limits for; sessions of another protocol than that of the profile are not judged."""
    mine = [talk for talk in talks if talk.edition is not None and context.edition in ("", talk.edition.name)]
    # A connection that ends with the agreement has no times that the limits of a protocol are for.
    others = [talk for talk in talks if talk.edition is not None and talk not in mine and any(one.base != AGREEMENT for one in talk.known)]
    for party, keys, measured in (
        (CHARGER, ("response.{}", "performance.{}"), _responses(mine)),
        (VEHICLE, ("sequence.request", "sequence.performance"), {"": _requests(mine)}),
        (VEHICLE, ("sequence.loop",), {"": _loop_requests(mine)}),
        (CHARGER, ("loop.{}",), _loops(mine)),
        (VEHICLE, ("setup.session",), {"": _setup(mine)}),
        (VEHICLE, ("end.close",), {"": _closings(mine)}),
    ):
        if concerns(context, party):
            yield from _checks(party, keys, measured, context)
    if others:
        title = EDITIONS[context.edition].title if context.edition in EDITIONS else context.edition
        seen = f"{len(others)} sessions of another protocol"
        text = (
            f"the limits are those of {title}; times of {', '.join(sorted({t.edition.title for t in others if t.edition}))} were not judged"
        )
        yield Check("V6 other protocol", Verdict.NONE, seen, "limits of its own").inconclusive(Reason.PRECONDITION, text)


def _checks(party: str, keys: Sequence[str], measured: Mapping[str, Sequence[_Interval]], context: JudgeContext) -> Iterator[Check]:
    for name, intervals in measured.items():
        for key in keys:
            limit = context.limits.get(key.format(name))
            if limit is not None and intervals:
                yield _check(f"V6 {party} {key.format(name)}", intervals, limit, context)


def _check(name: str, intervals: Sequence[_Interval], limit: Limit, context: JudgeContext) -> Check:
    longest = max(intervals, key=lambda one: one.ns)
    values = [ns_in(one.ns, limit.unit) for one in intervals]
    criterion, upper_ns = limit.criterion(), limit.upper_ns
    base = context.time_base
    uncertainty = None if base is None else ns_in(round(base.interval_uncertainty_ns(longest.ns)), limit.unit)
    severity = Severity.WARNING if limit.confidence == "low" else Severity.FAILURE
    over = [one for one in intervals if one.ns > upper_ns]
    findings = tuple(
        Finding(
            f"{name}: {ns_in(one.ns, limit.unit)} {limit.unit} to {one.message.name}, limit {criterion}",
            one.t_ns,
            one.frame,
            severity,
            name,
        )
        for one in over[:_SHOWN]
    )
    check = judge_number(
        name,
        ns_in(longest.ns, limit.unit),
        criterion,
        uncertainty=uncertainty,
        rule=context.rule,
        severity=severity,
        note=f"{limit.ref}, {limit.source}, {limit.confidence} confidence",
        frames=(longest.frame,),
        t_ns=longest.t_ns,
        statistics=Statistics(len(values), min(values), sum(values, Decimal(0)) / len(values), max(values)),
        findings=findings if severity is Severity.FAILURE else (),
        occurrences=len(over),
    )
    if base is None:
        return replace(check, findings=()).inconclusive(Reason.NO_TIMEBASE, "the time stamps cannot carry a timing verdict")
    return check


def _interval(start: V2gMessage, end: V2gMessage) -> _Interval:
    return _Interval(end.t_ns - start.t_ns, end, end.frame, end.t_ns)


def _responses(talks: Sequence[Talk]) -> dict[str, list[_Interval]]:
    """Request to response, by the name of the exchange."""
    found: dict[str, list[_Interval]] = {}
    for talk in talks:
        for one in talk.exchanges:
            if one.request is not None and one.response is not None and one.request.base == one.response.base:
                found.setdefault(one.name, []).append(_interval(one.request, one.response))
    return found


def _requests(talks: Sequence[Talk]) -> list[_Interval]:
    """Response to the next request, the charge loop of -20 included."""
    return [
        _interval(before.response, after.request)
        for talk in talks
        for before, after in pairwise(talk.exchanges)
        if before.response is not None and after.request is not None
    ]


def _loop_requests(talks: Sequence[Talk]) -> list[_Interval]:
    """The same within the charge loop."""
    return [
        _interval(before.response, after.request)
        for talk in talks
        for before, after in pairwise(talk.exchanges)
        if before.response is not None and after.request is not None and before.name == after.name and before.name.endswith("_ChargeLoop")
    ]


def _loops(talks: Sequence[Talk]) -> dict[str, list[_Interval]]:
    """First request of a row of equal exchanges to the last response of the row."""
    found: dict[str, list[_Interval]] = {}
    for talk in talks:
        for name, group in groupby(talk.exchanges, key=lambda one: one.name):
            row = list(group)
            start, end = row[0].request, row[-1].response
            if start is not None and end is not None:
                found.setdefault(name, []).append(_interval(start, end))
    return found


def _setup(talks: Sequence[Talk]) -> list[_Interval]:
    """First message of the last discovery to SessionSetupRes: the timer itself starts earlier, when the data link is up."""
    found = []
    for talk in talks:
        end, start = talk.first(f"{FIRST}Res"), talk.discovery[0] if talk.discovery else talk.first(f"{AGREEMENT}Req")
        if start is not None and end is not None:
            found.append(_interval(start, end))
    return found


def _closings(talks: Sequence[Talk]) -> list[_Interval]:
    """The last SessionStopRes to the end of the connection; a session whose services are chosen anew has another before."""
    found = []
    for talk in talks:
        stops = [message for message in talk.known if message.name == f"{STOP}Res"]
        closing = next((one for one in talk.closings if stops and one.t_ns >= stops[0].t_ns), None)
        if closing is not None:
            stop = next(one for one in reversed(stops) if one.t_ns <= closing.t_ns)
            found.append(_Interval(closing.t_ns - stop.t_ns, stop, closing.frame, closing.t_ns))
    return found
