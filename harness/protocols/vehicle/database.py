"""What a laboratory's DBC says about the cyclic groups of a truck: by group and source address, with priority, period and signals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from harness.core import ConfigError, Problem, did_you_mean, ms, resource
from harness.protocols.dbc.layout import MessageLayout, Presence, SignalLayout, read_layouts
from harness.protocols.j1939.ids import NULL, split_id

__all__ = ["GroupRow", "TruckDatabase", "find_database", "raw_of"]


@dataclass(frozen=True)
class GroupRow:
    """One group of one controller."""

    layout: MessageLayout
    pgn: int
    source: int | None
    """``None``: of any controller."""
    priority: int

    @property
    def name(self) -> str:
        """As the DBC calls it."""
        return self.layout.name

    @property
    def period_ns(self) -> int | None:
        """``None`` for a group that is not cyclic."""
        return ms(self.layout.cycle_ms) if self.layout.cycle_ms else None

    @property
    def values(self) -> Sequence[SignalLayout]:
        """Its signals without reserved bits; none if they cannot be read (multiplexed, big-endian, floating-point)."""
        return [] if self.layout.unsupported else self.told

    @property
    def told(self) -> Sequence[SignalLayout]:
        """The same, whether they can be read or not."""
        return [signal for signal in self.layout.signals if signal.presence is not Presence.RESERVED]

    @cached_property
    def reserved(self) -> int:
        """Bits that no signal has, or a reserved one, of the message as a little-endian number; none if no signal can be read."""
        if self.layout.unsupported or not self.layout.signals:
            return 0
        used = sum(signal.mask << signal.start for signal in self.values)
        return (1 << 8 * self.layout.length) - 1 & ~used

    def protected(self, *kinds: str) -> SignalLayout | None:
        """The signal that is a counter or a checksum of one of *kinds*."""
        return next((signal for signal in self.layout.signals if signal.protection in kinds and not self.layout.unsupported), None)


class TruckDatabase:
    """The groups of one DBC."""

    def __init__(self, layouts: Sequence[MessageLayout]) -> None:
        self.rows = [_row(layout) for layout in layouts]

    def row(self, pgn: object, source: object) -> GroupRow | None:
        """The group *pgn* of the controller at *source*."""
        return next((row for row in self.rows if row.pgn == pgn and row.source in (None, source)), None)

    def of(self, source: int) -> Sequence[GroupRow]:
        """The groups of one controller, those of any controller left out."""
        return [row for row in self.rows if row.source == source]

    def signal(self, name: str) -> tuple[GroupRow, SignalLayout]:
        """The signal ``Message.signal``.

        Raises:
            ConfigError: the DBC has none of that name, or it cannot be read.
        """
        for row in self.rows:
            for signal in row.layout.signals:
                if f"{row.name}.{signal.name}" != name:
                    continue
                if row.layout.unsupported:
                    raise ConfigError(Problem(f"signal '{name}' of the DBC of the truck cannot be read: {row.layout.unsupported}"))
                return row, signal
        known = [f"{row.name}.{signal.name}" for row in self.rows for signal in row.layout.signals]
        raise ConfigError(Problem(f"the DBC of the truck has no signal '{name}'{did_you_mean(name, known)}"))

    def spn(self, number: int) -> tuple[GroupRow, SignalLayout] | None:
        """The signal with that SPN."""
        return next(((row, signal) for row in self.rows for signal in row.told if signal.spn == number), None)


def raw_of(signal: SignalLayout, data: bytes) -> int:
    """The number that the bits of *signal* in *data* stand for, those beyond its end as ones."""
    filled = data.ljust(signal.needs, b"\xff")
    bits = int.from_bytes(filled, "little") >> signal.start & signal.mask
    return bits - (1 << signal.size) if bits > signal.raw_range[1] else bits


@cache
def find_database(name: str) -> TruckDatabase:
    """The DBC of that path, or the shipped one of that name (``truck-network``).

    Raises:
        ConfigError: there is none, or it cannot be read.
    """
    file = Path(name)
    if file.suffix != ".dbc":
        try:
            file = resource("dbc", name, f"{name}.dbc")
        except FileNotFoundError:
            raise ConfigError(Problem(f"there is no DBC '{name}': give the path of a .dbc file, or the name of a shipped one")) from None
    return TruckDatabase(list(read_layouts(file).values()))


def _row(layout: MessageLayout) -> GroupRow:
    ident = split_id(layout.can_id)
    return GroupRow(layout, ident.pgn, None if ident.source == NULL else ident.source, ident.priority)
