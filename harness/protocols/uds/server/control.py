"""Services about the server itself: 10, 11, 27, 28, 3E, 85."""

from __future__ import annotations

from harness.core import ms
from harness.protocols.uds.server.context import Context
from harness.protocols.uds.server.model import DEFAULT, EXTENDED, PROGRAMMING, Refused, Request
from harness.protocols.uds.server.security import SEED_BYTES
from harness.protocols.uds.services import Nrc

__all__ = ["communication_control", "dtc_setting", "ecu_reset", "security_access", "session_control", "tester_present"]

_P2_STAR_UNIT_NS = ms(10)
_RESETS = (1, 2, 3)
_ENABLE_ALL, _MOST = 0, 3
_MESSAGE_TYPES = (1, 2, 3)
_ON, _OFF = 1, 2


def session_control(context: Context, request: Request) -> bytes:
    """10: programming only from the extended session."""
    _exactly(request, 2)
    session = request.sub_function
    if session not in (DEFAULT, PROGRAMMING, EXTENDED):
        raise Refused(Nrc.SUB_FUNCTION_NOT_SUPPORTED)
    if session == PROGRAMMING and context.state.session == DEFAULT and not context.deviations.programming_from_default:
        raise Refused(Nrc.SUB_FUNCTION_NOT_IN_SESSION)
    context.state.enter(session)
    context.unit.settings_changed(context.now_ns)
    timing = context.timing
    times = (timing.p2_ns // ms(1)).to_bytes(2, "big") + (timing.p2_star_ns // _P2_STAR_UNIT_NS).to_bytes(2, "big")
    return bytes((session,)) + times


def ecu_reset(context: Context, request: Request) -> bytes:
    """11: the unit starts anew after the answer."""
    _exactly(request, 2)
    if request.sub_function not in _RESETS:
        raise Refused(Nrc.SUB_FUNCTION_NOT_SUPPORTED)
    context.resets = True
    return bytes((request.sub_function,))


def security_access(context: Context, request: Request) -> bytes:
    """27: level 1."""
    security = context.state.security
    if request.sub_function == 1:
        _exactly(request, 2)
        return b"\x01" + security.give_seed(context.now_ns)
    if request.sub_function == 2:
        _exactly(request, 2 + SEED_BYTES)
        security.take_key(context.now_ns, request.data[2:])
        return b"\x02"
    raise Refused(Nrc.SUB_FUNCTION_NOT_SUPPORTED)


def communication_control(context: Context, request: Request) -> bytes:
    """28: normal messages off and on; transfers of diagnostics and messages for safety stay."""
    _exactly(request, 3)
    if request.sub_function > _MOST:
        raise Refused(Nrc.SUB_FUNCTION_NOT_SUPPORTED)
    if request.data[2] not in _MESSAGE_TYPES:
        raise Refused(Nrc.OUT_OF_RANGE)
    if not context.deviations.talks_on:
        context.state.is_talking = request.sub_function in (_ENABLE_ALL, 1)
    context.unit.settings_changed(context.now_ns)
    return bytes((request.sub_function,))


def tester_present(context: Context, request: Request) -> bytes:
    """3E."""
    _exactly(request, 2)
    if request.sub_function:
        raise Refused(Nrc.SUB_FUNCTION_NOT_SUPPORTED)
    return b"\0"


def dtc_setting(context: Context, request: Request) -> bytes:
    """85: the recording of troubles off and on."""
    _exactly(request, 2)
    if request.sub_function not in (_ON, _OFF):
        raise Refused(Nrc.SUB_FUNCTION_NOT_SUPPORTED)
    context.state.is_recording = request.sub_function == _ON
    context.unit.settings_changed(context.now_ns)
    return bytes((request.sub_function,))


def _exactly(request: Request, length: int) -> None:
    if len(request.data) != length:
        raise Refused(Nrc.INCORRECT_LENGTH)
