"""What the requests of ISO 15118-20 say in a DC or MCS session: contents without their header, from plain quantities.

Charging counts positive. With ``Discharge`` a message takes its bidirectional body (``BPT_*``), with *dynamic* the one of dynamic mode.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.protocols.iso15118.rational import rational

__all__ = [
    "Charge",
    "Discharge",
    "Energy",
    "Loop",
    "authorization",
    "charge_loop",
    "charge_parameters",
    "metering_confirmation",
    "power_delivery",
    "power_profile",
    "pre_charge",
    "schedule_exchange",
    "service_detail",
    "service_discovery",
    "service_selection",
    "session_setup",
    "session_stop",
    "welding_detection",
]

Content = dict[str, object]

FINISHED, ONGOING = "Finished", "Ongoing"
_POINTS = 1024
"""Entries of a schedule that the vehicle can take."""


@dataclass(frozen=True, slots=True)
class Charge:
    """Between which limits the vehicle takes energy."""

    max_power_w: float
    min_power_w: float
    max_current_a: float
    min_current_a: float
    max_voltage_v: float
    min_voltage_v: float

    def limits(self) -> Content:
        """As DC_ChargeParameterDiscoveryReq tells them."""
        return {
            "EVMaximumChargePower": rational(self.max_power_w),
            "EVMinimumChargePower": rational(self.min_power_w),
            "EVMaximumChargeCurrent": rational(self.max_current_a),
            "EVMinimumChargeCurrent": rational(self.min_current_a),
            "EVMaximumVoltage": rational(self.max_voltage_v),
            "EVMinimumVoltage": rational(self.min_voltage_v),
        }

    def in_loop(self) -> Content:
        """As DC_ChargeLoopReq repeats them."""
        return {name: value for name, value in self.limits().items() if name != "EVMinimumChargeCurrent"}


@dataclass(frozen=True, slots=True)
class Discharge:
    """Between which limits the vehicle gives energy back, as positive numbers."""

    max_power_w: float
    min_power_w: float
    max_current_a: float
    min_current_a: float

    def limits(self) -> Content:
        """As DC_ChargeParameterDiscoveryReq tells them."""
        return {**self.in_loop(), "EVMinimumDischargeCurrent": rational(self.min_current_a)}

    def in_loop(self) -> Content:
        """As DC_ChargeLoopReq repeats them."""
        return {
            "EVMaximumDischargePower": rational(self.max_power_w),
            "EVMinimumDischargePower": rational(self.min_power_w),
            "EVMaximumDischargeCurrent": rational(self.max_current_a),
        }


@dataclass(frozen=True, slots=True)
class Energy:
    """How much the vehicle wants, in watt-hours from now; negative as far as it could give."""

    target_wh: float
    max_wh: float
    min_wh: float

    def request(self) -> Content:
        """The three energy requests."""
        return {
            "EVTargetEnergyRequest": rational(self.target_wh, decimals=0),
            "EVMaximumEnergyRequest": rational(self.max_wh, decimals=0),
            "EVMinimumEnergyRequest": rational(self.min_wh, decimals=0),
        }


@dataclass(frozen=True, slots=True)
class Loop:
    """What one DC_ChargeLoopReq tells."""

    charge: Charge
    energy: Energy
    present_v: float
    target_v: float
    target_a: float
    soc_pct: float
    target_soc_pct: float
    is_complete: bool = False
    discharge: Discharge | None = None
    departure_s: int | None = None
    wants_meter: bool = False


def session_setup(evcc_id: str) -> Content:
    """Who the vehicle is."""
    return {"EVCCID": evcc_id}


def authorization() -> Content:
    """External identification; a contract is not offered."""
    return {"SelectedAuthorizationService": "EIM", "EIM_AReqAuthorizationMode": {}}


def service_discovery(supported: Iterable[int] = ()) -> Content:
    """All services, or those of *supported* that the station has."""
    numbers = [int(number) for number in supported]
    return {"SupportedServiceIDs": {"ServiceID": numbers}} if numbers else {}


def service_detail(service: int) -> Content:
    """How *service* is offered."""
    return {"ServiceID": int(service)}


def service_selection(service: int, set_number: int) -> Content:
    """The service and the parameter set that the vehicle takes."""
    return {"SelectedEnergyTransferService": {"ServiceID": int(service), "ParameterSetID": set_number}}


def charge_parameters(charge: Charge, discharge: Discharge | None = None, target_soc_pct: float | None = None) -> Content:
    """The limits of the vehicle."""
    target: Content = {} if target_soc_pct is None else {"TargetSOC": round(target_soc_pct)}
    if discharge is None:
        return {"DC_CPDReqEnergyTransferMode": {**charge.limits(), **target}}
    return {"BPT_DC_CPDReqEnergyTransferMode": {**charge.limits(), **target, **discharge.limits()}}


def schedule_exchange(
    energy: Energy, *, dynamic: bool, departure_s: int, target_soc_pct: float, v2x: tuple[float, float] | None = None
) -> Content:
    """What the vehicle needs until it leaves; *v2x*: most and least energy that may go back and forth, if it gives any back."""
    if not dynamic:
        return {"MaximumSupportingPoints": _POINTS, "Scheduled_SEReqControlMode": {"DepartureTime": departure_s, **energy.request()}}
    mode: Content = {"DepartureTime": departure_s, "TargetSOC": round(target_soc_pct), **energy.request()}
    if v2x is not None:
        most, least = v2x
        mode["EVMaximumV2XEnergyRequest"] = rational(most, decimals=0)
        mode["EVMinimumV2XEnergyRequest"] = rational(least, decimals=0)
    return {"MaximumSupportingPoints": _POINTS, "Dynamic_SEReqControlMode": mode}


def pre_charge(*, present_v: float, target_v: float, is_ready: bool) -> Content:
    """The voltage wanted at the inlet; *is_ready*: it is there."""
    return {
        "EVProcessing": FINISHED if is_ready else ONGOING,
        "EVPresentVoltage": rational(present_v),
        "EVTargetVoltage": rational(target_v),
    }


def power_profile(entries: Iterable[tuple[int, float]], *, schedule: int | None, anchor_s: int = 0) -> Content:
    """Power in W over stretches of seconds; *schedule* is the tuple that it follows, ``None`` in dynamic mode."""
    mode: Content = (
        {"Dynamic_EVPPTControlMode": {}} if schedule is None else {"Scheduled_EVPPTControlMode": {"SelectedScheduleTupleID": schedule}}
    )
    stretches = [{"Duration": duration, "Power": rational(power, decimals=0)} for duration, power in entries]
    return {"TimeAnchor": anchor_s, **mode, "EVPowerProfileEntries": {"EVPowerProfileEntry": stretches}}


def power_delivery(
    progress: str, *, is_ready: bool = True, profile: Mapping[str, object] | None = None, bidirectional: bool = False
) -> Content:
    """Begin, end or change of the energy transfer; *profile* only with ``Start``."""
    content: Content = {"EVProcessing": FINISHED if is_ready else ONGOING, "ChargeProgress": progress}
    if profile is not None:
        content["EVPowerProfile"] = dict(profile)
    if bidirectional and progress == "Start":
        content["BPT_ChannelSelection"] = "Charge"
    return content


def charge_loop(loop: Loop, *, dynamic: bool) -> Content:
    """What the vehicle wants now."""
    body = _dynamic(loop) if dynamic else _scheduled(loop)
    name = f"{'Dynamic' if dynamic else 'Scheduled'}_DC_CLReqControlMode"
    if loop.discharge is not None:
        name, body = f"BPT_{name}", {**body, **loop.discharge.in_loop()}
    return {
        "DisplayParameters": {
            "PresentSOC": round(loop.soc_pct),
            "TargetSOC": round(loop.target_soc_pct),
            "ChargingComplete": loop.is_complete,
        },
        "MeterInfoRequested": loop.wants_meter,
        "EVPresentVoltage": rational(loop.present_v),
        name: body,
    }


def _scheduled(loop: Loop) -> Content:
    return {
        **loop.energy.request(),
        "EVTargetCurrent": rational(loop.target_a),
        "EVTargetVoltage": rational(loop.target_v),
        **loop.charge.in_loop(),
    }


def _dynamic(loop: Loop) -> Content:
    departure: Content = {} if loop.departure_s is None else {"DepartureTime": loop.departure_s}
    return {**departure, **loop.energy.request(), **loop.charge.in_loop()}


def metering_confirmation(session_id: bytes, meter: Mapping[str, object], *, schedule: int | None) -> Content:
    """That the vehicle has seen the *meter* reading; *schedule* is the tuple in force, ``None`` in dynamic mode."""
    mode: Content = (
        {"Dynamic_SMDTControlMode": {}} if schedule is None else {"Scheduled_SMDTControlMode": {"SelectedScheduleTupleID": schedule}}
    )
    return {"SignedMeteringData": {"Id": "id1", "SessionID": session_id, "MeterInfo": dict(meter), **mode}}


def welding_detection(*, is_ready: bool) -> Content:
    """Measure the voltage again, or for the last time."""
    return {"EVProcessing": FINISHED if is_ready else ONGOING}


def session_stop(ending: str, code: str = "", explanation: str = "") -> Content:
    """``Terminate``, ``Pause`` or ``ServiceRenegotiation``, with the reason if there is one to tell."""
    content: Content = {"ChargingSession": ending}
    if code:
        content["EVTerminationCode"] = code
    if explanation:
        content["EVTerminationExplanation"] = explanation
    return content
