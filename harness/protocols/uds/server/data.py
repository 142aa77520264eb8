"""Services about data and routines: 22, 2E, 31."""

from __future__ import annotations

from harness.protocols.uds.server.context import Context
from harness.protocols.uds.server.model import Refused, Request
from harness.protocols.uds.services import Nrc

__all__ = ["MOST_DIDS", "read_data", "routine_control", "takes_ns", "write_data"]

MOST_DIDS = 8
"""Data identifiers in one request."""
_START, _STOP, _RESULT = 1, 2, 3
_LENGTH = 4
"""Of a request about a routine."""


def read_data(context: Context, request: Request) -> bytes:
    """22: what is known of the identifiers asked for; a refusal only if none of them is."""
    asked = request.data[1:]
    if len(asked) % 2 or len(asked) > 2 * MOST_DIDS:
        raise Refused(Nrc.INCORRECT_LENGTH)
    found = b""
    for offset in range(0, len(asked), 2):
        row = context.rows.get(int.from_bytes(asked[offset : offset + 2], "big"))
        if row is not None and (context.state.session in row.sessions or context.deviations.open_rows):
            found += asked[offset : offset + 2] + row.read()
    if not found:
        raise Refused(Nrc.OUT_OF_RANGE)
    if len(found) >= context.longest:
        raise Refused(Nrc.RESPONSE_TOO_LONG)
    return found


def write_data(context: Context, request: Request) -> bytes:
    """2E: with access."""
    row = context.rows.get(int.from_bytes(request.data[1:3], "big"))
    if row is None or row.write is None:
        raise Refused(Nrc.OUT_OF_RANGE)
    if not (context.state.security.is_open or context.deviations.open_rows):
        raise Refused(Nrc.SECURITY_DENIED)
    content = request.data[3:]
    if row.length and len(content) != row.length:
        raise Refused(Nrc.INCORRECT_LENGTH)
    row.write(content)
    return request.data[1:3]


def takes_ns(context: Context, request: Request) -> int:
    """How long the routine that *request* starts takes; 0 for one that is not started."""
    routine = context.routines.get(int.from_bytes(request.data[2:4], "big"))
    if routine is None or request.sub_function != _START or len(request.data) != _LENGTH:
        return 0
    return 0 if routine.needs_access and not context.state.security.is_open else routine.takes_ns


def routine_control(context: Context, request: Request) -> bytes:
    """31: start, stop, result."""
    routine = context.routines.get(int.from_bytes(request.data[2:4], "big"))
    if request.sub_function not in (_START, _STOP, _RESULT):
        raise Refused(Nrc.SUB_FUNCTION_NOT_SUPPORTED)
    if routine is None:
        raise Refused(Nrc.OUT_OF_RANGE)
    if routine.needs_access and not context.state.security.is_open:
        raise Refused(Nrc.SECURITY_DENIED)
    if len(request.data) != _LENGTH:
        raise Refused(Nrc.INCORRECT_LENGTH)
    return bytes((request.sub_function,)) + request.data[2:4] + routine.result
