"""What a vehicle knows in a session: what rows of a table read and note."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.protocols.iso15118.envelope import EPOCH_S
from harness.protocols.iso15118.sap import Offer
from harness.protocols.iso15118.vehicle.options import VehicleOptions
from harness.protocols.iso15118.vehicle.plant import VehiclePlant

__all__ = ["NO_SESSION", "Content", "Limits", "State"]

Content = Mapping[str, object]
"""What a message says, as the codec takes and gives it."""

NO_SESSION = bytes(8)
"""Session id of a request for a new session."""


@dataclass(slots=True)
class Limits:
    """What the station can do, as it told last; ``None``: it did not say."""

    max_voltage_v: float | None = None
    min_voltage_v: float | None = None
    max_current_a: float | None = None
    min_current_a: float | None = None
    max_power_w: float | None = None


@dataclass(slots=True)
class State:
    """The vehicle's side of one session, from discovery to the end of the connection."""

    options: VehicleOptions
    plant: VehiclePlant
    now_ns: int = 0
    offers: tuple[Offer, ...] = ()
    """What SupportedAppProtocol offers."""
    session_id: bytes = NO_SESSION
    """The id that the station gave; with ``resumes`` that of the paused session."""
    heard_id: bytes = b""
    """The id in the header of the response that is looked at."""
    resumes: bool = False
    """SessionSetup asks for the paused session."""
    limits: Limits = field(default_factory=Limits)
    schedule: tuple[tuple[int, float], ...] = ()
    """Power that the chosen schedule grants: seconds from ``schedule_ns`` on, and W from then on."""
    schedule_ns: int = 0
    target_v: float = 0.0
    """Voltage asked for in pre-charging and in the energy loop."""
    target_a: float = 0.0
    """Current asked for in the energy loop; kept by the machine."""
    present_v: float = 0.0
    """Voltage as the station told it last."""
    present_a: float = 0.0
    exchange: str = ""
    count: int = 0
    """Requests of the present exchange sent so far, without a break by another one."""
    since_ns: int = 0
    """When the first of them was sent."""
    started_ns: int = 0
    """When energy transfer began."""
    wish: str = ""
    """``stop``, ``pause`` or ``renegotiate``: leave the energy loop in order; empty: go on."""
    why: str = ""
    """Where that wish comes from."""
    stands_by: bool = False
    """No current is asked for in the energy loop (ISO 15118-20)."""
    ending: str = "Terminate"
    """``ChargingSession`` of SessionStopReq."""
    notes: dict[str, object] = field(default_factory=dict)
    """What rows of one protocol tell each other: chosen services, schedules, and the like."""

    @property
    def soc_pct(self) -> int:
        """State of charge as messages carry it."""
        return max(0, min(100, int(self.plant.soc_pct)))

    @property
    def is_full(self) -> bool:
        """The wanted state of charge is reached."""
        return self.plant.soc_pct >= self.options.target_soc_pct

    @property
    def clock_s(self) -> int:
        """Seconds since 1970, as the headers of messages tell them."""
        return EPOCH_S + self.now_ns // 1_000_000_000

    @property
    def granted_w(self) -> float:
        """Power that the schedule grants at present; its last entry holds on."""
        elapsed_s = (self.now_ns - self.schedule_ns) / 1_000_000_000
        granted = [power_w for start_s, power_w in self.schedule if start_s <= elapsed_s]
        return granted[-1] if granted else math.inf

    def matches(self, volts: float) -> bool:
        """Whether *volts* fits the battery, so that the contactor may close."""
        return abs(volts - self.plant.battery_v) <= self.options.match_v

    def is_precharged(self) -> bool:
        """Whether the voltage that the station tells, and that at the inlet where it is measured, fits the battery."""
        inlet_v = self.plant.inlet_v if self.options.measures_inlet else None
        return self.matches(self.present_v) and (inlet_v is None or self.matches(inlet_v))

    def request_stop(self, why: str, wish: str = "stop") -> None:
        """Leave the energy loop in order; a wish to stop outranks the others."""
        if self.wish != "stop":
            self.wish, self.why = wish, why
