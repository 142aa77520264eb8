"""What the responses of DIN SPEC 70121 and ISO 15118-2 have in common, and where they lead."""

from __future__ import annotations

from harness.core.errors import RemoteProtocolError
from harness.protocols.iso15118.physical import optional_quantity, quantity_of
from harness.protocols.iso15118.vehicle.state import Content, State
from harness.protocols.iso15118.vehicle.table import Again, End, Go, Leave, Move, Wait

__all__ = [
    "child",
    "follow_cable_check",
    "follow_loop",
    "follow_pre_charge",
    "follow_processing",
    "follow_session_setup",
    "follow_welding",
    "heed",
    "items",
    "number_in",
    "read_limits",
    "unusable",
    "word_in",
]

_OLD = "OK_OldSessionJoined"
_ORDERLY = {"EVSE_Shutdown", "EVSE_Malfunction", "EVSE_UtilityInterruptEvent"}


def child(content: Content, name: str) -> Content:
    """The element *name*.

    Raises:
        RemoteProtocolError: there is none.
    """
    found = content.get(name)
    if not isinstance(found, dict):
        raise RemoteProtocolError(f"the response has no {name}", content)
    return found


def items(content: Content, name: str) -> list[object]:
    """The elements *name*, none if there are none."""
    found = content.get(name)
    return list(found) if isinstance(found, list) else []


def word_in(content: Content, name: str) -> str:
    """The word *name*; empty without one."""
    found = content.get(name)
    return found if isinstance(found, str) else ""


def number_in(content: Content, name: str) -> int:
    """The whole number *name*.

    Raises:
        RemoteProtocolError: there is none.
    """
    found = content.get(name)
    if not isinstance(found, int):
        raise RemoteProtocolError(f"the response has no {name}", content)
    return found


def follow_session_setup(state: State, content: Content, resumed: Move, new: Move) -> Move:
    """Take the session id of the station: *resumed* if the old session goes on, *new* if another begins."""
    if not any(state.heard_id):
        return Leave("session id 0")
    if word_in(content, "ResponseCode") == _OLD:
        if not state.resumes or state.heard_id != state.session_id:
            return Leave("a session that was not asked for was joined")
        return resumed
    state.session_id, state.resumes = state.heard_id, False
    return new


def follow_processing(content: Content, then: Move) -> Move:
    """*then* once the station is ready."""
    match word_in(content, "EVSEProcessing"):
        case "Finished":
            return then
        case "Ongoing":
            return Wait()
        case "Ongoing_WaitingForCustomerInteraction":
            return Wait(timed=False)
    return Leave("no word about EVSEProcessing")


def heed(state: State, status: Content) -> Leave | None:
    """Note what the station asks for, and ``Leave`` if it shuts down in an emergency."""
    code = word_in(status, "EVSEStatusCode")
    if code == "EVSE_EmergencyShutdown":
        return Leave(code)
    if code in _ORDERLY:
        state.request_stop(code)
    match word_in(status, "EVSENotification"):
        case "StopCharging":
            state.request_stop("StopCharging")
        case "ReNegotiation" if state.started_ns:
            state.request_stop("ReNegotiation", "renegotiate")
    return None


def read_limits(state: State, content: Content) -> None:
    """Note the limits that *content* tells; those that it leaves out stay."""
    limits = state.limits
    for name, field in (
        ("EVSEMaximumVoltageLimit", "max_voltage_v"),
        ("EVSEMinimumVoltageLimit", "min_voltage_v"),
        ("EVSEMaximumCurrentLimit", "max_current_a"),
        ("EVSEMinimumCurrentLimit", "min_current_a"),
        ("EVSEMaximumPowerLimit", "max_power_w"),
    ):
        value = optional_quantity(content.get(name))
        if value is not None:
            setattr(limits, field, value)


def unusable(state: State) -> End | None:
    """Why the truck cannot charge within the limits of the station; ``None`` if it can."""
    limits, options = state.limits, state.options
    if limits.max_voltage_v is not None and limits.max_voltage_v < state.plant.battery_v:
        return End("the station does not reach the voltage of the battery")
    if limits.min_voltage_v is not None and limits.min_voltage_v > options.max_voltage_v:
        return End("the station does not go down to the voltage of the battery")
    if limits.max_current_a is not None and limits.max_current_a < options.min_current_a:
        return End("the station gives too little current")
    return None


def follow_cable_check(state: State, content: Content) -> Move:
    """Go on with pre-charging once the isolation is found good."""
    status = child(content, "DC_EVSEStatus")
    left = heed(state, status)
    if left is not None:
        return left
    move = follow_processing(content, Go("PreCharge"))
    if isinstance(move, Go):
        isolation = word_in(status, "EVSEIsolationStatus")
        good = isolation == "Valid" or (isolation == "Warning" and state.options.isolation_warning)
        return move if good else Leave(f"isolation status {isolation or 'missing'}")
    return move


def follow_pre_charge(state: State, content: Content) -> Move:
    """Go on once the voltage of the battery is there."""
    left = heed(state, child(content, "DC_EVSEStatus"))
    if left is not None:
        return left
    state.present_v = quantity_of(content.get("EVSEPresentVoltage"))
    return Go("PowerDelivery_start") if state.is_precharged() else Again()


def follow_loop(state: State, content: Content) -> Move:
    """Note what flows; the machine leaves the loop when there is a wish to."""
    left = heed(state, child(content, "DC_EVSEStatus"))
    state.present_v = quantity_of(content.get("EVSEPresentVoltage"))
    state.present_a = quantity_of(content.get("EVSEPresentCurrent"))
    read_limits(state, content)
    return left or Again()


def follow_welding(state: State, content: Content) -> Move:
    """Ask until the voltage is down, for a limited time."""
    state.present_v = quantity_of(content.get("EVSEPresentVoltage"))
    high = state.present_v > state.options.welding_v
    patient = state.now_ns - state.since_ns < state.options.welding_s * 1_000_000_000
    if high and not patient:
        state.notes["welded"] = state.present_v
    return Again() if high and patient else Go("SessionStop")
