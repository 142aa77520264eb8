"""What a vehicle takes of what an ISO 15118-20 station offers: service, parameter set, schedule; and whether the offer fits it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.core.errors import RemoteProtocolError
from harness.protocols.iso15118.rational import number_of
from harness.protocols.iso15118.services import (
    CONNECTOR,
    CONTROL_MODE,
    MOBILITY_NEEDS_MODE,
    ControlMode,
    DcConnector,
    McsConnector,
    MobilityNeedsMode,
    ParameterSet,
    Service,
    parameter_sets,
)

__all__ = ["Offer", "Schedule", "choose_schedule", "choose_service", "choose_set", "offer_of", "services_of", "wanted_services"]

_FITTING: Mapping[int, frozenset[int]] = {
    Service.DC: frozenset((DcConnector.CORE, DcConnector.EXTENDED)),
    Service.DC_BPT: frozenset((DcConnector.CORE, DcConnector.EXTENDED)),
    Service.MCS: frozenset((McsConnector.MCS,)),
    Service.MCS_BPT: frozenset((McsConnector.MCS,)),
}
"""Connectors of a service that fit the inlet of a truck."""


def wanted_services(inlet: str, *, bidirectional: bool, falls_back: bool) -> tuple[Service, ...]:
    """What a truck with an *inlet* (``ccs2`` or ``mcs``) can use, best first; *falls_back*: an MCS truck also takes plain DC."""
    own = (Service.MCS_BPT, Service.MCS) if inlet == "mcs" else (Service.DC_BPT, Service.DC)
    other = (Service.DC_BPT, Service.DC) if inlet == "mcs" and falls_back else ()
    return tuple(one for one in (*own, *other) if bidirectional or not one.is_bidirectional)


def services_of(content: Mapping[str, object]) -> list[int]:
    """Numbers of the energy transfer services of ServiceDiscoveryRes.

    Raises:
        RemoteProtocolError: it has none.
    """
    match content.get("EnergyTransferServiceList"):
        case {"Service": list(services)}:
            return [one["ServiceID"] for one in services]
    raise RemoteProtocolError(f"ServiceDiscoveryRes has no energy transfer services: {content!r}", content)


def choose_service(offered: Sequence[int], wanted: Sequence[Service]) -> Service | None:
    """The best of *wanted* that is offered; ``None`` if none is."""
    return next((service for service in wanted if service in offered), None)


def choose_set(content: Mapping[str, object], service: Service, modes: Sequence[ControlMode]) -> ParameterSet | None:
    """The set of ServiceDetailRes whose connector fits and whose control mode stands first in *modes*; ``None`` if none is usable."""
    sets = [one for one in parameter_sets(content.get("ServiceParameterList")) if _is_usable(one, service)]
    for mode in modes:
        for one in sets:
            if one.whole(CONTROL_MODE) == mode:
                return one
    return None


def _is_usable(one: ParameterSet, service: Service) -> bool:
    needs = one.whole(MOBILITY_NEEDS_MODE)
    return one.whole(CONNECTOR) in _FITTING.get(service, ()) and needs in (None, MobilityNeedsMode.BY_EVCC)


@dataclass(frozen=True, slots=True)
class Offer:
    """The limits that a station told, charging positive."""

    max_power_w: float
    max_current_a: float
    min_current_a: float
    max_voltage_v: float
    min_voltage_v: float
    is_bidirectional: bool

    def fits(self, battery_v: float, least_a: float) -> bool:
        """Whether a battery at *battery_v* that needs at least *least_a* can be charged there."""
        return self.min_voltage_v <= battery_v <= self.max_voltage_v and self.max_current_a >= least_a and self.max_power_w > 0


def offer_of(content: Mapping[str, object]) -> Offer:
    """The limits of DC_ChargeParameterDiscoveryRes.

    Raises:
        RemoteProtocolError: it tells none.
    """
    for prefix in ("BPT_", ""):
        limits = content.get(f"{prefix}DC_CPDResEnergyTransferMode")
        if isinstance(limits, Mapping):
            return Offer(
                number_of(limits.get("EVSEMaximumChargePower")),
                number_of(limits.get("EVSEMaximumChargeCurrent")),
                number_of(limits.get("EVSEMinimumChargeCurrent")),
                number_of(limits.get("EVSEMaximumVoltage")),
                number_of(limits.get("EVSEMinimumVoltage")),
                bool(prefix),
            )
    raise RemoteProtocolError(f"DC_ChargeParameterDiscoveryRes tells no limits of a DC service: {content!r}", content)


@dataclass(frozen=True, slots=True)
class Schedule:
    """One schedule that a station offered."""

    number: int
    stretches: tuple[tuple[int, float], ...]
    """Seconds and W."""

    def steps(self) -> Iterator[tuple[int, float]]:
        """When each stretch begins, in seconds from the beginning, and its power."""
        start_s = 0
        for duration_s, power_w in self.stretches:
            yield start_s, power_w
            start_s += duration_s


def choose_schedule(content: Mapping[str, object]) -> Schedule | None:
    """The first schedule of ScheduleExchangeRes; ``None`` in dynamic mode.

    Raises:
        RemoteProtocolError: scheduled mode without a schedule.
    """
    match content:
        case {"Dynamic_SEResControlMode": _}:
            return None
        case {"Scheduled_SEResControlMode": {"ScheduleTuple": [{"ScheduleTupleID": int(number), "ChargingSchedule": schedule}, *_]}}:
            return Schedule(number, _stretches(schedule))
    raise RemoteProtocolError(f"ScheduleExchangeRes holds no schedule: {content!r}", content)


def _stretches(schedule: object) -> tuple[tuple[int, float], ...]:
    match schedule:
        case {"PowerSchedule": {"PowerScheduleEntries": {"PowerScheduleEntry": list(entries)}}}:
            return tuple((entry["Duration"], number_of(entry["Power"])) for entry in entries)
    raise RemoteProtocolError(f"{schedule!r} is no charging schedule", schedule)
