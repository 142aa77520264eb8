"""What was asked for and given in the charge loop: smallest, largest and last value of each quantity."""

from __future__ import annotations

from dataclasses import dataclass

from harness.protocols.iso15118.message import V2gMessage
from harness.protocols.iso15118.sessions.phases import LOOPS
from harness.protocols.iso15118.sessions.talk import Talk

__all__ = ["Quantity", "quantities_of"]

_MODES = (
    "Scheduled_DC_CLReqControlMode",
    "Dynamic_DC_CLReqControlMode",
    "BPT_Scheduled_DC_CLReqControlMode",
    "BPT_Dynamic_DC_CLReqControlMode",
)
_SIGNALS = {
    "present_voltage": ("V", ("EVSEPresentVoltage",)),
    "present_current": ("A", ("EVSEPresentCurrent",)),
    "vehicle_voltage": ("V", ("EVPresentVoltage",)),
    "target_voltage": ("V", ("EVTargetVoltage", *(f"{mode}.EVTargetVoltage" for mode in _MODES))),
    "target_current": ("A", ("EVTargetCurrent", *(f"{mode}.EVTargetCurrent" for mode in _MODES))),
    "soc": ("%", ("DC_EVStatus.EVRESSSOC", "DisplayParameters.PresentSOC")),
}
"""Unit of a quantity, and the paths at which the protocols have it."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity over the charge loop."""

    name: str
    unit: str
    low: float
    high: float
    last: float


def quantities_of(talk: Talk) -> list[Quantity]:
    """Those that the messages of the charge loop carry."""
    loop = [message for message in talk.known if message.base in LOOPS]
    found = []
    for name, (unit, paths) in _SIGNALS.items():
        values = [value for message in loop if (value := _value(message, paths)) is not None]
        if values:
            found.append(Quantity(name, unit, min(values), max(values), values[-1]))
    return found


def _value(message: V2gMessage, paths: tuple[str, ...]) -> float | None:
    return next((value for path in paths if (value := message.quantity(path)) is not None), None)
