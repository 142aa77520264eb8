"""What a vehicle machine needs of the truck around it: battery, contactors, inlet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

__all__ = ["CellReadings", "VehiclePlant"]


class CellReadings(Protocol):
    """Cells and temperature points of a battery. Numbers of cells and points count from 1."""

    @property
    def max_cell_voltage_v(self) -> float: ...
    @property
    def max_cell(self) -> int: ...
    @property
    def min_cell_voltage_v(self) -> float: ...
    @property
    def max_temp_degc(self) -> int: ...
    @property
    def max_temp_point(self) -> int: ...
    @property
    def min_temp_degc(self) -> int: ...
    @property
    def min_temp_point(self) -> int: ...
    def cell_voltages_v(self) -> Sequence[float]:
        """Voltage of every cell."""
        ...

    def temps_degc(self) -> Sequence[int]:
        """Temperature of every measuring point."""
        ...


class VehiclePlant(Protocol):
    """The truck behind the BMS. Currents count into the pack positive.

    ``revision`` grows with every change that comes from outside of the machine (plug, measured current);
    ``changed_ns`` is the instant of the last one, so that the machine can ask to be called.
    """

    revision: int
    changed_ns: int

    @property
    def is_awake(self) -> bool:
        """Plugged (and supplied, if the truck needs the auxiliary supply): the BMS runs."""
        ...

    @property
    def wakes(self) -> int:
        """How many times the BMS was woken; a new number is a new session."""
        ...

    @property
    def cells(self) -> CellReadings: ...

    @property
    def soc_pct(self) -> float: ...

    @property
    def current_a(self) -> float:
        """Measured at the inlet."""
        ...

    @property
    def voltage_v(self) -> float:
        """Measured charging voltage: the pack's terminals while the contactors are closed."""
        ...

    @property
    def pack_voltage_v(self) -> float:
        """The pack's own terminals, whatever the contactors do."""
        ...

    @property
    def headroom_a(self) -> float:
        """Current at which the pack would reach its highest permitted voltage."""
        ...

    @property
    def share_a(self) -> float:
        """Current that this inlet may draw beside the others; infinite where it is the only one."""
        ...

    @property
    def swaps(self) -> int:
        """How many times the pack was exchanged for another one."""
        ...

    @property
    def driver_target_pct(self) -> float:
        """State of charge at which the driver wants charging to end; 100 if he has no wish."""
        ...

    @property
    def pause_wanted(self) -> bool:
        """The vehicle wants charging to pause."""
        ...

    @property
    def contactors_closed(self) -> bool:
        """Feedback of K5 and K6."""
        ...

    def advance(self, now_ns: int) -> None:
        """Let time pass in the battery."""
        ...

    def asks(self, now_ns: int, wish_a: float) -> None:
        """A demand leaves now and would be *wish_a* if this inlet were the only one; ``share_a`` answers."""
        ...

    def close_contactors(self, now_ns: int) -> None:
        """Command K5 and K6; their feedback follows after the operating time."""
        ...

    def open_contactors(self, now_ns: int) -> None: ...

    def charger_reports(self, now_ns: int, voltage_v: float, current_a: float) -> None:
        """What CCS says; the measurement of a truck without pilot link."""
        ...

    def take_time(self, now_ns: int, time_s: int) -> None:
        """The charger told the time, in seconds of ``clock.EPOCH``."""
        ...

    def charger_silent(self, now_ns: int) -> None:
        """No CCS is to be expected any more and nothing is demanded; a truck without pilot link takes the current for gone."""
        ...
