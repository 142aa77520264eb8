"""The states of a vehicle that speaks DIN SPEC 70121."""

from __future__ import annotations

from harness.core.durations import s
from harness.protocols.iso15118.editions import DIN
from harness.protocols.iso15118.physical import physical
from harness.protocols.iso15118.vehicle.reading import (
    child,
    follow_cable_check,
    follow_loop,
    follow_pre_charge,
    follow_processing,
    follow_session_setup,
    follow_welding,
    heed,
    items,
    number_in,
    read_limits,
    unusable,
    word_in,
)
from harness.protocols.iso15118.vehicle.state import Content, State
from harness.protocols.iso15118.vehicle.table import Done, Go, Leave, Move, Needs, Row, Table

__all__ = ["DIN_TABLE"]

_SERVICE, _TYPE = "charge service", "energy transfer type"
_CATEGORY = "EVCharging"
_DC_TYPES = ("DC_extended", "DC_core")
"""Energy transfer types that a CCS2 inlet can use [V2G-DC-625], the better one first."""


def _status(state: State) -> Content:
    return {"EVReady": state.exchange not in _NOT_READY, "EVErrorCode": "NO_ERROR", "EVRESSSOC": state.soc_pct}


_NOT_READY = ("ChargeParameterDiscovery", "PowerDelivery_stop", "WeldingDetection")


# Requests


def _session_setup(state: State) -> Content:
    return {"EVCCID": bytes.fromhex(state.options.evcc_id)}


def _service_discovery(state: State) -> Content:
    return {"ServiceCategory": _CATEGORY}


def _service_payment_selection(state: State) -> Content:
    chosen = {"ServiceID": state.notes.get(_SERVICE, 1)}
    return {"SelectedPaymentOption": "ExternalPayment", "SelectedServiceList": {"SelectedService": [chosen]}}


def _contract_authentication(state: State) -> Content:
    return {}


def _charge_parameter_discovery(state: State) -> Content:
    options = state.options
    parameter: Content = {
        "DC_EVStatus": _status(state),
        "EVMaximumCurrentLimit": physical(options.max_current_a, "A"),
        "EVMaximumPowerLimit": physical(options.max_power_w, "W"),
        "EVMaximumVoltageLimit": physical(options.max_voltage_v, "V"),
        "EVEnergyCapacity": physical(options.capacity_wh, "Wh"),
        "EVEnergyRequest": physical(options.capacity_wh * max(0.0, options.target_soc_pct - state.soc_pct) / 100, "Wh"),
        "FullSOC": round(options.target_soc_pct),
    }
    return {"EVRequestedEnergyTransferType": state.notes.get(_TYPE, _DC_TYPES[0]), "DC_EVChargeParameter": parameter}


def _cable_check(state: State) -> Content:
    return {"DC_EVStatus": _status(state)}


def _pre_charge(state: State) -> Content:
    return {
        "DC_EVStatus": _status(state),
        "EVTargetVoltage": physical(state.target_v, "V"),
        "EVTargetCurrent": physical(state.options.pre_charge_a, "A"),
    }


def _power_delivery(state: State) -> Content:
    ready = state.exchange == "PowerDelivery_start"
    parameter: Content = {"DC_EVStatus": _status(state), "BulkChargingComplete": False, "ChargingComplete": state.is_full}
    return {"ReadyToChargeState": ready, "DC_EVPowerDeliveryParameter": parameter}


def _current_demand(state: State) -> Content:
    options = state.options
    return {
        "DC_EVStatus": _status(state),
        "EVTargetCurrent": physical(state.target_a, "A"),
        "EVMaximumVoltageLimit": physical(options.max_voltage_v, "V"),
        "EVMaximumCurrentLimit": physical(options.max_current_a, "A"),
        "EVMaximumPowerLimit": physical(options.max_power_w, "W"),
        "BulkChargingComplete": False,
        "ChargingComplete": state.is_full,
        "EVTargetVoltage": physical(state.target_v, "V"),
    }


def _session_stop(state: State) -> Content:
    return {}


# Responses


def _after_session_setup(state: State, content: Content) -> Move:
    return follow_session_setup(state, content, Go("ServiceDiscovery"), Go("ServiceDiscovery"))


