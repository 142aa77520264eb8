"""What the station knows of the session under way, and what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from harness.protocols.iso15118.pilot import CpState
from harness.protocols.iso15118.station.options import StationOptions
from harness.protocols.iso15118.station.output import OutputStage

__all__ = ["PilotView", "Schedule", "StationState", "Told"]


class PilotView(Protocol):
    """What the station sees of the vehicle on the control pilot."""

    @property
    def state(self) -> CpState | None:
        """State by the measured level, ``None`` between two of them."""
        ...


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule that the station offers."""

    number: int
    entries: tuple[tuple[int, float], ...]
    """Seconds from now and the power from then on, in W."""
    duration_s: int = 86_400
    tariff: Mapping[str, object] | None = None
    """``SalesTariff`` of DIN and ISO 15118-2, as it stands in the message."""


@dataclass(slots=True)
class Told:
    """What the station says of itself in one response."""

    voltage_v: float
    current_a: float
    max_voltage_v: float
    max_current_a: float
    max_power_w: float
    schedules: tuple[Schedule, ...]
    processing: str = ""
    """``Ongoing`` or ``Finished`` in the place of what is so."""
    notification: str = "None"
    """``StopCharging`` or ``ReNegotiation``, in the words of ISO 15118-2."""
    notification_delay_s: int = 0
    status: str = ""
    """``EVSEStatusCode`` in the place of what is so."""
    isolation: str = ""
    """``EVSEIsolationStatus`` in the place of what is so."""
    energy_services: tuple[int, ...] = ()
    """Services of ISO 15118-20 in the place of the station's own."""
    energy_modes: tuple[str, ...] = ("DC_extended",)
    """Energy transfer modes of DIN and ISO 15118-2."""
    payment: tuple[str, ...] = ("ExternalPayment",)
    added: tuple[Mapping[str, object], ...] = ()
    """Value-added services, as they stand in the message."""
    extra: dict[str, object] = field(default_factory=dict)
    """For what only one protocol can say."""


@dataclass(slots=True)
class StationState:
    """The session under way, as the rows of the tables see it."""

    options: StationOptions
    output: OutputStage
    pilot: PilotView | None = None
    """``None`` where the station has no pilot line."""
    session_id: bytes = bytes(8)
    """All zero before SessionSetup."""
    paused_id: bytes = b""
    """Of the session that may be joined again."""
    vehicle_max_v: float = 0.0
    """Highest voltage that the vehicle bears, 0 before it told."""
    is_charging: bool = False
    """Between the start and the stop of PowerDelivery."""
    is_isolated: bool = False
    """The insulation test has been passed."""
    memory: dict[str, object] = field(default_factory=dict)
    """What the rows of one protocol want to remember of the session."""

    @property
    def is_vehicle_ready(self) -> bool | None:
        """Whether the vehicle presents C or D; ``None`` if no line tells."""
        if self.pilot is None:
            return None
        return self.pilot.state in (CpState.C, CpState.D)

    def offers(self) -> Sequence[Schedule]:
        """The station's own schedules: all it has, for a day."""
        return (Schedule(1, ((0, self.options.max_power_w),)),)
