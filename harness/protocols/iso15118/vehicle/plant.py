"""What a vehicle's machine sees of the truck around it, and what it commands."""

from __future__ import annotations

from typing import Protocol

__all__ = ["VehiclePlant"]


class VehiclePlant(Protocol):
    """Inlet, contactor and battery. Values are those of the last ``advance``; charging current is positive."""

    @property
    def revision(self) -> int:
        """Counts the changes that the machine must look at: plug, data link, pilot, user, contactor, too much voltage."""
        ...

    @property
    def is_plugged(self) -> bool: ...

    @property
    def link_is_up(self) -> bool:
        """Datagrams reach the station."""
        ...

    @property
    def pilot_is_good(self) -> bool:
        """The station offers digital communication, by the pilot or by what stands in for it."""
        ...

    @property
    def signal(self) -> str:
        """What the pilot signal says, as a word."""
        ...

    @property
    def fault(self) -> str:
        """Why the session must be left at once (plug about to be pulled, too much voltage); empty for no reason."""
        ...

    @property
    def inlet_v(self) -> float | None:
        """Voltage at the inlet; ``None`` where nothing measures it."""
        ...

    @property
    def battery_v(self) -> float: ...

    @property
    def current_a(self) -> float: ...

    @property
    def soc_pct(self) -> float: ...

    @property
    def headroom_a(self) -> float:
        """Current at which the battery reaches its highest voltage."""
        ...

    @property
    def contactor_closed(self) -> bool: ...

    @property
    def stop_wanted(self) -> bool:
        """The user wants to end charging."""
        ...

    @property
    def pause_wanted(self) -> bool: ...

    def advance(self, now_ns: int) -> None:
        """Let time pass."""
        ...

    def present(self, now_ns: int, state: str) -> None:
        """Load the pilot as in B or C."""
        ...

    def close_contactor(self, now_ns: int) -> None: ...

    def open_contactor(self, now_ns: int) -> None: ...

    def next_change_ns(self) -> int | None:
        """When something of it will change by itself."""
        ...

    def asks(self, now_ns: int, current_a: float) -> None:
        """The current that the machine asks the station for; without a line that measures, it is taken for the one that flows."""
        ...

    def plug_in(self, now_ns: int, plugged: bool) -> None:
        """Where the vehicle is the tester, it is the one who plugs in."""
        ...
