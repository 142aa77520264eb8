"""F1: identifier exactly as in the message table, extended frame, data frame.

Frames of other devices are no business of this rule. A frame counts as meant for the standard if it has
the table's identifier, or if a party's own address sends a parameter group of the table in any other way.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.check import Check, Finding, judge_quality
from harness.core.pdu import Frame
from harness.core.trace import Direction, Record
from harness.protocols.gbt27930.judges.view import MAX_FINDINGS, View
from harness.protocols.gbt27930.messages import BY_PGN, CHARGER, VEHICLE, party_of
from harness.protocols.j1939.frames import TP_CM, TP_DT
from harness.protocols.j1939.ids import build_id, split_id

__all__ = ["judge_identifiers"]

_TRANSPORT = {TP_CM: "TP.CM", TP_DT: "TP.DT"}
_TRANSPORT_PRIORITY = 7
_SINGLE_FRAME_BYTES = 8
_EXPECTED = "identifiers of the table, extended data frames"


def judge_identifiers(view: View) -> Iterator[Check]:
    """One check per party that sent anything of the standard."""
    for party in view.parties:
        name = f"F1 {party} identifiers"
        seen = wrong = 0
        findings: list[Finding] = []
        first: Record | None = None
        for record in view.records:
            if view.context.parties and record.direction is Direction.TX:
                continue
            sender, problem = _examine(record)
            if sender != party:
                continue
            seen += 1
            if problem:
                wrong += 1
                first = first or record
                if len(findings) < MAX_FINDINGS:
                    findings.append(Finding(problem, record.t_ns, record.number, rule=name))
        if seen:
            yield judge_quality(
                name,
                not wrong,
                observed=f"{seen} frames, {wrong} of them wrong" if wrong else f"{seen} frames, all right",
                expected=_EXPECTED,
                frames=(first.number,) if first else (),
                t_ns=first.t_ns if first else None,
                findings=tuple(findings),
                occurrences=wrong,
            )


def _examine(record: Record) -> tuple[str | None, str]:
    """Who sent a frame of the standard (``None``: it is of no concern), and what is wrong with it."""
    frame = record.pdu
    if not isinstance(frame, Frame) or not frame.extended:
        return None, ""
    ident = split_id(frame.can_id)
    sender, row = party_of(ident.source), BY_PGN.get(ident.pgn)
    if sender is None or (row is None and ident.pgn not in _TRANSPORT):
        return None, ""
    if row is None:
        peer = VEHICLE if sender == "charger" else CHARGER
        expected, name = build_id(ident.pgn, ident.source, peer, _TRANSPORT_PRIORITY), _TRANSPORT[ident.pgn]
    else:
        expected, name = row.can_id, row.name
        if row.sender != sender:
            return sender, f"{frame}: {name} is a message of the {row.sender}"
        if row.min_length > _SINGLE_FRAME_BYTES:
            return sender, f"{frame}: {name} as a single frame, it needs the transport protocol"
    if frame.can_id != expected:
        return sender, f"{frame}: {name} has the identifier {expected:08X}"
    if frame.remote:
        return sender, f"{frame}: {name} as a remote frame"
    if frame.fd:
        return sender, f"{frame}: {name} as a CAN FD frame"
    return sender, ""
