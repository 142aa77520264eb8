"""The quantities of the messages that a timeline shows, with their units."""

from __future__ import annotations

from collections.abc import Mapping

from harness.core.standard import SignalInfo

__all__ = ["signals_of"]

_V, _A, _PERCENT = SignalInfo("V"), SignalInfo("A"), SignalInfo("%")
_SOC = {"DC_EVStatus.EVRESSSOC": _PERCENT}
_SIGNALS: Mapping[str, Mapping[str, SignalInfo]] = {
    "PreChargeReq": {"EVTargetVoltage": _V, "EVTargetCurrent": _A},
    "PreChargeRes": {"EVSEPresentVoltage": _V},
    "CurrentDemandReq": {"EVTargetVoltage": _V, "EVTargetCurrent": _A, **_SOC},
    "CurrentDemandRes": {"EVSEPresentVoltage": _V, "EVSEPresentCurrent": _A},
    "WeldingDetectionRes": {"EVSEPresentVoltage": _V},
    "DC_PreChargeReq": {"EVTargetVoltage": _V, "EVPresentVoltage": _V},
    "DC_PreChargeRes": {"EVSEPresentVoltage": _V},
    "DC_ChargeLoopReq": {
        "EVPresentVoltage": _V,
        "Scheduled_DC_CLReqControlMode.EVTargetVoltage": _V,
        "Scheduled_DC_CLReqControlMode.EVTargetCurrent": _A,
        "DisplayParameters.PresentSOC": _PERCENT,
    },
    "DC_ChargeLoopRes": {"EVSEPresentVoltage": _V, "EVSEPresentCurrent": _A},
    "DC_WeldingDetectionRes": {"EVSEPresentVoltage": _V},
}


def signals_of(name: str) -> Mapping[str, SignalInfo]:
    """The signals of message *name* in their order; empty for a message that has none."""
    return _SIGNALS.get(name, {})
