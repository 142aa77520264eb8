"""The diagnostic server of a control unit (ISO 14229), sans-IO: messages or frames in, messages or frames out, time is an argument."""

from __future__ import annotations

from harness.protocols.uds.server.deviations import Deviations, ServerTiming
from harness.protocols.uds.server.endpoint import Endpoint
from harness.protocols.uds.server.model import (
    ANY_SESSION,
    DEFAULT,
    EXTENDED,
    PROGRAMMING,
    Contents,
    DataRow,
    Refused,
    Request,
    Routine,
    TroubleRow,
    Unit,
)
from harness.protocols.uds.server.server import Server

__all__ = [
    "ANY_SESSION",
    "DEFAULT",
    "EXTENDED",
    "PROGRAMMING",
    "Contents",
    "DataRow",
    "Deviations",
    "Endpoint",
    "Refused",
    "Request",
    "Routine",
    "Server",
    "ServerTiming",
    "TroubleRow",
    "Unit",
]
