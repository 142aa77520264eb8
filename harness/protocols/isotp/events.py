"""What a transport tells its owner."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Error", "Event", "Failed", "Received", "Sent", "Started"]


class Error(StrEnum):
    """Why a transfer ended before its time, in the words of the standard."""

    TIMEOUT_A = "N_TIMEOUT_A"
    TIMEOUT_BS = "N_TIMEOUT_Bs"
    TIMEOUT_CR = "N_TIMEOUT_Cr"
    WRONG_SN = "N_WRONG_SN"
    INVALID_FS = "N_INVALID_FS"
    UNEXPECTED_PDU = "N_UNEXP_PDU"
    WAIT_LIMIT = "N_WFT_OVRN"
    OVERFLOW = "N_BUFFER_OVFLW"


@dataclass(frozen=True, slots=True)
class Started:
    """The first frame of a message came; its end is still to come."""

    t_ns: int
    length: int
    functional: bool = False


@dataclass(frozen=True, slots=True)
class Received:
    """A message is complete."""

    t_ns: int
    data: bytes
    first_ns: int
    """When its first frame was there."""
    functional: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """The last frame of an own message was handed over."""

    t_ns: int
    length: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A transfer ended before its time."""

    t_ns: int
    error: Error
    sending: bool
    """It was an own message."""
    text: str


Event = Started | Received | Sent | Failed
