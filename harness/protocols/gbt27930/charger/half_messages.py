"""Frames that are part of a message, or its wrong form: what a careless receiver may take for the whole.

A sound machine never acts on them. They have names so that a ``Mistake`` of a ``Behaviour`` can be about them:
``BRM.RTS`` is the announcement of BRM, ``BRM.frame`` a single frame under its parameter group.
"""

from __future__ import annotations

from harness.core import Frame
from harness.protocols.gbt27930.messages import BY_PGN
from harness.protocols.j1939 import TP_CM, Control, split_id

__all__ = ["half_message"]


def half_message(frame: Frame) -> str:
    """The name of the part or wrong form of a multi-packet message that *frame* is, empty if it is none."""
    if not frame.extended or not frame.data:
        return ""
    ident = split_id(frame.can_id)
    if ident.pgn == TP_CM and frame.data[0] == Control.RTS and len(frame.data) == 8:
        row = BY_PGN.get(int.from_bytes(frame.data[5:8], "little"))
        return f"{row.name}.RTS" if row is not None else ""
    row = BY_PGN.get(ident.pgn)
    return f"{row.name}.frame" if row is not None and row.multi_packet else ""
