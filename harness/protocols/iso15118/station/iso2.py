"""The station's state table of ISO 15118-2 with direct current and external identification."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from harness.core.durations import s
from harness.protocols.iso15118.editions import ISO_2
from harness.protocols.iso15118.envelope import EPOCH_S, Content, physical
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

__all__ = ["ISO_2_TABLE"]

_MORE = ("PowerDelivery_stop", "PowerDelivery_renegotiate")


def _session_setup(turn: Turn) -> Content:
    joined = bool(turn.state.memory.get("joined"))
    return {
        "ResponseCode": "OK_OldSessionJoined" if joined else "OK_NewSessionEstablished",
        "EVSEID": turn.state.options.evse_id,
        "EVSETimeStamp": EPOCH_S + turn.now_ns // 1_000_000_000,
    }


def _service_discovery(turn: Turn) -> Content:
    content: Content = {
        "PaymentOptionList": {"PaymentOption": list(turn.told.payment)},
        "ChargeService": {
            "ServiceID": 1,
            "ServiceCategory": "EVCharging",
            "FreeService": False,
            "SupportedEnergyTransferMode": {"EnergyTransferMode": list(turn.told.energy_modes)},
        },
    }
    return {**content, "ServiceList": {"Service": [dict(one) for one in turn.told.added]}} if turn.told.added else content


def _service_detail(turn: Turn) -> Content:
    asked = turn.request.get("ServiceID", 1)
    known = [one.get("ServiceID") for one in turn.told.added]
    if asked not in (1, *known):
        return {"ResponseCode": "FAILED_ServiceIDInvalid", "ServiceID": asked}
    parameters = {"ParameterSetID": 1, "Parameter": [{"Name": "Protocol", "stringValue": "http"}]}
    return {"ServiceID": asked, "ServiceParameterList": {"ParameterSet": [parameters]}}


def _authorization(turn: Turn) -> Content:
    return {"EVSEProcessing": turn.processing(turn.waited_ns >= s(turn.state.options.authorization_s))}


def _parameters(turn: Turn) -> Content:
    processing = turn.processing(turn.waited_ns >= s(turn.state.options.parameters_s))
    schedules: list[object] = []
    for one in turn.told.schedules:
        entries = [{**interval, "PMax": physical(power_w, "W", decimals=0)} for interval, power_w in tariff_entries(one)]
        content: Content = {"SAScheduleTupleID": one.number, "PMaxSchedule": {"PMaxScheduleEntry": entries}}
        schedules.append({**content, "SalesTariff": dict(one.tariff)} if one.tariff else content)
    answer: Content = {"EVSEProcessing": processing, "DC_EVSEChargeParameter": limits(turn)}
    return {**answer, "SAScheduleList": {"SAScheduleTuple": schedules}} if processing == "Finished" else answer


def _start(turn: Turn) -> None:
    turn.state.is_charging = True
    chosen = turn.request.get("SAScheduleTupleID")
    turn.state.memory["schedule"] = chosen if isinstance(chosen, int) and 1 <= chosen <= 255 else 1


def _renegotiates(request: Mapping[str, object]) -> bool:
    return request.get("ChargeProgress") == "Renegotiate"


def _delivered(turn: Turn) -> Content:
    return {"DC_EVSEStatus": status(turn)}


def _stopped(turn: Turn) -> Content:
    return {"DC_EVSEStatus": status(turn, "EVSE_NotReady")}


def _current_demand(turn: Turn) -> Content:
    return {
        **current_demand(turn),
        "EVSEID": turn.state.options.evse_id,
        "SAScheduleTupleID": turn.state.memory.get("schedule", 1),
        **({"MeterInfo": _meter(turn), "ReceiptRequired": True} if turn.told.extra.get("receipt") else {}),
    }


def _meter(turn: Turn) -> Content:
    return {"MeterID": "precert", "MeterReading": round(turn.state.output.energy_wh)}


def _measure_weld(turn: Turn) -> None:
    measure_weld(turn)
    if turn.is_vehicle_ready:
        turn.refuse("FAILED")


_row = partial(row, "iso2")

ISO_2_TABLE = Table(
    ISO_2,
    (
        _row("SessionSetup", _session_setup, "ServiceDiscovery"),
        _row("ServiceDiscovery", _service_discovery, "ServiceDetail", "PaymentServiceSelection"),
        _row("ServiceDetail", _service_detail, "ServiceDetail", "PaymentServiceSelection"),
        _row("PaymentServiceSelection", plain, "Authorization"),
        _row("Authorization", _authorization, "ChargeParameterDiscovery"),
        _row("ChargeParameterDiscovery", _parameters, "CableCheck", "PowerDelivery_start", *PHASE, act=check_parameters, leave=PHASE),
        _row("CableCheck", cable_check, "PreCharge", *PHASE, act=check_cable, leave=PHASE),
        _row("PreCharge", pre_charge, "PreCharge", "PowerDelivery_start", *PHASE, act=raise_voltage),
        _row(
            "PowerDelivery_start", _delivered, "CurrentDemand", *_MORE,
            name="PowerDelivery", applies=starts, act=_start,
        ),
        _row("CurrentDemand", _current_demand, "CurrentDemand", "MeteringReceipt", *_MORE, act=demand_current),
        _row("MeteringReceipt", _delivered, "CurrentDemand", *_MORE),
        _row(
            "PowerDelivery_renegotiate", _delivered, "ChargeParameterDiscovery", "PowerDelivery_stop",
            name="PowerDelivery", applies=_renegotiates, act=end_charging,
        ),
        _row(
            "PowerDelivery_stop", _stopped, "WeldingDetection", "ChargeParameterDiscovery",
            name="PowerDelivery", applies=stops, act=end_charging,
        ),
        _row("WeldingDetection", welding_detection, "WeldingDetection", act=_measure_weld),
        _row("SessionStop", plain, act=end_charging),
    ),
)  # fmt: skip
"""One row for each exchange."""
