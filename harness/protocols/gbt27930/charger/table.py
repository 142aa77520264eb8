"""The state table of the charger side of GB/T 27930-2015 (theory of operation in ``machine``)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["ARMED_BY_SENDING", "CANCELLED", "PHASES", "REARMED", "STOP_SIGNALS", "ChargerPhase", "ChargerRow", "Fact"]


class ChargerPhase(enum.Enum):
    """Where the charger stands."""

    IDLE = "idle"
    HANDSHAKE = "handshake and insulation test"
    RECOGNITION = "CRM(00), waits for BRM"
    IDENTIFIED = "CRM(AA), waits for BCP"
    CONFIGURATION = "CML, waits for BRO(AA)"
    READY = "CRO, waits for BCL and BCS"
    CHARGING = "charging"
    STOPPING = "CST, waits for BSD"
    STATISTICS = "CSD"
    ENDED = "regular end"
    ERROR = "timeout reported, or BEM received"


class Fact(enum.Enum):
    """What the charger has seen of the vehicle, or reached itself, in the present session."""

    INSULATED = "insulation test done"
    BRM = "complete BRM"
    BCP = "complete BCP"
    VEHICLE_READY = "BRO(AA)"
    BCL = "BCL after CRO(AA)"
    BCS = "complete BCS after CRO(AA)"
    STOP = "BST, or own decision to stop"
    BSD = "BSD"
    TOLD = "CSD sent often enough"


@dataclass(frozen=True, slots=True)
class ChargerRow:
    """What belongs to a phase. Entering it stops every cycle and timer of the phase before."""

    sends: tuple[str, ...] = ()
    """Messages that start on entry."""
    needs: frozenset[Fact] | None = None
    """Facts that end the phase, ``None`` if none does."""
    next: ChargerPhase | None = None
    arms: tuple[str, ...] = ()
    """Timers armed on entry."""


_P = ChargerPhase


def _needs(*facts: Fact) -> frozenset[Fact]:
    return frozenset(facts)


PHASES: Mapping[ChargerPhase, ChargerRow] = MappingProxyType(
    {
        _P.IDLE: ChargerRow(),
        _P.HANDSHAKE: ChargerRow(("CHM",), _needs(Fact.INSULATED), _P.RECOGNITION, ("NO_BHM",)),
        _P.RECOGNITION: ChargerRow(("CRM",), _needs(Fact.BRM), _P.IDENTIFIED),
        _P.IDENTIFIED: ChargerRow(("CRM",), _needs(Fact.BCP), _P.CONFIGURATION),
        _P.CONFIGURATION: ChargerRow(("CTS", "CML"), _needs(Fact.VEHICLE_READY), _P.READY),
        _P.READY: ChargerRow(("CRO",), _needs(Fact.BCL, Fact.BCS), _P.CHARGING, ("OUTPUT_READY", "TC5")),
        _P.CHARGING: ChargerRow(("CCS",), _needs(Fact.STOP), _P.STOPPING, ("TC8", "TC9")),
        _P.STOPPING: ChargerRow(("CST",), _needs(Fact.BSD), _P.STATISTICS),
        _P.STATISTICS: ChargerRow(("CSD",), _needs(Fact.TOLD), _P.ENDED),
        _P.ENDED: ChargerRow(),
        _P.ERROR: ChargerRow(("CEM",), None, None, ("RECONNECT",)),
    }
)

ARMED_BY_SENDING: Mapping[tuple[ChargerPhase, str], tuple[str, ...]] = MappingProxyType(
    {
        (_P.RECOGNITION, "CRM"): ("TC1",),
        (_P.IDENTIFIED, "CRM"): ("TC2",),
        (_P.CONFIGURATION, "CML"): ("TC3", "TC4"),
        (_P.READY, "CRO(AA)"): ("TC6", "TC7"),
        (_P.STOPPING, "CST"): ("TC11", "TC12"),
    }
)
"""Timers that the first message of a phase arms."""

REARMED: Mapping[tuple[ChargerPhase, str], tuple[str, ...]] = MappingProxyType(
    {
        (_P.READY, "BRO(AA)"): ("TC5",),
        (_P.CHARGING, "BCL"): ("TC8",),
        (_P.CHARGING, "BCS"): ("TC9",),
        (_P.CHARGING, "BSM"): ("TC10",),
    }
)
"""Timers that a message of the vehicle arms again."""

CANCELLED: Mapping[tuple[ChargerPhase, str], tuple[str, ...]] = MappingProxyType(
    {
        (_P.CONFIGURATION, "BRO"): ("TC3",),
        (_P.READY, "BCL"): ("TC6",),
        (_P.READY, "BCS"): ("TC7",),
        (_P.STOPPING, "BST"): ("TC11",),
        (_P.STOPPING, "BSD"): ("TC12",),
    }
)
"""Timers that a message of the vehicle ends."""

STOP_SIGNALS: Mapping[str, str] = MappingProxyType(
    {
        "condition": "condition_reached",
        "manual": "manual",
        "fault": "fault",
        "bms_stopped": "bms_stopped",
        "emergency": "emergency_stop",
    }
)
"""Reasons to stop with the signal of CST that tells them."""
