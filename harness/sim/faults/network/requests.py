"""Faults of requests and refusals."""

from __future__ import annotations

from harness.core import Frame, ms
from harness.protocols.j1939.groups import BY_NAME
from harness.protocols.j1939.ids import split_id
from harness.sim.ecus.endurance import EnduranceSetup
from harness.sim.faults.network.changes import around, habit
from harness.sim.faults.network.fault import Fault

__all__ = ["REQUEST_FAULTS"]

_REQUEST_BYTES = 3


def _is_short_request(frame: Frame) -> bool:
    return frame.extended and len(frame.data) < _REQUEST_BYTES and split_id(frame.can_id).pgn == BY_NAME["Request"].pgn


REQUEST_FAULTS = (
    Fault("answers_after_700ms", "answers requests after 700 ms", (habit(answer_ns=ms(700)),)),
    Fault("vin_request_ignored", "a request for the VIN brings nothing", (habit(deaf=frozenset((BY_NAME["VehicleId"].pgn,))),)),
    Fault("unknown_group_unanswered", "a group that it has not is not refused", (habit(silent_on_unknown=True),)),
    Fault("unknown_group_refused_to_all", "refuses a group that it has not to a request to everybody", (habit(refuses_to_all=True),)),
    Fault("refusal_of_wrong_group", "the refusal names another group", (habit(refusal=lambda data: data[:5] + b"\x00\xee\x00"),)),
    Fault("refusal_to_wrong_address", "the refusal names another requester", (habit(refusal=lambda data: data[:4] + b"\xff" + data[5:]),)),
    Fault(
        "refusal_filled_with_zeros", "bytes 2 to 4 of the refusal are 00", (habit(refusal=lambda data: data[:1] + b"\0\0\0" + data[4:]),)
    ),
    Fault(
        "refusal_says_done",
        "the control byte of the refusal is that of an acknowledgement",
        (habit(refusal=lambda data: b"\0" + data[1:]),),
    ),
    Fault("refusal_of_7_bytes", "the refusal has 7 bytes", (habit(refusal=lambda data: data[:7]),)),
    Fault("resets_under_a_flood", "more than 50 requests a second make it start anew", (habit(flooded=50),)),
    Fault(
        "cyclic_messages_stop_under_a_flood",
        "more than 50 requests a second end its cyclic messages",
        (habit(flooded=50, falls="silence"),),
    ),
    Fault(
        "resets_on_short_request",
        "starts anew on a request of two bytes",
        (around(endurance=EnduranceSetup(hates=_is_short_request)),),
    ),
    Fault("short_request_answered", "answers a request of two bytes", (habit(takes_short_requests=True),)),
)
