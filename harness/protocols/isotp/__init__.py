"""ISO-TP (ISO 15765-2): messages longer than a CAN frame, on classic CAN and CAN FD, with 11-bit and 29-bit identifiers."""

from __future__ import annotations

from harness.protocols.isotp.addressing import Address, functional_fixed, normal, normal_fixed
from harness.protocols.isotp.events import Error, Event, Failed, Received, Sent, Started
from harness.protocols.isotp.faults import IsoTpFaults
from harness.protocols.isotp.timing import ISO_15765_2, IsoTpTiming
from harness.protocols.isotp.transport import FlowPolicy, Transport

__all__ = [
    "ISO_15765_2",
    "Address",
    "Error",
    "Event",
    "Failed",
    "FlowPolicy",
    "IsoTpFaults",
    "IsoTpTiming",
    "Received",
    "Sent",
    "Started",
    "Transport",
    "functional_fixed",
    "normal",
    "normal_fixed",
]
