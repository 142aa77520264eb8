"""Times of ISO-TP as data, each row with its source."""

from __future__ import annotations

from dataclasses import dataclass

from harness.core import ms

__all__ = ["ISO_15765_2", "TIMERS", "IsoTpTiming", "TimerRow"]


@dataclass(frozen=True, slots=True)
class TimerRow:
    """One time of the transport protocol."""

    name: str
    value_ns: int
    role: str
    """What it is used for."""
    source: str
    confidence: str


TIMERS: dict[str, TimerRow] = {
    row.name: row
    for row in (
        TimerRow("N_As", ms(1000), "sender: frame handed over, not yet on the bus", "U2, K", "high"),
        TimerRow("N_Ar", ms(1000), "receiver: flow control handed over, not yet on the bus", "U2, K", "high"),
        TimerRow("N_Bs", ms(1000), "sender: no flow control", "U2, K", "high"),
        TimerRow("N_Br", ms(500), "receiver: longest time to its flow control", "project", "low"),
        TimerRow("N_Cs", ms(500), "sender: longest time to its next consecutive frame", "project", "low"),
        TimerRow("N_Cr", ms(1000), "receiver: no consecutive frame", "U2, K", "high"),
    )
}
"""The times by name."""


@dataclass(frozen=True, slots=True)
class IsoTpTiming:
    """What one transport works with; replace single values with ``dataclasses.replace``."""

    n_as_ns: int = TIMERS["N_As"].value_ns
    n_ar_ns: int = TIMERS["N_Ar"].value_ns
    n_bs_ns: int = TIMERS["N_Bs"].value_ns
    n_cr_ns: int = TIMERS["N_Cr"].value_ns
    br_ns: int = 0
    """Own delay before a flow control."""
    cs_ns: int = 0
    """Own least distance of consecutive frames, beside the one that the receiver asks for."""
    margin_ns: int = 0
    """Added to a distance that the receiver asks for: a frame counts from when it was handed over, not from when it was on the bus."""
    max_waits: int = 10
    """Flow controls of status WAIT in a row that a sender puts up with (project, low)."""


ISO_15765_2 = IsoTpTiming()
"""The times of ISO 15765-2."""
