"""Faults of the vehicle in control modes, schedules and pre-charging of ISO 15118-20."""

from __future__ import annotations

from collections.abc import Callable

from harness.core import s
from harness.protocols.iso15118.behaviour import Change, Content, Derive, Leads, Moment, Overlook, TimerEffect
from harness.sim.faults.ccs_vehicle.fault import Fault

__all__ = ["SCHEDULE_FAULTS", "body_of"]

_TARGETS = ("EVTargetCurrent", "EVTargetVoltage")


def body_of(content: Content, end: str) -> tuple[str, dict[str, object]] | None:
    """Name and content of the body whose name ends so; ``None`` if there is none."""
    for name, body in content.items():
        if name.endswith(end) and isinstance(body, dict):
            return name, body
    return None


def _with_body(end: str, name: str, make: Callable[[dict[str, object]], dict[str, object]]) -> Callable[[Content, Moment], Content]:
    """The message with a body of another name in the place of the one whose name ends so."""

    def derive(content: Content, moment: Moment) -> Content:
        found = body_of(content, end)
        if found is None:
            return content
        old, body = found
        return {(name if key == old else key): (make(body) if key == old else value) for key, value in content.items()}

    return derive


def _without_soc(body: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in body.items() if not key.endswith("SOC") and "V2X" not in key}


def _targets_from_limits(body: dict[str, object]) -> dict[str, object]:
    return {"EVTargetCurrent": body["EVMaximumChargeCurrent"], "EVTargetVoltage": body["EVMaximumVoltage"]}


def _limits_only(body: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in body.items() if key not in _TARGETS}


def _profile(name: str, body: dict[str, object]) -> Callable[[Content, Moment], Content]:
    """PowerDeliveryReq whose power profile is of the control mode *name*."""

    def derive(content: Content, moment: Moment) -> Content:
        profile = content.get("EVPowerProfile")
        if not isinstance(profile, dict):
            return content
        changed = {
            (name if key.endswith("ControlMode") else key): (body if key.endswith("ControlMode") else value)
            for key, value in profile.items()
        }
        return {**content, "EVPowerProfile": changed}

    return derive


def _exchanging(moment: Moment) -> bool:
    return moment.exchange == "ScheduleExchange"


SCHEDULE_FAULTS = (
    Fault(
        "scheduled_body_in_schedule_exchange",
        "sends the body of scheduled mode in ScheduleExchangeReq although dynamic mode was selected",
        (Derive("ScheduleExchange", _with_body("SEReqControlMode", "Scheduled_SEReqControlMode", _without_soc)),),
    ),
    Fault(
        "scheduled_body_in_power_delivery",
        "sends a power profile of scheduled mode although dynamic mode was selected",
        (Derive("PowerDelivery_start", _profile("Scheduled_EVPPTControlMode", {"SelectedScheduleTupleID": 1})),),
    ),
    Fault(
        "scheduled_body_in_charge_loop",
        "sends the body of scheduled mode in DC_ChargeLoopReq although dynamic mode was selected",
        (Derive("DC_ChargeLoop", _with_body("CLReqControlMode", "Scheduled_DC_CLReqControlMode", _targets_from_limits)),),
    ),
    Fault(
        "dynamic_body_in_schedule_exchange",
        "sends the body of dynamic mode in ScheduleExchangeReq although scheduled mode was selected",
        (Derive("ScheduleExchange", _with_body("SEReqControlMode", "Dynamic_SEReqControlMode", dict)),),
    ),
    Fault(
        "dynamic_body_in_power_delivery",
        "sends a power profile of dynamic mode although scheduled mode was selected",
        (Derive("PowerDelivery_start", _profile("Dynamic_EVPPTControlMode", {})),),
    ),
    Fault(
        "dynamic_body_in_charge_loop",
        "sends the body of dynamic mode in DC_ChargeLoopReq although scheduled mode was selected",
        (Derive("DC_ChargeLoop", _with_body("CLReqControlMode", "Dynamic_DC_CLReqControlMode", _limits_only)),),
    ),
    Fault(
        "schedule_that_was_not_offered",
        "follows a schedule that the station did not offer",
        (Change("PowerDelivery_start", {"EVPowerProfile.Scheduled_EVPPTControlMode.SelectedScheduleTupleID": 77}),),
    ),
    Fault(
        "waits_for_ever_for_a_schedule", "asks for a schedule as long as the station is busy", (TimerEffect("ongoing", None, _exchanging),)
    ),
    Fault("gives_up_a_schedule_early", "waits 30 s for a busy station", (TimerEffect("ongoing", s(30), _exchanging),)),
    Fault(
        "takes_any_parameter_set",
        "selects the service although it has no usable parameter set",
        (Overlook("parameters", "ServiceDetail"),),
    ),
    Fault(
        "pre_charge_never_finished",
        "says EVProcessing Ongoing in every DC_PreChargeReq",
        (Change("DC_PreCharge", {"EVProcessing": "Ongoing"}),),
    ),
    Fault(
        "power_delivery_after_ongoing",
        "goes on to PowerDelivery after its first DC_PreChargeReq, which says Ongoing",
        (Leads("DC_PreCharge", "PowerDelivery_start"),),
    ),
)
"""Faults of the vehicle for the rows about schedules."""
