"""The station's state table of DIN SPEC 70121."""

from __future__ import annotations

from functools import partial

from harness.core.durations import s
from harness.protocols.iso15118.editions import DIN
from harness.protocols.iso15118.envelope import Content
from harness.protocols.iso15118.station.direct_current import (
    PHASE,
    cable_check,
    check_cable,
    check_parameters,
    current_demand,
    demand_current,
    end_charging,
    limits,
    measure_weld,
    plain,
    pre_charge,
    raise_voltage,
    starts,
    status,
    stops,
    tariff_entries,
    welding_detection,
)
from harness.protocols.iso15118.station.table import Table, Turn, row

__all__ = ["DIN_TABLE"]

_MOST_W = 32_767
"""PMax has 16 bits and no multiplier."""


def _session_setup(turn: Turn) -> Content:
    joined = bool(turn.state.memory.get("joined"))
    return {
        "ResponseCode": "OK_OldSessionJoined" if joined else "OK_NewSessionEstablished",
        "EVSEID": turn.state.options.evse_id.encode()[:32],
    }


def _service_discovery(turn: Turn) -> Content:
    content: Content = {
        "PaymentOptions": {"PaymentOption": list(turn.told.payment)},
        "ChargeService": {
            "ServiceTag": {"ServiceID": 1, "ServiceCategory": "EVCharging"},
            "FreeService": False,
            "EnergyTransferType": turn.told.energy_modes[0],
        },
    }
    return {**content, "ServiceList": {"Service": [dict(one) for one in turn.told.added]}} if turn.told.added else content


def _service_detail(turn: Turn) -> Content:
    return {"ServiceID": turn.request.get("ServiceID", 1)}


def _authentication(turn: Turn) -> Content:
    return {"EVSEProcessing": turn.processing(turn.waited_ns >= s(turn.state.options.authorization_s))}


def _parameters(turn: Turn) -> Content:
    schedules: list[object] = []
    for one in turn.told.schedules:
        entries = [{**interval, "PMax": min(_MOST_W, round(power_w))} for interval, power_w in tariff_entries(one)]
        content: Content = {"SAScheduleTupleID": one.number, "PMaxSchedule": {"PMaxScheduleID": one.number, "PMaxScheduleEntry": entries}}
        schedules.append({**content, "SalesTariff": dict(one.tariff)} if one.tariff else content)
    return {
        "EVSEProcessing": turn.processing(turn.waited_ns >= s(turn.state.options.parameters_s)),
        "SAScheduleList": {"SAScheduleTuple": schedules},
        "DC_EVSEChargeParameter": limits(turn),
    }


def _start(turn: Turn) -> None:
    turn.state.is_charging = True


def _started(turn: Turn) -> Content:
    return {"DC_EVSEStatus": status(turn)}


def _stopped(turn: Turn) -> Content:
    return {"DC_EVSEStatus": status(turn, "EVSE_NotReady")}


_row = partial(row, "din")

DIN_TABLE = Table(
    DIN,
    (
        _row("SessionSetup", _session_setup, "ServiceDiscovery"),
        _row("ServiceDiscovery", _service_discovery, "ServiceDetail", "ServicePaymentSelection"),
        _row("ServiceDetail", _service_detail, "ServiceDetail", "ServicePaymentSelection"),
        _row("ServicePaymentSelection", plain, "ContractAuthentication"),
        _row("ContractAuthentication", _authentication, "ChargeParameterDiscovery"),
        _row("ChargeParameterDiscovery", _parameters, "CableCheck", *PHASE, act=check_parameters, leave=PHASE),
        _row("CableCheck", cable_check, "PreCharge", *PHASE, act=check_cable, leave=PHASE),
        _row("PreCharge", pre_charge, "PreCharge", "PowerDelivery_start", *PHASE, act=raise_voltage),
        _row(
            "PowerDelivery_start", _started, "CurrentDemand", *PHASE,
            name="PowerDelivery", applies=starts, act=_start,
        ),
        _row("CurrentDemand", current_demand, "CurrentDemand", *PHASE, act=demand_current),
        _row(
            "PowerDelivery_stop", _stopped, "WeldingDetection", "ChargeParameterDiscovery",
            name="PowerDelivery", applies=stops, act=end_charging,
        ),
        _row("WeldingDetection", welding_detection, "WeldingDetection", act=measure_weld),
        _row("SessionStop", plain, act=end_charging),
    ),
)  # fmt: skip
"""One row for each exchange."""
