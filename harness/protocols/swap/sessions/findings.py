"""What a reader of a swap should know besides the verdicts of the rules: refusals, errors, what a pack or a lock reports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from harness.core.check import Finding, Severity
from harness.core.message import Message
from harness.protocols.swap.identity import pack_crc
from harness.protocols.swap.messages import SwapProfile
from harness.protocols.swap.orders import REFUSALS
from harness.protocols.swap.sessions.course import Course
from harness.protocols.swap.sessions.facts import codes_of, expected_crc
from harness.protocols.swap.sessions.view import View

__all__ = ["findings_of"]

_STATES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("VEH_STS", "VehSwapMode"): ("error",),
    ("VEH_STS", "HvBusState"): ("error",),
    ("LOCK_STS", "LockState"): ("jammed", "error"),
    ("PACK_STS1", "PackState"): ("fault",),
    ("PACK_STS2", "InsulationStatus"): ("warning", "fault"),
    ("PACK_STS2", "Weld"): ("welded",),
    ("PACK_STS2", "FaultLevel"): ("stop_soon", "open_now"),
    ("PACK_THM", "Leak"): ("yes",),
    ("PACK_THM", "ThermalRunaway"): ("yes",),
    ("STA_CMD", "EmergencyStop"): ("yes",),
}
"""States that are told when they begin."""


_MOST_DROPPED = 10


def findings_of(course: Course, view: View, profile: SwapProfile) -> tuple[Finding, ...]:
    """Remarks on one swap, by time."""
    found = [*_refusals(course), *_states(course), *_withdrawn(course), *_opened(course)]
    found += [*_identity(course, view, profile), *_dropped(course, profile)]
    return tuple(sorted(found, key=lambda finding: (finding.at_ns or 0, finding.frame or 0)))


def _remark(text: str, message: Message, rule: str, severity: Severity = Severity.WARNING) -> Finding:
    return Finding(text, message.t_ns, message.frames[0] if message.frames else None, severity, rule)


def _refusals(course: Course) -> Iterator[Finding]:
    for order in course.orders:
        if order.result in REFUSALS and (answer := order.last) is not None:
            reason = f", reason {order.reason}" if order.reason else ""
            # That a truck turns an order down is what it has to do if its conditions are not met.
            severity = Severity.INFO if order.result == "rejected" else Severity.WARNING
            yield _remark(f"{order.command} (frame {order.frame}) answered {order.result}{reason}", answer, "answers", severity)


def _states(course: Course) -> Iterator[Finding]:
    for (name, signal), words in _STATES.items():
        for message, _, state in course.changes(name, signal):
            if state in words:
                reason = message.values.get("DenyReason") if name == "VEH_STS" else None
                told = f", DenyReason {reason!s}" if reason not in (None, "none", "sna") else ""
                yield _remark(f"{name} tells {signal} {state!s}{told}", message, "states")


def _withdrawn(course: Course) -> Iterator[Finding]:
    for message, before, state in course.changes("VEH_STS", "SwapPermit"):
        ordered = [order for order in course.orders if order.t_ns <= message.t_ns]
        awaited = bool(ordered) and ordered[-1].command in ("prepare_swap", "unlock", "pack_removing", "pack_installing", "pack_placed")
        if before == "permitted" and state != "permitted" and awaited:
            reason = message.values.get("DenyReason")
            yield _remark(f"permit withdrawn, DenyReason {reason!s}", message, "permit")


def _opened(course: Course) -> Iterator[Finding]:
    """A lock that leaves its place although nobody ordered it."""
    for message, before, state in course.changes("LOCK_STS", "LockState"):
        ordered = any(order.command == "unlock" and order.t_ns <= message.t_ns for order in course.orders)
        told = message.values.get("LockCmdEcho") in ("unlock", "lock")
        if before == "locked" and state not in ("locked", None) and not ordered and not told:
            yield _remark(f"lock {state!s} without an order", message, "lock")


def _dropped(course: Course, profile: SwapProfile) -> Iterator[Finding]:
    """What a receiver must drop and INV-5 does not judge: pieces of a stream that are no frame, messages without a counter."""
    bad = [message for message in course.told if message.name == "SWAP.ERROR"]
    unjudged = {message.frames: message for message in reversed(bad) if not profile.guarded(str(message.values.get("about", "")))}
    yield from (_remark(message.note, message, "dropped") for message in list(reversed(unjudged.values()))[:_MOST_DROPPED])


def _identity(course: Course, view: View, profile: SwapProfile) -> Iterator[Finding]:
    """Codes that are malformed, that another pack was expected to have, or that change while the pack stays."""
    for before, message in pairwise([None, *view.codes]):
        if message is None or not course.start_ns <= message.t_ns <= course.messages[-1].t_ns:
            continue
        code = str(message.values["Code"])
        yield from (_remark(f"pack code: {fault}", message, "identity") for fault in profile.identity.faults(code))
        if before is not None and before.values["Code"] != code and not view.is_parted(before.t_ns, message.t_ns):
            yield _remark(f"pack code {code} after {before.values['Code']!s} without a swap", message, "identity")
    _, new = codes_of(course, view)
    crc = expected_crc(course)
    told = next((message for message in reversed(view.codes) if message.values["Code"] == new), None)
    if crc is not None and told is not None and pack_crc(new) != crc:
        yield _remark(f"pack {new} has checksum {pack_crc(new):04X}, the station expected {crc:04X}", told, "identity")
