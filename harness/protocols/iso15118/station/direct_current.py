"""What the rows of DIN SPEC 70121 and ISO 15118-2 have in common: direct current with physical values and a status in each response."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from harness.core.durations import s
from harness.core.errors import RemoteProtocolError
from harness.protocols.iso15118.envelope import Content, physical, quantity_of
from harness.protocols.iso15118.station.state import Schedule
from harness.protocols.iso15118.station.table import Turn

__all__ = [
    "PHASE",
    "cable_check",
    "check_cable",
    "check_parameters",
    "current_demand",
    "demand_current",
    "end_charging",
    "limits",
    "measure_weld",
    "plain",
    "pre_charge",
    "raise_voltage",
    "starts",
    "status",
    "stops",
    "tariff_entries",
    "welding_detection",
]

PHASE = ("PowerDelivery_stop",)
"""By which a vehicle leaves a loop that is not finished."""


# Which row


def starts(request: Mapping[str, object]) -> bool:
    """PowerDelivery that begins charging."""
    return request.get("ReadyToChargeState") is True or request.get("ChargeProgress") == "Start"


def stops(request: Mapping[str, object]) -> bool:
    """PowerDelivery that ends charging."""
    return request.get("ReadyToChargeState") is False or request.get("ChargeProgress") == "Stop"


# What the station does


def check_cable(turn: Turn) -> None:
    """Insulation test: voltage on the cable, then off again. It needs state C or D on the pilot."""
    state, options = turn.state, turn.state.options
    if turn.is_vehicle_ready is False:
        if turn.waited_ns >= s(options.cp_wait_s):
            turn.refuse("FAILED")
        return
    begun_ns = state.memory.setdefault("cable_check_ns", turn.now_ns)
    assert isinstance(begun_ns, int)
    if turn.now_ns - begun_ns < s(options.cable_check_s):
        state.output.put(turn.now_ns, state.vehicle_max_v or options.max_voltage_v)
    else:
        state.output.shut(turn.now_ns)
        state.is_isolated = True


def raise_voltage(turn: Turn) -> None:
    """Pre-charge: put out the voltage that the vehicle asks for."""
    with contextlib.suppress(RemoteProtocolError):
        turn.state.output.precharge(turn.now_ns, quantity_of(turn.request.get("EVTargetVoltage")))


def demand_current(turn: Turn) -> None:
    """Follow the demand of the vehicle."""
    with contextlib.suppress(RemoteProtocolError):
        voltage, current = (quantity_of(turn.request.get(f"EVTarget{what}")) for what in ("Voltage", "Current"))
        turn.state.output.follow(turn.now_ns, voltage, current)


def end_charging(turn: Turn) -> None:
    """Take the output down."""
    turn.state.is_charging = False
    turn.state.output.shut(turn.now_ns)


def measure_weld(turn: Turn) -> None:
    """The output is off; in ISO 15118-2 the vehicle must have left C and D."""
    turn.state.output.shut(turn.now_ns)


def check_parameters(turn: Turn) -> None:
    """A new round of parameters means a new insulation test, at the highest voltage that the vehicle bears."""
    turn.state.memory.pop("cable_check_ns", None)
    parameters = turn.request.get("DC_EVChargeParameter")
    with contextlib.suppress(RemoteProtocolError):
        told = parameters.get("EVMaximumVoltageLimit") if isinstance(parameters, Mapping) else None
        turn.state.vehicle_max_v = quantity_of(told)


# What it says


def plain(turn: Turn) -> Content:
    """A response that holds nothing but its code."""
    return {}


def status(turn: Turn, code: str = "EVSE_Ready") -> Content:
    """``DC_EVSEStatus``; *code* where nothing else is to be told."""
    return {
        "EVSEIsolationStatus": turn.told.isolation or ("Valid" if turn.state.is_isolated else "Invalid"),
        "EVSEStatusCode": turn.told.status or code,
        "NotificationMaxDelay": turn.told.notification_delay_s,
        "EVSENotification": turn.told.notification,
    }


def limits(turn: Turn) -> Content:
    """``DC_EVSEChargeParameter``."""
    options, told = turn.state.options, turn.told
    return {
        "DC_EVSEStatus": status(turn),
        "EVSEMaximumCurrentLimit": physical(told.max_current_a, "A"),
        "EVSEMaximumPowerLimit": physical(told.max_power_w, "W", decimals=0),
        "EVSEMaximumVoltageLimit": physical(told.max_voltage_v, "V"),
        "EVSEMinimumCurrentLimit": physical(options.min_current_a, "A"),
        "EVSEMinimumVoltageLimit": physical(options.min_voltage_v, "V"),
        "EVSEPeakCurrentRipple": physical(options.ripple_a, "A"),
    }


def cable_check(turn: Turn) -> Content:
    """How far the insulation test is."""
    done = turn.state.is_isolated
    code = "EVSE_Ready" if done else "EVSE_IsolationMonitoringActive"
    return {"DC_EVSEStatus": status(turn, code), "EVSEProcessing": turn.processing(done)}


def pre_charge(turn: Turn) -> Content:
    """The voltage at the output."""
    return {"DC_EVSEStatus": status(turn), "EVSEPresentVoltage": physical(turn.told.voltage_v, "V")}


def current_demand(turn: Turn) -> Content:
    """Voltage and current at the output, and which limit holds them down."""
    told = turn.told
    current, voltage, power = turn.state.output.is_limited
    return {
        "DC_EVSEStatus": status(turn),
        "EVSEPresentVoltage": physical(told.voltage_v, "V"),
        "EVSEPresentCurrent": physical(told.current_a, "A"),
        "EVSECurrentLimitAchieved": current,
        "EVSEVoltageLimitAchieved": voltage,
        "EVSEPowerLimitAchieved": power,
        "EVSEMaximumVoltageLimit": physical(told.max_voltage_v, "V"),
        "EVSEMaximumCurrentLimit": physical(told.max_current_a, "A"),
        "EVSEMaximumPowerLimit": physical(told.max_power_w, "W", decimals=0),
    }


def welding_detection(turn: Turn) -> Content:
    """The voltage at the output, where the vehicle finds out whether its contactor is open."""
    return {"DC_EVSEStatus": status(turn, "EVSE_NotReady"), "EVSEPresentVoltage": physical(turn.told.voltage_v, "V")}


def tariff_entries(schedule: Schedule) -> list[tuple[Content, float]]:
    """Intervals of *schedule* with their power; the last one says how long it lasts."""
    last = len(schedule.entries) - 1
    return [
        (
            {"RelativeTimeInterval": {"start": start, **({"duration": max(0, schedule.duration_s - start)} if index == last else {})}},
            power_w,
        )
        for index, (start, power_w) in enumerate(schedule.entries)
    ]
