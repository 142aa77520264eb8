"""A message that the unit under test needs, sent by the tester in the place of another controller."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.case import CaseBench, Sut
from harness.core import Frame, Inconclusive, Message, Reason, Record
from harness.protocols.j1939.trouble import read_troubles
from harness.protocols.vehicle.database import GroupRow, raw_of
from harness.protocols.vehicle.traffic import sealed

from .bus import Bus

__all__ = ["Input"]


class Input:
    """The input, and what comes of it on the bus."""

    def __init__(self, bench: CaseBench, truck: Sut, tester: Any, bus: Bus) -> None:
        self._bench, self._truck, self._tester, self._bus = bench, truck, tester, bus
        name = str(truck.pixit("input_message"))
        self.row: GroupRow = next(row for row in bus.database.rows if row.name == name)
        self.can_id = self.row.layout.can_id
        self.period_ns = round(float(truck.pixit("input_period_ms")) * 1_000_000)
        self.data = bytes.fromhex(str(truck.pixit("input_data")))
        self.other = bytes.fromhex(str(truck.pixit("input_other")))
        """Content with another demand."""
        self.count = 0
        """Of the last right message."""

    def good(self, data: bytes | None = None) -> Frame:
        """The next right message."""
        self.count += 1
        return Frame(self.can_id, sealed(self.row, self.can_id, self.data if data is None else data, self.count))

    def begin(self, make: Callable[[int], Frame | None] | None = None, every_ns: int | None = None) -> int:
        """Send the right message at its period, or what *make* gives, in the place of what was sent so far; the instant."""
        self._tester.stop_streams()
        self._tester.repeat(make or (lambda number: self.good()), every_ns or self.period_ns)
        return self._bench.now_ns

    def end(self) -> None:
        """Send nothing any more."""
        self._tester.stop_streams()

    def sent(self, since_ns: int, at_least: int) -> list[Record]:
        """Messages of the tester since then.

        Raises:
            Inconclusive: there were fewer (reason PRECONDITION).
        """
        found = [record for record in self._bench.frames(self.can_id, since=since_ns) if record.direction.value == "tx"]
        if len(found) < at_least:
            raise Inconclusive(Reason.PRECONDITION, f"the tester sent {len(found)} of its messages, expected at least {at_least}")
        return found

    def obeyed(self) -> None:
        """Send right messages until the unit does what they say.

        Raises:
            Inconclusive: it does not (reason PRECONDITION).
        """
        since_ns = self.begin()
        self._bench.run_for(self._truck.limit("can.input").nominal_ns)
        self.sent(since_ns, 1)
        told = self.told("actuation_signal", since_ns)
        if not told or told[-1][1] != self.demand(self.data):
            raise Inconclusive(Reason.PRECONDITION, "the unit does not do what the message of the tester says")

    def demand(self, data: bytes) -> int:
        """What *data* asks for, raw."""
        _, signal = self._bus.database.signal(str(self._truck.pixit("input_signal")))
        return raw_of(signal, data)

    def told(self, key: str, since_ns: int) -> list[tuple[Record, int]]:
        """Raw values of the output that the PIXIT value *key* names, since then."""
        row, signal = self._bus.database.signal(str(self._truck.pixit(key)).partition("=")[0])
        records = self._bench.frames(row.layout.can_id, since=since_ns)
        return [(record, raw_of(signal, record.pdu.data)) for record in records if isinstance(record.pdu, Frame)]

    def fallback_value(self) -> int:
        """Value of the declared fallback."""
        return int(str(self._truck.pixit("fallback_signal")).partition("=")[2])

    def names(self, message: Message, which: str) -> bool:
        """Whether a DM1 of the unit names the trouble that is declared for *which* (``missing``, ``wrong``)."""
        if message["source"] != self._bus.address:
            return False
        spn, fmi = (int(part) for part in str(self._truck.pixit(f"{which}_input_trouble")).split("/"))
        return any((dtc.spn, dtc.fmi) == (spn, fmi) for dtc in read_troubles(message.data).dtcs)
