"""The state table of the vehicle side of GB/T 27930-2015: phases, events, transitions (theory in ``machine``)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from harness.core import ms

__all__ = [
    "ARMED_BY_SENDING",
    "CANCELLED",
    "PHASES",
    "REARMED",
    "STOP_REASONS",
    "TRANSITIONS",
    "VehicleEvent",
    "VehiclePhase",
    "VehicleRow",
]


class VehiclePhase(enum.Enum):
    """Where the BMS stands."""

    UNPLUGGED = "unplugged"
    WAITING = "awake, no message of the charger yet"
    HANDSHAKE = "handshake"
    RECOGNITION = "recognition"
    PARAMETERS = "configuration until CML"
    READY = "configuration until CRO(AA)"
    CHARGING = "charging"
    STOPPING = "stop, until CST and BST are exchanged and the contactors are open"
    STATISTICS = "statistics"
    ENDED = "regular end, no session without re-plugging"
    ERROR = "timeout reported, waits for a reconnect"
    SUSPENDED = "CEM received, waits for a reconnect"
    FAILED = "timeout at the end of charging reported, no reconnect"
    FINISHED = "irregular end, no session without re-plugging"


class VehicleEvent(enum.Enum):
    """What moves the BMS. Timers have the names of ``VEHICLE_TIMERS``."""

    CHM = "CHM"
    CRM00 = "CRM(00)"
    CRMAA = "CRM(AA)"
    CTS = "CTS"
    CML = "CML"
    CRO00 = "CRO(00)"
    CROAA = "CRO(AA)"
    CCS = "CCS"
    CST = "CST"
    CSD = "CSD"
    CEM = "CEM"
    FULL = "target state of charge reached"
    OVER_VOLTAGE = "CCS voltage above the own maximum"
    OVER_CURRENT = "CCS current above the own demand"
    STOPPED = "stop messages exchanged, contactors open"
    TB1 = "TB1"
    TB1B = "TB1b"
    TB2 = "TB2"
    TB3 = "TB3"
    TB4 = "TB4"
    TB5 = "TB5"
    TB6 = "TB6"
    TB6A = "TB6a"
    TB7 = "TB7"
    TB8 = "TB8"
    TB9 = "TB9"


@dataclass(frozen=True, slots=True)
class VehicleRow:
    """What belongs to a phase. Entering it stops every message and timer that it does not name."""

    sends: tuple[tuple[str, int], ...] = ()
    """Messages that start on entry, with their offsets in ns behind the response time."""
    arms: tuple[str, ...] = ()
    """Timers armed on entry."""
    carries: tuple[str, ...] = ()
    """Timers of the phase before that go on."""
    opens: bool = False
    """The contactors open as soon as the current is low."""


_P, _E = VehiclePhase, VehicleEvent

PHASES: Mapping[VehiclePhase, VehicleRow] = MappingProxyType(
    {
        _P.UNPLUGGED: VehicleRow(),
        _P.WAITING: VehicleRow(arms=("TB1b",)),
        _P.HANDSHAKE: VehicleRow(sends=(("BHM", 0),), arms=("TB1",)),
        _P.RECOGNITION: VehicleRow(sends=(("BRM", 0),)),
        _P.PARAMETERS: VehicleRow(sends=(("BCP", 0),)),
        _P.READY: VehicleRow(sends=(("BRO", 0),), arms=("PRECHARGE",)),
        # The offsets keep the three cycles apart: BCS needs about 30 ms of transport after its RTS.
        _P.CHARGING: VehicleRow(sends=(("BCL", 0), ("BCS", ms(15)), ("BSM", ms(115))), arms=("TB6a",)),
        _P.STOPPING: VehicleRow(sends=(("BST", 0),), opens=True),
        _P.STATISTICS: VehicleRow(sends=(("BSD", 0),), carries=("TB8",), opens=True),
        _P.ENDED: VehicleRow(opens=True),
        _P.ERROR: VehicleRow(sends=(("BEM", 0),), opens=True),
        _P.SUSPENDED: VehicleRow(arms=("TB9",), opens=True),
        _P.FAILED: VehicleRow(sends=(("BEM", 0),), opens=True),
        _P.FINISHED: VehicleRow(opens=True),
    }
)

ARMED_BY_SENDING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"BRM": ("TB2",), "BCP": ("TB3",), "BRO(AA)": ("TB4", "TB5"), "BST": ("TB7", "TB8"), "BEM": ("TB9",)}
)
"""Timers that the first message of a phase arms."""

REARMED: Mapping[tuple[VehiclePhase, VehicleEvent], tuple[str, ...]] = MappingProxyType(
    {
        (_P.READY, _E.CRO00): ("TB4",),
        (_P.CHARGING, _E.CRO00): ("TB6a",),
        (_P.CHARGING, _E.CROAA): ("TB6a",),
        (_P.CHARGING, _E.CCS): ("TB6",),
    }
)
"""Timers that a message arms again without leaving the phase; TB4 and TB6a only while they run."""

CANCELLED: Mapping[tuple[VehiclePhase, VehicleEvent], tuple[str, ...]] = MappingProxyType({(_P.CHARGING, _E.CCS): ("TB6a",)})
"""Timers that a message ends without leaving the phase."""

_COMMON = {(phase, _E.CEM): _P.SUSPENDED for phase in (_P.HANDSHAKE, _P.RECOGNITION, _P.PARAMETERS, _P.READY, _P.CHARGING)}

TRANSITIONS: Mapping[tuple[VehiclePhase, VehicleEvent], VehiclePhase] = MappingProxyType(
    {
        **_COMMON,
        (_P.WAITING, _E.CHM): _P.HANDSHAKE,
        (_P.WAITING, _E.CRM00): _P.RECOGNITION,
        (_P.WAITING, _E.TB1B): _P.ERROR,
        (_P.HANDSHAKE, _E.CRM00): _P.RECOGNITION,
        (_P.HANDSHAKE, _E.TB1): _P.ERROR,
        (_P.RECOGNITION, _E.CRMAA): _P.PARAMETERS,
        (_P.RECOGNITION, _E.TB2): _P.ERROR,
        (_P.PARAMETERS, _E.CML): _P.READY,
        (_P.PARAMETERS, _E.TB3): _P.ERROR,
        (_P.READY, _E.CROAA): _P.CHARGING,
        (_P.READY, _E.CST): _P.STOPPING,
        (_P.READY, _E.TB4): _P.ERROR,
        (_P.READY, _E.TB5): _P.ERROR,
        (_P.CHARGING, _E.CST): _P.STOPPING,
        (_P.CHARGING, _E.FULL): _P.STOPPING,
        (_P.CHARGING, _E.OVER_VOLTAGE): _P.STOPPING,
        (_P.CHARGING, _E.OVER_CURRENT): _P.STOPPING,
        (_P.CHARGING, _E.TB6): _P.ERROR,
        (_P.CHARGING, _E.TB6A): _P.ERROR,
        (_P.STOPPING, _E.STOPPED): _P.STATISTICS,
        (_P.STOPPING, _E.TB7): _P.FAILED,
        (_P.STOPPING, _E.TB8): _P.FAILED,
        (_P.STATISTICS, _E.CSD): _P.ENDED,
        (_P.STATISTICS, _E.TB8): _P.FAILED,
        (_P.ERROR, _E.CRM00): _P.RECOGNITION,
        (_P.ERROR, _E.TB9): _P.FINISHED,
        (_P.SUSPENDED, _E.CRM00): _P.RECOGNITION,
        (_P.SUSPENDED, _E.TB9): _P.FINISHED,
        (_P.FAILED, _E.TB9): _P.FINISHED,
    }
)
"""Phase that follows; a pair that is not here changes nothing."""

STOP_REASONS: Mapping[VehicleEvent, str] = MappingProxyType(
    {
        _E.FULL: "soc_reached",
        _E.CST: "charger_stopped",
        _E.OVER_VOLTAGE: "voltage_error",
        _E.OVER_CURRENT: "over_current_error",
    }
)
"""Signal of BST that tells why."""
