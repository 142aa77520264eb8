"""What the control units of one truck share: the truck itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

__all__ = ["Pack", "TruckState"]


class Pack(Protocol):
    """The traction battery as the network tells of it."""

    @property
    def voltage_v(self) -> float: ...

    @property
    def discharge_a(self) -> float: ...

    @property
    def soc_pct(self) -> float: ...


@dataclass(frozen=True, slots=True)
class RestingPack:
    """A pack that nobody charges or uses."""

    voltage_v: float = 650.0
    discharge_a: float = 0.0
    soc_pct: float = 56.0


@dataclass(slots=True)
class TruckState:
    """The truck as its control units see it. Lines of the bench change it, control units read it."""

    vin: str = "0PRECERT6TK000001"
    is_supplied: bool = True
    """Terminal 30."""
    speed_kmh: float = 0.0
    is_charging: bool = False
    """Plugged in, and taking energy."""
    demand: int | None = None
    """Deceleration that the brake controller asks for, as its message has it; ``None``: none is known."""
    is_limp: bool = False
    """The VCU falls back on what is safe without the brake controller."""
    pack: Pack = RestingPack()
    cell_hottest_degc: float = 31.0
    cell_coldest_degc: float = 28.0
    charge_kw: float = 240.0
    """Available for charging."""
    discharge_kw: float = 360.0
    ambient_degc: float = 18.0
    distance_km: float = 12_345.0
    is_braking: bool = False
    external_until_ns: int = 0
    """Until when a torque request of somebody else is obeyed."""

    @property
    def gear(self) -> int:
        """0 at a standstill."""
        return 1 if self.speed_kmh else 0
