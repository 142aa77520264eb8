"""Faults of the vehicle with an MCS inlet: services, limits, rational numbers, bodies (reference 9.7)."""

from __future__ import annotations

from collections.abc import Mapping

from harness.protocols.iso15118.behaviour import Change, Content, Derive, Leads, Misread, Moment, Overlook, changed, leaf
from harness.protocols.iso15118.rational import number_of
from harness.sim.faults.ccs_vehicle.fault import Fault
from harness.sim.faults.ccs_vehicle.schedule import body_of

__all__ = ["MCS_FAULTS"]

_CPD, _LOOP = "DC_ChargeParameterDiscovery", "DC_ChargeLoop"
_LIMITS = "DC_CPDReqEnergyTransferMode"
_POWER = "EVSEMaximumChargePower"
_LOWERED_A = 500.0


def _without_exponents(content: Content, moment: Moment) -> Content:
    """The powers of the station as the values say them."""
    for name, body in content.items():
        power = body.get(_POWER) if isinstance(body, Mapping) else None
        if isinstance(power, Mapping):
            return changed(content, {f"{name}.{_POWER}": {"Exponent": 0, "Value": power["Value"]}})
    return content


def _is_exponent_4(moment: Moment) -> bool:
    found = body_of(moment.heard.get(_CPD, {}), "CPDResEnergyTransferMode")
    return found is not None and leaf(found[1], f"{_POWER}.Exponent") == 4


def _is_lowered(moment: Moment) -> bool:
    found = body_of(moment.heard.get(_LOOP, {}), "CLResControlMode")
    return found is not None and number_of(found[1].get("EVSEMaximumChargeCurrent")) <= _LOWERED_A


def _plain(content: Content, moment: Moment) -> Content:
    """The message with its body for one direction of energy."""
    return {
        key.removeprefix("BPT_"): {name: item for name, item in value.items() if "Discharge" not in name and "V2X" not in name}
        if key.startswith("BPT_") and isinstance(value, Mapping)
        else value
        for key, value in content.items()
    }


MCS_FAULTS = (
    Fault(
        "selects_dc_on_an_mcs_inlet",
        "selects the DC service although MCS is offered",
        (Change("ServiceSelection", {"SelectedEnergyTransferService.ServiceID": 2}),),
    ),
    Fault(
        "unknown_parameter_set_selected",
        "selects a parameter set that was not offered",
        (Change("ServiceSelection", {"SelectedEnergyTransferService.ParameterSetID": 9}),),
    ),
    Fault("details_of_another_service", "asks for the details of the DC service", (Change("ServiceDetail", {"ServiceID": 2}),)),
    Fault(
        "goes_on_without_a_usable_service",
        "asks for details although no service fits its inlet",
        (Overlook("parameters", "ServiceDiscovery"),),
    ),
    Fault(
        "power_beyond_voltage_times_current",
        "declares more power than its voltage and current can be",
        (Change(_CPD, {f"{_LIMITS}.EVMaximumChargePower": 3_700_000}),),
    ),
    Fault(
        "current_beyond_the_mcs_class",
        "declares 3500 A",
        (Change(_CPD, {f"{_LIMITS}.EVMaximumChargeCurrent": 3_500}),),
    ),
    Fault(
        "power_told_in_kilowatts",
        "tells its power as a number of kilowatts",
        (Change(_CPD, {f"{_LIMITS}.EVMaximumChargePower": 1_200}),),
    ),
    Fault(
        "exponents_not_read",
        "takes the value of a rational number without its exponent",
        (Misread(_CPD, _without_exponents), Misread(_LOOP, _without_exponents)),
    ),
    Fault("leaves_at_exponent_4", "leaves when a rational number has the exponent 4", (Leads(_CPD, "leave", _is_exponent_4),)),
    Fault("leaves_when_limits_fall", "leaves when the station lowers its current limit", (Leads(_LOOP, "leave", _is_lowered),)),
    Fault("stops_when_limits_fall", "ends charging when the station lowers its current limit", (Leads(_LOOP, "end", _is_lowered),)),
    Fault("plain_body_in_parameters", "sends the plain body in DC_ChargeParameterDiscoveryReq of MCS_BPT", (Derive(_CPD, _plain),)),
    Fault("plain_body_in_charge_loop", "sends the plain body in DC_ChargeLoopReq of MCS_BPT", (Derive(_LOOP, _plain),)),
)
"""Faults of the vehicle for the rows about MCS."""
