"""Times and limits of the transport protocol as data, each row with its source."""

from __future__ import annotations

from dataclasses import dataclass

from harness.core import ms

__all__ = ["J1939_21", "TIMERS", "TimerRow", "TransportTiming"]


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
        TimerRow("Tr", ms(200), "maximum response time of a node", "S17", "medium"),
        TimerRow("Th", ms(500), "interval between hold CTS frames", "S17", "medium"),
        TimerRow("T1", ms(750), "receiver: gap between data packets", "S17", "medium"),
        TimerRow("T2", ms(1250), "receiver: CTS sent, no data packet", "S17", "medium"),
        TimerRow("T3", ms(1250), "originator: last packet sent, no CTS or EndOfMsgAck", "S17", "medium"),
        TimerRow("T4", ms(1050), "originator: wait after a hold CTS", "S17", "medium"),
        TimerRow("BAM min", ms(50), "least spacing of broadcast packets", "S17", "high"),
        TimerRow("BAM max", ms(200), "greatest spacing of broadcast packets", "S17", "high"),
    )
}
"""The times of J1939-21 by name."""


@dataclass(frozen=True, slots=True)
class TransportTiming:
    """What one transport works with; replace single values with ``dataclasses.replace``."""

    tr_ns: int = TIMERS["Tr"].value_ns
    th_ns: int = TIMERS["Th"].value_ns
    t1_ns: int = TIMERS["T1"].value_ns
    t2_ns: int = TIMERS["T2"].value_ns
    t3_ns: int = TIMERS["T3"].value_ns
    t4_ns: int = TIMERS["T4"].value_ns
    bam_gap_ns: int = ms(60)
    """Spacing of our own broadcast packets: above the least one, so that a late timer keeps it too."""
    retransmit_limit: int = 2
    """Requests for packets already sent that one session puts up with (common knowledge, low confidence)."""


J1939_21 = TransportTiming()
"""The times of J1939-21."""
