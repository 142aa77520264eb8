"""SAE J1939: identifiers and the transport protocol of J1939-21 (RTS/CTS and BAM, both roles), sans I/O."""

from harness.protocols.j1939.events import EventKind, Role, TransportEvent, TransportMessage
from harness.protocols.j1939.faults import OutgoingTp, TransportFaults
from harness.protocols.j1939.frames import MAX_LENGTH, MIN_LENGTH, NO_LIMIT, TP_CM, TP_DT, AbortReason, Control
from harness.protocols.j1939.grants import GrantPolicy, Grants
from harness.protocols.j1939.ids import GLOBAL, NULL, J1939Id, build_id, is_pdu1, split_id
from harness.protocols.j1939.timing import J1939_21, TIMERS, TimerRow, TransportTiming
from harness.protocols.j1939.transport import Transport

__all__ = [
    "GLOBAL",
    "J1939_21",
    "MAX_LENGTH",
    "MIN_LENGTH",
    "NO_LIMIT",
    "NULL",
    "TIMERS",
    "TP_CM",
    "TP_DT",
    "AbortReason",
    "Control",
    "EventKind",
    "GrantPolicy",
    "Grants",
    "J1939Id",
    "OutgoingTp",
    "Role",
    "TimerRow",
    "Transport",
    "TransportEvent",
    "TransportFaults",
    "TransportMessage",
    "TransportTiming",
    "build_id",
    "is_pdu1",
    "split_id",
]
