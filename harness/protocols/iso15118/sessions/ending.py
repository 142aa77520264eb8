"""How a session ended: by whom, and what had been told before."""

from __future__ import annotations

from dataclasses import dataclass

from harness.core.durations import format_s
from harness.protocols.iso15118.message import CHARGER, HANDSHAKE, VEHICLE, V2gMessage
from harness.protocols.iso15118.sessions.talk import Closing, Talk
from harness.protocols.iso15118.sessions.words import Words, say

__all__ = ["Ending", "ending_of", "is_failed"]

_NOTHING: Words = ("none", {})
_STOPPING = {
    "DC_EVSEStatus.EVSENotification": ("StopCharging",),
    "AC_EVSEStatus.EVSENotification": ("StopCharging",),
    "EVSEStatus.EVSENotification": ("Terminate", "ExitStandby"),
    "DC_EVSEStatus.EVSEStatusCode": ("EVSE_Shutdown", "EVSE_EmergencyShutdown", "EVSE_UtilityInterruptEvent", "EVSE_Malfunction"),
}
"""Where a station tells that charging has to end, and with which words."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a session ended."""

    by: str
    words: Words
    complete: bool

    def text(self, language: str) -> str:
        """The reason in words."""
        return say(self.words, language)


def is_failed(message: V2gMessage) -> bool:
    """Whether a response refuses."""
    return message.text("ResponseCode").upper().startswith("FAILED")


def ending_of(talk: Talk) -> Ending:
    """The end of *talk*."""
    if talk.is_sealed:
        return Ending("", ("end_sealed", {}), False)
    stop = next((message for message in reversed(talk.known) if message.name == "SessionStopReq"), None)
    if stop is not None:
        return _stopped(talk, stop)
    last = talk.known[-1] if talk.known else talk.messages[-1]
    closing = next((one for one in talk.closings if one.t_ns >= last.t_ns), None)
    if last.is_response and is_failed(last):
        values = {"name": last.base, "code": last.text("ResponseCode"), "frame": last.frame, "closing": _closing(talk, last.t_ns)}
        return Ending(CHARGER, ("end_failed", values), False)
    by: Words
    if last.name == HANDSHAKE and last.text("Alert"):
        by = (last.sender or "somebody", {})
        return Ending(last.sender, ("end_refused", {"by": by, "alert": last.text("Alert"), "at": format_s(last.t_ns)}), False)
    if closing is not None:
        by = (closing.by or "somebody", {})
        return Ending(closing.by, ("end_closed", {"by": by, "at": format_s(closing.t_ns), "name": last.name}), False)
    return Ending("", ("end_cut", {"name": last.name, "at": format_s(last.t_ns)}), False)


def _stopped(talk: Talk, stop: V2gMessage) -> Ending:
    response = next((message for message in talk.known if message.name == "SessionStopRes" and message.t_ns >= stop.t_ns), None)
    by, cause = _cause(talk, stop)
    values = {
        "word": f"({word})" if (word := stop.text("ChargingSession")) else "",
        "stop": format_s(stop.t_ns),
        "cause": cause,
        "answer": ("end_no_answer", {}) if response is None else ("end_answer", {"code": response.text("ResponseCode")}),
        "closing": _closing(talk, (response or stop).t_ns),
    }
    regular = response is not None and not is_failed(response) and not talk.begins_midway
    return Ending(by, ("end_stop", values), regular)


def _cause(talk: Talk, stop: V2gMessage) -> tuple[str, Words]:
    """The party that wanted the end, and what it had told."""
    for message in talk.known:
        if message.t_ns > stop.t_ns:
            break
        if message.is_response and is_failed(message):
            values = {"name": message.base, "word": message.text("ResponseCode"), "frame": message.frame}
            return CHARGER, ("cause_failed", values)
        for signal, words in _STOPPING.items():
            if message.text(signal) in words:
                return CHARGER, ("cause_notified", {"word": message.text(signal), "frame": message.frame})
        error = message.text("DC_EVStatus.EVErrorCode")
        if error and error != "NO_ERROR":
            return VEHICLE, ("cause_error", {"word": error, "frame": message.frame})
    return VEHICLE, _NOTHING


def _closing(talk: Talk, since_ns: int) -> Words:
    first: Closing | None = next((one for one in talk.closings if one.t_ns >= since_ns), None)
    if first is None:
        return ("end_open", {})
    return ("end_closing", {"after": format_s(first.t_ns - since_ns), "by": (first.by or "somebody", {})})
