"""Faults of the vehicle in services and authorization."""

from __future__ import annotations

from harness.core import s
from harness.protocols.iso15118.behaviour import (
    Change,
    Content,
    Delay,
    Derive,
    Leads,
    Moment,
    OptionEffect,
    Overlook,
    TimerEffect,
    leaf,
)
from harness.sim.faults.ccs_vehicle.effects import reads, told
from harness.sim.faults.ccs_vehicle.fault import Fault

__all__ = ["BUSY", "SERVICES_FAULTS"]

_AUTHORIZATIONS = ("Authorization", "ContractAuthentication")
_SELECTIONS = ("PaymentServiceSelection", "ServicePaymentSelection")
BUSY = (*_AUTHORIZATIONS, "ChargeParameterDiscovery", "ScheduleExchange")
"""Exchanges in which a station may be busy."""
_UNKNOWN = 62002
_TEN = 10
_CUSTOMER = "Ongoing_WaitingForCustomerInteraction"


def _is_busy(moment: Moment, exchange: str, word: str) -> bool:
    return told(moment, exchange, "EVSEProcessing") == word


def _with_unknown(content: Content, moment: Moment) -> Content:
    """The selection with a value-added service that the truck cannot know."""
    if "SelectedEnergyTransferService" in content:
        return {**content, "SelectedVASList": {"SelectedService": [{"ServiceID": _UNKNOWN, "ParameterSetID": 1}]}}
    listed = leaf(content, "SelectedServiceList.SelectedService")
    chosen = listed if isinstance(listed, list) else []
    return {**content, "SelectedServiceList": {"SelectedService": [*chosen, {"ServiceID": _UNKNOWN}]}}


def _onwards(exchange: str, word: str) -> tuple[Leads, ...]:
    """On to the next exchange although the station is busy."""
    return (
        Leads(exchange, "ServiceDiscovery", lambda moment: moment.edition == "iso15118-20" and _is_busy(moment, exchange, word)),
        Leads(exchange, "ChargeParameterDiscovery", lambda moment: moment.edition != "iso15118-20" and _is_busy(moment, exchange, word)),
    )


SERVICES_FAULTS = (
    Fault(
        "selects_what_is_not_offered",
        "the vehicle selects direct current although the station does not offer it",
        (Overlook("parameters", "ServiceDiscovery"),),
    ),
    Fault(
        "selects_service_1",
        "the selection names service 1 whatever the station calls it",
        (Change("PaymentServiceSelection", {"SelectedServiceList.SelectedService.0.ServiceID": 1}),),
    ),
    Fault(
        "leaves_at_another_service_id",
        "the vehicle leaves when the charge service has another id than 1",
        (Leads("ServiceDiscovery", "leave", lambda moment: told(moment, "ServiceDiscovery", "ChargeService.ServiceID") not in (None, 1)),),
    ),
    Fault(
        "leaves_at_unknown_service",
        "the vehicle leaves when a value-added service is offered",
        (
            Leads(
                "ServiceDiscovery",
                "leave",
                lambda moment: any(told(moment, "ServiceDiscovery", name) is not None for name in ("ServiceList", "VASList")),
            ),
        ),
    ),
    Fault(
        "asks_for_a_service_that_is_not_offered",
        "the vehicle asks for the details of a service that nobody offered",
        (Change("ServiceDetail", {"ServiceID": 4711}),),
    ),
    Fault(
        "selects_unknown_service",
        "the vehicle selects a value-added service that it cannot know",
        tuple(Derive(exchange, _with_unknown) for exchange in (*_SELECTIONS, "ServiceSelection")),
    ),
    Fault(
        "accepts_invalid_payment",
        "FAILED_PaymentSelectionInvalid is taken for OK",
        tuple(reads(exchange, "ResponseCode", "FAILED_PaymentSelectionInvalid", "OK") for exchange in _SELECTIONS),
    ),
    Fault(
        "gives_up_after_ten_ongoing",
        "the vehicle leaves a busy station after ten requests",
        tuple(Leads(one, "leave", lambda moment, one=one: moment.asked(one) >= _TEN) for one in BUSY),  # type: ignore[misc]
    ),
    Fault(
        "repeats_authorization_late",
        "the vehicle waits for 41 s before it asks a busy station for authorization again",
        tuple(Delay(one, s(41), lambda moment, one=one: moment.asked(one) > 0) for one in _AUTHORIZATIONS),  # type: ignore[misc]
    ),
    Fault(
        "goes_on_without_authorization",
        "the vehicle goes on although authorization is Ongoing",
        tuple(effect for one in _AUTHORIZATIONS for effect in _onwards(one, "Ongoing")),
    ),
    Fault(
        "waits_for_ever_while_ongoing",
        "the vehicle waits without limit while the station is busy",
        (TimerEffect("ongoing", None), TimerEffect("ready_to_charge", None)),
    ),
    Fault(
        "gives_up_on_the_customer",
        "the vehicle's patience runs out while the station waits for its customer",
        (OptionEffect("waits_for_customer", False),),
    ),
    Fault(
        "goes_on_without_the_customer",
        "the vehicle goes on while the station waits for its customer",
        _onwards("Authorization", _CUSTOMER),
    ),
)
