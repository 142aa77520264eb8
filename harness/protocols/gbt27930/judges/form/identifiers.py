"""F1: identifier exactly as in the message table, extended frame, data frame.

Frames of other devices are no business of this rule. A frame counts as meant for the standard if it has
the table's identifier, or if a party's own address sends a parameter group of the table in any other way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

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


@dataclass(slots=True)
class _Seen:
    """The frames of one party."""

    frames: int = 0
    wrong: int = 0
    shown: list[tuple[Record, str]] = field(default_factory=list)
    """The first wrong ones, and what is wrong with them."""


def judge_identifiers(view: View) -> Iterator[Check]:
    """One check per party that sent anything of the standard."""
    parties = {party: _Seen() for party in view.parties}
    only_received = bool(view.context.parties)
    for record in view.records:
        frame = record.pdu
        if not isinstance(frame, Frame) or not frame.extended or (only_received and record.direction is Direction.TX):
            continue
        sender, problem = _examine(frame.can_id, frame.remote, frame.fd)
        seen = parties.get(sender)
        if seen is None:
            continue
        seen.frames += 1
        if problem:
            seen.wrong += 1
            if len(seen.shown) < MAX_FINDINGS:
                seen.shown.append((record, f"{frame}: {problem}"))
    for party, seen in parties.items():
        if seen.frames:
            yield _check(f"F1 {party} identifiers", seen)


def _check(name: str, seen: _Seen) -> Check:
    first = seen.shown[0][0] if seen.shown else None
    return judge_quality(
        name,
        not seen.wrong,
        observed=f"{seen.frames} frames, {seen.wrong} of them wrong" if seen.wrong else f"{seen.frames} frames, all right",
        expected=_EXPECTED,
        frames=(first.number,) if first else (),
        t_ns=first.t_ns if first else None,
        findings=tuple(Finding(problem, record.t_ns, record.number, rule=name) for record, problem in seen.shown),
        occurrences=seen.wrong,
    )


@lru_cache(maxsize=4096)
def _examine(can_id: int, remote: bool, fd: bool) -> tuple[str, str]:
    """Who sent an extended frame of the standard (empty: it is of no concern), and what is wrong with it."""
    ident = split_id(can_id)
    sender, row = party_of(ident.source), BY_PGN.get(ident.pgn)
    if sender is None or (row is None and ident.pgn not in _TRANSPORT):
        return "", ""
    if row is None:
        peer = VEHICLE if sender == "charger" else CHARGER
        expected, name = build_id(ident.pgn, ident.source, peer, _TRANSPORT_PRIORITY), _TRANSPORT[ident.pgn]
    else:
        expected, name = row.can_id, row.name
        if row.sender != sender:
            return sender, f"{name} is a message of the {row.sender}"
        if row.min_length > _SINGLE_FRAME_BYTES:
            return sender, f"{name} as a single frame, it needs the transport protocol"
    if can_id != expected:
        return sender, f"{name} has the identifier {expected:08X}"
    if remote:
        return sender, f"{name} as a remote frame"
    if fd:
        return sender, f"{name} as a CAN FD frame"
    return sender, ""
