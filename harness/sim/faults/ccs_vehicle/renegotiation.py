"""Faults of the vehicle in renegotiations, metering confirmation and standby."""

from __future__ import annotations

from collections.abc import Callable

from harness.protocols.iso15118.behaviour import Change, Content, Leads, Misread, Moment, changed, leaf
from harness.sim.faults.ccs_vehicle.effects import told
from harness.sim.faults.ccs_vehicle.fault import Fault

__all__ = ["RENEGOTIATION_FAULTS"]

_PATHS = ("DC_EVSEStatus.EVSENotification", "EVSEStatus.EVSENotification")
_STANDBY_EXCHANGE, _REFUSED = "PowerDelivery_standby", "WARNING_StandbyNotAllowed"


def _notified_instead(word: str, other: str) -> Callable[[Content, Moment], Content]:
    """The notification *word* is taken for *other*."""

    def make(content: Content, moment: Moment) -> Content:
        path = next((path for path in _PATHS if leaf(content, path) == word), None)
        return content if path is None else changed(content, {path: other})

    return make


def _not_notified(word: str) -> Callable[[Content, Moment], Content]:
    """The notification *word* is not noticed."""
    return _notified_instead(word, "None")


def _refused(moment: Moment) -> bool:
    return told(moment, _STANDBY_EXCHANGE, "ResponseCode") == _REFUSED


def _stands_by(moment: Moment) -> bool:
    return moment.asked(_STANDBY_EXCHANGE) > 0 and not _refused(moment) and moment.asked("PowerDelivery_start") < 2


def _insists(moment: Moment) -> bool:
    return moment.asked(_STANDBY_EXCHANGE) > 0 and _refused(moment)


_RENEGOTIATION = (
    Fault(
        "renegotiation_ignored",
        "charges on when the station asks for ReNegotiation",
        (Misread("CurrentDemand", _not_notified("ReNegotiation")),),
    ),
    Fault(
        "renegotiation_as_stop",
        "ends energy transfer in the place of a renegotiation",
        (Change("PowerDelivery_renegotiate", {"ChargeProgress": "Stop"}),),
    ),
    Fault(
        "renegotiation_without_parameters",
        "goes on to PowerDelivery right after the renegotiation began",
        (Leads("PowerDelivery_renegotiate", "PowerDelivery_start"),),
    ),
    Fault(
        "schedule_renegotiation_ignored",
        "charges on when the station asks for ScheduleRenegotiation",
        (Misread("DC_ChargeLoop", _not_notified("ScheduleRenegotiation")),),
    ),
    Fault(
        "schedule_renegotiation_as_stop",
        "ends the session when the station asks for ScheduleRenegotiation",
        (Misread("DC_ChargeLoop", _notified_instead("ScheduleRenegotiation", "Terminate")),),
    ),
    Fault(
        "service_renegotiation_ignored",
        "charges on when the station asks for ServiceRenegotiation",
        (Misread("DC_ChargeLoop", _not_notified("ServiceRenegotiation")),),
    ),
    Fault(
        "service_renegotiation_as_terminate",
        "tells Terminate in SessionStopReq although services are to be chosen anew",
        (Change("SessionStop", {"ChargingSession": "Terminate"}),),
    ),
    Fault(
        "service_renegotiation_without_discovery",
        "ends the connection after SessionStop with ServiceRenegotiation",
        (Leads("SessionStop", "leave"),),
    ),
)

_METER = (
    Fault(
        "metering_confirmation_missing",
        "does not confirm a reading when the station asks for it",
        (Misread("DC_ChargeLoop", _not_notified("MeteringConfirmation")),),
    ),
    Fault(
        "stops_on_metering_confirmation",
        "ends the session when the station asks for a confirmed reading",
        (Misread("DC_ChargeLoop", _notified_instead("MeteringConfirmation", "Terminate")),),
    ),
    Fault(
        "metering_confirmation_of_another_reading",
        "confirms another reading than the one that the station told",
        (Change("MeteringConfirmation", {"SignedMeteringData.MeterInfo.ChargedEnergyReadingWh": 999_999}),),
    ),
)

_STANDBY = (
    Fault(
        "demands_in_standby",
        "asks for 20 A while it stands by",
        (Change("DC_ChargeLoop", {"Scheduled_DC_CLReqControlMode.EVTargetCurrent": 20}, _stands_by),),
    ),
    Fault("no_start_after_standby", "charges after standby without PowerDelivery", (Leads("DC_ChargeLoop", "again", _stands_by),)),
    Fault("insists_on_standby", "asks again for a standby that was refused", (Leads("DC_ChargeLoop", "PowerDelivery_standby", _insists),)),
    Fault("leaves_when_standby_is_refused", "leaves when standby is refused", (Leads("PowerDelivery_standby", "leave", _refused),)),
)

RENEGOTIATION_FAULTS = (*_RENEGOTIATION, *_METER, *_STANDBY)
