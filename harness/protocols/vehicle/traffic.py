"""What a listener can say of the frames on a truck's bus against the description of a laboratory: pure functions over records.

Nothing is judged here: limits belong to the cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from harness.core import Frame, Record
from harness.protocols.canbus import CycleRow, bus_columns, cycle_rows
from harness.protocols.canbus.checksums import RULES
from harness.protocols.canbus.cycles import distances
from harness.protocols.dbc.layout import Presence, SignalLayout
from harness.protocols.j1939.groups import BY_PGN
from harness.protocols.j1939.ids import split_id
from harness.protocols.uds.decoder import way_of
from harness.protocols.vehicle.database import GroupRow, TruckDatabase, raw_of

__all__ = [
    "Distances",
    "Series",
    "bad_checksums",
    "bad_counts",
    "checksum_of",
    "distances_of",
    "doubtful_senders",
    "lengths_of",
    "most_within",
    "sealed",
    "series_of",
    "unknown_identifiers",
    "unused_bits",
    "unworded_values",
    "verdicts_of",
]


@dataclass(frozen=True, slots=True)
class Series:
    """All frames of one identifier."""

    can_id: int
    extended: bool
    row: GroupRow | None
    """What the description says of it; ``None``: nothing."""
    records: tuple[Record, ...]

    @property
    def name(self) -> str:
        """As the description calls it, else its number."""
        return self.row.name if self.row is not None else f"{self.can_id:08X}" if self.extended else f"{self.can_id:03X}"

    @property
    def contents(self) -> list[bytes]:
        """Data of its data frames."""
        return [record.pdu.data for record in self.records if isinstance(record.pdu, Frame) and not record.pdu.remote]


@dataclass(frozen=True, slots=True)
class Distances:
    """Times between the frames of one identifier, in nanoseconds."""

    row: CycleRow
    each: tuple[int, ...]

    @property
    def mean(self) -> float:
        return self.row.mean_ns

    def text(self) -> str:
        """Number, shortest, mean, longest, percentiles and standard deviation, in milliseconds."""
        import numpy as np

        row = self.row
        told = [("min", row.min_ns), ("mean", row.mean_ns), ("max", row.max_ns)]
        told += [(f"p{part}", float(np.percentile(self.each, part))) for part in (1, 5, 95, 99)]
        told.append(("s", row.deviation_ns))
        return f"n {len(self.each)}, " + ", ".join(f"{name} {value / 1e6:.3f} ms" for name, value in told)


def series_of(database: TruckDatabase, records: Iterable[Record]) -> list[Series]:
    """The CAN frames among *records* by identifier."""
    found: dict[tuple[bool, int], list[Record]] = {}
    for record in records:
        if isinstance(record.pdu, Frame):
            found.setdefault((record.pdu.extended, record.pdu.can_id), []).append(record)
    return [Series(can_id, extended, _row(database, can_id, extended), tuple(rows)) for (extended, can_id), rows in sorted(found.items())]


def _row(database: TruckDatabase, can_id: int, extended: bool) -> GroupRow | None:
    if not extended:
        return None
    ident = split_id(can_id)
    return database.row(ident.pgn, ident.source)


def distances_of(series: Series) -> Distances | None:
    """Its distances, ``None`` for fewer than two frames."""
    if len(series.records) < 2:
        return None
    columns = bus_columns(series.records)
    (row,) = cycle_rows(columns)
    return Distances(row, tuple(length_ns for _, length_ns, _ in distances(columns, row)))


def lengths_of(series: Series) -> str:
    """The lengths of its data frames, in words."""
    return " ".join(str(length) for length in sorted({len(data) for data in series.contents}))


def unknown_identifiers(found: Sequence[Series]) -> list[str]:
    """Identifiers that neither the description nor a group that everybody knows explains."""
    return [series.name for series in found if series.row is None and not _is_common(series)]


def _is_common(series: Series) -> bool:
    frame = Frame(series.can_id, extended=series.extended)
    if way_of(frame) is not None:
        return True
    return series.extended and (split_id(series.can_id).pgn in BY_PGN or split_id(series.can_id).pgn in _TRANSPORT)


_TRANSPORT = (0xEC00, 0xEB00)


def unused_bits(series: Series, bit: int = 1) -> str:
    """``all 1`` (or what *bit* is) if all bits that the description leaves out are so, else the first content in which they are not."""
    row = series.row
    if row is None:
        return f"all {bit}"
    for data in series.contents:
        mask = row.reserved & (1 << 8 * len(data)) - 1
        if int.from_bytes(data, "little") & mask != mask * bit:
            return f"not so in {data.hex(' ').upper()}"
    return f"all {bit}"


def bad_counts(series: Series) -> int | None:
    """How often its counter does not go on by one; ``None`` without a counter."""
    signal = series.row.protected("counter") if series.row is not None else None
    if signal is None:
        return None
    modulus = int(signal.maximum) + 1
    counts = [raw_of(signal, data) for data in series.contents]
    return sum(after != (before + 1) % modulus for before, after in pairwise(counts))


def bad_checksums(series: Series) -> int | None:
    """How many of its contents have a wrong checksum; ``None`` without one."""
    signal = series.row.protected(*RULES) if series.row is not None else None
    if series.row is None or signal is None:
        return None
    row, can_id = series.row, series.can_id
    return sum(raw_of(signal, data) != checksum_of(row, can_id, data) for data in series.contents)


def checksum_of(row: GroupRow, can_id: int, data: bytes) -> int | None:
    """What the checksum of *data* should be, ``None`` without one."""
    own, counter = row.protected(*RULES), row.protected("counter")
    if own is None:
        return None
    count = raw_of(counter, data) if counter is not None else 0
    beside = bytes(byte for place, byte in enumerate(data) if place not in _bytes_of(own))
    return RULES[own.protection](can_id, data[:7] if own.protection in ("tsc1", "xbr") else beside, count) & own.mask


def _bytes_of(signal: SignalLayout) -> range:
    return range(signal.start // 8, signal.needs)


def sealed(row: GroupRow, can_id: int, data: bytes, count: int) -> bytes:
    """*data* with this count and the checksum that goes with it."""
    counter, own = row.protected("counter"), row.protected(*RULES)
    if counter is not None:
        data = _put(counter, data, count % (int(counter.maximum) + 1))
    check = checksum_of(row, can_id, data)
    return data if own is None or check is None else _put(own, data, check)


def _put(signal: SignalLayout, data: bytes, raw: int) -> bytes:
    word = int.from_bytes(data, "little") & ~(signal.mask << signal.start) | raw << signal.start
    return word.to_bytes(len(data), "little")


def unworded_values(series: Series) -> list[str]:
    """Values of signals with words that have no word, as ``signal=value``."""
    if series.row is None:
        return []
    found: dict[str, None] = {}
    for signal in series.row.values:
        if not signal.choices:
            continue
        allowed = {raw & signal.mask for raw in signal.choices} | ({signal.mask} if signal.presence is Presence.OPTIONAL else set())
        raws = [raw_of(signal, data) for data in series.contents]
        found |= {f"{signal.name}={raw}": None for raw in raws if raw & signal.mask not in allowed}
    return list(found)


def doubtful_senders(series: Series, most_of_rate: float, share_pct: float) -> str:
    """Why an identifier seems to have two senders; ``one`` if nothing speaks for it.

    *most_of_rate*: so many times its declared rate are too many. *share_pct*: counters or contents of so many of its frames.
    """
    told = distances_of(series)
    if series.row is None or told is None:
        return "one"
    reasons = []
    period_ns = series.row.period_ns
    if period_ns and told.mean * most_of_rate < period_ns:
        reasons.append(f"sent {period_ns / told.mean:.1f} times as often as declared")
    if (gaps := bad_counts(series)) and 100 * gaps > share_pct * len(told.each):
        reasons.append("two counters")
    bare = [_unprotected(series.row, data) for data in series.contents]
    turns = sum(first == third != second for first, second, third in zip(bare, bare[1:], bare[2:], strict=False))
    if 100 * turns > share_pct * len(bare):
        reasons.append("two contents in turn")
    return "; ".join(reasons) or "one"


def _unprotected(row: GroupRow, data: bytes) -> bytes:
    for signal in row.layout.signals:
        if signal.protection:
            data = _put(signal, data.ljust(signal.needs, b"\xff"), 0)
    return data


def most_within(records: Sequence[Record], window_ns: int) -> int:
    """The most frames that ended within any stretch of time of this length."""
    times = [record.t_ns for record in records]
    most = first = 0
    for last, t_ns in enumerate(times):
        while t_ns - times[first] > window_ns:
            first += 1
        most = max(most, last - first + 1)
    return most


def verdicts_of(
    database: TruckDatabase, records: Sequence[Record], most_of_rate: float, share_pct: float, off_pct: float
) -> Mapping[str, str]:
    """What all of this says of *records*, in words that two recordings of one bus share.

    *most_of_rate* and *share_pct* speak for a second sender; *off_pct*: deviation of a mean period.
    """
    found = series_of(database, records)
    off = [each.name for each in found if _is_off(each, off_pct)]
    return {
        "identifiers": " ".join(each.name for each in found),
        "unknown": " ".join(unknown_identifiers(found)) or "none",
        "lengths": " ".join(f"{each.name}={lengths_of(each)}" for each in found),
        "unused bits": " ".join(each.name for each in found if unused_bits(each) != "all 1") or "all 1",
        "periods": " ".join(off) or "kept",
        "counters": " ".join(each.name for each in found if bad_counts(each)) or "right",
        "checksums": " ".join(each.name for each in found if bad_checksums(each)) or "right",
        "values": " ".join(word for each in found for word in unworded_values(each)) or "worded",
        "senders": " ".join(each.name for each in found if doubtful_senders(each, most_of_rate, share_pct) != "one") or "one each",
    }


def _is_off(series: Series, off_pct: float) -> bool:
    told = distances_of(series)
    period_ns = series.row.period_ns if series.row is not None else None
    return bool(told and period_ns and abs(told.mean - period_ns) * 100 > off_pct * period_ns)
