"""Faults of the vehicle for the rows about V2GTP and TCP."""

from __future__ import annotations

from harness.core.durations import s
from harness.protocols.iso15118.behaviour import Bytes, Leads, Moment, Overlook, Refrain, Suppress, TimerEffect, Twice
from harness.protocols.iso15118.vehicle.discovery import DISCOVERY
from harness.sim.faults.ccs_vehicle.fault import Fault

__all__ = ["TRANSPORT_FAULTS"]

_FIRST = "SupportedAppProtocol"
_SECOND = ("ServiceDiscovery", "AuthorizationSetup")
"""What follows SessionSetup."""


def _died(moment: Moment) -> bool:
    """The vehicle could not read a response before, and has not been well since."""
    if moment.reason == "the response cannot be read":
        moment.marks.add("unreadable")
    return moment.sessions > 1 and "unreadable" in moment.marks


def _notes(moment: Moment) -> bool:
    _died(moment)
    return False


TRANSPORT_FAULTS: tuple[Fault, ...] = (
    Fault(
        "first_request_of_type_8002",
        "sends its first request with payload type 8002",
        (Bytes(_FIRST, lambda data: data[:2] + b"\x80\x02" + data[4:]),),
    ),
    Fault(
        "first_request_with_wrong_length",
        "counts the header in the length of its first request",
        (Bytes(_FIRST, lambda data: data[:4] + len(data).to_bytes(4, "big") + data[8:]),),
    ),
    Fault(
        "first_request_with_wrong_version", "sends its first request in version 02", (Bytes(_FIRST, lambda data: b"\x02\xfd" + data[2:]),)
    ),
    Fault("response_with_wrong_header_taken", "reads a response whatever stands in its header", (Overlook("header", "SessionSetup"),)),
    Fault("expects_whole_frames", "takes each segment for a whole message", (Overlook("pieces"),)),
    Fault("asks_twice_after_session_setup", "sends the request after SessionSetup twice", tuple(Twice(name) for name in _SECOND)),
    Fault("hangs_after_session_setup", "stands still after SessionSetup", (Leads("SessionSetup", "nowhere"), TimerEffect("close", None))),
    Fault(
        "unreadable_response_taken",
        "goes on after a response that cannot be read",
        (Overlook("encoding", "SessionSetup"), Overlook("parameters", "SessionSetup")),
    ),
    Fault(
        "dead_after_unreadable_response",
        "does nothing any more once it could not read a response",
        (TimerEffect("close", s(1), _notes), Suppress(DISCOVERY, _died)),
    ),
    Fault("leaves_after_service_discovery", "leaves after ServiceDiscovery for no reason", (Leads("ServiceDiscovery", "leave"),)),
    Fault("leaves_after_service_detail", "leaves after ServiceDetail for no reason", (Leads("ServiceDetail", "leave"),)),
    Fault(
        "stays_in_cp_c_after_reset",
        "leaves the control pilot in C when the connection is reset in cable check",
        (Refrain("present_b", "CableCheck"), Refrain("present_b", "DC_CableCheck")),
    ),
    Fault(
        "contactor_stays_closed_after_a_fault",
        "leaves the contactor closed after a fault while charging",
        (Refrain("open_contactor", "CurrentDemand"), Refrain("open_contactor", "DC_ChargeLoop")),
    ),
    Fault("setup_timer_missing", "waits without limit for the session to be set up", (TimerEffect("setup", None),)),
    Fault("setup_timer_of_10s", "gives the setup of a session 10 s", (TimerEffect("setup", s(10)),)),
)
