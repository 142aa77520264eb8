"""F2: data length as in the message table. A multi-packet message is judged by what its RTS announces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from harness.core.check import Check, Finding, judge_number, judge_quality
from harness.core.message import Message
from harness.core.pdu import Frame
from harness.core.trace import Record
from harness.protocols.gbt27930.judges.view import MAX_FINDINGS, View, place, severity_of
from harness.protocols.gbt27930.messages import CHARGER, MESSAGES, VEHICLE
from harness.protocols.j1939.frames import TP_CM, TP_DT
from harness.protocols.j1939.ids import build_id

__all__ = ["judge_lengths"]

_NOTES = {"BRM": "the message table of 2015 prints 41, its field table sums to 49"}
_TRANSPORT_PRIORITY = 7
_RTS = ".RTS"


def judge_lengths(view: View) -> Iterator[Check]:
    """One check per message, one per kind of transport frame and party."""
    announced: dict[str, list[Message]] = {}
    for message in view.messages:
        if not message.name.endswith(_RTS):
            continue
        base = message.name.removesuffix(_RTS)
        if base in MESSAGES and view.judges(message.sender) and id(message) not in view.strange:
            announced.setdefault(base, []).append(message)
    for name, row in MESSAGES.items():
        if row.multi_packet:
            sample = [(int(m.number("length")), m) for m in announced.get(name, ())]
        else:
            sample = [(len(m.data), m) for m in view.named.get(name, ())]
        yield from _judge(view, name, sample)
        if name == "BMV" and sample:
            yield _whole_cells(sample)
    yield from _judge_transport(view)


def _judge(view: View, name: str, sample: Sequence[tuple[int, Message]]) -> Iterator[Check]:
    limit = view.limit(f"length.{name}")
    if not sample or limit is None:
        return
    criterion = limit.criterion()
    low = criterion.lower if criterion.lower is not None else Decimal(0)
    high = criterion.upper if criterion.upper is not None else Decimal("Infinity")
    wrong = [(length, message) for length, message in sample if not low <= length <= high]
    length, message = max(wrong, key=lambda item: max(low - item[0], item[0] - high)) if wrong else sample[0]
    rule = f"F2 {name} length"
    findings = tuple(
        Finding(f"{name} has {length} bytes, expected {criterion.lower}..{criterion.upper}", m.t_ns, place(m)[0], severity_of(limit), rule)
        for length, m in wrong[:MAX_FINDINGS]
    )
    note = "; ".join(filter(None, (f"{len(sample)} messages", _NOTES.get(name, "") if wrong else "")))
    yield judge_number(
        rule,
        Decimal(length),
        criterion,
        severity=severity_of(limit),
        note=note,
        frames=place(message)[1],
        t_ns=message.t_ns,
        findings=findings,
        occurrences=len(wrong),
    )


def _whole_cells(sample: Sequence[tuple[int, Message]]) -> Check:
    odd = [message for length, message in sample if length % 2]
    return judge_quality(
        "F2 BMV cells",
        not odd,
        observed=f"{len(odd)} of {len(sample)} with half a cell" if odd else f"{len(sample)} messages of whole cells",
        expected="an even number of bytes, two per cell",
        frames=place(odd[0])[1] if odd else (),
        t_ns=odd[0].t_ns if odd else None,
        occurrences=len(odd),
    )


def _judge_transport(view: View) -> Iterator[Check]:
    by_identifier = _transport_frames(view)
    for party in view.parties:
        source, destination = (VEHICLE, CHARGER) if party == "vehicle" else (CHARGER, VEHICLE)
        for name, pgn in (("TP.CM", TP_CM), ("TP.DT", TP_DT)):
            identifier = build_id(pgn, source, destination, _TRANSPORT_PRIORITY)
            limit = view.limit(f"length.{name}")
            frames = by_identifier[identifier]
            if not frames or limit is None:
                continue
            wrong = [(record, frame) for record, frame in frames if len(frame.data) != limit.upper]
            record, frame = wrong[0] if wrong else frames[0]
            rule = f"F2 {party} {name} length"
            found = (Finding(f"{name} has {len(f.data)} bytes", r.t_ns, r.number, rule=rule) for r, f in wrong[:MAX_FINDINGS])
            yield judge_number(
                rule,
                Decimal(len(frame.data)),
                limit.criterion(),
                note=f"{len(frames)} frames",
                frames=(record.number,),
                t_ns=record.t_ns,
                findings=tuple(found),
                occurrences=len(wrong),
            )


def _transport_frames(view: View) -> dict[int, list[tuple[Record, Frame]]]:
    """The frames of TP.CM and TP.DT between the parties, by identifier."""
    found: dict[int, list[tuple[Record, Frame]]] = {
        build_id(pgn, source, destination, _TRANSPORT_PRIORITY): []
        for source, destination in ((VEHICLE, CHARGER), (CHARGER, VEHICLE))
        for pgn in (TP_CM, TP_DT)
    }
    for record in view.records:
        frame = record.pdu
        if isinstance(frame, Frame) and frame.extended and frame.can_id in found:
            found[frame.can_id].append((record, frame))
    return found
