"""What the machines of the swap truck see of the truck around them, and what they do to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

__all__ = ["Sensors", "VehiclePlant"]


@dataclass(frozen=True, slots=True)
class Sensors:
    """All inputs at one instant."""

    key: int = 0
    """0 off, 1 on, 2 ready."""
    brake: bool = True
    gear: str = "park"
    speed_kmh: float = 0.0
    pedal_pct: float = 0.0
    plugged: bool = False
    """A charging cable is plugged."""
    present: bool = False
    seated: bool = False
    mated: bool = False
    """The electrical connector of the pack."""
    cooled: bool = False
    """Its coolant coupler."""
    interlock: bool = False
    """The loop is closed."""
    link_v: float = 0.0
    points: tuple[str, ...] = ()
    """Feedback of the fitted lock points: ``locked``, ``unlocked``, ``intermediate``."""


class VehiclePlant(Protocol):
    """The truck around its controllers."""

    @property
    def sensors(self) -> Sensors:
        """What the inputs say now."""
        ...

    def move_lock(self, now_ns: int, way: str) -> None:
        """``unlock``, ``lock`` or ``hold``."""
        ...

    def request_hv(self, now_ns: int, stage: int) -> None:
        """Order to the contactors of the pack: 0 open, 1 precharge, 2 main."""
        ...

    def discharge(self, now_ns: int, on: bool) -> None:
        """Discharge the link through the resistor."""
        ...

    def drive(self, now_ns: int, torque_nm: float, draw_a: float) -> None:
        """Torque at the wheels, and the current that it takes."""
        ...

    def run_pump(self, now_ns: int, on: bool) -> None:
        """Pump of the coolant."""
        ...

    def monitor(self, now_ns: int, on: bool) -> None:
        """The truck's own insulation monitor."""
        ...

    def trouble(self, now_ns: int, word: str, present: bool) -> None:
        """Something is wrong, or right again (a word of ``TROUBLES``)."""
        ...
