"""F3: a current that either side announces, offers, demands or delivers is a charging current, by its raw value.

The limit comes from the encoding, not from the physical range: a laboratory that widens the range of a current
does not make a discharge of it. A raw value above the bound is most often a current that wrapped around.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from harness.core.check import Check, judge_number
from harness.core.message import Message
from harness.protocols.gbt27930.judges.view import MAX_FINDINGS, View, finding, place, severity_of

__all__ = ["judge_current_encoding"]

_CURRENTS = {"BCP": (2,), "CML": (4, 6), "BCL": (2,), "CCS": (2,)}
"""First byte of each current, counted from 0."""


def judge_current_encoding(view: View) -> Iterator[Check]:
    """One check per message that carries such a current."""
    limit = view.limit("encoding.current_raw")
    if limit is None or limit.upper is None:
        return
    for name, places in _CURRENTS.items():
        raws = [(raw, message) for message in view.named.get(name, ()) for raw in _raw(message, places)]
        if not raws:
            continue
        rule = f"F3 {name} current encoding"
        wrong = [(raw, message) for raw, message in raws if raw > limit.upper]
        raw, message = max(raws, key=lambda pair: pair[0])
        texts = ((f"{name} raw current {value}, a discharge; charging ends at {limit.upper}", at) for value, at in wrong[:MAX_FINDINGS])
        yield judge_number(
            rule,
            Decimal(raw),
            limit.criterion(),
            severity=severity_of(limit),
            note=f"largest of {len(raws)} raw values",
            frames=place(message)[1],
            t_ns=message.t_ns,
            findings=tuple(finding(rule, text, at, severity_of(limit)) for text, at in texts),
            occurrences=len(wrong),
        )


def _raw(message: Message, places: tuple[int, ...]) -> list[int]:
    """The raw currents of *message*; a short one carries fewer."""
    return [int.from_bytes(message.data[at : at + 2], "little") for at in places if len(message.data) >= at + 2]