def _after_service_discovery(state: State, content: Content) -> Move:
    service = child(content, "ChargeService")
    transfer = word_in(service, "EnergyTransferType")
    if transfer not in _DC_TYPES:
        return Leave(f"energy transfer type {transfer} is of no use")
    if "ExternalPayment" not in items(child(content, "PaymentOptions"), "PaymentOption"):
        return Leave("no external payment")
    state.notes[_SERVICE] = number_in(child(service, "ServiceTag"), "ServiceID")
    state.notes[_TYPE] = transfer
    return Go("ServicePaymentSelection")


def _after_selection(state: State, content: Content) -> Move:
    return Go("ContractAuthentication")


def _after_authentication(state: State, content: Content) -> Move:
    return follow_processing(content, Go("ChargeParameterDiscovery"))


def _after_parameters(state: State, content: Content) -> Move:
    parameter = child(content, "DC_EVSEChargeParameter")
    left = heed(state, child(parameter, "DC_EVSEStatus"))
    read_limits(state, parameter)
    return left or follow_processing(content, unusable(state) or Go("CableCheck"))


def _after_start(state: State, content: Content) -> Move:
    return heed(state, child(content, "DC_EVSEStatus")) or Go("CurrentDemand")


def _after_stop(state: State, content: Content) -> Move:
    return Go("WeldingDetection" if state.options.welding_detection else "SessionStop")


def _after_session_stop(state: State, content: Content) -> Move:
    return Done()


_ROWS = (
    Row("SessionSetup", "SessionSetupReq", "SessionSetupRes", "din", _session_setup, _after_session_setup, s(2)),
    Row("ServiceDiscovery", "ServiceDiscoveryReq", "ServiceDiscoveryRes", "din", _service_discovery, _after_service_discovery, s(2)),
    Row(
        "ServicePaymentSelection",
        "ServicePaymentSelectionReq",
        "ServicePaymentSelectionRes",
        "din",
        _service_payment_selection,
        _after_selection,
        s(2),
    ),
    Row(
        "ContractAuthentication",
        "ContractAuthenticationReq",
        "ContractAuthenticationRes",
        "din",
        _contract_authentication,
        _after_authentication,
        s(2),
    ),
    Row(
        "ChargeParameterDiscovery",
        "ChargeParameterDiscoveryReq",
        "ChargeParameterDiscoveryRes",
        "din",
        _charge_parameter_discovery,
        _after_parameters,
        s(2),
    ),
    Row(
        "CableCheck", "CableCheckReq", "CableCheckRes", "din", _cable_check, follow_cable_check, s(2), loop="cable_check", needs=Needs.READY
    ),
    Row("PreCharge", "PreChargeReq", "PreChargeRes", "din", _pre_charge, follow_pre_charge, s(2), loop="pre_charge", needs=Needs.READY),
    Row("PowerDelivery_start", "PowerDeliveryReq", "PowerDeliveryRes", "din", _power_delivery, _after_start, s(2), needs=Needs.CLOSED),
    Row("CurrentDemand", "CurrentDemandReq", "CurrentDemandRes", "din", _current_demand, follow_loop, s(0.25), is_energy=True),
    Row("PowerDelivery_stop", "PowerDeliveryReq", "PowerDeliveryRes", "din", _power_delivery, _after_stop, s(2)),
    Row("WeldingDetection", "WeldingDetectionReq", "WeldingDetectionRes", "din", _cable_check, follow_welding, s(2), needs=Needs.IDLE),
    Row("SessionStop", "SessionStopReq", "SessionStopRes", "din", _session_stop, _after_session_stop, s(2), needs=Needs.IDLE),
)

DIN_TABLE = Table(
    edition=DIN,
    rows={row.exchange: row for row in _ROWS},
    loops_ns={"cable_check": s(40), "pre_charge": s(7)},
    powered=frozenset(("CableCheck", "PreCharge", "PowerDelivery_start", "CurrentDemand")),
    ending=frozenset(("PowerDelivery_stop", "WeldingDetection", "SessionStop")),
    may_pause=False,
    ready_ns=s(150),
)
