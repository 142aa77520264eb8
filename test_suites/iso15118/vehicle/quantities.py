"""What the requests of a vehicle say, whichever protocol carries them."""

from __future__ import annotations

from harness.protocols.iso15118.message import V2gMessage

_SCHEDULED, _DYNAMIC = "Scheduled_DC_CLReqControlMode", "Dynamic_DC_CLReqControlMode"
_CURRENT = (
    "EVTargetCurrent",
    *(f"{way}{_SCHEDULED}.EVTargetCurrent" for way in ("", "BPT_")),
    *(f"{way}{_DYNAMIC}.EVMaximumChargeCurrent" for way in ("", "BPT_")),
)
_SOC = ("DC_EVStatus.EVRESSSOC", "DisplayParameters.PresentSOC", "DC_EVChargeParameter.DC_EVStatus.EVRESSSOC")
_OF_PARAMETERS = ("DC_EVChargeParameter", "DC_CPDReqEnergyTransferMode", "BPT_DC_CPDReqEnergyTransferMode")


def asked_current(request: V2gMessage) -> float | None:
    """Current that a request of the charge loop asks for, or permits where the station chooses; ``None`` without one."""
    return _first(request, _CURRENT)


def soc(request: V2gMessage) -> float | None:
    """State of charge; ``None`` without one."""
    return _first(request, _SOC)


def parameter(request: V2gMessage, *names: str) -> float | None:
    """The first of the charge parameters *names* that the request tells; ``None`` without one."""
    return _first(request, [f"{where}.{name}" for where in _OF_PARAMETERS for name in names])


def _first(request: V2gMessage, paths: tuple[str, ...] | list[str]) -> float | None:
    return next((value for path in paths if (value := request.quantity(path)) is not None), None)
