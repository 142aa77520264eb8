"""R1 to R3: times between messages of others, which only a recording shows: on a bench the cases measure them.

R1 looks at the packets of broadcasts, R2 at requests to one address, R3 at the first answer of diagnostics. Each sender has a check of
its own; the distance that is worst decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from harness.core.check import Check, Finding, Severity, Statistics, judge_number, judge_quality
from harness.core.durations import format_s, ms, ns_in
from harness.core.limit import Limit
from harness.core.message import Message
from harness.core.pdu import Frame
from harness.core.standard import JudgeContext
from harness.core.trace import Record
from harness.core.uncertainty import round_up
from harness.core.verdict import Reason
from harness.protocols.j1939.ids import GLOBAL, split_id
from harness.protocols.j1939.listener import group_name
from harness.protocols.vehicle.sessions.exchanges import exchanges_of
from harness.protocols.vehicle.sessions.transfers import transfers_of

__all__ = ["RULES", "judge_recorded"]

RULES = {"R1": "distance of broadcast packets", "R2": "answers to requests", "R3": "time to the first answer of diagnostics"}
_MAX_FINDINGS = 50
_NO_STAMPS = "the time stamps cannot carry a timing verdict"
_PATIENCE = "request.late"


@dataclass(frozen=True, slots=True)
class _Span:
    """One distance and the frame that ends it."""

    length_ns: int
    frame: int
    t_ns: int
    what: str


def judge_recorded(messages: Sequence[Message], records: Sequence[Record], context: JudgeContext) -> Iterator[Check]:
    """The checks of a recording, in which everybody is judged; nothing on a bench."""
    if context.parties or not records:
        return
    yield from _broadcasts(messages, context, records[-1].t_ns)
    yield from _requests(messages, records, context)
    yield from _first_answers(messages, context)


def _broadcasts(messages: Sequence[Message], context: JudgeContext, end_ns: int) -> Iterator[Check]:
    limit = context.limits.get("transport.broadcast")
    spans: dict[int, list[_Span]] = {}
    for transfer in transfers_of(messages, end_ns):
        if transfer.kind == "BAM":
            times = dict(transfer.steps)
            found = [_Span(gap, frame, times[frame], f"packet of {transfer.name}") for gap, frame in transfer.spacing()]
            spans.setdefault(transfer.source, []).extend(found)
    for source, found in sorted(spans.items()):
        if limit is not None and found:
            yield _worst(f"R1 broadcasts of {source:02X}", found, limit, context)


def _first_answers(messages: Sequence[Message], context: JudgeContext) -> Iterator[Check]:
    spans: dict[tuple[int, str], list[_Span]] = {}
    for one in exchanges_of(messages):
        answer = one.pending[0] if one.pending else one.response
        if one.target is not None and answer is not None and one.first_ns is not None:
            key = "doip.p2" if "origin" in one.request.values else "uds.p2"
            spans.setdefault((one.target, key), []).append(_Span(one.first_ns, answer.frames[0], answer.start_ns, one.asked))
    for (unit, key), found in sorted(spans.items()):
        if (limit := context.limits.get(key)) is not None:
            yield _worst(f"R3 unit {unit:02X}", found, limit, context)


def _worst(name: str, spans: Sequence[_Span], limit: Limit, context: JudgeContext) -> Check:
    """One check over all *spans*; each that is outside is a finding."""
    lower = limit.lower_ns if limit.lower is not None else 0
    outside = [span for span in spans if not lower <= span.length_ns <= limit.upper_ns]
    worst = max(spans, key=lambda span: max(lower - span.length_ns, span.length_ns - limit.upper_ns))
    uncertainty = None
    if context.time_base is not None:
        uncertainty = round_up(context.time_base.interval_uncertainty_ns(worst.length_ns)) / ms(1) if limit.unit == "ms" else None
    lengths = [ns_in(span.length_ns, limit.unit) for span in spans]
    mean = (sum(lengths, Decimal(0)) / len(lengths)).quantize(Decimal("0.001"))
    check = judge_number(
        name,
        ns_in(worst.length_ns, limit.unit),
        limit.criterion(),
        uncertainty=uncertainty,
        rule=context.rule,
        note=f"{len(outside)} of {len(spans)} outside" if outside else "",
        frames=(worst.frame,),
        t_ns=worst.t_ns,
        statistics=Statistics(len(spans), min(lengths), mean, max(lengths)),
        findings=tuple(_finding(name, span, limit) for span in outside[:_MAX_FINDINGS]),
        occurrences=len(outside),
    )
    return check if context.time_base is not None else check.inconclusive(Reason.NO_TIMEBASE, _NO_STAMPS)


def _finding(name: str, span: _Span, limit: Limit) -> Finding:
    text = f"{span.what} after {ns_in(span.length_ns, limit.unit).normalize():f} {limit.unit}, expected {limit.criterion()}"
    return Finding(text, span.t_ns, span.frame, Severity.FAILURE, name)


def _requests(messages: Sequence[Message], records: Sequence[Record], context: JudgeContext) -> Iterator[Check]:
    """One check for each address that was asked and is on the bus."""
    limit, late = context.limits.get("request.answer"), context.limits.get(_PATIENCE)
    asked = [message for message in messages if _is_request(message)]
    if limit is None or late is None or not asked or context.time_base is None:
        return
    present = {record.pdu.can_id & 0xFF for record in records if isinstance(record.pdu, Frame) and record.pdu.extended}
    spans: dict[int, list[_Span]] = {}
    silent: dict[int, list[Message]] = {}
    for message in asked:
        unit = message["destination"]
        if not isinstance(unit, int) or unit not in present or records[-1].t_ns - message.t_ns < late.upper_ns:
            continue
        spans.setdefault(unit, [])
        found = _answer(message, unit, records, late.upper_ns)
        if found is None:
            silent.setdefault(unit, []).append(message)
        else:
            spans[unit].append(found)
    for unit, answers in sorted(spans.items()):
        if answers:
            yield _worst(f"R2 unit {unit:02X}", answers, limit, context)
        if missing := silent.get(unit):
            yield _missing(f"R2 unit {unit:02X} silence", missing, late)


def _missing(name: str, missing: Sequence[Message], late: Limit) -> Check:
    findings = tuple(
        Finding(f"request for {group_name(_number(one, 'requested'))} without an answer", one.t_ns, one.frames[0], Severity.FAILURE, name)
        for one in missing[:_MAX_FINDINGS]
    )
    return judge_quality(
        name,
        False,
        observed=f"{findings[0].text} ({len(missing)} in all, the first at {format_s(missing[0].t_ns)} s)",
        expected=f"an answer or a refusal within {late.criterion()}",
        frames=missing[0].frames[:1],
        t_ns=missing[0].t_ns,
        findings=findings,
        occurrences=len(missing),
    )


def _is_request(message: Message) -> bool:
    return message.name == "Request" and "requested" in message.values and message["destination"] != GLOBAL


def _answer(message: Message, unit: int, records: Sequence[Record], patience_ns: int) -> _Span | None:
    """The first frame by which *unit* gives what was asked for, begins to, or refuses it."""
    pgn = _number(message, "requested")
    about = pgn.to_bytes(3, "little")
    for record in records[message.frames[0] - records[0].number :]:
        waited_ns = record.t_ns - message.t_ns
        if waited_ns > patience_ns:
            break
        frame = record.pdu
        if record.number <= message.frames[0] or not isinstance(frame, Frame) or not frame.extended or frame.can_id & 0xFF != unit:
            continue
        ident = split_id(frame.can_id)
        # Acknowledgment, RTS and BAM name the group in their last three bytes.
        names_it = ident.pgn in (0xE800, 0xEC00) and frame.data[5:8] == about
        if ident.pgn == pgn or names_it:
            return _Span(waited_ns, record.number, record.t_ns, f"answer to the request for {group_name(pgn)}")
    return None


def _number(message: Message, name: str) -> int:
    value = message.values.get(name)
    return value if isinstance(value, int) else 0
