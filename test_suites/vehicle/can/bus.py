"""The bus of a truck as its cases see it: its states, its frames, what the description of the laboratory says of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from harness.case import CaseBench, Sut
from harness.core import Direction, Frame, Inconclusive, Limit, Reason, Record
from harness.protocols.vehicle.database import TruckDatabase, find_database
from harness.protocols.vehicle.traffic import Distances, Series, series_of

__all__ = ["Bus"]


class Bus:
    """Ways to a state of the truck, and what was on its bus."""

    def __init__(self, bench: CaseBench, truck: Sut) -> None:
        self._bench, self._truck = bench, truck
        self.address = int(truck.pixit("unit_address"))
        self.database: TruckDatabase = find_database(str(truck.pixit("database")))
        self.means = bench.can("tester")

    def declared(self, key: str, unit: str, ref: str) -> Limit:
        """The PIXIT value *key* as an upper bound that the maker declares; the profile has no row for it."""
        bound = Decimal(str(self._truck.pixit(key)))
        return Limit(f"pixit.{key}", unit, None, None, bound, "PIXIT", ref, "high", f"declared by the maker, PIXIT {key}")

    # States of the truck

    def running(self) -> int:
        """The truck sends; the instant from which on it is watched.

        Raises:
            Inconclusive: it does not (reason PRECONDITION).
        """
        limit, until_ns = self._truck.limit("approach.running"), self._bench.now_ns + self._truck.limit("approach.running").upper_ns
        while self._bench.now_ns < until_ns:
            self._bench.run_for(limit.upper_ns // 10)
        self.require(0)
        return self._bench.now_ns

    def require(self, since_ns: int) -> None:
        """The truck has sent something since then.

        Raises:
            Inconclusive: it has not (reason PRECONDITION).
        """
        if not self.frames(since_ns):
            raise Inconclusive(Reason.PRECONDITION, "nothing was on the bus from the truck")

    def power(self, on: bool) -> int:
        """Terminal 30; the instant."""
        return self._line("kl30", float(on), "power", on)

    def key(self, on: bool) -> int:
        """Terminal 15; the instant."""
        return self._line("kl15", float(on), "turn_key", on)

    def charge(self, on: bool) -> int:
        """Into the state in which the truck charges, or out of it; the instant."""
        return self._line("plug", float(on), "plug_in", on)

    def drive(self, speed_kmh: float) -> int:
        """Simulated speed; the instant."""
        return self._line("speed_kmh", speed_kmh, "drive", speed_kmh)

    def _line(self, line: str, level: float, order: str, value: float) -> int:
        supply: Any = self._bench.control("tester", 1)
        getattr(supply, order)(value)
        changed_ns = self._bench.wait_level(line, level, within=self._truck.limit("stimulus.off"))
        if changed_ns is None:
            raise Inconclusive(Reason.PRECONDITION, f"the line '{line}' was not brought to {level:g}")
        return changed_ns - 1

    def watch(self, *, since_ns: int | None = None) -> list[Series]:
        """Watch the bus for the time of the profile, at rest, driving, and charging where that is declared; what was on it."""
        start_ns = self.running() if since_ns is None else since_ns
        speed = float(self._truck.limit("can.speed").value or 0)
        states = [(self.drive, 0.0), (self.drive, speed), (self.drive, 2 * speed), (self.drive, 0.0)]
        part_ns = self._truck.limit("can.watch").nominal_ns // (len(states) + 1)
        for state, value in states:
            state(value)
            self._bench.run_for(part_ns)
        if self._truck.pics("B.CHARGE"):
            self.charge(True)
        self._bench.run_for(part_ns)
        self.require(start_ns)
        return self.series(start_ns)

    # What was on the bus

    def frames(self, since_ns: int, until_ns: int | None = None) -> list[Record]:
        """Frames of the truck."""
        return [
            record
            for record in self._bench.records(since=since_ns)
            if record.direction is Direction.RX and isinstance(record.pdu, Frame) and (until_ns is None or record.t_ns <= until_ns)
        ]

    def own(self, since_ns: int) -> list[Record]:
        """Frames of the unit under test."""
        return [record for record in self.frames(since_ns) if self.is_own(record.pdu)]

    def is_own(self, frame: object) -> bool:
        """Whether a frame has the address of the unit under test."""
        return isinstance(frame, Frame) and frame.extended and frame.can_id & 0xFF == self.address

    def series(self, since_ns: int, until_ns: int | None = None) -> list[Series]:
        """Frames of the truck by identifier."""
        return series_of(self.database, self.frames(since_ns, until_ns))

    def cyclic(self, found: list[Series]) -> list[Series]:
        """Those with a declared period, those that were not seen included.

        Raises:
            Inconclusive: there is none (reason PRECONDITION).
        """
        cyclic = [each for each in found if each.row is not None and each.row.period_ns]
        if not cyclic:
            raise Inconclusive(Reason.PRECONDITION, "no message with a declared period was seen")
        return cyclic

    def cyclic_of_unit(self, since_ns: int) -> list[Series]:
        """The unit's own frames with a declared period, by identifier."""
        return [each for each in self.series(since_ns) if each.row is not None and each.row.source == self.address and each.row.period_ns]

    def off_period(self, told: Distances | None, period_ns: int) -> float:
        """By how much the mean of distances is off a period, in percent; all of it without a distance."""
        return 100.0 if told is None else round(100 * abs(told.mean - period_ns) / period_ns, 3)

    def missing(self, found: list[Series]) -> str:
        """Names of declared cyclic messages of which nothing was seen."""
        seen = {each.name for each in found}
        return " ".join(row.name for row in self.database.rows if row.period_ns and row.name not in seen) or "none"

    @property
    def rates_bps(self) -> tuple[int, int]:
        """Nominal and data bit rate.

        Raises:
            Inconclusive: neither rig nor port tells (reason NO_LINE).
        """
        rates = self.means.bitrates_bps
        if rates is None:
            raise Inconclusive(Reason.NO_LINE, "neither the rig nor its port tells the bit rate")
        return rates
