"""Faults of the vehicle in recognition that show when the charger refuses, errs, comes late or begins again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from harness.core import Frame, ms, s
from harness.protocols.gbt27930.behaviour import (
    Close,
    Deaf,
    Leads,
    Lenient,
    Mishear,
    Mistake,
    Moment,
    OptionEffect,
    Rearm,
    Refrain,
    Suppress,
    TimerEffect,
    Values,
)
from harness.sim.faults.effects import linger
from harness.sim.faults.fault import Fault

__all__ = ["RECOGNITION_FAULTS"]

_CRM, _CRM_OF_PRIORITY_7 = 0x1801F456, 0x1C01F456
_TP_CM_OF_CHARGER = 0x1CECF456
_NOT_RECOGNISED, _RECOGNISED = 0x00, 0xAA
_MARK = 0x5A
"""Stands in a CRM that came in a form the vehicle has a fault with."""
_KNOWN_VERSION = b"\x01\x01\x00"
_LATE_NS, _GONE_NS = ms(262), s(1)
"""A cyclic message that comes later than the one is late, later than the other it begins anew."""
_BRM_OF_FOUR_ATTEMPTS = 70


def _undefined(moment: Moment) -> bool:
    return moment.last("CRM", "recognition") not in (None, _NOT_RECOGNISED, _RECOGNISED, _MARK)


def _short(moment: Moment) -> bool:
    """The last CRM was too short to carry its region code."""
    return "CRM" in moment.heard and moment.last("CRM", "region_code") is None


def _unknown_version(moment: Moment) -> bool:
    return moment.last("CHM", "protocol_version") not in (None, _KNOWN_VERSION)


def _met_unknown_version(moment: Moment) -> bool:
    if _unknown_version(moment):
        moment.marks.add("unknown version")
    return "unknown version" in moment.marks


def _ungranted(moment: Moment) -> bool:
    """CRM(AA) was heard and led nowhere."""
    return moment.phase in ("RECOGNITION", "ERROR") and moment.last("CRM", "recognition") == _RECOGNISED


def _reconnected(moment: Moment) -> bool:
    return "BEM" in moment.sent


def _four_failures(moment: Moment) -> bool:
    return moment.sent.get("BRM", 0) > _BRM_OF_FOUR_ATTEMPTS


def _is_late(message: str) -> Callable[[Values, Moment], bool]:
    return lambda values, moment: _LATE_NS < moment.age_ns(message) < _GONE_NS


def _taken_for_crm(can_id: int, *, extended: bool = True) -> Mishear:
    def make(frame: Frame) -> Frame:
        return replace(frame, can_id=_CRM, extended=True) if (frame.can_id, frame.extended) == (can_id, extended) else frame

    return Mishear(make)


def _marked(frame: Frame) -> Frame:
    """CRM of priority 7 as one of the right priority with a value of its own."""
    if frame.can_id != _CRM_OF_PRIORITY_7:
        return frame
    return replace(frame, can_id=_CRM, data=bytes((_MARK, *frame.data[1:])))


def _is_marked(moment: Moment) -> bool:
    return moment.last("CRM", "recognition") == _MARK


def _granted_when_aborted(frame: Frame) -> Frame:
    if frame.can_id != _TP_CM_OF_CHARGER or frame.data[:1] != b"\xff":
        return frame
    return replace(frame, data=bytes((0x11, 7, 1, 0xFF, 0xFF)) + frame.data[5:8])


def _locks_up(name: str, after: str, when: Callable[[Moment], bool], *more: Lenient | Mishear) -> Fault:
    return Fault(name, f"after {after} the BMS does not start anew when it is unplugged", (*more, Refrain("reset", when)))


RECOGNITION_FAULTS = (
    # The charger refuses, or its CRM has a wrong content or form.
    Fault(
        "gives_up_after_abort",
        "BRM ends for good when the charger aborts it",
        (Suppress("BRM", lambda moment: "TP.ABORT" in moment.heard_ns),),
    ),
    Fault("abort_taken_for_grant", "an aborted BRM is sent as if it had been granted", (Mishear(_granted_when_aborted),)),
    Fault("abort_restarts_crmaa_timeout", "the timeout of CRM(AA) begins anew when the charger aborts BRM", (Rearm("TB2", "TP.ABORT"),)),
    Fault(
        "undefined_crm_accepted",
        "every CRM but 00 is taken for CRM(AA)",
        (Mistake("CRM", "CRM(AA)", lambda values, moment: values["recognition"] not in (_NOT_RECOGNISED, _RECOGNISED)),),
    ),
    Fault("undefined_crm_restarts_timeout", "the timeout of CRM(AA) begins anew with an undefined CRM", (Rearm("TB2", "CRM", _undefined),)),
    Fault("undefined_crm_stops_brm", "BRM ends with an undefined CRM", (Suppress("BRM", _undefined),)),
    Fault("short_crm_leads_nowhere", "a CRM(AA) of 7 bytes ends BRM, but BCP does not begin", (Lenient("CRM"), Suppress("BCP", _short))),
    Fault(
        "short_crm_leaves_brm_and_bcp",
        "after a CRM(AA) of 7 bytes BRM goes on beside BCP",
        (Lenient("CRM"), linger("BRM", "PARAMETERS", when=_short)),
    ),
    _locks_up("short_crm_locks_up", "a CRM of 7 bytes", _short, Lenient("CRM")),
    Fault("contactors_close_on_short_crm", "a CRM(AA) of 7 bytes closes the contactors", (Lenient("CRM"), Close("PARAMETERS", _short))),
    Fault("crm_of_any_station_accepted", "CRM of another source address is believed", (_taken_for_crm(0x1801F457),)),
    Fault("crm_of_11_bits_accepted", "CRM in an 11-bit frame is believed", (_taken_for_crm(0x456, extended=False),)),
    Fault(
        "priority_7_stops_recognition",
        "CRM of priority 7 ends BRM, but BCP does not begin",
        (Mishear(_marked), Suppress("BRM", _is_marked)),
    ),
    _locks_up("priority_7_locks_up", "CRM of priority 7", _is_marked, Mishear(_marked)),
    # The version of the charger is not known.
    Fault(
        "unknown_version_locks_up",
        "after a CHM of unknown version CRM is ignored, even when the BMS was unplugged",
        (Refrain("reset", _met_unknown_version), Deaf("CRM", lambda values, moment: _met_unknown_version(moment))),
    ),
    Fault(
        "unknown_version_taken_for_2011",
        "a CHM of unknown version begins recognition without CRM(00)",
        (Mistake("CHM", "CRM(00)", lambda values, moment: values["protocol_version"] != _KNOWN_VERSION),),
    ),
    Fault("contactors_close_on_unknown_version", "a CHM of unknown version closes the contactors", (Close("HANDSHAKE", _unknown_version),)),
    # The charger begins again.
    Fault("no_reconnect", "CRM(00) after BEM is ignored", (Leads("ERROR", "CRM(00)", None),)),
    Fault("reconnects_twice_only", "the third CRM(00) after BEM is ignored", (OptionEffect("max_reconnects", 2),)),
    Fault("reconnect_awaited_20s_only", "the session ends 20 s after BEM", (TimerEffect("TB9", s(20)),)),
    Fault("reconnect_awaited_40s", "CRM(00) is awaited for 40 s after BEM", (TimerEffect("TB9", s(40)),)),
    Fault("reconnect_awaited_forever", "CRM(00) is awaited without end after BEM", (TimerEffect("TB9", None),)),
    Fault("reconnect_begins_with_bhm", "the BMS goes back to BHM at a reconnect", (Leads("ERROR", "CRM(00)", "HANDSHAKE"),)),
    Fault("bem_continues_after_reconnect", "BEM goes on after CRM(00) of a reconnect", (linger("BEM", "RECOGNITION"),)),
    Fault(
        "crmaa_timeout_2s_after_reconnect", "after a reconnect BEM comes 2 s after the first BRM", (TimerEffect("TB2", s(2), _reconnected),)
    ),
    Fault("bcp_missing_after_reconnect", "after a reconnect BCP is never sent", (Suppress("BCP", _reconnected),)),
    Fault(
        "brm_without_replugging", "CRM(00) is followed by BRM although the session is over", (Leads("FINISHED", "CRM(00)", "RECOGNITION"),)
    ),
    _locks_up("locks_up_when_reconnect_is_late", "the time for a reconnect", lambda moment: moment.phase == "FINISHED"),
    _locks_up("locks_up_after_four_failures", "four failed recognitions", _four_failures),
    Fault("contactors_close_after_four_failures", "the fourth failed recognition closes the contactors", (Close("ERROR", _four_failures),)),
    # CRM(AA) comes although no BRM was granted.
    Fault("stuck_after_ungranted_crmaa", "CRM(AA) without a granted BRM ends BRM, but BCP does not begin", (Suppress("BRM", _ungranted),)),
    _locks_up("locks_up_after_ungranted_crmaa", "CRM(AA) without a granted BRM", _ungranted),
    Fault(
        "contactors_close_after_ungranted_crmaa",
        "CRM(AA) is believed without a granted BRM, and closes the contactors",
        (OptionEffect("believes_unasked", True), Close("PARAMETERS")),
    ),
    # The charger comes just before or after its time, or not quite evenly.
    Fault("bem_crmaa_at_4700ms", "BEM 4.7 s after the first BRM", (TimerEffect("TB2", ms(4_700)),)),
    Fault("bem_crmaa_at_5600ms", "BEM 5.6 s after the first BRM", (TimerEffect("TB2", ms(5_600)),)),
    Fault("crmaa_accepted_after_timeout", "CRM(AA) is accepted after BEM", (Leads("ERROR", "CRM(AA)", "PARAMETERS"),)),
    Fault("crmaa_taken_for_reconnect", "CRM(AA) after BEM begins recognition again", (Leads("ERROR", "CRM(AA)", "RECOGNITION"),)),
    Fault(
        "contactors_close_on_late_crm00",
        "CRM(00) that was reported missing before any BRM closes the contactors",
        (Close("RECOGNITION", lambda moment: "BEM" in moment.sent and "BRM" not in moment.sent),),
    ),
    Fault("bem_crm00_at_28500ms", "BEM 28.5 s after the first CHM", (TimerEffect("TB1", ms(28_500)),)),
    Fault(
        "crm00_unheard_after_28s",
        "CRM is not noticed any more after 28 s of handshake",
        (Deaf("CRM", lambda values, moment: moment.phase == "HANDSHAKE" and moment.now_ns - moment.phase_since_ns > s(28)),),
    ),
    Fault("late_chm_taken_for_timeout", "a CHM 12 ms later than its period counts as a timeout", (Mistake("CHM", "TB1", _is_late("CHM")),)),
    Fault("late_crm_taken_for_error", "a CRM 12 ms later than its period ends the session", (Mistake("CRM", "CEM", _is_late("CRM")),)),
)
"""Faults of recognition that odd stimuli show (8.1 of the catalogue)."""
