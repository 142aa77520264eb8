"""What the responses of ISO 15118-20 say in a DC or MCS session: contents without header and response code, from plain quantities.

The response code is the engine's: it stands in front of what these functions give. Charging counts positive.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.protocols.iso15118.rational import rational
from harness.protocols.iso15118.services import (
    BPT_CHANNEL,
    CONNECTOR,
    CONTROL_MODE,
    GENERATOR_MODE,
    MOBILITY_NEEDS_MODE,
    NOMINAL_VOLTAGE,
    PRICING,
    BptChannel,
    ControlMode,
    DcConnector,
    McsConnector,
    MobilityNeedsMode,
    ParameterSet,
    Pricing,
    Service,
    set_content,
)

__all__ = [
    "Output",
    "Reading",
    "Supply",
    "authorization",
    "authorization_setup",
    "cable_check",
    "charge_loop",
    "charge_parameters",
    "default_sets",
    "dynamic_schedule",
    "evse_status",
    "meter_info",
    "present_voltage",
    "scheduled",
    "service_detail",
    "service_discovery",
    "session_setup",
]

Content = dict[str, object]

_GRID_FORMING_OFF = 1
"""``GeneratorMode``: the station follows the grid."""


@dataclass(frozen=True, slots=True)
class Supply:
    """Between which limits the station delivers; the last three only of a bidirectional one."""

    max_power_w: float
    min_power_w: float
    max_current_a: float
    min_current_a: float
    max_voltage_v: float
    min_voltage_v: float
    ramp_w_per_s: float | None = None
    discharge_power_w: float = 0.0
    discharge_current_a: float = 0.0


@dataclass(frozen=True, slots=True)
class Output:
    """What is measured at the output, and which limit holds it down."""

    voltage_v: float
    current_a: float
    power_limited: bool = False
    current_limited: bool = False
    voltage_limited: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """Of the energy meter."""

    meter: str
    charged_wh: int
    discharged_wh: int | None = None


def session_setup(evse_id: str) -> Content:
    """Who the station is."""
    return {"EVSEID": evse_id}


def authorization_setup() -> Content:
    """External identification only."""
    return {"AuthorizationServices": ["EIM"], "CertificateInstallationService": False, "EIM_ASResAuthorizationMode": {}}


def authorization(processing: str) -> Content:
    """Whether the driver was identified."""
    return {"EVSEProcessing": processing}


def service_discovery(services: Iterable[int], *, renegotiation: bool, extra: Iterable[int] = ()) -> Content:
    """The services for energy transfer; *extra* are value-added ones."""
    content: Content = {"ServiceRenegotiationSupported": renegotiation, "EnergyTransferServiceList": _list(services)}
    others = list(extra)
    return {**content, "VASList": _list(others)} if others else content


def _list(services: Iterable[int]) -> Content:
    return {"Service": [{"ServiceID": int(number), "FreeService": False} for number in services]}


def default_sets(
    service: int, modes: Sequence[ControlMode] = (ControlMode.SCHEDULED, ControlMode.DYNAMIC), *, connector: int | None = None, volts: int
) -> list[ParameterSet]:
    """One set for each control mode of *service*; a service without any of its own (value-added ones) has one that names nothing."""
    known = set(Service)
    if service not in known or service in (Service.INTERNET, Service.PARKING_STATUS):
        return [ParameterSet(1, {"Name": str(service)})]
    own = Service(service)
    plug = connector if connector is not None else McsConnector.MCS if own.is_mcs else DcConnector.EXTENDED
    both = {BPT_CHANNEL: int(BptChannel.UNIFIED), GENERATOR_MODE: _GRID_FORMING_OFF} if own.is_bidirectional else {}
    return [
        ParameterSet(
            number,
            {
                CONNECTOR: int(plug),
                CONTROL_MODE: int(mode),
                NOMINAL_VOLTAGE: volts,
                MOBILITY_NEEDS_MODE: int(MobilityNeedsMode.BY_EVCC),
                PRICING: int(Pricing.NONE),
                **both,
            },
        )
        for number, mode in enumerate(modes, 1)
    ]


def service_detail(service: int, sets: Iterable[ParameterSet]) -> Content:
    """How *service* is offered."""
    return {"ServiceID": int(service), "ServiceParameterList": set_content(sets)}


def charge_parameters(supply: Supply, *, bidirectional: bool) -> Content:
    """The limits of the station."""
    content: Content = {
        "EVSEMaximumChargePower": rational(supply.max_power_w),
        "EVSEMinimumChargePower": rational(supply.min_power_w),
        "EVSEMaximumChargeCurrent": rational(supply.max_current_a),
        "EVSEMinimumChargeCurrent": rational(supply.min_current_a),
        "EVSEMaximumVoltage": rational(supply.max_voltage_v),
        "EVSEMinimumVoltage": rational(supply.min_voltage_v),
    }
    if supply.ramp_w_per_s is not None:
        content["EVSEPowerRampLimitation"] = rational(supply.ramp_w_per_s)
    if not bidirectional:
        return {"DC_CPDResEnergyTransferMode": content}
    back = {
        "EVSEMaximumDischargePower": rational(supply.discharge_power_w),
        "EVSEMinimumDischargePower": rational(0),
        "EVSEMaximumDischargeCurrent": rational(supply.discharge_current_a),
        "EVSEMinimumDischargeCurrent": rational(0),
    }
    return {"BPT_DC_CPDResEnergyTransferMode": {**content, **back}}


def dynamic_schedule(processing: str) -> Content:
    """Nothing planned: in dynamic mode the station steers as it goes."""
    return {"EVSEProcessing": processing, "Dynamic_SEResControlMode": {}}


def scheduled(
    processing: str,
    schedules: Sequence[Sequence[tuple[int, float]]],
    *,
    anchor_s: int = 0,
    discharge_w: float | None = None,
    price_levels: bool = False,
) -> Content:
    """*schedules* in their order, numbered from 1: stretches of seconds with W. *discharge_w* adds one for the way back.

    With *price_levels* each has prices, too: one level for the whole time.
    """
    tuples = []
    for number, stretches in enumerate(schedules, 1):
        charging = {**_schedule(stretches, anchor_s), **(_price_levels(number, stretches, anchor_s) if price_levels else {})}
        one: Content = {"ScheduleTupleID": number, "ChargingSchedule": charging}
        if discharge_w is not None:
            one["DischargingSchedule"] = _schedule([(duration, -discharge_w) for duration, _ in stretches], anchor_s)
        tuples.append(one)
    return {"EVSEProcessing": processing, "Scheduled_SEResControlMode": {"ScheduleTuple": tuples}}


def _schedule(stretches: Sequence[tuple[int, float]], anchor_s: int) -> Content:
    entries = [{"Duration": duration, "Power": rational(power, decimals=0)} for duration, power in stretches]
    return {"PowerSchedule": {"TimeAnchor": anchor_s, "PowerScheduleEntries": {"PowerScheduleEntry": entries}}}


def _price_levels(number: int, stretches: Sequence[tuple[int, float]], anchor_s: int) -> Content:
    entries = [{"Duration": sum(duration for duration, _ in stretches), "PriceLevel": 0}]
    levels = {"TimeAnchor": anchor_s, "PriceScheduleID": number, "NumberOfPriceLevels": 0}
    return {"PriceLevelSchedule": {**levels, "PriceLevelScheduleEntries": {"PriceLevelScheduleEntry": entries}}}


def cable_check(processing: str) -> Content:
    """Whether the insulation was measured."""
    return {"EVSEProcessing": processing}


def present_voltage(voltage_v: float) -> Content:
    """DC_PreChargeRes and DC_WeldingDetectionRes: the voltage at the output."""
    return {"EVSEPresentVoltage": rational(voltage_v)}


def evse_status(notification: str, max_delay_s: int = 0) -> Content:
    """What the station asks of the vehicle."""
    return {"EVSEStatus": {"NotificationMaxDelay": max_delay_s, "EVSENotification": notification}}


def meter_info(reading: Reading) -> Content:
    """The meter, for DC_ChargeLoopRes."""
    content: Content = {"MeterID": reading.meter, "ChargedEnergyReadingWh": reading.charged_wh}
    if reading.discharged_wh is not None:
        content["BPT_DischargedEnergyReadingWh"] = reading.discharged_wh
    return {"MeterInfo": content}


def charge_loop(
    output: Output,
    supply: Supply,
    *,
    dynamic: bool,
    bidirectional: bool,
    status: Content | None = None,
    reading: Reading | None = None,
) -> Content:
    """What flows, and between which limits from now on; *status* as of :func:`evse_status`."""
    limits: Content = {
        "EVSEMaximumChargePower": rational(supply.max_power_w),
        "EVSEMinimumChargePower": rational(supply.min_power_w),
        "EVSEMaximumChargeCurrent": rational(supply.max_current_a),
        "EVSEMaximumVoltage": rational(supply.max_voltage_v),
    }
    name = f"{'Dynamic' if dynamic else 'Scheduled'}_DC_CLResControlMode"
    if bidirectional:
        name = f"BPT_{name}"
        limits |= {
            "EVSEMaximumDischargePower": rational(supply.discharge_power_w),
            "EVSEMinimumDischargePower": rational(0),
            "EVSEMaximumDischargeCurrent": rational(supply.discharge_current_a),
            "EVSEMinimumVoltage": rational(supply.min_voltage_v),
        }
    return {
        **(status or {}),
        **({} if reading is None else meter_info(reading)),
        "EVSEPresentCurrent": rational(output.current_a),
        "EVSEPresentVoltage": rational(output.voltage_v),
        "EVSEPowerLimitAchieved": output.power_limited,
        "EVSECurrentLimitAchieved": output.current_limited,
        "EVSEVoltageLimitAchieved": output.voltage_limited,
        name: limits,
    }
