"""Load and cycles of a CAN bus in a recording, with the bit rate that they are told for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.core import ConfigError, Finding, Frame, Limit, Record, Severity
from harness.protocols.canbus import (
    INTERFRAME_BITS,
    BitRate,
    BusColumns,
    BusLoad,
    CycleRow,
    bus_columns,
    bus_load,
    cycle_rows,
    find_bitrate,
)
from harness.protocols.canbus.cycles import distances

__all__ = ["BusFigures", "bitrate_from", "bus_of", "gaps_in", "identifier_text"]

_CARRIERS = ("TP.", "diagnostics", "Request ", "Acknowledgment ")
_SLOWEST_BPS, _FASTEST_BPS = 5_000, 8_000_000


@dataclass(frozen=True, slots=True)
class BusFigures:
    """One bus."""

    rate: BitRate
    is_declared: bool
    """Somebody named the bit rate; otherwise it was found or assumed."""
    load: BusLoad
    cycles: Sequence[CycleRow]
    columns: BusColumns

    @property
    def basis(self) -> Literal["declared", "shown", "assumed"]:
        """Where the bit rate comes from: ``declared``, ``shown`` or ``assumed``."""
        return "declared" if self.is_declared else "assumed" if self.rate.is_assumed else "shown"

    @property
    def rate_text(self) -> str:
        """The bit rate and what speaks for it, one line."""
        rate = f"{self.rate.bps / 1000:g} kbit/s"
        if self.is_declared:
            return f"{rate} as declared"
        if self.rate.is_assumed:
            return f"{rate} assumed, nothing in the recording shows it (--bitrate declares it)"
        return f"{rate}, shown by {self.rate.shown_by} frames that follow the one before without a pause"

    def share_pct(self, row: CycleRow) -> float:
        """Part of the load that one identifier makes; exact for classic frames."""
        bits = row.bits + INTERFRAME_BITS * row.count
        return 100 * bits * 1e9 / self.rate.bps / self.load.span_ns if self.load.span_ns else 0.0


def bus_of(records: Sequence[Record], declared: BitRate | None = None) -> BusFigures | None:
    """The figures of one channel, for the bit rate *declared* or the one that the stamps show; ``None`` if it carries no CAN frame."""
    if not any(isinstance(record.pdu, Frame) for record in records):
        return None
    columns = bus_columns(records)
    rate = declared or find_bitrate(columns)
    return BusFigures(rate, declared is not None, bus_load(columns, rate.bps), cycle_rows(columns), columns)


def gaps_in(figures: BusFigures, allowed: Limit | None, name_of: Callable[[int, bool], str] | None) -> list[Finding]:
    """Distances of cyclic identifiers that are longer than their median by more than *allowed* (a share in percent).

    Identifiers that carry pieces of longer messages or requests keep no cycle of their own and are passed over.
    """
    if allowed is None or allowed.upper is None:
        return []
    found: list[Finding] = []
    for row in figures.cycles:
        name = name_of(row.can_id, row.extended) if name_of is not None else ""
        longest = row.median_ns * (1 + float(allowed.upper) / 100)
        if not row.is_cyclic or row.max_ns <= longest or name.startswith(_CARRIERS):
            continue
        for t_ns, gap_ns, frame in distances(figures.columns, row):
            if gap_ns > longest:
                shown = name or identifier_text(row.can_id, row.extended)
                text = f"{shown} after {gap_ns / 1e6:.1f} ms, its median is {row.median_ns / 1e6:.1f} ms"
                found.append(Finding(text, t_ns, frame, Severity.WARNING, "cycles"))
    return sorted(found, key=lambda finding: finding.at_ns or 0)


def identifier_text(can_id: int, extended: bool) -> str:
    """An identifier as it is printed."""
    return f"{can_id:08X}" if extended else f"{can_id:03X}"


def bitrate_from(bps: int | None) -> BitRate | None:
    """What somebody declared, ``None`` for nothing.

    Raises:
        ConfigError: no CAN bus has that bit rate.
    """
    if bps is None:
        return None
    if not _SLOWEST_BPS <= bps <= _FASTEST_BPS:
        raise ConfigError(f"no CAN bus has {bps} bit/s (--bitrate takes {_SLOWEST_BPS}..{_FASTEST_BPS}, for example 250000)")
    return BitRate(bps, 0)
